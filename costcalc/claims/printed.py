"""Reading what papers print: which values a printed number can stand for."""

from __future__ import annotations

import re
from fractions import Fraction

from costcalc.language.claim import Claim
from costcalc.language.numerals import EXPONENT, GROUPED, UNIT, UNITS, exact_number
from costcalc.numbers.dimensions import Shape
from costcalc.records import NamedTuple

_KINDS = {
    "about": ("~", "≈", "about", "around", "roughly", "approximately"),
    "nearly": ("nearly", "almost"),
    "above": ("more than", "over", "above", ">"),
    "at least": ("at least",),
    "below": ("less than", "fewer than", "below", "under", "<"),
    "at most": ("at most", "up to"),
}
"""The words before a number that say how it is meant; without one it is rounded."""
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words}
_QUALIFIED = rf"(?P<words>[^0-9.]*)(?P<low>{GROUPED})(?: to (?P<high>{GROUPED}))?"
_PRINTED = re.compile(
    rf"{_QUALIFIED}(?:(?P<exponent>{EXPONENT})|\s?(?P<unit>[A-Za-z]+|%(?![A-Za-z])))?.*"
)
_WORD = r"macs?|flops?|m(?:ult)?[-_ ]?adds?|param(?:eter)?s?|ops?"
_ASKED = rf"{_QUALIFIED}(?:(?P<exponent>{EXPONENT})|\s?(?P<unit>{UNIT}))?\s*(?i:{_WORD})?"
"""A number as a tool prints it: unlike a paper's, nothing stands behind it but its unit."""
_ENDLESS = Fraction(10**30)
_MEASURED = ("%", "x")
"""Units of ratios: even without a point they are rounded."""
APPROXIMATE = Fraction(1, 20)
"""How far "about" reaches, as a share of the number; one of its last digit, if that is more."""


class Range(NamedTuple):
    """The values that print as printed: between `low` and `high`, and each of these if `closed`."""

    low: Fraction
    high: Fraction
    closed_low: bool = True
    closed: bool = True

    @property
    def one_sided(self) -> bool:
        """Whether it is everything above or below one number: "more than 40M"."""
        return self.high == _ENDLESS or self.low == 0 < self.high

    @property
    def anchor(self) -> Fraction:
        """The number it is about: the bound of a one-sided range, else the middle."""
        if self.high == _ENDLESS:
            return self.low
        return self.high if self.one_sided else (self.low + self.high) / 2

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, int | Fraction):
            return False
        if value == self.low or value == self.high:
            return (self.closed_low and value == self.low) or (self.closed and value == self.high)
        return self.low < value < self.high


def read_claim(claim: Claim) -> Range | None:
    """The range a claim's number stands for; None if its text begins with no number."""
    printed = claim.printed
    return read_number(printed.means or printed.text, claim.unit, claim.rounding, printed.digits)


def read_number(text: str, unit: str, rounding: str, digits: int | None = None) -> Range | None:
    """The range a printed number stands for; None if the text begins with no number.

    `4.2` with unit M rounded to nearest is 4,150,000 to 4,250,000, truncated 4,200,000 up to
    4,300,000. A unit the text carries itself ("143M"), or its exponent ("1.8e9"), counts where the
    column names none. A whole number in full is exact; "8 to 9" and "more than 40M" are ranges as
    they stand, "~40M" is wider. `digits` says that only the leading ones count: 15300 with 3 is
    15,250 to 15,350.

    >>> read_number("less than 5", "M", "nearest").high
    Fraction(5000000, 1)
    """
    match = _PRINTED.fullmatch(text.strip())
    if match is None:
        return None
    if not unit and match["unit"] in UNITS:  # else the next word of the text
        unit = match["unit"]
    scale = UNITS[unit] if unit else _power(match["exponent"])
    return _range(match, scale, rounding, unit in _MEASURED, digits)


def _power(exponent: str | None) -> int | Fraction:
    """What an exponent multiplies a number by."""
    return exact_number(f"1{exponent}") if exponent else 1


def read_tool_number(text: str) -> Range | None:
    """The range of a number as tools print it: `320.30 MMac`, `0.32 GMac`, `3.2e8`, `600 MFLOPs`.

    The word of the unit says what was counted, not how many. None if the text is anything else.
    """
    match = re.fullmatch(_ASKED, text.strip())
    if match is None:
        return None
    own = match["unit"] or ""
    scale = UNITS[own] * _power(match["exponent"])
    return _range(match, scale, "nearest", own in _MEASURED)


def _range(
    match: re.Match[str],
    scale: int | Fraction,
    rounding: str,
    rounded: bool,
    digits: int | None = None,
) -> Range | None:
    """The values that print as matched; whole numbers in full are exact unless `rounded`.

    None where the words before the number are none of `_KINDS`.
    """
    words, low, high = match["words"].rstrip().lower(), match["low"], match["high"]
    if words and words not in _KIND_OF:
        return None
    value = Fraction(exact_number(low)) * scale
    if high is not None:
        return Range(value, Fraction(exact_number(high)) * scale)
    whole, _, decimals = low.replace(",", "").replace("_", "").partition(".")
    step = Fraction(scale) / 10 ** len(decimals)
    if words:
        return _meant(_KIND_OF[words], value, step)
    if digits is not None:
        step *= 10 ** max(0, len(whole.lstrip("0") + decimals) - digits)
    elif step == 1 and not rounded:
        return Range(value, value)
    if rounding == "truncate":
        return Range(value, value + step, closed=False)
    return Range(value - step / 2, value + step / 2)


def _meant(kind: str, value: Fraction, step: Fraction) -> Range:
    """The values a word before a number lets it stand for; `step` is one of its last digit."""
    if kind in ("above", "at least"):
        return Range(value, _ENDLESS, closed_low=kind == "at least")
    if kind in ("below", "at most"):
        return Range(Fraction(0), value, closed=kind == "at most")
    reach = max(value * APPROXIMATE, step)
    return Range(value - reach, value + reach if kind == "about" else value)


def same_shape(text: str, shape: Shape) -> bool:
    """Whether a printed shape (HxWxC, "HxW (C)", HxW or C, NxHxWxC) is the computed one."""
    sizes = re.split(r"\s*[x×*]\s*|\s+\(", text.strip().removesuffix(")"))
    h, w, c, n = map(str, shape.all)
    return sizes == {4: [n, h, w, c], 3: [h, w, c], 2: [h, w], 1: [c]}.get(len(sizes))
