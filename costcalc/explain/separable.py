"""Depthwise separable convolutions against the standard convolution they stand for.

MobileNet (arXiv:1704.04861), equations 2 to 5: a depthwise and a pointwise convolution cost
1/N + 1/Dk^2 of the standard convolution with the same N outputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from costcalc.graph.model import Graph, Layer
from costcalc.numbers.dimensions import Kernel
from costcalc.ops import OPERATORS, Facts


@dataclass(frozen=True, slots=True)
class Pair:
    """A depthwise convolution and the 1x1 convolution that reads it."""

    depthwise: Layer
    pointwise: Layer

    @property
    def kernel(self) -> Kernel:
        """Dk, height and width."""
        kernel: Kernel = self.depthwise.arguments["k"]
        return kernel

    @property
    def standard(self) -> Facts:
        """The facts of the standard convolution with the same input, output and stride."""
        arguments = {k: v for k, v in self.depthwise.arguments.items() if k != "m"}
        conv = OPERATORS["conv"]
        return conv.of(self.depthwise.input, **arguments, out=self.pointwise.output.c)[1]

    @property
    def mult_adds(self) -> int:
        """Multiply-adds of both layers."""
        return int(self.depthwise.mult_adds + self.pointwise.mult_adds)

    @property
    def weights(self) -> int:
        """Weights of both layers."""
        return int(self.depthwise.weights + self.pointwise.weights)

    @property
    def ratio(self) -> Fraction:
        """Multiply-adds of the pair over those of the standard convolution."""
        return Fraction(self.mult_adds, self.standard.mult_adds)

    @property
    def rule(self) -> Fraction:
        """1/N + 1/Dk^2."""
        return Fraction(1, self.pointwise.output.c) + Fraction(1, self.kernel.h * self.kernel.w)


def separable_pairs(graph: Graph) -> Iterator[Pair]:
    """Every pair of the graph in order: normalisation and activation may stand between."""
    for layer in graph.layers:
        if layer.op != "conv" or layer.inputs[0] < 0:
            continue
        one_by_one = (
            layer.arguments["k"] == Kernel(1, 1)
            and layer.arguments.get("s", 1) == 1
            and layer.arguments.get("g", 1) == 1
        )
        before = graph.layers[layer.inputs[0]]
        if before.fused:
            assert before.follows is not None  # what it is fused into
            before = graph.layers[before.follows]
        if one_by_one and before.op == "dw" and before.arguments.get("m", 1) == 1:
            yield Pair(before, layer)
