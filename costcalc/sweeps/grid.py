"""`costcalc.sweep`: a space as arrays with one axis a hyperparameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from costcalc.errors import CostcalcError, suggest
from costcalc.extras import library
from costcalc.frames import Framed
from costcalc.language.hyperparameters import show_value
from costcalc.language.settings import plain
from costcalc.language.spec import Spec
from costcalc.library import load_spec
from costcalc.numbers.arrays import Array, Ints, Truths
from costcalc.sweeps import chunks
from costcalc.sweeps.axis import Values
from costcalc.sweeps.chunks import Where
from costcalc.sweeps.configurations import Configurations
from costcalc.sweeps.costs import MOVED, TIME, Measure, read_measure
from costcalc.sweeps.space import library_space, split_index
from costcalc.sweeps.structures import Structures

UNITS = {
    **dict.fromkeys(("params", "weights", "biases", "norm"), "parameters"),
    "mult_adds": "multiply-adds",
    **dict.fromkeys(("memory_access", "peak_memory"), "elements"),
    MOVED: "bytes",
    TIME: "ms",
}
"""What metrics are counted in; the cost of a convention is in its own unit."""
METRICS = ("params", "mult_adds", "memory_access")
"""What is counted unless told."""
LARGEST = 1 << 31
"""The most configurations of a grid."""


class Metrics(dict[str, Ints], Framed):
    """Arrays by metric, which never are looked up in vain without a hint."""

    def __missing__(self, metric: str) -> NoReturn:
        raise KeyError(f"{metric!r}; {suggest(metric, self, 'metrics')}")


class Grid(Metrics):
    """The metrics of every configuration of a space.

    `grid["mult_adds"]` is an int64 array with one axis for each hyperparameter, in the order
    given; `axes` are their names and values. Where `valid` is False the configuration is no
    network (groups that do not divide, a width of zero) and its metrics are -1.
    """

    def __init__(
        self, spec: Spec, axes: dict[str, Values], metrics: dict[str, Ints], valid: Truths
    ) -> None:
        super().__init__(metrics)
        self.spec, self.axes, self.valid, self.units = spec, axes, valid, dict(UNITS)

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values each axis has."""
        return tuple(len(values) for values in self.axes.values())

    def records(self) -> dict[str, Array]:
        """Every configuration that is a network, as columns: hyperparameters, then metrics."""
        rows = np.flatnonzero(self.valid)
        indices = np.unravel_index(rows, self.shape) if self.shape else ()
        settings = {
            name: _numbers(values)[index]
            for (name, values), index in zip(self.axes.items(), indices, strict=True)
        }
        return settings | {metric: counts.reshape(-1)[rows] for metric, counts in self.items()}

    def to_xarray(self) -> Any:
        """The grid as an `xarray.Dataset`: a dimension a hyperparameter, a variable a metric.

        Returns:
            The metrics with their units, what the hyperparameters mean, and `valid`: where that is
            false, the configuration is no network and its metrics are -1.

        Raises:
            CostcalcError: xarray is not installed.

        >>> grid = costcalc.sweep("mobilenet", alpha=[0.5, 1.0], res=[160, 224]).to_xarray()
        >>> int(grid.mult_adds.sel(alpha=1.0, res=224)), grid.mult_adds.units
        (568740352, 'multiply-adds')
        """
        xarray = library("xarray", "to_xarray")
        axes = tuple(self.axes)
        variables: dict[str, tuple[tuple[str, ...], Array, dict[str, str]]] = {
            metric: (axes, counts, {"units": self.units.get(metric, "1")})
            for metric, counts in self.items()
        }
        coordinates = {}
        for axis, values in self.axes.items():
            name, _ = split_index(axis)
            about = {"long_name": self.spec.hyperparameters[name].help or name}
            coordinates[axis] = axis, _numbers(values), about
        variables["valid"] = (axes, self.valid, {"long_name": "whether it is a network"})
        return xarray.Dataset(variables, coordinates, {"network": self.spec.key})

    def __repr__(self) -> str:
        axes = ", ".join(f"{name}: {len(values)}" for name, values in self.axes.items())
        return f"<Grid {self.spec.key}({axes}): {', '.join(self)}>"


def sweep(
    reference: str,
    *,
    metrics: Sequence[str] = METRICS,
    convention: str | None = None,
    device: str | None = None,
    **hyperparameters: Any,
) -> Grid:
    """Every combination of the values given, exactly, as int64 arrays.

    Args:
        reference: a name or the path of a spec.
        metrics: any of params, weights, biases, norm, mult_adds, memory_access and peak_memory,
            with a convention its `cost`, and on a device the `time` of a run in milliseconds, in
            float64. Memory is in elements, for one example.
        convention: what is counted, as for `load`.
        device: where `time` is of, as for `time`.
        hyperparameters: for each one setting, a sequence or array of them (floats mean the decimals
            they print as), or text as on the command line ("0.25:1:0.25", "all").

    Returns:
        An array by metric, with an axis for each hyperparameter that is given.

    Raises:
        CostcalcError: for unknown names and values, where a count exceeds 64 bits, and for more
            than 2^31 configurations.

    >>> costcalc.sweep("mobilenet", alpha=[0.5, 1.0], res=[160, 224])["mult_adds"].tolist()
    [[76524800, 149497088], [290675200, 568740352]]
    """
    return counted(load_spec(reference), read_measure(metrics, convention, device), hyperparameters)


def counted(spec: Spec, measure: Measure, hyperparameters: Mapping[str, object]) -> Grid:
    """The same of a spec, by what is counted. Raises what `sweep` does."""
    space = library_space(spec, hyperparameters)
    if space.points > LARGEST:
        raise CostcalcError(
            f"{space.points:,} configurations; a grid holds up to {LARGEST:,}\n"
            "sample the space, or sweep it on the command line"
        )
    structures = Structures(measure)

    def boxes() -> Iterator[tuple[Configurations, Where]]:
        for part in structures.boxes(Configurations.whole(spec, space.axes)):
            points = part.points if structures.spreads(part) else chunks.CHUNK
            for box in part.extents(points):
                yield box, _where(box)

    shape = tuple(len(values) for values in space.axes.values())
    grid = Grid(spec, space.axes, *chunks.evaluated(boxes(), structures, shape))
    if measure.convention is not None and measure.convention.unit:
        grid.units["cost"] = measure.convention.unit
    return grid


def _numbers(values: Values) -> Array:
    """The values of an axis as an array: numbers, or what they are called."""
    return np.array([cell if isinstance(cell := plain(one), int | float) else show_value(one)
                     for one in values])  # fmt: skip


def _where(box: Configurations) -> Where:
    """Where a box of a grid belongs."""
    index: list[int | slice] = []
    for _, codes, start in box.every.values():
        if isinstance(codes, range):
            index.append(slice(start + codes.start, start + codes.stop))
        else:
            assert isinstance(codes, int)
            index.append(start + codes)
    return tuple(index)
