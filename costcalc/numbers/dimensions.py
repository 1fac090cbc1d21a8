"""Sizes and the arithmetic on them: one formula, three readings.

A dimension is an `int` (one network), an int64 numpy array (many networks at once) or a
`Symbol` (a formula with its value). Everything here, and every operator, works on all three;
numpy is never imported, since an array brings its own.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, TypeAlias

from costcalc.numbers.conditions import require_everywhere
from costcalc.numbers.protocol import ArrayOverAxes, RationalArray, Undecided, is_array
from costcalc.numbers.symbol import call, value_of
from costcalc.numbers.unknown import UNKNOWN
from costcalc.records import NamedTuple

Dim: TypeAlias = Any
"""int | numpy.ndarray (int64) | Symbol. `Any`, because no static type spans the three."""


class _Map(NamedTuple):
    h: Dim
    w: Dim
    c: Dim


class Shape(_Map):
    """A tensor of one example: height x width x channels, in elements.

    It may be `n` such maps, as many as there are regions of an image or frames of a video: then it
    is a tuple of four.
    """

    __slots__ = ()

    def __new__(cls, h: Dim, w: Dim, c: Dim, n: Dim = 1) -> Shape:
        """A shape of these sizes."""
        one = type(n) is int and n == 1
        return tuple.__new__(cls, (h, w, c) if one else (h, w, c, n))

    @property
    def is_one_map(self) -> bool:
        """Whether it is one map, as nearly every tensor is."""
        return len(self) == len(_Map._fields)

    @property
    def n(self) -> Dim:
        """How many maps it is."""
        return 1 if self.is_one_map else self[-1]

    @property
    def size(self) -> Dim:
        """Elements: h * w * c, of all maps."""
        if len(self) == 3:  # of one map, as nearly every tensor is
            h, w, c = self
            return h * w * c
        h, w, c, n = self
        return n * (h * w * c)

    @property
    def sizes(self) -> tuple[Dim, ...]:
        """Height, width and channels; the number of maps before them where there are several."""
        h, w, c = self[:3]
        return (h, w, c) if self.is_one_map else (self.n, h, w, c)

    @property
    def all(self) -> tuple[Dim, Dim, Dim, Dim]:
        """Height, width, channels and how many maps, whether there are several or not."""
        return self.h, self.w, self.c, self.n

    def _replace(self, **sizes: Dim) -> Shape:
        return Shape(**{**dict(zip("hwcn", self.all, strict=True)), **sizes})

    def __repr__(self) -> str:
        return f"Shape({', '.join(map(repr, self))})"

    def __str__(self) -> str:
        return "x".join(map(str, self.sizes))


class Kernel(NamedTuple):
    """A window: height x width, in elements."""

    h: Dim
    w: Dim

    def __str__(self) -> str:
        return f"{self.h}x{self.w}"


def identity(value: Any) -> Any:
    """What is equal, and hashed, where two values are the same number, word, window or list.

    Arrays and symbols are the same where they are made of the same parts: it holds as long as they
    live.
    """
    kind = type(value)
    if kind is int or kind is str:
        return value
    if kind is bool or kind is Fraction:  # 1 is neither true nor 1/1
        return kind, value
    if isinstance(value, tuple):
        return kind, *map(identity, value)
    if isinstance(value, ArrayOverAxes | RationalArray | Undecided):
        return kind, value.identity
    return kind, id(value)


def aligned(*values: Any) -> tuple[Any, ...]:
    """The values, fractions as arrays of ratios where they meet an integer array.

    numpy would otherwise make an array of Python objects of them.
    """
    arrays = [value for value in values if is_array(value)]
    if not arrays or any(isinstance(array, RationalArray) for array in arrays):
        return values  # arrays of rationals know what to do with a fraction
    if any(isinstance(value, Fraction) for value in values):
        from costcalc.numbers.ratio_array import RatioArray

        return tuple(RatioArray.of(value) for value in values)
    return values


def ceildiv(a: Dim, b: Dim) -> Dim:
    """a / b rounded up."""
    if not is_array(b) and b == 1:
        return a
    return call("ceildiv", (a, b), lambda a, b: -(-a // b))


def add_up(numbers: Iterable[Dim]) -> Dim:
    """The sum of many; factored arrays add all their terms up at once."""
    listed = list(numbers)
    if {*map(type, listed)} <= {int}:  # of one network, which is what is added up most
        return sum(listed)
    over_axes = [number for number in listed if isinstance(number, ArrayOverAxes)]
    if over_axes and all(isinstance(number, int | ArrayOverAxes) for number in listed):
        return over_axes[0].plus_all(listed)
    return functools.reduce(operator.add, listed, 0)


def add_up_different(numbers: Iterable[Dim]) -> Dim:
    """The sum of the different numbers, each once; for arrays element by element."""
    known: dict[Any, Dim] = {}
    for number in numbers:
        # arrays made of the same parts are equal, which saves comparing them
        known.setdefault(identity(number), number)
    total: Dim = 0
    seen: list[Dim] = []
    for number in known.values():
        new: Dim = 1
        for other in seen:
            new = new * (number != other)
        total = total + number * new
        seen.append(number)
    return total


def smaller(a: Dim, b: Dim) -> Dim:
    """The smaller of two, element by element for arrays."""
    return call("min", aligned(a, b), lambda a, b: _choose("minimum", a < b, a, b))


def larger(a: Dim, b: Dim) -> Dim:
    """The larger of two, element by element for arrays."""
    return call("max", aligned(a, b), lambda a, b: _choose("maximum", a > b, a, b))


def gcd(a: Dim, b: Dim) -> Dim:
    """The greatest common divisor."""
    return call("gcd", (a, b), _gcd)


def _gcd(a: Any, b: Any) -> Any:
    if not is_array(a) and not is_array(b):
        return math.gcd(a, b)
    import numpy  # here already, since an array is

    for number in (a, b):
        if isinstance(number, ArrayOverAxes):
            return number.elementwise(numpy.gcd, a, b)
    return numpy.gcd(a, b)


def _choose(name: str, condition: Any, a: Any, b: Any) -> Any:
    """One of two, by a condition; of whole numbers over axes numpy's function of the name."""
    if isinstance(condition, ArrayOverAxes):
        import numpy  # here already, since an array is

        found = condition.elementwise(getattr(numpy, name), a, b)
        if found is not NotImplemented:  # as of fractions
            return found
    if is_array(condition):
        return condition * _with_arrays(a) + (1 - condition) * _with_arrays(b)
    return a if condition else b


def _with_arrays(value: Any) -> Any:
    """A number that an array of integers can be multiplied by: a fraction as a ratio."""
    if isinstance(value, Fraction):
        from costcalc.numbers.ratio_array import RatioArray

        return RatioArray.of(value)
    return value


def floor(value: Any) -> Any:
    """The largest whole number not above the value."""
    return call("floor", (value,), lambda v: v // 1)


def ceil(value: Any) -> Any:
    """The smallest whole number not below the value."""
    return call("ceil", (value,), lambda v: -(-v // 1))


def nearest(value: Any) -> Any:
    """The nearest whole number, halves up: floor(value + 1/2)."""
    return call("round", (value,), lambda v: (2 * v + 1) // 2)


def divisible(value: Any, divisor: Any) -> Any:
    """The nearest multiple of `divisor`, at least one and never below 90 % of `value`.

    MobileNetV2's rounding of channel counts (arXiv:1801.04381, the authors' `_make_divisible`).
    """
    return call("divisible", aligned(value, divisor), _divisible)


def _divisible(value: Any, divisor: Any) -> Any:
    divisor = not_zero(divisor)
    if type(value) is Fraction and type(divisor) is int:  # of one network: in whole numbers
        over, under = value.numerator, value.denominator
        whole = max((2 * over + divisor * under) // (2 * divisor * under) * divisor, divisor)
        return whole + divisor * (10 * whole * under < 9 * over)
    if is_array(value):
        divisor = _with_arrays(divisor)  # what it multiplies is whole
    rounded = larger((2 * value + divisor) // (2 * divisor) * divisor, divisor)
    return rounded + divisor * (10 * rounded < 9 * value)


def divide(a: Any, b: Any) -> Any:
    """a / b, exactly: a Fraction, for arrays an array of ratios."""
    if isinstance(a, RationalArray) or isinstance(b, RationalArray):
        return a / b
    if is_array(a) or is_array(b):
        from costcalc.numbers.ratio_array import RatioArray

        return RatioArray.of(a) / RatioArray.of(b)
    return a / b if not isinstance(a, int) else Fraction(a) / b


def not_zero(divisor: Any) -> Any:
    """The divisor of a quotient. Raises `ZeroDivisionError` for zero.

    Of an array the zeros are noted, and are 1 then: a zero that divides would stop them all.
    """
    if not is_array(divisor):
        if value_of(divisor) == 0:
            raise ZeroDivisionError
        return divisor
    nonzero = divisor != 0
    if not is_array(nonzero) or nonzero.all():
        return divisor
    require_everywhere(nonzero)
    return divisor + (1 - nonzero)


def is_whole(value: Any) -> bool:
    """Whether the value is a whole number (for an array: everywhere)."""
    value = value_of(value)
    if isinstance(value, int):
        return True
    if isinstance(value, Fraction):
        return value.denominator == 1
    if value is UNKNOWN:
        return True
    return is_array(value) and (value.dtype.kind == "i" or require_everywhere(value % 1 == 0))


def as_whole(value: Any) -> Dim:
    """The dimension of a value for which `is_whole` is true."""
    if isinstance(value, Fraction):
        return value.numerator
    if is_array(value) and value.dtype.kind != "i":
        return value // 1
    return value


def is_one(size: Dim) -> bool:
    """Whether a size is 1 for certain: an array's, of which it may be one of many, is not."""
    size = value_of(size)
    return isinstance(size, int) and size == 1
