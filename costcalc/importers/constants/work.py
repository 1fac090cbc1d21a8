"""What a file computes of constants: the operators, and on how many elements each of them is."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence

from costcalc.importers.constants.shapes import indexed
from costcalc.importers.patterns import REDUCED
from costcalc.importers.records import Constant, Node, Within

Work = tuple[str, int]


def work(
    node: Node,
    inputs: Sequence[Constant | None],
    made: Sequence[Constant],
    known: Collection[str],
) -> Iterator[Work]:
    """The operators that a node of constants is. Of a reduction an element is one that it reads; a
    number without an axis counts nothing, as tools have it. What spells the node out and is
    `known` has been counted before."""
    first = inputs[0] if inputs else None
    spelled: Sequence[Within] | None = node.attributes.get("within")
    of = first if spelled or node.kind.startswith("Reduce") else next(iter(made), None)
    if of is None or not of.shape:
        return
    elements = math.prod(of.shape)
    if spelled:
        means = elements // math.prod(_along(node, of))
        for one in spelled:
            if one.name in node.outputs or one.name not in known:
                yield one.kind, means if one.on == REDUCED else elements
    elif node.kind == "LayerNormalization":
        yield "LayerNormalization axes", elements
        yield "LayerNormalization means", elements // of.shape[node.attributes.get("axis", -1)]
    elif node.kind == "MatMul" and first is not None:
        yield node.kind, elements * first.shape[-1]
    elif node.kind == "Einsum":
        yield node.kind, math.prod(indexed(node, inputs).values())
    elif node.kind == "Resize":
        yield f"{node.kind} {node.attributes.get('mode', 'nearest')}", elements
    else:
        yield node.kind, elements


def _along(node: Node, of: Constant) -> list[int]:
    """The sizes along which means are taken, of which none is empty."""
    axes = node.attributes.get("axes") or (node.attributes.get("axis", -1),)
    return [max(of.shape[axis], 1) for axis in axes]
