"""Configurations one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from costcalc.language.expressions import StructureDiffers
from costcalc.language.model import Hyperparameter, Value
from costcalc.language.spec import Spec
from costcalc.numbers.arrays import Array, Ints, Selection, Truths
from costcalc.numbers.decimal_array import DecimalArray, NeedsExactArithmetic
from costcalc.numbers.factored import FactoredArray, all_at
from costcalc.sweeps.axis import Axis, FixedPoint, Values, column, groups
from costcalc.sweeps.configurations import Configurations, decider
from costcalc.sweeps.costs import Numbers, SliceCosts


class Rows(Configurations):
    """Configurations one by one, of which each axis says what it is in every row.

    An axis with codes is along an axis of the space that is as long as its values; the others are
    along the rows themselves. `taken_from` are the indices of the rows among those they are taken
    from, None where they are all of them.
    """

    def __init__(
        self,
        spec: Spec,
        fixed: Mapping[str, Value],
        axes: Mapping[str, Axis],
        count: int,
        taken_from: Ints | None = None,
    ) -> None:
        self.spec, self.fixed, self.axes, self.shape = spec, fixed, axes, (count,)
        self.taken_from = taken_from
        coded = {name: axis for name, axis in axes.items() if axis.codes is not None}
        own = int(len(coded) < len(axes))
        numbers = {name: own + number for number, name in enumerate(coded)}
        self.along = {name: numbers.get(name, 0) for name in axes}
        self.sizes = (count,) * own + tuple(len(axis.values) for axis in coded.values())
        codes = [axis.codes for axis in coded.values() if axis.codes is not None]
        self.indices: list[Selection] = [*[slice(None)] * own, *codes]

    @property
    def origin(self) -> Selection:
        """The indices of the rows among those they are taken from."""
        return slice(None) if self.taken_from is None else self.taken_from

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
        return all_at([condition], self.indices, self.points)[0].astype(bool)

    def rows(self, which: Selection) -> Rows:
        """Some of the configurations by their index, a slice or int64, as rows."""
        return self._taken(which, self.axes, self.fixed)

    def _taken(
        self, which: Selection, axes: Mapping[str, Axis], fixed: Mapping[str, Value]
    ) -> Rows:
        taken = {name: axis.taken(which) for name, axis in axes.items()}
        if isinstance(which, slice):
            which = np.arange(*which.indices(self.points))
        taken_from = which if self.taken_from is None else self.taken_from[which]
        return Rows(self.spec, fixed, taken, len(which), taken_from)

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
            keys: Array = differs.value.floats.values
            along: tuple[int, ...] = (0,)
        else:
            number = decider(differs)
            (keys,), along = all_at([number], self.indices, self.points), number.axes()
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
        return Rows(self.spec, self.fixed, axes, self.points, self.taken_from)
