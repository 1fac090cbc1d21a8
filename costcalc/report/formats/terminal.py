"""Tables for a terminal, through rich: colour, and columns that fit the window.

No digit and no name is lost for want of room. Where a table is too wide, columns that only
accompany others are left out, then text is folded between words; what is still too wide the
terminal wraps itself.
"""

from __future__ import annotations

from dataclasses import replace

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from costcalc.report.document import RIGHT, Column, Document, Sheet, grid, visible_text, written

TONES = {
    "reproduced": "green",
    "ambiguous": "yellow",
    "erratum": "yellow",
    "not reproducible": "yellow",
    "mismatch": "bold red",
    "stale": "bold red",
}
GAP = 2
"""Between columns."""


def render(document: Document, console: Console) -> None:
    """Print the document; a table wider than the console goes on past its edge."""
    console.print(renderable(document, console.width), highlight=False, crop=False)


def renderable(document: Document, width: int) -> RenderableType:
    """The document as something rich can print."""
    document = visible_text(document)
    parts: list[RenderableType] = []
    for number, line in enumerate(document.header):
        parts.append(Text(line, style="bold" if number == 0 else "dim"))
    for sheet in document.sheets:
        parts.append(Text())
        if sheet.title:
            parts.append(Text(sheet.title, style="bold"))
        fitting = _fitting(sheet, width)
        parts.append(_table(fitting, _widths(fitting, width)))
        parts += [Text(note, style="dim") for note in fitting.notes]
    parts += [Text(line) for line in document.footer]
    return Group(*parts)


def _fitting(sheet: Sheet, width: int) -> Sheet:
    """The sheet without what only accompanies, if it is too wide with it; repeats say more."""
    out = [c for c in sheet.columns if c.tone == "dim" and c.kind != "times"]
    if not out or _total(_natural(sheet)) <= width:
        return sheet
    kept = [index for index, column in enumerate(sheet.columns) if column not in out]
    names = ", ".join(dict.fromkeys(column.head or column.key for column in out))
    return replace(
        sheet,
        columns=[sheet.columns[index] for index in kept],
        rows=[[row[index] for index in kept] for row in sheet.rows],
        totals=sheet.totals and [sheet.totals[index] for index in kept],
        notes=[
            *sheet.notes,
            f"columns left out in this width: {names}; a wider terminal or a pipe shows them",
        ],
    )


def _texts(sheet: Sheet) -> list[list[str]]:
    """For each column all that is written in it, its head first."""
    totals = sheet.totals or [None] * len(sheet.columns)
    cells = zip(*grid(sheet), strict=True) if sheet.rows else [()] * len(sheet.columns)
    return [
        [column.head, written(column, total), *found]
        for column, total, found in zip(sheet.columns, totals, cells, strict=True)
    ]


def _natural(sheet: Sheet) -> list[int]:
    return [max(map(cell_len, texts)) for texts in _texts(sheet)]


def _total(widths: list[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _least(column: Column, texts: list[str]) -> int:
    """What a column needs: its numbers in one piece, of text the longest word."""
    folded, whole = (texts[:1], texts[1:]) if column.kind in RIGHT else (texts, [])
    words = [word for text in folded for word in text.split()]
    return max(map(cell_len, [*words, *whole]), default=0)


def _widths(sheet: Sheet, width: int) -> list[int]:
    """The widths of the columns: the widest give way, and none if even that does not help."""
    natural = _natural(sheet)
    least = [_least(c, texts) for c, texts in zip(sheet.columns, _texts(sheet), strict=True)]
    if _total(least) > width:
        return natural
    widths = list(natural)
    for _ in range(_total(natural) - width):
        yielding = [index for index, least_ in enumerate(least) if widths[index] > least_]
        widths[max(yielding, key=widths.__getitem__)] -= 1
    return widths


def _table(sheet: Sheet, widths: list[int]) -> Table:
    table = Table(
        box=SIMPLE_HEAD,
        show_edge=False,
        show_footer=sheet.totals is not None,
        footer_style="bold",
        pad_edge=False,
        padding=(0, GAP - 1, 0, 0),
        width=_total(widths),
    )
    totals = sheet.totals or [None] * len(sheet.columns)
    for column, total, width in zip(sheet.columns, totals, widths, strict=True):
        table.add_column(
            Text(column.head),
            justify="right" if column.kind in RIGHT else "left",
            style=column.tone,
            footer=Text(written(column, total)),
            width=width,
            overflow="fold",
        )
    for row in grid(sheet):
        table.add_row(*(Text(cell, style=TONES.get(cell, "")) for cell in row))
    return table
