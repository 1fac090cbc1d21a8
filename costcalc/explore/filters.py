"""`--where` and `--sort`: safe expressions over whole columns, with units."""

from __future__ import annotations

import ast
import itertools
import keyword
import math
import re
import string
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from costcalc import dimensions
from costcalc.errors import Mark, Source, SpecError
from costcalc.spec.expressions import Expression
from costcalc.spec.quantities import UNITS

_SUFFIX = re.compile(r"(?<![\w.])(\d[\d_]*(?:\.\d+)?)(KiB|MiB|GiB|KB|kB|MB|GB|Ki|Mi|K|k|M|G|B)\b")


class Readable(Protocol):
    """Columns by name."""

    def get(self, name: str, default: Any, /) -> Any:
        """A column, the default where there is none."""


class Filter:
    """An expression over columns: hyperparameters and metrics, numbers with unit suffixes."""

    def __init__(self, text: str, option: str) -> None:
        """Parse. Raises `SpecError` (its place is in the option) for what is no expression."""
        self.units: dict[str, Any] = {}
        plain = _SUFFIX.sub(lambda match: self._stand_in(match, text), text)
        self.expression = Expression(plain, Mark(Source(option, text), 0, 0, len(text)))
        self.expression.text = text  # what stands in is as long: errors show what was written

    def _stand_in(self, match: re.Match[str], text: str) -> str:
        """A name as long as a number with its unit, which a parser of Python would refuse."""
        letters = itertools.product(string.ascii_letters, repeat=len(match[0]))
        name = next(
            name
            for name in map("".join, letters)
            if name not in text and name not in self.units and not keyword.iskeyword(name)
        )
        value = Fraction(match[1].replace("_", "")) * UNITS[match[2]]
        self.units[name] = value.numerator if value.denominator == 1 else float(value)
        return name

    @property
    def names(self) -> set[str]:
        """The columns it needs."""
        return self.expression.names - set(self.units)

    def require(self, known: Mapping[str, Any] | set[str]) -> None:
        """Raise `SpecError` for a name that is no column."""
        self.expression.require({**dict.fromkeys(known), **self.units}, "columns")

    def __call__(self, columns: Readable) -> Any:
        """The value of the expression in every row.

        Raises `SpecError` where words are reckoned with as numbers.
        """
        try:
            with np.errstate(all="ignore"):
                return self._value(self.expression.root, columns)
        except TypeError:
            raise SpecError(
                f"'{self.expression.text}' does not fit what its columns hold",
                self.expression.mark,
                "words and lists are no numbers: compare a word by == 'word', a list by k[1]",
            ) from None

    def _value(self, node: ast.AST, columns: Readable) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            constants = {"true": True, "false": False, **self.units}
            return constants[node.id] if node.id in constants else _known(columns, node.id)
        if isinstance(node, ast.BinOp):
            left, right = self._value(node.left, columns), self._value(node.right, columns)
            return _exact(_BINARY[type(node.op)], left, right)
        if isinstance(node, ast.UnaryOp):
            value = self._value(node.operand, columns)
            return np.logical_not(value) if isinstance(node.op, ast.Not) else np.negative(value)
        if isinstance(node, ast.BoolOp):
            join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            parts = (self._value(part, columns) for part in node.values)
            return join.reduce(np.broadcast_arrays(*parts))
        if isinstance(node, ast.Compare):
            left, result = self._value(node.left, columns), np.True_
            for sign, right_node in zip(node.ops, node.comparators, strict=True):
                right = self._value(right_node, columns)
                result = np.logical_and(result, _COMPARE[type(sign)](left, right))
                left = right
            return result
        if isinstance(node, ast.Subscript):
            return self._place(node, columns)
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Name)
        return _CALLS[node.func.id](*(self._value(a, columns) for a in node.args))

    def _place(self, node: ast.Subscript, columns: Readable) -> Any:
        """A place of a list: an array of it alone, or a column of an array of lists."""
        values = self._value(node.value, columns)
        place = int(self._value(node.slice, columns)) - 1
        return values[place] if isinstance(values, tuple) else values[:, place]


_BINARY = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.true_divide,
    ast.FloorDiv: np.floor_divide,
    ast.Mod: np.remainder,
}
_COMPARE = {
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}
_CALLS: dict[str, Callable[..., Any]] = {
    "floor": lambda x: np.floor_divide(x, 1),
    "ceil": np.ceil,
    "round": lambda x: np.floor(np.add(x, 0.5)),
    "min": lambda *xs: np.minimum.reduce(np.broadcast_arrays(*xs)),
    "max": lambda *xs: np.maximum.reduce(np.broadcast_arrays(*xs)),
    "divisible": dimensions.divisible,
}
_WIDE = 2**63


def _known(columns: Readable, name: str) -> Any:
    """A column, not a number where a network does not have it: then nothing holds of it."""
    values = columns.get(name, np.nan)
    if isinstance(values, np.ndarray) and values.dtype == object and None in values:
        return np.array([np.nan if value is None else value for value in values], dtype=object)
    return values


def _exact(function: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """Arithmetic that does not wrap: integers beyond 64 bits are Python's own."""
    x, y = np.asarray(a), np.asarray(b)
    if x.dtype.kind == y.dtype.kind == "i" and function in (np.add, np.subtract, np.multiply):
        largest = (max(abs(int(v.min(initial=0))), int(v.max(initial=0))) for v in (x, y))
        combine: Any = math.prod if function is np.multiply else sum
        bound = combine(largest)
        if bound >= _WIDE:
            return function(x.astype(object), y.astype(object))
    return function(a, b)
