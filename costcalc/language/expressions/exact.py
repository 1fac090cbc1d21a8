"""Exact numbers: the value of an expression where every name has one.

Values are `int`, `Fraction` or `Symbol`, windows, words, truth values, tuples (lists), and whatever
else operators compute with: arrays pass through, and what decides the structure of a network must
be the same in all of one.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from costcalc.errors import SpecError
from costcalc.language.expressions.tokens import STRIDE
from costcalc.language.expressions.tree import (
    DIVISIONS,
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
)
from costcalc.numbers import conditions, dimensions
from costcalc.numbers.dimensions import Kernel
from costcalc.numbers.protocol import ArrayOverAxes, Undecided, is_array
from costcalc.numbers.symbol import value_of

if TYPE_CHECKING:
    from costcalc.language.expressions.expression import Expression

Environment = Mapping[str, Any]
Truth: TypeAlias = bool | Undecided
"""Whether something holds: undecided where it does in some configurations of an array alone."""

ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": dimensions.divide,
    "//": operator.floordiv,
    "%": operator.mod,
}
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
CALLS: dict[str, Callable[..., Any]] = {
    "floor": dimensions.floor,
    "ceil": dimensions.ceil,
    "round": dimensions.nearest,
    "divisible": dimensions.divisible,
    "min": lambda *values: functools.reduce(dimensions.smaller, values),
    "max": lambda *values: functools.reduce(dimensions.larger, values),
}


class Evaluation:
    """The values of one expression under one environment, no number beyond a limit (None: any)."""

    __slots__ = ("environment", "expression", "limit")

    def __init__(self, expression: Expression, environment: Environment, limit: int | None) -> None:
        self.expression, self.environment, self.limit = expression, environment, limit

    def value(self, node: Node) -> Any:
        """The value of a part. Raises `SpecError` at the part that is wrong."""
        return _VALUES[type(node)](self, node)

    def number(self, node: Node) -> Any:
        """The value of a part that must be a number."""
        value = _VALUES[type(node)](self, node)
        return value if type(value) is int else self.as_number(value, node)

    def as_number(self, value: Any, node: Node) -> Any:
        """A value that must be a number."""
        if isinstance(value, str | bool | tuple) or not hasattr(value, "__add__"):
            raise self.expression.error(f"is {say(value)}, not a number", node)
        return value

    def truth(self, node: Node) -> Truth:
        """The value of a part that must be true or false."""
        value = self.value(node)
        if not isinstance(value, bool | Undecided):
            raise self.expression.error(f"is {say(value)}, not true or false", node)
        return value

    def literal(self, node: Literal) -> Any:
        """A literal, unless it says two things: `4k` where `k` is a name."""
        if node.unit and node.unit in self.environment:
            written = self.expression.text[node.start : node.end - len(node.unit)]
            raise SpecError(
                f"'{written}{node.unit}' may be {say(node.value)}, or {written} * {node.unit}:"
                f" '{node.unit}' is a name here",
                self.expression.at(node),
                f"write the number in full, or {written} * {node.unit}",
            )
        return self.bounded(node.value, node) if type(node.value) is not bool else node.value

    def name(self, node: Name) -> Any:
        """What a name stands for; where nothing is called `s2` it is a stride."""
        if node.name in self.environment:
            return self.environment[node.name]
        stride = STRIDE.fullmatch(node.name)
        if stride:
            return int(stride[1])
        raise self.expression.unknown(node, self.environment)

    def negative(self, node: Negative) -> Any:
        """A number with its sign changed."""
        return 0 - self.number(node.operand)

    def arithmetic(self, node: Arithmetic) -> Any:
        """What an operator makes of two numbers."""
        left, right = self.number(node.left), self.number(node.right)
        if type(left) is not int or type(right) is not int:
            left, right = dimensions.aligned(left, right)
        function = ARITHMETIC[node.sign]
        if node.sign in DIVISIONS:
            return self.applied(lambda a, b: function(a, dimensions.not_zero(b)), node, left, right)
        return self.bounded(function(left, right), node)

    def comparison(self, node: Comparison) -> Truth:
        """Whether every comparison of a chain holds; what follows one that does not is unread."""
        if len(node.signs) > 1:
            return every(self._links(node))
        left, right = node.parts
        return self._link(node.signs[0], self.value(left), left, self.value(right), right)

    def _links(self, node: Comparison) -> Iterator[Truth]:
        left, left_node = self.value(node.parts[0]), node.parts[0]
        for sign, right_node in zip(node.signs, node.parts[1:], strict=True):
            right = self.value(right_node)
            yield self._link(sign, left, left_node, right, right_node)
            left, left_node = right, right_node

    def _link(self, sign: str, left: Any, left_node: Node, right: Any, right_node: Node) -> Truth:
        compare = COMPARISONS[sign]
        if type(left) is type(right) is int:  # of one network, which is what is built most
            return decided(compare(left, right))
        ordered = sign not in ("==", "!=")
        for value, part in ((left, left_node), (right, right_node)):
            if ordered or (isinstance(value, tuple) and not isinstance(value, Kernel)):
                # a list is no number (its elements are), and neither is a tensor
                self.as_number(value, part)
        return decided(compare(*dimensions.aligned(*as_windows(left, right))))

    def opposite(self, node: Opposite) -> Truth:
        """True for false."""
        return opposite(self.truth(node.operand))

    def logic(self, node: Logic) -> Truth:
        """Whether all parts are true, or one is; read as far as it is not decided."""
        parts = map(self.truth, node.parts)
        return every(parts) if node.sign == "and" else opposite(every(map(opposite, parts)))

    def subscript(self, node: Subscript) -> Any:
        """An element of a list, counted from 1 as repeats are."""
        values = self.value(node.list)
        if type(values) is not tuple:
            raise self.expression.error(f"is {say(values)}, not a list", node.list)
        index = single_value(value_of(self.number(node.position)))
        if not isinstance(index, int) or not 1 <= index <= len(values):
            raise self.expression.error(
                f"has the elements 1 to {len(values)}, not {say(index)}", node.list, node.position
            )
        return values[index - 1]

    def call(self, node: Call) -> Any:
        """What a function makes of its numbers."""
        return self.applied(CALLS[node.function], node, *map(self.number, node.arguments))

    def applied(self, function: Callable[..., Any], node: Node, *values: Any) -> Any:
        """What a function makes of numbers, none of which is divided by zero."""
        try:
            return self.bounded(function(*values), node)
        except ZeroDivisionError:
            raise SpecError("division by zero", self.expression.at(node)) from None

    def bounded(self, value: Any, node: Node) -> Any:
        """A value that is within the limit."""
        limit = self.limit
        if limit is None or (type(value) is int and -limit <= value <= limit):
            return value
        plain = value_of(value)
        if isinstance(plain, str | Kernel):
            return value
        over, under = (getattr(plain, p, d) for p, d in (("numerator", plain), ("denominator", 1)))
        within = (-limit * under <= over, over <= limit * under)
        if not all(map(conditions.require_everywhere, within)):
            raise self.expression.error(f"is beyond {limit:,}, the limit", node)
        return value


_VALUES: dict[type, Callable[[Evaluation, Any], Any]] = {
    Literal: Evaluation.literal,
    Name: Evaluation.name,
    Negative: Evaluation.negative,
    Arithmetic: Evaluation.arithmetic,
    Comparison: Evaluation.comparison,
    Opposite: Evaluation.opposite,
    Logic: Evaluation.logic,
    Subscript: Evaluation.subscript,
    Call: Evaluation.call,
}


def as_windows(left: Any, right: Any) -> tuple[Any, Any]:
    """Both as windows where one is: 3 is 3x3."""
    if isinstance(left, Kernel) and not isinstance(right, str | bool | Kernel):
        return left, Kernel(right, right)
    if isinstance(right, Kernel) and not isinstance(left, str | bool | Kernel):
        return Kernel(left, left), right
    return left, right


def say(value: Any) -> str:
    """A value in an error message."""
    value = value_of(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Kernel):
        return f"the window {value}"
    if type(value) is tuple:
        return f"a list of {len(value)} values"
    return f"the word '{value}'" if isinstance(value, str) else str(value)


class StructureDiffers(ValueError):
    """The configurations of an array do not all have the same structure: `value` decides it."""

    def __init__(self, value: Any) -> None:
        super().__init__("the structure differs between the configurations of one array")
        self.value = value


def single_value(value: Any) -> Any:
    """The one value of an array: structure must not differ between its configurations.

    What it would be in those that are refused already does not matter. Raises `StructureDiffers`
    where it differs; a value that is no array is itself.
    """
    if not is_array(value):
        return value
    first = value.flat[0]
    if not (value == first).all():
        found = conditions.not_refused(value)
        if found is None or (found != found[:1]).any():
            raise StructureDiffers(value)
        first = found[0] if len(found) else first
    return first.item() if is_array(first) else first


def decided(value: Any) -> Truth:
    """The truth of a comparison; undecided where it is one over axes, and is not one truth."""
    if type(value) is bool:
        return value
    try:
        return bool(single_value(value))
    except StructureDiffers:
        if isinstance(value, ArrayOverAxes):
            return Undecided(value)
        raise


def opposite(truth: Truth) -> Truth:
    """True for false."""
    return Undecided(1 - truth.present) if isinstance(truth, Undecided) else not truth


def every(truths: Iterator[Truth]) -> Truth:
    """Whether all are true. What follows one that is not is unread, and needs to make sense only
    where all before it are true.

    Raises `StructureDiffers` where it cannot be read at all.
    """
    for truth in truths:
        if isinstance(truth, Undecided):
            try:
                with conditions.constrained_to(truth.present):
                    rest = every(truths)
            except SpecError:
                raise StructureDiffers(truth.present) from None
            if isinstance(rest, Undecided):
                return decided(truth.present * rest.present)
            return truth if rest else False
        if not truth:
            return False
    return True


def known_names(names: Iterable[str]) -> list[str]:
    """The names among the keys of an environment: some of its keys hand other things down."""
    return [name for name in names if name.isidentifier()]
