"""`--where` and `--sort`: safe expressions over whole columns, with units."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from costcalc import dimensions
from costcalc.errors import Mark, Source
from costcalc.spec.expressions import Expression
from costcalc.spec.quantities import UNITS

_SUFFIX = re.compile(r"(?<![\w.])(\d[\d_]*(?:\.\d+)?)(KiB|MiB|GiB|KB|kB|MB|GB|Ki|Mi|K|k|M|G|B)\b")


class Filter:
    """An expression over columns: hyperparameters and metrics, numbers with unit suffixes."""

    def __init__(self, text: str, option: str) -> None:
        """Parse. Raises `SpecError` (its place is in the option) for what is no expression."""
        plain = _SUFFIX.sub(lambda m: _number(Fraction(m[1].replace("_", "")) * UNITS[m[2]]), text)
        source = Source(option, plain)
        self.expression = Expression(plain, Mark(source, 0, 0, len(plain)))

    @property
    def names(self) -> set[str]:
        """The columns it needs."""
        return self.expression.names

    def require(self, known: Mapping[str, Any] | set[str]) -> None:
        """Raise `SpecError` for a name that is no column."""
        self.expression.require(known, "columns")

    def __call__(self, columns: Mapping[str, Any]) -> Any:
        """The value of the expression in every row."""
        with np.errstate(all="ignore"):
            return _value(self.expression.root, columns)


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"({value})"


_WIDE = 2.0**63
_BINARY = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: lambda a, b: _times(a, b),
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


def _value(node: ast.AST, columns: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return {"true": True, "false": False}.get(node.id, columns.get(node.id))
    if isinstance(node, ast.BinOp):
        function: Any = _BINARY[type(node.op)]
        return function(_value(node.left, columns), _value(node.right, columns))
    if isinstance(node, ast.UnaryOp):
        value = _value(node.operand, columns)
        return np.logical_not(value) if isinstance(node.op, ast.Not) else np.negative(value)
    if isinstance(node, ast.BoolOp):
        join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return join.reduce(np.broadcast_arrays(*(_value(v, columns) for v in node.values)))
    if isinstance(node, ast.Compare):
        left, result = _value(node.left, columns), np.True_
        for sign, right_node in zip(node.ops, node.comparators, strict=True):
            right = _value(right_node, columns)
            result = np.logical_and(result, _COMPARE[type(sign)](left, right))
            left = right
        return result
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    return _CALLS[node.func.id](*(_value(a, columns) for a in node.args))


def _times(a: Any, b: Any) -> Any:
    """The product: exact in 64 bits, else as a float64 that is about right, never wrapped."""
    about = np.multiply(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
    return np.multiply(a, b) if np.abs(about).max(initial=0) < _WIDE else about
