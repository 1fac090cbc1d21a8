"""Operators on quantised tensors: what they are on others, among the scales of each tensor."""

from __future__ import annotations

from dataclasses import replace

from costcalc.importers.operators.registry import HANDLERS, handles
from costcalc.importers.records import Node
from costcalc.importers.translate import Translator

PLAIN = {
    "QLinearConv": ("Conv", (0, 3, 8)),
    "ConvInteger": ("Conv", (0, 1)),
    "QLinearMatMul": ("MatMul", (0, 3)),
    "MatMulInteger": ("MatMul", (0, 1)),
    "QGemm": ("Gemm", (0, 3, 6)),
    "QLinearAdd": ("Add", (0, 3)),
    "QLinearMul": ("Mul", (0, 3)),
    "QLinearAveragePool": ("AveragePool", (0,)),
    "QLinearGlobalAveragePool": ("GlobalAveragePool", (0,)),
    "QLinearReduceMean": ("ReduceMean", (0,)),
    "QLinearSigmoid": ("Sigmoid", (0,)),
    "QLinearLeakyRelu": ("LeakyRelu", (0,)),
    "QLinearSoftmax": ("Softmax", (0,)),
}
"""The operator that each is, and which of its inputs that one reads."""


def plain(t: Translator, node: Node) -> None:
    """The same operator on tensors whose type is no part of the graph."""
    kind, places = PLAIN[node.kind]
    inputs = tuple(node.inputs[place] for place in places if place < len(node.inputs))
    HANDLERS[kind](t, replace(node, kind=kind, inputs=inputs))


HANDLERS |= dict.fromkeys(PLAIN, plain)


@handles("QLinearConcat")
def concat(t: Translator, node: Node) -> None:
    """Each tensor has its scale and zero point behind it, and so has the output before them."""
    HANDLERS["Concat"](t, replace(node, kind="Concat", inputs=node.inputs[2::3]))
