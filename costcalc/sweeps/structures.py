"""Configurations in slices of one structure each: the one splitter, of grids and of rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from costcalc.language.expressions import StructureDiffers
from costcalc.numbers.arrays import Truths
from costcalc.numbers.decimal_array import NeedsExactArithmetic
from costcalc.numbers.factored import TooManyAxes
from costcalc.sweeps.configurations import Configurations, Rows
from costcalc.sweeps.costs import Measure, Numbers, SliceCosts, count

HELD = 1 << 22
"""Numbers that are kept of structures counted before: they may come again."""


class Slice(NamedTuple):
    """Configurations of one structure, and what they cost."""

    configurations: Configurations
    costs: SliceCosts

    def valid(self) -> Truths:
        """Which configurations are networks, as a column of truth values."""
        if self.costs.refused:
            return np.asarray(False)
        good: Truths = np.asarray(True)
        for condition in self.costs.conditions:
            good = good & self.configurations.holds(condition)
        return good

    def metric(self, name: str) -> Numbers:
        """A metric of every configuration. Raises `Overflow` beyond 64 bits."""
        return self.configurations.metric(self.costs, name)


class Structures:
    """What structures cost, counted once: a part of a grid comes again with the next of its boxes,
    a structure of rows with any that follow."""

    def __init__(self, measure: Measure) -> None:
        self.measure = measure
        self._known: dict[Any, SliceCosts] = {}
        self._held = 0

    def slices(self, configurations: Configurations) -> Iterator[Slice]:
        """The configurations in slices of one structure each, a grid's in the order of its axes.

        Words, truth values and whole lists make slices, one a value; a size on which the structure
        depends makes one for each stretch of its axis (of rows: each of its values) where that is
        the same. A row that floats could not decide comes again in a later slice.

        Raises:
            Overflow: A count is beyond 64 bits.
        """
        if not configurations.points:
            return
        costs = self._known.get(configurations.known_as)
        if costs is None:
            name = configurations.structural
            if name is not None:
                for part in configurations.by_value(name):
                    yield from self.slices(part)
                return
            try:
                costs = self._count(configurations)
            except (StructureDiffers, TooManyAxes, NeedsExactArithmetic) as reason:
                for part in configurations.divided(reason):
                    yield from self.slices(part)
                return
        yield Slice(configurations, costs)
        for doubtful in costs.doubtful.values():
            assert isinstance(configurations, Rows)
            yield from self.slices(configurations.rows(np.flatnonzero(doubtful)).exact())

    def _count(self, configurations: Configurations) -> SliceCosts:
        axes = {
            name: (axis.values, configurations.along[name])
            for name, axis in configurations.axes.items()
        }
        sizes = configurations.sizes
        costs = count(configurations.spec, configurations.fixed, axes, sizes, self.measure)
        key = configurations.known_as
        if key is not None:
            self._known[key] = costs
            self._held += costs.held
            while self._held > HELD and len(self._known) > 1:  # the oldest go first
                self._held -= self._known.pop(next(iter(self._known))).held
        return costs
