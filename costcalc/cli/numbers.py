"""Options that are numbers: written as everywhere in costcalc, `64` or `1K`, and bounded."""

from __future__ import annotations

from typing import Any

import click

from costcalc.errors import CostcalcError
from costcalc.language import limits
from costcalc.language.numerals import read_number, require_short
from costcalc.safe_text import shortened, visible


class NumberType(click.ParamType):  # type: ignore[type-arg]  # generic only for newer clicks
    """A number between bounds, both included."""

    name = "number"
    whole = False

    def __init__(self, least: int, most: int = limits.NUMBER) -> None:
        self.least, self.most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number, whole ones exact; a usage error for what is none, or out of bounds."""
        if not isinstance(value, str):  # a default
            return value
        try:
            number = read_number(require_short(value.strip(), "a number"))
        except CostcalcError as error:
            self.fail(str(error), param, ctx)
        if number is None or (self.whole and number.denominator != 1):
            kind = "whole number" if self.whole else "number"
            self.fail(f"'{visible(shortened(value))}' is no {kind}", param, ctx)
        if not self.least <= number <= self.most:
            self.fail(f"{shortened(value)} is not from {self.least:,} to {self.most:,}", param, ctx)
        return number.numerator if number.denominator == 1 else float(number)


class WholeNumberType(NumberType):
    """A whole number between bounds, both included."""

    name = "integer"
    whole = True


def workers_option(large: str) -> click.Option:
    """`--workers`, for a command that uses every core by itself where the work is large."""
    return click.Option(
        ["--workers"],
        type=WholeNumberType(1, limits.WORKERS),
        metavar="N",
        help=f"processes (default: one a core for {large})",
    )
