"""`costcalc.sweep`: a space as arrays with one axis a hyperparameter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from costcalc.conventions.convention import Convention
from costcalc.errors import CostcalcError, suggest
from costcalc.language.library import load_spec
from costcalc.language.model import Spec, Value
from costcalc.network import read_convention
from costcalc.numbers.factored import Ints, Overflow
from costcalc.sweeps import chunks
from costcalc.sweeps.chunks import RangeChunk, ranges
from costcalc.sweeps.space import library_space
from costcalc.sweeps.structures import Measure, Slice, known_metrics, slices, too_large

LARGEST = 1 << 31
"""The most configurations of a grid."""


class Metrics(Mapping[str, Ints]):
    """Arrays by metric, which never are looked up in vain without a hint."""

    def __init__(self, metrics: dict[str, Ints]) -> None:
        self._metrics = metrics

    def __getitem__(self, metric: str) -> Ints:
        if metric not in self._metrics:
            raise KeyError(f"{metric!r}; {suggest(metric, self._metrics, 'metrics')}")
        return self._metrics[metric]

    def __iter__(self) -> Iterator[str]:
        return iter(self._metrics)

    def __len__(self) -> int:
        return len(self._metrics)


class Grid(Metrics):
    """The metrics of every configuration of a space.

    `grid["mult_adds"]` is an int64 array with one axis for each hyperparameter, in the order
    given; `axes` are their names and values. Where `valid` is False the configuration is no
    network (groups that do not divide, a width of zero) and its metrics are -1.
    """

    def __init__(
        self, spec: Spec, axes: dict[str, list[Value]], metrics: dict[str, Ints], valid: Any
    ) -> None:
        super().__init__(metrics)
        self.spec, self.axes, self.valid = spec, axes, valid

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

    A value is one setting, a sequence or array of them (floats mean the decimals they print as),
    or text as on the command line ("0.25:1:0.25", "all"). `metrics` may be any of params,
    weights, biases, norm, mult_adds, memory_access and peak_memory, and with a convention its
    `cost`. Memory is in elements, for one example.

    >>> sweep("mobilenet", alpha=[0.5, 1.0], res=[160, 224])["mult_adds"].tolist()
    [[76524800, 149497088], [290675200, 568740352]]

    Raises `CostcalcError` for unknown names and values, where a count exceeds 64 bits, and for
    more than 2^31 configurations.
    """
    spec = load_spec(reference)
    counting = read_convention(convention)
    require_metrics(metrics, counting)
    space = library_space(spec, hyperparameters)
    if space.points > LARGEST:
        raise CostcalcError(
            f"{space.points:,} configurations; a grid holds up to {LARGEST:,}\n"
            "sample the space, or sweep it on the command line"
        )
    axes = {name: list(values) for name, values in space.axes.items()}
    shape = tuple(len(values) for values in axes.values())
    grid = Grid(
        spec,
        axes,
        {metric: np.empty(shape, dtype=np.int64) for metric in metrics},
        np.ones(shape, dtype=bool),
    )
    try:
        for part in slices(space, Measure(tuple(metrics), counting)):
            _fill(grid, part)
    except Overflow as error:
        raise too_large(error) from None
    return grid


def require_metrics(metrics: Iterable[str], convention: Convention | None) -> None:
    """Raise `CostcalcError` for a metric that nothing computes."""
    known = known_metrics(convention)
    for metric in metrics:
        if metric not in known:
            hint = suggest(metric, known, "metrics")
            raise CostcalcError(f"unknown metric '{metric}'\n{hint}")


def _fill(grid: Grid, part: Slice) -> None:
    """Put a slice where it belongs, a block at a time."""
    for where in ranges(part.sizes, chunks.CHUNK):
        block = RangeChunk(grid.spec, part, where)
        cuts: list[Any] = [slice(at, at + 1) for at in where.prefix]
        cuts.append(slice(where.start, where.stop))
        chosen = {
            name: range(len(grid.axes[name]))[part.starts[name] :][: len(values)]
            for name, values in part.axes.items()
        }
        chosen |= {name: chosen[name][cut] for name, cut in zip(chosen, cuts, strict=False)}
        place = tuple(
            slice(chosen[name].start, chosen[name].stop)
            if name in chosen
            else grid.axes[name].index(part.fixed[name])
            for name in grid.axes
        )
        good = np.broadcast_to(block.valid(), block.shape).reshape(grid.valid[place].shape)
        whole = bool(good.all())
        if not whole:
            grid.valid[place] = good
        for metric, values in grid.items():
            if part.counted.refused:
                values[place] = -1
            else:
                counted = block.get(metric).reshape(good.shape)
                values[place] = counted if whole else np.where(good, counted, -1)
