"""Columns: long arrays of one dimension that are computed block by block, where they are asked for.

What is as long as a million rows does not stay in the cache: all that is made of it is computed of
16,384 rows together, before it is of the next.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from costcalc.numbers.arrays import Array

BLOCK = 1 << 14
"""Values of a long array that are computed at once: so few that they stay in the cache."""
DEEPEST = 64
"""How deep columns are made of columns: what is deeper is computed at once."""
Known: TypeAlias = dict[int, Any]
"""Columns at the places that are looked at, by their ids."""


class Column:
    """A function of arrays and of other columns, all as long as it is, and of single numbers."""

    __slots__ = ("_array", "depth", "function", "operands", "shape", "size")

    def __init__(
        self, function: Callable[..., Any], operands: Sequence[Operand], size: int
    ) -> None:
        self.function, self.operands = function, [_shallow(one) for one in operands]
        self.size, self.shape = size, (size,)
        below = (one.depth for one in self.operands if isinstance(one, Column))
        self.depth: int = 1 + max(below, default=0)
        self._array: Array | None = None

    def block(self, places: slice, known: Known) -> Any:
        """The values at some places; `known` are those of columns there, by their ids."""
        if self._array is not None:
            return self._array[places]
        found = known.get(id(self))
        if found is None:
            operands = [at(one, places, known) for one in self.operands]
            found = known[id(self)] = self.function(*operands)
        return found

    @property
    def array(self) -> Array:
        """All values."""
        if self._array is None:
            (self._array,) = computed([self], self.size)
        return self._array


class SumOfProducts(Column):
    """A sum of products, each a coefficient times arrays or columns, and of a constant.

    What is computed on the way is known to be within 64 bits.
    """

    __slots__ = ("constant", "parts")

    def __init__(
        self, parts: Sequence[tuple[int, Sequence[Array | Column]]], size: int, constant: int = 0
    ) -> None:
        super().__init__(self._added, [one for _, factors in parts for one in factors], size)
        operands: Iterator[Any] = iter(self.operands)
        self.parts: list[tuple[int, list[Any]]] = [
            (c, [*itertools.islice(operands, len(factors))]) for c, factors in parts
        ]
        self.constant = constant

    def _added(self, *operands: Any) -> Any:
        values = iter(operands)
        times: Callable[[Any, Any], Any] = np.multiply
        total: Any = None
        for c, factors in self.parts:
            some = [*itertools.islice(values, len(factors))]
            product = functools.reduce(times, some if c == 1 else [*some, c])
            fresh = product is not some[0]
            if total is not None:
                total += product
                if fresh:  # its memory, which is in the cache, serves the next one
                    times = functools.partial(np.multiply, out=product)
            else:
                total = product if fresh or len(self.parts) == 1 else product + 0
        if total is None:
            return self.constant
        return total + self.constant if self.constant else total


Operand: TypeAlias = Array | Column | float
"""What columns are made of."""


def _shallow(values: Operand) -> Operand:
    return values.array if isinstance(values, Column) and values.depth >= DEEPEST else values


def array_of(values: Array | Column) -> Array:
    """All values."""
    return values.array if isinstance(values, Column) else values


def at(values: Operand, places: slice, known: Known) -> Any:
    """Some of the values of a column or an array, or the number that all of them are."""
    if isinstance(values, Column):
        return values.block(places, known)
    return values[places] if isinstance(values, np.ndarray) else values


def is_long(count: int) -> bool:
    """Whether so many values are better computed block by block, and only where asked for."""
    return count > BLOCK


def blocks_of(count: int) -> Iterator[slice]:
    """The places of so many values in blocks that stay in the cache, of few all at once."""
    for start in range(0, max(count, 1), BLOCK):
        yield slice(start, min(start + BLOCK, count))


def computed(
    columns: Sequence[Array | Column], count: int, out: Sequence[Array | None] = ()
) -> list[Array]:
    """The values of several columns, block by block, so that what they share is computed once.

    Args:
        columns: as many values in each.
        count: how many.
        out: where they are written, new arrays where that is None.
    """
    found: list[Any] = [*out] or [None] * len(columns)
    for places in blocks_of(count):
        known: Known = {}
        for place, column in enumerate(columns):
            values = at(column, places, known)
            if found[place] is None:
                found[place] = np.empty(count, dtype=np.asarray(values).dtype)
            found[place][places] = values
    return found
