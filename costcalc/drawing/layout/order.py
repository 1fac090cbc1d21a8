"""The order of each row, so that lines cross little.

Rows are sorted by the middle of their neighbours, down and up in turn, and neighbours swapped
where that helps (Gansner et al., A Technique for Drawing Directed Graphs, TSE 1993, section 3).
Where rows are short, all of their orders are tried: then nothing crosses that need not.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from itertools import pairwise, permutations
from math import factorial

from costcalc.drawing.layout.rows import Rows

SWEEPS = 8
"""Times down and up; more change next to nothing."""
TRIED = 20_000
"""Pairs of orders of neighbouring rows that are compared, at most."""

End = tuple[int, float, float]
"""A neighbour of a place, how far right of its middle the line meets it, and of the place's own."""


def put_in_order(rows: Rows) -> int:
    """Sort every row.

    Args:
        rows: what is sorted, in place.

    Returns:
        How many crossings are left.
    """
    ordering = _Ordering(rows)
    least = ordering.crossings()
    best = [list(row) for row in rows.rows]
    for sweep in range(SWEEPS):
        if not least:
            break
        ordering.sort(downwards=sweep % 2 == 0)
        ordering.swap()
        found = ordering.crossings()
        if found < least:
            least, best = found, [list(row) for row in rows.rows]
    ordering.restore(best)
    return ordering.try_all() if least else 0


class _Ordering:
    """The rows of a layout while they are put in order."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows.rows
        count = len(rows.rank)
        self.up: list[list[End]] = [[] for _ in range(count)]
        self.down: list[list[End]] = [[] for _ in range(count)]
        for link in rows.links:
            self.up[link.target].append((link.source, link.leaves, link.arrives))
            self.down[link.source].append((link.target, link.arrives, link.leaves))
        self.at = [0] * count
        self.restore(self.rows)

    def restore(self, rows: Sequence[Sequence[int]]) -> None:
        """Put the places as they were."""
        for number, row in enumerate(rows):
            self._put(number, row)

    def _put(self, number: int, row: Sequence[int]) -> None:
        self.rows[number] = list(row)
        for position, place in enumerate(row):
            self.at[place] = position

    def crossings(self) -> int:
        """Crossings in all."""
        return sum(map(self._below, range(len(self.rows) - 1)))

    def _below(self, number: int) -> int:
        """Crossings between a row and the next one."""
        ends: list[tuple[int, float]] = []
        crossings = 0
        for place in self.rows[number]:
            lines = sorted((own, self.at[other], meets) for other, meets, own in self.down[place])
            for _, at, meets in lines:
                crossings += len(ends) - bisect.bisect_right(ends, (at, meets))
                bisect.insort(ends, (at, meets))
        return crossings

    def sort(self, downwards: bool) -> None:
        """Every row by the middle of its neighbours above, or below."""
        ends = self.up if downwards else self.down
        numbers = range(len(self.rows))
        for number in numbers if downwards else reversed(numbers):
            row = self.rows[number]

            def middle(place: int) -> float:
                found = ends[place]
                if not found:
                    return self.at[place]
                return sum(self.at[other] for other, _, _ in found) / len(found)

            self._put(number, sorted(row, key=middle))

    def swap(self) -> None:
        """Neighbours in every row, as long as that helps."""
        for number, row in enumerate(self.rows):
            helped = True
            while helped:
                helped = False
                for index, (left, right) in enumerate(pairwise(row)):
                    if self._across(left, right) > self._across(right, left):
                        row[index : index + 2] = right, left
                        self._put(number, row)
                        row = self.rows[number]
                        helped = True
                        break

    def _across(self, left: int, right: int) -> int:
        """Crossings of the lines of two neighbours where they stand so."""
        return sum(
            (self.at[a], meets_a) > (self.at[b], meets_b)
            for ends in (self.up, self.down)
            for a, meets_a, _ in ends[left]
            for b, meets_b, _ in ends[right]
        )

    def try_all(self) -> int:
        """The best of all orders, where there are few; return the crossings left."""
        left, begin = 0, 0
        for end in range(1, len(self.rows)):
            if len(self.rows[end]) == 1 or end == len(self.rows) - 1:
                left += self._try_rows(begin, end)
                begin = end
        return left

    def _try_rows(self, begin: int, end: int) -> int:
        """The best orders of rows between two that have one order each."""
        crossings = sum(map(self._below, range(begin, end)))
        numbers = range(begin, end + 1)
        tried = sum(
            factorial(len(self.rows[a])) * factorial(len(self.rows[b]))
            for a, b in pairwise(numbers)
        )
        if not crossings or tried > TRIED:
            return crossings
        orders = [list(permutations(sorted(self.rows[number]))) for number in numbers]
        costs: list[tuple[int, tuple[tuple[int, ...], ...]]] = [
            (0, (order,)) for order in orders[0]
        ]
        for number, below in zip(numbers, orders[1:], strict=False):
            reached = []
            for order in below:
                self._put(number + 1, order)
                found = []
                for cost, before in costs:
                    self._put(number, before[-1])
                    found.append((cost + self._below(number), before))
                least, best = min(found, key=lambda one: one[0])
                reached.append((least, (*best, order)))
            costs = reached
        least, best = min(costs, key=lambda one: one[0])
        for number, order in zip(numbers, best, strict=True):
            self._put(number, order)
        return least
