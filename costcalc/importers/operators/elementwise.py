"""Operators that treat each element by itself, and those that change nothing."""

from __future__ import annotations

from typing import Any

from costcalc.importers.operators.registry import HANDLERS, handles
from costcalc.importers.records import Node
from costcalc.importers.scores import Scores
from costcalc.importers.sizes import value
from costcalc.importers.translate import Translator

# Element by element.

POINTWISE = {
    "Relu": "relu", "LeakyRelu": "lrelu", "Elu": "elu", "Selu": "elu", "Celu": "elu",
    "Sigmoid": "sigmoid", "HardSigmoid": "hsigmoid", "HardSwish": "hswish", "Swish": "swish",
    "Tanh": "tanh", "Softplus": "softplus", "Mish": "mish", "Gelu": "gelu",
    "LogSoftmax": "softmax", "ThresholdedRelu": "relu",
}  # fmt: skip
"""Activations, and this language's words for them."""

WORK = {
    "Exp": "exp", "Log": "exp", "Erf": "exp", "Sin": "exp", "Cos": "exp", "Tan": "exp",
    "Atan": "exp", "Asin": "exp", "Acos": "exp", "Sinh": "exp", "Cosh": "exp", "Asinh": "exp",
    "Acosh": "exp", "Atanh": "exp", "Sqrt": "exp", "Reciprocal": "div", "Abs": "max",
    "Neg": "mul", "Sign": "max", "Floor": "add", "Ceil": "add", "Round": "add", "Softsign": "div",
    "Not": "max", "Shrink": "max", "IsNaN": "max", "IsInf": "max", "CumSum": "add",
}  # fmt: skip
"""Arithmetic on each element that has no name of its own, and the kind it is counted as."""


def activation(t: Translator, node: Node) -> None:
    """An activation that has a word of its own."""
    t.spell(t.pointwise(node, POINTWISE[node.kind]), node)


def arithmetic(t: Translator, node: Node) -> None:
    """Arithmetic on each element that has none."""
    t.spell(t.pointwise(node, "elementwise", work=WORK[node.kind]), node)


HANDLERS |= dict.fromkeys(POINTWISE, activation) | dict.fromkeys(WORK, arithmetic)


@handles("Clip")
def clip(t: Translator, node: Node) -> None:
    """ReLU6 and its like: bounds below, above or both."""
    low, high = (_scalar(t, node, name, place) for name, place in (("min", 1), ("max", 2)))
    bounds = (
        low if low is None or low > -1e30 else None,
        high if high is None or high < 1e30 else None,
    )
    known: dict[Any, str] = {(0, 6): "relu6", (-1, 1): "htanh", (0, None): "relu"}
    if bounds in known:
        t.spell(t.pointwise(node, known[bounds]), node)
    elif bounds == (None, None):
        t.passed(node, t.data(node))
    else:
        t.spell(t.pointwise(node, "htanh" if None not in bounds else "relu"), node)


def _scalar(t: Translator, node: Node, name: str, place: int) -> float | None:
    if name in node.attributes:
        return float(node.attributes[name])
    constant = t.constant(node, place)
    if constant is None or not constant.values or len(constant.values) != 1:
        return None
    return float(value(constant.values[0]))


@handles("Identity", "Cast", "CastLike", "Dropout", "Contiguous")
def alias(t: Translator, node: Node) -> None:
    """A node that changes nothing of what is counted."""
    found = t.tensor(node, 0)
    t.give(node, t.data(node) if found is None else found)


@handles("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear")
def quantise(t: Translator, node: Node) -> None:
    """A pair of these is a type, no layer: arithmetic of the row before, to tools that count it."""
    found = t.tensor(node, 0)
    if isinstance(found, Scores) and found.name not in found.written:
        t.give(node, found.after(node))
    else:
        t.passed(node, t.data(node))
    if node.kind == "DynamicQuantizeLinear":
        for place in (1, 2):
            if place < len(node.outputs) and node.outputs[place]:
                t.scale(node.outputs[place])


@handles("Softmax")
def softmax(t: Translator, node: Node) -> None:
    """A softmax, which of scores makes them attention."""
    found = t.tensor(node, 0)
    if isinstance(found, Scores) and found.open and not (found.swapped and found.bias):
        axis = node.attributes.get("axis", -1)
        if axis in (-1, len(found.axes) - 1):
            made = found.after(node, softmax=True, turned=found.swapped, swapped=False)
            t.give(node, made)
            return
    t.spell(t.pointwise(node, "softmax"), node)
