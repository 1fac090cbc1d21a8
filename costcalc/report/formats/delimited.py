"""CSV: one line per row of the first sheet, raw integers, every line self-describing.

Numbers are bare. A text that a spreadsheet would run as a formula stands behind an apostrophe.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator
from functools import partial

from costcalc.report.document import Column, Document, raw
from costcalc.safe_text import spreadsheet_cell
from costcalc.text_columns import LINES, each_once


def render(document: Document) -> Iterator[str]:
    """The first sheet as CSV, preceded on every line by what the header says; piece by piece."""
    sheet = document.sheets[0]
    keys = [column.key for column in sheet.columns]
    # a spec may call a hyperparameter what the sheet calls a column
    about_keys = [f"setting_{key}" if key in keys else key for key in document.about]
    yield _text([map(spreadsheet_cell, [*about_keys, *keys])])
    about = [
        itertools.repeat(raw(Column("", key), value), sheet.height)
        for key, value in document.about.items()
    ]
    columns = [
        each_once(partial(raw, column), cells)
        for column, cells in zip(sheet.columns, sheet.cells, strict=True)
    ]
    rows = zip(*about, *columns, strict=True)
    while piece := list(itertools.islice(rows, LINES)):
        yield _text(piece)


def _text(rows: Iterable[Iterable[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
