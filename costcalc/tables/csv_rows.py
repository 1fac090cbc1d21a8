"""A CSV file line by line, every cell with its place."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from costcalc.errors import Mark, Source, SpecError
from costcalc.language.reader import read_lines

Row = tuple[int, str, list[str]]
"""A line's number, from 0, its text, and its cells."""


class CsvRows:
    """The lines of a file that are not empty; `what` it is to be, for who gives another file."""

    def __init__(self, path: str, what: str) -> None:
        self.path, self.what = path, what

    def __iter__(self) -> Iterator[Row]:
        """The lines that are not empty, the header first.

        Raises `SpecError` for what is no CSV, `CostcalcError` for what cannot be read.
        """
        lines = _Lines(read_lines(self.path, self.what))
        try:
            for cells in csv.reader(lines, strict=True):
                if any(cell.strip() for cell in cells):
                    yield lines.number - 1, lines.text, cells
        except csv.Error as error:
            row = lines.number - 1, lines.text, [lines.text.strip()]
            raise SpecError(f"no CSV: {error}", self.mark(row, 0)) from None

    def header(self, rows: Iterator[Row]) -> Row:
        """The first line. Raises `SpecError` where there is none, or no comma between its names."""
        first = next(rows, None)
        if first is None:
            mark = Mark(Source(self.path, ""), 0, 0)
            raise SpecError("no header; its first line is to name the columns", mark)
        if len(first[2]) == 1:
            between = next((mark for mark in ";\t|" if mark in first[1]), "")
            if between:
                where = Mark(self.mark(first, 0).source, first[0], first[1].index(between))
                raise SpecError("one column alone", where, "commas stand between a CSV's cells")
        return first

    def mark(self, row: Row, column: int) -> Mark:
        """The place of a cell."""
        number, text, cells = row
        start = 0
        for cell in cells[:column]:
            quoted = text[start : start + 1] == '"'
            start += len(cell) + (2 + cell.count('"') if quoted else 0) + 1
        source = Source(self.path, "\n" * number + text.rstrip("\r\n"))
        length = len(cells[column]) if column < len(cells) else 1
        return Mark(source, number, start, max(1, length))

    def require_cells(self, row: Row, names: list[str]) -> None:
        """Raise `SpecError` for a row that does not have a cell under each column."""
        if len(row[2]) != len(names):
            raise SpecError(
                f"{len(row[2])} cells under {len(names)} columns",
                self.mark(row, min(len(row[2]), len(names)) - 1),
                f"columns: {', '.join(names)}",
            )


class _Lines:
    """The lines of a file, the last one and its number kept for messages."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines, self.number, self.text = lines, 0, ""

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            self.number, self.text = self.number + 1, line
            yield line
