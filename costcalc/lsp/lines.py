"""Places of a text, as errors have them and as editors do.

A `Mark` counts characters, in lines as YAML ends them; an editor counts what its protocol has
agreed on, UTF-16 units most often, in lines that end with `\\n`, `\\r\\n` or `\\r` alone.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable

from costcalc.errors import Mark
from costcalc.records import NamedTuple

_YAML_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_EDITOR_END = re.compile("\r\n|[\n\r]")


class Span(NamedTuple):
    """From one place of an editor to another: lines and units within these, from 0."""

    line: int
    start: int
    end_line: int
    end: int


def utf16(text: str) -> int:
    """How many units of UTF-16 a text has: two for what is beyond its first plane.

    >>> utf16("aé𝛼")
    4
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class Lines:
    """The lines of a text in both ways; `units` says how long a piece of it is to the editor."""

    def __init__(self, text: str, units: Callable[[str], int] = utf16) -> None:
        self.text, self.units = text, units
        self._yaml = [0, *(end.end() for end in _YAML_END.finditer(text))]
        self._editor = [0, *(end.end() for end in _EDITOR_END.finditer(text))]

    def line(self, number: int) -> str:
        """A line of the editor, without its end; "" where there is none."""
        if not 0 <= number < len(self._editor):
            return ""
        end = self._editor[number + 1] if number + 1 < len(self._editor) else len(self.text)
        return self.text[self._editor[number] : end].rstrip("\r\n")

    def offset(self, line: int, column: int) -> int:
        """The character at a place of a mark."""
        line = min(line, len(self._yaml) - 1)
        return min(self._yaml[line] + column, len(self.text))

    def span(self, mark: Mark) -> Span:
        """A mark as an editor has it: within its line, and at least one character where one is."""
        start = self.offset(mark.line, mark.column)
        end = min(start + mark.length, len(self.text))
        return Span(*self.place(start), *self.place(max(start, end)))

    def place(self, offset: int) -> tuple[int, int]:
        """Line and units of a character."""
        line = bisect.bisect_right(self._editor, offset) - 1
        return line, self.units(self.text[self._editor[line] : offset])

    def at(self, line: int, units: int) -> tuple[int, int]:
        """A place of an editor as marks have it: line and column in characters."""
        text = self.line(line)
        start = self._editor[min(line, len(self._editor) - 1)]
        column = 0
        while column < len(text) and self.units(text[: column + 1]) <= units:
            column += 1
        offset = start + column
        found = bisect.bisect_right(self._yaml, offset) - 1
        return found, offset - self._yaml[found]
