"""What is said on stderr, beside the result."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TextIO

import click

from costcalc.errors import WIDTH, CostcalcError, SpecError, about, near, suggest
from costcalc.safe_text import safe_message, shortened, visible

_ENDLESS_WORD = r"[^\s']{200,}"
"""Longer than a word of a command line that anybody reads."""
_ENDLESS_PATH = r"[^\s']{1000,}"
"""Longer than a path that a system takes, or anybody follows."""
PATIENCE = 1.0
"""Seconds before anything is shown."""
_REFRESH = 1.0


def say(text: str, path: str | None = None) -> None:
    """Write a line to stderr, or several, about a file: what is no text is made visible."""
    if sys.stderr is None:  # closed by whoever started us
        return
    nothing_more()
    text = re.sub(_ENDLESS_PATH, lambda match: shortened(match[0]), about(path, text))
    text = visible(text, keep="\n")
    if sys.stderr.isatty():
        text = _folded(text)
    with unheard():
        click.echo(text, err=True)


_ADDRESS = re.compile(r"\S.*?:\d+:\d+: ")


def _folded(text: str) -> str:
    """A message whose lines end between words, where the window on stderr does.

    What is indented is quoted (a line of a file, its caret, what to write), and an address is one
    word, whatever is in its path: both stay as they are.
    """
    import textwrap  # nothing to pay unless something is said

    from costcalc.report import window

    width = window.size(sys.stderr)[0]
    lines = []
    for line in text.split("\n"):
        if len(line) <= width or line.startswith(" "):
            lines.append(line)
            continue
        address = _ADDRESS.match(line)
        head = address[0][:-1] if address else ""
        fold = textwrap.TextWrapper(
            width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
        folded = fold.wrap("-" * len(head) + line[len(head) :])
        lines += [head + folded[0][len(head) :], *folded[1:]]
    return "\n".join(lines)


def say_usage(error: click.ClickException) -> None:
    """Write what click says of a command line, with the usage where it knows that."""
    if isinstance(error, click.NoSuchOption) and error.ctx is not None:
        known = {name for option in error.ctx.command.get_params(error.ctx) for name in option.opts}
        hint = suggest(error.option_name, {name for name in known if name[0] == "-"}, "options")
        words = {name.strip("-") for name in known}
        if isinstance(error.ctx.command, click.Group) and not near(error.option_name[2:], words):
            hint = f"the network comes first: {error.ctx.command_path} NETWORK {error.option_name}"
        error = click.UsageError(f"no such option '{error.option_name}'\n{hint}", error.ctx)
    said = io.StringIO()
    error.show(file=said)
    text = re.sub(_ENDLESS_WORD, lambda match: shortened(match[0]), said.getvalue())
    say(safe_message(text.removesuffix("\n")))


MOST_ERRORS = 20
"""How many errors of one spec are written; further ones are counted."""


def say_error(error: CostcalcError) -> None:
    """Write an error; one with an address begins with it, so that editors and CI can follow it."""
    say(error.within(_width()) if isinstance(error, SpecError) else f"costcalc: {error}")


def _width() -> int:
    """How much of a line that is quoted has room: a caret is of use below its own line alone."""
    if sys.stderr is None or not sys.stderr.isatty():
        return WIDTH
    from costcalc.report import window  # nothing to pay unless something is said

    return min(WIDTH, window.size(sys.stderr)[0])


def say_all(error: CostcalcError) -> None:
    """Write an error that ended a command, and whatever else is wrong with the same spec."""
    from costcalc.diagnosis import all_findings  # only when something is wrong

    say_found(all_findings(error))


def say_found(errors: Sequence[CostcalcError]) -> None:
    """Write all that is wrong with a spec."""
    for error in errors[:MOST_ERRORS]:
        say_error(error)
    if len(errors) > MOST_ERRORS:
        say(f"costcalc: {len(errors) - MOST_ERRORS} more errors")


@contextlib.contextmanager
def unheard() -> Iterator[None]:
    """Where stderr cannot be written (a full disk, a terminal that went) nobody hears of it.

    What was to be said is lost; the exit code says whether all went well.
    """
    try:
        yield
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Point a stream nowhere, so that Python's own flush at the end is quiet."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Line:
    """The line, drawn by a thread of its own: what computes need not think of it."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.started = time.monotonic()
        self.drawn = 0
        self.thread = threading.Thread(target=self._draw, daemon=True)
        self.thread.start()

    def _draw(self) -> None:
        wait = PATIENCE
        while not self.over.wait(wait):
            text = f"still counting: {time.monotonic() - self.started:,.0f} s"
            self._write(f"\r{text}")
            self.drawn, wait = len(text), _REFRESH

    def end(self) -> None:
        """Take it away, before anything else is written."""
        self.over.set()
        self.thread.join()
        if self.drawn:
            self._write(f"\r{' ' * self.drawn}\r")
            self.drawn = 0

    def _write(self, text: str) -> None:
        with unheard():
            click.echo(text, nl=False, err=True)


_shown: list[_Line] = []
"""The line of the command that runs, if it has one."""


@contextlib.contextmanager
def waiting() -> Iterator[None]:
    """While a command runs. Nothing unless stderr is a terminal and a second has passed."""
    if sys.stderr is not None and sys.stderr.isatty():
        _shown.append(_Line())
    try:
        yield
    finally:
        nothing_more()


def nothing_more() -> None:
    """Something is about to be seen: the result, a message, or a bar that says more."""
    while _shown:
        _shown.pop().end()
