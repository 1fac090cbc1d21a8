"""One axis: the exact values of a hyperparameter, and which of them each configuration has.

Values are numbers over one denominator (`FixedPoint`), floats that mean the decimals they print as
(`FloatColumn`), or a tuple of what is no number: words, truth values, whole lists.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias, overload

import numpy as np
import numpy.typing as npt

from costcalc.language.model import Hyperparameter, Value
from costcalc.numbers.arrays import Array, Ints, Selection
from costcalc.numbers.decimal_array import DecimalArray
from costcalc.numbers.factor import EXACT_FLOAT, INT64
from costcalc.numbers.factored import AxisSpace, FactoredArray
from costcalc.numbers.ratio_array import RatioArray
from costcalc.records import NamedTuple

Values: TypeAlias = Sequence[Value]

DTYPES = {"integer": np.int64, "decimal": np.float64, "boolean": np.bool_, "word": object}
"""How a hyperparameter of each kind is held in a column; a decimal as the float that prints as it
does."""


class FixedPoint(Sequence[Value]):
    """Numbers over one denominator: value i is `numerators[i] / denominator`, exactly.

    The numerators are a range, which takes no memory however long it is, an int64 array, or an
    array of Python's integers where 64 bits do not hold them.
    """

    __slots__ = ("denominator", "numerators")

    def __init__(self, numerators: range | Array, denominator: int = 1) -> None:
        self.numerators, self.denominator = numerators, denominator

    @classmethod
    def of(cls, values: Iterable[Any]) -> FixedPoint:
        """Integers and fractions over their common denominator."""
        listed = list(values)
        common = math.lcm(*(value.denominator for value in listed))
        numerators = [value.numerator * (common // value.denominator) for value in listed]
        try:
            return cls(np.array(numerators, dtype=np.int64), common)
        except OverflowError:
            return cls(np.array(numerators, dtype=object), common)

    def __len__(self) -> int:
        return len(self.numerators)

    @overload
    def __getitem__(self, index: int) -> Value: ...
    @overload
    def __getitem__(self, index: slice) -> FixedPoint: ...
    def __getitem__(self, index: int | slice) -> Value | FixedPoint:
        if isinstance(index, slice):
            return FixedPoint(self.numerators[index], self.denominator)
        value = Fraction(int(self.numerators[index]), self.denominator)
        return value.numerator if value.denominator == 1 else value

    def __eq__(self, other: object) -> bool:
        if isinstance(other, list):
            return list(self) == other
        if not isinstance(other, FixedPoint):
            return NotImplemented
        if self.denominator != other.denominator:
            return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))
        if isinstance(self.numerators, range) and isinstance(other.numerators, range):
            return self.numerators == other.numerators
        return self is other or np.array_equal(self.array, other.array)

    def __hash__(self) -> int:
        ends = self.numerators[:: max(1, len(self) - 1)]
        return hash((len(self), *(int(end) / self.denominator for end in ends)))

    @property
    def array(self) -> Array:
        """The numerators: int64 or Python's integers, of shape (values,)."""
        numerators = self.numerators
        if not isinstance(numerators, range):
            return numerators
        if self._fits:
            return np.arange(numerators.start, numerators.stop, numerators.step)
        return np.array(numerators, dtype=object)

    @property
    def _fits(self) -> bool:
        """Whether the numerators of a range are within 64 bits."""
        numerators = self.numerators
        assert isinstance(numerators, range)
        ends = (numerators.start, numerators.stop, numerators.step)
        return all(abs(end) <= INT64 for end in ends)

    @property
    def keys(self) -> Array:
        """What is equal where values are."""
        return self.array

    def taken(self, which: Selection) -> FixedPoint:
        """The values at some indices: a slice, or an int64 array."""
        numerators = self.numerators
        if not isinstance(numerators, range):
            return FixedPoint(numerators[which], self.denominator)
        if isinstance(which, slice):
            return FixedPoint(numerators[which], self.denominator)
        if self._fits:  # without a list of all
            return FixedPoint(numerators.start + numerators.step * which, self.denominator)
        return FixedPoint(self.array[which], self.denominator)

    def column(self, parameter: Hyperparameter) -> Array:
        """The values of a decimal (float64) or of an integer (int64), of shape (values,)."""
        numerators = self.array
        if self.denominator == 1:
            return numerators.astype(DTYPES[parameter.kind])
        within = self.denominator <= EXACT_FLOAT and numerators.dtype != object
        if not (within and np.abs(numerators).max(initial=0) <= EXACT_FLOAT):
            numerators = numerators.astype(object)  # Python divides with a single rounding
        return (numerators / self.denominator).astype(np.float64)

    def number(self, space: AxisSpace, along: int) -> FactoredArray | RatioArray:
        """The values along an axis of a space, as what formulas compute with."""
        whole = space.axis(along, self.array)
        return whole if self.denominator == 1 else RatioArray(whole, self.denominator)

    def exact(self) -> FixedPoint:
        """The same."""
        return self


class FloatColumn(Sequence[Value]):
    """Floats of any number of digits, each of which means the decimal it prints as."""

    __slots__ = ("keys",)

    def __init__(self, floats: npt.NDArray[np.float64]) -> None:
        self.keys = floats

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, index: int) -> Value: ...
    @overload
    def __getitem__(self, index: slice) -> FloatColumn: ...
    def __getitem__(self, index: int | slice) -> Value | FloatColumn:
        if isinstance(index, slice):
            return self.taken(index)
        value = Fraction(repr(float(self.keys[index])))
        return value.numerator if value.denominator == 1 else value

    def taken(self, which: Selection) -> FloatColumn:
        """The values at some indices: a slice, or an int64 array."""
        return FloatColumn(self.keys[which])

    def column(self, parameter: Hyperparameter) -> npt.NDArray[np.float64]:
        """The values, of shape (values,): only decimals are such."""
        return self.keys

    def number(self, space: AxisSpace, along: int) -> DecimalArray:
        """The values along an axis of a space, as what formulas compute with."""
        return DecimalArray.along(space, along, self.keys)

    def exact(self) -> FixedPoint:
        """The values as numbers over one denominator, however many digits they have."""
        return short(self.keys) or FixedPoint.of(Fraction(repr(one)) for one in self.keys.tolist())


def short(floats: npt.NDArray[np.float64]) -> FixedPoint | None:
    """Floats as the decimals they print as, None where one has more digits than int64 holds.

    A float is the decimal of k digits after the point that is nearest to it exactly if dividing
    the whole number by 10^k gives it back: that division is rounded correctly.
    """
    for digits in range(16):
        numerators = np.rint(floats * 10.0**digits)
        if not np.abs(numerators).max(initial=0) < 10**15:  # as many digits a float tells apart
            return None
        if np.array_equal(numerators / 10.0**digits, floats):
            return FixedPoint(numerators.astype(np.int64), 10**digits)
    return None


def fixed_point(array: Array) -> FixedPoint | None:
    """Different numbers of an array, floats as the decimals they print as.

    None for what has to be looked at one by one: other types, too many digits, a number twice.
    """
    if array.ndim != 1 or not len(array):
        return None
    if array.dtype == np.float64:
        found = short(array)
    elif array.dtype.kind in "iu" and array.max() <= INT64:
        found = FixedPoint(array.astype(np.int64))
    else:
        found = None
    return None if found is None or len(np.unique(found.array)) < len(array) else found


def is_number(value: Any) -> bool:
    """Whether a value may pass through the formulas in an array."""
    return isinstance(value, int | Fraction) and not isinstance(value, bool)


def as_values(values: Values) -> Values:
    """Values as an axis holds them: `FixedPoint`, `FloatColumn`, or a tuple of no numbers."""
    if isinstance(values, FixedPoint | FloatColumn):
        return values
    return FixedPoint.of(values) if all(map(is_number, values)) else tuple(values)


class Axis(NamedTuple):
    """A hyperparameter, or one index of a list, over some configurations.

    `codes` says which of the values each of the rows has. Without codes the values are the rows'
    own, one after another, or all that there are along an axis of a grid, where `start` is the
    index of the first among those of the space.
    """

    values: Values
    codes: Ints | None = None
    start: int = 0

    @property
    def is_numeric(self) -> bool:
        """Whether its values pass through the formulas together."""
        return isinstance(self.values, FixedPoint | FloatColumn)

    def value(self, row: int) -> Value:
        """The exact value of a row."""
        return self.values[row if self.codes is None else int(self.codes[row])]

    def part(self, start: int, stop: int) -> Axis:
        """The values of a stretch, of an axis of a grid."""
        return Axis(self.values[start:stop], None, self.start + start)

    def taken(self, which: Selection) -> Axis:
        """The axis of some rows: a slice, or an int64 array of their indices."""
        if self.codes is not None:
            return Axis(self.values, self.codes[which])
        assert isinstance(self.values, FixedPoint | FloatColumn)
        return Axis(self.values.taken(which))

    def groups(self) -> list[tuple[Value, Ints]]:
        """The different values of the rows, in order, each with the rows that have it."""
        keys: Array | None = self.codes
        if keys is None:
            assert isinstance(self.values, FixedPoint | FloatColumn)
            keys = self.values.keys
        return [(self.value(int(rows[0])), rows) for rows in groups(keys)]

    def present(self) -> Axis:
        """The axis with only the values that rows have."""
        if self.codes is None:
            return self
        found, codes = np.unique(self.codes, return_inverse=True)
        if isinstance(self.values, FixedPoint | FloatColumn):
            return Axis(self.values.taken(found), codes)
        return Axis(tuple(self.values[index] for index in found), codes)

    def exact(self) -> Axis:
        """The axis without floats."""
        values = self.values
        return self._replace(values=values.exact()) if isinstance(values, FloatColumn) else self

    def by_row(self) -> Axis:
        """The axis with an exact value for each row."""
        assert isinstance(self.values, FixedPoint | FloatColumn)
        exact = self.values.exact()
        return Axis(exact if self.codes is None else exact.taken(self.codes))


def groups(keys: Array) -> list[Ints]:
    """The rows of each key, in the order of the keys: int64 indices into `keys`."""
    _, inverse = np.unique(keys, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    return np.split(order, np.cumsum(np.bincount(inverse))[:-1]) if len(order) else []


def column(parameter: Hyperparameter, values: Values) -> Array:
    """Values of a hyperparameter as an array; of a list that is given whole in two dimensions."""
    if isinstance(values, FixedPoint | FloatColumn):
        return values.column(parameter)
    return np.array(values, dtype=DTYPES[parameter.kind])
