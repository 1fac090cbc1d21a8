"""Text for files, pipes and CI logs: aligned, uncoloured, never cut."""

from __future__ import annotations

from costcalc.report.document import RIGHT, Document, Sheet, grid, visible_text, written


def render(document: Document) -> str:
    """The document as lines of text."""
    document = visible_text(document)
    parts = ["\n".join(document.header)] if document.header else []
    parts += [_sheet(sheet) for sheet in document.sheets]
    if document.footer:
        parts.append("\n".join(document.footer))
    return "\n\n".join(parts) + "\n"


def _sheet(sheet: Sheet) -> str:
    heads = [column.head for column in sheet.columns]
    rows = list(grid(sheet))
    totals = (
        [[written(c, v) for c, v in zip(sheet.columns, sheet.totals, strict=True)]]
        if sheet.totals
        else []
    )
    widths = [max(map(len, column)) for column in zip(heads, *rows, *totals, strict=True)]
    rule = "  ".join("-" * width for width in widths)

    def line(cells: list[str]) -> str:
        return "  ".join(
            cell.rjust(width) if column.kind in RIGHT else cell.ljust(width)
            for cell, width, column in zip(cells, widths, sheet.columns, strict=True)
        ).rstrip()

    lines = [sheet.title] if sheet.title else []
    lines += [line(heads), rule, *map(line, rows)]
    lines += [rule, line(totals[0])] if totals else []
    return "\n".join([*lines, *sheet.notes])
