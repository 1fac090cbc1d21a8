"""How much room a terminal has."""

from __future__ import annotations

import shutil

MOST = 1000
"""Columns and lines of the largest screen that anything is laid out for."""
LEAST = 20
"""Columns of the narrowest: below that numbers would break, and the terminal wraps as well."""


def size() -> tuple[int, int]:
    """Columns and lines: `COLUMNS` and `LINES` where they are positive numbers, else its own.

    What says nothing has 80 and 24.
    """
    columns, lines = shutil.get_terminal_size()
    return max(LEAST, min(columns, MOST)), min(lines, MOST)
