"""Exact rationals in arrays of any magnitude, undefined where something was divided by zero.

What `RatioArray` is to the formulas of a network, whose integers are bounded, this is to filters:
people multiply, divide and compare whatever they like. Integers are int64 as long as the largest
one shows that they fit, Python's own beyond that.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = Any
"""int | int64 array | array of Python's integers."""
Truths: TypeAlias = npt.NDArray[np.bool_]
_INT64 = 2**63
_DIGITS = 10**15
"""Whole numbers below this are told apart by floats, and so are the decimals they make."""
_FEW = 64


class ExactArray:
    """`numerators / denominator`, element by element, where `defined`.

    Attributes:
        numerators: Integers of any shape; 0 where undefined.
        denominator: A positive integer, or integers that broadcast with the numerators.
        defined: Where there is a value, broadcasting too; None: everywhere.
    """

    __array_ufunc__ = None  # arrays of numpy hand mixed arithmetic to this class
    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("defined", "denominator", "numerators")

    def __init__(
        self, numerators: Ints, denominator: Ints = 1, defined: Truths | None = None
    ) -> None:
        self.numerators, self.denominator, self.defined = numerators, denominator, defined

    @classmethod
    def of(cls, values: Any) -> ExactArray:
        """The numbers of an int, a Fraction, or an array of integers or floats.

        A float means the decimal it prints as; what is not finite, or None, is undefined.
        """
        if isinstance(values, ExactArray):
            return values
        if isinstance(values, int | Fraction):
            return cls(values.numerator, values.denominator)
        if values.dtype.kind == "i" and values.dtype.itemsize == 8:
            return cls(values)
        if values.dtype.kind in "iu":
            return cls(values.astype(object if values.dtype.itemsize == 8 else np.int64))
        return _decimals(values) if values.dtype.kind == "f" else _objects(values)

    def __neg__(self) -> ExactArray:
        return ExactArray(times(self.numerators, -1), self.denominator, self.defined)

    def __add__(self, other: Any) -> ExactArray:
        x, y, denominator, defined = self._common(other)
        return ExactArray(plus(x, y), denominator(), defined)

    def __sub__(self, other: Any) -> ExactArray:
        return self + -ExactArray.of(other)

    def __mul__(self, other: Any) -> ExactArray:
        b = ExactArray.of(other)
        return ExactArray(
            times(self.numerators, b.numerators),
            times(self.denominator, b.denominator),
            _both(self.defined, b.defined),
        )

    def __truediv__(self, other: Any) -> ExactArray:
        b = ExactArray.of(other)
        divisor, defined = _without_zero(b.numerators, _both(self.defined, b.defined))
        sign = np.where(divisor < 0, -1, 1) if _least(divisor) < 0 else 1
        return _masked(
            times(times(self.numerators, b.denominator), sign),
            times(times(self.denominator, divisor), sign),
            defined,
        )

    def __floordiv__(self, other: Any) -> ExactArray:
        x, y, _, defined = self._common(other)
        divisor, defined = _without_zero(y, defined)
        return _masked(_integers(np.floor_divide, x, divisor), 1, defined)

    def __mod__(self, other: Any) -> ExactArray:
        x, y, denominator, defined = self._common(other)
        divisor, defined = _without_zero(y, defined)
        return _masked(_integers(np.remainder, x, divisor), denominator(), defined)

    def compared(self, function: Callable[[Any, Any], Any], other: Any) -> Truths:
        """Where a comparison (`np.less` and its kind) holds; nowhere it is undefined."""
        x, y, _, defined = self._common(other)
        found: Truths = np.asarray(_integers(function, x, y)).astype(bool)
        return found if defined is None else found & defined

    def chosen(self, condition: Truths, other: ExactArray) -> ExactArray:
        """These numbers where the condition holds, the others where it does not.

        Undefined where either is.
        """
        x, y, denominator, defined = self._common(other)
        return ExactArray(_where(condition, x, y), denominator(), defined)

    def floats(self) -> npt.NDArray[np.float64] | None:
        """The numbers as floats within a relative error of 2^-50, NaN where undefined.

        None where 64 bits do not hold them.
        """
        if not (fits(self.numerators) and fits(self.denominator)):
            return None
        found = np.asarray(self.numerators / self.denominator, dtype=np.float64)
        return found if self.defined is None else np.where(self.defined, found, np.nan)

    def broadcast(self, shape: tuple[int, ...]) -> ExactArray:
        """The same in another shape."""
        numerators, denominator = (
            np.broadcast_to(np.asarray(one, dtype=None if fits(one) else object), shape)
            for one in (self.numerators, self.denominator)
        )
        defined = None if self.defined is None else np.broadcast_to(self.defined, shape)
        return ExactArray(numerators, denominator, defined)

    def taken(self, rows: Any) -> ExactArray:
        """Some elements of an array of one dimension."""
        defined = None if self.defined is None else self.defined[rows]
        return ExactArray(self.numerators[rows], self.denominator[rows], defined)

    def _common(self, other: Any) -> tuple[Ints, Ints, Callable[[], Ints], Truths | None]:
        """The numerators of both over one denominator, which is made when it is asked for."""
        a, b = self, ExactArray.of(other)
        defined = _both(a.defined, b.defined)
        if a.denominator is b.denominator:
            return a.numerators, b.numerators, lambda: a.denominator, defined
        if isinstance(a.denominator, int) and isinstance(b.denominator, int):
            common = math.lcm(a.denominator, b.denominator)
            x = times(a.numerators, common // a.denominator)
            return x, times(b.numerators, common // b.denominator), lambda: common, defined
        return (
            times(a.numerators, b.denominator),
            times(b.numerators, a.denominator),
            lambda: times(a.denominator, b.denominator),
            defined,
        )


def plus(x: Ints, y: Ints) -> Ints:
    """The sum, exactly."""
    if fits(x) and fits(y) and _largest(x) + _largest(y) < _INT64:
        return x + y
    return _python(x) + _python(y)


def times(x: Ints, y: Ints) -> Ints:
    """The product, exactly."""
    if isinstance(x, int) and x == 1:
        return y
    if isinstance(y, int) and y == 1:
        return x
    if fits(x) and fits(y) and _largest(x) * _largest(y) < _INT64:
        return x * y
    return _python(x) * _python(y)


def fits(value: Ints) -> bool:
    """Whether integers are held in 64 bits, or (a single one) could be."""
    if isinstance(value, int):
        return -_INT64 <= value < _INT64
    return bool(value.dtype != object)


def _integers(function: Any, x: Ints, y: Ints) -> Ints:
    """A function of integers whose result is no larger than they are."""
    return function(x, y) if fits(x) and fits(y) else function(_python(x), _python(y))


def _where(condition: Truths, x: Ints, y: Ints) -> Ints:
    """x where the condition holds, y where it does not."""
    if fits(x) and fits(y):
        return np.where(condition, x, y)
    # numpy would make a number of 64 bits of a single one
    return np.where(condition, *(np.asarray(_python(value), dtype=object) for value in (x, y)))


def _python(values: Ints) -> Any:
    """The integers as Python's own."""
    if isinstance(values, np.generic):  # what numpy makes of arrays without an axis
        return values.item()
    return values if isinstance(values, int) else values.astype(object)


def _largest(values: Ints) -> int:
    if isinstance(values, int):
        return abs(values)
    return max(-int(np.min(values, initial=0)), int(np.max(values, initial=0)))


def _least(values: Ints) -> int:
    return values if isinstance(values, int) else int(np.min(values, initial=1))


def _both(a: Truths | None, b: Truths | None) -> Truths | None:
    if a is None or b is None:
        return b if a is None else a
    return a & b


def _without_zero(divisor: Ints, defined: Truths | None) -> tuple[Ints, Truths | None]:
    """A divisor with 1 in place of 0, and where its quotients are defined."""
    zero = np.asarray(divisor == 0)
    if not zero.any():
        return divisor, defined
    return np.where(zero, 1, divisor), _both(~zero, defined)


def _masked(numerators: Ints, denominator: Ints, defined: Truths | None) -> ExactArray:
    """An array with zeros where it is undefined: nothing large is left to compute with."""
    if defined is not None:
        numerators = _where(defined, numerators, 0)
    return ExactArray(numerators, denominator, defined)


def _decimals(floats: npt.NDArray[np.float64]) -> ExactArray:
    """Floats as the decimals they print as."""
    finite = np.isfinite(floats)
    defined = None if finite.all() else finite
    values = floats if defined is None else np.where(finite, floats, 0.0)
    found = decimals(values)
    if found is not None:
        return ExactArray(*found, defined)
    return _fractions([Fraction(repr(one)) for one in values.ravel().tolist()], values, defined)


def decimals(floats: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int64], int] | None:
    """The decimals that floats print as: whole numbers over a power of ten.

    None where these have too many digits, or a float is no number. A float is the decimal of k
    digits after the point that is nearest to it exactly if dividing the whole number by 10^k gives
    it back: that division is rounded correctly.
    """
    largest = max(-float(np.min(floats, initial=0)), float(np.max(floats, initial=0)))
    few = floats.reshape(-1)[:_FEW]
    for digits in range(16):
        if not largest * 10.0**digits < _DIGITS:
            break
        if _whole(few, digits) is None:  # the first ones say how many digits are too few
            continue
        numerators = _whole(floats, digits)
        if numerators is not None:
            return numerators.astype(np.int64), 10**digits
    return None


def _whole(values: npt.NDArray[np.float64], digits: int) -> npt.NDArray[np.float64] | None:
    """The values times a power of ten where all of them are decimals of so many digits."""
    numerators = np.rint(values * 10.0**digits)
    return numerators if np.array_equal(numerators / 10.0**digits, values) else None


def _objects(values: Any) -> ExactArray:
    """Numbers of all kinds, None among them where there is none."""
    exact, defined = [], []
    for value in values.ravel().tolist():
        number = not (value is None or value != value or value in (math.inf, -math.inf))
        defined.append(number)
        exact.append(_number(value) if number else Fraction(0))
    return _fractions(exact, values, None if all(defined) else np.reshape(defined, values.shape))


def _number(value: Any) -> int | Fraction:
    return Fraction(repr(value)) if isinstance(value, float) else value


def _fractions(exact: list[Any], like: Any, defined: Truths | None) -> ExactArray:
    common = math.lcm(*{value.denominator for value in exact})
    numerators = np.empty(len(exact), dtype=object)
    numerators[:] = [value.numerator * (common // value.denominator) for value in exact]
    return ExactArray(numerators.reshape(like.shape), common, defined)
