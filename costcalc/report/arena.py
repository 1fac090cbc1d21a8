"""What `memory --arena` shows: where every tensor lies over time."""

from __future__ import annotations

import string
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from costcalc.memory.arena import Arena
from costcalc.memory.interpreter import SOURCE
from costcalc.memory.planners import Buffer
from costcalc.memory.scratch import Scratch
from costcalc.network import Network
from costcalc.report.document import Column, For, rounded
from costcalc.report.memory import memory_result
from costcalc.report.network import header
from costcalc.report.result import Fact, Result, Table, only

MARKS = string.ascii_lowercase + string.ascii_uppercase
"""What stands for a tensor in the picture; of many the letters come round again."""
SCRATCH, NOTHING = "#", "·"
WIDTH = 32
"""Characters the arena is wide."""
PLANNER = "greedy by size, as in TFLite Micro"
UNPROVEN = "the best that was found; a smaller one may exist"
ORDERS = {"spec": "the spec's order of steps", "best": "the order with the smallest peak"}


def arena_result(network: Network, arena: Arena) -> Result:
    """The bytes, a picture of time and addresses, every tensor with its place.

    CSV has the tensors; JSON has them with their offsets in the best layout too, and the steps.
    """
    peak = memory_result(network, arena.peak, top=1)
    kinds = [_scratch_kinds(arena)] if arena.kernels else []
    steps = peak.tables[0]._replace(seen=For.JSON)
    return Result(
        [*header(network)[:-1], *_words(arena)],
        [_picture(arena), _tensors(arena), *kinds, _scratch(arena), steps],
        [*(fact for fact in peak.facts if fact.key != "tensors"), *_facts(arena)],
    )


def _facts(arena: Arena) -> list[Fact]:
    best = arena.best
    return [
        Fact("planner", PLANNER, For.JSON),
        Fact("arena_bytes", arena.bytes, For.JSON),
        Fact("lower_bound_bytes", arena.lower_bound, For.JSON),
        Fact("scratch_bytes", arena.scratch_bytes, For.JSON),
        Fact("tensors_only_bytes", arena.tensors_only, For.JSON),
        Fact("fragmentation", {"bytes": arena.wasted, "words": _fragmentation(arena)}, For.JSON),
        Fact(
            "best",
            {
                "planner": best.layout.planner,
                "bytes": best.layout.bytes,
                "proven": bool(best.proof),
                "words": best.proof or UNPROVEN,
            },
            For.JSON,
        ),
        Fact("interpreter", {**arena.interpreter._asdict(), "source": SOURCE}, For.JSON),
    ]


def _words(arena: Arena) -> list[str]:
    best, kept = arena.best, arena.interpreter
    at = arena.peak.step
    lines = [
        f"order {arena.peak.order}: {ORDERS[arena.peak.order]}"
        if not arena.of_file
        else "tensors and operators as the file has them, in its types",
        f"arena {sized(arena.bytes)}: {PLANNER}",
        f"lower bound {sized(arena.lower_bound)} of tensors alive at once, at {at}",
        f"best layout {sized(best.layout.bytes)}: {best.layout.planner}",
        f"  {best.proof or UNPROVEN}",
        f"fragmentation: {_fragmentation(arena)}",
    ]
    if arena.scratch_bytes:
        lines.append(
            f"scratch {sized(arena.scratch_bytes)} in the arena while its step runs; the tensors"
            f" alone take {sized(arena.tensors_only)}"
        )
    lines.append(
        f"beside it the interpreter keeps {kept.least:,} to {kept.most:,} bytes, the most with"
        " pointers of 64 bits"
    )
    return lines


def sized(number: int) -> str:
    """Bytes, and in KiB where that is a round way to say it."""
    return f"{number:,} bytes ({rounded(Fraction(number, 1024), 1)} KiB)"


def _fragmentation(arena: Arena) -> str:
    """Why the layout takes more than what is alive."""
    gap = arena.gap
    if gap is None:
        return "none, the arena is as large as what is alive at once"
    share = rounded(Fraction(100 * arena.wasted, arena.bytes), 1)
    return (
        f"{arena.wasted:,} bytes ({share} %) are never needed at once; {gap.buffer.name}"
        f" (steps {gap.buffer.first} to {gap.buffer.last}) lies highest, from {gap.offset:,}: below"
        f" it {gap.needed - gap.buffer.bytes:,} bytes are in use at most, but no gap held its"
        f" {gap.buffer.bytes:,}"
    )


def _marks(arena: Arena) -> list[str]:
    """A letter a tensor, in the order of the table."""
    marks = [MARKS[number % len(MARKS)] for number in range(len(arena.tensors))]
    return marks + [SCRATCH] * len(arena.scratch)


def _picture(arena: Arena) -> Table:
    """A line a step, the arena from left to right."""
    columns = [
        Column("step", "step", "count"),
        Column("layer", "layer"),
        Column("bytes alive", "bytes", "count", spare=True),
        Column("addresses", "picture", point=True),
    ]
    at_step: list[list[tuple[int, Buffer, str]]] = [[] for _ in arena.alive]
    for placed in zip(arena.planned.offsets, arena.buffers, _marks(arena), strict=True):
        for step in range(placed[1].first, placed[1].last + 1):
            at_step[step].append(placed)
    rows = (
        {
            "step": moment.number + 1,
            "layer": moment.step.name,
            "bytes": arena.alive[moment.number + 1],
            "picture": _line(at_step[moment.number + 1], arena.bytes),
        }
        for moment in arena.peak.moments
    )
    note = (
        f"a character is {rounded(Fraction(arena.bytes, WIDTH), 0)} bytes, a letter the tensor of"
        f" that mark below, {SCRATCH} scratch, {NOTHING} nothing"
    )
    return Table(columns, rows, title="time and addresses", notes=[note], seen=For.PEOPLE)


def _line(there: Sequence[tuple[int, Buffer, str]], total: int) -> str:
    """What lies at each address: of a character's bytes whoever has most of them."""
    cells = []
    for cell in range(WIDTH):
        start, end = cell * total, (cell + 1) * total  # in 1 / WIDTH of a byte
        taken = [
            (min(end, (at + b.bytes) * WIDTH) - max(start, at * WIDTH), mark)
            for at, b, mark in there
        ]
        most, mark = max(taken, default=(0, NOTHING))
        cells.append(mark if 2 * most >= total else NOTHING)
    return "".join(cells)


def _tensors(arena: Arena) -> Table:
    columns = [
        Column("", "mark", seen=For.PEOPLE),
        Column("tensor", "name", json="name"),
        Column("offset", "offset", "count"),
        Column("bytes", "bytes", "count"),
        Column("first step", "first", "count"),
        Column("last step", "last", "count"),
        Column("best offset", "best_offset", "count"),
    ]
    placed = zip(
        arena.buffers, arena.planned.offsets, arena.best.layout.offsets, _marks(arena), strict=True
    )
    rows = [
        {"mark": mark, "offset": at, "best_offset": best, **buffer._asdict()}
        for buffer, at, best, mark in placed
    ]
    return Table(
        columns,
        rows[: len(arena.tensors)],
        "tensors",
        "tensors",
        notes=_placed_scratch(rows, arena),
    )


def _placed_scratch(rows: Sequence[dict[str, Any]], arena: Arena) -> list[str]:
    return [
        f"{row['name']}: {row['bytes']:,} bytes at {row['offset']:,} in step {row['first']}"
        for row in rows[len(arena.tensors) :]
    ]


def _scratch_kinds(arena: Arena) -> Table:
    """A line a kind of scratch: the layer that may need most of it, and where that is from."""
    columns = [
        Column("scratch", "what"),
        Column("layers", "layers", "count"),
        Column("in the arena", "bytes", "count"),
        Column("least", "least", "count"),
        Column("most", "most", "count"),
        Column("at", "layer"),
    ]
    kinds: dict[tuple[str, str], list[Scratch]] = {}
    for one in arena.kernels:
        kinds.setdefault((one.what, one.source), []).append(one)
    rows = []
    for found in kinds.values():
        top = max(found, key=lambda one: one.most)
        rows.append({**top._asdict(), "layers": len(found)})
    notes = [f"{what}: {source}" for what, source in kinds]
    title = "scratch of kernels, in bytes at the layer that may need most"
    return Table(columns, rows, title=title, notes=notes, seen=For.PEOPLE)


def _scratch(arena: Arena) -> Table:
    columns = only(For.JSON, *Scratch._fields)
    return Table(columns, [one._asdict() for one in arena.kernels], "scratch", seen=For.JSON)
