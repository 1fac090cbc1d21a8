"""Between what numbers over axes lie in each of the blocks that their mesh is cut into."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np

from costcalc.numbers.arrays import Ints
from costcalc.numbers.column import SumOfProducts, array_of
from costcalc.numbers.factor import Axes, Factor, Values
from costcalc.numbers.factored import FactoredArray

Interval: TypeAlias = tuple[Any, Any]
"""The least and the most, of each of many."""

TOGETHER = 1 << 18
"""Values of arrays that are looked through at once."""


class Blocks:
    """A mesh cut along some axes into stretches of about one length each, `most` blocks in all."""

    def __init__(self, sizes: Sequence[int], axes: Axes, most: int) -> None:
        self.axes = axes
        self.starts: dict[int, Ints] = {}
        for left, axis in enumerate(sorted(axes, key=lambda axis: sizes[axis])):  # short ones whole
            share = int(most ** (1 / (len(axes) - left)))
            number = max(1, min(sizes[axis], share))
            self.starts[axis] = np.arange(number) * sizes[axis] // number
            most //= number

    @property
    def count(self) -> int:
        """How many blocks there are."""
        return math.prod(map(len, self.starts.values()))

    def bounds(self, numbers: Sequence[FactoredArray]) -> tuple[Ints, Ints]:
        """What the numbers are at least and at most in each block, by interval arithmetic.

        All of them are bounded within int64. Two arrays, of numbers by blocks.
        """
        terms = [number.terms or [(0, {})] for number in numbers]
        flat = [term for some in terms for term in some]
        found: Interval = (np.ones((1,) * (1 + len(self.axes)), dtype=np.int64),) * 2
        for group in sorted({group for _, factors in flat for group in factors}):
            found = _products(found, self._of_group(group, [fs.get(group) for _, fs in flat]))
        c = np.array([c for c, _ in flat]).reshape(-1, *(1,) * len(self.axes))
        low, high = found[0] * c, found[1] * c
        if (c < 0).any():
            low, high = np.minimum(low, high), np.maximum(low, high)
        first = np.cumsum([0, *map(len, terms[:-1])])
        shape = len(flat), *(len(self.starts[axis]) for axis in self.axes)
        return tuple(  # type: ignore[return-value]
            np.add.reduceat(np.broadcast_to(end, shape), first, axis=0).reshape(len(numbers), -1)
            for end in (low, high)
        )

    def _of_group(self, group: Axes, factors: Sequence[Factor | None]) -> Interval:
        """Between what the factors of terms over a group of axes lie, which are 1 where none is."""
        every = {id(f.values): f.values for f in factors if f is not None}
        known = self._of_arrays(group, _arrays(every.values()))
        shape = [len(self.starts[axis]) for axis in group]
        one = np.ones(shape, dtype=np.int64)
        ends = [(one, one), *(_of_values(values, known) for values in every.values())]
        places = {name: place for place, name in enumerate(every, start=1)}
        index = [0 if factor is None else places[id(factor.values)] for factor in factors]
        spread = [len(self.starts[axis]) if axis in group else 1 for axis in self.axes]
        low, high = (
            np.array(column).reshape(-1, *spread)[index] for column in zip(*ends, strict=True)
        )
        return low, high

    def _of_arrays(self, group: Axes, arrays: Sequence[Values]) -> dict[int, Interval]:
        """Between what arrays over a group of axes lie in each stretch, by their ids."""
        found: dict[int, Interval] = {}
        step = max(1, TOGETHER // max(1, arrays[0].size))
        for start in range(0, len(arrays), step):
            some = arrays[start : start + step]
            low = high = np.array([array_of(values) for values in some], dtype=np.int64)
            for place, axis in enumerate(group, start=1):
                low = np.minimum.reduceat(low, self.starts[axis], axis=place)
                high = np.maximum.reduceat(high, self.starts[axis], axis=place)
            found |= zip(map(id, some), zip(low, high, strict=True), strict=True)
        return found


def _arrays(every: Iterable[Values]) -> list[Values]:
    """The different functions that others are, or are sums of products of."""
    found: dict[int, Values] = {}
    waiting = list(every)
    while waiting:
        values = waiting.pop()
        if id(values) not in found:
            found[id(values)] = values
            if isinstance(values, SumOfProducts):
                waiting += (one for _, factors in values.parts for one in factors)
    return [values for values in found.values() if not isinstance(values, SumOfProducts)]


def _of_values(values: Values, known: dict[int, Interval]) -> Interval:
    """Between what a function lies, where it is `known` of the arrays that it is made of."""
    if id(values) not in known:
        assert isinstance(values, SumOfProducts)
        low: Any = values.constant
        high: Any = values.constant
        for c, factors in values.parts:
            part: Interval = (c, c)
            for one in factors:
                part = _products(part, _of_values(one, known))
            low, high = low + part[0], high + part[1]
        known[id(values)] = low, high
    return known[id(values)]


def _products(a: Interval, b: Interval) -> Interval:
    """The least and the largest product of a number between some ends and one between others."""
    if min(np.min(a[0]), np.min(b[0])) >= 0:  # as nearly always: sizes are
        return a[0] * b[0], a[1] * b[1]
    products = [x * y for x in a for y in b]
    return np.minimum.reduce(products), np.maximum.reduce(products)
