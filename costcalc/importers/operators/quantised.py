"""Operators on quantised tensors: what they are on others, among the scales of each tensor."""

from __future__ import annotations

from dataclasses import replace

from costcalc.importers.operators.registry import HANDLERS
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


def plain(node: Node) -> Node:
    """The same operator on tensors whose type is no part of the graph."""
    if node.kind == "QLinearConcat":  # each has its scale and zero point behind it
        return replace(node, kind="Concat", inputs=node.inputs[2::3])
    if node.kind not in PLAIN:
        return node
    kind, places = PLAIN[node.kind]
    inputs = tuple(node.inputs[place] for place in places if place < len(node.inputs))
    return replace(node, kind=kind, inputs=inputs)


def _quantised(t: Translator, node: Node) -> None:
    same = plain(node)
    HANDLERS[same.kind](t, same)


HANDLERS |= dict.fromkeys((*PLAIN, "QLinearConcat"), _quantised)
