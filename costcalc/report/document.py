"""What is shown, before it has a format: lines of header, sheets of raw values, notes."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from costcalc.numbers.symbol import write_number
from costcalc.records import NamedTuple
from costcalc.safe_text import spreadsheet_cell, visible
from costcalc.text_columns import each_once


class For(enum.Flag):
    """Who sees a part of a result."""

    PEOPLE = enum.auto()
    CSV = enum.auto()
    JSON = enum.auto()
    NOBODY = 0
    TABLES = PEOPLE | CSV
    DATA = CSV | JSON
    ALL = PEOPLE | CSV | JSON


class Column(NamedTuple):
    """A column: its head, the key it has in data formats, and how its values are written."""

    head: str
    key: str
    kind: str = "text"  # a key of WRITERS
    tone: str = ""  # "dim" for what only accompanies its neighbour
    once: bool = False  # people read it once for the lines it is the same in; data has it in all
    seen: For = For.ALL
    json: str = ""  # its key in JSON, where that is another
    spare: bool = False  # a narrow window does without it, as without what only accompanies
    point: bool = False  # what its view is for: it is shown however little room there is


class Sheet(NamedTuple):
    """A table of raw values, column by column: `cells` are the values of each.

    `totals` stands under a rule; data formats leave it out.
    """

    columns: list[Column]
    cells: Sequence[Sequence[Any]]
    title: str = ""
    totals: list[Any] | None = None
    notes: Sequence[str] = ()

    @property
    def height(self) -> int:
        """How many rows it has."""
        return max(map(len, self.cells), default=0)

    @classmethod
    def of_rows(cls, columns: list[Column], rows: Sequence[Sequence[Any]]) -> Sheet:
        """A table that is written down row by row."""
        return cls(columns, [[row[n] for row in rows] for n in range(len(columns))])


class Document(NamedTuple):
    """Header lines and sheets. `about` are columns that say in data what the header says."""

    header: Sequence[str]
    sheets: Sequence[Sheet]
    about: Mapping[str, Any] = {}
    footer: Sequence[str] = ()


class Part(NamedTuple):
    """A line of a sum: a whole (start or end), or what is added."""

    value: int
    whole: bool

    def __str__(self) -> str:
        return str(self.value)


def rounded(value: Fraction, digits: int) -> str:
    """A fraction in decimal, halves away from zero, computed exactly."""
    scaled = abs(value) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    text = f"{whole:0{digits + 1}d}"
    sign = "-" if value < 0 and whole else ""
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else f"{sign}{text}"


def plural(count: int, what: str) -> str:
    """How many there are, in words."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def share(part: int | Fraction, whole: int | Fraction) -> Fraction | None:
    """part / whole, None where there is no whole."""
    return Fraction(part, whole) if whole else None


def exact(value: Any) -> str:
    """A computed value in full: thousands grouped, shapes as HxWxC, ratios to 4 digits."""
    if isinstance(value, Fraction) and value.denominator != 1:
        return rounded(value, 4)
    if isinstance(value, int | Fraction):
        return f"{int(value):,}"
    return "" if value is None else str(value)


def signed(value: int | Fraction) -> str:
    """A difference, with its sign."""
    return f"{'+' if value > 0 else ''}{exact(value)}"


def duration(seconds: float | Fraction) -> str:
    """A time to three digits, in the unit that suits it: 12.3 µs, 4.1 ms."""
    for unit, scale in (("s", 1), ("ms", 10**3)):
        if seconds * scale >= 1:
            return f"{_digits(float(seconds * scale))} {unit}"
    return f"{_digits(float(seconds * 10**6))} µs"


def _digits(value: float) -> str:
    """A number in three digits, or all that stand before its point."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


BAR = 40
"""How many characters a whole bar is long."""


def bar(text: str, width: int, whole: int) -> str:
    """A bar in a window of another width: never nothing where there is something."""
    return "█" * -(-len(text) * width // max(1, whole))


WRITERS: dict[str, Callable[[Any], str]] = {
    "text": str,
    "number": str,
    "list": lambda values: ", ".join(map(str, values)),
    "names": " ".join,
    "count": exact,
    "times": lambda value: f"{value}x" if value > 1 else "",
    "percent": lambda value: f"{rounded(value * 100, 2)} %",
    "bar": lambda share: "█" * -(-share.numerator * BAR // share.denominator),
    "ratio": lambda value: f"{rounded(value, 3)}x",
    "fixed": lambda value: rounded(Fraction(value), 2),
    "ms": lambda value: rounded(value, 3),
    "seconds": duration,
    "milliseconds": lambda value: duration(value / 1000),
    "decimal": write_number,
    "exact": exact,
    "signed": signed,
    "signed percent": lambda value: f"{'+' if value > 0 else ''}{rounded(value * 100, 2)} %",
    "sum": lambda part: exact(part.value) if part.whole else signed(part.value),
}
RIGHT = {
    "number",
    "signed",
    "signed percent",
    "sum",
    "count",
    "times",
    "percent",
    "ratio",
    "fixed",
    "ms",
    "seconds",
    "milliseconds",
    "decimal",
    "exact",
}


def written(column: Column, value: Any) -> str:
    """A value as its column writes it for people; None is empty."""
    return "" if value is None else visible(WRITERS[column.kind](value))


def raw(column: Column, value: Any) -> str:
    """A value as data: integers bare, shares as decimal fractions."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Fraction):
        return repr(float(value))
    if type(value) is list:
        return spreadsheet_cell((" " if column.kind == "names" else ", ").join(map(str, value)))
    return spreadsheet_cell(str(value))


def grid(sheet: Sheet) -> list[Sequence[str]]:
    """The cells as written text, column by column; what is said once is left empty below."""
    texts = [
        each_once(partial(written, column), cells)
        for column, cells in zip(sheet.columns, sheet.cells, strict=True)
    ]
    once = [n for n, column in enumerate(sheet.columns) if column.once]
    said = list(zip(*(sheet.cells[n] for n in once), strict=True))
    repeated = [False, *(row == before for before, row in itertools.pairwise(said))]
    for n in once:
        texts[n] = ["" if gone else text for text, gone in zip(texts[n], repeated, strict=False)]
    return texts


def visible_text(document: Document) -> Document:
    """The document with nothing in its lines that commands a terminal; `written` does the cells."""
    return Document(
        _lines(document.header),
        [
            sheet._replace(
                columns=[column._replace(head=visible(column.head)) for column in sheet.columns],
                title=visible(sheet.title),
                notes=_lines(sheet.notes),
            )
            for sheet in document.sheets
        ],
        document.about,
        _lines(document.footer),
    )


def _lines(texts: Sequence[str]) -> list[str]:
    return list(map(visible, texts))
