"""Budgets: the most a metric may be, as people write it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.conventions.convention import Convention
from costcalc.errors import CostcalcError, suggest
from costcalc.language.quantities import UNITS
from costcalc.numbers.factored import INT64
from costcalc.sweeps.costs import known_metrics

_UNIT = "|".join(sorted((unit for unit in UNITS if unit.isalpha() and unit != "x"), key=len)[::-1])
_AMOUNT = re.compile(rf"(\d[\d,_]*(?:\.\d+)?|\.\d+)(?:[eE]\+?(\d{{1,2}})|\s*({_UNIT}))?")


class Budget(NamedTuple):
    """The most that one metric may be: elements, multiply-adds or what a convention counts."""

    metric: str
    most: int


def split(texts: Iterable[str]) -> dict[str, str]:
    """The amounts by metric of `mult_adds=100M`. Raises `CostcalcError` for what is none."""
    amounts: dict[str, str] = {}
    for text in texts:
        metric, equals, amount = (part.strip() for part in text.partition("="))
        if not equals:
            raise CostcalcError(f"'{text}' is no budget\nwrite METRIC=VALUE, as mult_adds=100M")
        if metric in amounts:
            raise CostcalcError(f"{metric} has two budgets: {amounts[metric]} and {amount}")
        amounts[metric] = amount
    return amounts


def read_budgets(amounts: Mapping[str, Any], convention: Convention | None) -> list[Budget]:
    """The budgets in the order given; an amount is a number, or text with a unit ("100M").

    Raises `CostcalcError` for an unknown metric and for what is no amount.
    """
    if not amounts:
        raise CostcalcError("no budget is given\nname what must be kept, as mult_adds=100M")
    known = known_metrics(convention)
    for metric in amounts:
        if metric not in known:
            hint = suggest(metric, known, "metrics")
            if metric == "cost":
                hint = "cost is what a convention with a unit counts: name one, as fvcore"
            raise CostcalcError(f"unknown metric '{metric}'\n{hint}")
    return [Budget(metric, read_amount(metric, amount)) for metric, amount in amounts.items()]


def read_amount(metric: str, amount: Any) -> int:
    """The largest whole number that is no more than an amount, a number or text with a unit.

    Raises `CostcalcError` for what is no amount.
    """
    value = _number(amount)
    if value is None or value < 0:
        raise CostcalcError(
            f"{metric}: '{amount}' is no amount\nwrite a number, or one with a unit: 100M, 250KB"
        )
    if value > INT64:
        raise CostcalcError(f"{metric}: {amount} is more than any count of 64 bits")
    return math.floor(value)


def _number(amount: Any) -> Fraction | None:
    if isinstance(amount, str):
        match = _AMOUNT.fullmatch(amount.strip())
        if match is None:
            return None
        number, exponent, unit = match.groups()
        scale = 10 ** int(exponent) if exponent else UNITS[unit or ""]
        return Fraction(number.replace(",", "").replace("_", "")) * scale
    if isinstance(amount, bool):
        return None
    if isinstance(amount, float):
        return Fraction(repr(float(amount))) if math.isfinite(amount) else None
    if isinstance(amount, Fraction):
        return amount
    return Fraction(amount.__index__()) if hasattr(amount, "__index__") else None
