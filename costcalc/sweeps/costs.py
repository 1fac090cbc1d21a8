"""The costs of one structure under many sizes at once."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from costcalc.conventions.convention import Convention, apply
from costcalc.cost.totals import METRICS, add_up_one
from costcalc.errors import CostcalcError
from costcalc.graph.build import build
from costcalc.graph.model import Graph
from costcalc.language.model import Spec, Value
from costcalc.memory.plan import plan
from costcalc.memory.simulation import simulate
from costcalc.numbers.dimensions import Constraints
from costcalc.numbers.factored import (
    AxisSpace,
    FactoredArray,
    Ints,
    Overflow,
    PointwiseMax,
    TooManyAxes,
)
from costcalc.sweeps.axis import FixedPoint, FloatColumn, Values
from costcalc.sweeps.space import settings, split_index

PEAK = "peak_memory"
"""The most elements of activations alive at one step, inputs and outputs apart (`separate`)."""
LONGEST = 1 << 18
"""The most values along one axis that are counted at once."""
TABLE = 2
"""A table of all combinations is looked up where it has at most so many entries a row."""


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
        """The metrics of a graph; of a peak the memory at every step."""
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


class SliceCosts:
    """Metrics over a space of axes, and the conditions that must hold for a point to be a network.

    Where `refused` says why, no point is one. `doubtful` are truth values along an axis of floats:
    which of its points need exact arithmetic.
    """

    def __init__(
        self,
        metrics: Mapping[str, FactoredArray | PointwiseMax],
        conditions: Sequence[FactoredArray] = (),
        refused: str = "",
        doubtful: Mapping[int, Any] | None = None,
    ) -> None:
        self.metrics, self.conditions, self.refused = metrics, conditions, refused
        self.doubtful = doubtful or {}
        self._tables: dict[str, Ints] = {}

    @functools.cached_property
    def held(self) -> int:
        """How many numbers are kept for it, tables that may come among them."""
        numbers = [*self.metrics.values(), *self.conditions]
        points = [math.prod(number.sizes) for number in self.metrics.values()]
        tables = sum(size for size in points if size <= TABLE * LONGEST)
        return sum(number.held for number in numbers) + tables

    def look_up(self, metric: str, indices: Sequence[Any], rows: int) -> Ints:
        """A metric of rows by their index along each axis, `slice(None)` where they are the axis.

        From a table of all combinations where these are few. int64, of shape (rows,).
        """
        if metric not in self._tables:
            number = self.metrics[metric]
            along = any(isinstance(index, slice) for index in indices)
            if along or len(indices) < 2 or math.prod(number.sizes) > TABLE * rows:
                return number.at(indices, rows)
            self._tables[metric] = number.dense()
        return self._tables[metric][tuple(indices)]  # type: ignore[no-any-return]


def count(
    spec: Spec,
    fixed: Mapping[str, Value],
    axes: Mapping[str, tuple[Values, int]],
    sizes: Sequence[int],
    measure: Measure,
) -> SliceCosts:
    """The network with some hyperparameters fixed and others along the axes of a space.

    Args:
        spec: The network.
        fixed: One value for each hyperparameter (or index of a list) that has one.
        axes: The values of the others, and the axis of the space that they are along.
        sizes: The lengths of the space's axes.
        measure: What is counted.

    Raises:
        StructureDiffers: The structure is not the same everywhere.
        TooManyAxes: A size is a function of too many values.
        NeedsExactArithmetic: Floats do not do.
        Overflow: A count is beyond 64 bits.
    """
    for axis, size in enumerate(sizes):
        if size > LONGEST:
            raise TooManyAxes((axis,))
    with AxisSpace(sizes).in_use() as space:
        try:
            firsts = {name: values[0] for name, (values, _) in axes.items()}
            arrays: dict[str, Any] = dict(settings(spec, {**fixed, **firsts}))
            for axis_name, (values, along) in axes.items():
                assert isinstance(values, FixedPoint | FloatColumn)
                number = values.number(space, along)
                name, index = split_index(axis_name)
                if index is None:
                    arrays[name] = number
                else:
                    arrays[name] = (*arrays[name][:index], number, *arrays[name][index + 1 :])
            with Constraints() as constraints, np.errstate(all="ignore"):
                graph = build(spec, arrays, partly=measure.of_sums)
                metrics = measure.of(graph)
        except CostcalcError as error:
            return SliceCosts({}, refused=str(error))
        bare = AxisSpace(sizes)  # what was computed on the way is needed no more
        conditions = [_number(bare, condition) for condition in constraints.conditions]
        return SliceCosts(
            {name: _number(bare, value).gathered() for name, value in metrics.items()},
            [condition for condition in conditions if not condition.all()],
            doubtful=space.doubtful,
        )


def _number(space: AxisSpace, value: Any) -> Any:
    """A metric (or condition) over a space: a number, or the largest of a list."""
    if isinstance(value, list):
        return PointwiseMax([_number(space, one) for one in value or [0]])
    return value.moved(space) if isinstance(value, FactoredArray) else space.constant(value)


def too_large(error: Overflow) -> CostcalcError:
    """The overflow as a user's error."""
    return CostcalcError(f"{error}\ncount it by itself, or sweep a smaller range")
