"""The types that a file's weights and activations are stored in, and what of them is folded."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Iterable

from costcalc.importers.records import Constant, ModelFile, Node

WORDS = {
    "float64": "fp64", "float32": "fp32", "float16": "fp16", "bfloat16": "bf16", "float8": "fp8",
    "int2": "int8", "int4": "int8", "uint4": "int8", "int8": "int8", "uint8": "int8",
    "int16": "int16", "uint16": "int16", "int32": "int32", "uint32": "int32",
}  # fmt: skip
"""Types as a run says them; what is smaller than a byte moves as one."""


def dtype(file: ModelFile, weights: Iterable[Constant]) -> str:
    """The types of most elements of the weights, and of most activations; "" for 32 bit floats."""
    elements: Counter[str] = Counter()
    for one in weights:
        elements[file.quantised.get(one.name, one.type)] += math.prod(one.shape)
    stored = _word(elements)
    floats = [one.type for one in file.inputs if one.type.startswith(("float", "bfloat"))]
    own = floats[0] if floats else "float32"
    rounded = {
        node.inputs[0]: _zero(file, node) for node in file.nodes if node.kind == "QuantizeLinear"
    }
    between: Counter[str] = Counter()
    for node in file.nodes:
        if node.kind not in ("QuantizeLinear", "DequantizeLinear"):
            name = node.outputs[0]
            quantised = _zero(file, node) if node.kind.startswith("QLinear") else ""
            between[quantised or rounded.get(name) or file.quantised.get(name, own)] += 1
    moved = _word(between)
    if stored == moved == "fp32":
        return ""
    return stored if stored == moved else f"{stored}:{moved}"


def folded(file: ModelFile, owners: Container[str]) -> int:
    """How many trained elements no row has, since what is computed of them is a constant.

    Gains that standardise weights are such, which are folded into the weights before inference.
    0 for a format that does not say what is trained.
    """
    if not file.tells_trained:
        return 0
    read = {
        file.constants[name].owner
        for node in file.nodes
        for name in node.reads
        if name in file.constants and node.kind != "Concat"  # every part of which is counted
    }
    return sum(
        math.prod(file.constants[name].shape)
        for name in read
        if name not in owners and not file.constants[name].untrained
    )


def unread(file: ModelFile) -> int:
    """How many trained elements nothing reads, as of auxiliary heads that only training uses.

    0 for a format that does not say what is trained, and where weights are quantised, which
    stand beside those that they were made of.
    """
    if any(node.kind == "DequantizeLinear" for node in file.nodes):
        return 0
    read = {
        file.constants[name].owner
        for node in file.nodes
        for name in node.reads
        if name in file.constants
    }
    return sum(
        math.prod(one.shape)
        for name, one in file.constants.items()
        if file.tells_trained and not one.untrained and not one.of and name not in read
    )


def _zero(file: ModelFile, node: Node) -> str:
    """The type of what an ONNX operator writes whose last inputs are a scale and a zero point."""
    zeros = (file.constants.get(name) for name in node.inputs[-2:])
    types = (one.type for one in zeros if one is not None)
    found = [one for one in types if one in WORDS and "int" in one]
    return found[0] if found else "uint8"


def _word(found: Counter[str]) -> str:
    """The most frequent type's word."""
    for type_, _ in found.most_common():
        if type_ in WORDS:
            return WORDS[type_]
    return "fp32"
