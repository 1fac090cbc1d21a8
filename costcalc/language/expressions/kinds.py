"""Kinds: what every part of an expression is, said before anything is computed.

A part whose kind is not known (None) may be any: a column that only other networks have.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

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
)
from costcalc.numbers.dimensions import Kernel
from costcalc.records import NamedTuple

if TYPE_CHECKING:
    from costcalc.language.expressions.expression import Expression

TRUTH, NUMBER, WORD, WINDOW = "true or false", "a number", "a word", "a window"
_LIST = "a list"


class Kind(NamedTuple):
    """What a name stands for: `of` is one of the kinds; of a list that of each of its elements."""

    of: str
    length: int | None = None


Names = Mapping[str, Kind]


def require_kind(expression: Expression, names: Names, wanted: Sequence[str]) -> None:
    """Raise `SpecError` at the part that is of another kind than it is used as.

    Args:
        expression: What is checked.
        names: The kinds of the names that have one.
        wanted: What the whole expression may be; the first is what the message asks for.
    """
    kind = _Kinds(expression, names).of(expression.root)
    if kind is not None and kind not in wanted:
        _refuse(expression, expression.root, kind, wanted[0])


def _refuse(expression: Expression, node: Node, kind: str, wanted: str) -> NoReturn:
    part = expression.written(node)
    hints = {
        WORD: f"compare a word by {part} == 'word'",
        WINDOW: f"compare a window by {part} == 3x3",
        _LIST: f"a list by its elements: {part}[1]",
        NUMBER: f"compare a number: {part} > 0",
    }
    raise expression.error(f"is {kind}, not {wanted}", node, hint=hints.get(kind, ""))


class _Kinds:
    """The kinds of the parts of one expression."""

    def __init__(self, expression: Expression, names: Names) -> None:
        self.expression, self.names = expression, names

    def of(self, node: Node) -> str | None:
        """The kind of a part. Raises `SpecError` where something in it is of a wrong one."""
        return _KINDS[type(node)](self, node)

    def require(self, wanted: str, *nodes: Node) -> str:
        """The kind that all parts must have."""
        for node in nodes:
            kind = self.of(node)
            if kind not in (None, wanted):
                assert kind is not None
                _refuse(self.expression, node, kind, wanted)
        return wanted

    def literal(self, node: Literal) -> str:
        """A word, a window, a truth value or a number."""
        if isinstance(node.value, Kernel):
            return WINDOW
        if isinstance(node.value, bool):
            return TRUTH
        return WORD if isinstance(node.value, str) else NUMBER

    def name(self, node: Name) -> str | None:
        """What a name stands for."""
        kind = self.names.get(node.name)
        return None if kind is None else kind.of if kind.length is None else _LIST

    def negative(self, node: Negative) -> str:
        """A number."""
        return self.require(NUMBER, node.operand)

    def arithmetic(self, node: Arithmetic) -> str:
        """A number of numbers."""
        return self.require(NUMBER, node.left, node.right)

    def comparison(self, node: Comparison) -> str:
        """True or false: numbers by their order; two of a kind, but no lists, by being equal.

        A number may be a window too: 3 is 3x3.
        """
        for part in node.parts:
            if self.of(part) == _LIST:
                _refuse(self.expression, part, _LIST, NUMBER)
        for sign, pair in zip(node.signs, itertools.pairwise(node.parts), strict=True):
            if sign not in ("==", "!="):
                self.require(NUMBER, *pair)
                continue
            left, right = map(self.of, pair)
            if None in (left, right) or left == right or {left, right} == {NUMBER, WINDOW}:
                continue
            self._refuse_equality(pair, left, right)
        return TRUTH

    def _refuse_equality(
        self, pair: tuple[Node, Node], left: str | None, right: str | None
    ) -> NoReturn:
        before = self.expression.written(pair[0])
        raise self.expression.error(f"is {right}, which {before}, {left}, never equals", pair[1])

    def opposite(self, node: Opposite) -> str:
        """True or false."""
        return self.require(TRUTH, node.operand)

    def logic(self, node: Logic) -> str:
        """True or false of such."""
        return self.require(TRUTH, *node.parts)

    def subscript(self, node: Subscript) -> str | None:
        """What an element of a list is."""
        kind = self.names.get(node.list.name)
        if kind is not None and kind.length is None:
            _refuse(self.expression, node.list, kind.of, _LIST)
        most = math.inf if kind is None or kind.length is None else kind.length
        index = node.position.value if isinstance(node.position, Literal) else None
        if type(index) is not int or not 1 <= index <= most:
            ends = "from 1" if kind is None else f"from 1 to {most}"
            message = f"is no index of '{node.list.name}', which has whole numbers {ends}"
            raise self.expression.error(message, node.position)
        return None if kind is None else kind.of

    def call(self, node: Call) -> str:
        """A number of numbers."""
        return self.require(NUMBER, *node.arguments)


_KINDS: dict[type, Callable[[_Kinds, Any], str | None]] = {
    Literal: _Kinds.literal,
    Name: _Kinds.name,
    Negative: _Kinds.negative,
    Arithmetic: _Kinds.arithmetic,
    Comparison: _Kinds.comparison,
    Opposite: _Kinds.opposite,
    Logic: _Kinds.logic,
    Subscript: _Kinds.subscript,
    Call: _Kinds.call,
}
