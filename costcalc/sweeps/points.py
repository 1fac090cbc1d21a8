"""`costcalc.points` and `costcalc.sample`: configurations one by one, as arrays of one axis."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from costcalc.errors import CostcalcError
from costcalc.hardware.devices import Device
from costcalc.hardware.timing import outside
from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Hyperparameter, Value
from costcalc.language.numerals import whole_number
from costcalc.language.settings import read_value
from costcalc.language.spec import Spec
from costcalc.library import load_spec
from costcalc.numbers.arrays import Array, Ints, Truths
from costcalc.sweeps.axis import Axis, Numbers, as_printed, as_values, numbers_of
from costcalc.sweeps.chunks import Chunk, Where, evaluated
from costcalc.sweeps.configurations import Configurations
from costcalc.sweeps.costs import SUM, Measure, read_measure
from costcalc.sweeps.grid import LARGEST, METRICS, Metrics
from costcalc.sweeps.space import hyperparameter, indexed, library_space, suiting
from costcalc.sweeps.structures import Structures
from costcalc.sweeps.tasks import sampler

CHUNK = 1 << 20
"""Configurations counted at once: more than of a sweep, since where all of them are different
each chunk is a structure of its own."""
FEW = 4096
"""Different values up to which an axis is a list of them and which each row has."""


class Points(Metrics):
    """The metrics of configurations one by one.

    `points["mult_adds"]` is an int64 array with a value for each. Where `valid` is False the
    configuration is no network and its metrics are -1.
    """

    def __init__(
        self, configurations: Configurations, metrics: dict[str, Ints], valid: Truths
    ) -> None:
        super().__init__(metrics)
        self.spec, self.valid, self._configurations = configurations.spec, valid, configurations

    @functools.cached_property
    def hyperparameters(self) -> dict[str, Array]:
        """Every hyperparameter's settings as an array, of a list with a second dimension."""
        chunk = Chunk(self._configurations, [])
        return {name: chunk.take(name, None) for name in self.spec.hyperparameters}

    def records(self) -> dict[str, Array]:
        """Every configuration that is a network, as columns: hyperparameters, then metrics."""
        settings = {
            name: values if values.ndim == 1 else np.array([show_value((*one,)) for one in values])
            for name, values in self.hyperparameters.items()
        }
        return {name: column[self.valid] for name, column in (settings | dict(self)).items()}

    def __repr__(self) -> str:
        return f"<Points {self.spec.key}: {len(self.valid):,} of {', '.join(self)}>"


def points(
    reference: str,
    *,
    metrics: Sequence[str] = METRICS,
    convention: str | None = None,
    device: str | None = None,
    **hyperparameters: Any,
) -> Points:
    """Explicit configurations, one by one.

    Args:
        reference: a name or the path of a spec.
        metrics: what is counted of each, as for `sweep`.
        convention: what is counted, as for `load`.
        device: where `time` is of, as for `time`.
        hyperparameters: arrays of equal length, a value a configuration, or one value for all. Of a
            hyperparameter that is a list an array has two dimensions, configurations and indices.
            Floats mean the decimals they print as.

    Returns:
        An array by metric, with a value for each configuration.

    Raises:
        CostcalcError: for unknown names and values, arrays of different lengths, and where a count
            exceeds 64 bits.

    >>> costcalc.points("mobilenet", alpha=[0.5, 1.0], res=[160, 224])["mult_adds"].tolist()
    [76524800, 568740352]
    """
    spec = load_spec(reference)
    axes: dict[str, Axis] = {}
    lengths: dict[str, int] = {}
    for name, values in hyperparameters.items():
        parameter = hyperparameter(spec, name)
        try:
            array = np.asarray(values)
        except ValueError:
            raise CostcalcError(f"{name}: lists of different lengths") from None
        if array.ndim > (parameter.length is not None):  # one a configuration
            axes |= _axes(parameter, array)
            lengths[name] = len(array)
        else:
            axes[name] = Axis.fixed(read_value(parameter, values))
    if len(set(lengths.values())) != 1:
        listed = ", ".join(f"{name} {length:,}" for name, length in lengths.items())
        raise CostcalcError(f"arrays of different lengths: {listed}" if lengths else "no array")
    (rows,) = set(lengths.values())
    return _count(Configurations(spec, axes, rows), read_measure(metrics, convention, device))


def sample(
    reference: str,
    number: int,
    *,
    seed: int = 0,
    metrics: Sequence[str] = METRICS,
    convention: str | None = None,
    device: str | None = None,
    **hyperparameters: Any,
) -> Points:
    """So many random configurations of a space, each value as likely as the others.

    Args:
        reference: a name or the path of a spec.
        number: how many; some may be equal.
        seed: the same one draws the same configurations.
        metrics: what is counted of each, as for `sweep`.
        convention: what is counted, as for `load`.
        device: where `time` is of, as for `time`.
        hyperparameters: the space, as for `sweep`. "all" are the choices of the spec, of a list at
            each index by itself.

    Returns:
        An array by metric, with a value for each configuration, and the `hyperparameters` drawn.

    Raises:
        CostcalcError: as for `points`, and for a number or a seed below 0.

    >>> costcalc.sample("mobilenet", 3, alpha="0.25:1:0.25", res=[160, 224])["mult_adds"].shape
    (3,)
    """
    spec = load_spec(reference)
    space = library_space(spec, hyperparameters)
    number = whole_number(number, "the number of a sample", 0, LARGEST)
    seed = whole_number(seed, "the seed of a sample", 0, 2**64 - 1)
    drawn = Configurations(spec, sampler(space, seed)(number), number)
    return _count(drawn, read_measure(metrics, convention, device))


def outside_of(
    spec: Spec, settings: Sequence[Mapping[str, Value]], device: Device
) -> list[list[str]]:
    """Where networks lie outside of what was measured on a device, in words: of all settings, which
    set the same hyperparameters, at once."""
    timing = device.timing_of()
    axes = {
        name: _listed(spec.hyperparameters[name], [one[name] for one in settings])
        for name in settings[0]
    }
    measure = Measure(tuple(f"{SUM}{name}" for name in timing.coefficients), device=device)
    found = _count(Configurations(spec, axes, len(settings)), measure)
    columns = [found[metric].tolist() for metric in measure.metrics]
    return [
        outside(spec.key, dict(zip(timing.coefficients, row, strict=True)), timing,
                timing.batches.usual)
        for row in zip(*columns, strict=True)
    ]  # fmt: skip


def _count(rows: Configurations, measure: Measure) -> Points:
    def pieces() -> Iterator[tuple[Configurations, Where]]:
        for start in range(0, rows.points, CHUNK):
            inside = slice(start, min(start + CHUNK, rows.points))
            axes = {name: axis.taken(inside) for name, axis in rows.axes.items()}
            yield Configurations(rows.spec, {**rows.every, **axes}, inside.stop - start), (inside,)

    return Points(rows, *evaluated(pieces(), Structures(measure), rows.shape))


def _axes(parameter: Hyperparameter, values: Array) -> dict[str, Axis]:
    """An axis of a value each, or of a list one for each of its indices."""
    if parameter.length is None:
        return {parameter.name: _axis(parameter, values)}
    if values.ndim != 2 or values.shape[1] != parameter.length:
        raise CostcalcError(
            f"{parameter.name} must be an array of {parameter.length} values a configuration,"
            f" not of the shape {values.shape}"
        )
    one, names = parameter.element(), indexed(parameter)
    return {name: _axis(one, column) for name, column in zip(names, values.T, strict=True)}


def _axis(parameter: Hyperparameter, values: Array) -> Axis:
    """Values of a hyperparameter, each checked. Raises `CostcalcError`."""
    array = as_printed(values)
    if array.dtype.kind not in "fiu" or parameter.kind not in ("decimal", "integer"):
        return _listed(parameter, array.tolist())
    if len(np.unique(array[: 2 * FEW])) > FEW:  # as the first ones tell
        suited = suiting(parameter, array)
        if suited is not None:
            return Axis(Numbers(suited))
    distinct, codes = _distinct(array)
    return Axis(as_values([read_value(parameter, value) for value in distinct]), codes)


def _listed(parameter: Hyperparameter, values: Sequence[object]) -> Axis:
    """Words, truth values, fractions: the different ones and which each row has."""
    numbers: dict[Value, int] = {}
    codes = np.empty(len(values), dtype=np.int64)
    for i, value in enumerate(values):
        codes[i] = numbers.setdefault(read_value(parameter, value), len(numbers))
    return Axis(as_values(list(numbers)), codes)


def _distinct(array: Array) -> tuple[Iterable[object], Ints]:
    """The different numbers in order, and which of them each is: counted where they are near.

    Floats of up to six decimals are as near as whole numbers.
    """
    exact = numbers_of(array)
    if exact is not None and len(array):
        low, high = int(exact.array.min()), int(exact.array.max())
        if high - low < 4 * len(array) + FEW:
            places = exact.array - low
            seen = np.bincount(places) > 0
            found = Numbers(np.flatnonzero(seen) + low, exact.denominator)
            return found, (np.cumsum(seen) - 1)[places]
    distinct, codes = np.unique(array, return_inverse=True)
    return distinct.tolist(), codes
