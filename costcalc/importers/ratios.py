"""Sizes divided by one another, as exporters compute them in floating point until they round.

A padding that keeps a map's size is `(ceil(h / 2) - 1) * 2 + 3 - h` in a file: what lies between
a division and its rounding is kept as a ratio of two sizes, so that it is exact for every setting.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from costcalc.importers.sizes import Size, Whole, same, value

CLOSE = 4096
"""The largest divisor of a number that a file says in floating point."""


class Ratio:
    """A size over another one, which does not divide it under all settings."""

    __hash__ = None  # type: ignore[assignment]  # equality is that of the values
    __slots__ = ("divisor", "size")

    def __init__(self, size: Whole, divisor: Whole = 1) -> None:
        self.size, self.divisor = size, divisor

    @property
    def value(self) -> Fraction:
        """The number that it is under the defaults."""
        return Fraction(value(self.size), value(self.divisor))

    def __add__(self, other: Any) -> Any:
        b = ratio(other)
        return made(self.size * b.divisor + b.size * self.divisor, self.divisor * b.divisor)

    __radd__ = __add__

    def __neg__(self) -> Any:
        return Ratio(-self.size, self.divisor)

    def __sub__(self, other: Any) -> Any:
        return self + -ratio(other)

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        b = ratio(other)
        return made(self.size * b.size, self.divisor * b.divisor)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        b = ratio(other)
        return made(self.size * b.divisor, self.divisor * b.size)

    def __floor__(self) -> Whole:
        return self.size // self.divisor

    def __ceil__(self) -> Whole:
        return -(-self.size // self.divisor)

    def __trunc__(self) -> Whole:
        return math.floor(self) if self.value >= 0 else math.ceil(self)

    # Decisions are taken by the value.
    def __eq__(self, other: object) -> bool:
        return bool(self.value == _number(other))

    def __lt__(self, other: Any) -> bool:
        return bool(self.value < _number(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.value <= _number(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.value > _number(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.value >= _number(other))


def ratio(number: Any) -> Ratio:
    """A number of any kind as a ratio."""
    if isinstance(number, Ratio):
        return number
    if isinstance(number, float):
        exact = Fraction(number).limit_denominator(CLOSE)
        return Ratio(exact.numerator, exact.denominator)
    return Ratio(number)


def made(size: Whole, divisor: Whole) -> Any:
    """One size over another one: a size where it divides it under all settings."""
    if value(divisor) < 0:
        size, divisor = -size, -divisor
    whole = size // divisor
    if same(whole * divisor, size):
        return whole
    if isinstance(divisor, int):
        terms = size.terms.values() if isinstance(size, Size) else (size,)
        common = math.gcd(divisor, *terms)
        size, divisor = size // common, divisor // common
    return Ratio(size, divisor)


def _number(other: Any) -> Any:
    return other.value if isinstance(other, Ratio | Size) else other
