"""Exact rationals in numpy arrays: what `fractions.Fraction` is to `int`.

Only needed when a hyperparameter is an array that is not whole (a grid of width multipliers),
so nothing imports this module, and with it numpy, before then.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from costcalc.numbers.dimensions import identity
from costcalc.numbers.protocol import RationalArray, is_array


class RatioArray(RationalArray):
    """`numerator / denominator` element by element; the denominator is positive."""

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("denominator", "numerator")

    def __init__(self, numerator: Any, denominator: Any = 1) -> None:
        self.numerator, self.denominator = numerator, denominator

    @classmethod
    def of(cls, value: Any) -> RatioArray:
        """The ratio of an int, Fraction, or integer array."""
        if isinstance(value, RatioArray):
            return value
        if isinstance(value, Fraction):
            return cls(value.numerator, value.denominator)
        return cls(value)

    @property
    def identity(self) -> Any:
        """What is equal where two numbers are made of the same arrays."""
        return identity(self.numerator), identity(self.denominator)

    @property
    def flat(self) -> list[Fraction]:
        """The first element, where an array has them all."""
        parts = (self.numerator, self.denominator)
        return [Fraction(*(int(p.flat[0]) if is_array(p) else int(p) for p in parts))]

    def __add__(self, other: Any) -> RatioArray:
        o = RatioArray.of(other)
        return RatioArray(
            self.numerator * o.denominator + o.numerator * self.denominator,
            self.denominator * o.denominator,
        )

    __radd__ = __add__

    def __neg__(self) -> RatioArray:
        return RatioArray(-self.numerator, self.denominator)

    def __sub__(self, other: Any) -> RatioArray:
        return self + -RatioArray.of(other)

    def __rsub__(self, other: Any) -> RatioArray:
        return RatioArray.of(other) + -self

    def __mul__(self, other: Any) -> RatioArray:
        o = RatioArray.of(other)
        return RatioArray(self.numerator * o.numerator, self.denominator * o.denominator)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> RatioArray:
        o = RatioArray.of(other)
        sign = (o.numerator > 0) * 1 - (o.numerator < 0) * 1
        return RatioArray(
            self.numerator * o.denominator * sign, self.denominator * o.numerator * sign
        )

    def __rtruediv__(self, other: Any) -> RatioArray:
        return RatioArray.of(other) / self

    def __floordiv__(self, other: Any) -> Any:
        quotient = self / other
        return quotient.numerator // quotient.denominator

    def __rfloordiv__(self, other: Any) -> Any:
        return RatioArray.of(other) // self

    def __mod__(self, other: Any) -> RatioArray:
        whole: RatioArray = RatioArray.of(self // other)
        return self + -(RatioArray.of(other) * whole)

    def __rmod__(self, other: Any) -> RatioArray:
        return RatioArray.of(other) % self

    def _compare(self, other: Any) -> Any:
        return (self - other).numerator

    def __eq__(self, other: object) -> Any:
        return self._compare(other) == 0

    def __ne__(self, other: object) -> Any:
        return self._compare(other) != 0

    def __lt__(self, other: Any) -> Any:
        return self._compare(other) < 0

    def __le__(self, other: Any) -> Any:
        return self._compare(other) <= 0

    def __gt__(self, other: Any) -> Any:
        return self._compare(other) > 0

    def __ge__(self, other: Any) -> Any:
        return self._compare(other) >= 0
