"""Amounts: the most something may be, as people write it."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from fractions import Fraction
from typing import Any

from costcalc.errors import CostcalcError, Mark, Source, SpecError
from costcalc.language.expressions import Expression
from costcalc.language.numerals import BYTE_UNITS, TIME_UNITS, UNITS, read_number

MOST = 2**63 - 1
"""More than this no count is."""


def read_amount(
    metric: str, amount: Any, mark: Mark | None = None, bytes_: Collection[str] = ()
) -> int:
    """The largest whole number that is no more than an amount.

    Args:
        metric: What the amount is of, for messages.
        amount: A number; or text, as prose writes it or computed: "100M", "4,231,976", "2 * 150M".
        mark: Where the text stands, if in a file.
        bytes_: The metrics that are in bytes.

    Returns:
        The amount, rounded down.

    Raises:
        CostcalcError: The amount is none, is negative, or beyond 64 bits; its unit is another's.

    >>> read_amount("mult_adds", "2 * 150M")
    300000000
    """
    _require_unit(metric, amount, mark, bytes_)
    value = _number(metric, amount, mark)
    # a number that is no text may have more digits than Python writes
    shown = f"'{amount}'" if value is None or isinstance(amount, str) else "what is given"
    if value is None or value < 0:
        raise _error(
            f"{metric}: {shown} is no amount",
            "write a number, or one with a unit: 100M, 250KB",
            mark,
        )
    if value > MOST:
        raise _error(f"{metric}: {shown} is more than any count of 64 bits", "", mark)
    return math.floor(value)


def read_time(metric: str, amount: Any, mark: Mark | None = None) -> Fraction:
    """The milliseconds of an amount: a number, or text as `30ms`, `0.5 ms`, `800us`.

    Raises `CostcalcError` for what is no time.

    >>> read_time("time", "800us")
    Fraction(4, 5)
    """
    value = _number(metric, amount, mark)
    if value is None or value < 0 or _unit(amount) not in ("", *TIME_UNITS):
        raise _error(
            f"{metric}: '{amount}' is no time", "write milliseconds, with their unit: 30ms", mark
        )
    return Fraction(value)


_UNIT = re.compile(r"[A-Za-z]*$")


def _unit(amount: Any) -> str:
    """The unit at the end of an amount that is text."""
    found = _UNIT.search(amount.strip()) if isinstance(amount, str) else None
    return found[0] if found else ""


def _require_unit(metric: str, amount: Any, mark: Mark | None, bytes_: Collection[str]) -> None:
    """Raise `CostcalcError` for a unit that what is counted does not have."""
    unit = _unit(amount)
    in_bytes = metric in bytes_
    hint = "such as 512KiB" if in_bytes else "such as 300M"
    if unit in TIME_UNITS:
        what = "is in bytes" if in_bytes else "is a count"
        raise _error(f"{metric} {what}: '{amount}' is a time", hint, mark)
    if unit not in UNITS or not unit or (unit in BYTE_UNITS) == in_bytes:
        return
    if in_bytes:
        raise _error(f"{metric} is in bytes: '{amount}' counts", hint, mark)
    if f"{metric}_bytes" in bytes_:
        hint = f"{metric}_bytes is in bytes"
    raise _error(f"{metric} is a count: '{amount}' are bytes", hint, mark)


def _error(message: str, hint: str, mark: Mark | None) -> CostcalcError:
    if mark is not None:
        return SpecError(message, mark, hint)
    return CostcalcError(f"{message}\n{hint}" if hint else message)


def _number(metric: str, amount: Any, mark: Mark | None) -> int | Fraction | None:
    """An amount as a number, None where it is none."""
    if isinstance(amount, str):
        written = read_number(amount.strip(), prose=True)
        if written is not None:
            return written
        mark = Mark(Source(metric, amount), 0, 0, len(amount)) if mark is None else mark
        return Expression(amount, mark).measure({})
    if isinstance(amount, bool):
        return None
    if isinstance(amount, float):
        return Fraction(repr(float(amount))) if math.isfinite(amount) else None
    if isinstance(amount, Fraction):
        return amount
    return int(amount.__index__()) if hasattr(amount, "__index__") else None
