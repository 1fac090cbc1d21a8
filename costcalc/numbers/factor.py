"""Factors: functions of a few axes by their values, with bounds of these, and what is made of them.

A long one is not computed at once: `Column` is, block by block, what it is made of.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator, Sequence, Sized
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from costcalc.numbers.arrays import Ints
from costcalc.records import NamedTuple

INT64 = 2**63 - 1
EXACT_FLOAT = 2**53
"""Up to here every whole number is a float64, in whatever order sums are taken."""
BLOCK = 1 << 14
"""Values of a long array that are computed at once: so few that they stay in the cache."""
Integers: TypeAlias = npt.NDArray[np.int64 | np.object_]
"""Whole numbers in 64 bits, or Python's own while they are too large for that."""
Known: TypeAlias = dict[int, Ints]
"""Columns at the places that are looked at, by their ids."""
Axes: TypeAlias = tuple[int, ...]
"""The axes a factor depends on, in ascending order."""


class Overflow(OverflowError):
    """A count beyond int64. No `CostcalcError`: a space that is too large is no wrong network."""


class Column:
    """A long int64 array that is a sum of products: each a coefficient times arrays or columns.

    All have its length, and what is computed on the way is known to be within 64 bits.
    """

    __slots__ = ("_array", "depth", "parts", "shape", "size")

    def __init__(self, parts: Sequence[tuple[int, Sequence[Values]]], size: int) -> None:
        self.parts = [(c, [_shallow(one) for one in factors]) for c, factors in parts]
        self.size, self.shape = size, (size,)
        below = [f.depth for _, fs in self.parts for f in fs if isinstance(f, Column)]
        self.depth: int = 1 + max(below, default=0)
        self._array: Ints | None = None

    def block(self, places: slice, known: Known) -> Ints:
        """The values at some places; `known` are those of columns there, by their ids."""
        found = known.get(id(self))
        if found is None:
            found = known[id(self)] = self._computed(places, known)
        return found

    def _computed(self, places: slice, known: Known) -> Ints:
        total: Ints | None = None
        for c, factors in self.parts:
            product = functools.reduce(operator.mul, (at(f, places, known) for f in factors))
            if c != 1:
                product = c * product
            if total is None:
                total = product + 0 if len(self.parts) > 1 and _is_shared(c, factors) else product
            else:
                total += product
        assert total is not None
        return total

    @property
    def array(self) -> Ints:
        """All values."""
        if self._array is None:
            self._array = np.empty(self.size, dtype=np.int64)
            for places in blocks_of(self._array):
                self._array[places] = self.block(places, {})
        return self._array


Values: TypeAlias = Integers | Column


DEEPEST = 64
"""How deep columns are made of columns: what is deeper is computed at once."""


def _shallow(values: Values) -> Values:
    return values.array if isinstance(values, Column) and values.depth >= DEEPEST else values


def _is_shared(c: int, factors: Sequence[Values]) -> bool:
    """Whether a product is an operand itself, which nothing may be added to."""
    return c == 1 and len(factors) == 1


def at(values: Values, places: slice, known: Known) -> Ints:
    """Some of the values of an array of one dimension."""
    if isinstance(values, Column):
        return values.block(places, known)
    return values[places].astype(np.int64, copy=False)


def blocks_of(values: Sized) -> Iterator[slice]:
    """The places of a long array in blocks that stay in the cache, of a short one all at once."""
    for start in range(0, len(values), BLOCK):
        yield slice(start, start + BLOCK)


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
        return self.values.array if isinstance(self.values, Column) else self.values

    @property
    def int64(self) -> Ints:
        """The values, which 64 bits hold."""
        return self.array.astype(np.int64, copy=False)

    @property
    def bound(self) -> int:
        """A bound of the magnitude."""
        return max(-self.low, self.high)

    @property
    def first(self) -> int:
        """The first value."""
        if isinstance(self.values, Column):
            return int(self.values.block(slice(0, 1), {})[0])
        return int(self.values.flat[0])


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
    if _is_long(a):
        return Factor(Column([(1, [a.values, b.values])], a.values.size), low, high)
    return Factor(a.int64 * b.int64, low, high)


def total(parts: Sequence[tuple[int, Factor]]) -> Factor:
    """The sum of factors of the same axes, each times a coefficient."""
    low = high = bound = 0
    for c, f in parts:
        least, most = (c * f.low, c * f.high) if c >= 0 else (c * f.high, c * f.low)
        low, high, bound = low + least, high + most, bound + max(-least, most)
    if bound > INT64:
        return factor_of(sum(c * f.array.astype(object) for c, f in parts))
    if _is_long(parts[0][1]):
        whole = Column([(c, [f.values]) for c, f in parts], parts[0][1].values.size)
        return Factor(whole, low, high)
    found = np.zeros(parts[0][1].values.shape, dtype=np.int64)
    for c, f in parts:
        found += f.int64 if c == 1 else c * f.int64
    return Factor(found, low, high)


def _is_long(factor: Factor) -> bool:
    """Whether it is better computed block by block, and only where it is asked for."""
    return factor.values.size > BLOCK and len(factor.values.shape) == 1
