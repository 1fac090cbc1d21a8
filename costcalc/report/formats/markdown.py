"""Markdown tables, for documents and pull requests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from costcalc.report.document import RIGHT, Document, Sheet, grid, visible_text, written
from costcalc.text_columns import each_once, in_pieces

_MARKUP = re.compile(r"[\\`*_<>|$&]|~(?=.*~)|\](?=[(\[:])")
"""What Markdown, or a page that shows it, reads as more than a letter."""
_START = re.compile(r"\A(\s*(?:\d+(?=[.)]))?)([#+>=.)-])")
"""What it reads as more than a letter where a line begins with it: a heading, a list."""


def render(document: Document) -> Iterator[str]:
    """The document as Markdown, piece by piece."""
    document = visible_text(document)
    between = ""
    for part in _parts(document):
        yield between
        yield from part
        between = "\n\n"
    yield "\n"


def _parts(document: Document) -> Iterator[Iterable[str]]:
    """What empty lines stand between, each in pieces."""
    if document.header:
        first, *rest = document.header
        yield ["  \n".join([f"**{escaped_cell(first)}**", *map(escaped, rest)])]
    for sheet in document.sheets:
        if sheet.title:
            yield [f"**{escaped_cell(sheet.title)}**"]
        yield in_pieces(_lines(sheet))
        if sheet.notes:
            yield ["  \n".join(map(escaped, sheet.notes))]
    if document.footer:
        yield ["  \n".join(map(escaped, document.footer))]


def sheet_table(sheet: Sheet) -> str:
    """One sheet as a Markdown table."""
    return "\n".join(_lines(sheet))


def _lines(sheet: Sheet) -> Iterator[str]:
    yield _line([escaped_cell(column.head) for column in sheet.columns])
    yield _line(["---:" if column.kind in RIGHT else "---" for column in sheet.columns])
    columns = [each_once(escaped_cell, texts) for texts in grid(sheet)]
    yield from map(_line, zip(*columns, strict=True))
    if sheet.totals:
        cells = [written(c, v) for c, v in zip(sheet.columns, sheet.totals, strict=True)]
        yield _line([f"**{escaped_cell(cell)}**" if cell else "" for cell in cells])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    """A line of text as Markdown."""
    return _START.sub(r"\1\\\2", escaped_cell(text))


def escaped_cell(text: str) -> str:
    """Text inside of a line as Markdown."""
    return _MARKUP.sub(r"\\\g<0>", text)
