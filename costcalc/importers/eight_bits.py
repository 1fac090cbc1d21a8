"""Operators on quantised tensors, each of which is read among its scales and zero points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from costcalc.importers.records import Constant, ModelFile, Node

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
CONCAT = "QLinearConcat"
QUANTISED = (*PLAIN, CONCAT)
EXTREMES = ("ReduceMin", "ReduceMax")
MEASURING = (
    *EXTREMES, "Abs", "Add", "Cast", "Ceil", "Clip", "Div", "Equal", "Floor", "Identity", "Max",
    "Min", "Mul", "Neg", "Reshape", "Round", "Squeeze", "Sub", "Unsqueeze", "Where",
)  # fmt: skip
"""What scales and zero points are computed by, of the least and the largest element of a tensor."""
MOST = 64
"""The most nodes between these and a scale."""


def plain(node: Node) -> Node:
    """The same operator on tensors whose type is no part of the graph."""
    if node.kind == CONCAT:  # each has its scale and zero point behind it
        return replace(node, kind="Concat", inputs=node.inputs[2::3])
    if node.kind not in PLAIN:
        return node
    kind, places = PLAIN[node.kind]
    inputs = tuple(node.inputs[place] for place in places if place < len(node.inputs))
    return replace(node, kind=kind, inputs=inputs)


def stored(file: ModelFile) -> set[str]:
    """The tensors in eight bits that operators read as the numbers that they stand for."""
    found: set[str] = set()
    for node in file.nodes:
        if node.kind in QUANTISED:
            found.update(plain(node).inputs)
        elif node.kind == "DequantizeLinear":
            found.update(node.inputs[:1])
    return found


def numbers(file: ModelFile) -> dict[str, Constant]:
    """The single numbers that a quantised file stores in eight bits, each as what it stands for,
    under the name of what reads it."""
    found: dict[str, Constant] = {}
    for node in file.nodes:
        for name, *given in _scaled(node):
            read = [file.constants.get(one) for one in given]
            values = [
                one.values[0] for one in read if one is not None and one.values and not one.shape
            ]
            if len(values) == len(given):
                number, scale, zero = (*values, 0)[:3]
                found[name] = Constant(name, (), "float32", ((number - zero) * scale,))
    return found


def _scaled(node: Node) -> Iterator[tuple[str, ...]]:
    """Names of tensors, each with what is stored of it, its scale and its zero point."""
    if node.kind == "DequantizeLinear":
        yield node.outputs[0], *node.inputs[:3]
    elif node.kind in ("QLinearAdd", "QLinearMul"):
        for place in (0, 3):
            yield node.inputs[place], *node.inputs[place : place + 3]


def measured(file: ModelFile) -> set[str]:
    """Scales and zero points that are measured as the file runs, and all between a tensor's least
    and largest element and these: how DynamicQuantizeLinear is spelled out, before opset 11."""
    writers = {name: node for node in file.nodes for name in node.outputs[:1]}
    found: set[str] = set()
    for node in file.nodes:
        if node.kind == "QuantizeLinear":
            for name in node.inputs[1:]:
                found |= _measured(file, writers, name)
    used = {name for node in file.nodes if found.isdisjoint(node.outputs) for name in node.inputs}
    extremes = {name for name in found if writers[name].kind in EXTREMES}
    return found if used.isdisjoint(extremes) else set()


def _measured(file: ModelFile, writers: Mapping[str, Node], last: str) -> set[str]:
    """The tensors on the way to a scale; none where it is measured by something else."""
    found: set[str] = set()
    left = [last]
    while left:
        name = left.pop()
        if not name or name in file.constants or name in found:
            continue
        node = writers.get(name)
        if node is None or node.kind not in MEASURING or len(found) == MOST:
            return set()
        found.add(name)
        left += () if node.kind in EXTREMES else node.inputs
    return found
