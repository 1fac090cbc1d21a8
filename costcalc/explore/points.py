"""`costcalc.points` and `costcalc.sample`: configurations one by one, as arrays of one axis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from costcalc.errors import CostcalcError, suggest
from costcalc.explore import blocks
from costcalc.explore.evaluate import too_large
from costcalc.explore.grid import require_metrics
from costcalc.explore.mesh import Ints, Overflow
from costcalc.explore.rows import Cache, Listed, Ratios, RowsBlock, Vector, decimals, exactly
from costcalc.explore.space import library_space
from costcalc.network import read_convention
from costcalc.spec.library import load_spec
from costcalc.spec.model import Hyperparameter, Spec
from costcalc.spec.settings import read_value

METRICS = ("params", "mult_adds", "memory_access")


class Points(Mapping[str, Ints]):
    """The metrics of configurations one by one.

    `points["mult_adds"]` is an int64 array with a value for each; `hyperparameters` are arrays
    of the settings by name, of a list with a second dimension. Where `valid` is False the
    configuration is no network and its metrics are -1.
    """

    def __init__(
        self, spec: Spec, hyperparameters: dict[str, Any], metrics: dict[str, Ints], valid: Any
    ) -> None:
        self.spec, self.hyperparameters, self.valid = spec, hyperparameters, valid
        self._metrics = metrics

    def __getitem__(self, name: str) -> Ints:
        if name not in self._metrics:
            raise KeyError(f"{name!r}; {suggest(name, self._metrics, 'metrics')}")
        return self._metrics[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._metrics)

    def __len__(self) -> int:
        return len(self._metrics)

    def __repr__(self) -> str:
        return f"<Points {self.spec.key}: {len(self.valid):,} of {', '.join(self._metrics)}>"


def points(
    reference: str,
    *,
    metrics: Sequence[str] = METRICS,
    convention: str | None = None,
    **hyperparameters: Any,
) -> Points:
    """Explicit configurations: arrays of equal length, one value a configuration.

    A single value holds for all. Of a hyperparameter that is a list an array has two dimensions,
    configurations and places. Floats mean the decimals they print as.

    >>> points("mobilenet", alpha=[0.5, 1.0], res=[160, 224])["mult_adds"].tolist()
    [76524800, 568740352]

    Raises `CostcalcError` for unknown names and values, arrays of different lengths, and where a
    count exceeds 64 bits.
    """
    spec = load_spec(reference)
    vectors: dict[str, Vector] = {}
    lengths: dict[str, int] = {}
    for name, values in hyperparameters.items():
        if name not in spec.hyperparameters:
            hint = suggest(name, spec.hyperparameters, "hyperparameters")
            raise CostcalcError(f"{spec.key} has no hyperparameter '{name}'\n{hint}")
        parameter = spec.hyperparameters[name]
        if _is_vector(parameter, values):
            vectors |= _vectors(parameter, values)
            lengths[name] = len(values)
    if len(set(lengths.values())) != 1:
        listed = ", ".join(f"{name} {length:,}" for name, length in lengths.items())
        raise CostcalcError(f"arrays of different lengths: {listed}" if lengths else "no array")
    (rows,) = set(lengths.values())
    for name, values in hyperparameters.items():
        if name not in lengths:
            value = read_value(spec.hyperparameters[name], values)
            vectors[name] = Listed([value], np.zeros(rows, dtype=np.int64))
    return _count(spec, vectors, rows, metrics, convention)


def sample(
    reference: str,
    number: int,
    *,
    seed: int = 0,
    metrics: Sequence[str] = METRICS,
    convention: str | None = None,
    **hyperparameters: Any,
) -> Points:
    """So many random configurations of a space, each value as likely as the others.

    The space is given as to `sweep`: one setting, a sequence of them, or text as on the command
    line. "all" are the choices of the spec, of a list at each place by itself.

    >>> sample("mobilenet", 3, alpha="0.25:1:0.25", res=[160, 224])["mult_adds"].shape
    (3,)

    Raises `CostcalcError` as `points` does.
    """
    spec = load_spec(reference)
    space = library_space(spec, hyperparameters)
    random = np.random.default_rng([seed, 0])
    vectors = {
        name: Listed(values, random.integers(len(values), size=number))
        for name, values in space.axes.items()
    }
    return _count(spec, vectors, number, metrics, convention)


def _count(
    spec: Spec,
    vectors: Mapping[str, Vector],
    rows: int,
    metrics: Sequence[str],
    convention: str | None,
) -> Points:
    counting = read_convention(convention)
    require_metrics(metrics, counting)
    found = {metric: np.full(rows, -1, dtype=np.int64) for metric in metrics}
    valid = np.zeros(rows, dtype=bool)
    settings: dict[str, list[Any]] = {name: [] for name in spec.hyperparameters}
    cache: Cache = {}
    try:
        for start in range(0, rows, blocks.BLOCK):
            inside = slice(start, min(start + blocks.BLOCK, rows))
            chosen = {name: vector.rows(inside) for name, vector in vectors.items()}
            block = RowsBlock(spec, chosen, inside.stop - start, counting, cache=cache)
            valid[inside] = good = block.valid()
            for metric, values in found.items():
                counted = block.get(metric)
                if counted is not None:
                    values[inside] = np.where(good, counted, -1)
            for name, pieces in settings.items():
                pieces.append(block.take(name, None))
    except Overflow as error:
        raise too_large(error) from None
    joined = {name: np.concatenate(pieces) for name, pieces in settings.items() if pieces}
    return Points(spec, joined, found, valid)


def _is_vector(parameter: Hyperparameter, values: Any) -> bool:
    """Whether values are one a configuration, rather than one for all."""
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        return False
    return parameter.length is None or any(hasattr(one, "__iter__") for one in values[:1])


def _vectors(parameter: Hyperparameter, values: Any) -> dict[str, Vector]:
    """A vector, or of a list one for each of its places."""
    if parameter.length is None:
        return {parameter.name: _vector(parameter, values)}
    table = np.asarray(values)
    if table.ndim != 2 or table.shape[1] != parameter.length:
        raise CostcalcError(
            f"{parameter.name} must be an array of {parameter.length} places a configuration,"
            f" not of the shape {table.shape}"
        )
    one = parameter.one_place()
    return {
        f"{parameter.name}[{place + 1}]": _vector(one, table[:, place])
        for place in range(parameter.length)
    }


FEW = 4096
"""Different values up to which a vector is a list of them and which each row has."""


def _vector(parameter: Hyperparameter, values: Any) -> Vector:
    """Values of a hyperparameter, each checked."""
    array = np.asarray(values)
    if array.dtype.kind == "f" and parameter.kind in ("decimal", "integer"):
        if not np.isfinite(array).all():
            raise CostcalcError(f"{parameter.name} must be a number, not nan or inf")
        ratios = decimals(array) or exactly(array)
    elif array.dtype.kind in "iu" and parameter.kind in ("decimal", "integer"):
        ratios = Ratios(array.astype(np.int64))
    else:
        return _listed(parameter, list(values))
    distinct, places = _distinct(ratios.numerators)
    if len(distinct) <= FEW:
        listed = Ratios(distinct, ratios.denominator)
        exact = [read_value(parameter, listed.value(i)) for i in range(len(distinct))]
        return Listed(exact, places)
    _require_suits(parameter, Ratios(distinct, ratios.denominator))
    return ratios


def _listed(parameter: Hyperparameter, values: list[Any]) -> Listed:
    """Words, truth values, fractions: the different ones and which each row has."""
    numbers: dict[Any, int] = {}
    places = np.empty(len(values), dtype=np.int64)
    for i, value in enumerate(values):
        places[i] = numbers.setdefault(read_value(parameter, value), len(numbers))
    return Listed(list(numbers), places)


def _distinct(numerators: Any) -> tuple[Any, Ints]:
    """The different numbers in order, and which of them each is: by a table if they are near."""
    if numerators.dtype != object and len(numerators):
        low, high = int(numerators.min()), int(numerators.max())
        if high - low < 4 * len(numerators):
            seen = np.zeros(high - low + 1, dtype=bool)
            seen[numerators - low] = True
            distinct = np.flatnonzero(seen) + low
            return distinct, (np.cumsum(seen) - 1)[numerators - low]
    distinct, places = np.unique(numerators, return_inverse=True)
    return distinct, places


def _require_suits(parameter: Hyperparameter, ratios: Ratios) -> None:
    """Raise `CostcalcError` for the first of many numbers, in ascending order, that does not suit.

    What suits is whole, in bounds or a choice: the ends tell of bounds, each number of the rest.
    """
    ends = {0, len(ratios.numerators) - 1}
    whole = parameter.kind == "integer" and ratios.denominator > 1
    if whole:
        ends |= set(np.flatnonzero(ratios.numerators % ratios.denominator != 0)[:1].tolist())
    every = range(len(ratios.numerators)) if parameter.choices else sorted(ends)
    for i in every:
        read_value(parameter, ratios.value(i))
