"""The parts of an expression, each of which knows where it stands in the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias


class Part:
    """A part of an expression, from `start` to `end` of its text."""

    def __init__(self, start: int, end: int) -> None:
        self.start, self.end = start, end


class Literal(Part):
    """A number, a window, a quoted word or a truth value."""

    def __init__(self, start: int, end: int, value: Any, unit: str = "") -> None:
        super().__init__(start, end)
        self.value, self.unit = value, unit


class Name(Part):
    """A name."""

    def __init__(self, start: int, end: int, name: str) -> None:
        super().__init__(start, end)
        self.name = name


class Negative(Part):
    """A minus before a value."""

    def __init__(self, start: int, operand: Node) -> None:
        super().__init__(start, operand.end)
        self.operand = operand


class Arithmetic(Part):
    """One of + - * / // % between two values."""

    def __init__(self, sign: str, left: Node, right: Node) -> None:
        super().__init__(left.start, right.end)
        self.sign, self.left, self.right = sign, left, right


class Comparison(Part):
    """Two or more values, a comparison between each and the next: `signs` is one shorter."""

    def __init__(self, signs: Sequence[str], parts: Sequence[Node]) -> None:
        super().__init__(parts[0].start, parts[-1].end)
        self.signs, self.parts = signs, parts


class Opposite(Part):
    """`not` before a truth value."""

    def __init__(self, start: int, operand: Node) -> None:
        super().__init__(start, operand.end)
        self.operand = operand


class Logic(Part):
    """`and` or `or` between two or more truth values."""

    def __init__(self, sign: str, parts: Sequence[Node]) -> None:
        super().__init__(parts[0].start, parts[-1].end)
        self.sign, self.parts = sign, parts


class Subscript(Part):
    """An element of a list: `k[3]`."""

    def __init__(self, end: int, name: Name, position: Node) -> None:
        super().__init__(name.start, end)
        self.list, self.position = name, position


class Call(Part):
    """A function of some values."""

    def __init__(self, start: int, end: int, function: str, arguments: Sequence[Node]) -> None:
        super().__init__(start, end)
        self.function, self.arguments = function, arguments


Node: TypeAlias = (
    Literal | Name | Negative | Arithmetic | Comparison | Opposite | Logic | Subscript | Call
)


def children(node: Node) -> Sequence[Node]:
    """The parts of a node."""
    if isinstance(node, Literal | Name):
        return ()
    if isinstance(node, Negative | Opposite):
        return (node.operand,)
    if isinstance(node, Arithmetic):
        return node.left, node.right
    if isinstance(node, Subscript):
        return node.list, node.position
    return node.arguments if isinstance(node, Call) else node.parts


DIVISIONS = ("/", "//", "%")


def divisor(node: Node) -> Node | None:
    """What a node divides by, which must not be zero; None where it divides by nothing."""
    if isinstance(node, Arithmetic) and node.sign in DIVISIONS:
        return node.right
    if isinstance(node, Call) and node.function == "divisible":
        return node.arguments[1]
    return None


def walk(node: Node) -> Iterator[Node]:
    """A node and all that is in it, from left to right."""
    yield node
    for child in children(node):
        yield from walk(child)
