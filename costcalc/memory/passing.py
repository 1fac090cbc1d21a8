"""Plans of many configurations at once, some of which do not have all the steps.

Tensors are cut into parts, each of which is a tensor's elements where something holds, and 0
elsewhere. So what is alive is one and the same sum in all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from costcalc.memory.plan import Plan, Tensor


def in_parts(plan: Plan, passing: Iterable[tuple[int, int, Any]], only: Mapping[int, Any]) -> Plan:
    """The plan whose tensors are the parts.

    Args:
        plan: all the steps, with whole tensors.
        passing: a tensor, another one that passes in its place where something is 0, and that
            something, which is 1 elsewhere; in the order of the steps.
        only: of steps that some do not have, by their numbers, 1 where they are, else 0.
    """
    parts = _Parts(plan)
    for number, here in only.items():
        for tensor in plan.steps[number].writes:
            parts.limit(tensor, here)
    for tensor, other, here in passing:
        parts.let_pass(tensor, other, here)
    parts.end(only)
    return parts.plan()


class _Parts:
    """The parts, and for each tensor of a plan which ones it has.

    Of a part `holders` are the tensors that have it, `within` the arrays that it is multiplied by,
    by their ids, and `unread` the steps that do not read it, though they do its tensor.
    """

    def __init__(self, plan: Plan) -> None:
        self.whole = plan
        self.tensors = list(plan.tensors)
        self.of = [[number] for number in range(len(plan.tensors))]
        self.holders = [[number] for number in range(len(plan.tensors))]
        self.within: list[set[int]] = [set() for _ in plan.tensors]
        self.unread: list[frozenset[int]] = [frozenset()] * len(plan.tensors)

    def cut(self, part: int, here: Any) -> int:
        """Leave of a part what it is where something is; the new part is the rest."""
        name, elements = self.tensors[part]
        self.tensors[part] = Tensor(name, elements * here)
        rest = len(self.tensors)
        self.tensors.append(Tensor(name, elements * (1 - here)))
        self.holders.append(list(self.holders[part]))
        self.within.append(set(self.within[part]))
        self.within[part].add(id(here))
        self.unread.append(self.unread[part])
        for holder in self.holders[part]:
            self.of[holder].append(rest)
        return rest

    def limit(self, tensor: int, here: Any) -> None:
        """Let a tensor, which is one part, be nothing where something is 0."""
        (own,) = self.of[tensor]
        if id(here) not in self.within[own]:
            name, elements = self.tensors[own]
            self.tensors[own] = Tensor(name, elements * here)
            self.within[own].add(id(here))

    def let_pass(self, tensor: int, other: int, here: Any) -> None:
        """Where something is 0, let another tensor be this one too."""
        self.limit(tensor, here)
        for part in list(self.of[other]):
            rest = self.cut(part, here)
            self.of[tensor].append(rest)
            self.holders[rest].append(tensor)

    def end(self, only: Mapping[int, Any]) -> None:
        """Let tensors end where they are read for the last time by steps that are there."""
        writers = {t: number for number, step in enumerate(self.whole.steps) for t in step.writes}
        readers = self.whole.readers()
        waiting = list(range(len(self.tensors)))
        while waiting:
            part = waiting.pop()
            holders = self.holders[part]
            steps = {step for holder in holders for step in readers[holder]} - self.unread[part]
            if not steps or not self.whole.outputs.isdisjoint(holders):
                continue
            last = only.get(max(steps))
            written = only.get(writers[holders[0]]) if holders[0] in writers else None
            if last is None or last is written or id(last) in self.within[part]:
                continue
            rest = self.cut(part, last)
            self.unread[rest] |= {step for step in steps if only.get(step) is last}
            waiting.append(rest)

    def plan(self) -> Plan:
        """The plan of the parts: those of inputs first. The first step to write one does."""
        first = [part for number in range(self.whole.inputs) for part in self.of[number]]
        there = set(first)
        order = [*first, *(part for part in range(len(self.tensors)) if part not in there)]
        places = {part: place for place, part in enumerate(order)}
        steps, written = [], there
        for number, step in enumerate(self.whole.steps):
            reads = dict.fromkeys(part for t in step.reads for part in self.of[t])
            writes = [part for t in step.writes for part in self.of[t] if part not in written]
            written.update(writes)
            steps.append(
                step._replace(
                    reads=tuple(places[p] for p in reads if number not in self.unread[p]),
                    writes=tuple(places[p] for p in writes),
                )
            )
        outputs = frozenset(places[part] for t in self.whole.outputs for part in self.of[t])
        return Plan([self.tensors[part] for part in order], steps, outputs, len(first))
