"""Numerals: how numbers are written, in expressions and options, by papers, tools and data sheets.

Every number with a unit is read by these patterns; each reader says what may stand around one.
"""

from __future__ import annotations

import operator
import re
from fractions import Fraction
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.language import limits

UNITS = {
    "": 1,
    "%": 1,
    "x": 1,
    "k": 10**3,
    "K": 10**3,
    "M": 10**6,
    "G": 10**9,
    "B": 10**9,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "bytes": 1,
    "kB": 10**3,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}
"""How many a unit is. MB is 10^6 bytes and MiB 2^20; which one a paper's "MB" means is said by
the column."""
BYTE_UNITS = tuple(
    unit for unit in UNITS if unit == "bytes" or (unit.endswith("B") and unit != "B")
)
"""Those of memory; the others count parameters, operations or elements."""
TIME_UNITS: dict[str, int | Fraction] = {"us": Fraction(1, 1000), "ms": 1}
"""Those of time, which is in milliseconds."""
SCALES: dict[str, int | Fraction] = {
    **{unit: scale for unit, scale in UNITS.items() if unit.isalpha() and unit != "x"},
    "bit": 1,
    **TIME_UNITS,
    "%": Fraction(1, 100),
}
"""What a number is multiplied by where a unit stands directly behind it: 33% is a share of 1."""

MANTISSA = r"(?:[0-9]+(?:_[0-9]+)*(?:\.[0-9]+)?|\.[0-9]+)"
"""`1_000`, `0.75`, `.5`."""
EXPONENT = r"[eE][-+]?[0-9]{1,2}(?![0-9])"
NUMBER = f"{MANTISSA}(?:{EXPONENT})?"
"""An unsigned number of the language: a mantissa, with or without an exponent."""
GROUPED = rf"(?:[0-9]{{1,3}}(?:,[0-9]{{3}})+(?:\.[0-9]+)?|{MANTISSA})"
"""A mantissa as prose has it too: `4,231,976`. In an expression a comma separates values."""
UNIT = "|".join(sorted((re.escape(unit) for unit in UNITS if unit), key=len, reverse=True))
"""A unit of what is printed."""
_NUMBER = re.compile(f"(-?)({NUMBER})([A-Za-z]+|%)?")
_PROSE = f"(-?)({GROUPED}(?:{EXPONENT})?)(?: ?([A-Za-z]+|%))?"


def exact_number(text: str) -> int | Fraction:
    """An unsigned number as written: a whole one, or the exact decimal.

    >>> exact_number("4,231,976"), exact_number("1e3"), exact_number("0.75")
    (4231976, 1000, Fraction(3, 4))
    """
    if text.isdigit():
        return int(text)
    value = Fraction(text.replace("_", "").replace(",", ""))
    return value.numerator if value.denominator == 1 and "." not in text else value


def whole_number(value: Any, what: str, least: int = 1, most: int = limits.NUMBER) -> int:
    """The whole number that a caller gave. Raises `CostcalcError` for any other value.

    >>> whole_number(0, "a batch")
    Traceback (most recent call last):
    costcalc.errors.CostcalcError: a batch is a whole number from 1 to 1,000,000,000,000
    """
    try:
        number = operator.index(value)  # numpy's too
    except TypeError:
        number = least - 1
    if isinstance(value, bool) or not least <= number <= most:
        raise CostcalcError(f"{what} is a whole number from {least:,} to {most:,}")
    return number


def require_short(text: str, what: str) -> str:
    """The text of a number. Raises `CostcalcError` where it is longer than any that is read.

    >>> require_short("9" * 5000, "a number")
    Traceback (most recent call last):
    costcalc.errors.CostcalcError: a number of 5,000 characters; the limit is 200
    """
    if len(text) > limits.EXPRESSION_CHARACTERS:
        raise CostcalcError(
            f"{what} of {len(text):,} characters; the limit is {limits.EXPRESSION_CHARACTERS}"
        )
    return text


def read_number(text: str, prose: bool = False) -> int | Fraction | None:
    """The number that a text is, with its sign and unit; None for any other text.

    `1.0` stays a fraction, as it says of a hyperparameter that it is a decimal.
    In `prose` digits may be grouped and the unit may stand apart: `4,231,976`, `2 million`.

    >>> read_number("150M"), read_number("-33%"), read_number("wide")
    (150000000, Fraction(-33, 100), None)
    """
    if len(text) > limits.EXPRESSION_CHARACTERS:
        return None
    match = re.fullmatch(_PROSE, text) if prose else _NUMBER.fullmatch(text)
    if match is None:
        return None
    sign, written, unit = match.groups()
    if unit is not None and unit not in SCALES:
        return None
    value = exact_number(written)
    value = -value if sign else value
    if unit is None:
        return value
    scaled = value * SCALES[unit]
    return scaled.numerator if scaled.denominator == 1 else scaled
