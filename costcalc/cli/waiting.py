"""A line on stderr that says that a command is still at it, where nothing else does."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator

PATIENCE = 1.0
"""Seconds before anything is shown."""
_REFRESH = 1.0


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
        with contextlib.suppress(OSError, ValueError):  # a terminal that went
            sys.stderr.write(text)
            sys.stderr.flush()


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
