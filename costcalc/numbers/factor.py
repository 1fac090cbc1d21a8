"""Factors: functions of a few axes by their values, with bounds of these, and what is made of them.

A long one is not computed at once: it is a `Column`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from costcalc.numbers.arrays import Ints
from costcalc.numbers.column import Column, SumOfProducts, array_of, is_long
from costcalc.records import NamedTuple

INT64 = 2**63 - 1
EXACT_FLOAT = 2**53
"""Up to here every whole number is a float64, in whatever order sums are taken."""
Integers: TypeAlias = npt.NDArray[np.int64 | np.object_]
"""Whole numbers in 64 bits, or Python's own while they are too large for that."""
Axes: TypeAlias = tuple[int, ...]
"""The axes a factor depends on, in ascending order."""


class Overflow(OverflowError):
    """A count beyond int64. No `CostcalcError`: a space that is too large is no wrong network."""


Values: TypeAlias = Integers | Column


class Factor(NamedTuple):
    """A function of some axes: its values, one dimension an axis, and the least and the largest.

    `low` and `high` may be further apart than the values are.
    """

    values: Values
    low: int
    high: int

    @property
    def array(self) -> Integers:
        """The values, all of them."""
        return array_of(self.values)

    @property
    def int64(self) -> Ints:
        """The values, which 64 bits hold."""
        return self.array.astype(np.int64, copy=False)

    @property
    def bound(self) -> int:
        """A bound of the magnitude."""
        return max(-self.low, self.high)

    @property
    def is_long(self) -> bool:
        """Whether it is better computed block by block, and only where it is asked for."""
        return len(self.values.shape) == 1 and is_long(self.values.size)

    @property
    def first(self) -> int:
        """The first value."""
        if isinstance(self.values, Column):
            return int(self.values.block(slice(0, 1), {})[0])
        return int(self.values.flat[0])


def union(groups: Iterable[Axes]) -> Axes:
    """The axes of several groups."""
    return tuple(sorted({axis for group in groups for axis in group}))


def factor_of(values: npt.ArrayLike) -> Factor:
    """A factor of some whole numbers or truth values."""
    try:
        array = values if isinstance(values, np.ndarray) else np.asarray(values, dtype=np.int64)
    except OverflowError:
        array = np.asarray(values, dtype=object)
    if not array.size:
        return Factor(array.astype(np.int64), 0, 0)
    if array.dtype == np.bool_:
        return Factor(array.astype(np.int64), 0, 1)
    low, high = int(array.min()), int(array.max())
    exact = np.int64 if max(-low, high) <= INT64 else object
    return Factor(array.astype(exact, copy=False), low, high)


def between(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    """The least and the largest product of a number in one range and one in another."""
    if a[0] >= 0 and b[0] >= 0:  # as nearly always: sizes are
        return a[0] * b[0], a[1] * b[1]
    products = [x * y for x in a for y in b]
    return min(products), max(products)


def times(a: Factor, b: Factor) -> Factor:
    """The product of two factors of the same axes."""
    low, high = between(a[1:], b[1:])
    if max(-low, high) > INT64:
        return factor_of(a.array.astype(object) * b.array.astype(object))
    if max(a.bound, b.bound) > INT64:  # one of them is nothing but zeros
        return factor_of(np.zeros(a.values.shape, dtype=np.int64))
    if a.is_long:
        return Factor(SumOfProducts([(1, [a.values, b.values])], a.values.size), low, high)
    return Factor(a.int64 * b.int64, low, high)


def total(parts: Sequence[tuple[int, Factor]]) -> Factor:
    """The sum of factors of the same axes, each times a coefficient."""
    low = high = bound = 0
    for c, f in parts:
        least, most = (c * f.low, c * f.high) if c >= 0 else (c * f.high, c * f.low)
        low, high, bound = low + least, high + most, bound + max(-least, most)
    if bound > INT64:
        return factor_of(sum(c * f.array.astype(object) for c, f in parts))
    if parts[0][1].is_long:
        whole = SumOfProducts([(c, [f.values]) for c, f in parts], parts[0][1].values.size)
        return Factor(whole, low, high)
    found = np.zeros(parts[0][1].values.shape, dtype=np.int64)
    for c, f in parts:
        found += f.int64 if c == 1 else c * f.int64
    return Factor(found, low, high)
