"""Reading what papers print: which values a printed number can stand for."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from costcalc.language.model import Claim
from costcalc.language.numerals import EXPONENT, GROUPED, UNIT, UNITS, exact_number
from costcalc.numbers.dimensions import Shape

_PRINTED = re.compile(
    rf"(?:~\s*|(more than )?)({GROUPED})(?: to ({GROUPED}))?\s?(?:({UNIT})(?![A-Za-z]))?.*"
)
_WORD = r"macs?|flops?|m(?:ult)?[-_ ]?adds?|param(?:eter)?s?|ops?"
_ASKED = re.compile(
    rf"(?:~\s*|(more than )?)({GROUPED})(?: to ({GROUPED}))?"
    rf"(?:({EXPONENT})|\s?({UNIT}))?\s*(?i:{_WORD})?"
)
"""A number as a tool prints it: unlike a paper's, nothing stands behind it but its unit."""
_ENDLESS = Fraction(10**30)
_MEASURED = ("%", "x")
"""Units of ratios: even without a point they are rounded."""


class Range(NamedTuple):
    """The values that print as printed: `low` included, `high` if the range is closed."""

    low: Fraction
    high: Fraction
    closed: bool = True

    @property
    def endless(self) -> bool:
        """Whether it is everything above `low`: "more than 40M"."""
        return self.high == _ENDLESS

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, int | Fraction):
            return False
        return self.low <= value < self.high or (self.closed and value == self.high)


def read_claim(claim: Claim) -> Range | None:
    """The range a claim's number stands for; None if its text begins with no number."""
    printed = claim.printed
    return read_number(printed.means or printed.text, claim.unit, claim.rounding, printed.digits)


def read_number(text: str, unit: str, rounding: str, digits: int | None = None) -> Range | None:
    """The range a printed number stands for; None if the text begins with no number.

    `4.2` with unit M rounded to nearest is 4,150,000 to 4,250,000, truncated 4,200,000 up to
    4,300,000. A unit the text carries itself ("143M") counts where the column names none. A
    whole number in full is exact; "8 to 9" and "more than 40M" are ranges as they stand.
    `digits` says that only the leading ones count: 15300 with 3 is 15,250 to 15,350.
    """
    match = _PRINTED.fullmatch(text.strip())
    if match is None:
        return None
    more, low, high, own = match.groups()
    unit = unit or own or ""
    return _range(more, low, high, UNITS[unit], rounding, unit in _MEASURED, digits)


def read_tool_number(text: str) -> Range | None:
    """The range of a number as tools print it: `320.30 MMac`, `0.32 GMac`, `3.2e8`, `600 MFLOPs`.

    The word of the unit says what was counted, not how many. None if the text is anything else.
    """
    match = _ASKED.fullmatch(text.strip())
    if match is None:
        return None
    more, low, high, exponent, own = match.groups()
    scale = exact_number(f"1{exponent}") if exponent else UNITS[own or ""]
    return _range(more, low, high, scale, "nearest", own in _MEASURED)


def _range(
    more: str | None,
    low: str,
    high: str | None,
    scale: int | Fraction,
    rounding: str,
    rounded: bool,
    digits: int | None = None,
) -> Range:
    """The values that print as `low`; whole numbers in full are exact unless `rounded`."""
    value = Fraction(exact_number(low)) * scale
    if more:
        return Range(value, _ENDLESS)
    if high is not None:
        return Range(value, Fraction(exact_number(high)) * scale)
    whole, _, decimals = low.replace(",", "").replace("_", "").partition(".")
    step = Fraction(scale) / 10 ** len(decimals)
    if digits is not None:
        step *= 10 ** max(0, len(whole.lstrip("0") + decimals) - digits)
    elif step == 1 and not rounded:
        return Range(value, value)
    if rounding == "truncate":
        return Range(value, value + step, closed=False)
    return Range(value - step / 2, value + step / 2)


def same_shape(text: str, shape: Shape) -> bool:
    """Whether a printed shape (HxWxC, "HxW (C)", HxW or C) is the computed one."""
    sizes = re.split(r"\s*[x×*]\s*|\s+\(", text.strip().removesuffix(")"))
    computed = [str(size) for size in shape]
    return sizes == {3: computed, 2: computed[:2], 1: computed[2:]}.get(len(sizes))
