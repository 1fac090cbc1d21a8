"""The order of rows: the first ones by a key, and the front by several costs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from costcalc.language.model import Single
from costcalc.numbers.arrays import Array, Ints
from costcalc.numbers.exact_array import ExactArray

Key: TypeAlias = Array | ExactArray | np.generic | Fraction | int | str
"""What `columns.values` makes of an expression: a column, or a constant."""
ERROR = 2.0**-48
"""More than the relative error of two quotients in floating point, one beside the other."""


def first(key: Key | None, rows: int, top: int | None, descending: bool) -> Ints:
    """Which rows come first by a key, in order: int64 indices.

    Args:
        key: Their key; None: they stay as they are. What has no value comes last.
        rows: How many there are.
        top: How many are wanted; None: all.
        descending: Whether the largest is first. Equal ones keep their order always.
    """
    top = rows if top is None else min(top, rows)
    if key is None:
        return np.arange(top)
    among = np.arange(rows)
    if isinstance(key, ExactArray) and _numerators(key) is None:
        key = key.broadcast((rows,))
        floats = key.floats()
        if floats is not None:
            among = _foremost(-floats if descending else floats, top, ERROR)
            key = key.taken(among)
    column = sortable(key, len(among))
    if descending:  # of integers -2^63 has no opposite
        column = ~column if column.dtype.kind == "i" else -column
    left = _foremost(column, top, 0)
    return among[left[np.argsort(column[left], kind="stable")[:top]]]


def _foremost(keys: Array, top: int, error: float) -> Ints:
    """Rows that may be among the first, as keys of this relative error tell; NaN comes last."""
    if 0 < top < len(keys):
        worst = np.partition(keys, top - 1)[top - 1]
        if worst == worst:
            return np.flatnonzero(keys <= (worst + error * abs(worst) if error else worst))
    return np.arange(len(keys))


def sortable(key: Key, rows: int) -> Array:
    """int64 or float64 of shape (rows,) in the order of a key; NaN where it has no value.

    A column of numbers is its own; words, quotients and integers beyond 64 bits become ranks,
    numbers before words.
    """
    if isinstance(key, ExactArray):
        numerators = _numerators(key)
        if numerators is None:
            return _ranks_of_quotients(key.broadcast((rows,)))
        key = numerators
    if not isinstance(key, np.ndarray | np.generic):  # a constant has no order
        return np.zeros(rows)
    column = np.broadcast_to(key, rows)
    if column.dtype.kind in "if":
        return column
    return column.astype(np.int64) if column.dtype.kind == "b" else _ranks(column.tolist())


def _numerators(key: ExactArray) -> Array | None:
    """What alone orders numbers over one denominator, defined everywhere; None for others."""
    over_one = isinstance(key.denominator, int) and key.defined is None
    return np.asarray(key.numerators) if over_one else None


def _ranks(listed: Sequence[Single | None]) -> npt.NDArray[np.float64]:
    distinct = {value for value in listed if value is not None and value == value}
    ordered = sorted(distinct, key=lambda value: (isinstance(value, str), value))
    ranks: dict[Single | None, float] = {value: float(rank) for rank, value in enumerate(ordered)}
    return np.array([ranks.get(value, np.nan) for value in listed])


def _ranks_of_quotients(key: ExactArray) -> npt.NDArray[np.float64]:
    """Ranks of the quotients: floats tell most of them apart, fractions those that are near."""
    floats = key.floats()
    if floats is None:
        return _ranks(_fractions(key))
    divisors = np.gcd(key.numerators, key.denominator)
    parts = key.numerators // divisors, key.denominator // divisors
    order = np.argsort(floats, kind="stable")
    near = np.diff(floats[order]) <= ERROR * np.abs(floats[order][1:])
    differs = np.logical_or(*(np.diff(part[order]) != 0 for part in parts))
    if (near & differs).any():
        group = np.concatenate([[0], np.cumsum(~near)])  # those of different ones are in order
        doubtful = np.isin(group, group[1:][near & differs])
        exact = np.zeros(len(order))
        exact[doubtful] = _ranks(_fractions(key.taken(order[doubtful])))
        order = order[np.lexsort((exact, group))]
        differs = np.logical_or(*(np.diff(part[order]) != 0 for part in parts))
    ranks = np.empty(len(order))
    ranks[order] = np.concatenate([[0], np.cumsum(differs)])[: len(order)]
    return ranks if key.defined is None else np.where(key.defined, ranks, np.nan)


def _fractions(key: ExactArray) -> list[Fraction | None]:
    parts = [np.asarray(one).tolist() for one in (key.numerators, key.denominator)]
    defined = [True] * len(parts[0]) if key.defined is None else key.defined.tolist()
    return [
        Fraction(numerator, denominator) if has_value else None
        for numerator, denominator, has_value in zip(*parts, defined, strict=True)
    ]


def front(costs: Sequence[Array]) -> Ints:
    """Indices of the Pareto-optimal rows, every cost minimised; of ties the first.

    Each cost is an array of shape (rows,) without NaN, as `sortable` makes it.
    """
    if not len(costs[0]):
        return np.zeros(0, dtype=np.int64)
    if len({cost.dtype for cost in costs}) > 1:  # side by side integers would become floats
        costs = [np.unique(cost, return_inverse=True)[1] for cost in costs]
    order = np.lexsort(tuple(reversed(costs)))
    rows = np.stack([np.asarray(cost)[order] for cost in costs], axis=1)
    if len(costs) <= 2:
        lowest = np.minimum.accumulate(rows[:, -1])
        before = np.concatenate([[True], rows[1:, -1] < lowest[:-1]])
        return np.sort(order[before])
    kept: list[int] = []
    left = np.arange(len(rows))
    while len(left):
        # the first of what is left is beaten by nobody, and takes all that it beats with it
        kept.append(int(left[0]))
        left = left[(rows[left] < rows[left[0]]).any(axis=1)]
    return np.sort(order[kept])
