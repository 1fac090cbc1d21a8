"""Markdown tables, for documents and pull requests."""

from __future__ import annotations

import re

from costcalc.report.document import RIGHT, Document, Sheet, grid, visible_text, written

_MARKUP = re.compile(r"[\\`*_<>|$&]|~(?=.*~)|\](?=[(\[:])")
"""What Markdown, or a page that shows it, reads as more than a letter."""
_START = re.compile(r"\A(\s*(?:\d+(?=[.)]))?)([#+>=.)-])")
"""What it reads as more than a letter where a line begins with it: a heading, a list."""


def render(document: Document) -> str:
    """The document as Markdown."""
    document = visible_text(document)
    parts = []
    if document.header:
        first, *rest = document.header
        parts.append("  \n".join([f"**{escaped_cell(first)}**", *map(escaped, rest)]))
    for sheet in document.sheets:
        if sheet.title:
            parts.append(f"**{escaped_cell(sheet.title)}**")
        parts.append(sheet_table(sheet))
        parts += ["  \n".join(map(escaped, sheet.notes))] if sheet.notes else []
    if document.footer:
        parts.append("  \n".join(map(escaped, document.footer)))
    return "\n\n".join(parts) + "\n"


def sheet_table(sheet: Sheet) -> str:
    """One sheet as a Markdown table."""
    lines = [
        _line([escaped_cell(column.head) for column in sheet.columns]),
        _line(["---:" if column.kind in RIGHT else "---" for column in sheet.columns]),
    ]
    lines += [_line([escaped_cell(cell) for cell in row]) for row in grid(sheet)]
    if sheet.totals:
        cells = [written(c, v) for c, v in zip(sheet.columns, sheet.totals, strict=True)]
        lines.append(_line([f"**{escaped_cell(cell)}**" if cell else "" for cell in cells]))
    return "\n".join(lines)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    """A line of text as Markdown."""
    return _START.sub(r"\1\\\2", escaped_cell(text))


def escaped_cell(text: str) -> str:
    """Text inside of a line as Markdown."""
    return _MARKUP.sub(r"\\\g<0>", text)
