"""PyTorch's operators in the words of ONNX: a row where a row says it, else a short function.

Their arguments are those of aten/src/ATen/native/native_functions.yaml; what is left out in a
program has the default that stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from costcalc.importers.composer import Composer
from costcalc.importers.pt2 import elementwise as each
from costcalc.importers.pt2 import (
    folding,
    indices,
    parts,
    products,
    recurrent,
    reductions,
    repeats,
    views,
    windows,
)
from costcalc.importers.pt2.call import Call
from costcalc.importers.pt2.elementwise import Write
from costcalc.importers.pt2.program import Reference

NOTHING = ("_assert", "sym_constrain", "_assert_", "_operator.eq", "_operator.ne", "_operator.lt",
           "_operator.le", "_operator.gt", "_operator.ge", "_operator.and_", "_operator.or_",
           "_operator.not_", "torch.sym_not", "torch.sym_ite")  # fmt: skip
"""What only checks sizes, by how it begins."""


@dataclass(frozen=True, slots=True)
class Row:
    """An operator that is one node of ONNX.

    `count` is how many of its first arguments are tensors or numbers; `options` are attributes,
    each the argument of that name and its default.
    """

    kind: str
    count: int = 1
    options: Mapping[str, tuple[str, Any]] = field(default_factory=dict)

    def __call__(self, call: Call, to: Composer) -> None:
        """Write it."""
        inputs = [call.operand(place, to) for place in range(self.count)]
        said = {key: call.option(*argument) for key, argument in self.options.items()}
        to.emit(self.kind, *inputs, out=call.out, **said)


_RELU6 = each.clip(("", 0.0), ("", 6.0))
_ATTENTION = (
    "scaled_dot_product_attention", "_scaled_dot_product_flash_attention",
    "_scaled_dot_product_flash_attention_for_cpu", "_scaled_dot_product_efficient_attention",
)  # fmt: skip
_LIKE = ("ones_like", "zeros_like", "full_like", "empty_like", "rand_like", "randn_like")
_FILLED = (
    "full",
    "ones",
    "zeros",
    "empty",
    "new_full",
    "new_ones",
    "new_zeros",
    "new_empty",
    "empty_permuted",
    "rand",
    "randn",
)
_SAME = ("clone", "contiguous", "detach", "detach_copy", "alias", "alias_copy", "to", "_to_copy",
         "lift_fresh_copy", "lift_fresh", "type_as", "dropout", "feature_dropout", "float", "half",
         "alpha_dropout", "native_dropout", "bernoulli", "resolve_conj", "lift", "positive",
         "_conj", "real", "fill", "zero")  # fmt: skip


OPERATORS: dict[str, Write] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d", "convolution", "_convolution"), windows.conv),
    **dict.fromkeys(
        ("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), windows.conv
    ),
    **dict.fromkeys(("grid_sampler", "grid_sampler_2d", "grid_sampler_3d"), windows.grid_sample),
    "affine_grid_generator": windows.affine_grid,
    "torchvision.deform_conv2d": windows.deformable_conv,
    **dict.fromkeys(
        ("max_pool1d", "max_pool2d", "max_pool3d", "max_pool2d_with_indices",
         "max_pool3d_with_indices", "avg_pool1d", "avg_pool2d", "avg_pool3d"), windows.pool
    ),
    **dict.fromkeys(
        ("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d",
         "_adaptive_avg_pool2d", "_adaptive_avg_pool3d", "adaptive_max_pool1d",
         "adaptive_max_pool2d", "adaptive_max_pool3d"), windows.adaptive_pool
    ),
    **dict.fromkeys(
        ("upsample_nearest1d", "upsample_nearest2d", "_upsample_nearest_exact2d",
         "upsample_nearest3d", "upsample_linear1d", "upsample_bilinear2d",
         "_upsample_bilinear2d_aa", "upsample_bicubic2d", "_upsample_bicubic2d_aa",
         "upsample_trilinear3d"), windows.resize
    ),
    **dict.fromkeys(
        ("batch_norm", "_native_batch_norm_legit_no_training", "_native_batch_norm_legit",
         "native_batch_norm", "_batch_norm_with_update",
         "_native_batch_norm_legit_functional", "_batch_norm_no_update"), windows.batch_norm
    ),
    **dict.fromkeys(
        ("layer_norm", "native_layer_norm", "rms_norm", "_fused_rms_norm"), windows.layer_norm
    ),
    **dict.fromkeys(("group_norm", "native_group_norm"), windows.group_norm),
    "instance_norm": windows.instance_norm,
    **dict.fromkeys(("channel_shuffle", "native_channel_shuffle"), windows.shuffle),
    "pixel_shuffle": each.block("DepthToSpace", "upscale_factor"),
    "pixel_unshuffle": each.block("SpaceToDepth", "downscale_factor"),
    "unfold": folding.unfold,
    "im2col": folding.im2col,
    "col2im": folding.col2im,
    "linear": products.linear,
    "addmm": products.addmm,
    "baddbmm": products.baddbmm,
    "einsum": products.einsum,
    **dict.fromkeys(recurrent.KINDS, recurrent.stack),
    **dict.fromkeys(("matmul", "mm", "bmm", "mv", "dot", "vdot"), Row("MatMul", 2)),
    **dict.fromkeys(_ATTENTION, products.attention),
    **dict.fromkeys(("softmax", "_softmax"), each.softmax("Softmax")),
    **dict.fromkeys(("log_softmax", "_log_softmax"), each.softmax("LogSoftmax")),
    **dict.fromkeys(
        ("view", "view_copy", "reshape", "_unsafe_view", "_reshape_copy"), views.reshape
    ),
    **dict.fromkeys(("reshape_as", "view_as"), views.reshape_as),
    "as_strided": views.as_strided,
    **dict.fromkeys(("slice_scatter", "select_scatter"), parts.scatter),
    "flatten": views.flatten,
    "unflatten": views.unflatten,
    **dict.fromkeys(("permute", "permute_copy"), views.permute),
    **dict.fromkeys(
        ("transpose", "transpose_copy", "t", "t_copy", "swapaxes", "mT", "numpy_T"), views.transpose
    ),
    **dict.fromkeys(("unsqueeze", "unsqueeze_copy"), views.unsqueeze),
    **dict.fromkeys(("squeeze", "squeeze_copy"), views.squeeze),
    **dict.fromkeys(("slice", "slice_copy", "narrow"), parts.slice_),
    **dict.fromkeys(("select", "select_copy"), parts.select),
    **dict.fromkeys(
        ("split", "split_with_sizes", "split_with_sizes_copy", "split_copy", "chunk",
         "tensor_split"), parts.split
    ),
    **dict.fromkeys(("unbind", "unbind_copy"), parts.unbind),
    **dict.fromkeys(("cat", "concat", "concatenate"), parts.cat),
    "stack": parts.stack,
    **dict.fromkeys(("expand", "expand_copy", "broadcast_to"), repeats.expand),
    "expand_as": repeats.expand_as,
    **dict.fromkeys(("repeat", "tile"), repeats.repeat),
    "repeat_interleave": repeats.repeat_each,
    "meshgrid": repeats.meshgrid,
    "roll": parts.roll,
    **dict.fromkeys(
        ("constant_pad_nd", "pad", "reflection_pad1d", "reflection_pad2d", "replication_pad1d",
         "replication_pad2d"), parts.pad
    ),
    **dict.fromkeys(reductions.REDUCTIONS, reductions.reduce),
    **dict.fromkeys(("argmax", "argmin"), reductions.arg),
    **dict.fromkeys(("var", "std", "var_mean", "std_mean"), reductions.variance),
    **dict.fromkeys(("index", "_unsafe_index"), indices.index),
    "index_select": indices.index_select,
    "embedding": indices.embedding,
    **dict.fromkeys(("gather", "take_along_dim"), indices.gather),
    **dict.fromkeys(("topk", "sort", "argsort"), indices.topk),
    **dict.fromkeys(_FILLED + _LIKE, repeats.filled),
    "eye": repeats.eye,
    "arange": repeats.arange,
    "linspace": repeats.linspace,
    "sym_size": views.sym_size,
    "sym_numel": each.chain("Size"),
    **dict.fromkeys(("scalar_tensor", "_operator.pos"), each.scalar),
    **dict.fromkeys(_SAME, Row("Identity")),
    "relu6": _RELU6,
    "hardtanh": each.clip(("min_val", -1.0), ("max_val", 1.0)),
    **dict.fromkeys(
        ("clamp", "clip", "clamp_min", "clamp_max"),
        each.clip(("min", -each.INFINITY), ("max", each.INFINITY)),
    ),
    "rsqrt": each.chain("Sqrt", "Reciprocal"),
    "log1p": each.chain("Log"),
    "expm1": each.chain("Exp"),
    "square": each.square,
    "prelu": each.prelu,
    "copy": each.copied,
    "flip": parts.flip,
    **dict.fromkeys(("movedim", "moveaxis"), views.movedim),
    "outer": each.outer,
    "lerp": each.lerp,
    "addcdiv": each.addcdiv,
    "nan_to_num": each.without_nan,
    "log_sigmoid": each.chain("Sigmoid", "Log"),
    "atan2": each.chain_of_two("Div", "Atan"),
    "erfc": each.chain("Erf", "Neg"),
    "glu": each.glu,
    **dict.fromkeys(("add", "_operator.add"), each.sum_of("Add")),
    **dict.fromkeys(("sub", "subtract", "rsub", "_operator.sub"), each.sum_of("Sub")),
    **dict.fromkeys(
        ("div", "divide", "true_divide", "floor_divide", "_operator.floordiv",
         "_operator.truediv", "torch._sym_int_div"), each.divide
    ),
    **dict.fromkeys(("ne", "not_equal"), each.unequal),
    "addcmul": each.addcmul,
    "masked_fill": each.masked,
    "where": each.where,
    "leaky_relu": Row("LeakyRelu", 1, {"alpha": ("negative_slope", 0.01)}),
    "cumsum": Row("CumSum"),
    "quantized_decomposed.quantize_per_tensor": each.stored("QuantizeLinear"),
    "quantized_decomposed.quantize_per_channel": each.stored("QuantizeLinear"),
    "quantized_decomposed.dequantize_per_tensor": each.stored("DequantizeLinear"),
    "quantized_decomposed.dequantize_per_channel": each.stored("DequantizeLinear"),
    **{
        word: Row(kind)
        for word, kind in {
            "relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "elu": "Elu", "selu": "Selu",
            "celu": "Celu", "silu": "Swish", "gelu": "Gelu", "mish": "Mish",
            "softplus": "Softplus", "hardswish": "HardSwish", "hardsigmoid": "HardSigmoid",
            "softsign": "Softsign", "exp": "Exp", "log": "Log", "erf": "Erf", "sqrt": "Sqrt",
            "abs": "Abs", "neg": "Neg", "sin": "Sin", "cos": "Cos", "tan": "Tan",
            "floor": "Floor", "ceil": "Ceil", "round": "Round", "sign": "Sign",
            "reciprocal": "Reciprocal", "logical_not": "Not", "bitwise_not": "Not",
            "_operator.neg": "Neg", "trunc": "Floor", "threshold": "ThresholdedRelu",
            "isnan": "IsNaN", "isinf": "IsInf", "sgn": "Sign",
            "log2": "Log", "log10": "Log", "exp2": "Exp", "atan": "Atan", "asin": "Asin",
            "acos": "Acos", "sinh": "Sinh", "cosh": "Cosh", "asinh": "Asinh", "acosh": "Acosh",
            "atanh": "Atanh", "hardshrink": "Shrink", "softshrink": "Shrink",
            "rrelu": "LeakyRelu", "rrelu_with_noise_functional": "LeakyRelu",
            "math.floor": "Floor", "math.ceil": "Ceil",
        }.items()
    },
    **{
        word: Row(kind, 2)
        for word, kind in {
            "mul": "Mul", "multiply": "Mul", "_operator.mul": "Mul", "_weight_norm": "Mul",
            "pow": "Pow", "maximum": "Max", "minimum": "Min", "torch.sym_max": "Max",
            "torch.sym_min": "Min", "remainder": "Mod", "fmod": "Mod", "_operator.mod": "Mod",
            "fmax": "Max", "fmin": "Min", "eq": "Equal",
            "lt": "Less", "gt": "Greater", "le": "LessOrEqual", "ge": "GreaterOrEqual",
            "logical_and": "And", "logical_or": "Or", "bitwise_and": "And", "bitwise_or": "Or",
            "__and__": "And", "__or__": "Or", "__xor__": "Xor", "logical_xor": "Xor",
            "bitwise_xor": "Xor",
        }.items()
    },
}  # fmt: skip
"""How each operator is written; any other becomes a node of its own word, in brackets."""


def write(call: Call, to: Composer) -> None:
    """Write a call as nodes; one that works in place is written as one that does not."""
    writer = OPERATORS.get(call.word) or OPERATORS.get(call.word.removesuffix("_"))
    if writer is not None:
        writer(call, to)
    elif not call.word.startswith(NOTHING):
        reads = [name for value in call.arguments.values() for name in tensors(value)]
        to.emit(f"[{call.word}]", *reads, out=call.outputs)


def tensors(value: Any) -> list[str]:
    """The tensors that an argument holds."""
    each = value if isinstance(value, list) else [value]
    return [str(one) for one in each if isinstance(one, Reference)]
