"""Two columns of a sweep against each other: what every format of the picture shows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from costcalc.errors import CostcalcError, suggest
from costcalc.language.quantities import REPORTED
from costcalc.language.spec import Spec
from costcalc.records import NamedTuple
from costcalc.safe_text import visible
from costcalc.sweeps.schema import Field

_HEADS = {
    "mult_adds": "Mult-Adds",
    "memory_access": "memory access",
    "peak_memory": "peak memory",
    "top5_accuracy": "top-5 accuracy",
    "mean_ap": "mean AP",
}
_SCALES = ((10**10, 10**9, "G"), (10**6, 10**6, "M"), (10**5, 10**3, "k"))
"""From which value on an axis counts in what: papers print 15300 M, but 0.5 M."""
_SPAN = 10
"""Costs that span more than this factor stand on a logarithmic axis."""
_MARGIN = 0.04
"""Room between the outermost points and the frame, of the axis."""
_LISTED = 6
"""How many values of a hyperparameter or names of networks a title lists."""


class Scatter(NamedTuple):
    """Rows of a sweep, and which two columns to draw.

    `columns` are equally long arrays: `network` (keys), hyperparameters (None where a network
    does not have one), metrics, and what sources report (percent, NaN where they print nothing).
    `x` and `y` name two of them with numbers. `varied` are the hyperparameters that were given
    more than one value, in the order given; `networks` the names to show by key, in order.
    """

    columns: Mapping[str, Any]
    x: str
    y: str
    varied: Sequence[str]
    networks: Mapping[str, str]


class Axis(NamedTuple):
    """One axis: values are divided by `scale`; `low` and `high` are where the frame begins."""

    title: str
    scale: int
    logarithmic: bool
    low: float
    high: float

    def place(self, value: Any) -> Any:
        """Where on the axis a value (already scaled) is: 0 at its beginning, 1 at its end."""
        if self.logarithmic:
            return np.log(np.divide(value, self.low)) / math.log(self.high / self.low)
        return np.subtract(value, self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """Round values along a logarithmic axis: 1, 2, 5, 10, …, or powers of ten if too many."""
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        for digits in ((1, 2, 5), (1,)):
            found = [
                digit * 10.0**power
                for power in range(first, last + 1)
                for digit in digits
                if self.low <= digit * 10.0**power <= self.high
            ]
            if len(found) <= 9:
                break
        return found


class Points(NamedTuple):
    """The rows that have a value on both axes, and what is said of the others.

    `rows` are their indices, `x` and `y` their scaled values (float64); `notes` are lines.
    """

    rows: Any
    x: Any
    y: Any
    across: Axis
    up: Axis
    notes: list[str]


def read_axes(
    text: str, specs: Sequence[Spec], metrics: Iterable[str], extra_columns: Sequence[Field] = ()
) -> tuple[str, str]:
    """The two columns of `--plot X,Y`, before anything is computed.

    `extra_columns` are those of a file that no network has. Raises `CostcalcError` for anything but
    two names, a name that is no column, and a column of anything but numbers.
    """
    names = [name.strip() for name in text.split(",")]
    if len(names) != 2 or not all(names):
        raise CostcalcError(
            f"--plot takes two columns, x and y, as in mult_adds,accuracy: '{text}'"
        )
    words = {field.name for field in extra_columns if field.kind == "word"}
    known = [*metrics, *REPORTED, *(name for spec in specs for name in spec.hyperparameters)]
    known += [field.name for field in extra_columns]
    for name in names:
        if name not in known:
            hint = suggest(name, dict.fromkeys(known), "columns")
            raise CostcalcError(f"--plot: unknown column '{name}'\n{hint}")
        if name in words:
            raise CostcalcError(f"--plot: {name} is a column of words, and an axis needs numbers")
        for spec in specs:
            parameter = spec.hyperparameters.get(name)
            if parameter is None:
                continue
            kinds = {"word": "words", "boolean": "true or false"}
            kind = kinds.get(parameter.kind) if parameter.length is None else "lists"
            if kind is not None:
                raise CostcalcError(
                    f"--plot: {name} of {spec.key} is {kind}, and an axis needs numbers"
                )
    return names[0], names[1]


def shown(scatter: Scatter) -> Scatter:
    """The scatter as it may be shown: what is no text in its words and names is made visible."""
    columns = {visible(name): _visible(values) for name, values in scatter.columns.items()}
    networks = {visible(key): visible(name) for key, name in scatter.networks.items()}
    varied = list(map(visible, scatter.varied))
    return Scatter(columns, visible(scatter.x), visible(scatter.y), varied, networks)


def _visible(values: Any) -> Any:
    """A column, its words made visible."""
    if getattr(values, "dtype", None) is None or values.dtype.kind not in "OU":
        return values
    found = values.astype(object)
    for row, value in enumerate(values):
        if isinstance(value, str):
            found[row] = visible(value)
    return found


def points(scatter: Scatter) -> Points:
    """What can be drawn, in the order of the rows."""
    raw = [_numbers(scatter.columns.get(name)) for name in (scatter.x, scatter.y)]
    shown = np.isfinite(raw[0]) & np.isfinite(raw[1])
    rows = np.flatnonzero(shown)
    axes = [
        _axis(name, values[rows], name in scatter.varied)
        for name, values in zip((scatter.x, scatter.y), raw, strict=True)
    ]
    x, y = (values[rows] / axis.scale for values, axis in zip(raw, axes, strict=True))
    notes = []
    if len(rows) < len(shown):
        wanted = [
            f"a printed {_head(name)}" if name in REPORTED else f"a value of {_head(name)}"
            for name, values in zip((scatter.x, scatter.y), raw, strict=True)
            if not np.isfinite(values).all()
        ]
        having = " and ".join(dict.fromkeys(wanted))
        notes.append(f"{len(rows):,} of {len(shown):,} points have {having}")
    elif not len(rows):
        notes.append("no configuration is left to draw")
    return Points(rows, x, y, axes[0], axes[1], notes)


def title(scatter: Scatter) -> tuple[str, str]:
    """The networks, and which hyperparameters vary: `MobileNet`, `alpha 0.5, 1 · res 96 to 224`."""
    names = list(scatter.networks.values())
    ranges = [
        f"{name} {_values(distinct(scatter.columns[name]))}"
        for name in scatter.varied
        if len(scatter.columns.get(name, ()))
    ]
    named = ", ".join(names) if len(names) <= _LISTED else f"{len(names)} networks"
    return named, " · ".join(ranges)


def distinct(values: Any) -> list[Any]:
    """The different values of a column in order, without None."""
    return sorted({value for value in values.tolist() if value is not None})


def write(value: Any) -> str:
    """A value as a person writes it: 0.25, 1, true, separable."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _values(values: Sequence[Any]) -> str:
    if len(values) <= _LISTED:
        return ", ".join(map(write, values))
    return f"{write(values[0])} to {write(values[-1])}"


def _head(name: str) -> str:
    return _HEADS.get(name, name.replace("_", " ") if name in REPORTED else name)


def _numbers(values: Any) -> Any:
    """A column as float64: NaN where a network does not have it."""
    if values is None:
        return np.empty(0)
    return np.array(values, dtype=np.float64)


def _axis(name: str, values: Any, varied: bool) -> Axis:
    """The axis that holds these values (unscaled, all finite)."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    unit, scale = "", 1
    if name in REPORTED:
        unit = "%"
    elif not varied:
        scale, unit = next(((s, u) for least, s, u in _SCALES if high >= least), (1, ""))
    if name in ("memory_access", "peak_memory"):
        unit = f"{unit} elements".strip()
    low, high = low / scale, high / scale
    logarithmic = name not in REPORTED and not varied and low > 0 and high > _SPAN * low
    if logarithmic:
        room = (high / low) ** _MARGIN
        low, high = low / room, high * room
    else:
        margin = _MARGIN * (high - low) or max(1.0, 0.05 * abs(high))
        low, high = low - margin, high + margin
    heading = _head(name)
    return Axis(f"{heading} ({unit})" if unit else heading, scale, logarithmic, low, high)
