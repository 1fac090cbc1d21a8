"""What TFLite Micro's interpreter keeps in its arena beside tensors and scratch.

It lies at the arena's other end for as long as the interpreter lives. Its structures hold
pointers, so they take half as much on a microcontroller as on the computer one records it on.
"""

from __future__ import annotations

from costcalc.graph.model import Graph
from costcalc.records import NamedTuple

SOURCE = (
    "TFLite Micro: TfLiteEvalTensor, NodeAndRegistration, the kernels' OpData and per-channel"
    " multipliers and shifts, with pointers of 32 bits and, as RecordingMicroAllocator prints it on"
    " a computer, of 64"
)


class Range(NamedTuple):
    """The least and the most bytes."""

    least: int
    most: int


TENSOR = Range(12, 24)
STEP = Range(48, 160)
CHANNEL = 8
FIXED = Range(512, 1536)
"""Bytes a tensor, constants among them; a step; an output channel of a convolution; in any case."""


def interpreter(graph: Graph, tensors: int, steps: int) -> Range:
    """Bytes of the interpreter's own structures.

    Args:
        graph: the network; each layer with weights has a constant for them and one for biases.
        tensors: how many tensors it has that are computed.
        steps: how many steps run.

    Returns:
        The least, with pointers of 32 bits, and the most, of 64.
    """
    weighted = [layer for layer in graph.layers if layer.operator.weighted]
    channels = sum(int(layer.output.c) for layer in weighted if layer.op != "fc")
    every = tensors + 2 * len(weighted)
    return Range(
        *(
            each * every + step * steps + CHANNEL * channels + fixed
            for each, step, fixed in zip(TENSOR, STEP, FIXED, strict=True)
        )
    )
