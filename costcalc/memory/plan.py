"""A graph as tensors and steps: what has to be in memory when, under a definition.

A tensor is what a step writes. A fused normalisation or activation shares the tensor of the
layer it rides on; a view (split, flatten, dropout) is the tensor it looks at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from costcalc.graph.model import INPUT, Graph, Layer
from costcalc.records import NamedTuple


class Tensor(NamedTuple):
    """The output of a step, or an input of the network: elements of one example."""

    name: str
    elements: int


class Step(NamedTuple):
    """One thing that runs: the tensors it reads and writes, by their numbers.

    It may write over one of the tensors `over`, if nothing else is going to read that one;
    it then needs `scratch` elements besides. It always needs `working` elements, which are its
    `held`: the scores of attention, the state of a recurrent layer.
    """

    name: str
    type: str
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    over: tuple[int, ...] = ()
    scratch: int = 0
    working: int = 0
    held: str = "scores"


class Plan(NamedTuple):
    """Tensors and steps: the first `inputs` tensors are there from the start, the `outputs` stay
    to the end."""

    tensors: list[Tensor]
    steps: list[Step]
    outputs: frozenset[int]
    inputs: int = 1

    def uses(self) -> list[int]:
        """How many steps read each tensor; whoever gets an output of the network is one more."""
        uses = [0] * len(self.tensors)
        for tensor in (*(t for step in self.steps for t in step.reads), *self.outputs):
            uses[tensor] += 1
        return uses

    def readers(self) -> list[list[int]]:
        """The steps that read each tensor, in the spec's order."""
        readers: list[list[int]] = [[] for _ in self.tensors]
        for number, step in enumerate(self.steps):
            for tensor in step.reads:
                readers[tensor].append(number)
        return readers


def plan(graph: Graph, definition: str) -> Plan:
    """The tensors and steps of a graph under one of `DEFINITIONS`."""
    tensors = [Tensor(name, shape.size) for name, shape in graph.inputs.items()]
    of_layer = {INPUT - number: number for number in range(len(tensors))}
    beside = _beside_sources(graph.layers)
    steps: list[Step] = []
    members: list[Layer] = []
    for index, layer in enumerate(graph.layers):
        if layer.fused is True or layer.is_view:
            of_layer[index] = of_layer[layer.inputs[0]]
            continue
        of_layer[index] = len(tensors)
        tensors.append(Tensor(layer.name, layer.output.size))
        inputs = beside[index] if layer.operator.source else layer.inputs
        reads = tuple(dict.fromkeys(of_layer[i] for i in inputs))
        held = "state" if layer.operator.nonlinear else "scores"
        writes, working = (of_layer[index],), layer.facts.scratch
        step = Step(layer.name, layer.type, reads, writes, working=working, held=held)
        if definition == "in-place":
            step = _in_place(step, layer, [of_layer[i] for i in layer.inputs], tensors)
        steps.append(step)
        members.append(layer)
    outputs = frozenset(of_layer[index] for index in graph.outputs.values())
    if not steps:  # views alone: nothing runs, and what is handed out is what came in
        there = Step("input", "Input", reads=tuple(range(len(tensors))), writes=())
        return Plan(tensors, [there], outputs, len(tensors))
    whole = Plan(tensors, steps, outputs, len(graph.inputs))
    if graph.optional:
        from costcalc.memory.passing import in_parts  # of many configurations at once

        some = {id(step.present) for step in graph.optional}
        only = {n: layer.present for n, layer in enumerate(members) if id(layer.present) in some}
        whole = in_parts(whole, _passing(graph, of_layer), only)
    return _by_block(whole, graph, members) if definition == "blocks" else whole


def _beside_sources(layers: Sequence[Layer]) -> dict[int, tuple[int, ...]]:
    """What is read beside each layer that reads nothing itself, as far as it is there before it.

    It may as well run right before the first layer that reads it: what that one reads is alive
    then in any case.
    """
    beside: dict[int, tuple[int, ...]] = {
        index: () for index, layer in enumerate(layers) if layer.operator.source
    }
    for layer in reversed(layers) if beside else ():
        for index in beside.keys() & set(layer.inputs):
            beside[index] = tuple(i for i in layer.inputs if i < index)
    return beside


def _passing(graph: Graph, of_layer: Mapping[int, int]) -> Iterator[tuple[int, int, Any]]:
    """Tensors, and for each another one that passes in its place where something is 0."""
    for index, layer in enumerate(graph.layers):
        if not isinstance(layer.fused, bool):
            yield of_layer[index], of_layer[layer.inputs[0]], 1 - layer.fused
        if layer.bypass is not None:
            tensor, other = of_layer[index], of_layer[layer.bypass.layer]
            if tensor != other:  # not a view of it
                yield tensor, other, layer.bypass.here


def _in_place(step: Step, layer: Layer, inputs: list[int], tensors: list[Tensor]) -> Step:
    """The step, allowed to write over its inputs where its operator can.

    Element-wise operators overwrite an input of their output's size; a depthwise convolution
    goes channel by channel through one channel of its output (MCUNet, arXiv:2007.10319).
    """
    depthwise = layer.op == "dw"
    if not (depthwise or layer.operator.pointwise or layer.op in ("add", "mul")):
        return step
    over = [
        tensor
        for tensor, shape in zip(inputs, layer.input_shapes, strict=True)
        if tensors[tensor].elements == shape.size  # not a part of a tensor, seen through a split
        and (depthwise or shape.size == layer.output.size)
    ]
    scratch = layer.output.h * layer.output.w if depthwise else 0
    return step._replace(over=tuple(dict.fromkeys(over)), scratch=scratch)


def _by_block(whole: Plan, graph: Graph, members: Sequence[Layer]) -> Plan:
    """One step a block: only what crosses its border. A layer outside of blocks is its own, a row's
    or join's normalisation and activation too: as if they were the rows below it."""
    rows = {layer.block for layer in graph.layers if layer.name == layer.block}
    blocks: dict[str, list[int]] = {}
    for number, layer in enumerate(members):
        name = layer.name if layer.block in rows else layer.block
        blocks.setdefault(name, []).append(number)
    readers = whole.readers()
    steps = []
    for name, numbers in blocks.items():
        inside = set(numbers)
        written = [t for n in numbers for t in whole.steps[n].writes]
        reads = dict.fromkeys(t for n in numbers for t in whole.steps[n].reads)
        leaving = [t for t in written if t in whole.outputs or not inside.issuperset(readers[t])]
        step = whole.steps[numbers[0]]
        if len(numbers) > 1:  # what is inside is recomputed piece by piece
            step = Step(name, "block", (), ())
        entering = tuple(t for t in reads if t not in written)
        crossing = Step(name, step.type, entering, tuple(leaving))
        steps.append(crossing._replace(working=step.working, held=step.held))
    return whole._replace(steps=steps)
