"""Decimals of any length, computed with as floats where that is certain to be exact.

A width is a decimal times a whole number, rounded. In floating point it comes out right unless
it is within the error of a whole number, which of random decimals next to none is. Such points
are noted as doubtful, and counted again in exact arithmetic: a floating-point filter.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from costcalc.numbers.factor import EXACT_FLOAT, blocks_of
from costcalc.numbers.factored import AxisSpace, FactoredArray
from costcalc.numbers.protocol import RationalArray
from costcalc.records import NamedTuple

ERROR = 8.0 / EXACT_FLOAT
"""A bound of the relative error of scale * value + offset: four roundings, with room."""


class NeedsExactArithmetic(Exception):
    """Something that floats cannot decide: exact arithmetic can."""


class _Floats(NamedTuple):
    """A vector of floats along an axis, each of which means the decimal it prints as."""

    space: AxisSpace
    axis: int
    values: npt.NDArray[np.float64]
    low: float
    high: float


class DecimalArray(RationalArray):
    """`scale * floats + offset`, where scale and offset are exact and a float means the decimal it
    prints as."""

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("floats", "offset", "scale")

    def __init__(self, floats: _Floats, scale: Fraction, offset: Fraction) -> None:
        self.floats, self.scale, self.offset = floats, scale, offset

    @classmethod
    def along(cls, space: AxisSpace, axis: int, values: npt.NDArray[np.float64]) -> DecimalArray:
        """The decimals along an axis of a space."""
        found = _Floats(space, axis, values, float(np.min(values)), float(np.max(values)))
        return cls(found, Fraction(1), Fraction(0))

    @property
    def identity(self) -> Any:
        """What is equal where two numbers are made of the same floats."""
        return id(self.floats.values), self.scale, self.offset

    @property
    def flat(self) -> list[Fraction]:
        """The first value, where an array has them all."""
        first = Fraction(repr(float(self.floats.values[0])))
        return [first * self.scale + self.offset]

    def _constants(self, other: Any) -> tuple[Fraction, Fraction]:
        """Another number as scale and offset of the same floats.

        Raises `NeedsExactArithmetic` where it is none.
        """
        if isinstance(other, DecimalArray) and other.floats is self.floats:
            return other.scale, other.offset
        return Fraction(0), _constant(other)

    def __add__(self, other: Any) -> DecimalArray:
        scale, offset = self._constants(other)
        return DecimalArray(self.floats, self.scale + scale, self.offset + offset)

    __radd__ = __add__

    def __neg__(self) -> DecimalArray:
        return DecimalArray(self.floats, -self.scale, -self.offset)

    def __sub__(self, other: Any) -> DecimalArray:
        scale, offset = self._constants(other)
        return DecimalArray(self.floats, self.scale - scale, self.offset - offset)

    def __rsub__(self, other: Any) -> DecimalArray:
        scale, offset = self._constants(other)
        return DecimalArray(self.floats, scale - self.scale, offset - self.offset)

    def __mul__(self, other: Any) -> DecimalArray:
        factor = _constant(other)
        return DecimalArray(self.floats, self.scale * factor, self.offset * factor)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> DecimalArray:
        return self * (1 / _constant(other))

    def __rtruediv__(self, other: Any) -> DecimalArray:
        raise NeedsExactArithmetic

    def __floordiv__(self, other: Any) -> Any:
        return (self / other)._decided(np.floor)

    def __rfloordiv__(self, other: Any) -> Any:
        raise NeedsExactArithmetic

    def __mod__(self, other: Any) -> Any:
        raise NeedsExactArithmetic

    __rmod__ = __mod__

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
        if isinstance(other, FactoredArray):
            return self._decided(lambda values: sign(values, 0), whole=False, less=other)
        difference = self - other
        low, high, error = difference._range()
        if low > error or high < -error:
            return bool(sign(low, 0))
        return difference._decided(lambda values: sign(values, 0), whole=False)

    def _range(self) -> tuple[float, float, float]:
        """The least and the largest value, and a bound of the error of all."""
        scale, offset = float(self.scale), float(self.offset)
        ends = [scale * self.floats.low + offset, scale * self.floats.high + offset]
        largest = max(abs(self.floats.low), abs(self.floats.high))
        return min(ends), max(ends), ERROR * (abs(scale) * largest + abs(offset))

    def _decided(
        self,
        function: Callable[[Any], Any],
        whole: bool = True,
        less: FactoredArray | None = None,
    ) -> FactoredArray:
        """A function that jumps at whole numbers (or at zero alone), doubtful points noted.

        It is of these numbers, `less` other ones. Raises `NeedsExactArithmetic` where these are
        along other axes, or too large to be floats.
        """
        space, axis = self.floats.space, self.floats.axis
        name = None if less is None else less.identity
        key = "decided", id(self.floats.values), self.scale, self.offset, whole, id(function), name
        if less is not None and not (less.axes() == (axis,) and less.bound < EXACT_FLOAT):
            raise NeedsExactArithmetic

        def decide() -> FactoredArray:
            *ends, error = self._range()
            error += 0 if less is None else ERROR * less.bound
            if error >= 0.25:
                raise NeedsExactArithmetic  # nothing would be certain
            floats = self.floats.values
            others = None if less is None else less.spread((axis,)).astype(np.float64)
            doubtful = np.empty(len(floats), dtype=bool)
            found = np.empty(len(floats), dtype=np.int64)
            for block in blocks_of(floats):
                values = floats[block] * float(self.scale)
                if self.offset:
                    values += float(self.offset)
                if others is not None:
                    values -= others[block]
                found[block] = function(values)
                if whole:
                    values -= np.rint(values)
                np.less_equal(np.abs(values, out=values), error, out=doubtful[block])
            if doubtful.any():
                space.doubt(axis, doubtful)
            low, high = map(int, function(np.array(ends))) if whole else (0, 1)  # it never falls
            return space.axis(axis, found, (low, high))

        operands = self.floats, function, less
        return space.once(key, operands, decide)  # type: ignore[no-any-return]


def _constant(number: Any) -> Fraction:
    if isinstance(number, int | Fraction):
        return Fraction(number)
    raise NeedsExactArithmetic
