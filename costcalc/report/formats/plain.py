"""Text for files, pipes and CI logs: aligned, uncoloured, never cut."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from costcalc.report.document import RIGHT, Column, Document, Sheet, grid, visible_text, written
from costcalc.text_columns import each_once, filled, in_pieces


def render(document: Document) -> Iterator[str]:
    """The document as text, piece by piece."""
    document = visible_text(document)
    if document.header:
        yield "\n".join(document.header)
    between = "\n\n" if document.header else ""
    for sheet in document.sheets:
        yield between
        yield from in_pieces(_lines(sheet))
        between = "\n\n"
    if document.footer:
        yield between + "\n".join(document.footer)
    yield "\n"


def _lines(sheet: Sheet) -> Iterator[str]:
    totals = sheet.totals or [None] * len(sheet.columns)
    columns = [
        _aligned(column, column.head, written(column, total), texts)
        for column, total, texts in zip(sheet.columns, totals, grid(sheet), strict=True)
    ]
    line = "  ".join("%s" for _ in columns)
    head, total = (line % ends for ends in zip(*(ends for ends, _ in columns), strict=True))
    rule = "  ".join("-" * len(head) for (head, _), _ in columns)
    if sheet.title:
        yield sheet.title
    yield from (head.rstrip(), rule)
    yield from map(str.rstrip, filled(line, [texts for _, texts in columns]))
    if sheet.totals:
        yield from (rule, total.rstrip())
    yield from sheet.notes


def _aligned(
    column: Column, head: str, total: str, texts: Sequence[str]
) -> tuple[tuple[str, str], Sequence[str]]:
    """The head and the total of a column, and its texts: all as wide as the widest."""
    width = max(map(len, itertools.chain((head, total), texts)))
    justify = str.rjust if column.kind in RIGHT else str.ljust
    return (justify(head, width), justify(total, width)), each_once(
        lambda text: justify(text, width), texts
    )
