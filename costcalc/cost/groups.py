"""Layers gathered: by row of the paper's table, by block, by type, or one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from costcalc.graph.model import Graph, Layer
from costcalc.numbers.dimensions import Shape
from costcalc.records import NamedTuple

SumUp = Callable[[Sequence[Layer]], Any]
"""What some layers cost together: `Totals`, or those of a convention."""


class Group(NamedTuple):
    """Some layers under one name, with what they cost together."""

    name: str
    type: str
    times: int
    input: Shape
    output: Shape
    totals: Any
    layers: list[Layer]


def by_row(graph: Graph, sum_up: SumUp) -> list[Group]:
    """One group a row of the paper's table, repeats together, in the table's order."""
    groups = []
    for run in graph.rows:
        layers = [graph.layers[index] for index in run.layers]
        type_ = layers[0].type if layers and run.op == layers[0].op else run.op
        assert run.input is not None
        assert run.output is not None
        totals = sum_up(layers)
        groups.append(Group(run.name, type_, run.times, run.input, run.output, totals, layers))
    return groups


def by_layer(graph: Graph, sum_up: SumUp) -> list[Group]:
    """Every layer by itself, in execution order."""
    return [
        Group(layer.name, layer.type, 1, layer.input, layer.output, sum_up([layer]), [layer])
        for layer in graph.layers
    ]


def by_block(graph: Graph, sum_up: SumUp) -> list[Group]:
    """One group a call of a block (a layer outside of blocks is its own), in order."""
    calls = {run.name: run.op for run in graph.rows}
    return [
        group._replace(type=calls[group.layers[0].row], times=1)
        if "/" in group.layers[0].name
        else group
        for group in _gather(graph, sum_up, lambda layer: layer.block)
    ]


def by_type(graph: Graph, sum_up: SumUp) -> list[Group]:
    """One group a type of layer, most multiply-adds first (MobileNet's Table 2).

    A normalisation or activation fused into a convolution belongs to the convolution's type.
    """
    return sorted(
        _gather(graph, sum_up, lambda layer: folded_type(graph, layer)),
        key=lambda g: (-g.totals.mult_adds, -g.totals.params, -g.totals.memory_access),
    )


def folded_type(graph: Graph, layer: Layer) -> str:
    """The type of the layer, or of the convolution it is fused into."""
    return (graph.layers[layer.follows] if layer.follows is not None else layer).type


def _gather(graph: Graph, sum_up: SumUp, key: Callable[[Layer], str]) -> list[Group]:
    """One group a key, in order of appearance."""
    gathered: dict[str, list[Layer]] = {}
    for layer in graph.layers:
        gathered.setdefault(key(layer), []).append(layer)
    return [
        Group(
            name,
            folded_type(graph, layers[0]),
            sum(1 for layer in layers if layer.follows is None),
            layers[0].input,
            layers[-1].output,
            sum_up(layers),
            layers,
        )
        for name, layers in gathered.items()
    ]


def by_depth(depth: int) -> Callable[[Graph, SumUp], list[Group]]:
    """Blocks opened down to a level: 1 is a line a row of the paper's table, repeats together.

    A normalisation or activation that a row's columns add belongs to the row's layer.
    """

    def grouped(graph: Graph, sum_up: SumUp) -> list[Group]:
        def opened(layer: Layer) -> str:
            return "/".join(layer.name.removesuffix(f"/{layer.op}").split("/")[:depth])

        groups = _gather(graph, sum_up, opened)
        return [_named_by_level(group)._replace(times=1) for group in groups]

    return by_row if depth == 1 else grouped


def _named_by_level(group: Group) -> Group:
    """With the block's word for its type, where it is still closed."""
    level = group.name.rpartition("/")[2]
    if all(layer.name.removesuffix(f"/{layer.op}") == group.name for layer in group.layers):
        return group._replace(type=group.layers[0].type)
    return group._replace(type=re.sub(_NUMBER, "", level) or level)


_NUMBER = r"[\d.]+$"
"""What tells rows of one name apart, and their repeats."""


GROUPINGS = {"row": by_row, "block": by_block, "type": by_type, "layer": by_layer}
