"""Whole numbers times coefficients: times, which are no whole numbers.

What is counted stays exact; only the last step, of a few coefficients, is in floating point.
`weighted_array` has the same of many numbers: both add up in one order and round alike, so that a
network has the same time by itself and in a sweep.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence

DECIMALS = 6
"""Of milliseconds: a time is whole nanoseconds, so that it prints as what it is compared as."""


def weighted(parts: Sequence[tuple[float, int]]) -> float:
    """The same of single numbers.

    >>> weighted([(0.25, 10), (0.001, 3)])
    2.503
    """
    total = functools.reduce(operator.add, (each * float(number) for each, number in parts), 0.0)
    return round(total * 10.0**DECIMALS) / 10.0**DECIMALS
