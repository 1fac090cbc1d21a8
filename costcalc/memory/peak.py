"""The peak of activation memory: the most that is alive at one step of an order."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from costcalc.errors import CostcalcError, suggest
from costcalc.graph.execution import Execution
from costcalc.graph.model import Graph
from costcalc.language.quantities import DEFINITIONS
from costcalc.memory.order import Schedule, best_order
from costcalc.memory.plan import Plan, Tensor, plan
from costcalc.memory.simulation import Moment, alive, simulate

ORDERS = ("spec", "best")
"""The spec's own order of execution, or the one with the smallest peak."""


@dataclass(frozen=True)
class Peak:
    """Activation memory over an order of steps. Elements are those of the whole batch.

    `exact` says that no other order has a smaller peak; of the spec's own order nothing is said.
    """

    definition: str
    order: str
    exact: bool
    plan: Plan
    steps: Sequence[int]
    moments: list[Moment]
    execution: Execution

    @functools.cached_property
    def at(self) -> Moment:
        """The first moment at the peak."""
        return max(self.moments, key=lambda moment: moment.elements)

    @property
    def step(self) -> str:
        """The name of the step at which memory peaks."""
        return self.at.step.name

    @property
    def tensors(self) -> list[Tensor]:
        """The tensors alive at the peak."""
        return self.alive(self.at)

    @property
    def peak(self) -> int:
        """The peak in elements."""
        return self.elements(self.at)

    @property
    def peak_bytes(self) -> int:
        """The peak in bytes."""
        return self.bytes(self.at)

    def alive(self, moment: Moment) -> list[Tensor]:
        """The tensors alive at a moment, for the whole batch: what a step needs only for itself,
        as attention its scores, among them."""
        there = alive(self.plan, self.steps)
        return self._tensors(moment, next(itertools.islice(there, moment.number, None)))

    def each_alive(self) -> Iterator[tuple[Moment, list[Tensor]]]:
        """Every moment with what is alive at it, in less time than asking one by one."""
        there = alive(self.plan, self.steps)
        for moment, tensors in zip(self.moments, there, strict=True):
            yield moment, self._tensors(moment, tensors)

    def _tensors(self, moment: Moment, numbers: Sequence[int]) -> list[Tensor]:
        found = [self.plan.tensors[number] for number in numbers]
        if moment.step.working:
            found.append(Tensor(f"{moment.step.name} ({moment.step.held})", moment.step.working))
        return [Tensor(name, self.execution.batch * elements) for name, elements in found]

    def elements(self, moment: Moment) -> int:
        """Elements alive at a moment. A tensor written over and its successor count once."""
        return self.execution.batch * moment.elements

    def bytes(self, moment: Moment) -> int:
        """Bytes alive at a moment."""
        return self.execution.activation_bytes * self.elements(moment)


def peak_memory(
    graph: Graph, execution: Execution, definition: str = "separate", order: str = "spec"
) -> Peak:
    """The peak of a graph. Raises `CostcalcError` for an unknown definition or order."""
    for what, word, known in (("definition", definition, DEFINITIONS), ("order", order, ORDERS)):
        if word not in known:
            hint = suggest(word, known, f"{what} is one of")
            raise CostcalcError(f"unknown {what} '{word}'\n{hint}")
    steps = plan(graph, definition)
    schedule = Schedule(range(len(steps.steps)), exact=False)
    if order == "best":
        schedule = best_order(steps)
    moments = simulate(steps, schedule.steps)
    return Peak(definition, order, schedule.exact, steps, schedule.steps, moments, execution)
