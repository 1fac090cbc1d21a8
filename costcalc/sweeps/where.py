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
from typing import Any, NoReturn, Protocol

import numpy as np

from costcalc.errors import Mark, Source, SpecError
from costcalc.language.expressions import Expression
from costcalc.language.quantities import UNITS
from costcalc.numbers import dimensions
from costcalc.sweeps.schema import Field

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

    def descends(self) -> bool:
        """Whether a key has a minus before all of it, which it loses: words have an order too."""
        root = self.expression.root
        if not (isinstance(root, ast.UnaryOp) and isinstance(root.op, ast.USub)):
            return False
        self.expression.root = root.operand
        return True

    @property
    def names(self) -> set[str]:
        """The columns it needs."""
        return self.expression.names - set(self.units)

    def require(self, known: Mapping[str, Any] | set[str]) -> None:
        """Raise `SpecError` for a name that is no column."""
        self.expression.require({**dict.fromkeys(known), **self.units}, "columns")

    def check(self, fields: Mapping[str, Field], use: str) -> None:
        """Raise `SpecError` where columns hold something else than they are used as.

        A "condition" is to be true or false, a "cost" a number, a "key" a number, a word or a
        truth value. A column that is not among the fields is what some other network has.
        """
        kind = self._kind(self.expression.root, fields)
        wanted = {"condition": [_TRUTH], "cost": [_NUMBER], "key": [_NUMBER, _WORD, _TRUTH]}[use]
        if kind is not None and kind not in wanted:
            self._refuse(self.expression.root, kind, wanted[0])

    def _refuse(self, node: ast.AST, kind: str | None, wanted: str) -> NoReturn:
        text = self.expression.text.strip()
        part = text[getattr(node, "col_offset", 0) : getattr(node, "end_col_offset", len(text))]
        hints = {
            _WORD: f"compare a word by {part} == 'word'",
            _LIST: f"a list by its places: {part}[1]",
            _NUMBER: f"compare a number: {part} > 0",
        }
        raise SpecError(
            f"'{part}' is {kind}, not {wanted}", self.expression.mark, hints.get(kind or "", "")
        )

    def _require(self, node: ast.AST, fields: Mapping[str, Field], wanted: str) -> str:
        kind = self._kind(node, fields)
        if kind not in (None, wanted):
            self._refuse(node, kind, wanted)
        return wanted

    def _kind(self, node: ast.AST, fields: Mapping[str, Field]) -> str | None:
        """What a part of the expression is, None where it is not known."""
        if isinstance(node, ast.Constant):
            return _WORD if isinstance(node.value, str) else _NUMBER
        if isinstance(node, ast.Name):
            if node.id in ("true", "false"):
                return _TRUTH
            if node.id in self.units:
                return _NUMBER
            field = fields.get(node.id)
            return None if field is None else _LIST if field.places else _KINDS[field.kind]
        if isinstance(node, ast.BinOp):
            self._require(node.left, fields, _NUMBER)
            return self._require(node.right, fields, _NUMBER)
        if isinstance(node, ast.UnaryOp):
            wanted = _TRUTH if isinstance(node.op, ast.Not) else _NUMBER
            return self._require(node.operand, fields, wanted)
        if isinstance(node, ast.BoolOp):
            for part in node.values:
                self._require(part, fields, _TRUTH)
            return _TRUTH
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
            for part in parts:
                if self._kind(part, fields) == _LIST:
                    self._refuse(part, _LIST, _NUMBER)
            for sign, pair in zip(node.ops, itertools.pairwise(parts), strict=True):
                if not isinstance(sign, ast.Eq | ast.NotEq):
                    for part in pair:
                        self._require(part, fields, _NUMBER)
            return _TRUTH
        if isinstance(node, ast.Subscript):
            return self._kind_of_place(node, fields)
        assert isinstance(node, ast.Call)
        for part in node.args:
            self._require(part, fields, _NUMBER)
        return _NUMBER

    def _kind_of_place(self, node: ast.Subscript, fields: Mapping[str, Field]) -> str | None:
        assert isinstance(node.value, ast.Name)
        place = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if self._kind(node.value, fields) not in (None, _LIST):
            self._refuse(node.value, self._kind(node.value, fields), _LIST)
        field = fields.get(node.value.id)
        most = field.places if field is not None and field.places else math.inf
        if not isinstance(place, int) or not 1 <= place <= most:
            ends = "from 1" if field is None else f"from 1 to {most}"
            raise SpecError(
                f"a place of '{node.value.id}' is a whole number {ends}", self.expression.mark
            )
        return None if field is None else _KINDS[field.kind]

    def __call__(self, columns: Readable) -> Any:
        """The value of the expression in every row."""
        with np.errstate(all="ignore"):
            return self._value(self.expression.root, columns)

    def holds(self, columns: Readable) -> Any:
        """Whether the expression is true in every row; what has no value is not."""
        return _true(self(columns))

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
            if isinstance(node.op, ast.Not):
                return np.logical_not(_true(value))
            return _exact(np.subtract, 0, value)
        if isinstance(node, ast.BoolOp):
            join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            parts = (_true(self._value(part, columns)) for part in node.values)
            return join.reduce(np.broadcast_arrays(*parts))
        if isinstance(node, ast.Compare):
            left, result = self._value(node.left, columns), np.True_
            for sign, right_node in zip(node.ops, node.comparators, strict=True):
                right = self._value(right_node, columns)
                result = np.logical_and(result, _compared(_COMPARE[type(sign)], left, right))
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
        if isinstance(values, tuple):
            return values[place]
        if np.ndim(values) == 2:
            return values[:, place]
        if np.ndim(values) == 0:
            return values  # of a network without it
        lists = [value[place] if isinstance(value, list) else value for value in values.tolist()]
        return np.array(lists, dtype=object)


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
    "divisible": lambda x, d: dimensions.divisible(x, _divisor(d)),
}
_TRUTH, _NUMBER, _WORD, _LIST = "true or false", "a number", "a word", "a list"
_KINDS = {"boolean": _TRUTH, "integer": _NUMBER, "decimal": _NUMBER, "word": _WORD}
_WIDE = 2**63


def _known(columns: Readable, name: str) -> Any:
    """A column, not a number where a network does not have it: then nothing holds of it."""
    values = columns.get(name, np.nan)
    if isinstance(values, np.ndarray) and values.dtype == object and None in values:
        return np.array([np.nan if value is None else value for value in values], dtype=object)
    return values


def _true(value: Any) -> Any:
    """Truth values, false where there is none."""
    array = np.asarray(value)
    if array.dtype == np.bool_:
        return array
    return np.equal(array.astype(object), True).astype(bool)


def _compared(function: Callable[..., Any], a: Any, b: Any) -> Any:
    """A comparison, which what has no value never fulfils."""
    x, y = np.asarray(a), np.asarray(b)
    if x.dtype.kind in "OU" or y.dtype.kind in "OU":
        x, y = x.astype(object), y.astype(object)
        return np.logical_and(function(x, y), np.logical_and(x == x, y == y)).astype(bool)
    found = function(a, b)
    if function is np.not_equal:
        found = found & (x == x) & (y == y)
    return found


def _divisor(value: Any) -> Any:
    """A divisor, not a number where it is zero: then nothing holds of the quotient."""
    zero = np.equal(value, 0)
    return np.where(zero, np.nan, value) if np.any(zero) else value


def _exact(function: Callable[..., Any], a: Any, b: Any) -> Any:
    """Arithmetic that does not wrap: integers beyond 64 bits are Python's own."""
    if function in (np.true_divide, np.floor_divide, np.remainder):
        b = _divisor(b)
    x, y = np.asarray(a), np.asarray(b)
    if all(v.dtype.kind in "iuO" for v in (x, y)) and function in _GROWING:
        if x.dtype.kind == y.dtype.kind == "i":
            largest = (max(abs(int(v.min(initial=0))), int(v.max(initial=0))) for v in (x, y))
            combine: Any = math.prod if function is np.multiply else sum
            wide = combine(largest) >= _WIDE
        else:
            wide = True
        if wide:
            return function(x.astype(object), y.astype(object))
    return function(a, b)


_GROWING = (np.add, np.subtract, np.multiply)
