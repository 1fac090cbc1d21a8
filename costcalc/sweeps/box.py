"""Every combination of the values of some axes, and the boxes that a grid is cut into."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from types import EllipsisType

import numpy as np

from costcalc.language.expressions import StructureDiffers
from costcalc.language.model import Hyperparameter, Value
from costcalc.language.spec import Spec
from costcalc.numbers.arrays import Array, Ints, Truths
from costcalc.numbers.factored import FactoredArray, TooManyAxes
from costcalc.records import NamedTuple
from costcalc.sweeps.axis import Axis, FixedPoint, Values, column, groups
from costcalc.sweeps.configurations import Configurations, decider
from costcalc.sweeps.costs import Numbers, SliceCosts
from costcalc.sweeps.rows import Rows


class Extent(NamedTuple):
    """A box of a grid: one index along each of the first axes, `start` to `stop` along the next
    one, all along the others."""

    prefix: tuple[int, ...]
    start: int
    stop: int


def extents(sizes: Sequence[int], points: int) -> Iterator[Extent]:
    """A grid of these lengths in boxes of about so many points, in its order."""
    inside, axis = 1, len(sizes)
    while axis and inside * sizes[axis - 1] <= points:
        axis -= 1
        inside *= sizes[axis]
    if axis == 0:
        yield Extent((), 0, sizes[0] if sizes else 1)
        return
    step = max(1, points // inside)
    last = sizes[axis - 1]
    for prefix in itertools.product(*(range(size) for size in sizes[: axis - 1])):
        for start in range(0, last, step):
            yield Extent(prefix, start, min(start + step, last))


class Division(NamedTuple):
    """The values along an axis in parts: of each the values, and which ones they are."""

    axis: int
    parts: tuple[tuple[Values, Ints], ...]

    @classmethod
    def of(cls, box: Box, axis: int, parts: Sequence[Ints]) -> Division:
        """The parts of these indices, in ascending order each."""
        values = list(box.axes.values())[axis].values
        return cls(axis, tuple((_chosen(values, which), which) for which in parts))

    @property
    def in_stretches(self) -> bool:
        """Whether each part has values that follow one another."""
        return all(which[-1] - which[0] + 1 == len(which) for _, which in self.parts)


class Box(Configurations):
    """Every combination of the axes' values, or those of an extent; an axis of a space for each.

    Of a part of another box `taken_from` has, for each dimension of that one's shape, the indices
    along it, None where they are all.
    """

    def __init__(
        self,
        spec: Spec,
        fixed: Mapping[str, Value],
        axes: Mapping[str, Axis],
        extent: Extent | None = None,
        taken_from: Sequence[Ints | None] | None = None,
    ) -> None:
        self.spec, self.fixed, self.axes = spec, fixed, axes
        self.sizes = tuple(len(axis.values) for axis in axes.values())
        self.along = {name: number for number, name in enumerate(axes)}
        self.extent = extent or Extent((), 0, self.sizes[0] if axes else 1)
        first = len(self.extent.prefix)
        inner = self.sizes[first + 1 :]
        self.shape = (self.extent.stop - self.extent.start, *inner) if axes else ()
        self.taken_from = (None,) * len(self.shape) if taken_from is None else tuple(taken_from)

    @property
    def origin(self) -> EllipsisType | tuple[Ints, ...]:
        """Where it is in the box that it is a part of."""
        if all(indices is None for indices in self.taken_from):
            return ...
        return np.ix_(
            *(
                np.arange(length) if indices is None else indices
                for indices, length in zip(self.taken_from, self.shape, strict=True)
            )
        )

    def given(self, row: int) -> dict[str, Value]:
        """What a configuration sets, exactly."""
        indices = zip(self.axes.items(), self.indices(np.array([row])), strict=True)
        return {
            **self.fixed,
            **{name: axis.values[int(index[0])] for (name, axis), index in indices},
        }

    def stretch(self, name: str) -> range:
        """The indices along an axis."""
        prefix, start, stop = self.extent
        dimension = self.along[name] - len(prefix)
        if dimension < 0:
            return range(prefix[dimension], prefix[dimension] + 1)
        return range(start, stop) if dimension == 0 else range(len(self.axes[name].values))

    def indices(self, which: Ints) -> list[Ints]:
        """The index along every axis of some configurations."""
        prefix, start, _ = self.extent
        inside = np.unravel_index(which, self.shape) if self.shape else ()
        found = [np.full(len(which), index) for index in prefix]
        return [*found, *(index + start if i == 0 else index for i, index in enumerate(inside))]

    def spread(self, axis: str, parameter: Hyperparameter, values: Values) -> Array:
        """Values along an axis as a column: in the axis's dimension, 1 long in the others."""
        inside = self.stretch(axis)
        if len(inside) < len(values):
            values = values[inside.start : inside.stop]
        dimension = self.along[axis] - len(self.extent.prefix)
        lengths = [-1 if i == dimension else 1 for i in range(len(self.shape))]
        return column(parameter, values).reshape(lengths if dimension >= 0 else 1)

    def metric(self, costs: SliceCosts, name: str) -> Numbers:
        """A metric of every configuration. Raises `Overflow` beyond 64 bits."""
        number = costs.metrics[name]
        return (number.cut(*self.extent) if self.sizes else number).dense()

    def holds(self, condition: FactoredArray) -> Truths:
        """Whether a condition holds, as a column of truth values."""
        inside = condition.cut(*self.extent) if self.sizes else condition
        return inside.spread(tuple(range(len(self.shape)))).astype(bool)

    def rows(self, which: Ints) -> Rows:
        """Some of the configurations by their index, as rows."""
        indices = self.indices(which)
        axes = {
            name: Axis(axis.values, codes)
            for (name, axis), codes in zip(self.axes.items(), indices, strict=True)
        }
        return Rows(self.spec, self.fixed, axes, len(which))

    def by_value(self, name: str) -> Iterator[Box]:
        """The configurations apart by the value of an axis, which is fixed then."""
        rest = {other: axis for other, axis in self.axes.items() if other != name}
        for value in self.axes[name].values:
            yield Box(self.spec, {**self.fixed, name: value}, rest)

    def divided(self, reason: Exception) -> Division:
        """How to divide it, for what `count` raised: along the axis that makes fewest parts."""
        if isinstance(reason, StructureDiffers):
            return Division.of(self, *_alike(decider(reason), self.sizes))
        assert isinstance(reason, TooManyAxes)
        return self.halves(max(reason.axes, key=lambda axis: self.sizes[axis]))

    def halves(self, axis: int) -> Division:
        """Its values along an axis in two."""
        return Division.of(self, axis, np.array_split(np.arange(self.sizes[axis]), 2))

    def stretches(self, division: Division) -> Iterator[Box]:
        """The parts of a division, each a box by itself."""
        for values, which in division.parts:
            yield self._stretch(division.axis, values, int(which[0]))

    def within(self, most: int) -> Iterator[Box]:
        """Boxes with at most so many values along each axis: one after another, in its order."""
        if max(self.sizes, default=0) <= most:
            yield self
            return
        first = next(axis for axis, size in enumerate(self.sizes) if size > 1)
        size, values = self.sizes[first], list(self.axes.values())[first].values
        step = most if size > most else 1
        for start in range(0, size, step):
            yield from self._stretch(first, values[start : start + step], start).within(most)

    def _stretch(self, number: int, values: Values, start: int) -> Box:
        """The box of values that follow one another along an axis."""
        name, axis = list(self.axes.items())[number]
        stretch = Axis(values, None, axis.start + start)
        return Box(self.spec, self.fixed, {**self.axes, name: stretch})

    def parts(self, division: Division) -> Iterator[Box]:
        """The parts of a division as far as they are within the extent."""
        name = list(self.axes)[division.axis]
        prefix, start, stop = self.extent
        dimension = division.axis - len(prefix)
        for values, which in division.parts:
            extent, inside = self.extent, which
            if dimension < 0:
                index = int(np.searchsorted(which, prefix[dimension]))
                if index == len(which) or which[index] != prefix[dimension]:
                    continue
                changed = (*prefix[: division.axis], index, *prefix[division.axis + 1 :])
                extent = Extent(changed, start, stop)
            elif dimension == 0:
                first, last = map(int, np.searchsorted(which, (start, stop)))
                if first == last:
                    continue
                extent, inside = Extent(prefix, first, last), which[first:last] - start
            taken_from = list(self.taken_from)
            if dimension >= 0:
                before = taken_from[dimension]
                taken_from[dimension] = inside if before is None else before[inside]
            axes = {**self.axes, name: Axis(values)}
            yield Box(self.spec, self.fixed, axes, extent, taken_from)


def _alike(number: FactoredArray, sizes: Sequence[int]) -> tuple[int, list[Ints]]:
    """An axis, and its indices grouped by what the number is there: the axis with fewest groups."""
    table = number.spread(tuple(range(len(sizes))))
    found = {}
    for axis in number.axes():
        lines = np.moveaxis(table, axis, 0).reshape(table.shape[axis], -1)
        keys = lines[:, 0] if lines.shape[1] == 1 else _first_like(lines)
        found[axis] = sorted(groups(keys), key=lambda which: int(which[0]))
    axis = min((axis for axis in found if len(found[axis]) > 1), key=lambda axis: len(found[axis]))
    return axis, found[axis]


def _first_like(lines: Array) -> Array:
    """The index of the first line that is equal, for each of some."""
    known: dict[bytes, int] = {}
    return np.array([known.setdefault(line.tobytes(), index) for index, line in enumerate(lines)])


def _chosen(values: Values, which: Ints) -> Values:
    """Values by their indices, which ascend."""
    first, last = int(which[0]), int(which[-1])
    if last - first + 1 == len(which):
        return values[first : last + 1]
    assert isinstance(values, FixedPoint)  # only of numbers many have one structure
    return values.taken(which)
