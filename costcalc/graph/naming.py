"""Which layers a word stands for: what `--layer`, `rows_of` and `without` name."""

from __future__ import annotations

from costcalc.errors import CostcalcError, suggest
from costcalc.graph.model import Graph, Layer


def layers_named(graph: Graph, name: str) -> list[Layer]:
    """The layers a name stands for: an operator, a row, a block, a layer with what follows it.

    Raises `CostcalcError` for a name the network does not have.

    >>> from costcalc.network import load
    >>> [layer.name for layer in layers_named(load("mobilenet").graph, "conv1")]
    ['conv1', 'conv1/batch_norm', 'conv1/relu']
    """
    found = [
        layer
        for layer in graph.layers
        if name in (layer.op, layer.row, layer.block, layer.name)
        or layer.name.startswith(f"{name}/")
    ]
    if not found:
        known = {n for layer in graph.layers for n in (layer.op, layer.row, layer.name)}
        raise CostcalcError(
            f"{graph.spec.key} has no layer, row or operator '{name}'\n"
            f"{suggest(name, known, 'known')}"
        )
    return found
