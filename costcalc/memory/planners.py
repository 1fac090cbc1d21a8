"""Planners: an offset for every buffer of an arena, so that what is alive at once lies apart.

A buffer does not move while it is alive. So a layout takes at least what is alive at once, and
more where gaps are left between buffers that fit none of those still to come.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from costcalc.records import NamedTuple

ALIGNMENT = 16
"""Bytes: offsets are multiples of it (TFLite Micro, `MicroArenaBufferAlignment`)."""

ROUNDS = 60
"""How often what sticks out is moved to the front."""


class Buffer(NamedTuple):
    """Bytes that are needed from the step `first` to the step `last`, both counted.

    Steps count from 1; what is there before the first one, an input, begins at 0.
    """

    name: str
    bytes: int
    first: int
    last: int

    @property
    def aligned(self) -> int:
        """Its bytes up to the next multiple of `ALIGNMENT`."""
        return -(-self.bytes // ALIGNMENT) * ALIGNMENT


class Layout(NamedTuple):
    """An offset a buffer, by a planner's name, and the end of the last one."""

    planner: str
    offsets: tuple[int, ...]
    bytes: int


class Shelf:
    """Buffers that lie somewhere already, found by the steps at which they are needed."""

    def __init__(self) -> None:
        self.at_step: dict[int, list[tuple[int, int, int]]] = {}
        self.top = 0

    def put(self, buffer: Buffer, number: int, offset: int) -> None:
        """A buffer lies there from now on."""
        end = offset + buffer.aligned
        for step in range(buffer.first, buffer.last + 1):
            self.at_step.setdefault(step, []).append((offset, end, number))
        self.top = max(self.top, end)

    def beside(self, buffer: Buffer) -> list[tuple[int, int, int]]:
        """What lies somewhere while a buffer is alive: offset, end and number, upward."""
        found = {
            there
            for step in range(buffer.first, buffer.last + 1)
            for there in self.at_step.get(step, ())
        }
        return sorted(found)

    def first_gap(self, buffer: Buffer) -> int:
        """The lowest offset at which a buffer fits beside the others."""
        offset = 0
        for start, end, _ in self.beside(buffer):
            if start - offset >= buffer.aligned:
                break
            offset = max(offset, end)
        return offset


def alive(found: Sequence[Buffer], aligned: bool = False) -> list[int]:
    """Bytes alive at every step: no layout is smaller than the most of them."""
    changes = [0] * (2 + max((buffer.last for buffer in found), default=0))
    for buffer in found:
        bytes_ = buffer.aligned if aligned else buffer.bytes
        changes[buffer.first] += bytes_
        changes[buffer.last + 1] -= bytes_
    total, totals = 0, []
    for change in changes[:-1]:
        total += change
        totals.append(total)
    return totals


def by_size(found: Sequence[Buffer]) -> Layout:
    """Largest first, of equal ones the later first, each into the first gap that holds it.

    What TFLite Micro does (`GreedyMemoryPlanner`), and greedy by size in Pisarchyk and Lee 2020
    (arXiv:2001.03288).

    >>> by_size([Buffer("x", 32, 0, 1), Buffer("a", 64, 1, 2), Buffer("b", 32, 2, 2)]).offsets
    (64, 0, 64)
    """
    order = sorted(range(len(found)), key=lambda number: (-found[number].aligned, -number))
    return in_order(found, order, "greedy by size")


def in_order(found: Sequence[Buffer], order: Iterable[int], planner: str) -> Layout:
    """Buffers one after the other, each into the first gap that holds it."""
    shelf = Shelf()
    offsets = [0] * len(found)
    for number in order:
        offsets[number] = shelf.first_gap(found[number])
        shelf.put(found[number], number, offsets[number])
    return Layout(planner, tuple(offsets), shelf.top)


def by_breadth(found: Sequence[Buffer]) -> Layout:
    """Steps in order of what is alive at them, at each the largest buffer first.

    Greedy by breadth of Pisarchyk and Lee 2020 (arXiv:2001.03288).
    """
    totals = alive(found, aligned=True)
    at_step: list[list[int]] = [[] for _ in totals]
    for number, buffer in enumerate(found):
        for step in range(buffer.first, buffer.last + 1):
            at_step[step].append(number)
    order: dict[int, None] = {}
    for step in sorted(range(len(totals)), key=lambda step: -totals[step]):
        order.update(dict.fromkeys(sorted(at_step[step], key=lambda n: -found[n].aligned)))
    return in_order(found, order, "greedy by breadth")


def promoted(found: Sequence[Buffer]) -> Layout:
    """Greedy by size again and again, what reached highest in one round first in the next."""
    order = sorted(range(len(found)), key=lambda number: (-found[number].aligned, -number))
    best = Layout("", (), 0)
    for _ in range(ROUNDS):
        layout = in_order(found, order, "greedy by size, what sticks out first")
        if not best.planner or layout.bytes < best.bytes:
            best = layout
        ends = [at + buffer.aligned for at, buffer in zip(layout.offsets, found, strict=True)]
        out = ends.index(max(ends))
        order.remove(out)
        order.insert(0, out)
    return best
