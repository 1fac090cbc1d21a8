"""How much room a terminal has."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TextIO

MOST = 1000
"""Columns and lines of the largest screen that anything is laid out for."""
LEAST = 20
"""Columns of the narrowest: below that numbers would break, and the terminal wraps as well."""


def size(stream: TextIO | None = None) -> tuple[int, int]:
    """Columns and lines: `COLUMNS` and `LINES` where they are positive numbers, else its own.

    That is what stdout is written to, or else a `stream`. What says nothing has 80 and 24.
    """
    otherwise = 80, 24
    if stream is not None:
        with contextlib.suppress(OSError):
            otherwise = os.get_terminal_size(stream.fileno())
    columns, lines = shutil.get_terminal_size(otherwise)
    return max(LEAST, min(columns, MOST)), min(lines, MOST)
