"""Some configurations of a network: settings that are fixed, and axes of which they have values.

Numbers are computed over the axes, in a space with one axis for each of them, and then taken at the
configurations: all of a box at once, or at the index of every row along every axis.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from costcalc.language.model import Hyperparameter, Value
from costcalc.language.spec import Spec
from costcalc.numbers.arrays import Array, Ints, Selection
from costcalc.records import NamedTuple
from costcalc.sweeps.axis import Axis, Numbers, Values, column, groups
from costcalc.sweeps.space import indexed, left_open, settings

Known: TypeAlias = tuple[tuple[tuple[str, Value], ...], tuple[tuple[str, Values], ...]]
"""What is fixed, and the values along every axis."""
Column: TypeAlias = Array | tuple[Array, ...]
"""Of the shape of configurations, or one that spreads over it; of a list one for each element."""


class Division(NamedTuple):
    """How configurations come apart: the indices along an axis in parts, in ascending order."""

    axis: int
    parts: Sequence[Ints]

    @classmethod
    def halves(cls, axis: int, size: int) -> Division:
        """An axis of this length in two."""
        return cls(axis, np.array_split(np.arange(size), 2))

    @property
    def in_stretches(self) -> bool:
        """Whether the indices of each part follow one another."""
        return all(which[-1] - which[0] + 1 == len(which) for which in self.parts)

    @property
    def held(self) -> int:
        """How many numbers it is."""
        return sum(map(len, self.parts))


class Configurations:
    """Configurations of one network: a box of a grid, or rows one by one.

    A box has a dimension for each axis of which it has a stretch. Rows have one; axes without codes
    are along the rows themselves. What has a single value is `fixed`, and no axis. `sizes` are the
    lengths of the axes of the space that numbers are over, and `along` says which of these each
    hyperparameter is along. What they have of these axes are the `stretches` of a box, the
    `indices` of rows.

    Of rows that are a part of others `origin` has the index of each among those; None where they
    are all.
    """

    def __init__(
        self,
        spec: Spec,
        axes: Mapping[str, Axis],
        rows: int | None = None,
        origin: Ints | None = None,
    ) -> None:
        """So many rows, or a box."""
        self.spec, self.every, self.origin = spec, axes, origin
        self.is_box = rows is None
        self.fixed = {name: axis.values[0] for name, axis in axes.items() if axis.is_fixed}
        self.axes = {name: axis for name, axis in axes.items() if not axis.is_fixed}
        coded = {name: axis for name, axis in self.axes.items() if axis.codes is not None}
        self.rows_are_axis = len(coded) < len(self.axes)
        own = [rows or 0] if self.rows_are_axis else []
        places = {name: number for number, name in enumerate(coded, len(own))}
        self.along = {name: places.get(name, 0) for name in self.axes}
        self.sizes = (*own, *(len(axis.values) for axis in coded.values()))
        codes = [axis.codes for axis in coded.values()]
        self.stretches = [code for code in codes if isinstance(code, int | range)]
        every_row: list[Selection] = [slice(None)] * len(own)
        self.indices = [*every_row, *(code for code in codes if isinstance(code, np.ndarray))]
        self.dimensions = {n: len(a.codes) for n, a in coded.items() if isinstance(a.codes, range)}
        self.shape = tuple(self.dimensions.values()) if rows is None else (rows,)

    @classmethod
    def whole(cls, spec: Spec, values: Mapping[str, Values]) -> Configurations:
        """Every combination of values."""
        return cls(spec, {name: Axis.whole(each) for name, each in values.items()})

    @property
    def points(self) -> int:
        """How many configurations there are."""
        return math.prod(self.shape)

    @property
    def structural(self) -> str | None:
        """The first axis whose values differ in structure by themselves: words, truth values and
        whole lists, and what decides the defaults of others that are not given. What only follows a
        number is one along its axis."""
        by = {p.by for p in left_open(self.spec, self.every) if not p.follows}
        return next((n for n, axis in self.axes.items() if not axis.is_numeric or n in by), None)

    @property
    def known_as(self) -> Known | None:
        """What is equal where costs over the axes are; None where they are of these rows alone."""
        if self.rows_are_axis:
            return None
        values = tuple((name, axis.values) for name, axis in self.axes.items())
        return tuple(self.fixed.items()), values

    def given(self, row: int) -> dict[str, Value]:
        """What a configuration sets, exactly."""
        one = self.rows(np.array([row]))
        return {**self.fixed, **{name: axis.value(0) for name, axis in one.axes.items()}}

    def rows(self, which: Ints) -> Configurations:
        """Some of the configurations by their index, as rows."""
        if self.is_box:
            inside = iter(np.unravel_index(which, self.shape) if self.shape else ())
            codes = [
                code.start + next(inside) if isinstance(code, range) else np.full(len(which), code)
                for code in self.stretches
            ]
            every = zip(self.axes.items(), codes, strict=True)
            axes = {name: Axis(axis.values, code) for (name, axis), code in every}
        else:
            axes = {name: axis.taken(which) for name, axis in self.axes.items()}
        origin = which if self.origin is None else self.origin[which]
        return Configurations(self.spec, {**self.every, **axes}, len(which), origin)

    def having(self, axes: Mapping[str, Axis]) -> Configurations:
        """The same with other values of some axes."""
        rows = None if self.is_box else self.points
        return Configurations(self.spec, {**self.every, **axes}, rows, self.origin)

    def exact(self) -> Configurations:
        """The same without floats."""
        axes = self.axes.items()
        return self.having({n: a._replace(values=a.numbers.exact()) for n, a in axes})

    def by_row(self) -> Configurations:
        """The same rows, of which each has values of its own."""
        return self.having({name: axis.by_row() for name, axis in self.axes.items()})

    # Their parts.

    def by_value(self, name: str) -> Iterator[Configurations]:
        """Rows, or a whole box, apart by the value of an axis, which is fixed then."""
        axis = self.axes[name]
        if self.is_box:
            for index, value in enumerate(axis.values):
                yield self.having({name: Axis.fixed(value, index)})
            return
        for part in map(self.rows, groups(axis.numbers.array if axis.codes is None else axis.each)):
            yield part.having({name: Axis.fixed(part.axes[name].value(0))})

    def parts(self, division: Division) -> Iterator[Configurations]:
        """The rows, also of a box, that each part of a division has, which may leave some out."""
        if self.is_box:
            yield from self.rows(np.arange(self.points)).parts(division)
            return
        name = self.name_of(division.axis)
        axis = self.axes[name]
        if axis.codes is None:
            yield from map(self.rows, division.parts)
            return
        for which in division.parts:
            rows = np.flatnonzero(np.isin(axis.each, which))
            codes = 0 if len(which) == 1 else np.searchsorted(which, axis.each[rows])
            yield self.rows(rows).having({name: Axis(axis.numbers.taken(which), codes)})

    def name_of(self, axis: int) -> str:
        """The hyperparameter along an axis of the space."""
        return next(name for name, along in self.along.items() if along == axis)

    # Of a whole box.

    def boxes(self, division: Division) -> Iterator[Configurations]:
        """The whole boxes of each part of a division."""
        name = self.name_of(division.axis)
        axis = self.axes[name]
        for which in division.parts:
            values, start = axis.numbers.taken(which), axis.start + int(which[0])
            yield self.having({name: Axis.whole(values, start)})

    def stretches_of(self, axis: int, most: int) -> Iterator[Configurations]:
        """The whole boxes of stretches of up to so many values along an axis."""
        name = self.name_of(axis)
        values, _, before = self.axes[name]
        for start in range(0, len(values), most):
            yield self.having({name: Axis.whole(values[start : start + most], before + start)})

    def extents(self, points: int) -> Iterator[Configurations]:
        """A whole box in boxes of about so many points, in its order: at one index along each of
        the first axes, a stretch of the next one, all along the others."""
        inside, first = 1, len(self.sizes)
        while first and inside * self.sizes[first - 1] <= points:
            first -= 1
            inside *= self.sizes[first]
        if first == 0:
            yield self
            return
        *before, (name, axis) = list(self.axes.items())[:first]
        step, size = max(1, points // inside), self.sizes[first - 1]
        for prefix in itertools.product(*(range(len(axis.values)) for _, axis in before)):
            fixed = {n: a._replace(codes=i) for (n, a), i in zip(before, prefix, strict=True)}
            for start in range(0, size, step):
                part = axis._replace(codes=range(start, min(start + step, size)))
                yield self.having({**fixed, name: part})

    # Hyperparameters as columns.

    def setting(self, name: str) -> Column:
        """A hyperparameter as a column; of a list a tuple of columns, one an index."""
        parameter = self.spec.hyperparameters[name]
        if parameter.length is None:
            return self._column(name, parameter)
        elements = indexed(parameter)
        if elements[0] in self.every:
            return tuple(self._column(axis, parameter) for axis in elements)
        return tuple(np.moveaxis(self._column(name, parameter), -1, 0))

    def _column(self, axis: str, parameter: Hyperparameter) -> Array:
        if axis in self.axes:
            return self._spread(axis, parameter, self.axes[axis].values)
        if axis in self.fixed:
            return column(parameter, (self.fixed[axis],))
        if parameter.by in self.axes:
            values = self.axes[parameter.by].values
            if not parameter.follows:
                values = tuple(parameter.default_under({parameter.by: one}) for one in values)
            return self._spread(parameter.by, parameter, values)
        return column(parameter, (self._settled[axis],))

    def _spread(self, axis: str, parameter: Hyperparameter, values: Values) -> Array:
        """Values along an axis as a column: of a box in the axis's dimension, 1 long in others."""
        codes = self.axes[axis].codes
        if codes is None:
            return column(parameter, values)
        if isinstance(codes, np.ndarray):
            if isinstance(values, Numbers):  # which may be many more
                return column(parameter, values.taken(codes))
            return column(parameter, values)[codes]
        stretch = range(codes, codes + 1) if isinstance(codes, int) else codes
        lengths = [-1 if name == axis else 1 for name in self.dimensions]
        return column(parameter, values[stretch.start : stretch.stop]).reshape(lengths)

    @functools.cached_property
    def _settled(self) -> dict[str, Value]:
        """Every hyperparameter's value in the first configuration."""
        return settings(self.spec, self.given(0))
