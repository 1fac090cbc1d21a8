"""TOML text to the same tree as YAML, each piece with its place.

Python's own parser says what is TOML and decodes strings, but not where a piece stands. So once it
has taken a text, this walk finds the places, and may take for granted that all is in order.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence as Words

from costcalc.errors import Mark, Source, SpecError
from costcalc.language.nodes import Mapping, Node, Scalar, Sequence

_SPACE = re.compile(r"[ \t]*")
_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^\s,\]}#]+(?: \d[^\s,\]}#]*)?")  # a date may have one space inside
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' r"'''.*?'{3,5}|" r'"(?:\\.|[^"\\])*"|' r"'[^']*'", re.DOTALL
)
_DIGITS = re.compile(r"[0-9_]+")
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def read_toml(source: Source) -> Mapping:
    """The tree of a TOML document. Raises `SpecError` for what is none."""
    text = source.text.replace("\r\n", "\n")
    source = source._replace(text=text)
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"not TOML: {_AT.sub('', str(error))}", _place(source, error)) from None
    except ValueError:  # Python reads no number of so many digits
        found = max(_DIGITS.finditer(text), key=lambda digits: len(digits[0]))
        mark = source.mark(found.start())
        raise SpecError(f"a number of {len(found[0]):,} digits", mark) from None
    except RecursionError:
        raise SpecError("nested too deep", Mark(source, 0, 0)) from None
    return _Walk(source).document()


def _place(source: Source, error: tomllib.TOMLDecodeError) -> Mark:
    found = _AT.search(str(error))
    if found is None or found[1] is None:
        return source.mark(len(source.text))
    return Mark(source, int(found[1]) - 1, int(found[2]) - 1)


class _Walk:
    """A walk through a text that is TOML."""

    def __init__(self, source: Source) -> None:
        self.source, self.text, self.at = source, source.text, 0

    def document(self) -> Mapping:
        root = current = Mapping({}, {}, self.mark(0, 1))
        self.skip(_GAP)
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                current = self.header(root)
            else:
                self.pair(current)
            self.skip(_GAP)
        return root

    def header(self, root: Mapping) -> Mapping:
        """`[a.b]`, or `[[a.b]]`: the table that the lines below belong to."""
        start = self.at
        brackets = 2 if self.text.startswith("[[", start) else 1
        self.at += brackets
        *path, (name, mark) = self.keys()
        self.at += brackets
        above = self.table(root, path)
        if brackets == 1:
            return self.table(above, [(name, mark)])
        tables = above.entries.setdefault(name, Sequence([], mark))
        above.keys.setdefault(name, mark)
        assert isinstance(tables, Sequence)
        tables.items.append(Mapping({}, {}, self.mark(start, self.at - start)))
        return _last(tables)

    def table(self, root: Mapping, path: Words[tuple[str, Mark]]) -> Mapping:
        """The table that a path leads to, made where there is none."""
        for name, mark in path:
            found = root.entries.setdefault(name, Mapping({}, {}, mark))
            root.keys.setdefault(name, mark)
            root = _last(found)
        return root

    def pair(self, table: Mapping) -> None:
        """`a.b = value`."""
        *path, (name, mark) = self.keys()
        self.at += 1  # the equals sign
        self.skip(_SPACE)
        inner = self.table(table, path)
        inner.keys[name] = mark
        inner.entries[name] = self.value()

    def keys(self) -> list[tuple[str, Mark]]:
        """A dotted key and the place of each part."""
        found = []
        while True:
            self.skip(_SPACE)
            start = self.at
            quoted = self.text[start] in "\"'"
            written = self.take(_STRING if quoted else _BARE_KEY)
            name = _decoded(written) if quoted else written
            found.append((name, self.mark(start, len(written))))
            self.skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return found
            self.at += 1

    def value(self) -> Node:
        start = self.at
        first = self.text[start]
        if first in "\"'":
            written = self.take(_STRING)
            return Scalar(_decoded(written), True, self.mark(start, len(written)))
        if first == "[":
            return self.array()
        if first == "{":
            return self.inline()
        written = self.take(_BARE_VALUE)
        return Scalar(written, False, self.mark(start, len(written)))

    def array(self) -> Sequence:
        found = Sequence([], self.mark(self.at, 1))
        while self.goes_on("]"):
            found.items.append(self.value())
        return found

    def inline(self) -> Mapping:
        found = Mapping({}, {}, self.mark(self.at, 1))
        while self.goes_on("}"):
            self.pair(found)
        return found

    def goes_on(self, end: str) -> bool:
        """Whether another item follows the opening bracket or comma; else the end is passed."""
        self.skip(_GAP)
        if self.text[self.at] in "[{,":
            self.at += 1
            self.skip(_GAP)
        if self.text[self.at] != end:
            return True
        self.at += 1
        return False

    def skip(self, pattern: re.Pattern[str]) -> None:
        self.take(pattern)

    def take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        return found[0]

    def mark(self, start: int, length: int) -> Mark:
        place = self.source.mark(start)
        return Mark(place.source, place.line, place.column, max(1, length))


def _last(node: Node) -> Mapping:
    """A table; of an array of tables the last one."""
    found = node.items[-1] if isinstance(node, Sequence) else node
    assert isinstance(found, Mapping)
    return found


def _decoded(written: str) -> str:
    found: str = tomllib.loads(f"it = {written}")["it"]
    return found
