"""The order of execution with the smallest peak.

Each part of a plan that could run otherwise is searched by itself, equal ones once. Parts lower
than what the others need in any case are left as the spec has them.
"""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.memory.parts import Cutter, loose_parts
from costcalc.memory.plan import Plan
from costcalc.memory.search import Search, TooWide, peak_of
from costcalc.memory.simulation import simulate
from costcalc.records import NamedTuple

LIMIT = 500_000
"""How often the exact search looks at what a step would need, beyond so often for each step:"""
LOOKS_A_STEP = 20


class Schedule(NamedTuple):
    """Steps by number, and whether no order has a smaller peak."""

    steps: Sequence[int]
    exact: bool


def best_order(plan: Plan) -> Schedule:
    """An order with the smallest peak (`exact`), or the best that is found within `LIMIT`.

    The spec's own order is kept where no other one is better.

    >>> from costcalc.memory.plan import Step, Tensor
    >>> big, small = Tensor("big", 9), Tensor("small", 1)
    >>> steps = [Step("grow", "", (0,), (1,)), Step("keep", "", (0,), (2,)),
    ...          Step("shrink", "", (1,), (3,)), Step("join", "", (2, 3), (4,))]
    >>> best_order(Plan([small, big, big, small, small], steps, frozenset({4}))).steps
    [0, 2, 1, 3]
    """
    own = range(len(plan.steps))
    needed = [moment.elements for moment in simulate(plan, own)]
    peak = max(needed, default=0)
    parts = [(max(needed[part.start : part.stop]), part) for part in loose_parts(plan)]
    for _, part in parts:
        needed[part.start : part.stop] = [0] * len(part)
    # Every order needs what the steps between the parts do: `proven`. No part has to be lower
    # than what has been `reached`.
    reached = proven = max(needed, default=0)
    searches = _Searches(Cutter(plan))
    order = list(own)
    for part_peak, part in sorted(parts, key=lambda one: -one[0]):
        if part_peak <= reached:
            break
        found, part_peak, exact = searches.best(part, part_peak, enough=reached)
        order[part.start : part.stop] = [part.start + number for number in found]
        if part_peak > reached:
            reached = part_peak
            proven = reached if exact else proven
    return Schedule(order if reached < peak else own, reached == proven)


class _Searches:
    """The searches of one plan: equal parts are searched once, and all look no more than LIMIT."""

    def __init__(self, cutter: Cutter) -> None:
        self.cutter = cutter
        self.left = LIMIT
        self.found: dict[tuple[object, ...], tuple[list[int], int, bool]] = {}

    def best(self, part: range, peak: int, enough: int) -> tuple[list[int], int, bool]:
        """The best order of a part whose own has this peak, its peak, whether none is lower.

        An order that reaches no more than `enough` is as good as any.
        """
        alone = self.cutter.cut(part)
        own = peak_of(alone, range(len(part)))
        around = peak - own  # what is alive all the while and not touched
        key = (tuple(alone.tensors), tuple(alone.steps), alone.outputs, enough - around)
        if key not in self.found:
            self.found[key] = self._search(alone, own, enough - around)
        order, reached, exact = self.found[key]
        return order, reached + around, exact

    def _search(self, plan: Plan, own: int, enough: int) -> tuple[list[int], int, bool]:
        free = LOOKS_A_STEP * len(plan.steps)
        search = Search(plan, looks=self.left // 2 + free)
        allowed = search.looks
        try:
            order, exact = search.below(own, enough), True
        except TooWide:
            order, exact = search.greedy(), False
        self.left -= max(0, allowed - search.looks - free)
        if order is None or (reached := peak_of(plan, order)) >= own:
            return list(range(len(plan.steps))), own, exact
        return order, reached, exact
