"""What a call takes, in numbers that are the same on every machine, unlike its time."""

from __future__ import annotations

import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any


def calls(run: Callable[[], Any]) -> int:
    """How many functions a call enters."""
    entered = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal entered
        entered += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(None)
    return entered


def seconds(run: Callable[[], Any]) -> float:
    """The processor's time, to be compared in one run: it alone sees steps that are long."""
    began = time.process_time()
    run()
    return time.process_time() - began


def memory(run: Callable[[], Any]) -> int:
    """The most bytes that a call holds at once."""
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
