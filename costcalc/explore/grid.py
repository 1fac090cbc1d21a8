"""`costcalc.sweep`: a space as arrays with one axis a hyperparameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from costcalc.errors import CostcalcError, suggest
from costcalc.explore.evaluate import Slice, slices, too_large
from costcalc.explore.mesh import Ints, Overflow
from costcalc.explore.space import METRICS, given_axis
from costcalc.network import read_convention
from costcalc.spec.library import load_spec
from costcalc.spec.model import Spec, Value


class Grid(Mapping[str, Ints]):
    """The metrics of every configuration of a space.

    `grid["mult_adds"]` is an int64 array with one axis for each hyperparameter, in the order
    given; `axes` are their names and values. Where `valid` is False the configuration is no
    network (groups that do not divide, a width of zero) and its metrics are -1.
    """

    def __init__(
        self, spec: Spec, axes: dict[str, list[Value]], metrics: dict[str, Ints], valid: Any
    ) -> None:
        self.spec, self.axes, self.valid = spec, axes, valid
        self._metrics = metrics

    def __getitem__(self, metric: str) -> Ints:
        if metric not in self._metrics:
            raise KeyError(f"{metric!r}; {suggest(metric, self._metrics, 'metrics')}")
        return self._metrics[metric]

    def __iter__(self) -> Any:
        return iter(self._metrics)

    def __len__(self) -> int:
        return len(self._metrics)

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values each axis has."""
        return tuple(len(values) for values in self.axes.values())

    def __repr__(self) -> str:
        axes = ", ".join(f"{name}: {len(values)}" for name, values in self.axes.items())
        return f"<Grid {self.spec.key}({axes}): {', '.join(self._metrics)}>"


def sweep(
    reference: str,
    *,
    metrics: Sequence[str] = ("params", "mult_adds", "memory_access"),
    convention: str | None = None,
    **hyperparameters: Any,
) -> Grid:
    """Every combination of the values given, exactly, as int64 arrays.

    A value is one setting, or a sequence or array of them (floats mean the decimals they print
    as). `metrics` may be any of params, weights, biases, norm, mult_adds and memory_access, and
    with a convention its `cost`. Memory access is in elements, for one example.

    >>> sweep("mobilenet", alpha=[0.5, 1.0], res=[160, 224])["mult_adds"].tolist()
    [[76524800, 149497088], [290675200, 568740352]]

    Raises `CostcalcError` for unknown names and values, and where a count exceeds 64 bits.
    """
    spec = load_spec(reference)
    counting = read_convention(convention)
    known = (*METRICS, *(("cost",) if counting is not None and counting.unit else ()))
    for metric in metrics:
        if metric not in known:
            hint = suggest(metric, known, "metrics")
            raise CostcalcError(f"unknown metric '{metric}'\n{hint}")
    axes = {}
    for name, values in hyperparameters.items():
        if name not in spec.hyperparameters:
            hint = suggest(name, spec.hyperparameters, "hyperparameters")
            raise CostcalcError(f"{spec.key} has no hyperparameter '{name}'\n{hint}")
        axes[name] = given_axis(spec.hyperparameters[name], values)
    shape = tuple(len(values) for values in axes.values())
    grid = Grid(
        spec,
        axes,
        {metric: np.full(shape, -1, dtype=np.int64) for metric in metrics},
        np.zeros(shape, dtype=bool),
    )
    try:
        for part in slices(spec, axes, counting):
            if not part.refused:
                _fill(grid, part)
    except Overflow as error:
        raise too_large(error) from None
    return grid


def _fill(grid: Grid, part: Slice) -> None:
    """Put a slice where it belongs."""
    place = tuple(
        values.index(part.fixed[name]) if name in part.fixed else slice(None)
        for name, values in grid.axes.items()
    )
    good = np.ones(part.sizes, dtype=bool)
    for condition in part.conditions:
        good &= np.broadcast_to(condition.dense(), part.sizes).astype(bool)
    grid.valid[place] = good
    for metric, whole in grid.items():
        values = np.broadcast_to(part.metrics[metric].dense(), part.sizes)
        whole[place] = np.where(good, values, -1)
