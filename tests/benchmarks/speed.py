"""How fast, as ratios in one run: `python tests/benchmarks/speed.py`.

Whole processes are timed in turn, many times, and the medians compared; absolute times say
nothing about another machine. Install the project first (`pip install .`), so that its modules
are compiled as those it is compared with are.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

IMPORTS = [sys.executable, "-c", "import click, yaml, rich.table"]
MAIN_JOB = [sys.executable, "-m", "costcalc", "mobilenet", "--alpha", "0.5", "--res", "160"]


def seconds(command: list[str], code: int = 0) -> float:
    """The time of a whole process, which ends with a code."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == code, done.stderr
    return time.perf_counter() - start


def start_up() -> None:
    """The main job against importing what a command line prints with; the goal is 1.5."""
    pairs = [(seconds(IMPORTS), seconds(MAIN_JOB)) for _ in range(25)]
    imports, job = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"costcalc mobilenet / import click, yaml, rich.table: {job / imports:.2f}x (goal 1.5x)")


def spec(rows: int, repeats: int) -> str:
    """A network of rows x repeats convolutions."""
    lines = "".join(f"    - [conv, 3x3, {8 + i % 8}]\n" for i in range(rows))
    return (
        f"input: [32, 32, 8]\nnetwork:\n- columns: [op, k, out]\n  rows:\n  - {repeats}x:\n{lines}"
    )


def count(text: str) -> tuple[float, int]:
    """Seconds and bytes it takes to count a spec, and that the count is right."""
    import costcalc

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.yaml"
        path.write_text(text)
        costcalc.load(str(path))  # once, for what only the first time costs
        start = time.perf_counter()
        net = costcalc.load(str(path))
        taken = time.perf_counter() - start
        tracemalloc.start()
        again = costcalc.load(str(path))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert net.mult_adds == again.mult_adds == sum(layer.mult_adds for layer in net.layers)
    return taken, peak


def large() -> None:
    """Time and memory a layer, from 1,000 to 100,000 layers: linear means equal."""
    for rows, repeats in ((100, 10), (100, 100), (100, 1000), (20_000, 5)):
        taken, peak = count(spec(rows, repeats))
        layers = rows * repeats
        print(f"{layers:>7,} layers: {taken / layers * 1e6:6.1f} us and {peak / layers:6.0f} bytes"
              " a layer")  # fmt: skip
    peak_rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"the process at its largest: {peak_rss / 1024:.0f} MiB")


def refusals() -> None:
    """The worst specs, refused, against the main job."""
    bad = Path(__file__).parents[1] / "bad"
    job = statistics.median(seconds(MAIN_JOB) for _ in range(5))
    for name in ("alias_bomb", "nesting", "repeat", "digits", "power", "long_expression"):
        refused = [sys.executable, "-m", "costcalc", str(bad / f"{name}.yaml")]
        taken = statistics.median(seconds(refused, code=2) for _ in range(5))
        print(f"costcalc {name}.yaml, refused / costcalc mobilenet: {taken / job:.2f}x")


def ledger() -> None:
    """The whole ledger against the main job."""
    check = [sys.executable, "-m", "costcalc", "check"]
    pairs = [(seconds(MAIN_JOB), seconds(check)) for _ in range(5)]
    job, whole = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"costcalc check / costcalc mobilenet: {whole / job:.1f}x")


if __name__ == "__main__":
    start_up()
    large()
    refusals()
    ledger()
