"""The order of execution with the smallest peak.

What is alive depends only on which steps have run, so the best order is a path through the
sets of steps that can have run (downsets of the graph). A chain of blocks has few of them, and
the search, which goes on from the set with the smallest peak so far, is exact; beyond LIMIT sets
it gives up for the better of the spec's order and a greedy one.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import NamedTuple

from costcalc.memory.plan import Plan, simulate, spared

LIMIT = 50_000
"""The most sets of steps the exact search looks at."""


class Schedule(NamedTuple):
    """Steps by number, and whether no order has a smaller peak."""

    steps: list[int]
    exact: bool


def best_order(plan: Plan, limit: int = LIMIT) -> Schedule:
    """An order with the smallest peak (`exact`), or the best that a heuristic finds.

    The spec's own order is kept where no other one is better.
    """
    own = list(range(len(plan.steps)))
    peak = _peak(plan, own)
    search = _Search(plan)
    found = search.below(peak, limit)
    if found.exact:
        return Schedule(found.steps or own, True)
    greedy = search.greedy()
    return Schedule(greedy if _peak(plan, greedy) < peak else own, False)


def _peak(plan: Plan, order: list[int]) -> int:
    return max(moment.elements for moment in simulate(plan, order))


class _Search:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.sizes = [tensor.elements for tensor in plan.tensors]
        self.readers = [sum(1 << step for step in steps) for steps in plan.readers()]
        writer = {t: number for number, step in enumerate(plan.steps) for t in step.writes}
        self.needs = [
            sum(1 << n for n in {writer[t] for t in step.reads if t in writer})
            for step in plan.steps
        ]
        self.all = (1 << len(plan.steps)) - 1
        self.at_start = sum(self.sizes[t] for t in range(plan.inputs) if self._waiting(t, 0))

    def _waiting(self, tensor: int, done: int) -> int:
        """How many readers a tensor still has; an output of the network has one more."""
        return (self.readers[tensor] & ~done).bit_count() + (tensor in self.plan.outputs)

    def _run(self, number: int, done: int, alive: int) -> tuple[int, int]:
        """Elements in memory while a step runs, and after it."""
        step = self.plan.steps[number]
        during = alive + sum(self.sizes[t] for t in step.writes)
        waiting = {t: self._waiting(t, done) for t in step.reads}
        after = during
        for tensor in step.reads:
            if waiting[tensor] == 1:
                after -= self.sizes[tensor]
        for tensor in step.writes:
            if not self._waiting(tensor, done):
                after -= self.sizes[tensor]
        return during + step.working + spared(self.plan, step, waiting), after

    def _ready(self, done: int) -> list[int]:
        """Steps that can run next: the first that has not run, and what is beside it."""
        found = []
        left = self.all & ~done
        while left:
            number = (left & -left).bit_length() - 1
            left &= left - 1
            if not self.needs[number] & ~done:
                found.append(number)
        return found

    def below(self, bound: int, limit: int) -> Schedule:
        """The best order with a peak below `bound`; no steps where there is none."""
        heap = [(0, 0, 0, self.at_start)]  # peak so far, minus steps run, set, elements alive
        came: dict[int, tuple[int, int]] = {0: (-1, 0)}
        best = {0: 0}
        finished: set[int] = set()
        while heap:
            peak, run, done, alive = heappop(heap)
            if done == self.all:
                return Schedule(_path(came, done), True)
            if done in finished:
                continue
            finished.add(done)
            if len(finished) > limit:
                return Schedule([], False)
            for number in self._ready(done):
                during, after = self._run(number, done, alive)
                new, reached = max(peak, during), done | 1 << number
                if new < bound and new < best.get(reached, bound):
                    best[reached], came[reached] = new, (number, done)
                    heappush(heap, (new, run - 1, reached, after))
        return Schedule([], True)

    def greedy(self) -> list[int]:
        """Always the step that needs the least memory, then the one that leaves the least."""
        done, alive, order = 0, self.at_start, []
        while done != self.all:
            costs = {n: self._run(n, done, alive) for n in self._ready(done)}
            number = min(costs, key=lambda n: (*costs[n], n))
            alive, done = costs[number][1], done | 1 << number
            order.append(number)
        return order


def _path(came: dict[int, tuple[int, int]], done: int) -> list[int]:
    order = []
    while done:
        number, done = came[done]
        order.append(number)
    return order[::-1]
