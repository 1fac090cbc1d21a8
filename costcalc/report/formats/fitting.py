"""How a table fits a window: no word and no number is broken, and no line is wider.

Text is folded between words first. Where that is not enough, columns that only accompany others
are left out, the last ones first, but none that a view is for. What is still too wide goes on below
as a further table, its first columns repeated. Before that
a path or a list is broken between its parts; a word that is none only where the window is narrower.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size

from costcalc.records import NamedTuple
from costcalc.report.document import RIGHT, Column, Sheet, bar, grid, written

GAP = 2
"""Between columns."""
COMFORT = 16
"""Text is not folded into less than this as long as something else can give way."""
_PART = re.compile(r"[^/,:+·]*[/,:+·]*")
"""A part of a path, a list, a reference or a sum."""


class Cells(NamedTuple):
    """A column with all that is written in it."""

    column: Column
    head: str
    rows: Sequence[str]
    total: str

    @property
    def texts(self) -> list[str]:
        """All of it."""
        return [self.head, self.total, *self.rows]

    @property
    def right(self) -> bool:
        """Whether it is set to the right, in one piece."""
        return self.column.kind in RIGHT

    @property
    def natural(self) -> int:
        """The width in which nothing is folded."""
        return max(map(cell_len, self.texts))

    def least(self, broken: bool = False) -> int:
        """What it needs: numbers in one piece, of text (and heads) the longest word, or part."""
        if self.column.kind == "bar":
            return min(COMFORT, self.natural)
        folded = [self.head] if self.right else self.texts
        whole = [self.total, *self.rows] if self.right else []
        words = [word for text in folded for word in text.split()]
        if broken:
            words = [part for word in words for part in _parts_of(word)]
        return max(map(cell_len, [*words, *whole]), default=0)

    @property
    def comfortable(self) -> int:
        """What it needs to be read easily."""
        return max(self.least(), min(self.natural, COMFORT))

    def wrapped(self, text: str, width: int) -> list[str]:
        """A cell's lines in this width."""
        if self.column.kind == "bar":
            return [bar(text, width, self.natural)]
        return wrap(text, width) if cell_len(text) > width else [text]


class Band(NamedTuple):
    """Columns that stand side by side, with their widths."""

    columns: list[Cells]
    widths: list[int]


def fit(sheet: Sheet, width: int) -> tuple[list[Band], list[str]]:
    """Columns in bands, one below another, that fit a width; and the heads of what is left out."""
    columns = _columns(sheet)
    out = []
    spare = [
        one
        for one in columns
        if (one.column.tone == "dim" or one.column.spare) and not one.column.point
    ]
    while spare and _total([one.comfortable for one in columns]) > width:
        gone = spare.pop()
        if gone.column.kind != "times":  # how often a row stands there is part of its name
            columns = [one for one in columns if one is not gone]
            out.append(gone.head or gone.column.key)
    broken = _total([one.least() for one in columns]) > width
    parts = _parts(columns, [one.least(broken) for one in columns], width)
    return [_band(part, broken, width) for part in parts], [*dict.fromkeys(out[::-1])]


def _columns(sheet: Sheet) -> list[Cells]:
    totals = sheet.totals or [None] * len(sheet.columns)
    return [
        Cells(column, column.head, rows, written(column, total))
        for column, total, rows in zip(sheet.columns, totals, grid(sheet), strict=True)
    ]


def _parts(columns: list[Cells], least: list[int], width: int) -> Iterator[list[Cells]]:
    """Columns that fit beside each other; what says which row it is stands before each part."""
    if _total(least) <= width:
        yield columns
        return
    names = max(1, next((n for n, one in enumerate(columns) if one.right), 1))
    while names > 1 and 2 * _total(least[:names]) > width:
        names -= 1
    part = list(range(names))
    for number in range(names, len(columns)):
        if len(part) > names and _total([least[n] for n in (*part, number)]) > width:
            yield [columns[n] for n in part]
            part = list(range(names))
        part.append(number)
    yield [columns[n] for n in part]


def _band(columns: list[Cells], broken: bool, width: int) -> Band:
    """The widest columns give way to what they need; where that is too much, to what there is."""
    widths = [one.natural for one in columns]
    needed = [one.least(broken) for one in columns]
    for least in (needed, [1 for one in columns]):
        least = [min(*pair) for pair in zip(least, widths, strict=True)]
        excess = _total(widths) - width
        while excess > 0 and (yielding := [n for n, w in enumerate(widths) if w > least[n]]):
            widest = max(yielding, key=widths.__getitem__)
            others = [widths[n] for n in yielding if n != widest]
            step = max(1, min(excess, widths[widest] - max([least[widest], *others])))
            widths[widest] -= step
            excess -= step
    return Band(columns, widths)


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _parts_of(word: str) -> list[str]:
    """What a long word may be broken into; what is comfortable stays whole."""
    return [word] if cell_len(word) <= COMFORT else _PART.findall(word)


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """A text in lines of a width; what is indented further stands behind `indent`.

    >>> wrap("conv1 in stage4/branch2/left", 16)
    ['conv1 in', 'stage4/branch2/', 'left']
    """
    if cell_len(text) <= width:
        return [text]
    lines: list[str] = []
    line = ""
    margin = text[: len(text) - len(text.lstrip())]
    for word in text.split():
        begin = margin if not lines and not line else indent
        joined = f"{line} {word}" if line else f"{begin}{word}"
        if cell_len(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        pieces = list(_pieces(f"{indent if lines else begin}{word}", max(1, width)))
        lines += pieces[:-1]
        line = pieces[-1]
    return [*lines, line]


def _pieces(word: str, width: int) -> Iterator[str]:
    """A word in pieces that fit: between its parts, and within one that is too wide itself."""
    line = ""
    for part in filter(None, _PART.findall(word)):
        if line and cell_len(line + part) > width:
            yield line
            line = ""
        line += part
        while cell_len(line) > width:
            cut = set_cell_size(line, width).rstrip() or line[:1]
            yield cut
            line = line[len(cut) :]
    if line:
        yield line
