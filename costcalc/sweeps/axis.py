"""One axis: the exact values of a hyperparameter, and which of them each configuration has.

Values are `Numbers`, or a tuple of what is none: words, truth values, whole lists.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TypeAlias, overload

import numpy as np

from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Hyperparameter, Value
from costcalc.numbers.arrays import Array, Ints, Selection
from costcalc.numbers.decimal_array import DecimalArray
from costcalc.numbers.exact_array import ExactArray, decimals
from costcalc.numbers.factor import EXACT_FLOAT, INT64
from costcalc.numbers.factored import AxisSpace, FactoredArray
from costcalc.numbers.ratio_array import RatioArray
from costcalc.records import NamedTuple

Values: TypeAlias = "Numbers | tuple[Value, ...]"
Codes: TypeAlias = int | range | Ints | None
"""Which of the values configurations have: of a box one or a stretch, of rows an index each."""

DTYPES = {"integer": np.int64, "decimal": np.float64, "boolean": np.bool_, "word": object}
"""How a hyperparameter of each kind is held in a column; a decimal as the float that prints as it
does."""
SHOWN = 6
"""Values that stand for all of them where they are shown."""


class Numbers(Sequence[Value]):
    """Numbers over one denominator: value i is `numerators[i] / denominator`, exactly.

    The numerators are a range, which takes no memory however long it is, an int64 array, or an
    array of Python's integers where 64 bits do not hold them. Or they are floats of any number of
    digits, over 1, each of which means the decimal it prints as.
    """

    __slots__ = ("denominator", "numerators")

    def __init__(self, numerators: range | Array, denominator: int = 1) -> None:
        self.numerators, self.denominator = numerators, denominator

    @classmethod
    def of(cls, values: Iterable[int | Fraction]) -> Numbers:
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

    def __repr__(self) -> str:
        shown = [show_value(value) for value in self[:SHOWN]]
        return f"[{', '.join([*shown, *['…'] * (len(self) > SHOWN)])}]"

    @overload
    def __getitem__(self, index: int) -> Value: ...
    @overload
    def __getitem__(self, index: slice) -> Numbers: ...
    def __getitem__(self, index: int | slice) -> Value | Numbers:
        if isinstance(index, slice):
            return Numbers(self.numerators[index], self.denominator)
        one = self.numerators[index]
        floating = isinstance(one, np.floating)
        value = Fraction(repr(float(one))) if floating else Fraction(int(one), self.denominator)
        return value.numerator if value.denominator == 1 else value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Numbers | list):
            return NotImplemented
        if isinstance(other, list) or self.denominator != other.denominator:
            return len(self) == len(other) and all(map(operator.eq, self, other))
        if isinstance(self.numerators, range) and isinstance(other.numerators, range):
            return self.numerators == other.numerators
        return np.array_equal(self.array, other.array)

    def __hash__(self) -> int:
        return hash((len(self), *map(self.__getitem__, (0, -1)[: len(self)])))

    @property
    def array(self) -> Array:
        """The numerators: int64, Python's integers or float64, of shape (values,)."""
        if not isinstance(self.numerators, range):
            return self.numerators
        return self.taken(np.arange(len(self))).array

    def taken(self, which: Selection) -> Numbers:
        """The values at some indices: a slice, or an int64 array."""
        numerators = self.numerators
        if isinstance(which, slice):
            return self[which]
        if not isinstance(numerators, range):
            return Numbers(numerators[which], self.denominator)
        ends = (numerators.start, numerators.stop, numerators.step)
        if any(abs(end) > INT64 for end in ends):
            which = which.astype(object)  # Python's integers
        return Numbers(numerators.start + numerators.step * which, self.denominator)

    def column(self, parameter: Hyperparameter) -> Array:
        """The values of a decimal (float64) or of an integer (int64), of shape (values,)."""
        numerators = self.array
        if self.denominator == 1:
            return numerators.astype(DTYPES[parameter.kind], copy=False)
        within = self.denominator <= EXACT_FLOAT and numerators.dtype != object
        if not (within and np.abs(numerators).max(initial=0) <= EXACT_FLOAT):
            numerators = numerators.astype(object)  # Python divides with a single rounding
        return (numerators / self.denominator).astype(np.float64)

    def number(self, space: AxisSpace, along: int) -> FactoredArray | RatioArray | DecimalArray:
        """The values along an axis of a space, as what formulas compute with."""
        array = self.array
        if array.dtype == np.float64:
            return DecimalArray.along(space, along, array)
        whole = space.axis(along, array)
        return whole if self.denominator == 1 else RatioArray(whole, self.denominator)

    def exact(self) -> Numbers:
        """The values without floats, however many digits they have."""
        array = self.array
        if array.dtype != np.float64:
            return self
        found = ExactArray.of(array)
        return Numbers(found.numerators, found.denominator)


def as_printed(array: Array) -> Array:
    """Floats in 64 bits, each the one that prints alike: 0.35 in 32 bits prints as 0.35."""
    fewer = array.dtype.kind == "f" and array.dtype != np.float64
    return array.astype(str).astype(np.float64) if fewer else array


def numbers_of(array: Array) -> Numbers | None:
    """The numbers of an array, floats as the decimals they print as; None where int64 does not hold
    their digits, and of other types. Of integers the array itself is kept."""
    if array.dtype.kind in "iu" and array.max(initial=0) <= INT64:
        return Numbers(array.astype(np.int64, copy=False))
    found = decimals(array) if array.dtype == np.float64 else None
    return None if found is None else Numbers(*found)


def as_values(values: Iterable[Value]) -> Values:
    """Values as an axis holds them."""
    if isinstance(values, Numbers):
        return values
    listed = tuple(values)
    numbers = [one for one in listed if isinstance(one, int | Fraction) and type(one) is not bool]
    return Numbers.of(numbers) if len(numbers) == len(listed) else listed


class Axis(NamedTuple):
    """A hyperparameter, or one index of a list, over some configurations.

    `codes` says which of the values these have: in a box all of a stretch, or one of them; of rows
    each its own, or all the only one. Rows without codes have the values one after another. `start`
    is the index of the first value among those of a space, of which the axis may have a part.
    """

    values: Values
    codes: Codes = None
    start: int = 0

    @classmethod
    def whole(cls, values: Values, start: int = 0) -> Axis:
        """The axis of a box that has all values."""
        return cls(values, 0 if len(values) == 1 else range(len(values)), start)

    @classmethod
    def fixed(cls, value: Value, start: int = 0) -> Axis:
        """The axis of configurations that all have the same value."""
        return cls((value,), 0, start)

    @property
    def is_fixed(self) -> bool:
        """Whether there is a single value."""
        return isinstance(self.codes, int) and len(self.values) == 1

    @property
    def is_numeric(self) -> bool:
        """Whether its values pass through the formulas together."""
        return isinstance(self.values, Numbers)

    @property
    def numbers(self) -> Numbers:
        """The values of a numeric axis."""
        assert isinstance(self.values, Numbers)
        return self.values

    @property
    def each(self) -> Ints:
        """The index of each row's value."""
        assert isinstance(self.codes, np.ndarray)
        return self.codes

    def value(self, row: int) -> Value:
        """The exact value of a row."""
        return self.values[row if self.codes is None else int(self.each[row])]

    def taken(self, which: Selection) -> Axis:
        """The axis of some rows: a slice, or an int64 array of their indices."""
        if self.codes is None:
            return Axis(self.numbers.taken(which))
        return Axis(self.values, self.each[which])

    def by_row(self) -> Axis:
        """The axis with a value for each row."""
        return Axis(self.numbers if self.codes is None else self.numbers.taken(self.each))


def groups(keys: Array) -> list[Ints]:
    """The rows of each key, in the order of the keys: int64 indices into `keys`."""
    _, inverse = np.unique(keys, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    return np.split(order, np.cumsum(np.bincount(inverse))[:-1]) if len(order) else []


def column(parameter: Hyperparameter, values: Values) -> Array:
    """Values of a hyperparameter as an array; of a list that is given whole in two dimensions."""
    if isinstance(values, Numbers):
        return values.column(parameter)
    return np.array(values, dtype=DTYPES[parameter.kind])
