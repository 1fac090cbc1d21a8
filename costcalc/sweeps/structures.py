"""Configurations in slices of one structure each: the one splitter, of grids and of rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from costcalc.language.expressions import StructureDiffers
from costcalc.numbers.arrays import Truths
from costcalc.numbers.decimal_array import NeedsExactArithmetic
from costcalc.numbers.factored import FactoredArray, TooManyAxes
from costcalc.records import NamedTuple
from costcalc.sweeps.box import Box, Division
from costcalc.sweeps.configurations import Configurations
from costcalc.sweeps.costs import LONGEST, Measure, Numbers, SliceCosts, count
from costcalc.sweeps.rows import Rows

HELD = 1 << 22
"""Numbers that are kept of structures counted before: they may come again."""
DIFFERENT = (StructureDiffers, TooManyAxes, NeedsExactArithmetic)
"""Why configurations are not counted as one."""


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
        self._divisions: dict[Any, Division] = {}

    def boxes(self, box: Box) -> Iterator[Box]:
        """A whole box in boxes that are walked one after another, in the order of its axes.

        Words, truth values and whole lists make boxes, one a value; so does a size on which the
        structure depends, where each structure has a stretch of the axis. A box in which structures
        come and go along an axis stays one, as long as what they all cost can be held. None has
        more values along an axis than are looked at together.

        Raises:
            Overflow: A count is beyond 64 bits.
        """
        name = box.structural
        if name is not None:
            for part in box.by_value(name):
                yield from self.boxes(part)
            return
        if max(box.sizes, default=0) > LONGEST:
            for part in box.within(LONGEST):
                yield from self.boxes(part)
            return
        division = self._division(box)
        if division is not None and not division.in_stretches and self._held(box) > HELD:
            longest = max(range(len(box.sizes)), key=lambda axis: box.sizes[axis])
            division = box.halves(longest)
        if division is None or not division.in_stretches:
            yield box
            return
        for part in box.stretches(division):
            yield from self.boxes(part)

    def spreads(self, box: Box) -> bool:
        """Whether no metric of a box depends on several axes: each is spread over the others."""
        return self._division(box) is None and all(
            isinstance(number, FactoredArray) and len(number.axes()) < 2
            for number in self._costs(box).metrics.values()
        )

    def slices(self, configurations: Configurations) -> Iterator[Slice]:
        """The configurations in slices of one structure each.

        Of rows, words, truth values and whole lists make slices, one a value; a size on which the
        structure depends makes one for each structure. A row that floats could not decide comes
        again in a later slice.

        Raises:
            Overflow: A count is beyond 64 bits.
        """
        if isinstance(configurations, Box):
            yield from self._of_box(configurations)
        elif isinstance(configurations, Rows) and configurations.points:
            yield from self._of_rows(configurations)

    def _of_box(self, box: Box) -> Iterator[Slice]:
        division = self._division(box)
        if division is None:
            yield Slice(box, self._costs(box))
            return
        for part in box.parts(division):
            yield from self._of_box(part)

    def _of_rows(self, rows: Rows) -> Iterator[Slice]:
        name = rows.structural
        if name is not None:
            for part in rows.by_value(name):
                yield from self._of_rows(part)
            return
        try:
            costs = self._costs(rows)
        except DIFFERENT as reason:
            for part in rows.divided(reason):
                yield from self._of_rows(part)
            return
        yield Slice(rows, costs)
        for doubtful in costs.doubtful.values():
            yield from self._of_rows(rows.rows(np.flatnonzero(doubtful)).exact())

    def _division(self, box: Box) -> Division | None:
        """How a box falls into structures; None where it is one."""
        key = box.known_as
        if key in self._divisions:
            return self._divisions[key]
        try:
            self._costs(box)
        except DIFFERENT as reason:
            self._divisions[key] = box.divided(reason)
            return self._divisions[key]
        return None

    def _held(self, box: Box) -> int:
        """How many numbers there are of all structures of a box."""
        division = self._division(box)
        if division is None:
            return self._costs(box).held
        return sum(self._held(part) for part in box.parts(division))

    def _costs(self, configurations: Configurations) -> SliceCosts:
        """What the configurations cost. Raises what `count` does."""
        key = configurations.known_as
        if key in self._known:
            return self._known[key]
        axes = {
            name: (axis.values, configurations.along[name])
            for name, axis in configurations.axes.items()
        }
        sizes = configurations.sizes
        costs = count(configurations.spec, configurations.fixed, axes, sizes, self.measure)
        if key is not None:
            self._known[key] = costs
            held = sum(one.held for one in self._known.values())
            while held > HELD and len(self._known) > 1:  # the oldest go first
                held -= self._known.pop(next(iter(self._known))).held
        return costs
