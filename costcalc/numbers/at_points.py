"""Numbers over axes at points: of each, the index along every axis is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

import numpy as np

from costcalc.numbers.arrays import Array, Selection
from costcalc.numbers.column import Column, SumOfProducts, computed
from costcalc.numbers.factor import Axes, Factor, Values
from costcalc.numbers.terms import Term

Taken: TypeAlias = dict[tuple[Axes, int], Values]
"""The values of functions at the points that are looked at, by their axes and the ids of these."""


class AtPoints(Protocol):
    """What has a value at every point of a space, as `FactoredArray.column` says it."""

    def column(self, points: Sequence[Selection], count: int, taken: Taken, /) -> Column:
        """The values at so many points."""


def all_at(
    numbers: Sequence[AtPoints],
    points: Sequence[Selection],
    count: int,
    out: Sequence[Array | None] = (),
) -> list[Array]:
    """The values of several numbers at any number of points, block by block; `out` is written to.

    Where the points are an axis, `slice(None)` says so.
    """
    taken: Taken = {}
    return computed([number.column(points, count, taken) for number in numbers], count, out)


def sum_at(terms: Sequence[Term], points: Sequence[Selection], count: int, taken: Taken) -> Column:
    """A sum of terms at points, computed when it is asked for; `taken` is told of more."""
    constant = sum(c for c, factors in terms if not factors)
    parts = [
        (c, [_taken(axes, one, points, count, taken) for axes, one in factors.items()])
        for c, factors in terms
        if factors
    ]
    return SumOfProducts(parts, count, constant)


def _taken(
    axes: Axes, factor: Factor, points: Sequence[Selection], count: int, taken: Taken
) -> Values:
    """The values of a factor at points."""
    indices = [points[axis] for axis in axes]
    if len(axes) == 1 and isinstance(indices[0], slice):
        return factor.values
    key = axes, id(factor.values)
    if key not in taken:
        table = factor.int64
        rows = [np.arange(count) if isinstance(index, slice) else index for index in indices]
        taken[key] = Column(lambda *places: table[places], rows, count)
    return taken[key]
