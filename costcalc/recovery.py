"""Going on after an error, so that one run finds all that is wrong with a file.

Whoever reads or builds hands an error to `keep` where it could go on without what is wrong. Nobody
collects as a rule: then the error is raised, the first one ends the work, and a network without
errors pays nothing. Who collects takes the same way once more and has them all.

What is wrong only because something else is (a name that a broken row would have given, a sum with
a size that nobody knows) is a `FollowUp` and not kept.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from costcalc.errors import Source, SpecError

Read = TypeVar("Read")

MOST = 1000
"""How many errors are met until nobody goes on: most of a file that is no spec say nothing new."""


class FollowUp(SpecError):
    """What would not be wrong if something else, which is kept already, were right."""

    def __init__(self, mark: Any) -> None:
        super().__init__("follows from another error", mark)


class Enough(Exception):
    """So much is wrong that nobody goes on."""


class Findings:
    """The errors of one file, one a place; of a place where keys are absent, one a key."""

    def __init__(self) -> None:
        self.errors: list[SpecError] = []
        self._places: set[tuple[str, int, int, str]] = set()
        self._met = 0

    def keep(self, error: SpecError) -> None:
        """Take an error in, unless it follows from others. Raises `Enough` after too many."""
        self._met += 1
        if self._met > MOST:
            raise Enough
        mark = error.mark
        place = (mark.source.path, mark.line, mark.column, error.absent)
        if not isinstance(error, FollowUp) and place not in self._places:
            self._places.add(place)
            self.errors.append(error)

    def in_order(self, path: str) -> list[SpecError]:
        """The errors as they stand in the file of this path, then those in files that it uses."""
        return sorted(
            self.errors,
            key=lambda e: (e.mark.source.path != path, e.mark.source.path, e.mark[1:3]),
        )


_COLLECTING: ContextVar[Findings | None] = ContextVar("_COLLECTING", default=None)


@contextmanager
def collecting() -> Iterator[Findings]:
    """While this is entered, errors are kept rather than raised."""
    findings = Findings()
    token = _COLLECTING.set(findings)
    try:
        yield findings
    finally:
        _COLLECTING.reset(token)


@contextmanager
def raising() -> Iterator[None]:
    """While this is entered nobody collects: another file is read, whose errors are its own."""
    token = _COLLECTING.set(None)
    try:
        yield
    finally:
        _COLLECTING.reset(token)


def keep(error: SpecError) -> None:
    """Keep an error where somebody collects; raise it otherwise."""
    findings = _COLLECTING.get()
    if findings is None:
        raise error
    findings.keep(error)


@contextmanager
def keeping() -> Iterator[None]:
    """An error that is raised in here is kept where somebody collects, and what follows goes on."""
    try:
        yield
    except SpecError as error:
        keep(error)


def read_or(read: Callable[[], Read], otherwise: Read) -> Read:
    """What is read, something else where that has a kept error."""
    try:
        return read()
    except SpecError as error:
        keep(error)
        return otherwise


def read_whole(source: Source, read: Callable[[Source], Read]) -> Read:
    """What `read` makes of a file.

    The `SpecError` that it raises finds all that is wrong with the file, where somebody asks it.
    """
    try:
        return read(source)
    except SpecError as error:
        error.find_all = functools.partial(_find_all, source, read)
        raise


def _find_all(source: Source, read: Callable[[Source], object]) -> list[SpecError]:
    with collecting() as findings, contextlib.suppress(Enough), keeping():
        read(source)
    return findings.in_order(source.path)


def kept(begin: int = 0) -> list[SpecError]:
    """The errors kept so far, from the one with this number on; none where nobody collects."""
    findings = _COLLECTING.get()
    return [] if findings is None else findings.errors[begin:]


def is_collecting() -> bool:
    """Whether errors are kept."""
    return _COLLECTING.get() is not None
