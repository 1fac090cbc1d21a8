"""CSV: one line per row of the first sheet, raw integers, every line self-describing.

Numbers are bare. A text that a spreadsheet would run as a formula stands behind an apostrophe.
"""

from __future__ import annotations

import csv
import io

from costcalc.report.document import Column, Document, raw
from costcalc.safe_text import spreadsheet_cell


def render(document: Document) -> str:
    """The first sheet as CSV, preceded on every line by what the header says."""
    sheet = document.sheets[0]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    keys = [column.key for column in sheet.columns]
    # a spec may call a hyperparameter what the sheet calls a column
    about_keys = [f"setting_{key}" if key in keys else key for key in document.about]
    writer.writerow(map(spreadsheet_cell, [*about_keys, *keys]))
    about = [raw(Column("", key), value) for key, value in document.about.items()]
    for row in sheet.rows:
        writer.writerow([*about, *(raw(c, v) for c, v in zip(sheet.columns, row, strict=True))])
    return out.getvalue()
