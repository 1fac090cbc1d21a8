"""Some configurations of a network: a box of a grid, or rows one by one.

Either has settings that are fixed and axes with values. Numbers are computed over the axes, in a
space with one axis for each of them, and then taken at the configurations: all of a box at once, or
at the index of every row along every axis.
"""

from __future__ import annotations

import functools
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from costcalc.language.expressions import StructureDiffers
from costcalc.language.model import Hyperparameter, Value
from costcalc.language.spec import Spec
from costcalc.numbers.arrays import Array, Ints, Truths
from costcalc.numbers.factored import FactoredArray
from costcalc.numbers.ratio_array import RatioArray
from costcalc.sweeps.axis import Axis, Values, column
from costcalc.sweeps.costs import Numbers, SliceCosts
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

    @property
    @abstractmethod
    def origin(self) -> Any:
        """Where they are in the shape of those they are taken from, as numpy's index."""

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
    def rows(self, which: Ints) -> Configurations:
        """Some of the configurations by their index, as rows."""

    @abstractmethod
    def by_value(self, name: str) -> Iterator[Configurations]:
        """The configurations apart by the value of an axis, which is fixed then."""

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


def decider(differs: StructureDiffers) -> FactoredArray:
    """The number on which the structure depends."""
    value = differs.value
    if isinstance(value, RatioArray):
        value = value.numerator
    assert isinstance(value, FactoredArray)
    return value
