"""Some configurations of a network: a box of a grid, or rows one by one.

Either has settings that are fixed and axes with values. Numbers are computed over the axes, in a
space with one axis for each of them, and then taken at the configurations: all of a box at once, or
at the index of every row along every axis.
"""

from __future__ import annotations

import functools
import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from costcalc.language.expressions import StructureDiffers
from costcalc.language.model import Hyperparameter, Spec, Value
from costcalc.numbers.arrays import Array, Ints, Selection, Truths
from costcalc.numbers.decimal_array import DecimalArray, NeedsExactArithmetic
from costcalc.numbers.factored import FactoredArray, TooManyAxes
from costcalc.numbers.ratio_array import RatioArray
from costcalc.sweeps.axis import Axis, FixedPoint, Values, column, groups
from costcalc.sweeps.costs import Metric, Numbers, SliceCosts
from costcalc.sweeps.space import deciding, settings


class Configurations(ABC):
    """Configurations of one network: what is fixed, and an axis for whatever varies.

    A column of theirs has `shape`, or a shape that spreads over it. `sizes` are the lengths of the
    axes of the space that numbers are over, `along` says which of these each hyperparameter is
    along.
    """

    spec: Spec
    fixed: Mapping[str, Value]
    axes: Mapping[str, Axis]
    shape: tuple[int, ...]
    sizes: tuple[int, ...]
    along: Mapping[str, int]

    @property
    def points(self) -> int:
        """How many configurations there are."""
        return math.prod(self.shape)

    @property
    def structural(self) -> str | None:
        """The first axis whose values differ in structure by themselves, such as words."""
        names = deciding(self.spec, self.fixed, {n: a.is_numeric for n, a in self.axes.items()})
        return next((name for name in self.axes if name in names), None)

    @property
    def rows_are_axis(self) -> bool:
        """Whether costs are along the rows themselves: of no other rows, nor of some of them."""
        return False

    @property
    def known_as(self) -> Any:
        """What is equal where costs over the axes are; None where they are of these rows alone."""
        if self.rows_are_axis:
            return None
        values = tuple((name, axis.values) for name, axis in self.axes.items())
        return tuple(self.fixed.items()), values

    # What differs between a box and rows.

    @abstractmethod
    def given(self, row: int) -> dict[str, Value]:
        """What a configuration sets, exactly."""

    @abstractmethod
    def spread(self, axis: str, parameter: Hyperparameter, values: Values) -> Array:
        """Values along an axis as a column."""

    @abstractmethod
    def metric(self, costs: SliceCosts, name: str) -> Numbers:
        """A metric of every configuration. Raises `Overflow` beyond 64 bits."""

    @abstractmethod
    def holds(self, condition: FactoredArray) -> Truths:
        """Whether a condition holds, as a column of truth values."""

    @abstractmethod
    def rows(self, which: Ints) -> Rows:
        """Some of the configurations by their index, as rows."""

    @abstractmethod
    def by_value(self, name: str) -> Iterator[Configurations]:
        """The configurations apart by the value of an axis, which is fixed then."""

    @abstractmethod
    def divided(self, reason: Exception) -> Iterator[Configurations]:
        """The configurations in parts, for what `count` raised."""

    # What does not.

    def setting(self, name: str) -> Array | tuple[Array, ...]:
        """A hyperparameter as a column; of a list a tuple of columns, one an index."""
        parameter = self.spec.hyperparameters[name]
        if parameter.length is None:
            return self._column(name, parameter)
        indexed = [f"{name}[{index + 1}]" for index in range(parameter.length)]
        if indexed[0] in self.axes or indexed[0] in self.fixed:
            return tuple(self._column(axis, parameter) for axis in indexed)
        return tuple(np.moveaxis(self._column(name, parameter), -1, 0))

    def _column(self, axis: str, parameter: Hyperparameter) -> Array:
        if axis in self.axes:
            return self.spread(axis, parameter, self.axes[axis].values)
        if axis in self.fixed:
            return column(parameter, (self.fixed[axis],))
        if parameter.by in self.axes:
            values = self.axes[parameter.by].values
            if parameter.follows:
                return self.spread(parameter.by, parameter, values)
            decided = tuple(parameter.default_under({parameter.by: value}) for value in values)
            return self.spread(parameter.by, parameter, decided)
        return column(parameter, (self._settled[axis],))

    @functools.cached_property
    def _settled(self) -> dict[str, Any]:
        """Every hyperparameter's value in the first configuration."""
        return settings(self.spec, self.given(0))


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


class Box(Configurations):
    """Every combination of the axes' values, or those of an extent; an axis of a space for each."""

    def __init__(
        self,
        spec: Spec,
        fixed: Mapping[str, Value],
        axes: Mapping[str, Axis],
        extent: Extent | None = None,
    ) -> None:
        self.spec, self.fixed, self.axes = spec, fixed, axes
        self.sizes = tuple(len(axis.values) for axis in axes.values())
        self.along = {name: number for number, name in enumerate(axes)}
        self.extent = extent or Extent((), 0, self.sizes[0] if axes else 1)
        first = len(self.extent.prefix)
        inner = self.sizes[first + 1 :]
        self.shape = (self.extent.stop - self.extent.start, *inner) if axes else ()

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
        return self._cut(costs.metrics[name]).dense()  # type: ignore[no-any-return]

    def holds(self, condition: FactoredArray) -> Truths:
        """Whether a condition holds, as a column of truth values."""
        found: Truths = self._cut(condition).spread(tuple(range(len(self.shape)))).astype(bool)
        return found

    def _cut(self, number: Metric) -> Any:
        return number.cut(*self.extent) if self.sizes else number

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

    def divided(self, reason: Exception) -> Iterator[Box]:
        """The configurations in parts, for what `count` raised: stretches of one axis."""
        if isinstance(reason, StructureDiffers):
            number, ends = _changes(decider(reason), self.sizes)
        else:
            assert isinstance(reason, TooManyAxes)
            number = max(reason.axes, key=lambda axis: self.sizes[axis])
            ends = [0, self.sizes[number] // 2, self.sizes[number]]
        name = list(self.axes)[number]
        for start, stop in itertools.pairwise(ends):
            yield Box(self.spec, self.fixed, {**self.axes, name: self.axes[name].part(start, stop)})


def decider(differs: StructureDiffers) -> FactoredArray:
    """The number on which the structure depends."""
    value = differs.value
    if isinstance(value, RatioArray):
        value = value.numerator
    assert isinstance(value, FactoredArray)
    return value


def _changes(number: FactoredArray, sizes: Sequence[int]) -> tuple[int, list[int]]:
    """An axis, and where along it the number changes: the axis on which that is rarest."""
    table = number.spread(tuple(range(len(sizes))))
    found = {}
    for axis in number.axes():
        lines = np.moveaxis(table, axis, 0).reshape(table.shape[axis], -1)
        changes = np.flatnonzero((lines[1:] != lines[:-1]).any(axis=1)) + 1
        if len(changes):
            found[axis] = [0, *changes.tolist(), sizes[axis]]
    axis = min(found, key=lambda axis: len(found[axis]))
    return axis, found[axis]


class Rows(Configurations):
    """Configurations one by one, of which each axis says what it is in every row.

    An axis with codes is along an axis of the space that is as long as its values; the others are
    along the rows themselves. `origin` are the indices of the rows among those they are taken from,
    None where they are all of them.
    """

    def __init__(
        self,
        spec: Spec,
        fixed: Mapping[str, Value],
        axes: Mapping[str, Axis],
        count: int,
        origin: Ints | None = None,
    ) -> None:
        self.spec, self.fixed, self.axes, self.shape = spec, fixed, axes, (count,)
        self.origin = origin
        coded = {name: axis for name, axis in axes.items() if axis.codes is not None}
        own = int(len(coded) < len(axes))
        numbers = {name: own + number for number, name in enumerate(coded)}
        self.along = {name: numbers.get(name, 0) for name in axes}
        self.sizes = (count,) * own + tuple(len(axis.values) for axis in coded.values())
        codes = [axis.codes for axis in coded.values() if axis.codes is not None]
        self.indices: list[Selection] = [*[slice(None)] * own, *codes]

    @property
    def rows_are_axis(self) -> bool:
        """Whether costs are along the rows themselves: of no other rows, nor of some of them."""
        return any(axis.codes is None for axis in self.axes.values())

    def given(self, row: int) -> dict[str, Value]:
        """What a configuration sets, exactly."""
        return {**self.fixed, **{name: axis.value(row) for name, axis in self.axes.items()}}

    def spread(self, axis: str, parameter: Hyperparameter, values: Values) -> Array:
        """Values along an axis as a column: one a row."""
        codes = self.axes[axis].codes
        if codes is None:
            return column(parameter, values)
        if isinstance(values, FixedPoint) and len(values) > len(codes):
            return column(parameter, values.taken(codes))
        return column(parameter, values)[codes]

    def metric(self, costs: SliceCosts, name: str) -> Numbers:
        """A metric of every configuration. Raises `Overflow` beyond 64 bits."""
        return costs.look_up(name, self.indices, self.points)

    def holds(self, condition: FactoredArray) -> Truths:
        """Whether a condition holds, as a column of truth values."""
        return condition.at(self.indices, self.points).astype(bool)

    def rows(self, which: Selection) -> Rows:
        """Some of the configurations by their index, a slice or int64, as rows."""
        return self._taken(which, self.axes, self.fixed)

    def _taken(
        self, which: Selection, axes: Mapping[str, Axis], fixed: Mapping[str, Value]
    ) -> Rows:
        taken = {name: axis.taken(which) for name, axis in axes.items()}
        if isinstance(which, slice):
            which = np.arange(*which.indices(self.points))
        origin = which if self.origin is None else self.origin[which]
        return Rows(self.spec, fixed, taken, len(which), origin)

    def by_value(self, name: str) -> Iterator[Rows]:
        """The configurations apart by the value of an axis, which is fixed then."""
        rest = {other: axis for other, axis in self.axes.items() if other != name}
        for value, which in self.axes[name].groups():
            yield self._taken(which, rest, {**self.fixed, name: value})

    def divided(self, reason: Exception) -> Iterator[Rows]:
        """The configurations in parts, for what `count` raised.

        Rows that differ in what decides the structure come apart. Where it is combinations of
        values that no row has which differ, or are too many, each row has its own values.
        """
        parts: list[Rows] = []
        if isinstance(reason, NeedsExactArithmetic):
            parts = [self.exact()]
        elif isinstance(reason, StructureDiffers):
            parts = self._by_structure(reason)
        elif all(axis.codes is None for axis in self.axes.values()):
            half = self.points // 2
            parts = [self.rows(slice(0, half)), self.rows(slice(half, None))]
        yield from parts or [self._with({name: a.by_row() for name, a in self.axes.items()})]

    def _by_structure(self, differs: StructureDiffers) -> list[Rows]:
        """The rows apart by the number on which the structure depends; none where it is one."""
        if isinstance(differs.value, DecimalArray):
            keys: Any = differs.value.floats.values
            along: tuple[int, ...] = (0,)
        else:
            number = decider(differs)
            keys, along = number.at(self.indices, self.points), number.axes()
        found = groups(keys)
        parts = [self.rows(which) for which in found] if len(found) > 1 else []
        return [
            part._with(
                {n: a.present() if self.along[n] in along else a for n, a in part.axes.items()}
            )
            for part in parts
        ]

    def exact(self) -> Rows:
        """The same rows without floats."""
        return self._with({name: axis.exact() for name, axis in self.axes.items()})

    def _with(self, axes: Mapping[str, Axis]) -> Rows:
        return Rows(self.spec, self.fixed, axes, self.points, self.origin)
