"""Tables for a terminal, through rich: colour, and columns that fit the window (`fitting`).

No digit and no name is lost for want of room.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from costcalc.report.document import Document, Sheet, visible_text
from costcalc.report.formats.fitting import GAP, Band, fit, wrap

TONES = {
    "reproduced": "green",
    "ambiguous": "yellow",
    "erratum": "yellow",
    "not reproducible": "yellow",
    "mismatch": "bold red",
    "stale": "bold red",
}
NARROWEST = 10
"""Nothing is laid out for less."""


def render(document: Document, console: Console) -> None:
    """Print the document, no line wider than the console."""
    for line in lines(document, max(NARROWEST, console.width)):
        console.print(line, highlight=False, crop=False, no_wrap=True, overflow="ignore")


def lines(document: Document, width: int) -> Iterator[Text]:
    """The document's lines."""
    document = visible_text(document)
    for number, line in enumerate(document.header):
        yield from _wrapped(line, width, "bold" if number == 0 else "dim")
    for sheet in document.sheets:
        yield Text()
        yield from _wrapped(sheet.title, width, "bold")
        yield from _table(sheet, width)
    if document.footer:
        yield Text()
    for line in document.footer:
        yield from _wrapped(line, width)


def _wrapped(text: str, width: int, style: str = "") -> Iterator[Text]:
    """A text between two margins; a command in a form that can be typed as it stands."""
    if text.startswith("costcalc ") and cell_len(text) > width:
        *parts, last = wrap(text, width - 2, "  ")
        yield from (Text(f"{part} \\", style=style) for part in parts)
        yield Text(last, style=style)
    elif text:
        yield from (Text(line, style=style) for line in wrap(text, width, "  "))


def _table(sheet: Sheet, width: int) -> Iterator[Text]:
    bands, out = fit(sheet, width)
    for number, band in enumerate(bands):
        if number:
            yield Text()
        yield from _row(band, [one.head for one in band.columns], "bold", heads=True)
        rule = Text("─" * (sum(band.widths) + GAP * (len(band.widths) - 1)))
        yield rule
        for row in zip(*(one.rows for one in band.columns), strict=True):
            yield from _row(band, row)
        if sheet.totals is not None:
            yield rule
            yield from _row(band, [one.total for one in band.columns], "bold")
    notes = list(sheet.notes)
    if out:
        names = ", ".join(out)
        notes.append(
            f"columns left out in this width: {names}; a wider terminal or a pipe shows them"
        )
    for note in notes:
        yield from _wrapped(note, width, "dim")


def _row(
    band: Band, texts: list[str] | tuple[str, ...], style: str = "", heads: bool = False
) -> Iterator[Text]:
    """A row's lines: as many as its tallest cell has, heads above their column's rule."""
    cells = [
        wrap(text, width) if heads else one.wrapped(text, width)
        for one, text, width in zip(band.columns, texts, band.widths, strict=True)
    ]
    height = max(map(len, cells))
    for at in range(height):
        line = Text()
        for one, text, cell, width in zip(band.columns, texts, cells, band.widths, strict=True):
            said = cell[at] if at < len(cell) else ""
            room = " " * (width - cell_len(said))
            gap = " " * GAP if line else ""
            tone = style or TONES.get(text, one.column.tone)
            line.append(gap + (room if one.right else ""))
            line.append(said, style=tone)
            line.append("" if one.right else room)
        line.rstrip()
        yield line
