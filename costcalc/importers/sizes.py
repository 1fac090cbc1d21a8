"""Sizes of a model file's tensors as exact expressions of the network's hyperparameters.

A `Size` is a polynomial with whole coefficients over names and floors, kept in one canonical
form: floor((floor((res + 1) / 2) + 1) / 2) is floor((res + 3) / 4). So two ways to the same
size are seen to be the same, and a cell that needs a size reads like one that somebody typed.
It has a value besides, by which operators decide, as by a `Symbol`'s.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Whole = Any
"""int | Size: a size that is the same under all settings is an int."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A name, or a rounded quotient of a size by a number. What reads the same is the same."""

    text: str
    value: int = field(compare=False)
    inner: Size | None = field(default=None, compare=False)
    divisor: int = field(default=1, compare=False)


class Size:
    """A size that depends on hyperparameters, with its value under their defaults."""

    __hash__ = None  # type: ignore[assignment]  # equality is that of the values
    __slots__ = ("_key", "terms", "value")

    def __init__(self, terms: dict[tuple[Factor, ...], int]) -> None:
        self.terms = terms
        self.value = sum(
            times * math.prod(factor.value for factor in factors)
            for factors, times in terms.items()
        )
        self._key: tuple[Any, ...] | None = None

    @classmethod
    def named(cls, name: str, value: int) -> Size:
        """The size that a hyperparameter, or another expression, is."""
        return cls({(Factor(name, value),): 1})

    @property
    def key(self) -> tuple[Any, ...]:
        """What two sizes have in common exactly where they are equal under all settings."""
        if self._key is None:
            self._key = tuple(
                sorted((tuple(f.text for f in factors), n) for factors, n in self.terms.items())
            )
        return self._key

    def __add__(self, other: Whole) -> Whole:
        terms = dict(self.terms)
        for factors, times in _terms(other).items():
            terms[factors] = terms.get(factors, 0) + times
        return _made(terms)

    __radd__ = __add__

    def __neg__(self) -> Whole:
        return self * -1

    def __sub__(self, other: Whole) -> Whole:
        return self + -other

    def __rsub__(self, other: Whole) -> Whole:
        return -self + other

    def __mul__(self, other: Whole) -> Whole:
        terms: dict[tuple[Factor, ...], int] = {}
        for factors, times in self.terms.items():
            for others, more in _terms(other).items():
                both = tuple(sorted((*factors, *others), key=lambda f: f.text))
                terms[both] = terms.get(both, 0) + times * more
        return _made(terms)

    __rmul__ = __mul__

    def __floordiv__(self, other: Whole) -> Whole:
        if isinstance(other, Size):
            return _quotient(self, other)
        return _floor(self, other)

    def __rfloordiv__(self, other: int) -> Whole:
        return _opaque(other // self.value)

    def __mod__(self, other: Whole) -> Whole:
        return self - (self // other) * other

    def __rmod__(self, other: int) -> Whole:
        return _opaque(other % self.value)

    # Decisions are taken by the value.
    def __index__(self) -> int:
        return self.value

    def __eq__(self, other: object) -> bool:
        return bool(self.value == value(other))

    def __lt__(self, other: Whole) -> bool:
        return bool(self.value < value(other))

    def __le__(self, other: Whole) -> bool:
        return bool(self.value <= value(other))

    def __gt__(self, other: Whole) -> bool:
        return bool(self.value > value(other))

    def __ge__(self, other: Whole) -> bool:
        return bool(self.value >= value(other))

    def __bool__(self) -> bool:
        return bool(self.value)

    def __str__(self) -> str:
        return str(self.value)

    def __repr__(self) -> str:
        return f"<{text(self)}: {self.value}>"


LONGEST = 64
"""Terms and factors of an expression that somebody would read; beyond it a size is its value."""
SPELT = 1000
"""Characters of such an expression."""

UNSAID = "?"
"""How the text of a size begins that no expression of the language says; its value follows."""


def value(size: Any) -> Any:
    """The number that a size is under the defaults."""
    return size.value if isinstance(size, Size) else size


def same(a: Whole, b: Whole) -> bool:
    """Whether two sizes are equal under all settings."""
    if isinstance(a, Size) and isinstance(b, Size):
        return a.key == b.key
    return not isinstance(a, Size) and not isinstance(b, Size) and bool(a == b)


def product(sizes: Iterable[Whole]) -> Whole:
    """All sizes multiplied."""
    return math.prod(sizes)


def text(size: Whole) -> str:
    """A size as a cell of a spec."""
    if not isinstance(size, Size):
        return str(size)
    if len(size.terms) == 1:
        ((factors, times),) = size.terms.items()
        if times == 1 and len(factors) == 1:
            alone = factors[0].text
            return alone[1:-1] if alone.startswith("(") else alone
    parts: list[str] = []
    for factors, times in sorted(size.terms.items(), key=lambda term: (term[1] < 0, not term[0])):
        sign = "-" if times < 0 else "+"
        words = [factor.text for factor in factors]
        if abs(times) != 1 or not words:
            words.insert(0, str(abs(times)))
        parts += [sign, " * ".join(words)]
    begin = [] if parts[0] == "+" else ["-1 *"]
    return " ".join([*begin, *parts[1:]])


def is_said(size: Whole) -> bool:
    """Whether an expression of the language says this size."""
    return UNSAID not in text(size)


def _terms(size: Whole) -> dict[tuple[Factor, ...], int]:
    return size.terms if isinstance(size, Size) else {(): size}


def _made(terms: dict[tuple[Factor, ...], int]) -> Whole:
    kept = {factors: times for factors, times in terms.items() if times}
    if not kept:
        return 0
    if len(kept) == 1 and () in kept:
        return kept[()]
    made = Size(kept)
    return made if sum(len(factors) + 1 for factors in kept) <= LONGEST else _opaque(made.value)


def _floor(size: Size, divisor: int) -> Whole:
    """floor(size / divisor): what it divides comes out, floors of floors become one."""
    if divisor == 1:
        return size
    if divisor < 0:
        return _floor(-size, -divisor)
    if not divisor:
        raise ZeroDivisionError
    outside = _made({f: n // divisor for f, n in size.terms.items() if f and n % divisor == 0})
    inside = {f: n for f, n in size.terms.items() if f and n % divisor}
    constant = size.terms.get((), 0)
    if not inside:
        return outside + constant // divisor
    if all(times < 0 for times in inside.values()):  # floor(-x / d) = -ceil(x / d)
        return outside - _floor(_made({**inside, (): constant}) * -1 + (divisor - 1), divisor)
    outside, rest = outside + constant // divisor, constant % divisor
    if len(inside) == 1:
        ((factors, times),) = inside.items()
        floor = factors[0]
        if times == 1 and len(factors) == 1 and floor.inner is not None:
            within = rest * floor.divisor + floor.inner
            assert isinstance(within, Size)
            return outside + _floor(within, floor.divisor * divisor)
    inner = _made({**inside, (): rest})
    quotient = _as_floor(inner, divisor)
    if len(quotient.text) > SPELT:
        return outside + _opaque(quotient.value)
    return outside + Size({(quotient,): 1})


def _as_floor(inner: Size, divisor: int) -> Factor:
    number = inner.value // divisor
    constant = inner.terms.get((), 0)
    rest = _made({factors: times for factors, times in inner.terms.items() if factors})
    one = isinstance(rest, Size) and len(rest.terms) == 1 and set(rest.terms.values()) == {1}
    if constant == divisor - 1:
        divided = text(rest) if one else f"({text(rest)})"
        return Factor(f"ceil({divided} / {divisor})", number, inner, divisor)
    shown = text(inner) if one and not constant else f"({text(inner)})"
    return Factor(f"({shown} // {divisor})", number, inner, divisor)


def _quotient(a: Size, b: Size) -> Whole:
    """a // b, exact where b divides a as a polynomial; else a number that nobody can say."""
    quotient: Whole = 0
    rest: Whole = a
    lead = max(b.terms, key=_order)
    for _ in range(8):
        if not isinstance(rest, Size):
            break
        first = max(rest.terms, key=_order)
        left = list(first)
        for factor in lead:
            if factor not in left:
                return _opaque(a.value // b.value)
            left.remove(factor)
        if rest.terms[first] % b.terms[lead]:
            return _opaque(a.value // b.value)
        part = _made({tuple(left): rest.terms[first] // b.terms[lead]})
        quotient, rest = quotient + part, rest - b * part
    return quotient if not isinstance(rest, Size) and rest == 0 else _opaque(a.value // b.value)


def _order(factors: tuple[Factor, ...]) -> tuple[int, tuple[str, ...]]:
    return len(factors), tuple(factor.text for factor in factors)


def _opaque(number: int) -> Size:
    return Size({(Factor(f"{UNSAID}{number}", number),): 1})
