"""How configurations come apart: the values along one axis of their space in parts."""

from __future__ import annotations

import numpy as np

from costcalc.numbers.arrays import Array, Ints
from costcalc.numbers.factored import FactoredArray
from costcalc.records import NamedTuple
from costcalc.sweeps.axis import groups


class Division(NamedTuple):
    """The indices along an axis in parts, in ascending order each."""

    axis: int
    parts: tuple[Ints | range, ...]

    @classmethod
    def stretches(cls, axis: int, size: int, most: int) -> Division:
        """An axis of this length in stretches of up to so many."""
        starts = range(0, size, most)
        return cls(axis, tuple(range(start, min(start + most, size)) for start in starts))

    @classmethod
    def halves(cls, axis: int, size: int) -> Division:
        """An axis of this length in two."""
        return cls.stretches(axis, size, (size + 1) // 2)

    @classmethod
    def by_number(cls, number: FactoredArray) -> Division:
        """The indices apart by what a number is there, along the axis where that makes fewest parts
        (but two)."""
        table = number.spread(tuple(range(len(number.sizes))))
        found = [cls(axis, _alike(table, axis)) for axis in number.axes()]
        return min((one for one in found if len(one.parts) > 1), key=lambda one: len(one.parts))

    @property
    def in_stretches(self) -> bool:
        """Whether the indices of each part follow one another."""
        return all(which[-1] - which[0] + 1 == len(which) for which in self.parts)

    @property
    def held(self) -> int:
        """How many numbers it is."""
        return sum(map(len, self.parts))


def _alike(table: Array, axis: int) -> tuple[Ints, ...]:
    """The indices along an axis by what a table has there, in the order of their first ones."""
    return tuple(sorted(groups(_lines(table, axis)), key=lambda which: int(which[0])))


def _lines(table: Array, axis: int) -> Array:
    """What is equal where a table is along an axis."""
    lines = np.moveaxis(table, axis, 0).reshape(table.shape[axis], -1)
    if lines.shape[1] == 1:
        return lines[:, 0]
    known: dict[bytes, int] = {}
    return np.array([known.setdefault(line.tobytes(), index) for index, line in enumerate(lines)])
