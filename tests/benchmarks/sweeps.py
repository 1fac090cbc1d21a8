"""How fast sweeps are, as ratios in one run: `python -m tests.benchmarks.sweeps`.

Against numpy written by hand (`by_hand.py`), one core against two, a small space against one of
10^9. Every array is compared with the hand-written one, and with networks counted one by one.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import costcalc
from tests.benchmarks import by_hand

METRICS = ("params", "mult_adds", "memory_access")
MILLION = 10**6
COMMAND = [sys.executable, "-m", "costcalc"]


def seconds(run: Callable[[], Any], times: int = 9) -> float:
    """The median time of a call."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def compare(found: Any, by_hand_: list[Any], settings: Callable[[Any], dict[str, Any]]) -> None:
    """Every number as by hand; 25 of them as the network counted by itself."""
    for metric, wanted in zip(METRICS, by_hand_, strict=True):
        assert np.array_equal(found[metric], wanted), metric
    random = np.random.default_rng(0)
    for _ in range(25):
        place = tuple(int(random.integers(size)) for size in found["params"].shape)
        net = costcalc.load("mobilenet", **settings(place))
        for metric in METRICS:
            assert int(found[metric][place]) == getattr(net, metric)


def grid() -> None:
    """1000 widths x 1000 resolutions, all three metrics; the goal is twice as fast as by hand."""
    alphas, sizes = np.arange(51, 1051) / 1000, np.arange(32, 1032)
    found = costcalc.sweep("mobilenet", alpha=alphas, res=sizes)
    compare(
        found,
        by_hand.grid(alphas, sizes),
        lambda place: {"alpha": float(alphas[place[0]]), "res": int(sizes[place[1]])},
    )
    best = min(
        seconds(lambda block=block: by_hand.grid(alphas, sizes, block), 5)
        for block in (1 << 15, 1 << 16, 1 << 17, 1 << 18)
    )
    ours = seconds(lambda: costcalc.sweep("mobilenet", alpha=alphas, res=sizes))
    print(f"grid of 1000 x 1000: by hand / costcalc: {best / ours:.2f}x (goal 2x, at least 1x);"
          f" {MILLION / ours / 1e6:.0f} million a second")  # fmt: skip


def flat() -> None:
    """A million random (alpha, res), of a thousand widths or all different; at most 2x by hand."""
    random = np.random.default_rng(0)
    sizes = random.integers(32, 1032, size=MILLION)
    thousand = random.integers(51, 1051, size=MILLION) / 1000
    for name, alphas in (("a thousand", thousand), ("all", random.uniform(0.05, 1, size=MILLION))):
        found = costcalc.points("mobilenet", alpha=alphas, res=sizes)
        compare(
            found,
            by_hand.flat(alphas, sizes),
            lambda place, alphas=alphas: {"alpha": alphas[place], "res": int(sizes[place])},
        )
        best = min(
            seconds(lambda block=block, alphas=alphas: by_hand.flat(alphas, sizes, block), 5)
            for block in (1 << 13, 1 << 14, 1 << 15, 1 << 16)
        )
        ours = seconds(lambda alphas=alphas: costcalc.points("mobilenet", alpha=alphas, res=sizes))
        print(f"a million configurations, {name} of their widths different:"
              f" costcalc / by hand: {ours / best:.2f}x (goal at most 2x)")  # fmt: skip


def stream(alphas: str, workers: int) -> tuple[float, float]:
    """Seconds and MiB of a filtered sweep over so many widths x 10,100 resolutions."""
    where = ["--where", "mult_adds <= 20M and params > 1M", "--sort", "-mult_adds", "--top", "20"]
    space = ["--alpha", alphas, "--res", "32:10131"]
    command = [*COMMAND, "sweep", "mobilenet", *space, *where, "--workers", str(workers)]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def streams() -> None:
    """Constant memory at the same rate, however large; two cores take 1/1.8 of the time."""
    few, points = 9_901 * 10_100, 99_001 * 10_100
    seconds_of_few, memory_of_few = stream("0.01:1:0.0001", 1)
    one, memory = stream("0.01:1:0.00001", 1)
    two, _ = stream("0.01:1:0.00001", 2)
    rate, rate_of_few = points / one, few / seconds_of_few
    print(f"{points:,} configurations filtered: {rate / 1e6:.0f} million a second,"
          f" {rate / rate_of_few:.2f}x the rate and {memory / memory_of_few:.2f}x the memory of a"
          f" tenth of them;"
          f" one core / two: {one / two:.2f}x (goal 1.8x)")  # fmt: skip


def process() -> None:
    """The 16 published MobileNets as a process, against one network and numpy's import."""
    job = [*COMMAND, "sweep", "mobilenet", "--alpha", "0.25:1:0.25", "--res", "128:224:32"]
    commands = [[*COMMAND, "mobilenet"], [sys.executable, "-c", "import numpy"], job]
    times = [
        [seconds(lambda c=c: subprocess.run(c, stdout=subprocess.DEVNULL, check=True), 1)
         for c in commands]
        for _ in range(15)
    ]  # fmt: skip
    one, numpy, sweep = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"costcalc sweep of 16 MobileNets / (costcalc mobilenet + import numpy):"
          f" {sweep / (one + numpy):.2f}x (goal 2x)")  # fmt: skip


def subnets() -> None:
    """A sampled sub-network of the once-for-all space against one counted by itself."""
    space = {"d": "all", "k": "all", "e": "all", "res": "128:224:4"}
    many = seconds(lambda: costcalc.sample("ofa_mobilenet_v3", 100_000, **space), 3)
    one = seconds(lambda: costcalc.load("ofa_mobilenet_v3", d=3, k=5, e=4), 20)
    print(f"100,000 sub-networks in one call take as long as {many / one:.0f} one by one")


if __name__ == "__main__":
    grid()
    flat()
    subnets()
    process()
    streams()
