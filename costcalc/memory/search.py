"""The search for the best order of a plan.

What is alive depends only on which steps have run, so orders are paths through the sets of steps
that can have run (downsets of the graph). The search goes on from the set with the smallest peak
so far, which is exact. A set is known by the steps that could run next.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from heapq import heappop, heappush
from itertools import count
from typing import Any

from costcalc.memory.plan import Plan
from costcalc.memory.simulation import run, simulate


class TooWide(Exception):
    """The search has looked at as much as it may."""


def peak_of(plan: Plan, order: Iterable[int]) -> int:
    """The most elements in memory at one step of an order."""
    return max(moment.elements for moment in simulate(plan, order))


class _Waiting(dict[int, int]):
    """How many uses each tensor still has: all of them where nothing has read it yet."""

    def __init__(self, uses: list[int], begun: dict[int, int] | None = None) -> None:
        super().__init__(begun or {})
        self.uses = uses

    def __missing__(self, tensor: int) -> int:
        return self.uses[tensor]


class _State:
    """What has run: the steps that could run next, elements in memory, the peak so far.

    `path` are the steps that have run, the last one first, as pairs of a step and what was
    before. `missing` says how many of those it needs a step still waits for, if some have run.
    """

    __slots__ = ("alive", "missing", "path", "peak", "ready", "run", "waiting")

    def __init__(
        self,
        ready: list[int],
        alive: int,
        peak: int,
        waiting: _Waiting,
        missing: dict[int, int],
        path: Any = None,
        run: int = 0,
    ) -> None:
        self.ready, self.alive, self.peak, self.waiting = ready, alive, peak, waiting
        self.missing, self.path, self.run = missing, path, run

    def copy(self) -> _State:
        """The same, to go on from another way."""
        waiting = _Waiting(self.waiting.uses, self.waiting)
        return _State(
            list(self.ready),
            self.alive,
            self.peak,
            waiting,
            dict(self.missing),
            self.path,
            self.run,
        )

    def order(self) -> list[int]:
        """The steps that have run, in their order."""
        order, path = [], self.path
        while path is not None:
            number, path = path
            order.append(number)
        return order[::-1]


class Search:
    """The orders of a plan; `looks` is how often it may look at what a step would need."""

    def __init__(self, plan: Plan, looks: int) -> None:
        self.plan, self.looks = plan, looks
        self.uses = plan.uses()
        self.readers = plan.readers()
        writer = {t: number for number, step in enumerate(plan.steps) for t in step.writes}
        needs = [{writer[t] for t in step.reads if t in writer} for step in plan.steps]
        self.needs = [len(needed) for needed in needs]
        self.followers: list[list[int]] = [[] for _ in plan.steps]
        for number, needed in enumerate(needs):
            for before in needed:
                self.followers[before].append(number)

    def below(self, bound: int, enough: int) -> list[int] | None:
        """The order with the smallest peak if that is below `bound`, None if it is not.

        An order whose peak is no more than `enough` is as good as any. Raises `TooWide`.
        """
        start = self._start(max(enough, self._least()))
        if start.peak >= bound:
            return None
        self._settle(start)
        number = count()  # of equals the first
        heap = [(start.peak, 0, next(number), start)]
        best = {tuple(start.ready): start.peak}
        finished = set()
        while heap:
            peak, _, _, state = heappop(heap)
            if not state.ready:
                return state.order()
            key = tuple(state.ready)
            if key in finished:
                continue
            finished.add(key)
            for step in state.ready:
                during, after = self._look(state, step)
                if (higher := max(peak, during)) >= bound:
                    continue
                then = state.copy()
                self._run(then, step, higher, after)
                self._settle(then)
                key = tuple(then.ready)
                if higher < best.get(key, bound):
                    best[key] = higher
                    heappush(heap, (higher, -then.run, next(number), then))
        return None

    def greedy(self) -> list[int]:
        """Always the step that needs the least memory, then the one that leaves the least."""
        state = self._start(0)
        costs: dict[int, tuple[int, int, int]] = {}
        heap: list[tuple[int, int, int]] = []

        def price(step: int) -> None:
            """What a step needs and leaves beyond what is there, which is the same for all."""
            during, after = run(self.plan, self.plan.steps[step], 0, state.waiting)
            costs[step] = (during, after, step)
            heappush(heap, costs[step])

        for step in state.ready:
            price(step)
        while heap:
            cost = heappop(heap)
            step = cost[2]
            if costs.get(step) != cost:
                continue  # it was priced again since
            del costs[step]
            for added in self._run(state, step, 0, 0):
                price(added)
            for tensor in self.plan.steps[step].reads:
                if state.waiting.get(tensor) == 1:  # the last reader frees it
                    for reader in self.readers[tensor]:
                        if reader in costs:
                            price(reader)
        return state.order()

    def _start(self, peak: int) -> _State:
        alive = sum(self.plan.tensors[t].elements for t in range(self.plan.inputs) if self.uses[t])
        ready = [number for number, needed in enumerate(self.needs) if not needed]
        return _State(ready, alive, peak, _Waiting(self.uses), {})

    def _least(self) -> int:
        """What some step needs in every order: what it reads and writes."""
        last = [1] * len(self.plan.tensors)
        sizes = [tensor.elements for tensor in self.plan.tensors]
        return max(
            run(self.plan, step, sum(sizes[t] for t in step.reads), last)[0]
            for step in self.plan.steps
        )

    def _look(self, state: _State, step: int) -> tuple[int, int]:
        """Elements in memory while a step runs, and after it."""
        if not self.looks:
            raise TooWide
        self.looks -= 1
        return run(self.plan, self.plan.steps[step], state.alive, state.waiting)

    def _run(self, state: _State, number: int, peak: int, alive: int) -> list[int]:
        """Run a step that is ready; the steps that are ready by it."""
        for tensor in self.plan.steps[number].reads:
            if left := state.waiting[tensor] - 1:
                state.waiting[tensor] = left
            else:
                state.waiting.pop(tensor, None)  # nobody asks any more
        state.ready.remove(number)
        added = []
        for step in self.followers[number]:
            if left := state.missing.pop(step, self.needs[step]) - 1:
                state.missing[step] = left
            else:
                insort(state.ready, step)
                added.append(step)
        state.peak, state.alive = peak, alive
        state.path, state.run = (number, state.path), state.run + 1
        return added

    def _settle(self, state: _State) -> None:
        """Run whatever needs no more than the peak so far and leaves no more than is there.

        No order loses by that: with such a step run, every other one finds as much memory or
        less, since what is alive depends only on what has run, and the more of a tensor's readers
        have run the more the next one frees.
        """
        settled = False
        while not settled:
            settled = True
            for step in state.ready:
                during, after = self._look(state, step)
                if during <= state.peak and after <= state.alive:
                    self._run(state, step, state.peak, after)
                    settled = False
                    break
