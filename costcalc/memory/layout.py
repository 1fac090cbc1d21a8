"""The smallest layout of an arena that is found: several planners, then an exact search.

Finding the smallest is NP-hard (dynamic storage allocation, Garey and Johnson 1979, SR2). A layout
as small as what is alive at once, every buffer rounded up to the alignment, is known to be the
smallest; so is one that an exhaustive search could not beat.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from costcalc.memory.planners import Buffer, Layout, alive, by_breadth, by_size, promoted
from costcalc.records import NamedTuple

LOOKS = 20_000
"""How many places the exhaustive search tries."""
SEARCHED = 200
"""The most buffers of an exhaustive search."""


class Best(NamedTuple):
    """The best layout, and why no smaller one exists; `proof` is empty where that is not known."""

    layout: Layout
    proof: str


def best_layout(found: Sequence[Buffer]) -> Best:
    """The smallest layout that any planner here finds; of equal ones the first planner's.

    >>> best_layout([Buffer("x", 64, 0, 1), Buffer("a", 32, 1, 2), Buffer("b", 64, 2, 3)]).proof
    'no smaller than what is alive at once'
    """
    bound = max(alive(found, aligned=True), default=0)
    best = by_size(found)
    for planner in PLANNERS:
        if best.bytes == bound:
            break
        best = min(best, planner(found), key=lambda layout: layout.bytes)
    if best.bytes == bound:
        return Best(best, "no smaller than what is alive at once")
    if len(found) > SEARCHED:
        return Best(best, "")
    search, proof = _Search(found, best.bytes, bound), "no layout is smaller, searched exhaustively"
    try:
        search.run()
    except _TooMany:
        proof = ""
    return Best(search.smallest or best, proof)


class _TooMany(Exception):
    """The search has tried as many places as it may."""


PLANNERS: tuple[Callable[[Sequence[Buffer]], Layout], ...] = (by_breadth, promoted)
"""Tried in this order after greedy by size."""


class _Search:
    """All layouts that could be smaller than `best`, by depth.

    A smallest layout, pushed down until each buffer lies on another one or at 0, can be built
    from below: each buffer on top of whatever of its steps lies there already, offsets never
    falling, of equal ones the first. So it is enough to choose who comes next.
    """

    def __init__(self, found: Sequence[Buffer], best: int, bound: int) -> None:
        self.found, self.best, self.bound = found, best, bound
        self.looks = LOOKS
        self.height = [0] * (1 + max(buffer.last for buffer in found))
        self.missing = alive(found, aligned=True)
        self.offsets = [0] * len(found)
        self.smallest: Layout | None = None

    def run(self) -> None:
        """Leave the smallest layout below `best` in `smallest`, if there is one.

        Raises `_TooMany` where all places that may be tried are.
        """
        self._place(set(range(len(self.found))), (0, -1))

    def _place(self, left: set[int], floor: tuple[int, int]) -> None:
        if not left:
            self.best = max(self.height)
            self.smallest = Layout("exhaustive search", tuple(self.offsets), self.best)
            return
        places = sorted((self._on_top(number), number) for number in left)
        # Nothing will lie below what is placed next. So whoever fits below that is placed first:
        # lying lower it would not be in the way.
        ceiling = min(offset + self.found[number].aligned for offset, number in places)
        for offset, number in places:
            if offset >= ceiling or self.best == self.bound:
                return
            if (offset, number) > floor:
                self._step(left, number, offset)

    def _step(self, left: set[int], number: int, offset: int) -> None:
        if not self.looks:
            raise _TooMany
        self.looks -= 1
        buffer = self.found[number]
        end = offset + buffer.aligned
        steps = range(buffer.first, buffer.last + 1)
        before = self.height[buffer.first : buffer.last + 1]
        for step in steps:
            self.height[step] = end
            self.missing[step] -= buffer.aligned
        self.offsets[number] = offset
        if all(end + self.missing[step] < self.best for step in steps):
            left.remove(number)
            self._place(left, (offset, number))
            left.add(number)
        self.height[buffer.first : buffer.last + 1] = before
        for step in steps:
            self.missing[step] += buffer.aligned

    def _on_top(self, number: int) -> int:
        buffer = self.found[number]
        return max(self.height[buffer.first : buffer.last + 1])
