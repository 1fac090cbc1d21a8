"""The names a convention's expressions may use: facts of one layer."""

from __future__ import annotations

from typing import Any

from costcalc.graph.model import Graph, Layer
from costcalc.language.forms import BIASES, TRAINED, ZEROS
from costcalc.numbers.dimensions import Shape

NAMES = {
    "mult_adds": "multiply-adds of weights with activations",
    "products": "those of them of activations with activations, as attention's",
    "weights": "weights of a convolution or fully connected layer",
    "biases": "its biases",
    "norm": "trained scale and shift of a normalisation",
    "buffers": "its running mean and variance, which are not trained",
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
    "span": "channels a local response normalisation looks at, else 0",
    "branches": "how many inputs a join has",
    "elementwise": "arithmetic beside the multiply-adds, all kinds together",
    "folds": "1 where an exporter folds a batch normalisation into the convolution before it",
    "zero_biases": "biases, where they start as zeros (an exporter may store equal vectors once)",
    "random_biases": "biases, where they do not",
    "trained": "1 where no two vectors are equal, as in a trained model, else 0",
}
"""Every name and what it is; the elements are those of one example."""


def facts_of(
    graph: Graph, counts: tuple[str, ...], biases: str | None = None
) -> list[dict[str, Any]]:
    """One environment a layer, in the graph's order.

    `counts` are the facts that the spec's paper calls params; `biases` say how they start (a word
    of `STARTS`), where the spec's word for it is not to be taken.
    """
    folding = _folding(graph)
    start = biases or graph.spec.implementation.get(BIASES, ZEROS)
    return [
        _facts(layer, counts, index in folding, start) for index, layer in enumerate(graph.layers)
    ]


def _facts(layer: Layer, counts: tuple[str, ...], folds: bool, start: str) -> dict[str, Any]:
    facts = layer.facts
    random = start != ZEROS
    kernel = layer.arguments.get("k")
    return {
        "mult_adds": facts.mult_adds,
        "products": facts.products,
        "weights": facts.weights,
        "biases": facts.biases,
        "norm": facts.norm,
        "buffers": facts.buffers,
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
        "span": layer.arguments.get("span", 5) if layer.op == "lrn" else 0,
        "branches": len(layer.inputs),
        "elementwise": sum(facts.elementwise.values()),
        "folds": int(folds),
        "zero_biases": 0 if random else facts.biases,
        "random_biases": facts.biases if random else 0,
        "trained": int(start == TRAINED),
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
