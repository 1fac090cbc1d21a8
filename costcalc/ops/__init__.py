"""Every operator: its check, its shape, its weights and its cost, in one place each."""

from costcalc.ops import channels, joins, pointwise, pooling, weights
from costcalc.ops.operator import OPERATORS, Argument, Facts, Operator

NORMS = {"none": None, "batch": "batch_norm", "layer": "layer_norm"}
"""What a spec may write for `norm`, and the operator it stands for."""

ACTIVATIONS = {
    "none": None,
    **{
        name: name
        for name in ("relu", "relu6", "hsigmoid", "hswish", "swish", "gelu", "sigmoid", "softmax")
    },
}
"""What a spec may write for `act`, and the operator it stands for."""

__all__ = [
    "ACTIVATIONS",
    "NORMS",
    "OPERATORS",
    "Argument",
    "Facts",
    "Operator",
    "channels",
    "joins",
    "pointwise",
    "pooling",
    "weights",
]
