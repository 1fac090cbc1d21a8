"""What is there several times, once: blocks with arguments, and repeats.

Steps that look alike but for some cells are calls of a block; these cells are its arguments. The
block that saves most lines is made first, then the next, until none saves any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from costcalc.importers.writing.structure import Cells, Step

LONGEST = 16
"""The most steps of a block."""
ARGUMENTS = 8
"""The most arguments of a block."""
LEAST = 2
"""The fewest lines that a block has to save."""


@dataclass(slots=True)
class Block:
    """A body with arguments."""

    name: str
    arguments: list[str]
    body: list[Step]


def folded(steps: list[Step]) -> tuple[list[Step], list[Block]]:
    """The same steps with calls of blocks, and equal ones after each other as one of several."""
    blocks: list[Block] = []
    while True:
        steps = _repeated(steps)
        best = _best(steps)
        if best is None:
            break
        length, places = best
        block, calls = _block(f"block{len(blocks) + 1}", [steps[p : p + length] for p in places])
        blocks.append(block)
        for place, call in zip(reversed(places), reversed(calls), strict=True):
            steps[place : place + length] = [call]
    return steps, [replace(b, body=_repeated(b.body)) for b in blocks]


def _best(steps: Sequence[Step]) -> tuple[int, list[int]] | None:
    """How many steps of a block, and where they are, for the one that saves most lines."""
    looks = _numbers(_look(step) for step in steps)
    lines = [step.lines() for step in steps]
    best, most = None, LEAST - 1
    for length in range(1, min(LONGEST, len(steps)) + 1):
        found: dict[tuple[int, ...], list[int]] = {}
        for place in range(len(steps) - length + 1):
            window = tuple(looks[place : place + length])
            if -1 in window or not _alone(steps[place : place + length]):
                continue
            places = found.setdefault(window, [])
            if not places or places[-1] + length <= place:
                places.append(place)
        for places in found.values():
            if len(places) < 2:
                continue
            size = sum(lines[places[0] : places[0] + length])
            saved = (size - 1) * len(places) - size - 1
            if saved > most and _few_arguments(steps, length, places):
                best, most = (length, places), saved
    return best


def _alone(steps: Sequence[Step]) -> bool:
    """Whether nothing inside starts elsewhere or is read elsewhere."""
    return not any(step.source for step in steps[1:]) and not any(s.name for s in steps[:-1])


def _few_arguments(steps: Sequence[Step], length: int, places: Sequence[int]) -> bool:
    """Whether few cells differ, so that a call reads better than what it calls."""
    cells = [list(_cells(steps[p : p + length])) for p in places]
    different = {
        tuple(map(_frozen, column))
        for column in zip(*([cell for _, _, cell in one] for one in cells), strict=True)
        if len(set(map(_frozen, column))) > 1
    }
    return len(different) <= ARGUMENTS


def _look(step: Step) -> Any:
    """What two steps have in common that differ in the values of cells alone; None for none."""
    if step.branches is None:
        return (step.op, step.times, *sorted(step.cells))
    if any(isinstance(branch, str) for branch in step.branches):
        return None
    inside = [tuple(map(_look, branch)) for branch in step.branches if isinstance(branch, list)]
    if any(None in branch for branch in inside):
        return None
    return (step.op, tuple(sorted(step.cells)), *inside)


def _numbers(looks: Iterator[Any]) -> list[int]:
    known: dict[Any, int] = {}
    return [-1 if look is None else known.setdefault(look, len(known)) for look in looks]


def _cells(steps: Sequence[Step]) -> Iterator[tuple[Step, str, Any]]:
    """Every cell of some steps, outside in, in an order that depends on their look alone."""
    for step in steps:
        for name in sorted(step.cells):
            yield step, name, step.cells[name]
        for branch in step.branches or ():
            yield from _cells(branch)  # type: ignore[arg-type]  # no branch is a name here


def _frozen(cell: Any) -> Any:
    return tuple(cell) if isinstance(cell, list) else cell


def _block(name: str, occurrences: list[list[Step]]) -> tuple[Block, list[Step]]:
    """A block, and the call that each occurrence becomes."""
    columns = list(zip(*(list(_cells(steps)) for steps in occurrences), strict=True))
    channels = [steps[0].channels for steps in occurrences]
    known: dict[Any, str] = {}
    arguments: list[str] = []
    handed: list[Cells] = [{} for _ in occurrences]
    written: list[Any] = []
    for column in columns:
        cells = [cell for _, _, cell in column]
        values = tuple(map(_frozen, cells))
        times = _times(values, channels)
        if len(set(values)) == 1:
            written.append(cells[0])
        elif times:
            written.append("cin" if times == 1 else f"{times} * cin")
        else:
            if values not in known:
                known[values] = _argument(column[0][1], known.values())
                arguments.append(known[values])
                for call, cell in zip(handed, cells, strict=True):
                    call[known[values]] = cell
            written.append(known[values])
    body = _with_cells(occurrences[0], iter(written))
    calls = [
        Step(
            name, given, source=steps[0].source, name=steps[-1].name, channels=steps[0].channels,
            comment=_common([step.comment for step in steps]),
        )
        for steps, given in zip(occurrences, handed, strict=True)
    ]  # fmt: skip
    return Block(name, arguments, body), calls


def _times(values: Sequence[Any], channels: Sequence[int | None]) -> int:
    """How many times the channels of its input a cell always is, 0 where it is not."""
    found = set()
    for cell, width in zip(values, channels, strict=True):
        if not (width and isinstance(cell, str) and cell.isdigit()) or int(cell) % width:
            return 0
        found.add(int(cell) // width)
    return found.pop() if len(found) == 1 else 0


def _argument(column: str, taken: Any) -> str:
    """A name for an argument: that of its column, with a number where there are several."""
    base = column
    if base in ("norm", "act", "bits", "form", "keep", "n", "name", "from", "when", "op", "shares"):
        base = f"{base}_word"
    names = list(taken)
    number = 1
    while (name := base if number == 1 else f"{base}{number}") in names:
        number += 1
    return name


def _with_cells(steps: Sequence[Step], written: Iterator[Any]) -> list[Step]:
    """The steps of a body, with other cells and without a place of their own."""
    made = []
    for step in steps:
        cells = {name: next(written) for name in sorted(step.cells)}
        branches = step.branches
        inner = None if branches is None else [_with_cells(b, written) for b in branches]  # type: ignore[arg-type]
        made.append(Step(step.op, {n: cells[n] for n in step.cells}, inner, times=step.times))  # type: ignore[arg-type]
    return made


def _repeated(steps: list[Step]) -> list[Step]:
    """Equal steps after each other as one of several."""
    made: list[Step] = []
    for step in steps:
        branches = step.branches
        if branches is not None:
            step.branches = [_repeated(b) if isinstance(b, list) else b for b in branches]
        last = made[-1] if made else None
        if last is not None and not step.source and not last.name and _equal(last, step):
            last.times += step.times
            last.name = step.name
            continue
        made.append(step)
    return made


def _equal(a: Step, b: Step) -> bool:
    """Whether two steps are the same, so that one several times over is both."""
    if a.branches is not None or b.branches is not None:
        return False
    return a.op == b.op and a.cells == b.cells and not b.source and not a.source


def _common(names: Sequence[str]) -> str:
    """What all names begin with, up to a dot; the first name where that is nothing."""
    parts = [name.split(".") for name in names]
    common: list[str] = []
    for words in zip(*parts, strict=False):
        if len(set(words)) > 1:
            break
        common.append(words[0])
    return ".".join(common) or names[0]
