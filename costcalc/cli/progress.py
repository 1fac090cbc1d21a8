"""A progress bar on stderr, where somebody is looking and it takes long enough to look."""

from __future__ import annotations

import sys
import time
from typing import Any

PATIENCE = 1.0
"""Seconds before a bar appears."""


class Progress:
    """How many configurations are done, of how many; nothing unless stderr is a terminal."""

    def __init__(self, total: int | None = None, quiet: bool = False) -> None:
        """`quiet` where what is written meanwhile would be torn apart by a bar."""
        self.total, self.done, self.quiet = total, 0, quiet
        self.started = time.monotonic()
        self.bar: Any = None
        self.task: Any = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def advance(self, configurations: int) -> None:
        """So many more are done."""
        self.done += configurations
        late = time.monotonic() - self.started > PATIENCE
        if self.done == self.total:
            self._end()  # before anything is written
        elif self.bar is None and late and sys.stderr.isatty() and not self.quiet:
            from rich import progress
            from rich.console import Console

            self.bar = progress.Progress(
                progress.BarColumn(),
                progress.MofNCompleteColumn(),
                progress.TextColumn("{task.fields[rate]} a second"),
                progress.TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self.task = self.bar.add_task("", total=self.total, rate="")
            self.bar.start()
        if self.bar is not None:
            rate = self.done / max(1e-9, time.monotonic() - self.started)
            self.bar.update(self.task, completed=self.done, rate=f"{rate:,.0f}")
