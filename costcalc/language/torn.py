"""Cells that a comma tore apart: YAML ends a cell there, unless it is in quotes."""

from __future__ import annotations

from costcalc.errors import Mark

COMMA = "a comma ends a cell: a window is 3x3, a list [3, 3]"
_STARTS, _ENDS = "[{,:", "]},"


def quotes(mark: Mark) -> str:
    """What to write where a call with a comma stands in or around a mark; "" where none does.

    >>> from costcalc.errors import Source
    >>> line = "- [conv, 3x3, {n: max(1, 2)}]"
    >>> quotes(Mark(Source("net.yaml", line), 0, line.index("2)"), 2))
    'a comma ends a cell: write "max(1, 2)", in quotes'
    """
    line = mark.source.line(mark.line)
    if len(line) > 1000:  # nobody's row; looking at it takes as long as it is
        return ""
    for start, end in _groups(line):
        if end <= mark.column or mark.column + mark.length <= start:
            continue
        inside = line[start + 1 : end - 1]
        while start and line[start - 1] not in _STARTS:
            start -= 1
        while end < len(line) and line[end] not in _ENDS:
            end += 1
        cell = line[start:end].strip()
        if "," not in inside or '"' in cell or "'" in cell:
            continue
        if cell.startswith("("):
            return COMMA
        return f'a comma ends a cell: write "{cell}", in quotes'
    return ""


def _groups(line: str) -> list[tuple[int, int]]:
    """The outermost parentheses of a line, each from its first to behind its last character."""
    found, opened = [], []
    for position, character in enumerate(line):
        if character == "(":
            opened.append(position)
        elif character == ")" and opened:
            start = opened.pop()
            if not opened:
                found.append((start, position + 1))
    return found
