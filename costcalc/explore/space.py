"""Spaces of configurations: what each hyperparameter may be, in the order given."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from costcalc.count.totals import Totals
from costcalc.errors import CostcalcError
from costcalc.spec.model import Hyperparameter, Spec, Value
from costcalc.spec.settings import read_value

METRICS = Totals._fields
"""What a sweep can compute of any network."""
POINTS = 10_000_000
"""The most values along one axis."""

_RANGE = re.compile(r"(-?[\d.]+):(-?[\d.]+)(?::(-?[\d.]+))?")


def read_axis(parameter: Hyperparameter, text: str) -> list[Value]:
    """The values of one hyperparameter: `0.25:1:0.25` (both ends included), `128,160`, `all`.

    Raises `CostcalcError` for what is none of these, or a value that does not suit.
    """
    if text == "all":
        if parameter.kind == "boolean":
            return [False, True]
        if not parameter.choices:
            raise CostcalcError(f"{parameter.name} has no choices to take all of; give a range")
        return list(parameter.choices)
    values: list[Value] = []
    for part in text.split(","):
        match = _RANGE.fullmatch(part.strip())
        values += _range(parameter, *match.groups()) if match else [read_value(parameter, part)]
    return _distinct(parameter, values)


def given_axis(parameter: Hyperparameter, values: Any) -> list[Value]:
    """The values a library call gives: one, or a sequence or array of them."""
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        return [read_value(parameter, values)]
    return _distinct(parameter, [read_value(parameter, value) for value in values])


def _range(parameter: Hyperparameter, first: str, last: str, step: str | None) -> list[Value]:
    start, stop, by = (_exact(parameter, text) for text in (first, last, step or "1"))
    if by <= 0 or stop < start:
        raise CostcalcError(f"{parameter.name}: {first}:{last}:{step or 1} runs nowhere")
    count = math.floor((stop - start) / by) + 1
    if count > POINTS:
        raise CostcalcError(f"{parameter.name}: {count:,} values; the limit is {POINTS:,}")
    return [read_value(parameter, start + i * by) for i in range(count)]


def _exact(parameter: Hyperparameter, text: str) -> Fraction:
    try:
        return Fraction(text)
    except ValueError:
        raise CostcalcError(f"{parameter.name}: '{text}' is no number") from None


def _distinct(parameter: Hyperparameter, values: list[Value]) -> list[Value]:
    if not values:
        raise CostcalcError(f"{parameter.name} has no values")
    if len(set(values)) < len(values):
        raise CostcalcError(f"{parameter.name} has a value twice")
    return values


def sizes(axes: Mapping[str, Sequence[Value]]) -> tuple[int, ...]:
    """How many values each axis has."""
    return tuple(len(values) for values in axes.values())


def is_size(values: Sequence[Value]) -> bool:
    """Whether the values are numbers, which may pass through the formulas as an array."""
    return all(isinstance(v, int | Fraction) and not isinstance(v, bool) for v in values)


def decided(spec: Spec, axes: Mapping[str, Sequence[Value]]) -> set[str]:
    """The axes that decide defaults of what is not given, so that each value is its own slice."""
    return {p.by for p in spec.hyperparameters.values() if p.by in axes and p.name not in axes}
