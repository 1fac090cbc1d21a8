"""Decimals of any length, computed with as floats where that is certain to be exact.

A width is a decimal times a whole number, rounded. In floating point it comes out right unless
it is within the error of a whole number, which of random decimals next to none is. Such points
are noted as doubtful, and counted again in exact arithmetic: a floating-point filter.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from costcalc.numbers.column import Column, is_long
from costcalc.numbers.dimensions import identity
from costcalc.numbers.factor import EXACT_FLOAT, Factor
from costcalc.numbers.factored import AxisSpace, FactoredArray
from costcalc.numbers.protocol import RationalArray
from costcalc.numbers.ratio_array import RatioArray
from costcalc.records import NamedTuple

Whole: TypeAlias = int | FactoredArray
"""A whole number, or whole numbers along an axis."""
ERROR = 8.0 / EXACT_FLOAT
"""A bound of the relative error of scale * value + offset: four roundings, with room. Of a product
of decimals it is that of each."""


class NeedsExactArithmetic(Exception):
    """Something that floats cannot decide: exact arithmetic can."""


class _Floats(NamedTuple):
    """A vector of floats along an axis, each of which means the decimal it prints as, or products
    of such. `first` is the first value exactly, `error` the relative one of what is computed."""

    space: AxisSpace
    axis: int
    values: npt.NDArray[np.float64]
    low: float
    high: float
    first: Fraction
    error: float

    def times(self, other: _Floats) -> _Floats:
        """The product with another vector along the axis."""
        values = self.values * other.values
        ends = float(np.min(values)), float(np.max(values))
        first, error = self.first * other.first, self.error + other.error
        return _Floats(self.space, self.axis, values, *ends, first, error)


class DecimalArray(RationalArray):
    """`(scale * floats + offset) / divisor`, where a float means the decimal it prints as.

    Scale and offset are whole: one number each, or numbers along the axis of the floats. So the
    larger of a decimal and 1 is one, too: some have the scale 1, the others the offset 1.
    """

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("divisor", "floats", "offset", "scale")

    def __init__(self, floats: _Floats, scale: Whole, offset: Whole, divisor: int) -> None:
        if isinstance(scale, int) and isinstance(offset, int):
            common = math.gcd(scale, offset, divisor)
            scale, offset, divisor = scale // common, offset // common, divisor // common
        self.floats, self.scale, self.offset, self.divisor = floats, scale, offset, divisor

    @classmethod
    def along(cls, space: AxisSpace, axis: int, values: npt.NDArray[np.float64]) -> DecimalArray:
        """The decimals along an axis of a space."""
        ends, first = (
            (float(np.min(values)), float(np.max(values))),
            Fraction(repr(float(values[0]))),
        )
        return cls(_Floats(space, axis, values, *ends, first, ERROR), 1, 0, 1)

    @property
    def identity(self) -> Any:
        """What is equal where two numbers are made of the same floats."""
        return id(self.floats.values), identity(self.scale), identity(self.offset), self.divisor

    @property
    def flat(self) -> list[Fraction]:
        """The first value, where an array has them all."""
        scale, offset = (n if isinstance(n, int) else n.flat[0] for n in (self.scale, self.offset))
        return [(self.floats.first * scale + offset) / self.divisor]

    def _parts(self, other: Any) -> tuple[Whole, Whole, int]:
        """Another number as scale, offset and divisor of the same floats.

        Raises `NeedsExactArithmetic` where it is none.
        """
        if isinstance(other, int | Fraction):
            return 0, other.numerator, other.denominator
        if isinstance(other, DecimalArray) and other.floats is self.floats:
            return other.scale, other.offset, other.divisor
        if isinstance(other, FactoredArray) and {*other.axes()} <= {self.floats.axis}:
            return 0, other, 1
        if isinstance(other, RatioArray) and isinstance(other.denominator, int):
            scale, offset, divisor = self._parts(other.numerator)
            return scale, offset, divisor * other.denominator
        raise NeedsExactArithmetic

    def __add__(self, other: Any) -> Any:
        scale, offset, divisor = self._parts(other)
        common = math.lcm(self.divisor, divisor)
        a, b = common // self.divisor, common // divisor
        return DecimalArray(
            self.floats, self.scale * a + scale * b, self.offset * a + offset * b, common
        )

    __radd__ = __add__

    def __neg__(self) -> DecimalArray:
        return DecimalArray(self.floats, -self.scale, -self.offset, self.divisor)

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> DecimalArray:
        if isinstance(other, DecimalArray) and self._is_along(other):
            key = "product", *sorted((id(self.floats.values), id(other.floats.values)))
            pair = self.floats, other.floats
            floats = self.floats.space.once(key, pair, lambda: self.floats.times(other.floats))
            return DecimalArray(floats, self.scale * other.scale, 0, self.divisor * other.divisor)
        scale, offset, divisor = self._parts(other)
        if not _is_zero(scale):
            raise NeedsExactArithmetic  # their square
        return DecimalArray(
            self.floats, self.scale * offset, self.offset * offset, self.divisor * divisor
        )

    __rmul__ = __mul__

    def _is_along(self, other: DecimalArray) -> bool:
        """Whether both are multiples of decimals along one axis."""
        one_axis = self.floats.axis == other.floats.axis
        return one_axis and _is_zero(self.offset) and _is_zero(other.offset)

    def __truediv__(self, other: Any) -> DecimalArray:
        if not isinstance(other, int | Fraction):
            raise NeedsExactArithmetic
        return self * (1 / Fraction(other))

    def __rtruediv__(self, other: Any) -> DecimalArray:
        raise NeedsExactArithmetic

    def __floordiv__(self, other: Any) -> Any:
        return (self / other)._decided(np.floor)

    def __rfloordiv__(self, other: Any) -> Any:
        raise NeedsExactArithmetic

    def __mod__(self, other: Any) -> Any:
        return self - RatioArray.of(other) * (self // other)

    def __rmod__(self, other: Any) -> Any:
        raise NeedsExactArithmetic

    def __eq__(self, other: object) -> Any:
        return self._compared(operator.eq, other)

    def __ne__(self, other: object) -> Any:
        return self._compared(operator.ne, other)

    def __lt__(self, other: Any) -> Any:
        return self._compared(operator.lt, other)

    def __le__(self, other: Any) -> Any:
        return self._compared(operator.le, other)

    def __gt__(self, other: Any) -> Any:
        return self._compared(operator.gt, other)

    def __ge__(self, other: Any) -> Any:
        return self._compared(operator.ge, other)

    def _compared(self, sign: Callable[[Any, Any], Any], other: Any) -> Any:
        difference = self - other
        low, high, error = difference._range()
        if low > error or high < -error:
            return bool(sign(low, 0))
        return difference._decided(sign, 0)

    def _range(self) -> tuple[float, float, float]:
        """The least and the largest value, and a bound of the error of all."""
        scales, offsets = (
            [float(Fraction(end, self.divisor)) for end in _ends(n)]
            for n in (self.scale, self.offset)
        )
        products = [end * x for end in scales for x in (self.floats.low, self.floats.high)]
        largest = max(map(abs, products)) + max(map(abs, offsets))
        return min(products) + offsets[0], max(products) + offsets[1], self.floats.error * largest

    def _as_float(self, number: Whole) -> float | Column:
        """A scale or an offset over the divisor: a float, or floats along the axis.

        Raises `NeedsExactArithmetic` for whole numbers that floats do not hold.
        """
        if isinstance(number, int):
            return float(Fraction(number, self.divisor))
        if max(number.bound, self.divisor) >= EXACT_FLOAT:
            raise NeedsExactArithmetic
        size, divisor = len(self.floats.values), self.divisor
        return Column(lambda whole: whole / divisor, [number.along(self.floats.axis)], size)

    def _decided(self, function: Callable[..., Any], *zero: int) -> FactoredArray:
        """A function that jumps at whole numbers, or compares with zero; doubtful points are noted.

        Where the scale is 0 nothing is in doubt: the quotient of two whole numbers is rounded
        once, and to no other side of a whole number. Raises `NeedsExactArithmetic` for numbers too
        large to be floats.
        """
        space, axis = self.floats.space, self.floats.axis

        def decide() -> FactoredArray:
            *ends, error = self._range()
            if error >= 0.25:
                raise NeedsExactArithmetic  # nothing would be certain
            size = len(self.floats.values)

            def is_doubtful(values: Any, scale: Any) -> Any:
                off = np.zeros_like(values) if zero else np.rint(values)
                np.abs(np.subtract(values, off, out=off), out=off)
                return (off <= error) & (scale != 0)

            scale, offset = self._as_float(self.scale), self._as_float(self.offset)
            values = Column(_linear, [self.floats.values, scale, offset], size)
            space.doubt(axis, Column(is_doubtful, [values, scale], size))
            found = Column(lambda values: function(values, *zero).astype(np.int64), [values], size)
            low, high = (0, 1) if zero else map(int, function(np.array(ends)))  # it never falls
            return space.along(axis, Factor(found if is_long(size) else found.array, low, high))

        key = "decided", self.identity, function
        operands = self.floats, self.scale, self.offset
        return space.once(key, operands, decide)  # type: ignore[no-any-return]


def _is_zero(number: Whole) -> bool:
    return isinstance(number, int) and number == 0


def _ends(number: Whole) -> tuple[int, int]:
    """Between what a whole number lies."""
    return (number, number) if isinstance(number, int) else number.range


def _linear(floats: Any, scale: Any, offset: Any) -> Any:
    values = floats * scale
    return values if isinstance(offset, float) and offset == 0 else np.add(values, offset, values)
