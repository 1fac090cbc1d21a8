"""TFLite's operators in the words of ONNX: a row where a row says it, else a short function.

What their inputs and options mean is read in tensorflow/lite/schema/schema.fbs and the kernels
of tensorflow/lite/kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from costcalc.importers.composer import Composer
from costcalc.importers.tflite import axes, images, recurrent
from costcalc.importers.tflite.dilation import dilated
from costcalc.importers.tflite.images import IMAGE
from costcalc.importers.tflite.operation import Operation, fused

Write = Callable[[Operation, Composer], None]
"""How an operator is written: nodes into the composer."""


@dataclass(frozen=True, slots=True)
class Row:
    """An operator that is one node of ONNX, and an activation where it has one.

    `reads` are the operator's inputs in ONNX's order; all, where it says nothing. `options` are
    the attributes that are read from its options, each by its slot and form.
    """

    kind: str
    reads: tuple[int, ...] | None = None
    options: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    activation: int | None = None

    def __call__(self, op: Operation, to: Composer) -> None:
        """Write it."""
        reads = range(len(op.inputs)) if self.reads is None else self.reads
        inputs = [op.input(index) for index in reads or (0,)]
        attributes = {key: op.option(*place) for key, place in self.options.items()} | self.said
        if self.activation is None:
            to.emit(self.kind, *inputs, out=op.outputs, **attributes)
        else:
            fused(op, to, self.activation, self.kind, *inputs, **attributes)


def _clip(low: float, high: float) -> Write:
    def write(op: Operation, to: Composer) -> None:
        to.clip(op.input(0), low, high, out=op.outputs[0])

    return write


def _square(op: Operation, to: Composer) -> None:
    to.emit("Mul", op.input(0), op.input(0), out=op.outputs[0])


def _squared_difference(op: Operation, to: Composer) -> None:
    difference = to.emit("Sub", op.input(0), op.input(1))
    to.emit("Mul", difference, difference, out=op.outputs[0])


def _not_equal(op: Operation, to: Composer) -> None:
    to.emit("Not", to.emit("Equal", op.input(0), op.input(1)), out=op.outputs[0])


def _zeros_like(op: Operation, to: Composer) -> None:
    to.emit("Expand", to.number(0.0), to.emit("Shape", op.input(0)), out=op.outputs[0])


def _rsqrt(op: Operation, to: Composer) -> None:
    to.chain(op.input(0), [("Sqrt", ()), ("Reciprocal", ())], op.outputs[0])


def _cast(op: Operation, to: Composer) -> None:
    to.emit("Cast", op.input(0), out=op.outputs[0], to=to.type(op.tensors[op.outputs[0]].type))


def _rank(op: Operation, to: Composer) -> None:
    to.chain(op.input(0), [("Shape", ()), ("Size", ())], op.outputs[0])


def _stored(kind: str) -> Write:
    """Another type for the same elements: of what stands in the file, that is no operation."""

    def write(op: Operation, to: Composer) -> None:
        constant = to.constants.get(op.input(0))
        if constant is None:
            to.emit(kind, op.input(0), out=op.outputs[0])
        else:
            to.view(op.input(0), constant.shape, out=op.outputs[0])
            made = op.tensors[op.outputs[0]]
            made.shape = made.open = constant.shape  # which a file leaves out sometimes

    return write


ALONG: Mapping[str, tuple[int, str]] = {"axis": (0, "i")}
BLOCK: Mapping[str, tuple[int, str]] = {"blocksize": (0, "i")}

OPERATORS: dict[str, Write] = {
    "ADD": Row("Add", activation=0),
    "SUB": Row("Sub", activation=0),
    "MUL": Row("Mul", activation=0),
    "DIV": Row("Div", activation=0),
    "CONCATENATION": Row("Concat", options=ALONG, activation=1),
    "L2_NORMALIZATION": Row("LpNormalization", said={"axis": -1, "p": 2}, activation=0),
    "RELU6": _clip(0.0, 6.0),
    "RELU_N1_TO_1": _clip(-1.0, 1.0),
    "RELU_0_TO_1": _clip(0.0, 1.0),
    "LEAKY_RELU": Row("LeakyRelu", options={"alpha": (0, "f")}),
    "SOFTMAX": Row("Softmax", said={"axis": -1}),
    "LOG_SOFTMAX": Row("LogSoftmax", said={"axis": -1}),
    "DEPTH_TO_SPACE": Row("DepthToSpace", options=BLOCK, said={"mode": "DCR", **IMAGE}),
    "SPACE_TO_DEPTH": Row("SpaceToDepth", options=BLOCK, said=IMAGE),
    "LOCAL_RESPONSE_NORMALIZATION": Row("LRN", said=IMAGE),
    "EMBEDDING_LOOKUP": Row("Gather", (1, 0), said={"axis": 0}),
    "FILL": Row("Expand", (1, 0)),
    "TOPK_V2": Row("TopK"),
    "CUMSUM": Row("CumSum", (0,)),
    "REVERSE_V2": axes.reverse,
    "NOT_EQUAL": _not_equal,
    "ZEROS_LIKE": _zeros_like,
    "CAST": _cast,
    "RANK": _rank,
    "SQUARE": _square,
    "SQUARED_DIFFERENCE": _squared_difference,
    "RSQRT": _rsqrt,
    "QUANTIZE": _stored("QuantizeLinear"),
    "DEQUANTIZE": _stored("DequantizeLinear"),
    "DENSIFY": _stored("Identity"),
    "FAKE_QUANT": _stored("Identity"),
    "CONV_2D": images.conv,
    "DEPTHWISE_CONV_2D": images.conv,
    "TRANSPOSE_CONV": images.transposed_conv,
    "AVERAGE_POOL_2D": images.pool,
    "MAX_POOL_2D": images.pool,
    "L2_POOL_2D": images.pool,
    "RESIZE_BILINEAR": images.resize,
    "RESIZE_NEAREST_NEIGHBOR": images.resize,
    "FULLY_CONNECTED": axes.fully_connected,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": recurrent.lstm,
    "BIDIRECTIONAL_SEQUENCE_LSTM": recurrent.both_ways,
    "UNIDIRECTIONAL_SEQUENCE_RNN": recurrent.rnn,
    "BATCH_MATMUL": axes.batch_matmul,
    "RESHAPE": axes.reshape,
    "SQUEEZE": axes.squeeze,
    "EXPAND_DIMS": axes.expand_dims,
    "BROADCAST_ARGS": axes.broadcast_args,
    "TRANSPOSE": axes.transpose,
    "PAD": axes.pad,
    "PADV2": axes.pad,
    "MIRROR_PAD": axes.pad,
    "SPLIT": axes.split,
    "SPLIT_V": axes.split,
    "PACK": axes.pack,
    "UNPACK": axes.unpack,
    "GATHER": axes.gather,
    "SLICE": axes.slice_,
    "STRIDED_SLICE": axes.strided_slice,
    "ARG_MAX": axes.arg,
    "ARG_MIN": axes.arg,
    **dict.fromkeys(("UNSORTED_SEGMENT_PROD", "UNSORTED_SEGMENT_SUM", "UNSORTED_SEGMENT_MAX",
                     "UNSORTED_SEGMENT_MIN"), axes.segments),
    **dict.fromkeys(("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD",
                     "REDUCE_ANY", "REDUCE_ALL"), axes.reduce),
    **{
        word: Row(kind)
        for word, kind in {
            "RELU": "Relu", "ELU": "Elu", "PRELU": "PRelu", "LOGISTIC": "Sigmoid", "TANH": "Tanh",
            "HARD_SWISH": "HardSwish", "GELU": "Gelu", "ABS": "Abs", "NEG": "Neg", "EXP": "Exp",
            "LOG": "Log", "SQRT": "Sqrt", "SIN": "Sin", "COS": "Cos", "FLOOR": "Floor",
            "CEIL": "Ceil", "ROUND": "Round", "SIGN": "Sign", "POW": "Pow", "MAXIMUM": "Max",
            "MINIMUM": "Min", "FLOOR_DIV": "Div", "FLOOR_MOD": "Mod", "ADD_N": "Sum",
            "EQUAL": "Equal", "LESS": "Less", "LESS_EQUAL": "LessOrEqual", "GREATER": "Greater",
            "GREATER_EQUAL": "GreaterOrEqual", "LOGICAL_AND": "And", "LOGICAL_OR": "Or",
            "LOGICAL_NOT": "Not", "SELECT": "Where", "SELECT_V2": "Where", "SHAPE": "Shape",
            "TILE": "Tile", "BROADCAST_TO": "Expand", "RANGE": "Range",
            "GATHER_ND": "GatherND",
        }.items()
    },
}  # fmt: skip
"""How each operator is written; any other becomes a node of its own word, in brackets."""


CUSTOM: dict[str, Write] = {
    "custom Convolution2DTransposeBias": images.transposed_conv_and_bias,
}
"""Operators that are not TFLite's own, of MediaPipe."""


def translate(operations: list[Operation], to: Composer) -> None:
    """Write every operation of a graph as nodes. Raises `CostcalcError`."""
    for operation in dilated(operations, to):
        if not any(operation.outputs):
            continue
        write = OPERATORS.get(operation.word) or CUSTOM.get(operation.word)
        with to.operation(operation.name, to.quantised.get(operation.outputs[0])):
            if write is None:
                to.emit(f"[{operation.word}]", *operation.inputs, out=operation.outputs)
            else:
                write(operation, to)
