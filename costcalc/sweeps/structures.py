"""Configurations in slices of one structure each: the one splitter, of boxes and of rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from costcalc.language.expressions import StructureDiffers
from costcalc.numbers.arrays import Array, Ints
from costcalc.numbers.decimal_array import DecimalArray, NeedsExactArithmetic
from costcalc.numbers.factored import FactoredArray
from costcalc.numbers.ratio_array import RatioArray
from costcalc.numbers.workspace import TooManyAxes
from costcalc.records import NamedTuple
from costcalc.sweeps.axis import groups
from costcalc.sweeps.configurations import Configurations, Division, Known
from costcalc.sweeps.costs import Measure, SliceCosts, count

LONGEST = 1 << 18
"""The most values along one axis that are counted at once, but of rows that are the axis."""
HELD = 1 << 22
"""Numbers that are kept of structures counted before: they may come again."""


class Slice(NamedTuple):
    """Configurations of one structure, and what they cost."""

    configurations: Configurations
    costs: SliceCosts


class Structures:
    """What structures cost, counted once: a part of a box comes again with the next one, a
    structure of rows with any that follow."""

    def __init__(self, measure: Measure) -> None:
        self.measure = measure
        self._known: dict[Known, SliceCosts | Division] = {}

    def boxes(self, box: Configurations) -> Iterator[Configurations]:
        """A whole box in boxes that are walked one after another, in the order of its axes.

        Words, truth values and whole lists make boxes, one a value; so does a size on which the
        structure depends, where each structure has a stretch of the axis. A box in which structures
        come and go along an axis stays one, as long as what they all cost can be held. None has
        more values along an axis than are looked at together.

        Raises:
            Overflow: A count is beyond 64 bits.
        """
        parts = self._cut(box)
        if parts is None:
            yield box
        else:
            for part in parts:
                yield from self.boxes(part)

    def _cut(self, box: Configurations) -> Iterable[Configurations] | None:
        """What a whole box comes apart in, None where it stays one."""
        name = box.structural
        if name is not None:
            return box.by_value(name)
        if max(box.sizes, default=0) > LONGEST:
            axis = next(axis for axis, size in enumerate(box.sizes) if size > 1)
            return box.stretches_of(axis, LONGEST if box.sizes[axis] > LONGEST else 1)
        found = self._counted(box)
        if isinstance(found, list):
            return found
        if isinstance(found, SliceCosts):
            return None
        if not found.in_stretches:
            if self._held(box) <= HELD:
                return None
            axis = max(range(len(box.sizes)), key=box.sizes.__getitem__)
            found = Division.halves(axis, box.sizes[axis])
        return box.boxes(found)

    def spreads(self, box: Configurations) -> bool:
        """Whether no metric of a box depends on several axes: each is spread over the others."""
        costs = self._counted(box)
        return isinstance(costs, SliceCosts) and all(
            isinstance(number, FactoredArray) and len(number.axes()) < 2
            for number in costs.metrics.values()
        )

    def slices(self, some: Configurations) -> Iterator[Slice]:
        """Configurations in slices of one structure each.

        Of rows, words, truth values and whole lists make slices, one a value; a size on which the
        structure depends makes one for each structure. A row that floats could not decide comes
        again in a later slice.

        Raises:
            Overflow: A count is beyond 64 bits.
        """
        if not some.points:
            return
        name = some.structural
        found = some.by_value(name) if name is not None else self._counted(some)
        if isinstance(found, Division):
            found = some.parts(found)
        if isinstance(found, SliceCosts):
            yield Slice(some, found)
            found = (
                part.exact()
                for axis, doubtful in found.doubtful.items()
                for part in some.parts(Division(axis, (np.flatnonzero(doubtful),)))
            )
        for part in found:
            yield from self.slices(part)

    def _held(self, box: Configurations) -> int:
        """How many numbers there are of all structures of a box."""
        found = self._counted(box)
        if isinstance(found, SliceCosts):
            return found.held
        if isinstance(found, Division):
            return found.held + sum(map(self._held, box.boxes(found)))
        return sum(map(self._held, found))

    def _counted(self, some: Configurations) -> SliceCosts | Division | list[Configurations]:
        """What they cost. Where they are not one structure: how they come apart, or the same rows
        as they can be counted."""
        key = some.known_as
        if key is not None and key in self._known:
            self._known[key] = known = self._known.pop(key)  # the latest
            return known
        if max(some.sizes[some.rows_are_axis :], default=0) > LONGEST:  # few of which rows have
            return [some.by_row()]
        found: SliceCosts | Division | list[Configurations]
        try:
            found = count(some, self.measure)
        except (StructureDiffers, TooManyAxes, NeedsExactArithmetic) as reason:
            found = _apart(some, reason)
        if key is not None and not isinstance(found, list):
            self._known[key] = found
            held = sum(one.held for one in self._known.values())
            while held > HELD and len(self._known) > 1:  # the oldest go first
                held -= self._known.pop(next(iter(self._known))).held
        return found


def _apart(some: Configurations, reason: Exception) -> Division | list[Configurations]:
    """What to do about what `count` raised.

    Where combinations of values differ which no row may have, are too many, or are of floats and
    something else, each row gets values of its own; exact ones where floats still do not do.
    """
    if isinstance(reason, StructureDiffers):
        decides = reason.value.numerator if isinstance(reason.value, RatioArray) else reason.value
        if isinstance(decides, DecimalArray):
            return [some.exact()]
        assert isinstance(decides, FactoredArray)
        if some.is_box or len(decides.axes()) == 1:
            return _by_number(decides)
    elif isinstance(reason, NeedsExactArithmetic):
        if some.is_box or not some.indices[some.rows_are_axis :]:
            return [some.exact()]
    elif isinstance(reason, TooManyAxes) and some.is_box:
        axis = max(reason.axes, key=lambda axis: some.sizes[axis])
        return Division.halves(axis, some.sizes[axis])
    return [some.by_row()]


def _by_number(number: FactoredArray) -> Division:
    """The indices apart by what a number is there, along the axis where that makes fewest parts
    (but two)."""
    table = number.spread(tuple(range(len(number.sizes))))
    found = [Division(axis, _alike(np.moveaxis(table, axis, 0))) for axis in number.axes()]
    return min((one for one in found if len(one.parts) > 1), key=lambda one: len(one.parts))


def _alike(table: Array) -> list[Ints]:
    """The indices along a table's first axis by what it has there, in the order of their first."""
    lines = table.reshape(len(table), -1)
    keys = lines[:, 0]
    if lines.shape[1] > 1:
        known: dict[bytes, int] = {}
        keys = np.array([known.setdefault(line.tobytes(), len(known)) for line in lines])
    return sorted(groups(keys), key=lambda which: int(which[0]))
