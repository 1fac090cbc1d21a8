"""The names a convention's expressions may use: facts of one layer."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from costcalc.graph.model import Graph, Layer
from costcalc.language.forms import BIASES, STORED, TRAINED, ZEROS
from costcalc.numbers.dimensions import Dim, Shape, ceildiv, larger, smaller
from costcalc.ops.operator import Facts
from costcalc.ops.window import along_axes, zeros

NAMES = {
    "mult_adds": "multiply-adds of weights with activations",
    "products": "those of them of activations with activations, as attention's",
    "weights": "weights of a convolution or fully connected layer",
    "biases": "its biases",
    "norm": "trained scale and shift of a normalisation",
    "scales": "the scales of these",
    "shifts": "the shifts of these",
    "affine": "1 where a normalisation has a trained scale or shift, else 0",
    "buffers": "its running mean and variance, which are not trained",
    "counted": "what the spec's paper calls params",
    "bias": "1 where the layer has biases, else 0",
    "in": "elements of the (first) input",
    "second": "elements of the second input, 0 where there is none",
    "inputs": "elements of all inputs",
    "out": "elements of the output",
    "channels": "channels of the input",
    "out_channels": "channels of the output",
    "positions": "height x width of the output",
    "width": "width of the output; of tokens, one after another, it is 1",
    "in_positions": "height x width of the input",
    "kernel": "height x width of the window, 1 where there is none",
    "steps": "positions of a convolution with that window, stride and padding",
    "groups": "groups of channels that a convolution keeps apart",
    "grouped": "1 where there are several of them, else 0",
    "bilinear": "1 where each element of an enlarged map is weighed from four, else 0",
    "scores": "elements of the maps of an attention, all heads together",
    "biased": "additions to each score of an attention: of a trained table, of a further input",
    "indexed": "pairs of positions of an attention whose bias stands in a trained table",
    "span": "channels a local response normalisation looks at, else 0",
    "branches": "how many inputs a join has",
    "elementwise": "arithmetic beside the multiply-adds, all kinds together",
    "divisions": "the divisions among it",
    "multiplications": "the multiplications among it",
    "exponentials": "the exponentials, powers and roots among it",
    "folds": "1 where an exporter folds a batch normalisation into the convolution before it",
    "zero_biases": "biases, where they start as zeros (an exporter may store equal vectors once)",
    "random_biases": "biases, where they do not",
    "stored": "1 where a model file has the layer, which an exporter has written already, else 0",
    "trained": "1 where no two vectors are equal, as in a trained model, else 0",
}
"""Every name and what it is; the elements are those of one example."""


@functools.lru_cache(maxsize=2)
def facts_of(
    graph: Graph, counts: tuple[str, ...], biases: str | None = None
) -> list[Mapping[str, Any]]:
    """One environment a layer, in the graph's order; every convention reads the same.

    `counts` are the facts that the spec's paper calls params; `biases` say how they start (a word
    of `STARTS`), where the spec's word for it is not to be taken.
    """
    start = biases or graph.spec.implementation.get(BIASES, ZEROS)
    folding = set() if start == STORED else _folding(graph)
    return [
        _facts(layer, counts, index in folding, start) for index, layer in enumerate(graph.layers)
    ]


def _facts(layer: Layer, counts: tuple[str, ...], folds: bool, start: str) -> Mapping[str, Any]:
    facts = layer.facts if layer.shares is None else layer.shares
    given = {**_defaults(layer), **layer.arguments}
    random = start != ZEROS
    shifts = layer.input.c if given.get("shift") else 0
    groups = layer.input.c if layer.op == "dw" else given.get("g", 1)
    return {
        "mult_adds": facts.mult_adds,
        "products": facts.products,
        "weights": facts.weights,
        "biases": facts.biases,
        "norm": facts.norm,
        "scales": facts.norm - shifts,
        "shifts": shifts,
        "affine": int(is_some(facts.norm)),
        "buffers": facts.buffers,
        "counted": sum(getattr(facts, fact) for fact in counts),
        "bias": int(is_some(facts.biases) or given.get("bias") is True),  # shared ones too
        "in": layer.input.size,
        "second": layer.input_shapes[1].size if len(layer.input_shapes) > 1 else 0,
        "inputs": sum(shape.size for shape in layer.input_shapes),
        "out": layer.output.size,
        "channels": layer.input.c,
        "out_channels": layer.output.c,
        "positions": _positions(layer.output),
        "width": layer.output.w,
        "in_positions": _positions(layer.input),
        "kernel": given["k"].h * given["k"].w if "k" in given else 1,
        "steps": _steps(layer.input, given) if given.keys() >= {"k", "s", "d", "pad"} else 1,
        "groups": groups,
        "grouped": smaller(1, groups - 1),
        "bilinear": int(given.get("mode") == "bilinear"),
        "scores": facts.elementwise["exp"] if layer.op == "attention" else 0,
        "biased": _biased(layer, facts) if layer.op == "attention" else 0,
        "indexed": _indexed(layer, facts, given) if layer.op == "attention" else 0,
        "span": given.get("span", 0),
        "branches": len(layer.inputs),
        "elementwise": sum(facts.elementwise.values()),
        "divisions": facts.elementwise.get("div", 0),
        "multiplications": facts.elementwise.get("mul", 0),
        "exponentials": facts.elementwise.get("exp", 0),
        "folds": int(folds),
        "zero_biases": 0 if random else facts.biases,
        "random_biases": facts.biases if random else 0,
        "stored": int(start == STORED),
        "trained": int(start in (TRAINED, STORED)),
    }


def _defaults(layer: Layer) -> dict[str, Any]:
    return {name: argument.default for name, argument in layer.operator.arguments.items()}


def is_some(count: Dim) -> bool:
    """Whether there are any: an array's may be none in one of many configurations."""
    return not (isinstance(count, int) and count == 0)


def _steps(x: Shape, given: Mapping[str, Any]) -> Any:
    """Positions of a convolution's window, of none and fewer too: a tool may not look."""
    sides, k = zeros(given["pad"]), given["k"]
    (s_h, s_w), (d_h, d_w) = along_axes(given["s"]), along_axes(given["d"])
    if sides is None:
        return ceildiv(x.h, s_h) * ceildiv(x.w, s_w)
    h = (x.h + sides.top + sides.bottom - d_h * (k.h - 1) - 1) // s_h + 1
    w = (x.w + sides.left + sides.right - d_w * (k.w - 1) - 1) // s_w + 1
    return h * w


def _biased(layer: Layer, facts: Facts) -> Any:
    return smaller(1, facts.weights) + (len(layer.inputs) > len("qkv"))


def _indexed(layer: Layer, facts: Facts, given: Mapping[str, Any]) -> Any:
    """A table of one number a head, a temperature, is read without an index."""
    queries, keys = (_positions(shape) for shape in layer.input_shapes[:2])
    if given["window"] is not None:
        h, w = along_axes(given["window"])
        queries = keys = h * w
    return queries * keys * smaller(1, larger(0, facts.weights - given["heads"]))


def _positions(shape: Shape) -> Any:
    return shape.h * shape.w


def _folding(graph: Graph) -> set[int]:
    """Batch normalisations right behind a convolution that nothing else reads, and these."""
    folding = set()
    for index, layer in enumerate(graph.layers):
        before = layer.inputs[0]
        if (
            layer.op == "batch_norm"
            and layer.fused
            and before == layer.follows
            and graph.layers[before].op in ("conv", "dw")
        ):
            folding |= {index, before}
    return folding
