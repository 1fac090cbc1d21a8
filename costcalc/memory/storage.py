"""What has to be stored: params at given bits, after pruning.

A lower bound where weights are pruned or share values: the indices of those kept, codebooks
and the coding of both take space that the bits per weight do not determine.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from costcalc.cost.groups import by_row
from costcalc.cost.totals import total
from costcalc.graph.execution import Execution
from costcalc.graph.model import Graph, Layer
from costcalc.numbers.dimensions import ceil
from costcalc.ops import Facts
from costcalc.records import NamedTuple

WIDE_BIASES = {"int8": 32, "int16": 64}
"""Bits of a bias by the type of the activations it is added up with, where weights are integers
(TensorFlow Lite 8-bit quantization specification; 64 for 16x8). Else biases have the type of the
activations."""


class Stored(NamedTuple):
    """Some layers' params: how many, how many pruning keeps, the bits of each, bits in all.

    `weights`, `biases` and `norm` are those of them that are kept.
    """

    name: str
    type: str
    params: int
    kept: int
    widths: tuple[int, ...]
    bits: int
    weights: int
    biases: int
    norm: int

    @property
    def bytes(self) -> int:
        """Whole bytes the bits take."""
        return -(-self.bits // 8)


class _Held(NamedTuple):
    """What of one layer is stored."""

    weights: int
    biases: int
    norm: int
    keep: Any
    bits: int
    bias_bits: int


def storage(
    graph: Graph,
    bits: int | None = None,
    types: Execution | None = None,
    folded: bool = False,
) -> list[Stored]:
    """A record a row of the paper's table that has params, then the total.

    Args:
        graph: the network.
        bits: of every param; else those of the spec's own column (32 where it has none).
        types: of weights and activations, in place of bits: biases are as wide as they are
            added up, and everything that a file for inference holds counts, normalisations too.
        folded: whether a batch normalisation behind a layer with weights is part of these, and
            of a bias a channel; everything that is stored counts then.

    Returns:
        Records by row and in total. Weights are those the spec's `keep` leaves.

    >>> from costcalc.graph.execution import execution
    >>> net = costcalc.load("mobilenet", alpha=0.25, res=96, classes=2)
    >>> storage(net.graph, types=execution("int8"), folded=True)[-1].bytes
    219064
    """
    counts = graph.spec.counts
    held = _held(graph, folded) if folded or types is not None else _counted(graph, counts)
    number = {id(layer): index for index, layer in enumerate(graph.layers)}

    def stored(name: str, type_: str, layers: Iterable[Layer]) -> Stored:
        return _stored(name, type_, [held[number[id(layer)]] for layer in layers], bits, types)

    rows = [
        stored(group.name, group.type, group.layers)
        for group in by_row(graph, lambda layers: total(layers, counts))
    ]
    return [*(row for row in rows if row.params), stored("total", "", graph.layers)]


def _counted(graph: Graph, counts: tuple[str, ...]) -> list[_Held]:
    """What the spec's paper calls params, and what stands in for these and is stored too."""
    return [
        _Held(
            int(layer.weights + layer.facts.weight_buffers) if "weights" in counts else 0,
            int(layer.biases + layer.facts.bias_buffers) if "biases" in counts else 0,
            int(layer.norm) if "norm" in counts else 0,
            layer.keep,
            int(layer.bits),
            int(layer.bias_bits),
        )
        for layer in graph.layers
    ]


def _held(graph: Graph, folded: bool) -> list[_Held]:
    """All that inference needs: a normalisation by batch statistics is a scale and a shift."""
    held = [
        _Held(
            int(layer.weights + layer.facts.weight_buffers),
            int(layer.biases + layer.facts.bias_buffers),
            int(_statistics(layer.facts) or layer.norm),
            layer.keep,
            int(layer.bits),
            int(layer.bias_bits),
        )
        for layer in graph.layers
    ]
    for index, layer in enumerate(graph.layers):
        before = layer.inputs[0]
        if folded and layer.op == "batch_norm" and layer.fused:
            into = graph.layers[before]
            if into.operator.weighted and not into.operator.nonlinear:
                held[index] = held[index]._replace(norm=0)
                held[before] = held[before]._replace(**_folded(into, layer))
    return held


def _folded(into: Layer, norm: Layer) -> dict[str, int]:
    """What becomes of a layer's weights and biases that a normalisation is made part of.

    Weights of another layer stay that one's where the normalisation is its, too. Where it is not,
    they are others: EfficientDet's heads have normalisations of each level.
    """
    if into.shares is None:
        return {"biases": int(into.output.c)}
    if norm.shares is not None:
        return {}
    weights = int(into.shares.weights + into.shares.weight_buffers)
    return {"weights": weights, "biases": int(into.output.c)}


def _statistics(facts: Facts) -> Any:
    """Running means and variances."""
    return facts.buffers - facts.weight_buffers - facts.bias_buffers


def _stored(
    name: str, type_: str, held: list[_Held], bits: int | None, types: Execution | None
) -> Stored:
    params = in_bits = weights = biases = norm = 0
    widths: set[int] = set()
    for one in held:
        left = ceil(one.weights * one.keep)
        own, wide = _widths(one, bits, types)
        params += one.weights + one.biases + one.norm
        weights, biases, norm = weights + left, biases + one.biases, norm + one.norm
        in_bits += left * own + (one.biases + one.norm) * wide
        widths |= {own} if one.weights else set()
        widths |= {wide} if one.biases or one.norm else set()
    kept = weights + biases + norm
    return Stored(
        name, type_, params, kept, tuple(sorted(widths)), int(in_bits), weights, biases, norm
    )


def _widths(one: _Held, bits: int | None, types: Execution | None) -> tuple[int, int]:
    """Bits of a weight, and of a bias or a normalisation's scale and shift."""
    if types is None:
        return (one.bits, one.bias_bits) if bits is None else (bits, bits)
    wide = 8 * types.activation_bytes
    if types.weights.startswith("int"):
        wide = WIDE_BIASES.get(types.activations, wide)
    return 8 * types.weight_bytes, wide
