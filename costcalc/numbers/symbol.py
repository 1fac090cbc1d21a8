"""A number that remembers how it was computed.

A `Symbol` carries a formula and its value. Operators run on symbols print their own
derivation; decisions (comparisons, divisibility) are taken by the value, so a whole network
can be built on symbols without a second code path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2}
ATOM = 3


class Symbol:
    """A formula with its value: a name, an operation on symbols, or a named intermediate.

    `operation` is "name", "let", one of + - * / // %, or a function's name; `operands` are
    symbols or plain numbers (for "name" and "let" the name comes first).
    """

    __hash__ = None  # type: ignore[assignment]  # equality is that of the values
    __slots__ = ("operands", "operation", "value")

    def __init__(self, operation: str, operands: tuple[Any, ...], value: Any) -> None:
        self.operation, self.operands, self.value = operation, operands, value

    @classmethod
    def named(cls, name: str, value: Any) -> Symbol:
        """An atom that prints as `name`."""
        return cls("name", (name,), value)

    # Arithmetic. The identities x*1, x//1, x//x, x+0, x+y-y vanish, as they would on paper.
    def __add__(self, other: Any) -> Any:
        return self if _is(other, 0) else self._binary("+", self, other, lambda a, b: a + b)

    def __radd__(self, other: Any) -> Any:
        return self if _is(other, 0) else self._binary("+", other, self, lambda a, b: a + b)

    def __sub__(self, other: Any) -> Any:
        if self.operation == "+" and self.operands[1] is other:
            return self.operands[0]
        return self if _is(other, 0) else self._binary("-", self, other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Any:
        return self._binary("-", other, self, lambda a, b: a - b)

    def __mul__(self, other: Any) -> Any:
        return self if _is(other, 1) else self._binary("*", self, other, lambda a, b: a * b)

    def __rmul__(self, other: Any) -> Any:
        return self if _is(other, 1) else self._binary("*", other, self, lambda a, b: a * b)

    def __floordiv__(self, other: Any) -> Any:
        if other is self:
            return 1
        return self if _is(other, 1) else self._binary("//", self, other, lambda a, b: a // b)

    def __rfloordiv__(self, other: Any) -> Any:
        return self._binary("//", other, self, lambda a, b: a // b)

    def __mod__(self, other: Any) -> Any:
        return self._binary("%", self, other, lambda a, b: a % b)

    def __rmod__(self, other: Any) -> Any:
        return self._binary("%", other, self, lambda a, b: a % b)

    def __truediv__(self, other: Any) -> Any:
        return self._binary("/", self, other, lambda a, b: Fraction(a) / b)

    def __rtruediv__(self, other: Any) -> Any:
        return self._binary("/", other, self, lambda a, b: Fraction(a) / b)

    @staticmethod
    def _binary(sign: str, a: Any, b: Any, compute: Callable[[Any, Any], Any]) -> Symbol:
        return Symbol(sign, (a, b), compute(value_of(a), value_of(b)))

    # Decisions are taken by the value.
    def __eq__(self, other: object) -> bool:
        return bool(self.value == value_of(other))

    def __lt__(self, other: Any) -> bool:
        return bool(self.value < value_of(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.value <= value_of(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.value > value_of(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.value >= value_of(other))

    # Printing.
    def __str__(self) -> str:
        """The formula; named intermediates print as their names."""
        return _write(self, lambda leaf: str(leaf.operands[0]))

    def __repr__(self) -> str:
        return f"Symbol({self} = {self.value})"

    def expanded(self) -> str:
        """The formula in its atoms alone, named intermediates written out."""
        return _write(self, lambda leaf: str(leaf.operands[0]), open_lets=True)

    def numbers(self, expanded: bool = False) -> str:
        """The formula (or, expanded, that in its atoms) with numbers in the place of names."""
        return _write(self, lambda leaf: write_number(leaf.value), open_lets=expanded)

    def definition(self) -> Any:
        """What a named intermediate stands for (the symbol itself if it is none)."""
        node = self
        while isinstance(node, Symbol) and node.operation == "let":
            node = node.operands[1]
        return node

    def names(self) -> Iterator[Symbol]:
        """Every named intermediate inside, innermost first."""
        for operand in self.operands:
            if isinstance(operand, Symbol):
                yield from operand.names()
        if self.operation == "let":
            yield self


def let(name: str, value: Any) -> Any:
    """Name an intermediate result: symbols print it as `name`, numbers pass through."""
    if isinstance(value, Symbol):
        return Symbol("let", (name, value), value.value)
    return value


def call(function: str, operands: tuple[Any, ...], compute: Callable[..., Any]) -> Any:
    """Apply `compute`; where an operand is a symbol the result prints as a call."""
    for operand in operands:
        if isinstance(operand, Symbol):
            return Symbol(function, operands, compute(*map(value_of, operands)))
    return compute(*operands)


def value_of(number: Any) -> Any:
    """The plain number of a symbol; anything else is itself."""
    return number.value if isinstance(number, Symbol) else number


def write_number(value: Any) -> str:
    """A number as a person writes it: 0.75 rather than 3/4, but 1/3."""
    if not isinstance(value, Fraction):
        return str(value)
    if value.denominator == 1:
        return str(value.numerator)
    digits, rest = 0, value.denominator
    for prime in (2, 5):
        power = 0
        while rest % prime == 0:
            rest, power = rest // prime, power + 1
        digits = max(digits, power)
    if rest != 1:
        return f"({value.numerator}/{value.denominator})"
    scaled = value * 10**digits
    text = f"{abs(scaled.numerator):0{digits + 1}d}"
    return f"{'-' if value < 0 else ''}{text[:-digits]}.{text[-digits:]}"


def _is(number: Any, constant: int) -> bool:
    return isinstance(number, int) and number == constant


def _write(symbol: Any, leaf: Callable[[Symbol], str], open_lets: bool = False) -> str:
    return _write_at(symbol, leaf, open_lets)[0]


def _runs_on(node: Any, operation: str, open_lets: bool) -> bool:
    """Whether a formula is that operation, and so is what it begins with at the same rank."""
    while open_lets and isinstance(node, Symbol) and node.operation == "let":
        node = node.operands[1]
    if not isinstance(node, Symbol) or node.operation != operation:
        return False
    first = node.operands[0]
    while open_lets and isinstance(first, Symbol) and first.operation == "let":
        first = first.operands[1]
    same_rank = (
        isinstance(first, Symbol) and PRECEDENCE.get(first.operation) == PRECEDENCE[operation]
    )
    return not same_rank or _runs_on(first, operation, open_lets)


def _write_at(node: Any, leaf: Callable[[Symbol], str], open_lets: bool) -> tuple[str, int]:
    """The text of a node and how tightly it binds."""
    if not isinstance(node, Symbol):
        return write_number(node), ATOM
    if node.operation == "let" and open_lets:
        return _write_at(node.operands[1], leaf, open_lets)
    if node.operation in ("name", "let"):
        return leaf(node), ATOM
    parts = [_write_at(operand, leaf, open_lets) for operand in node.operands]
    if node.operation not in PRECEDENCE:
        return f"{node.operation}({', '.join(text for text, _ in parts)})", ATOM
    own = PRECEDENCE[node.operation]
    (left, left_binds), (right, right_binds) = parts
    # a - (b - c), a // (b * c): a right operand of equal rank keeps its parentheses,
    # unless both are the same associative operation all along: a * (b // c * d) is another number
    associative = node.operation in "+*" and _runs_on(node.operands[1], node.operation, open_lets)
    left = left if left_binds >= own else f"({left})"
    right = right if right_binds > own or associative else f"({right})"
    return f"{left} {node.operation} {right}", own
