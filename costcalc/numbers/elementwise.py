"""Between what functions of two whole numbers lie, where their operands' bounds tell."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

Ends: TypeAlias = tuple[int, int]
"""The least and the most that a number may be."""


def _truth(a: Ends, b: Ends) -> Ends:
    return 0, 1


def _quotient(a: Ends, b: Ends) -> Ends | None:
    return (a[0] // b[0], a[1] // b[0]) if b[0] == b[1] > 0 else None


def _remainder(a: Ends, b: Ends) -> Ends | None:
    return (0, b[0] - 1) if b[0] == b[1] > 0 else None


def _each(choose: Callable[[int, int], int]) -> Callable[[Ends, Ends], Ends]:
    return lambda a, b: (choose(a[0], b[0]), choose(a[1], b[1]))


_ENDS: dict[Callable[..., Any], Callable[[Ends, Ends], Ends | None]] = {
    **dict.fromkeys((operator.eq, operator.ne, operator.lt, operator.le, operator.gt), _truth),
    operator.ge: _truth,
    np.logical_and: _truth,
    operator.floordiv: _quotient,
    operator.mod: _remainder,
    np.maximum: _each(max),
    np.minimum: _each(min),
}


def ends_of(function: Callable[..., Any], a: Ends, b: Ends) -> Ends | None:
    """The least and the most that a function may be of numbers between these; None: unknown."""
    known = _ENDS.get(function)
    return None if known is None else known(a, b)
