"""Every operator: its check, its shape, its weights and its cost, in one place each."""

from costcalc.ops import (
    attention,
    channels,
    joins,
    pointwise,
    pooling,
    recurrent,
    regions,
    sizes,
    weights,
)
from costcalc.ops.joins import COMMUTING
from costcalc.ops.operator import OPERATORS, Argument, Facts, Operator

NORMS = {
    "none": None,
    **{word: f"{word}_norm" for word in ("batch", "layer", "group", "instance", "rms")},
}
"""What a spec may write for `norm`, and the operator it stands for."""

ACTIVATIONS = {
    "none": None,
    **{
        name: name
        for name in (
            "relu",
            "relu6",
            "prelu",
            "lrelu",
            "elu",
            "tanh",
            "htanh",
            "softplus",
            "mish",
            "hsigmoid",
            "hswish",
            "swish",
            "gelu",
            "sigmoid",
            "softmax",
        )
    },
}
"""What a spec may write for `act`, and the operator it stands for."""

__all__ = [
    "ACTIVATIONS",
    "COMMUTING",
    "NORMS",
    "OPERATORS",
    "Argument",
    "Facts",
    "Operator",
    "attention",
    "channels",
    "joins",
    "pointwise",
    "pooling",
    "recurrent",
    "regions",
    "sizes",
    "weights",
]
