"""The search for the largest value within budgets, as values and their costs come upward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from costcalc.language.model import Value
from costcalc.numbers.arrays import Array, Truths
from costcalc.records import NamedTuple
from costcalc.search.budgets import Budget

BARREN = 4
"""So many doublings without any network end a search."""


class Point(NamedTuple):
    """A value of what grows, and what its network costs by metric: whole numbers, and the time
    as the decimal it prints as."""

    value: Value
    costs: dict[str, int | Fraction]


def exceeded(point: Point, budgets: Sequence[Budget]) -> list[Budget]:
    """The budgets that a point exceeds."""
    return [budget for budget in budgets if point.costs[budget.metric] > budget.most]


class Search:
    """The largest value so far that fits, and the next one, as values come upward."""

    def __init__(self, budgets: Sequence[Budget]) -> None:
        self.budgets = budgets
        self.largest: Point | None = None
        self.beyond: Point | None = None
        self.open, self.varies = True, False
        self._first: dict[str, int | float] = {}
        self._before: Point | None = None  # the last network before a doubling, and the last in it
        self._end: Point | None = None
        self._fitting = False
        self._barren = 0

    def look(self, values: Sequence[Value], valid: Truths, costs: Mapping[str, Array]) -> None:
        """Take the next values: which are networks, and what these cost."""
        if not self.open or not valid.any():
            return
        ends = np.flatnonzero(valid)[[0, -1]]
        self._before = self._before or self._at(ends[0], values, costs)
        self._end = self._at(ends[1], values, costs)
        fits = valid.copy()
        for metric, most in self.budgets:
            fits &= costs[metric] <= (float(most) if isinstance(most, Fraction) else most)
        networks, inside = np.flatnonzero(valid), np.flatnonzero(fits)
        if len(inside):
            self._fitting = True
            self.largest, self.beyond = self._at(inside[-1], values, costs), None
            networks = networks[networks > inside[-1]]
        if self.beyond is None and len(networks):
            self.beyond = self._at(networks[0], values, costs)
        for metric, _ in self.budgets:
            if not self.varies:
                counted = costs[metric][valid]
                first = self._first.setdefault(metric, counted[0].item())
                self.varies = bool((counted != first).any())

    def _at(self, index: int, values: Sequence[Value], costs: Mapping[str, Array]) -> Point:
        return Point(values[index], {m: _exactly(all_[index].item()) for m, all_ in costs.items()})

    def end_band(self, number: int) -> None:
        """The end of a doubling: the search ends where none of it fitted, nor will any more."""
        if self._before is None or self._end is None:
            self._barren += 1
        else:
            self._barren = 0
            falling = all(
                self._end.costs[metric] < self._before.costs[metric]
                for metric, _ in exceeded(self._end, self.budgets)
            )
            if number and not self._fitting and not falling:
                self.open = False
            self._before = self._end
        if self._barren >= BARREN:
            self.open = False
        self._end = None
        self._fitting = False


def _exactly(cost: int | float) -> int | Fraction:
    return cost if isinstance(cost, int) else Fraction(repr(cost))
