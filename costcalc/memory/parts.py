"""A plan cut into parts whose orders have nothing to do with one another.

A step that everything before it leads to, and that everything after it waits for, runs at the
same place in every order. What lies between two such steps is a plan of its own: whatever its
order, the same tensors enter and leave it. A chain of 66,000 residual blocks is 66,000 parts.
"""

from __future__ import annotations

from collections.abc import Iterator

from costcalc.memory.plan import Plan, Tensor

_NEVER = -1


def loose_parts(plan: Plan) -> Iterator[range]:
    """The stretches of the spec's order that could be run in another order.

    All other steps stand at the same place in every order. Takes time in proportion to the
    plan's size.

    >>> from costcalc.memory.plan import Step
    >>> chain = [Step(f"s{n}", "", (n,), (n + 1,)) for n in range(3)]
    >>> list(loose_parts(Plan([Tensor("x", 1)] * 4, chain, frozenset({3}))))
    []
    """
    steps = len(plan.steps)
    writer = {t: number for number, step in enumerate(plan.steps) for t in step.writes}
    latest_need = [
        max((writer[t] for t in step.reads if t in writer), default=_NEVER) for step in plan.steps
    ]
    first_reader = [steps] * steps
    for number in reversed(range(steps)):
        for tensor in plan.steps[number].reads:
            if tensor in writer:
                first_reader[writer[tensor]] = number
    # Everything before a step leads to it if each of these has a reader no later than the step:
    # following the readers ends there. Everything after it waits for it if each of those needs
    # something no earlier.
    waited_for = [steps] * (steps + 1)
    for number in reversed(range(steps)):
        waited_for[number] = min(waited_for[number + 1], latest_need[number])
    led_to, begin = _NEVER, 0
    for number in range(steps):
        if led_to <= number <= waited_for[number + 1]:
            if begin < number:
                yield range(begin, number)
            begin = number + 1
        led_to = max(led_to, first_reader[number])
    if begin < steps:
        yield range(begin, steps)


class Cutter:
    """Cuts stretches of the spec's order out of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.last_use = [_NEVER] * len(plan.tensors)
        for number, step in enumerate(plan.steps):
            for tensor in step.reads:
                self.last_use[tensor] = number
        for tensor in plan.outputs:
            self.last_use[tensor] = len(plan.steps)

    def cut(self, part: range) -> Plan:
        """A stretch as a plan of its own.

        What enters it are its inputs, what is used after it its outputs; equal stretches of a
        network become equal plans, without names. What is alive all the while and not touched is
        left out.
        """
        steps = [self.plan.steps[number] for number in part]
        written = [t for step in steps for t in step.writes]
        inside = set(written)
        entering = dict.fromkeys(t for step in steps for t in step.reads if t not in inside)
        own = {tensor: number for number, tensor in enumerate((*entering, *written))}
        return Plan(
            [Tensor("", self.plan.tensors[tensor].elements) for tensor in own],
            [
                step._replace(
                    name="",
                    type="",
                    reads=tuple(own[t] for t in step.reads),
                    writes=tuple(own[t] for t in step.writes),
                    over=tuple(own[t] for t in step.over),
                )
                for step in steps
            ],
            frozenset(own[t] for t in own if self.last_use[t] >= part.stop),
            len(entering),
        )
