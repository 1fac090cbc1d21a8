"""What ONNX Runtime fuses: each operator as those that it was fused of.

Their inputs and attributes are those of github.com/microsoft/onnxruntime, docs/ContribOperators.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from costcalc.importers.operators.products import biased, linear
from costcalc.importers.operators.registry import HANDLERS, handles
from costcalc.importers.records import Constant, Node
from costcalc.importers.translate import Translator

ACTIVATIONS = {"SiLU": "Swish", "Silu": "Swish", "swish": "Swish"}
"""Activations that are a part of another operator and have another word in ONNX."""


def step(
    t: Translator, node: Node, kind: str, inputs: Sequence[str], out: str = "", **attributes: Any
) -> str:
    """One of the operators that a node was fused of; the name of what it gives."""
    out = out or f"{node.outputs[0]}/{kind}"
    made = replace(node, kind=kind, inputs=tuple(inputs), outputs=(out,), attributes=attributes)
    if all(name in t.constants for name in inputs if name):
        t.compute(made)
    else:
        HANDLERS[kind](t, made)
    return out


def _input(node: Node, place: int) -> str:
    return node.inputs[place] if place < len(node.inputs) else ""


def _added(t: Translator, node: Node, name: str, bias: str) -> str:
    """A tensor and a constant for each of its channels: the bias of the layer before, if it can
    be."""
    if not bias:
        return name
    out = f"{name}/biased"
    constant = t.constants.get(bias)
    if constant is not None and biased(
        t, replace(node, inputs=(name,), outputs=(out,)), 0, constant
    ):
        return out
    return step(t, node, "Add", (name, bias), out)


@handles("FusedConv", "NhwcFusedConv", "FusedGemm")
def activated(t: Translator, node: Node) -> None:
    """A convolution or a linear layer, another tensor that is added, and an activation."""
    given = dict(node.attributes)
    word = given.pop("activation", "")
    if "Nhwc" in node.kind:
        given["channels_last"] = 1
    conv = node.kind != "FusedGemm"
    inputs, more = (node.inputs[:3], _input(node, 3)) if conv else (node.inputs, "")
    last = node.outputs[0]
    out = last if not (word or more) else f"{last}/layer"
    step(t, node, "Conv" if conv else "Gemm", inputs, out, **given)
    if more:
        out = step(t, node, "Add", (out, more), "" if word else last)
    if word:
        numbers = given.get("activation_params", ())
        said = dict(zip(("min", "max"), numbers, strict=False)) if word == "Clip" else {}
        step(t, node, ACTIVATIONS.get(word, word), (out,), last, **said)


@handles("FusedMatMul", "TransposeMatMul", "FusedMatMulActivation")
def matmul(t: Translator, node: Node) -> None:
    """A product of matrices that are transposed, whose factor is nothing that is counted."""
    inputs = [_turned(t, node, place) for place in range(2)]
    word = node.attributes.get("activation", "")
    out = step(t, node, "MatMul", inputs, "" if word else node.outputs[0])
    if word:
        step(t, node, ACTIVATIONS.get(word, word), (out,), node.outputs[0])


def _turned(t: Translator, node: Node, place: int) -> str:
    """An input whose last axes have changed places, after its first one came behind the others."""
    last, batch = (node.attributes.get(f"{word}{'AB'[place]}") for word in ("trans", "transBatch"))
    name = node.inputs[place]
    constant, found = t.constants.get(name), t.tensor(node, place)
    axes = constant.shape if constant is not None else found.axes if found is not None else ()
    order = list(range(len(axes)))
    if batch:
        order.insert(len(order) - 2, order.pop(0))
    if last:
        order[-2:] = order[:-3:-1]
    if not (last or batch):
        return name
    return step(t, node, "Transpose", (name,), f"{node.outputs[0]}/{place}", perm=tuple(order))


@handles("BiasGelu", "FastGelu", "QuickGelu", "BiasAdd")
def biased_gelu(t: Translator, node: Node) -> None:
    """A bias, of the layer before as a rule, and a GELU however it is computed."""
    name = _added(t, node, node.inputs[0], _input(node, 1))
    if node.kind == "BiasAdd":
        step(t, node, "Add", (name, _input(node, 2)), node.outputs[0])
    else:
        spelled = {key: one for key, one in node.attributes.items() if key == "within"}
        step(t, node, "Gelu", (name,), node.outputs[0], **spelled)


@handles("BiasSoftmax")
def biased_softmax(t: Translator, node: Node) -> None:
    """A softmax of scores to which something is added."""
    name = step(t, node, "Add", node.inputs[:2])
    step(t, node, "Softmax", (name,), node.outputs[0], axis=node.attributes.get("axis", 1))


@handles("SkipLayerNormalization", "SkipSimplifiedLayerNormalization")
def skipped(t: Translator, node: Node) -> None:
    """A shortcut, a bias of the layer before it, and a normalisation; also the sum itself."""
    simple = node.kind == "SkipSimplifiedLayerNormalization"
    bias = _input(node, 3 if simple else 4)
    both = list(node.inputs[:2])
    if bias:
        name = _added(t, node, both[0], bias)
        both[0] = name
    total = next(iter(node.outputs[3:]), "") or f"{node.outputs[0]}/sum"
    step(t, node, "Add", both, total)
    kind, parts = ("RMSNormalization", 1) if simple else ("LayerNormalization", 2)
    step(t, node, kind, (total, *node.inputs[2 : 2 + parts]), node.outputs[0], axis=-1)


@handles("GroupNorm", "SkipGroupNorm")
def group_norm(t: Translator, node: Node) -> None:
    """A normalisation of groups of channels, which are the last axis, and an activation."""
    name = node.inputs[0]
    if node.kind == "SkipGroupNorm":
        name = step(t, node, "Add", (name, node.inputs[3]))
        name = _added(t, node, name, _input(node, 4))
    groups = node.attributes.get("groups", 1)
    first = step(t, node, "Transpose", (name,), perm=(0, 3, 1, 2))
    norm = step(
        t, node, "GroupNormalization", (first, *node.inputs[1:3]), num_groups=groups
    )  # fmt: skip
    active = step(t, node, "Swish", (norm,)) if node.attributes.get("activation") else norm
    step(t, node, "Transpose", (active,), node.outputs[0], perm=(0, 2, 3, 1))


@handles("NhwcMaxPool", "NhwcConv")
def channels_last(t: Translator, node: Node) -> None:
    """The operator of ONNX on maps whose channels are the last axis."""
    kind = node.kind.removeprefix("Nhwc")
    step(t, node, kind, node.inputs, node.outputs[0], **{**node.attributes, "channels_last": 1})


@handles("MatMulNBits")
def few_bits(t: Translator, node: Node) -> None:
    """A linear layer whose weights of a few bits are packed in blocks, each with a scale."""
    packed = t.weights(node, 1)
    shape = tuple(node.attributes.get(word, 1) for word in ("K", "N"))
    weights = Constant(packed.name, shape, f"uint{node.attributes.get('bits', 4)}")
    t.stored[packed.name] = t.constants[packed.name] = weights
    bias = t.constants.get(_input(node, 5))
    linear(t, node, t.data(node), -1, weights, shape[1], bias)


@handles("DynamicQuantizeMatMul", "MatMulIntegerToFloat")
def dynamic(t: Translator, node: Node) -> None:
    """A linear layer whose input is stored in eight bits on the way, and its bias."""
    weights = t.weights(node, 1)
    bias = t.constants.get(_input(node, 4 if node.kind == "DynamicQuantizeMatMul" else 6))
    linear(t, node, t.data(node), -1, weights, weights.shape[-1], bias)


@handles("[com.microsoft.Attention]", "QAttention")
def attention(t: Translator, node: Node) -> None:
    """Queries, keys and values by one matrix of weights, and the attention of them."""
    weights, bias = t.weights(node, 1), t.constant(node, 2)
    linear(t, replace(node, outputs=(f"{node.outputs[0]}/qkv",)), t.data(node), -1, weights,
           weights.shape[-1], bias)  # fmt: skip
    sizes = node.attributes.get("qkv_hidden_sizes") or (weights.shape[-1] // 3,) * 3
    parts = tuple(f"{node.outputs[0]}/{word}" for word in ("q", "k", "v"))
    split = replace(node, kind="Split", inputs=(f"{node.outputs[0]}/qkv",), outputs=parts,
                    attributes={"axis": -1, "split": tuple(sizes)})  # fmt: skip
    HANDLERS["Split"](t, split)
    heads = node.attributes.get("num_heads", 1)
    step(t, node, "Attention", parts, node.outputs[0], q_num_heads=heads, kv_num_heads=heads)


@handles("MultiHeadAttention")
def several_heads(t: Translator, node: Node) -> None:
    """The attention of queries, keys and values, to which biases of their layers are added."""
    names = list(node.inputs[:3])
    bias = t.constant(node, 3)
    if len([name for name in names if name]) < 3:
        raise t.error(node, "its queries, keys and values are packed in one tensor")
    if bias is not None:
        sizes = [t.data(node, place).sizes[-1] for place in range(3)]
        parts = tuple(f"{node.outputs[0]}/{word}" for word in ("bq", "bk", "bv"))
        split = replace(node, kind="Split", inputs=(node.inputs[3],), outputs=parts,
                        attributes={"axis": 0, "split": tuple(map(int, sizes))})  # fmt: skip
        t.compute(split)
        names = [_added(t, node, name, part) for name, part in zip(names, parts, strict=True)]
    heads = node.attributes.get("num_heads", 1)
    step(t, node, "Attention", names, node.outputs[0], q_num_heads=heads, kv_num_heads=heads)
