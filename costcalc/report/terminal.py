"""Tables for a terminal, through rich: colour, and columns that fit the window."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from costcalc.report.document import RIGHT, Document, Sheet, written

TONES = {
    "reproduced": "green",
    "ambiguous": "yellow",
    "erratum": "yellow",
    "not reproducible": "yellow",
    "mismatch": "bold red",
    "stale": "bold red",
}


def render(document: Document, console: Console) -> None:
    """Print the document."""
    console.print(renderable(document), highlight=False)


def renderable(document: Document) -> RenderableType:
    """The document as something rich can print."""
    parts: list[RenderableType] = []
    for number, line in enumerate(document.header):
        parts.append(Text(line, style="bold" if number == 0 else "dim"))
    for sheet in document.sheets:
        parts.append(_sheet(sheet))
        parts += [Text(note, style="dim") for note in sheet.notes]
    parts += [Text(line) for line in document.footer]
    return Group(*parts)


def _sheet(sheet: Sheet) -> Table:
    table = Table(
        box=SIMPLE_HEAD,
        title=sheet.title or None,
        title_justify="left",
        title_style="bold",
        show_footer=sheet.totals is not None,
        footer_style="bold",
        pad_edge=False,
    )
    totals = sheet.totals or [None] * len(sheet.columns)
    for column, total in zip(sheet.columns, totals, strict=True):
        right = column.kind in RIGHT
        table.add_column(
            column.head,
            justify="right" if right else "left",
            style=column.tone,
            footer=written(column, total),
            no_wrap=right,
            overflow="fold",
        )
    for row in sheet.rows:
        cells = [written(c, v) for c, v in zip(sheet.columns, row, strict=True)]
        table.add_row(*(Text(cell, style=TONES.get(cell, "")) for cell in cells))
    return table
