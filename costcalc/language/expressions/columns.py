"""Columns: the value of an expression in many rows at once, exactly what `exact` says of each.

A column is an array: int64, float64 (each the decimal it prints as), truth values, words, or
Python objects, None or NaN among them where a row has no value. Shapes only need to broadcast; of a
list a column is a tuple of columns or an array of lists. What is divided by zero has no value
either. No comparison holds of what has no value.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from costcalc.language.expressions import exact
from costcalc.language.expressions.tree import (
    Arithmetic,
    Call,
    Comparison,
    Literal,
    Logic,
    Name,
    Negative,
    Node,
    Opposite,
    Subscript,
    divisor,
)
from costcalc.numbers.dimensions import Kernel
from costcalc.numbers.exact_array import ExactArray, fits

if TYPE_CHECKING:
    from costcalc.language.expressions.expression import Expression


class Columns(Protocol):
    """Columns by name."""

    def get(self, name: str, default: Any, /) -> Any:
        """A column, the default where there is none."""


def values(expression: Expression, columns: Columns) -> Any:
    """The value in every row: a column, an `ExactArray`, or a constant; NaN if none has one."""
    found = _Rows(columns).value(expression.root)
    return np.asarray(np.nan) if found is None else found


def truths(expression: Expression, columns: Columns) -> Any:
    """Whether the expression is true, an array of truth values; without a value it is not."""
    return as_truths(_Rows(columns).value(expression.root))


class _Rows:
    """The values of the parts of an expression in the rows of some columns."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns

    def value(self, node: Node) -> Any:
        return _VALUES[type(node)](self, node)

    def literal(self, node: Literal) -> Any:
        return node.value

    def name(self, node: Name) -> Any:
        return self.columns.get(node.name, None)

    def negative(self, node: Negative) -> Any:
        value = self.value(node.operand)
        if _is_array(value) and value.dtype.kind == "f":
            return -value
        return None if value is None else -(value if _is_constant(value) else ExactArray.of(value))

    def arithmetic(self, node: Arithmetic) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if left is None or right is None:
            return None
        if _is_constant(left) and _is_constant(right):
            zero = divisor(node) is not None and right == 0
            return None if zero else exact.ARITHMETIC[node.sign](left, right)
        function = exact.ARITHMETIC[node.sign] if node.sign != "/" else ExactArray.__truediv__
        return function(ExactArray.of(left), ExactArray.of(right))

    def comparison(self, node: Comparison) -> Any:
        left, found = self.value(node.parts[0]), np.True_
        for sign, part in zip(node.signs, node.parts[1:], strict=True):
            right = self.value(part)
            found = found & compared(sign, left, right)
            left = right
        return found

    def opposite(self, node: Opposite) -> Any:
        return ~as_truths(self.value(node.operand))

    def logic(self, node: Logic) -> Any:
        join = np.logical_and if node.sign == "and" else np.logical_or
        return functools.reduce(join, (as_truths(self.value(part)) for part in node.parts))

    def subscript(self, node: Subscript) -> Any:
        """An element of a list: a column of its own, or one of an array of lists."""
        lists, index = self.value(node.list), self.value(node.position) - 1
        if lists is None:
            return None
        if isinstance(lists, tuple):
            return lists[index]
        if lists.ndim == 2:
            return lists[:, index]
        found = np.empty(lists.shape, dtype=object)
        found[:] = [one[index] if isinstance(one, list | tuple) else one for one in lists.tolist()]
        return found

    def call(self, node: Call) -> Any:
        arguments = [self.value(argument) for argument in node.arguments]
        if any(argument is None for argument in arguments):
            return None
        if all(map(_is_constant, arguments)):
            zero = divisor(node) is not None and arguments[1] == 0
            return None if zero else exact.CALLS[node.function](*arguments)
        return _CALLS[node.function](*map(ExactArray.of, arguments))


_VALUES: dict[type, Callable[[_Rows, Any], Any]] = {
    Literal: _Rows.literal,
    Name: _Rows.name,
    Negative: _Rows.negative,
    Arithmetic: _Rows.arithmetic,
    Comparison: _Rows.comparison,
    Opposite: _Rows.opposite,
    Logic: _Rows.logic,
    Subscript: _Rows.subscript,
    Call: _Rows.call,
}


def _smaller(a: ExactArray, b: ExactArray) -> ExactArray:
    return a.chosen(a.compared(operator.lt, b), b)


def _larger(a: ExactArray, b: ExactArray) -> ExactArray:
    return a.chosen(a.compared(operator.gt, b), b)


def _divisible(value: ExactArray, divisor: ExactArray) -> ExactArray:
    """As `dimensions.divisible` says."""
    rounded = _larger((value * 2 + divisor) // (divisor * 2) * divisor, divisor)
    return (rounded + divisor).chosen((rounded * 10).compared(operator.lt, value * 9), rounded)


_CALLS: dict[str, Callable[..., ExactArray]] = {
    "floor": lambda value: value // 1,
    "ceil": lambda value: -(-value // 1),
    "round": lambda value: (value * 2 + 1) // 2,
    "divisible": _divisible,
    "min": lambda *values: functools.reduce(_smaller, values),
    "max": lambda *values: functools.reduce(_larger, values),
}


def compared(sign: str, a: Any, b: Any) -> Any:
    """Where a comparison holds between two values; nowhere without both of them."""
    if a is None or b is None:
        return np.False_
    a, b = _as_number(a, b), _as_number(b, a)
    function = _COMPARISONS[sign]
    if _is_constant(a) and _is_constant(b):
        return np.bool_(function(*exact.as_windows(a, b)))
    if _is_plain(a) and _is_plain(b):
        return np.asarray(function(a, b))
    if _is_decimal(a) and (_is_decimal(b) or _is_constant(b)):
        return _decimals_compared(function, a, b)
    if _is_decimal(b) and _is_constant(a):
        return _decimals_compared(_COMPARISONS[_TURNED.get(sign, sign)], b, a)
    if (_is_number(a) and _is_number(b)) or function not in (operator.eq, operator.ne):
        return ExactArray.of(a).compared(function, ExactArray.of(b))
    return _objects_compared(function, a, b)


_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _decimals_compared(function: Callable[[Any, Any], Any], floats: Any, other: Any) -> Any:
    """Compare floats, as the decimals they print as, with other ones or a constant.

    Decimals have the order of the floats nearest to them. Only where the floats are equal the
    decimals may differ: a float's own one is the shortest, a constant may have more digits.
    """
    if isinstance(other, str):
        return _objects_compared(function, floats, other)
    if _is_array(other):
        nearest, differs = other, False
    else:
        nearest = _nearest_float(other)
        own = Fraction(repr(nearest)) if math.isfinite(nearest) else nearest
        differs = function(own, other) != function(nearest, nearest)
    found = function(floats, nearest)
    if differs:
        found = found ^ (floats == nearest)
    return found & (floats == floats) & (nearest == nearest) if function is operator.ne else found


def _nearest_float(number: int | Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _objects_compared(function: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """Whether words, truth values and whatever else is in columns are equal, or are not."""
    x, y = np.asarray(a, dtype=object), np.asarray(b, dtype=object)
    if not isinstance(a, str | bool) and not isinstance(b, str | bool):
        x, y = _decimals_of_floats(x), _decimals_of_floats(y)
    found = np.asarray(function(x, y)).astype(bool)
    if function is operator.eq and (_is_constant(a) or _is_constant(b)):
        return found  # no constant equals None
    return found & _has_value(x) & _has_value(y)


def _decimals_of_floats(objects: Any) -> Any:
    """The same objects, floats as the decimals they print as."""
    found = np.empty(objects.size, dtype=object)
    found[:] = [
        Fraction(repr(one)) if isinstance(one, float) and math.isfinite(one) else one
        for one in objects.flat
    ]
    return found.reshape(objects.shape)


def _has_value(objects: Any) -> Any:
    return (objects != None) & (objects == objects)  # noqa: E711 - element by element


def as_truths(value: Any) -> Any:
    """Truth values, false where there is none."""
    array = np.asarray(value)
    return array if array.dtype == np.bool_ else np.equal(array.astype(object), True).astype(bool)


def _as_number(value: Any, beside: Any) -> Any:
    """A window beside a column as the number it is, 3 for 3x3; any other one equals none."""
    if not isinstance(value, Kernel) or _is_constant(beside):
        return value
    return value.h if value.h == value.w else exact.say(value)


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.generic)


def _is_constant(value: Any) -> bool:
    return not isinstance(value, np.ndarray | np.generic | ExactArray)


def _is_plain(value: Any) -> bool:
    """Whether numpy compares it exactly with others of its kind: integers of 64 bits, truths."""
    return value.dtype.kind in "ib" if _is_array(value) else isinstance(value, int) and fits(value)


def _is_decimal(value: Any) -> bool:
    return _is_array(value) and value.dtype.kind == "f"


def _is_number(value: Any) -> bool:
    if _is_array(value):
        return value.dtype.kind in "iuf"
    return isinstance(value, int | Fraction | ExactArray)
