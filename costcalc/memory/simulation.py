"""What is in memory while the steps of a plan run in an order.

A tensor is there from the step that writes it to the last one that reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from costcalc.memory.plan import Plan, Step
from costcalc.records import NamedTuple


class Moment(NamedTuple):
    """A step of an order, counted from 0, and the elements in memory while it runs."""

    number: int
    step: Step
    elements: int


def simulate(plan: Plan, order: Iterable[int]) -> list[Moment]:
    """How much is in memory at each step when steps run in this order.

    Takes time in proportion to what the steps read and write, however much is alive meanwhile.
    """
    moments = []
    waiting = plan.uses()
    alive = sum(plan.tensors[t].elements for t in range(plan.inputs) if waiting[t])
    for number, index in enumerate(order):
        step = plan.steps[index]
        during, after = run(plan, step, alive, waiting)
        moments.append(Moment(number, step, during))
        for tensor in step.reads:
            waiting[tensor] -= 1
        alive = after
    return moments


def alive(plan: Plan, order: Iterable[int]) -> Iterator[tuple[int, ...]]:
    """The tensors in memory at each step, in the order in which they came."""
    waiting = plan.uses()
    there = dict.fromkeys(tensor for tensor in range(plan.inputs) if waiting[tensor])
    for index in order:
        step = plan.steps[index]
        there.update(dict.fromkeys(step.writes))
        yield tuple(there)
        for tensor in step.reads:
            waiting[tensor] -= 1
        for tensor in (*step.reads, *step.writes):
            if not waiting[tensor]:
                there.pop(tensor, None)


def run(
    plan: Plan, step: Step, before: int, waiting: Sequence[int] | Mapping[int, int]
) -> tuple[int, int]:
    """Elements in memory while a step runs and after it, if so many are there before.

    `waiting` is how many uses each tensor still has, this step's among them.
    """
    tensors = plan.tensors
    during = after = before + sum(tensors[t].elements for t in step.writes)
    for tensor in step.reads:
        if waiting[tensor] == 1:
            after = after - tensors[tensor].elements
    for tensor in step.writes:
        if not waiting[tensor]:
            after = after - tensors[tensor].elements
    return during + step.working + spared(plan, step, waiting), after


def spared(plan: Plan, step: Step, waiting: Sequence[int] | Mapping[int, int]) -> int:
    """What running in place changes at a step: at most 0 elements."""
    dying = [plan.tensors[t].elements for t in step.over if waiting[t] == 1]
    if not dying:
        return 0
    written = sum(plan.tensors[t].elements for t in step.writes)
    return min(0, step.scratch - min(written, max(dying)))
