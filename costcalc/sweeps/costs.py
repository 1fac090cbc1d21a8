"""The costs of one structure under many sizes at once."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from costcalc.conventions.convention import Convention
from costcalc.conventions.counting import apply
from costcalc.cost.totals import METRICS, add_up_one
from costcalc.errors import CostcalcError, suggest
from costcalc.graph.build import build
from costcalc.graph.execution import DEFAULT, Execution
from costcalc.graph.model import Graph
from costcalc.hardware.devices import Device, read_device
from costcalc.hardware.sums import load_sums
from costcalc.memory.plan import plan
from costcalc.memory.simulation import simulate
from costcalc.network import read_convention
from costcalc.numbers.arrays import Array, Ints, Truths
from costcalc.numbers.at_points import all_at
from costcalc.numbers.conditions import Constraints
from costcalc.numbers.factor import Overflow
from costcalc.numbers.factored import AxisSpace, FactoredArray
from costcalc.numbers.pointwise_max import PointwiseMax
from costcalc.numbers.ranges_array import AnyOutside
from costcalc.numbers.weighted_array import WeightedSum
from costcalc.records import NamedTuple
from costcalc.sweeps.configurations import Configurations
from costcalc.sweeps.space import in_lists, left_open, settings

Metric: TypeAlias = FactoredArray | PointwiseMax | WeightedSum | AnyOutside
"""A metric over a space of axes."""
Counts: TypeAlias = Ints | npt.NDArray[np.float64] | Truths
"""A metric of many configurations: whole numbers, times, or truths about times."""

TIME = "time"
"""Milliseconds of a run on a device: the one metric that is no whole number."""
SUM = "sum of "
"""What begins the name of one of the sums that time is made of: none that anybody types."""
OUTSIDE = "outside"
"""Whether a network lies outside of what was measured on the device: its time is extrapolated."""
PEAK = "peak_memory"
"""The most elements of activations alive at one step, inputs and outputs apart (`separate`)."""
MOVED = "memory_access_bytes"
"""Bytes read and written, of weights and activations in the types of the run."""
TABLE = 2
"""A table of all combinations is looked up where it has at most so many entries a row."""


def known_metrics(convention: Convention | None = None, device: Device | None = None) -> list[str]:
    """What can be counted: with a convention its headline number too, on a device time."""
    headline = ["cost"] if convention is not None and convention.unit else []
    return [*METRICS, PEAK, *headline, *([TIME, OUTSIDE] if device is not None else [])]


def require_metrics(
    metrics: Iterable[str],
    convention: Convention | None,
    device: Device | None = None,
    more: Sequence[str] = (),
) -> None:
    """Raise `CostcalcError` for a metric that nothing computes, `more` being computed elsewhere."""
    known = list(dict.fromkeys([*known_metrics(convention, device), *more]))
    for metric in metrics:
        if metric not in known:
            hint = suggest(metric, known, "metrics")
            if metric == "cost":
                hint = "cost is what a convention with a unit counts: name one, as fvcore"
            if metric in (TIME, OUTSIDE):
                hint = f"{metric} is that of a device: name one, as pixel_1"
            raise CostcalcError(f"unknown metric '{metric}'\n{hint}")


def kind_of(metric: str) -> str:
    """The kind of column that a metric is, as of a hyperparameter."""
    return {TIME: "decimal", OUTSIDE: "boolean"}.get(metric, "integer")


class Measure(NamedTuple):
    """What is counted of a run: metrics, params and `cost` among them as a convention has them,
    time as a device does."""

    metrics: tuple[str, ...]
    convention: Convention | None = None
    device: Device | None = None
    run: Execution = DEFAULT

    def of(self, graph: Graph, space: AxisSpace) -> dict[str, Metric]:
        """The metrics of a graph over a space."""
        number = functools.partial(_number, space)
        found: dict[str, Metric] = {}
        one_example, graph = graph, self.run.apply(graph)
        if self.convention is not None:
            counted = apply(self.convention, graph, graph.spec.counts)
            found["params"] = number(counted.params)
            if counted.cost is not None:
                found["cost"] = number(counted.cost)
        if any(name in (TIME, OUTSIDE) or name.startswith(SUM) for name in self.metrics):
            assert self.device is not None
            timing = self.device.timing_of()
            sums = load_sums().of(one_example).figures
            figures = {name: number(figure) for name, figure in sums.items()}
            found |= {f"{SUM}{name}": figure for name, figure in figures.items()}
            run, ranges = timing.of_one(timing.batches.usual), timing.coefficients
            found[TIME] = WeightedSum([(each, figures[name]) for name, each in run.items()])
            found[OUTSIDE] = AnyOutside(
                [(ranges[name].least, ranges[name].most, figures[name]) for name in run],
                bool(timing.unknown_family(graph.spec.key)),
            )
        if PEAK in self.metrics:
            steps = plan(graph, "separate")
            moments = simulate(steps, range(len(steps.steps)))
            # a repeat that some do not have is like the one before it: what is alive at the others
            # is the same without it, and at its own steps nothing
            runs = {layer.name: layer.runs for layer in graph.layers}
            alive = [
                number(self.run.batch * moment.elements * runs.get(moment.step.name, 1))
                for moment in moments
            ]
            found[PEAK] = PointwiseMax(alive or [number(0)])
        if MOVED in self.metrics:
            found[MOVED] = number(self.run.bytes_moved(graph.layers))
        for metric in self.metrics:
            if metric not in found:
                found[metric] = number(add_up_one(metric, graph.layers, graph.spec.counts))
        return {metric: found[metric] for metric in self.metrics}


def _number(space: AxisSpace, value: FactoredArray | int) -> FactoredArray:
    """A count that may be the same everywhere, over a space."""
    return value if isinstance(value, FactoredArray) else space.constant(value)


def read_measure(metrics: Iterable[str], convention: str | None, device: str | None) -> Measure:
    """What is counted, by the names of a convention and of a device (None: the paper's, none).

    Raises `CostcalcError` for a name that is none, and for a metric that nothing computes.
    """
    measure = Measure(tuple(metrics), read_convention(convention), read_device(device))
    require_metrics(measure.metrics, measure.convention, measure.device)
    return measure


class SliceCosts:
    """Metrics over a space of axes, and the conditions that must hold for a point to be a network.

    `doubtful` are truth values along an axis of floats: which of its points need exact arithmetic.
    """

    def __init__(
        self,
        metrics: Mapping[str, Metric],
        conditions: Sequence[FactoredArray],
        doubtful: Mapping[int, Truths],
    ) -> None:
        self.metrics, self.conditions, self.doubtful = metrics, conditions, doubtful
        self._tables: dict[str, Counts] = {}
        self._of_rows: dict[str, Counts] = {}

    @property
    def held(self) -> int:
        """How many numbers are kept for it so far."""
        return self._factors + sum(table.size for table in self._tables.values())

    @functools.cached_property
    def _factors(self) -> int:
        return sum(number.held for number in [*self.metrics.values(), *self.conditions])

    def valid(self, some: Configurations) -> Truths:
        """Which configurations are networks, as a column of truth values."""
        holds = (_column(condition, some) for condition in self.conditions)
        return functools.reduce(np.logical_and, holds, np.asarray(True))

    def metric(self, name: str, some: Configurations) -> Counts:
        """A metric of configurations as a column, int64 but for time. Raises `Overflow`.

        Of rows from a table of all combinations where these are few.
        """
        number = self.metrics[name]
        if some.is_box:
            return _column(number, some)
        if some.rows_are_axis:  # what metrics share is known once
            if not self._of_rows:
                columns = all_at([*self.metrics.values()], some.indices, some.points)
                self._of_rows = dict(zip(self.metrics, columns, strict=True))
            return self._of_rows[name]
        if name not in self._tables:
            if len(some.sizes) < 2 or math.prod(some.sizes) > TABLE * some.points:
                return _column(number, some)
            dense: Counts = number.dense()
            self._tables[name] = np.broadcast_to(dense, some.sizes)  # type: ignore[assignment]
        return self._tables[name][tuple(some.indices)]

    def put(self, into: Mapping[str, Array], some: Configurations) -> None:
        """Write metrics into arrays, where all configurations are networks."""
        if some.rows_are_axis:
            numbers = [self.metrics[name] for name in into]
            all_at(numbers, some.indices, some.points, [*into.values()])
            return
        for name, out in into.items():
            number = self.metrics[name]
            if some.is_box and isinstance(number, FactoredArray):
                number.cut(some.stretches).fill(out)
            else:
                out[...] = self.metric(name, some)


def _column(number: Metric, some: Configurations) -> Counts:
    if some.is_box:
        return number.cut(some.stretches).dense()
    return all_at([number], some.indices, some.points)[0]


def count(some: Configurations, measure: Measure) -> SliceCosts:
    """What a network costs in a space with an axis for each hyperparameter that is not fixed.

    Args:
        some: Configurations of the space: of these only what is fixed matters, and the values of
            the axes.
        measure: What is counted.

    Raises:
        StructureDiffers: The structure is not the same everywhere.
        TooManyAxes: A size is a function of too many values.
        NeedsExactArithmetic: Floats do not do.
        Overflow: A count is beyond 64 bits.
    """
    spec = some.spec
    with AxisSpace(some.sizes).in_use() as space:
        try:
            firsts = {name: axis.values[0] for name, axis in some.every.items()}
            numbers = {n: a.numbers.number(space, some.along[n]) for n, a in some.axes.items()}
            arrays = settings(spec, firsts) | in_lists({**some.fixed, **numbers})
            for parameter in left_open(spec, some.every):
                if parameter.follows:
                    arrays[parameter.name] = arrays[parameter.by]
            with Constraints() as constraints, np.errstate(all="ignore"):
                metrics = measure.of(build(spec, arrays), space)
        except CostcalcError:  # no point is one
            nothing = dict.fromkeys(measure.metrics, space.constant(-1))
            return SliceCosts(nothing, [space.constant(0)], {})
        conditions = [*_few(constraints.conditions)]
    gathered = {name: metric.gathered() for name, metric in metrics.items()}
    return SliceCosts(gathered, conditions, space.doubtful)


def _few(conditions: Iterable[FactoredArray]) -> Iterator[FactoredArray]:
    """What conditions say together, by the axes that they depend on."""
    found: dict[tuple[int, ...], FactoredArray] = {}
    for one in {id(condition): condition for condition in conditions}.values():
        axes = one.axes()
        if one.is_long or not one.all():
            found[axes] = one.elementwise(np.logical_and, found.get(axes, 1), one)
    yield from (one for one in found.values() if not one.all())


def too_large(error: Overflow) -> CostcalcError:
    """The overflow as a user's error."""
    return CostcalcError(f"{error}\ncount it by itself, or sweep a smaller range")
