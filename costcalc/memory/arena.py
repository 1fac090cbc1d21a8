"""The arena of a network: where every tensor lies over time, in one block of memory.

TFLite Micro plans it once, before anything runs: tensors and the scratch of kernels, each from
the first to the last step that needs it. What its interpreter keeps for itself comes on top.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from costcalc.graph.execution import Execution
from costcalc.graph.model import Graph
from costcalc.memory.interpreter import Range, interpreter
from costcalc.memory.layout import Best, best_layout
from costcalc.memory.peak import Peak, peak_memory
from costcalc.memory.planners import Buffer, Layout, alive, by_size
from costcalc.memory.program import planned
from costcalc.memory.scratch import Scratch, scratch
from costcalc.records import NamedTuple


class Gap(NamedTuple):
    """What a layout wastes: at no step are more than `needed` bytes alive while the buffer that
    lies highest is, and `step` is the first such."""

    buffer: Buffer
    offset: int
    step: int
    needed: int


@dataclass(frozen=True)
class Arena:
    """A network's tensors and its kernels' scratch, laid out.

    `planned` has an offset for each of `buffers`: the `tensors`, then `scratch` where a kernel
    needs any. Bytes are those of the whole batch. `of_file` says that tensors and steps are those
    of a TFLite file, in its order.
    """

    graph: Graph
    peak: Peak
    tensors: list[Buffer]
    kernels: list[Scratch]
    scratch: list[Buffer]
    of_file: bool = False

    @property
    def buffers(self) -> list[Buffer]:
        """Everything that has a place."""
        return [*self.tensors, *self.scratch]

    @functools.cached_property
    def planned(self) -> Layout:
        """As TFLite Micro's planner lays it out."""
        return by_size(self.buffers)

    @functools.cached_property
    def best(self) -> Best:
        """The smallest layout that is found, and whether none is smaller."""
        return best_layout(self.buffers)

    @functools.cached_property
    def alive(self) -> list[int]:
        """Bytes alive at each step, scratch included; at 0 what is there before the first."""
        return alive(self.buffers)

    @property
    def step(self) -> str:
        """The step at which most is alive, scratch included."""
        most = max(self.alive[1:], default=0)
        return self.peak.moments[self.alive.index(most, 1) - 1].step.name

    @property
    def bytes(self) -> int:
        """What the planner's layout takes."""
        return self.planned.bytes

    @property
    def lower_bound(self) -> int:
        """The most bytes of tensors alive at one step: no layout of them is smaller."""
        return max(alive(self.tensors), default=0)

    @property
    def scratch_bytes(self) -> int:
        """The most scratch at one step."""
        return max(alive(self.scratch), default=0)

    @property
    def tensors_only(self) -> int:
        """What the planner's layout would take without any scratch."""
        return by_size(self.tensors).bytes

    @property
    def wasted(self) -> int:
        """Bytes the layout takes beyond what is alive at once, each rounded up to its alignment."""
        return self.bytes - max(alive(self.buffers, aligned=True), default=0)

    @property
    def interpreter(self) -> Range:
        """Bytes that the interpreter keeps beside tensors and scratch."""
        return interpreter(self.graph, len(self.tensors), len(self.peak.steps))

    @functools.cached_property
    def gap(self) -> Gap | None:
        """Where the layout takes more than what is alive; None where it does not."""
        if not self.wasted:
            return None
        ends = [at + b.aligned for at, b in zip(self.planned.offsets, self.buffers, strict=True)]
        highest = ends.index(self.bytes)
        buffer = self.buffers[highest]
        needed = self.alive[buffer.first : buffer.last + 1]
        step = buffer.first + needed.index(max(needed))
        return Gap(buffer, self.planned.offsets[highest], step, max(needed))


def arena(graph: Graph, execution: Execution, order: str = "spec") -> Arena:
    """The arena of a graph, as TFLite Micro plans it and at its best.

    Args:
        graph: the network.
        execution: types decide the bytes and which kernels need scratch; a batch multiplies.
        order: the spec's own order of steps, or the "best".

    Returns:
        Buffers, both layouts, the lower bound.

    Raises:
        CostcalcError: for an unknown order.

    >>> net = costcalc.load("mobilenet", alpha=0.25, res=96)
    >>> found = arena(net.graph, net.with_execution(dtype="int8").execution)
    >>> found.lower_bound, found.bytes, found.best.layout.bytes
    (55296, 73728, 55296)

    Source: tensorflow/lite/micro, `GreedyMemoryPlanner` and `AllocationInfoBuilder`.
    """
    if order == "spec" and (found := planned(graph, execution)) is not None:
        kernels = [one for one in scratch(graph, execution) if not one.bytes]
        return Arena(graph, found.peak, found.tensors, found.kernels + kernels, found.scratch, True)
    peak = peak_memory(graph, execution, order=order)
    kernels = scratch(graph, execution)
    step_of = {moment.step.name: moment.number + 1 for moment in peak.moments}
    needed = [
        Buffer(f"{one.layer} (scratch)", one.bytes, step_of[one.layer], step_of[one.layer])
        for one in kernels
        if one.bytes
    ]
    needed.sort(key=lambda buffer: buffer.first)
    return Arena(graph, peak, lifetimes(peak), kernels, needed)


def lifetimes(peak: Peak) -> list[Buffer]:
    """The tensors in the order in which they come: inputs, then what each step writes.

    A tensor begins with the step that writes it and ends with the last one that reads it; the
    network's outputs stay to the end. What a step holds besides (attention its scores) follows.
    """
    plan, size = peak.plan, peak.execution.activation_bytes * peak.execution.batch
    lives = {tensor: [0, 0] for tensor in range(plan.inputs)}
    working = []
    for number, step in enumerate((plan.steps[index] for index in peak.steps), start=1):
        for tensor in step.writes:
            lives[tensor] = [number, number]
        for tensor in step.reads:
            lives[tensor][1] = number
        if step.working:
            held = f"{step.name} ({step.held})"
            working.append(Buffer(held, size * step.working, number, number))
    for tensor in plan.outputs:
        lives[tensor][1] = len(peak.steps)
    found = [
        Buffer(plan.tensors[tensor].name, size * plan.tensors[tensor].elements, first, last)
        for tensor, (first, last) in lives.items()
    ]
    return found + working
