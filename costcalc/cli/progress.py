"""A progress bar on stderr, where somebody is looking and it takes long enough to look."""

from __future__ import annotations

import sys
import time
from typing import Any

from costcalc.cli.messages import PATIENCE, nothing_more, unheard

_REFRESH = 0.1
"""Seconds between two looks at it: reporting each of many thousand layers costs next to nothing."""


class Progress:
    """How much is done, of how much; nothing unless stderr is a terminal and a second has passed.

    >>> with Progress(total=3, unit="networks") as progress:
    ...     for network in ("mobilenet", "vgg", "resnet"):
    ...         progress.advance()
    """

    def __init__(
        self, total: int | None = None, unit: str = "configurations", quiet: bool = False
    ) -> None:
        """`total` is None where nobody knows; `quiet` where a bar would tear apart what is
        written to the same terminal meanwhile."""
        self.total, self.unit, self.done = total, unit, 0
        self.shown = not quiet and sys.stderr is not None and sys.stderr.isatty()
        self.started = time.monotonic()
        self.next_look = self.started + PATIENCE
        self.bar: Any = None
        self.task: Any = None

    def __enter__(self) -> Progress:
        nothing_more()  # this says more; and processes are begun where there are no threads
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def advance(self, more: int = 1) -> None:
        """So much more is done."""
        self.done += more
        if self.done == self.total:
            self._end()  # before anything is written
        elif self.shown and (now := time.monotonic()) > self.next_look:
            self.next_look = now + _REFRESH
            self._look(now - self.started)

    def _look(self, seconds: float) -> None:
        with unheard():
            if self.bar is None:
                self._begin()
            self.bar.update(self.task, completed=self.done, rate=f"{self.done / seconds:,.0f}")

    def _begin(self) -> None:
        from rich import progress
        from rich.console import Console

        from costcalc.report import window

        width, height = window.size()
        self.bar = progress.Progress(
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TextColumn(f"{self.unit}, {{task.fields[rate]}} a second"),
            progress.TimeRemainingColumn(),
            console=Console(stderr=True, width=width, height=height),
            transient=True,
            redirect_stdout=False,  # the result is no message
        )
        self.task = self.bar.add_task("", total=self.total, rate="")
        self.bar.start()

    def _end(self) -> None:
        if self.bar is not None:
            with unheard():
                self.bar.stop()
            self.bar = None
            self.shown = False
