"""What goes wrong, said once and with an address.

Every error a user can cause is a `CostcalcError`; the command line prints it and exits with 2.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from costcalc.records import NamedTuple
from costcalc.safe_text import safe_message, shortened, visible

MOST_NAMES = 12
"""How many names a hint lists."""

# what PyYAML's marks count as the end of a line; splitlines() ends one at more
_LINE_END = "\r\n|[\n\r\x85\u2028\u2029]"


class CostcalcError(Exception):
    """Bad input: the message is meant for the user as it stands."""

    def __init__(self, message: str, path: str | None = None) -> None:
        """With a path the message is about that file."""
        super().__init__(about(path, message))

    def __str__(self) -> str:
        return safe_message(super().__str__())


def about(path: str | None, message: str) -> str:
    """A message that begins with the path of the file it is about, which stays on its line.

    >>> about("new\\nline.yaml", "is empty")
    'new\\\\nline.yaml: is empty'
    """
    return message if path is None else f"{visible(path)}: {message}"


class Unfinished(CostcalcError):
    """What was begun could not be finished for reasons outside of it: a disk is full, workers die.

    Begun once more it may well succeed, and go on from what is done.
    """


class Source(NamedTuple):
    """A text and where it came from."""

    path: str
    text: str

    def line(self, number: int) -> str:
        """The line with this number, counted from 0."""
        lines = re.split(_LINE_END, self.text)
        return lines[number] if number < len(lines) else ""

    def mark(self, position: int) -> Mark:
        """The place of the character at a position of the text."""
        ends = [end.end() for end in re.finditer(_LINE_END, self.text[:position])]
        return Mark(self, len(ends), position - (ends[-1] if ends else 0))

    @property
    def shown(self) -> str:
        """The path as a user would type it: relative where that is shorter."""
        try:
            relative = os.path.relpath(self.path)
        except (OSError, ValueError):  # the working directory is gone, or on another drive
            return self.path
        return relative if len(relative) < len(self.path) else self.path


class Mark(NamedTuple):
    """A stretch of a source: line and column counted from 0, and how many characters."""

    source: Source
    line: int
    column: int
    length: int = 1

    def inside(self, offset: int, length: int) -> Mark:
        """A stretch of this stretch."""
        return Mark(self.source, self.line, self.column + offset, length)

    def __str__(self) -> str:
        return f"{visible(self.source.shown)}:{self.line + 1}:{self.column + 1}"


WIDTH = 108
"""The longest line of an error that quotes a file, where no terminal is narrower."""


class SpecError(CostcalcError):
    """A spec is wrong at a place: file:line:column, the line, a caret, what was expected.

    `message` says what is wrong, `mark` where, `hint` what was expected; as text it is all of it.
    `found_in` is the spec in which it ended the work, with the settings it was built under (None
    where it could not be read): there may be more to find.
    `find_all` looks for the rest in a file that is no spec. `unknown` is the name that nothing has,
    `absent` the key that is not there, where that is what is wrong.
    """

    found_in: tuple[Source, Mapping[str, Any] | None] | None = None
    find_all: Callable[[], list[SpecError]] | None = None
    unknown: str = ""
    absent: str = ""

    def __init__(self, message: str, mark: Mark, hint: str = "") -> None:
        self.message, self.mark, self.hint = message, mark, hint
        super().__init__(message)

    def __reduce__(self) -> tuple[type[SpecError], tuple[str, Mark, str]]:
        """How it comes from another process."""
        return type(self), (self.message, self.mark, self.hint)

    def add(self, context: str) -> None:
        """Say in one more line where or under which settings it happens.

        Args:
            context: the line.

        >>> error = SpecError("unknown operator 'conw'", Source("net.yaml", "[conw, 3x3]").mark(1))
        >>> error.add("in block stem")
        >>> print(error)
        net.yaml:1:2: unknown operator 'conw'
            1 | [conw, 3x3]
              |  ^
        in block stem
        """
        self.hint = f"{self.hint}\n{context}" if self.hint else context

    def __str__(self) -> str:
        return self.within(WIDTH)

    def within(self, width: int) -> str:
        """All of it, with so much of the line as has room beside its number.

        Args:
            width: characters of the line with its number, at most.

        Returns:
            Lines of text, as `str()` of the error.

        >>> error = SpecError("unknown operator 'conw'", Source("a.yaml", "[x, conw, 3x3]").mark(4))
        >>> print(error.within(16))
        a.yaml:1:5: unknown operator 'conw'
            1 | [x, conw
              |     ^
        """
        text = self.mark.source.line(self.mark.line)
        most = max(1, width - len("12345 | "))
        start = max(0, self.mark.column - most * 3 // 5) if len(text) > most else 0
        shown = text[start : start + most].replace("\t", " ")
        column = self.mark.column - start
        before = visible(shown[:column].ljust(column))
        under = visible(shown[column : column + self.mark.length])
        carets = "^" * max(1, len(under))
        number = f"{self.mark.line + 1:5d}"
        lines = [
            # one line, so that what reads file:line:column: message gets all of it
            f"{self.mark}: {visible(safe_message(self.message))}",
            f"{number} | {visible(shown)}",
            f"{' ' * len(number)} | {' ' * len(before)}{carets}",
        ]
        return "\n".join([*lines, safe_message(self.hint)] if self.hint else lines)


def at(mark: Mark, error: CostcalcError) -> SpecError:
    """An error with the address of what caused it."""
    message, _, hint = str(error).partition("\n")
    return SpecError(message, mark, hint)


def once(errors: Iterable[CostcalcError]) -> list[CostcalcError]:
    """Errors, each once: under several settings one may be met several times."""

    def said(error: CostcalcError) -> str:
        return f"{error.mark}: {error.message}" if isinstance(error, SpecError) else str(error)

    return list({said(error): error for error in reversed([*errors])}.values())[::-1]


def near(name: str, known: Iterable[str]) -> str:
    """The known name that is spelt most like this one, in whatever case, "" where none is.

    >>> near("VGG", ["resnet", "vgg"])
    'vgg'
    """
    import difflib  # only when something is wrong

    folded = {one.casefold(): one for one in sorted(known)}
    found = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def suggest(name: str, known: Iterable[str], what: str) -> str:
    """The nearest known name, or what there is: the last line of an error about a name."""
    known = sorted(known)
    nearest = near(name, known)
    if nearest:
        return f"did you mean '{nearest}'?"
    listed = ", ".join(map(shortened, known[:MOST_NAMES]))
    more = f", … ({len(known)} in all)" if len(known) > MOST_NAMES else ""
    return f"{what}: {listed}{more}" if known else f"{what}: none"
