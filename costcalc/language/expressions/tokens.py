"""The words of the language: numbers with their units, windows, names, quoted words, signs.

>>> from costcalc.errors import Source
>>> text = "floor(1.5K * out) <= 3x3"
>>> [token.text for token in tokenize(text, Source("net.yaml", text).mark(0))]
['floor', '(', '1.5K', '*', 'out', ')', '<=', '3x3', '']
"""

from __future__ import annotations

import re
from typing import Any

from costcalc.errors import Mark, SpecError, suggest
from costcalc.language import limits
from costcalc.language.numerals import NUMBER, SCALES, exact_number
from costcalc.numbers.dimensions import Kernel
from costcalc.records import NamedTuple

NAME = r"[A-Za-z_][A-Za-z0-9_]*"
WINDOW = re.compile("([0-9]{1,9})x([0-9]{1,9})")
"""A window, height x width: `3x3`."""
STRIDE = re.compile("s([0-9]{1,9})")
"""A stride as papers write it, where no name is called so: `s2`."""
KEYWORDS = ("and", "or", "not")

# A % directly behind a number is a share where no operand follows at once: 33%, but 7%4.
_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<window>{WINDOW.pattern}(?![\w.]))
    | (?P<number>{NUMBER})(?P<unit>{NAME}|%(?![\w.('"]))?
    | (?P<name>{NAME})
    | (?P<word>'[^']*'|"[^"]*")
    | (?P<sign>//|[<>=!]=|[*](?![*])|<(?!>)|[-+/%>()\[\],])
    | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_STRANGE = r"\s*([*]{2}|&&|[|]{2}|<>|\S)"
_VOLUME = r"[0-9]+[xX×][0-9]+[xX×][0-9]"
_CROSS = r"([0-9]+)\s*[xX×]\s*([0-9]+)"
_MEANT = {
    "**": "a power is written as a product: x * x",
    "^": "a power is written as a product: x * x",
    **dict.fromkeys("·⋅∗", "multiplication is *, and a window is written 3x3"),
    **dict.fromkeys("÷∕", "division is /, rounded down //"),
    **dict.fromkeys("−–—", "minus is -"),
    **dict.fromkeys(("&", "&&"), "both at once is written: a and b"),
    **dict.fromkeys(("|", "||"), "one or the other is written: a or b"),
    "!": "the opposite is written: not a",
    "=": "equality is ==",
    "<>": "inequality is !=",
    "≤": "at most is <=",
    "≥": "at least is >=",
    "≠": "inequality is !=",
    **dict.fromkeys("“”‘’„`´", "words are quoted as in 'full'"),
    ".": "decimals are written as 0.5, and names have no points in them",
    "{": "parentheses are ( )",
    "}": "parentheses are ( )",
}
"""What who writes a foreign sign may mean."""


class Token(NamedTuple):
    """A word of an expression, from `start` to `end` of its text.

    `kind` is "number", "window", "name", "word", "sign" or "end". `value` is the exact number
    with its unit, the window, or the word without its quotes.
    """

    kind: str
    text: str
    start: int
    value: Any = None
    unit: str = ""

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)


def tokenize(text: str, mark: Mark) -> list[Token]:
    """The tokens of a text, an empty one of kind "end" last.

    Raises `SpecError` at what is none, and for a text that is too long to be one.
    """
    if len(text) > limits.EXPRESSION_CHARACTERS:
        raise SpecError(
            f"an expression of {len(text):,} characters; the limit is"
            f" {limits.EXPRESSION_CHARACTERS}",
            mark,
        )
    found: list[Token] = []
    position = 0
    while True:
        match = _TOKEN.match(text, position)
        if match is None:
            raise _strange(text, position, mark)
        kind = match.lastgroup
        if kind == "unit":
            kind = "number"
        assert kind is not None
        start = match.start(kind)
        position = match.end()
        if kind == "number":
            found.append(_number(match, text, mark))
        elif kind == "word":
            found.append(Token(kind, match[kind], start, match[kind][1:-1]))
        elif kind == "window":
            found.append(Token(kind, match[kind], start, window(match[kind])))
        else:
            found.append(Token(kind, match[kind], start))
            if kind == "end":
                return found


def window(text: str) -> Kernel:
    """The window of `3x3`."""
    height, _, width = text.partition("x")
    return Kernel(int(height), int(width))


def inside(mark: Mark, text: str, start: int, end: int) -> Mark:
    """The mark of a part of a text that stands at a mark."""
    if "\n" in text and mark.source.text == text:  # an option of several lines
        return mark.source.mark(start)._replace(length=max(1, end - start))
    return mark.inside(start, max(1, end - start))


def _number(match: re.Match[str], text: str, mark: Mark) -> Token:
    written, unit = match["number"], match["unit"] or ""
    value = exact_number(written)
    start = match.start("number")
    if unit:
        if unit not in SCALES:
            raise SpecError(
                f"unknown unit '{unit}'",
                inside(mark, text, match.start("unit"), match.end()),
                _unit_hint(written, unit),
            )
        value = value * SCALES[unit]
        value = value.numerator if value.denominator == 1 else value
    return Token("number", written + unit, start, value, unit)


def _unit_hint(written: str, unit: str) -> str:
    if re.fullmatch("[xX][0-9].*|x|X", unit):
        return product(written + unit, 0)
    if re.fullmatch("[eE][0-9]+", unit):
        return "an exponent has one or two digits: 1e6"
    hint = suggest(unit, SCALES, "units")
    return hint if hint.startswith("did you mean") else f"{hint}; a product is {written} * {unit}"


def product(text: str, position: int) -> str:
    """What to write for a cross around a position: between two numbers it may be a window."""
    if re.search(_VOLUME, text):
        return "height x width: three-dimensional layers are not part of this language"
    for factors in re.finditer(_CROSS, text):
        if factors.start() <= position < factors.end():
            height, width = factors.groups()
            return f"a window is written {height}x{width}, a product {height} * {width}"
    return "multiplication is *, a window is written 3x3, one of expressions [h, w]"


def _strange(text: str, position: int, mark: Mark) -> SpecError:
    match = re.compile(_STRANGE).match(text, position)
    assert match is not None
    sign = match[1]
    hint = _MEANT.get(sign, "signs: + - * / // % < <= == != >= > ( ) [ ] ,")
    if sign == "×":
        hint = product(text, position)
    message = f"'{sign}' is no sign of an expression"
    if sign in "'\"":
        message, hint = "the quote is never closed", ""
    return SpecError(message, inside(mark, text, match.start(1), match.end()), hint)
