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
from costcalc.sweeps.axis import Axis, Numbers, Values, column, groups
from costcalc.sweeps.division import Division
from costcalc.sweeps.space import deciding, indexed, settings

Known: TypeAlias = tuple[tuple[tuple[str, Value], ...], tuple[tuple[str, Values], ...]]
"""What is fixed, and the values along every axis."""
Column: TypeAlias = Array | tuple[Array, ...]
"""Of the shape of configurations, or one that spreads over it; of a list one for each element."""


class Configurations:
    """Configurations of one network: a box of a grid, or rows one by one.

    A box has a dimension for each axis of which it has a stretch. Rows have one; axes without codes
    are along the rows themselves. `sizes` are the lengths of the axes of the space that numbers are
    over, and `along` says which of these each hyperparameter is along. What they have of these axes
    are the `stretches` of a box, the `indices` of rows.

    Of a part of others `taken_from` has, for each dimension of their shape, the indices along it,
    None where they are all.
    """

    def __init__(
        self,
        spec: Spec,
        fixed: Mapping[str, Value],
        axes: Mapping[str, Axis],
        rows: int | None = None,
        taken_from: Sequence[Ints | None] | None = None,
    ) -> None:
        """So many rows, or a box."""
        self.spec, self.fixed, self.axes = spec, fixed, axes
        self.is_box = rows is None
        codes = [axis.codes for axis in axes.values()]
        self.rows_are_axis = any(code is None for code in codes)
        own = [slice(None)] if self.rows_are_axis else []
        numbers = itertools.count(len(own))
        self.along = {n: 0 if a.codes is None else next(numbers) for n, a in axes.items()}
        coded = (len(axis.values) for axis in axes.values() if axis.codes is not None)
        self.sizes = (*[rows or 0] * len(own), *coded)
        self.stretches = [code for code in codes if isinstance(code, int | range)]
        self.indices: list[Selection] = [*own, *(c for c in codes if isinstance(c, np.ndarray))]
        stretched = {n: len(a.codes) for n, a in axes.items() if isinstance(a.codes, range)}
        self.dimensions = list(stretched)
        self.shape = tuple(stretched.values()) if rows is None else (rows,)
        self.taken_from = taken_from or (None,) * len(self.shape)

    @classmethod
    def whole(cls, spec: Spec, values: Mapping[str, Values]) -> Configurations:
        """Every combination of values."""
        return cls(spec, {}, {name: Axis.whole(each) for name, each in values.items()})

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
    def known_as(self) -> Known | None:
        """What is equal where costs over the axes are; None where they are of these rows alone."""
        if self.rows_are_axis:
            return None
        values = tuple((name, axis.values) for name, axis in self.axes.items())
        return tuple(self.fixed.items()), values

    @property
    def origin(self) -> tuple[Selection, ...]:
        """Where they are in the shape of those they are taken from, as numpy's index."""
        if all(indices is None for indices in self.taken_from):
            return (slice(None),) * len(self.shape)
        return np.ix_(
            *(
                np.arange(length) if indices is None else indices
                for indices, length in zip(self.taken_from, self.shape, strict=True)
            )
        )

    def given(self, row: int) -> dict[str, Value]:
        """What a configuration sets, exactly."""
        one = self.rows(np.array([row]))
        return {**self.fixed, **{name: axis.value(0) for name, axis in one.axes.items()}}

    def rows(self, which: Ints) -> Configurations:
        """Some of the configurations by their index, as rows."""
        if not self.is_box:
            axes = {name: axis.taken(which) for name, axis in self.axes.items()}
            (before,) = self.taken_from
            origin = [which if before is None else before[which]]
            return Configurations(self.spec, self.fixed, axes, len(which), origin)
        inside = iter(np.unravel_index(which, self.shape) if self.shape else ())
        codes = [
            code.start + next(inside) if isinstance(code, range) else np.full(len(which), code)
            for code in self.stretches
        ]
        every = zip(self.axes.items(), codes, strict=True)
        axes = {name: Axis(axis.values, code) for (name, axis), code in every}
        return Configurations(self.spec, self.fixed, axes, len(which))

    def having(self, axes: Mapping[str, Axis]) -> Configurations:
        """The same with other axes."""
        rows = None if self.is_box else self.points
        return Configurations(self.spec, self.fixed, axes, rows, self.taken_from)

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
        if self.is_box:
            each = [(value, self) for value in self.axes[name].values]
        else:
            parts = map(self.rows, self.axes[name].groups())
            each = [(part.axes[name].value(0), part) for part in parts]
        for value, part in each:
            rest = {other: axis for other, axis in part.axes.items() if other != name}
            fixed = {**self.fixed, name: value}
            rows, origin = (None, None) if self.is_box else (part.points, part.taken_from)
            yield Configurations(self.spec, fixed, rest, rows, origin)

    def parts(self, division: Division) -> Iterator[Configurations]:
        """The parts of a division, which may leave some indices out, that have any of them."""
        if self.rows_are_axis and division.axis == 0:
            yield from map(self.rows, division.parts)
            return
        name = self.name_of(division.axis)
        axis, codes = self.axes[name], self.axes[name].codes
        if isinstance(codes, np.ndarray):
            part_of, places = np.full((2, len(axis.values)), -1)
            for number, which in enumerate(division.parts):
                part_of[which], places[which] = number, np.arange(len(which))
            for rows in groups(part_of[codes]):
                number = part_of[codes[rows[0]]]
                if number >= 0:
                    part, values = self.rows(rows), axis.chosen(division.parts[number])
                    yield part.having({**part.axes, name: Axis(values, places[codes[rows]])})
            return
        assert codes is not None
        start, stop = (codes, codes + 1) if isinstance(codes, int) else (codes.start, codes.stop)
        for which in division.parts:
            first, last = map(int, np.searchsorted(which, (start, stop)))
            if first == last:
                continue
            taken = [*self.taken_from]
            if isinstance(codes, range):
                dimension = self.dimensions.index(name)
                inside, before = which[first:last] - start, taken[dimension]
                taken[dimension] = inside if before is None else before[inside]
            own = first if isinstance(codes, int) else range(first, last)
            axes = {**self.axes, name: Axis(axis.chosen(which), own)}
            yield Configurations(self.spec, self.fixed, axes, None, taken)

    def name_of(self, axis: int) -> str:
        """The hyperparameter along an axis of the space."""
        return next(name for name, along in self.along.items() if along == axis)

    # Of a whole box.

    def stretch(self, number: int, start: int, stop: int) -> Configurations:
        """The box of values that follow one another along an axis."""
        name = self.name_of(number)
        values, _, before = self.axes[name]
        part = Axis.whole(values[start:stop], before + start)
        return Configurations(self.spec, self.fixed, {**self.axes, name: part})

    def within(self, most: int) -> Iterator[Configurations]:
        """Boxes with at most so many values along each axis: one after another, in its order."""
        if max(self.sizes, default=0) <= most:
            yield self
            return
        axis, size = next((axis, size) for axis, size in enumerate(self.sizes) if size > 1)
        step = most if size > most else 1
        for start in range(0, size, step):
            yield from self.stretch(axis, start, start + step).within(most)

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
        *before, cut = list(self.axes.items())[:first]
        step, size = max(1, points // inside), self.sizes[first - 1]
        for prefix in itertools.product(*(range(len(axis.values)) for _, axis in before)):
            fixed = {n: a._replace(codes=i) for (n, a), i in zip(before, prefix, strict=True)}
            for start in range(0, size, step):
                name, axis = cut
                part = axis._replace(codes=range(start, min(start + step, size)))
                axes = {**self.axes, **fixed, name: part}
                yield Configurations(self.spec, self.fixed, axes)

    # Hyperparameters as columns.

    def setting(self, name: str) -> Column:
        """A hyperparameter as a column; of a list a tuple of columns, one an index."""
        parameter = self.spec.hyperparameters[name]
        if parameter.length is None:
            return self._column(name, parameter)
        elements = indexed(parameter)
        if elements[0] in self.axes or elements[0] in self.fixed:
            return tuple(self._column(axis, parameter) for axis in elements)
        return tuple(np.moveaxis(self._column(name, parameter), -1, 0))

    def _column(self, axis: str, parameter: Hyperparameter) -> Array:
        if axis in self.axes:
            return self._spread(axis, parameter, self.axes[axis].values)
        if axis in self.fixed:
            return column(parameter, (self.fixed[axis],))
        if parameter.by in self.axes:
            values = self.axes[parameter.by].values
            if parameter.follows:
                return self._spread(parameter.by, parameter, values)
            decided = tuple(parameter.default_under({parameter.by: value}) for value in values)
            return self._spread(parameter.by, parameter, decided)
        return column(parameter, (self._settled[axis],))

    def _spread(self, axis: str, parameter: Hyperparameter, values: Values) -> Array:
        """Values along an axis as a column: of a box in the axis's dimension, 1 long in others."""
        codes = self.axes[axis].codes
        if codes is None:
            return column(parameter, values)
        if isinstance(codes, np.ndarray):
            if isinstance(values, Numbers) and len(values) > len(codes):
                return column(parameter, values.taken(codes))
            return column(parameter, values)[codes]
        if isinstance(codes, int):
            return column(parameter, values[codes : codes + 1])
        lengths = [-1 if name == axis else 1 for name in self.dimensions]
        return column(parameter, values[codes.start : codes.stop]).reshape(lengths)

    @functools.cached_property
    def _settled(self) -> dict[str, Value]:
        """Every hyperparameter's value in the first configuration."""
        return settings(self.spec, self.given(0))
