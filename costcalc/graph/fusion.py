"""Which normalisations and activations ride on a convolution's output and move no memory."""

from __future__ import annotations

from collections.abc import Iterable

from costcalc.graph.model import Layer


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
        for index in layer.inputs:
            if index >= 0:
                readers[index] += 1
    for layer in layers:
        index = layer.inputs[0]
        if not layer.operator.pointwise or index < 0 or readers[index] != 1:
            continue
        before = layers[index]
        if before.operator.weighted or before.fused:
            layer.fused = True
            layer.follows = before.follows if before.fused else index
