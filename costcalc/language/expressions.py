"""Safe arithmetic: the cells of a spec.

An expression is parsed by Python's own parser and walked: numbers, names, + - * / // %,
comparisons, and/or/not, quoted words, places of lists and a few functions. Nothing else exists:
no attributes, no slices, no other calls. Length, nesting and magnitude are bounded. Decimals are
read exactly: `0.75` is the rational 3/4.
"""

from __future__ import annotations

import ast
import functools
import operator
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, NoReturn

from costcalc.errors import Mark, SpecError, suggest
from costcalc.language import limits
from costcalc.numbers import dimensions
from costcalc.numbers.dimensions import Kernel, is_array
from costcalc.numbers.symbol import value_of

Environment = Mapping[str, Any]

_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: dimensions.divide,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_DIVISIONS = (ast.Div, ast.FloorDiv, ast.Mod)
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: lambda a, b: not single_value(a == b),
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
FUNCTIONS: dict[str, tuple[Callable[..., Any], int | None]] = {
    "floor": (dimensions.floor, 1),
    "ceil": (dimensions.ceil, 1),
    "round": (dimensions.nearest, 1),
    "divisible": (dimensions.divisible, 2),
    "min": (lambda *values: functools.reduce(dimensions.smaller, values), None),
    "max": (lambda *values: functools.reduce(dimensions.larger, values), None),
}
"""The functions of expressions, each with how many values it takes (None: one or more)."""

_KEYWORD = re.compile(r"""'[^']*'|"[^"]*"|\bin\b""")
_STAND_INS = ("iN", "In", "IN", "i_", "_i", "_n", "_N")
"""`in`, the input's elements to a convention, is a keyword to Python's parser: a name of the same
length that the expression does not use stands in for it, so that columns stay right."""
_NUMBER = re.compile(r"\d[\d_]*(?:\.\d+)?|\.\d+")
_ALLOWED = "numbers, names, + - * / // %, comparisons, and/or/not, k[i], " + ", ".join(FUNCTIONS)


class Expression:
    """A parsed expression; `evaluate` may be called with many environments."""

    __slots__ = ("mark", "names", "root", "text")

    def __init__(self, text: str, mark: Mark) -> None:
        """Parse. Raises `SpecError` for anything that is not safe arithmetic."""
        self.text, self.mark = text, mark
        if len(text) > limits.EXPRESSION_CHARACTERS:
            raise SpecError(
                f"an expression of {len(text):,} characters;"
                f" the limit is {limits.EXPRESSION_CHARACTERS}",
                mark,
            )
        if not text.isascii():
            raise _no_expression(text, mark)
        stand_in = next((name for name in _STAND_INS if name not in text), "in")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.root = ast.parse(_without_keyword(text.strip(), stand_in), mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            raise _no_expression(text, mark) from None
        for node in ast.walk(self.root):
            if isinstance(node, ast.Name) and node.id == stand_in:
                node.id = "in"
        self.names = {n.id for n in ast.walk(self.root) if isinstance(n, ast.Name)}
        self._check(self.root)

    def evaluate(self, environment: Environment) -> Any:
        """The value: an exact number, a truth value or a word.

        Raises `SpecError` at the part that is wrong: an unknown name, a division by zero, a
        word where a number belongs, a number beyond the limit.
        """
        return self._value(self.root, environment)

    def measure(self, environment: Environment) -> int | Fraction:
        """The number that facts of a network give, however large they are.

        Raises `SpecError` as `evaluate` does, and where it is a truth value or a word.
        """
        value = _Measuring(self).evaluate(environment)
        return self._number(value, self.root)  # type: ignore[no-any-return]

    def require(self, known: Iterable[str], what: str = "names") -> None:
        """Raise `SpecError` at the first name that is not known."""
        for node in ast.walk(self.root):
            if isinstance(node, ast.Name) and node.id in self.names and node.id not in known:
                self._unknown(node, known, what)

    def _at(self, node: ast.AST) -> Mark:
        start, end = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", 1)
        return self.mark.inside(start, max(1, end - start))

    def _check(self, node: ast.AST) -> None:
        """Refuse every kind of node that is not listed here."""
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str) or (
                type(node.value) in (int, float) and _NUMBER.fullmatch(self._text(node))
            ):
                return
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and not node.keywords:
                self._check_call(node, node.func.id)
                return
        elif (
            isinstance(node, ast.Name)
            or (isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC)
            or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not))
            or isinstance(node, ast.BoolOp)
            or (isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name))
            or (isinstance(node, ast.Compare) and all(type(o) in _COMPARISONS for o in node.ops))
        ):
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    self._check(child)
            return
        raise SpecError(
            f"'{self._text(node)}' is not allowed in an expression",
            self._at(node),
            f"expected {_ALLOWED}",
        )

    def _check_call(self, node: ast.Call, name: str) -> None:
        if name not in FUNCTIONS:
            raise SpecError(
                f"unknown function '{name}'",
                self._at(node.func),
                suggest(name, FUNCTIONS, "functions"),
            )
        takes = FUNCTIONS[name][1]
        if len(node.args) != takes if takes is not None else not node.args:
            raise SpecError(
                f"{name} takes {takes or 'at least 1'} value{'s' if (takes or 1) > 1 else ''},"
                f" not {len(node.args)}",
                self._at(node),
            )
        self.names.discard(name)
        for argument in node.args:
            self._check(argument)

    def _text(self, node: ast.AST) -> str:
        text = self.text.strip()
        return text[getattr(node, "col_offset", 0) : getattr(node, "end_col_offset", len(text))]

    def _value(self, node: ast.AST, env: Environment) -> Any:
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                return node.value
            return self._bounded(exact_number(self._text(node)), node)
        if isinstance(node, ast.Name):
            if node.id in ("true", "false"):
                return node.id == "true"
            if node.id not in env:
                self._unknown(node, env, "names")
            return env[node.id]
        if isinstance(node, ast.BinOp):
            return self._arithmetic(node, env)
        if isinstance(node, ast.UnaryOp):
            value = self._value(node.operand, env)
            if isinstance(node.op, ast.Not):
                return not self._truth(value, node.operand)
            return 0 - self._number(value, node.operand)
        if isinstance(node, ast.BoolOp):
            decided_by = isinstance(node.op, ast.Or)
            for part in node.values:
                if self._truth(self._value(part, env), part) is decided_by:
                    return decided_by
            return not decided_by
        if isinstance(node, ast.Compare):
            return self._compare(node, env)
        if isinstance(node, ast.Subscript):
            return self._place(node, env)
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Name)
        values = [self._number(self._value(a, env), a) for a in node.args]
        return self._guarded(FUNCTIONS[node.func.id][0], values, node)

    def _unknown(self, node: ast.Name, known: Iterable[str], what: str) -> NoReturn:
        names = (name for name in known if name.isidentifier())
        raise SpecError(f"unknown name '{node.id}'", self._at(node), suggest(node.id, names, what))

    def _place(self, node: ast.Subscript, env: Environment) -> Any:
        """The value at a place of a list, counted from 1 as repeats are."""
        values = self._value(node.value, env)
        name = self._text(node.value)
        if type(values) is not tuple:
            raise SpecError(f"'{name}' is {say(values)}, not a list", self._at(node.value))
        place = single_value(value_of(self._number(self._value(node.slice, env), node.slice)))
        if not isinstance(place, int) or not 1 <= place <= len(values):
            raise SpecError(
                f"'{name}' has the places 1 to {len(values)}, not {say(place)}",
                self._at(node.slice),
            )
        return values[place - 1]

    def _arithmetic(self, node: ast.BinOp, env: Environment) -> Any:
        left = self._number(self._value(node.left, env), node.left)
        right = self._number(self._value(node.right, env), node.right)
        function = _ARITHMETIC[type(node.op)]
        if isinstance(node.op, _DIVISIONS):
            return self._guarded(
                lambda a, b: function(a, dimensions.not_zero(b)),
                dimensions.aligned(left, right),
                node,
            )
        return self._guarded(function, dimensions.aligned(left, right), node)

    def _guarded(self, function: Callable[..., Any], values: Iterable[Any], node: ast.AST) -> Any:
        try:
            return self._bounded(function(*values), node)
        except ZeroDivisionError:
            raise SpecError("division by zero", self._at(node)) from None

    def _compare(self, node: ast.Compare, env: Environment) -> bool:
        left, left_node = self._value(node.left, env), node.left
        for sign, right_node in zip(node.ops, node.comparators, strict=True):
            right = self._value(right_node, env)
            for value, at in ((left, left_node), (right, right_node)):
                if type(value) is tuple:
                    self._number(value, at)  # a list is no number: its places are
            if not isinstance(sign, ast.Eq | ast.NotEq):
                self._number(left, left_node)
                self._number(right, right_node)
            if not single_value(
                _COMPARISONS[type(sign)](*dimensions.aligned(*_windows(left, right)))
            ):
                return False
            left, left_node = right, right_node
        return True

    def _number(self, value: Any, node: ast.AST) -> Any:
        if isinstance(value, str | bool | tuple) or not hasattr(value, "__add__"):
            raise SpecError(f"'{self._text(node)}' is {say(value)}, not a number", self._at(node))
        return value

    def _truth(self, value: Any, node: ast.AST) -> bool:
        if not isinstance(value, bool):
            raise SpecError(
                f"'{self._text(node)}' is {say(value)}, not true or false", self._at(node)
            )
        return value

    def _bounded(self, value: Any, node: ast.AST) -> Any:
        plain = value_of(value)
        over, under = (getattr(plain, p, d) for p, d in (("numerator", plain), ("denominator", 1)))
        within = (-limits.NUMBER * under <= over, over <= limits.NUMBER * under)
        if not all(map(dimensions.require_everywhere, within)):
            raise SpecError(
                f"'{self._text(node)}' is beyond {limits.NUMBER:,}, the limit", self._at(node)
            )
        return value


class _Measuring(Expression):
    """An expression over facts of a network: its limits are the network's, not those of text."""

    __slots__ = ()

    def __init__(self, expression: Expression) -> None:
        self.mark, self.names = expression.mark, expression.names
        self.root, self.text = expression.root, expression.text

    def _bounded(self, value: Any, node: ast.AST) -> Any:
        return value


def _without_keyword(text: str, stand_in: str) -> str:
    """The text with `in` written otherwise, except in quoted words."""
    return _KEYWORD.sub(lambda found: stand_in if found[0] == "in" else found[0], text)


def _windows(left: Any, right: Any) -> tuple[Any, Any]:
    """Both as windows where one is: 3 is 3x3."""
    if isinstance(left, Kernel) and not isinstance(right, str | bool | Kernel):
        return left, Kernel(right, right)
    if isinstance(right, Kernel) and not isinstance(left, str | bool | Kernel):
        return Kernel(left, left), right
    return left, right


def _no_expression(text: str, mark: Mark) -> SpecError:
    return SpecError(f"'{text}' is not an expression", mark, f"expected {_ALLOWED}")


def exact_number(text: str) -> int | Fraction:
    """An unsigned number as written: a whole one, or the exact decimal."""
    text = text.replace("_", "")
    return Fraction(text) if "." in text else int(text)


def say(value: Any) -> str:
    """A value in an error message."""
    value = value_of(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Kernel):
        return f"the window {value}"
    if isinstance(value, tuple):
        return f"a list of {len(value)} values"
    return f"the word '{value}'" if isinstance(value, str) else str(value)


class StructureDiffers(ValueError):
    """The configurations of an array do not all have the same structure: `value` decides it."""

    def __init__(self, value: Any) -> None:
        super().__init__("the structure differs between the configurations of one array")
        self.value = value


def single_value(value: Any) -> Any:
    """The one value of an array: structure must not differ between its configurations.

    Raises `StructureDiffers` where it does; a value that is no array is itself.
    """
    if not is_array(value):
        return value
    first = value.flat[0]
    if not (value == first).all():
        raise StructureDiffers(value)
    return first.item() if hasattr(first, "item") else first
