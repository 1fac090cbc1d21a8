"""Budgets: the most a metric may be, as people write it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from costcalc.conventions.convention import Convention
from costcalc.errors import CostcalcError
from costcalc.graph.execution import Execution
from costcalc.hardware.devices import Device
from costcalc.language.amounts import read_amount, read_time
from costcalc.records import NamedTuple
from costcalc.sweeps.costs import MOVED, TIME, require_metrics

IN_ELEMENTS = {"peak_memory": "peak_memory", "size": "params"}
"""Metrics in bytes of one type, and what a sweep counts for them, in elements."""
BYTES = (*IN_ELEMENTS, MOVED)
"""Metrics in bytes."""


class Budget(NamedTuple):
    """The most that one metric may be: elements, bytes, what a convention counts, milliseconds."""

    metric: str
    most: int | Fraction


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


def read_budgets(
    amounts: Mapping[str, Any], convention: Convention | None, device: Device | None = None
) -> list[Budget]:
    """The budgets in the order given; an amount is a number, or text with a unit ("100M").

    Raises `CostcalcError` for an unknown metric and for what is no amount.
    """
    if not amounts:
        raise CostcalcError("no budget is given\nname what must be kept, as mult_adds=100M")
    require_metrics(amounts, convention, device, more=BYTES)
    return [Budget(metric, _most(metric, amount)) for metric, amount in amounts.items()]


def _most(metric: str, amount: Any) -> int | Fraction:
    if metric == TIME:
        return read_time(metric, amount)
    return read_amount(metric, amount, bytes_=BYTES)


def bytes_of(metric: str, run: Execution) -> int:
    """Bytes of one element of a metric that is counted in elements."""
    return run.weight_bytes if metric == "size" else run.activation_bytes
