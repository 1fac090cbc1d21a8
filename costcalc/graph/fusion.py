"""Which normalisations and activations ride on a convolution's output and move no memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from costcalc.graph.model import Layer
from costcalc.language.expressions import StructureDiffers, decided
from costcalc.numbers.protocol import Undecided, is_array


def fuse(layers: list[Layer], outputs: Iterable[int]) -> None:
    """Mark them, and the layer each follows.

    An output that something else reads too, the network's caller among it, has to be written
    before it is normalised.
    """
    readers = [0] * len(layers)
    for index in outputs:
        if index >= 0:
            readers[index] += 1
    for layer in layers:
        for index in () if layer.operator.source else layer.inputs:
            if index >= 0:
                readers[index] += 1
    for place, layer in enumerate(layers):
        index = layer.inputs[0]
        if not layer.operator.pointwise or index < 0 or readers[index] != 1:
            continue
        before = layers[index]
        if before.bypass is not None or not isinstance(before.fused, bool):
            layers[place] = layer._replace(fused=_riding(layers, readers, layer))
        elif before.operator.weighted or before.fused:
            first = before.follows if before.fused else index
            layers[place] = layer._replace(fused=True, follows=first)


def _riding(layers: Sequence[Layer], readers: Sequence[int], layer: Layer) -> Any:
    """Where a layer rides on the one before it, or on what passes in its place."""
    rides = _carries(layers, readers, layer.inputs[0])
    fused = decided(rides) if is_array(rides) else bool(rides)
    if not isinstance(fused, Undecided):
        return fused
    if layer.op == "batch_norm" or layer.bypass is not None:  # it may be folded; it is two tensors
        raise StructureDiffers(rides)
    return rides


def _carries(layers: Sequence[Layer], readers: Sequence[int], index: int) -> Any:
    """1 where the output of a layer, or what passes in its place, carries what it is read by."""
    if index < 0 or readers[index] != 1:
        return 0
    layer = layers[index]
    own = 1 if layer.operator.weighted else layer.fused * 1
    if layer.bypass is None:
        return own
    here = layer.bypass.here
    return here * own + (1 - here) * _carries(layers, readers, layer.bypass.layer)
