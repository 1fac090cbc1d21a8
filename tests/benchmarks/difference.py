"""How long a difference of deep networks takes: `python -m tests.benchmarks.difference`.

The goal is less than a second for 10,000 layers, on an idle machine, and ten times as long for ten
times the layers.
"""

from __future__ import annotations

import gc
import tempfile
import time
from pathlib import Path

import costcalc
from costcalc.cli import ALLOCATIONS
from costcalc.control.diff import diff
from tests.benchmarks.speed import spec

ROWS = (1_000, 10_000)
INSERTED = "    - [conv, 1x1, 8]"
EDITS = {
    "one row added in the middle": lambda rows: [*rows[: len(rows) // 2], INSERTED,
                                                 *rows[len(rows) // 2 :]],
    "every tenth row removed": lambda rows: [row for n, row in enumerate(rows) if n % 10 or n < 5],
    "every row another kernel": lambda rows: [row.replace("3x3", "5x5") for row in rows],
}  # fmt: skip


def seconds(rows: int, edit: str) -> float:
    """The shortest of several times to tell an edited network from what it was."""
    lines = spec(rows, 1).splitlines()
    head, body = lines[:5], lines[5:]
    with tempfile.TemporaryDirectory() as folder:
        networks = []
        for name, text in (("a", lines), ("b", head + EDITS[edit](body))):
            path = Path(folder) / f"{name}.yaml"
            path.write_text("\n".join(text))
            networks.append(costcalc.load(path))
    times = []
    for _ in range(5):
        start = time.process_time()
        assert not diff(*networks).same
        times.append(time.process_time() - start)
    return min(times)


if __name__ == "__main__":
    gc.set_threshold(ALLOCATIONS)  # as on the command line
    for edit in EDITS:
        few, many = (seconds(rows, edit) for rows in ROWS)
        print(f"10,000 layers, {edit}: {many:.2f} s (goal 1 s), {many / few:.1f}x those of 1,000")
