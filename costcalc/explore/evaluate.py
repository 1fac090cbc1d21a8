"""The costs of one structure under many sizes at once."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from costcalc.conventions.convention import Convention, apply
from costcalc.count.totals import total
from costcalc.dimensions import Refusals
from costcalc.errors import CostcalcError
from costcalc.explore.mesh import Mesh, Overflow, Wide
from costcalc.explore.space import Space, deciding, settings, split_place
from costcalc.graph.build import build
from costcalc.ratio_array import RatioArray
from costcalc.spec.expressions import Mixed
from costcalc.spec.model import Hyperparameter, Spec, Value


class Placed(NamedTuple):
    """The values of a hyperparameter along an axis of a mesh: numerators over one denominator."""

    axis: int
    numerators: Any
    denominator: int = 1

    @property
    def first(self) -> Value:
        """The first value, exactly."""
        value = Fraction(int(self.numerators[0]), self.denominator)
        return value.numerator if value.denominator == 1 else value


class Counted(NamedTuple):
    """Metrics over a mesh, and the conditions that must hold for a point to be a network.

    Where `refused` says why, no point is one.
    """

    metrics: dict[str, Mesh]
    conditions: list[Mesh]
    refused: str = ""


def count(
    spec: Spec,
    fixed: Mapping[str, Value],
    placed: Mapping[str, Placed],
    sizes: Sequence[int],
    convention: Convention | None,
) -> Counted:
    """The network with some axes fixed and others along those of a mesh of these sizes.

    Raises `Mixed` where the structure is not one, `Wide` where a size is a function of too many
    values, `Overflow` beyond 64 bits.
    """
    try:
        firsts = {name: along.first for name, along in placed.items()}
        arrays: dict[str, Any] = dict(settings(spec, {**fixed, **firsts}))
        for axis, along in placed.items():
            mesh = Mesh.axis(sizes, along.axis, along.numerators)
            value = mesh if along.denominator == 1 else RatioArray(mesh, along.denominator)
            name, place = split_place(axis)
            if place is None:
                arrays[name] = value
            else:
                arrays[name] = (*arrays[name][:place], value, *arrays[name][place + 1 :])
        with Refusals() as refusals, np.errstate(all="ignore"):
            graph = build(spec, arrays, partly=convention is None)
            totals: Any = total(graph.layers, spec.counts)
            metrics = totals._asdict()
            if convention is not None:
                counted = apply(convention, graph, spec.counts)
                metrics["params"] = counted.params
                if counted.cost is not None:
                    metrics["cost"] = counted.cost
    except CostcalcError as error:
        return Counted({}, [], str(error))
    return Counted(
        {name: _mesh(sizes, value).gathered() for name, value in metrics.items()},
        [_mesh(sizes, condition) for condition in refusals.conditions],
    )


def _mesh(sizes: Sequence[int], value: Any) -> Mesh:
    return value if isinstance(value, Mesh) else Mesh.constant(sizes, value)


class Along(NamedTuple):
    """The values of a hyperparameter as a column, and the axis they are along.

    What does not vary has one value and no axis.
    """

    values: Any
    axis: int | None = None


@dataclass(frozen=True)
class Slice:
    """A part of a space with one structure: what is fixed, the axes that remain, their costs.

    An axis may be a part of the space's: `starts` says from which of its values on.
    """

    spec: Spec
    fixed: dict[str, Value]
    axes: dict[str, Sequence[Value]]
    starts: dict[str, int]
    counted: Counted

    @property
    def sizes(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return tuple(len(values) for values in self.axes.values())

    @property
    def points(self) -> int:
        """How many configurations it has."""
        return math.prod(self.sizes)

    @functools.cached_property
    def columns(self) -> dict[str, Along | list[Along]]:
        """Every hyperparameter along its axis; of a list one a place."""
        firsts = {name: values[0] for name, values in self.axes.items()}
        columns: dict[str, Any] = {}
        for name, value in settings(self.spec, {**self.fixed, **firsts}).items():
            parameter = self.spec.hyperparameters[name]
            columns[name] = (
                [Along(array(parameter, [one])) for one in value]
                if isinstance(value, tuple)
                else Along(array(parameter, [value]))
            )
        for number, (axis, values) in enumerate(self.axes.items()):
            name, at = split_place(axis)
            along = Along(array(self.spec.hyperparameters[name], values), number)
            if at is None:
                columns[name] = along
            else:
                columns[name][at] = along
        return columns


def slices(space: Space, convention: Convention | None = None) -> Iterator[Slice]:
    """The space in slices of one structure each, in the order of the axes.

    Words, truth values and whole lists make slices; so does a size on which the structure
    depends.
    """
    structural = deciding(space.spec, space.axes)
    starts = dict.fromkeys(space.axes, 0)
    yield from _split(space.spec, {}, dict(space.axes), starts, structural, convention)


def _split(
    spec: Spec,
    fixed: dict[str, Value],
    axes: dict[str, Sequence[Value]],
    starts: dict[str, int],
    structural: set[str],
    convention: Convention | None,
) -> Iterator[Slice]:
    name = next((name for name in axes if name in structural), None)
    if name is None:
        sizes = [len(values) for values in axes.values()]
        placed = {name: place(i, values) for i, (name, values) in enumerate(axes.items())}
        try:
            yield Slice(spec, fixed, axes, starts, count(spec, fixed, placed, sizes, convention))
            return
        except Mixed as mixed:
            name = min((list(axes)[axis] for axis in mixed.axes), key=lambda name: len(axes[name]))
            structural.add(name)
        except Wide as wide:
            name = max((list(axes)[axis] for axis in wide.axes), key=lambda name: len(axes[name]))
            half = len(axes[name]) // 2
            for start, part in ((0, axes[name][:half]), (half, axes[name][half:])):
                begun = {**starts, name: starts[name] + start}
                yield from _split(
                    spec, fixed, {**axes, name: part}, begun, structural, convention
                )  # fmt: skip
            return
    rest = {other: values for other, values in axes.items() if other != name}
    for value in axes[name]:
        yield from _split(spec, {**fixed, name: value}, rest, starts, structural, convention)


DTYPES = {"integer": np.int64, "decimal": np.float64, "boolean": np.bool_, "word": object}
"""How a hyperparameter of each kind is held in a column; a decimal as the float that prints as it
does."""


def array(parameter: Hyperparameter, values: Sequence[Any]) -> Any:
    """Values of a hyperparameter, or of places of it, as a column."""
    return np.array(values, dtype=DTYPES[parameter.kind])


def place(axis: int, values: Sequence[Value]) -> Placed:
    """Exact values along an axis, over their common denominator."""
    exact = [Fraction(value) for value in values if isinstance(value, int | Fraction)]
    common = math.lcm(*(value.denominator for value in exact))
    numerators = [value.numerator * (common // value.denominator) for value in exact]
    return Placed(axis, numerators, common)


def too_large(error: Overflow) -> CostcalcError:
    """The overflow as a user's error."""
    return CostcalcError(f"{error}\ncount it by itself, or sweep a smaller range")
