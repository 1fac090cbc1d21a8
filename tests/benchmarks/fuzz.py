"""Model files with something wrong, by the million: each is counted or refused, in bounded time.

    python -m tests.benchmarks.fuzz [--count N] [--seed S] [FILE...]

Files given are changed (`mutations.py`); without any, those of `tests/facts/models` and all small
ones that the importers' tests read, which know every trap. A file is taken the rarer, the larger
it is, so that each has the same time. What ends otherwise than with costs or a message is written
beside the working directory, to be looked at. Ends with 1 where anything did; Ctrl-C ends it with
what was seen by then.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

import pytest

from costcalc.errors import CostcalcError
from costcalc.importers import build, formats
from costcalc.network import Network
from tests.benchmarks.mutations import mutated
from tests.conftest import TESTS

SLOW = 5.0
"""Seconds that no small file may take."""
ENDLESS = 30.0
"""Seconds after which nobody waits any longer."""
MEMORY = 2 << 30
"""Bytes that all files together may take."""
SMALL = 8_000
"""Bytes: a file of the tests that is larger is not one node or a few."""
LARGE = 110_000


def seeds() -> list[bytes]:
    """The files that are changed: whole networks, and what the importers' tests read."""
    models = sorted((TESTS / "facts" / "models").iterdir())
    kept = [
        one.read_bytes()
        for one in models
        if one.suffix in (".onnx", ".tflite", ".pt2") and one.stat().st_size < LARGE
    ]
    read, seen = formats.read_data, dict.fromkeys(kept)

    def keeping(path: str, data: memoryview) -> object:
        file = read(path, data)
        if len(data) < SMALL:
            seen[bytes(data)] = None
        return file

    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
        for module in (formats, build):
            patch.setattr(module, "read_data", keeping)
        pytest.main(["-n0", "-q", "-p", "no:cacheprovider", str(TESTS / "importers")])
    return list(seen)


def give_up(*_: object) -> None:
    """End a file that takes for ever."""
    raise TimeoutError(f"more than {ENDLESS} seconds")


def main() -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("files", nargs="*", type=Path)
    given = parser.parse_args()
    contents = [one.read_bytes() for one in given.files] or seeds()
    print(f"{len(contents):,} files to change", flush=True)
    weights = [1 / (500 + len(one)) for one in contents]
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGVTALRM, give_up)
    try:
        for number in range(given.count):
            chance = random.Random(f"{given.seed}/{number}")
            data = mutated(chance.choices(contents, weights)[0], chance)
            start = time.process_time()
            signal.setitimer(signal.ITIMER_VIRTUAL, ENDLESS)
            try:
                Network(build.read_content("net.onnx", data), {})
                outcome = "counted"
            except CostcalcError as error:
                outcome = "refused" if len(str(error)) < 20_000 else "a message without end"
            except Exception:  # what this looks for
                traceback.print_exc()
                outcome = "failed"
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            taken = time.process_time() - start
            slowest = max(slowest, taken)
            if outcome not in ("counted", "refused") or taken > SLOW:
                kept = Path(f"fuzz_{given.seed}_{number}.model")
                kept.write_bytes(data)
                print(f"{kept}: {outcome} in {taken:.1f} s", flush=True)
                outcomes["kept"] += 1
            outcomes[outcome] += 1
    except KeyboardInterrupt:
        print("interrupted")
    total = sum(outcomes.values()) - outcomes["kept"]
    print(f"{total:,} files", dict(outcomes), f"slowest {slowest:.2f} s")
    return 1 if outcomes["kept"] else 0


if __name__ == "__main__":
    sys.exit(main())
