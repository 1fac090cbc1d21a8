"""The costs of one structure under many sizes at once."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from costcalc.conventions.convention import Convention, apply
from costcalc.cost.totals import METRICS, add_up_one
from costcalc.errors import CostcalcError
from costcalc.graph.build import build
from costcalc.graph.model import Graph
from costcalc.language.expressions import StructureDiffers
from costcalc.language.model import Hyperparameter, Spec, Value
from costcalc.memory.plan import plan, simulate
from costcalc.numbers.dimensions import Constraints
from costcalc.numbers.factored import AxisSpace, FactoredArray, Overflow, PointwiseMax, TooManyAxes
from costcalc.numbers.ratio_array import RatioArray
from costcalc.sweeps.filtered import Filtered
from costcalc.sweeps.space import Space, deciding, settings, split_place


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


class Floats(NamedTuple):
    """The values of a hyperparameter along an axis: floats, each the decimal it prints as."""

    axis: int
    values: Any

    @property
    def first(self) -> Value:
        """The first value, exactly."""
        return Fraction(repr(float(self.values[0])))


PEAK = "peak_memory"
"""The most elements of activations alive at one step, inputs and outputs apart (`separate`)."""


def known_metrics(convention: Convention | None = None) -> list[str]:
    """What can be counted: a convention's headline number too where it has one."""
    headline = ["cost"] if convention is not None and convention.unit else []
    return [*METRICS, PEAK, *headline]


class Measure(NamedTuple):
    """What is counted: metrics, params and `cost` among them as a convention has them."""

    metrics: tuple[str, ...]
    convention: Convention | None = None

    @property
    def of_sums(self) -> bool:
        """Whether all of it is sums over layers, in which one that costs nothing is not there."""
        return self.convention is None and PEAK not in self.metrics

    def of(self, graph: Graph) -> dict[str, Any]:
        """The metrics of a graph."""
        found: dict[str, Any] = {}
        if self.convention is not None:
            counted = apply(self.convention, graph, graph.spec.counts)
            found = {"params": counted.params, "cost": counted.cost}
        if PEAK in self.metrics:
            steps = plan(graph, "separate")
            found[PEAK] = [m.elements for m in simulate(steps, range(len(steps.steps)))]
        return {
            metric: found[metric]
            if metric in found
            else add_up_one(metric, graph.layers, graph.spec.counts)
            for metric in self.metrics
        }


class SliceCosts(NamedTuple):
    """Metrics over a mesh, and the conditions that must hold for a point to be a network.

    Where `refused` says why, no point is one. `doubtful` are points along axes of floats that
    need exact arithmetic.
    """

    metrics: dict[str, FactoredArray | PointwiseMax]
    conditions: list[FactoredArray]
    refused: str = ""
    doubtful: Mapping[int, Any] = {}


def count(
    spec: Spec,
    fixed: Mapping[str, Value],
    placed: Mapping[str, Placed | Floats],
    sizes: Sequence[int],
    measure: Measure,
) -> SliceCosts:
    """The network with some axes fixed and others along those of a mesh of these sizes.

    Raises `StructureDiffers` where the structure is not one, `TooManyAxes` where a size is a
    function of too many values, `NeedsExactArithmetic` where floats do not do, `Overflow` beyond
    64 bits.
    """
    axis_space = AxisSpace(sizes)
    try:
        firsts = {name: along.first for name, along in placed.items()}
        arrays: dict[str, Any] = dict(settings(spec, {**fixed, **firsts}))
        for axis, along in placed.items():
            value = _number(axis_space, along)
            name, place = split_place(axis)
            if place is None:
                arrays[name] = value
            else:
                arrays[name] = (*arrays[name][:place], value, *arrays[name][place + 1 :])
        with Constraints() as constraints, np.errstate(all="ignore"):
            graph = build(spec, arrays, partly=measure.of_sums)
            metrics = measure.of(graph)
    except CostcalcError as error:
        return SliceCosts({}, [], str(error))
    bare = AxisSpace(sizes)  # what was computed on the way is needed no more
    return SliceCosts(
        {name: _mesh(bare, value).gathered() for name, value in metrics.items()},
        [_mesh(bare, condition) for condition in constraints.conditions],
        doubtful=axis_space.doubtful,
    )


def _mesh(axis_space: AxisSpace, value: Any) -> Any:
    if isinstance(value, list):
        return PointwiseMax([_mesh(axis_space, one) for one in value])
    return (
        value.moved(axis_space) if isinstance(value, FactoredArray) else axis_space.constant(value)
    )


def _number(axis_space: AxisSpace, along: Placed | Floats) -> Any:
    """Values along an axis as what formulas compute with."""
    if isinstance(along, Floats):
        return Filtered.along(axis_space, along.axis, along.values)
    mesh = axis_space.axis(along.axis, along.numerators)
    return mesh if along.denominator == 1 else RatioArray(mesh, along.denominator)


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
    counted: SliceCosts

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


def slices(space: Space, measure: Measure) -> Iterator[Slice]:
    """The space in slices of one structure each, in the order of the axes.

    Words, truth values and whole lists make slices, one a value; a size on which the structure
    depends makes one for each stretch of its axis where that is the same.
    """
    structural = deciding(space.spec, space.axes)
    starts = dict.fromkeys(space.axes, 0)
    yield from _split(space.spec, {}, dict(space.axes), starts, structural, measure)


def _split(
    spec: Spec,
    fixed: dict[str, Value],
    axes: dict[str, Sequence[Value]],
    starts: dict[str, int],
    structural: set[str],
    measure: Measure,
) -> Iterator[Slice]:
    name = next((name for name in axes if name in structural), None)
    if name is None:
        sizes = [len(values) for values in axes.values()]
        placed = {name: place(i, values) for i, (name, values) in enumerate(axes.items())}
        try:
            yield Slice(spec, fixed, axes, starts, count(spec, fixed, placed, sizes, measure))
            return
        except StructureDiffers as differs:
            axis, ends = _runs(decider(differs), sizes)
        except TooManyAxes as wide:
            axis = max(wide.axes, key=lambda axis: sizes[axis])
            ends = [0, sizes[axis] // 2, sizes[axis]]
        name = list(axes)[axis]
        for start, stop in itertools.pairwise(ends):
            part = {**axes, name: axes[name][start:stop]}
            begun = {**starts, name: starts[name] + start}
            yield from _split(spec, fixed, part, begun, structural, measure)
        return
    rest = {other: values for other, values in axes.items() if other != name}
    for value in axes[name]:
        yield from _split(spec, {**fixed, name: value}, rest, starts, structural, measure)


DTYPES = {"integer": np.int64, "decimal": np.float64, "boolean": np.bool_, "word": object}
"""How a hyperparameter of each kind is held in a column; a decimal as the float that prints as it
does."""


def array(parameter: Hyperparameter, values: Sequence[Any]) -> Any:
    """Values of a hyperparameter, or of places of it, as a column."""
    return np.array(values, dtype=DTYPES[parameter.kind])


def decider(differs: StructureDiffers) -> FactoredArray:
    """The number on which the structure depends."""
    value = differs.value
    if isinstance(value, RatioArray):
        value = value.numerator
    assert isinstance(value, FactoredArray)
    return value


def _runs(number: FactoredArray, sizes: Sequence[int]) -> tuple[int, list[int]]:
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


def place(axis: int, values: Sequence[Value]) -> Placed:
    """Exact values along an axis, over their common denominator."""
    exact = [Fraction(value) for value in values if isinstance(value, int | Fraction)]
    common = math.lcm(*(value.denominator for value in exact))
    numerators = [value.numerator * (common // value.denominator) for value in exact]
    return Placed(axis, numerators, common)


def too_large(error: Overflow) -> CostcalcError:
    """The overflow as a user's error."""
    return CostcalcError(f"{error}\ncount it by itself, or sweep a smaller range")
