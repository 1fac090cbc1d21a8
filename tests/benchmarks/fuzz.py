"""Model files with something wrong, by the million: each is counted or refused, in bounded time.

    python -m tests.benchmarks.fuzz [--count N] [--seed S] [FILE...]

Bytes are changed, cut out, doubled and exchanged for numbers that lie; of an exported program also
values of the JSON inside. What ends otherwise than with costs or a message is written beside the
working directory, to be looked at. Ends with 1 where anything did; Ctrl-C ends it with what was
seen by then.

What was run by 30 November 2026 is 100,000 files, not a million; none of them failed.
"""

from __future__ import annotations

import argparse
import copy
import io
import json
import random
import struct
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.importers.build import read_model
from costcalc.network import Network
from tests.conftest import TESTS

LIES = (0, 1, 0x7F, 0xFF, 2**16, 2**31 - 1, 2**31, 2**32 - 1)
VALUES: list[Any] = [None, True, -1, 0, 2**63, 10**40, 1.5, "", "x", [], {}, [[]], {"as_int": 3}]
SLOW = 5.0
"""Seconds that no small file may take."""


def changed(data: bytes, chance: random.Random) -> bytes:
    """The bytes with something wrong in them."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        at, kind = chance.randrange(len(made)), chance.random()
        if kind < 0.4:
            made[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        elif kind < 0.7:
            at = min(at - at % 4, max(0, len(made) - 4))
            made[at : at + 4] = struct.pack("<I", chance.choice((*LIES, chance.randrange(2**20))))
        elif kind < 0.85:
            del made[at : at + chance.randint(1, 40)]
        else:
            made[at:at] = made[at : at + chance.randint(1, 40)]
        if not made:
            break
    return bytes(made[: chance.randrange(len(made) + 1)] if chance.random() < 0.05 else made)


def changed_program(data: bytes, chance: random.Random) -> bytes:
    """An exported program with values exchanged in the JSON that says its graph."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        name = next(one for one in archive.namelist() if "/models/" in one)
        record = json.loads(archive.read(name))
    for _ in range(chance.choice((1, 1, 2, 4))):
        at: Any = record
        while isinstance(at, (dict, list)) and at:
            key = chance.choice(list(at) if isinstance(at, dict) else range(len(at)))
            if not isinstance(at[key], (dict, list)) or not at[key] or chance.random() < 0.1:
                at[key] = copy.deepcopy(chance.choice(VALUES))
                break
            at = at[key]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("net/models/model.json", json.dumps(record))
    return made.getvalue()


def main() -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("files", nargs="*", type=Path)
    given = parser.parse_args()
    models = (TESTS / "facts" / "models").iterdir()
    files = given.files or [one for one in models if one.stat().st_size < 110_000]
    sources = [one for one in sorted(files) if one.suffix in (".onnx", ".tflite", ".pt2")]
    contents = {one: one.read_bytes() for one in sources}
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    path = Path(tempfile.mkdtemp()) / "net.onnx"
    try:
        for number in range(given.count):
            chance = random.Random(f"{given.seed}/{number}")
            source = chance.choice(sources)
            change = changed_program if source.suffix == ".pt2" and number % 4 else changed
            path.write_bytes(change(contents[source], chance))
            start = time.process_time()
            try:
                Network(read_model(str(path)), {})
                outcome = "counted"
            except CostcalcError as error:
                outcome = "refused" if len(str(error)) < 20_000 else "a message without end"
            except Exception:  # what this looks for
                traceback.print_exc()
                outcome = "failed"
            taken = time.process_time() - start
            slowest = max(slowest, taken)
            if outcome not in ("counted", "refused") or taken > SLOW:
                kept = Path(f"fuzz_{given.seed}_{number}{source.suffix}")
                kept.write_bytes(path.read_bytes())
                print(f"{kept}: {outcome} in {taken:.1f} s", file=sys.stdout)
                outcomes["kept"] += 1
            outcomes[outcome] += 1
    except KeyboardInterrupt:
        print("interrupted")
    print(f"{sum(outcomes.values()):,} files", dict(outcomes), f"slowest {slowest:.2f} s")
    return 1 if outcomes["kept"] else 0


if __name__ == "__main__":
    sys.exit(main())
