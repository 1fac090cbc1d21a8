"""Signals that end a process, as an exception: so whatever is open is closed and cleaned up."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

_ENDING = (
    "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK", "SIGXCPU", "SIGALRM", "SIGVTALRM", "SIGPROF",
    "SIGUSR1", "SIGUSR2", "SIGPWR", "SIGIO", "SIGSTKFLT",
)  # fmt: skip
"""Those whose default is to end the process, of what a system has. Ctrl-C (SIGINT) is Python's
`KeyboardInterrupt` already; SIGSEGV and the like are faults."""
GRACE = 5.0
"""Seconds in which a further signal is taken for the same one: time to clean up."""
AGAIN = 0.01
"""Seconds until a signal whose exception was dropped is raised again."""


class Ended(BaseException):
    """A signal is to end the process."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)


@contextlib.contextmanager
def as_exceptions() -> Iterator[None]:
    """Raise `Ended` where a signal would end the process; those that are ignored stay so (nohup).

    Once: what cleans up is not to be torn apart by a second one. And until it is heard: Python
    drops what is raised while it frees an object, so the signal comes again soon after; that holds
    for Ctrl-C as well. It goes around commands that have something to clean up, since it takes part
    of a millisecond, which is a lot at start-up.

    >>> @as_exceptions()
    ... def run() -> None: ...
    """
    import os
    import signal
    import sys
    import threading
    import time

    ended_at: float | None = None

    def end(number: int, frame: object) -> None:
        nonlocal ended_at
        now = time.monotonic()
        if ended_at is None or now - ended_at > GRACE:
            ended_at = now
            raise Ended(number)

    def dropped(unraisable: sys.UnraisableHookArgs) -> None:
        nonlocal ended_at
        match unraisable.exc_value:
            case Ended(number=number):
                ended_at = None
            case KeyboardInterrupt():
                number = signal.SIGINT
            case _:
                hook(unraisable)
                return
        again = threading.Timer(AGAIN, os.kill, [os.getpid(), number])
        again.daemon = True
        again.start()

    known = [getattr(signal, name) for name in _ENDING if hasattr(signal, name)]
    caught = [number for number in known if signal.getsignal(number) is signal.SIG_DFL]
    for number in caught:
        signal.signal(number, end)
    hook, sys.unraisablehook = sys.unraisablehook, dropped
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number in caught:
            signal.signal(number, signal.SIG_DFL)
