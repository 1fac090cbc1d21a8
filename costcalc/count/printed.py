"""Reading what papers print: which values a printed number can stand for."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from costcalc.dimensions import Shape
from costcalc.spec.quantities import UNITS

_NUMBER = r"(\d[\d,_]*(?:\.\d+)?|\.\d+)"
_UNIT = "|".join(sorted((re.escape(u) for u in UNITS if u), key=len, reverse=True))
_PRINTED = re.compile(rf"{_NUMBER}(?: to {_NUMBER})?\s?(?:({_UNIT})(?![A-Za-z]))?.*")


class Range(NamedTuple):
    """The values that print as printed, both ends included."""

    low: Fraction
    high: Fraction

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int | Fraction) and self.low <= value <= self.high


def read_number(text: str, unit: str, rounding: str) -> Range | None:
    """The range a printed number stands for; None if the text begins with no number.

    `4.2` with unit M rounded to nearest is 4,150,000 to 4,250,000; truncated it is 4,200,000 to
    just under 4,300,000. A unit the text carries itself ("143M") counts where the column names
    none. "8 to 9" is a range as it stands.
    """
    match = _PRINTED.fullmatch(text.strip())
    if match is None:
        return None
    low, high, own = match.groups()
    scale = UNITS[unit or own or ""]
    value = _fraction(low) * scale
    if high is not None:
        return Range(value, _fraction(high) * scale)
    step = Fraction(scale, 10 ** len(low.partition(".")[2]))
    if step == 1 and scale == 1 and unit != "%" and own not in ("%", "x") and unit != "x":
        return Range(value, value)  # a whole number in full is exact
    if rounding == "truncate":
        return Range(value, value + step - Fraction(step, 10**9))
    return Range(value - step / 2, value + step / 2)


def _fraction(text: str) -> Fraction:
    return Fraction(text.replace(",", "").replace("_", ""))


def same_shape(text: str, shape: Shape) -> bool:
    """Whether a printed shape (HxWxC, HxW or C) is the computed one."""
    sizes = re.split(r"\s*[x×*]\s*", text.strip())
    computed = [str(size) for size in shape]
    return sizes == {3: computed, 2: computed[:2], 1: computed[2:]}.get(len(sizes))
