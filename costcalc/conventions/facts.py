"""The names a convention's expressions may use: facts of one layer."""

from __future__ import annotations

from typing import Any

from costcalc.graph.model import Graph, Layer
from costcalc.numbers.dimensions import Shape

NAMES = {
    "mult_adds": "multiply-adds of weights with activations",
    "products": "those of them of activations with activations, as attention's",
    "weights": "weights of a convolution or fully connected layer",
    "biases": "its biases",
    "norm": "trained scale and shift of a normalisation",
    "counted": "what the spec's paper calls params",
    "bias": "1 where the layer has biases, else 0",
    "in": "elements of the (first) input",
    "inputs": "elements of all inputs",
    "out": "elements of the output",
    "channels": "channels of the input",
    "out_channels": "channels of the output",
    "positions": "height x width of the output",
    "in_positions": "height x width of the input",
    "kernel": "height x width of the window, 1 where there is none",
    "branches": "how many inputs a join has",
    "elementwise": "arithmetic beside the multiply-adds, all kinds together",
    "folds": "1 where an exporter folds a batch normalisation into the convolution before it",
    "zero_biases": "biases, where they start as zeros (an exporter may store equal vectors once)",
    "random_biases": "biases, where they do not",
}
"""Every name and what it is; the elements are those of one example."""


def facts_of(graph: Graph, counts: tuple[str, ...]) -> list[dict[str, Any]]:
    """One environment a layer, in the graph's order."""
    folding = _folding(graph)
    random = graph.spec.implementation.get("biases") == "random"
    return [
        _facts(layer, counts, index in folding, random) for index, layer in enumerate(graph.layers)
    ]


def _facts(layer: Layer, counts: tuple[str, ...], folds: bool, random: bool) -> dict[str, Any]:
    facts = layer.facts
    kernel = layer.arguments.get("k")
    return {
        "mult_adds": facts.mult_adds,
        "products": facts.products,
        "weights": facts.weights,
        "biases": facts.biases,
        "norm": facts.norm,
        "counted": sum(getattr(facts, fact) for fact in counts),
        "bias": 0 if isinstance(facts.biases, int) and facts.biases == 0 else 1,
        "in": layer.input.size,
        "inputs": sum(shape.size for shape in layer.input_shapes),
        "out": layer.output.size,
        "channels": layer.input.c,
        "out_channels": layer.output.c,
        "positions": _positions(layer.output),
        "in_positions": _positions(layer.input),
        "kernel": 1 if kernel is None else kernel.h * kernel.w,
        "branches": len(layer.inputs),
        "elementwise": sum(facts.elementwise.values()),
        "folds": int(folds),
        "zero_biases": 0 if random else facts.biases,
        "random_biases": facts.biases if random else 0,
    }


def _positions(shape: Shape) -> Any:
    return shape.h * shape.w


def _folding(graph: Graph) -> set[int]:
    """Batch normalisations right behind a convolution that nothing else reads, and these."""
    folding = set()
    for index, layer in enumerate(graph.layers):
        before = layer.inputs[0]
        if layer.op == "batch_norm" and layer.fused and before == layer.follows:
            folding |= {index, before}
    return folding
