"""The grammar of expressions: from text to a tree whose parts know where they stand.

    or           a or b                       binds least
    and          a and b
    not          not a
    comparison   a < b <= c, a == 'word'
    sum          a + b - c
    product      a * b / c // d % e
    minus        -a
    value        150M  33%  3x3  'word'  name  list[1]  floor(a)  (a)

There is nothing else: no attributes, no assignments, no other calls.
"""

from __future__ import annotations

import re
from typing import NoReturn

from costcalc.errors import Mark, SpecError, suggest
from costcalc.language import limits
from costcalc.language.expressions.tokens import KEYWORDS, Token, inside, product, tokenize
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
from costcalc.language.numerals import SCALES
from costcalc.language.torn import quotes

SUM, PRODUCT, MINUS = 5, 6, 7
NOT, COMPARISON = 3, 4
BINDS = {"or": 1, "and": 2, "+": SUM, "-": SUM}
BINDS |= dict.fromkeys(("<", "<=", "==", "!=", ">=", ">"), COMPARISON)
BINDS |= dict.fromkeys(("*", "/", "//", "%"), PRODUCT)
"""How tightly each operator binds."""
FUNCTIONS = {"floor": 1, "ceil": 1, "round": 1, "divisible": 2, "min": None, "max": None}
"""The functions, each with how many values it takes (None: one or more)."""


def parse(text: str, mark: Mark) -> Node:
    """The tree of an expression. Raises `SpecError` at what is wrong."""
    return _Parser(text, mark).whole()


def parse_several(text: str, mark: Mark) -> list[Node]:
    """The trees of expressions with commas between them. Raises `SpecError` as `parse` does."""
    return _Parser(text, mark).several()


class _Parser:
    """Precedence climbing: an operand, then operators for as long as they bind tightly enough."""

    def __init__(self, text: str, mark: Mark) -> None:
        self.text, self.mark = text, mark
        self.tokens = iter(tokenize(text, mark))
        self.next = next(self.tokens)
        self.last = self.next
        self.depth = 0

    def whole(self) -> Node:
        found = self.expression(0)
        if self.next.kind != "end":
            self.left_over()
        return found

    def several(self) -> list[Node]:
        found = [self.expression(0)]
        while self.next.text == ",":
            self.advance()
            found.append(self.expression(0))
        if self.next.kind != "end":
            self.left_over()
        return found

    def advance(self) -> Token:
        self.last = self.next
        if self.next.kind != "end":
            self.next = next(self.tokens)
        return self.last

    def refuse(self, message: str, start: int, end: int, hint: str = "") -> NoReturn:
        raise SpecError(message, inside(self.mark, self.text, start, end), hint)

    def expression(self, least: int) -> Node:
        """An operand, and the operators behind it that bind at least so tightly."""
        left = self.operand(least)
        while True:
            sign = self.next.text
            binds = BINDS.get(sign, -1)
            if binds < least:
                return left
            if binds == COMPARISON:
                left = self.comparison(left)
            elif binds < NOT:
                left = self.logic(left, sign, binds)
            else:
                self.advance()
                right = self.expression(binds + 1)
                left = Arithmetic(sign, left, right)

    def comparison(self, left: Node) -> Node:
        signs, parts = [], [left]
        while BINDS.get(self.next.text) == COMPARISON:
            signs.append(self.advance().text)
            parts.append(self.expression(COMPARISON + 1))
        return Comparison(signs, parts)

    def logic(self, left: Node, sign: str, binds: int) -> Node:
        parts = [left]
        while self.next.text == sign:
            self.advance()
            parts.append(self.expression(binds + 1))
        return Logic(sign, parts)

    def operand(self, least: int) -> Node:
        token = self.advance()
        if token.kind in ("number", "window", "word"):
            return Literal(token.start, token.end, token.value, token.unit)
        if token.text == "not" and least <= NOT:
            operand = self.nested(token, NOT)
            return Opposite(token.start, operand)
        if token.kind == "name" and token.text not in KEYWORDS:
            return self.named(token)
        if token.text == "-":
            operand = self.nested(token, MINUS)
            return Negative(token.start, operand)
        if token.text == "(":
            found = self.nested(token, 0)
            self.close(token, ")")
            found.start, found.end = token.start, self.last.end  # what is around it is written so
            return found
        return self.missing(token)

    def nested(self, opening: Token, least: int) -> Node:
        """What stands in parentheses, or behind a minus or `not`."""
        self.depth += 1
        if self.depth > limits.EXPRESSION_DEPTH:
            self.refuse(
                f"an expression nested deeper than {limits.EXPRESSION_DEPTH}, the limit",
                opening.start,
                opening.end,
            )
        found = self.expression(least)
        self.depth -= 1
        return found

    def named(self, token: Token) -> Node:
        """A name, a truth value, a call or an element of a list."""
        name = Name(token.start, token.end, token.text)
        if self.next.text == "(":
            return self.call(name)
        if token.text in ("true", "false"):
            return Literal(token.start, token.end, token.text == "true")
        if self.next.text == "[":
            opening = self.advance()
            index = self.nested(opening, 0)
            self.close(opening, "]")
            return Subscript(self.last.end, name, index)
        return name

    def call(self, name: Name) -> Node:
        if name.name not in FUNCTIONS:
            self.refuse(
                f"unknown function '{name.name}'",
                name.start,
                name.end,
                suggest(name.name, FUNCTIONS, "functions"),
            )
        opening = self.advance()
        arguments = []
        if self.next.text != ")":
            arguments.append(self.nested(opening, 0))
            while self.next.text == ",":
                self.advance()
                arguments.append(self.nested(opening, 0))
        self.close(opening, ")")
        takes = FUNCTIONS[name.name]
        if len(arguments) != takes if takes is not None else not arguments:
            self.refuse(
                f"{name.name} takes {takes or 'at least 1'} value{'s' if (takes or 1) > 1 else ''},"
                f" not {len(arguments)}",
                name.start,
                self.last.end,
            )
        return Call(name.start, self.last.end, name.name, arguments)

    def close(self, opening: Token, bracket: str) -> None:
        if self.next.text == bracket:
            self.advance()
        elif self.next.kind == "end":
            hint = quotes(inside(self.mark, self.text, opening.start, opening.end))
            self.refuse(f"'{opening.text}' is never closed", opening.start, opening.end, hint)
        else:
            self.left_over()

    def missing(self, token: Token) -> NoReturn:
        """Where a value should stand there is something else."""
        hint = "a value is a number (150M, 0.5, 33%), a name, a quoted word, floor(…) or (…)"
        if token.kind == "end":
            end = max(1, len(self.text.rstrip()))
            self.refuse("a value is missing at the end", end - 1, end, hint)
        if token.text == "[":
            hint = "an element of a list is written behind its name: k[1]"
        self.refuse(f"a value is missing before {quoted(token.text)}", token.start, token.end, hint)

    def left_over(self) -> NoReturn:
        """An expression is complete, and something follows."""
        token, before = self.next, self.last
        hint = "an operator joins two values: + - * / // % < <= == != >= > and or"
        message = f"{quoted(token.text)} follows a complete expression"
        if before.kind == "number" and token.kind == "name" and token.text in SCALES:
            hint = f"a number and its unit are one word: {before.text}{token.text}"
        elif re.fullmatch("x[0-9]*", token.text):
            hint = product(self.text, token.start)
        elif token.text == "," and not re.search(r",\s*\d{3}\b", self.text):
            hint = "of two sizes a window is written 3x3, and a list [3, 3]"
        elif token.text == "," and before.kind == "number":
            hint = "digits are grouped as in 1_000_000, or a unit says how many: 1M"
        elif token.text in (")", "]"):
            message, hint = f"'{token.text}' closes nothing", ""
        elif token.text in ("[", "("):
            hint = "a product is written a * (b), an element of a list k[1]"
        self.refuse(message, token.start, token.end, hint)


def quoted(text: str) -> str:
    """A part of an expression in a message; a word has its own quotes."""
    return text if text[0] in "'\"" else f"'{text}'"
