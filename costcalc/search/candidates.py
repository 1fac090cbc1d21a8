"""The values that a hyperparameter may take, upward."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Hyperparameter, Value
from costcalc.language.numerals import read_number, require_short
from costcalc.records import NamedTuple

VALUES = 1_000_000
"""The most values of one hyperparameter that are tried."""
STEPS = {"decimal": Fraction(1, 1000), "integer": Fraction(1)}
"""The distance of values where none is given."""


def has_order(parameter: Hyperparameter) -> bool:
    """Whether it has a largest value: a number, and no list of them."""
    return parameter.kind in STEPS and parameter.length is None


class Candidates(NamedTuple):
    """The values of a hyperparameter: its choices, or the multiples of a step in its bounds."""

    parameter: Hyperparameter
    step: Fraction

    @property
    def high(self) -> Value | None:
        """The largest value there is; None where nothing bounds it."""
        if self.parameter.choices:
            return _sorted_choices(self.parameter)[-1]
        most = self.parameter.max
        return None if most is None else _plain(math.floor(most / self.step) * self.step)

    def bands(self) -> Iterator[list[Value]]:
        """The values upward: to half of the default, to all of it, to twice as much, and so on.

        They end at the largest value, or where there would be too many.
        Raises `CostcalcError` where there are too many at once or none at all.
        """
        parameter, step = self.parameter, self.step
        if parameter.choices:
            yield _sorted_choices(parameter)
            return
        least = step if parameter.min is None else parameter.min
        start = math.ceil(least / step)
        end = None if parameter.max is None else math.floor(parameter.max / step)
        if end is not None and end < start:
            raise CostcalcError(
                f"{parameter.name} has no multiple of {show_value(_plain(step))} in its bounds"
            )
        assert isinstance(parameter.default, int | Fraction)
        first, top = start, max(1, start, math.floor(parameter.default / step / 2))
        if top - start >= VALUES:
            raise CostcalcError(
                f"{parameter.name}: {top - start + 1:,} values in steps of"
                f" {show_value(_plain(step))} up to half of its default; the limit is {VALUES:,}"
            )
        while top - start < VALUES:
            last = top if end is None else min(top, end)
            yield [_plain(index * step) for index in range(first, last + 1)]
            if last == end:
                return
            first, top = last + 1, 2 * top


def candidates(parameter: Hyperparameter, step: Any = None) -> Candidates:
    """The values of a hyperparameter, in steps as given or of 0.001 (integers: 1).

    Raises `CostcalcError` for a step that is none, or that the hyperparameter has no use for.
    """
    if step is None:
        return Candidates(parameter, STEPS[parameter.kind])
    name = parameter.name
    if parameter.choices:
        raise CostcalcError(f"{name} has choices, not steps: {_listed(parameter)}")
    value = step
    if isinstance(step, str):
        value = read_number(require_short(step.strip(), f"{name}: a step"))
    if isinstance(value, float) and math.isfinite(value):
        value = Fraction(repr(float(value)))
    if isinstance(value, bool) or not isinstance(value, int | Fraction) or value <= 0:
        raise CostcalcError(f"the step of {name} must be a number above 0, not {step}")
    exact = Fraction(value)
    if parameter.kind == "integer" and exact.denominator != 1:
        raise CostcalcError(f"the step of {name} must be a whole number, not {step}")
    return Candidates(parameter, exact)


def _sorted_choices(parameter: Hyperparameter) -> list[Value]:
    return sorted(c for c in parameter.choices if isinstance(c, int | Fraction))


def _listed(parameter: Hyperparameter) -> str:
    return ", ".join(map(show_value, parameter.choices))


def _plain(value: Fraction) -> Value:
    return value.numerator if value.denominator == 1 else value
