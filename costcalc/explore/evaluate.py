"""The costs of a space: slices of one structure each, evaluated over all sizes at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from costcalc.conventions.convention import Convention, apply
from costcalc.count.totals import total
from costcalc.dimensions import Refusals
from costcalc.errors import CostcalcError
from costcalc.explore.mesh import Mesh, Overflow
from costcalc.explore.space import decided, is_size
from costcalc.graph.build import build
from costcalc.ratio_array import RatioArray
from costcalc.spec.expressions import Mixed
from costcalc.spec.model import Spec, Value
from costcalc.spec.settings import settle

Axes = Mapping[str, Sequence[Value]]


class Slice(NamedTuple):
    """A part of the space with one structure: what is fixed, and the axes that remain.

    `metrics` are numbers over the mesh of the axes, `conditions` what must hold for a
    configuration to be valid; `refused` says why none is.
    """

    fixed: dict[str, Value]
    axes: dict[str, Sequence[Value]]
    metrics: dict[str, Mesh]
    conditions: list[Any]
    refused: str = ""

    @property
    def sizes(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return tuple(len(values) for values in self.axes.values())

    @property
    def points(self) -> int:
        """How many configurations it has."""
        return math.prod(self.sizes)

    def blocks(self, points: int) -> Iterator[tuple[int, int]]:
        """Ranges of the first axis that hold about so many points each."""
        if not self.sizes:
            yield 0, 1
            return
        across = max(1, math.prod(self.sizes[1:]))
        step = max(1, points // across)
        for start in range(0, self.sizes[0], step):
            yield start, min(start + step, self.sizes[0])


def slices(spec: Spec, axes: Axes, convention: Convention | None = None) -> Iterator[Slice]:
    """The space in slices of one structure each, in the order of the axes.

    Words and truth values make slices; so does a size on which the structure depends.
    """
    structural = {name for name, values in axes.items() if not is_size(values)}
    yield from _split(spec, {}, dict(axes), structural | decided(spec, axes), convention)


def _split(
    spec: Spec,
    fixed: dict[str, Value],
    axes: dict[str, Sequence[Value]],
    structural: set[str],
    convention: Convention | None,
) -> Iterator[Slice]:
    name = next((name for name in axes if name in structural), None)
    if name is None:
        try:
            yield _evaluate(spec, fixed, axes, convention)
            return
        except Mixed:
            name = _guilty(spec, fixed, axes)
    rest = {other: values for other, values in axes.items() if other != name}
    for value in axes[name]:
        yield from _split(spec, {**fixed, name: value}, rest, structural, convention)


def _guilty(spec: Spec, fixed: dict[str, Value], axes: dict[str, Sequence[Value]]) -> str:
    """An axis on which the structure depends: one that alone changes it, else the shortest."""
    for name, values in axes.items():
        others = {other: v[0] for other, v in axes.items() if other != name}
        try:
            _evaluate(spec, {**fixed, **others}, {name: values}, None)
        except Mixed:
            return name
    return min(axes, key=lambda name: len(axes[name]))


def _evaluate(
    spec: Spec,
    fixed: dict[str, Value],
    axes: dict[str, Sequence[Value]],
    convention: Convention | None,
) -> Slice:
    """One slice. Raises `Mixed` where the structure is not one, `Overflow` beyond int64."""
    lengths = [len(values) for values in axes.values()]
    try:
        settings: dict[str, Any] = dict(
            settle(spec, {**fixed, **{name: values[0] for name, values in axes.items()}})
        )
        for number, (name, values) in enumerate(axes.items()):
            settings[name] = _array(lengths, number, values)
        with Refusals() as refusals, np.errstate(all="ignore"):
            graph = build(spec, settings)
            totals: Any = total(graph.layers, spec.counts)
            metrics = totals._asdict()
            if convention is not None:
                counted = apply(convention, graph, spec.counts)
                metrics["params"] = counted.params
                if counted.cost is not None:
                    metrics["cost"] = counted.cost
    except CostcalcError as error:
        return Slice(fixed, axes, {}, [], str(error))
    meshes = {
        metric: value if isinstance(value, Mesh) else Mesh(lengths, [(int(value), {})])
        for metric, value in metrics.items()
    }
    conditions = [
        c if isinstance(c, Mesh) else Mesh(lengths, [(int(c), {})]) for c in refusals.conditions
    ]
    return Slice(fixed, axes, meshes, conditions)


def too_large(error: Overflow) -> CostcalcError:
    """The overflow as a user's error."""
    return CostcalcError(f"{error}\ncount it by itself, or sweep a smaller range")


def _array(lengths: Sequence[int], axis: int, values: Sequence[Value]) -> Any:
    """The values along an axis: whole numbers, or rationals over their common denominator."""
    exact = [Fraction(value) for value in values if isinstance(value, int | Fraction)]
    common = math.lcm(*(value.denominator for value in exact))
    numerators = [value.numerator * (common // value.denominator) for value in exact]
    mesh = Mesh.axis(lengths, axis, numerators)
    return mesh if common == 1 else RatioArray(mesh, common)
