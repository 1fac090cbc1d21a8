"""TFLite's operators on images in the words of ONNX.

Images have their channels last and stay so, which `channels_last` says; weights are shown in
the order of axes in which ONNX has them.
"""

from __future__ import annotations

import struct
from typing import Any

from costcalc.importers.composer import Composer
from costcalc.importers.tflite.operation import Operation, fused

CUSTOM = struct.Struct("<3i")
"""A padding, and a stride in columns and rows, as TFLite's kernels have them in memory."""
SAME_VALID = {1: "SAME_UPPER", 2: "VALID"}

IMAGE = {"channels_last": 1}
"""The attribute of operators that know rows, columns and channels."""


def _padding(op: Operation, slot: int = 0) -> str:
    number = op.option(slot, "b")
    if number not in (0, 1):
        raise op.error(f"has an unknown padding ({number})")
    return ("SAME_UPPER", "VALID")[number]


def _pair(op: Operation, rows: int, columns: int, default: int = 0) -> tuple[int, int]:
    """An option for rows and one for columns: the file has columns first."""
    return op.option(rows, default=default), op.option(columns, default=default)


def _image(op: Operation, index: int) -> tuple[int, ...]:
    shape = op.shape(index)
    if len(shape) != 4:
        raise op.error(f"has an input {index} of {len(shape)} axes, not 4")
    return shape


def conv(op: Operation, to: Composer) -> None:
    """A convolution, whose weights are O, H, W, I, or one of each channel: 1, H, W, O."""
    deep = op.word == "DEPTHWISE_CONV_2D"
    _, rows, columns, inner = _image(op, 1)
    if deep:
        group, order, slot, dilation = _image(op, 0)[3], (3, 0, 1, 2), 4, (6, 5)
    else:
        if not inner or _image(op, 0)[3] % inner:
            raise op.error(f"has {inner} channels in its weights for {op.shape(0)[3]} of its input")
        group, order, slot, dilation = op.shape(0)[3] // inner, (0, 3, 1, 2), 3, (5, 4)
    said: dict[str, Any] = {"auto_pad": _padding(op), "dilations": _pair(op, *dilation, default=1)}
    data = op.input(0)
    if op.folded:
        said = {"dilations": op.folded.dilations, "auto_pad": "VALID"}
        if op.folded.pads:
            said = {"dilations": op.folded.dilations, "pads": op.folded.pads}
        elif op.folded.computed:
            data = _with_zeros(op, to, *op.folded.computed)
    fused(
        op, to, slot, "Conv", data, to.transposed(op.input(1), order), op.optional(2),
        kernel_shape=(rows, columns), strides=_pair(op, 2, 1), group=group, **said, **IMAGE,
    )  # fmt: skip


def _with_zeros(op: Operation, to: Composer, added: str, cut: str) -> str:
    """The image with as many zeros around it as are added and not cut off again, axis by axis."""
    beyond = to.emit("Transpose", to.emit("Sub", added, cut), perm=(1, 0))
    axes = to.integers(range(3 - op.tensors[added].shape[0], 3))
    flat = to.emit("Reshape", beyond, to.integers((-1,)))
    return to.emit("Pad", op.input(0), flat, "", axes, mode="constant")


def transposed_conv(op: Operation, to: Composer) -> None:
    """A transposed convolution, whose output sizes the file says, or computes where it leaves
    sizes open."""
    kernel = _image(op, 1)[1:3]
    _image(op, 2)
    made = op.tensors[op.outputs[0]].open[1:3]
    said: dict[str, Any] = {"auto_pad": _padding(op)}
    asked = ""
    if None in made:
        asked = to.emit("Slice", op.input(0), to.integers((1,)), to.integers((3,)))
    else:
        said["output_shape"] = made
    weights = to.transposed(op.input(1), (3, 0, 1, 2))
    fused(
        op, to, 3, "ConvTranspose", op.input(2), weights, op.optional(3), asked,
        kernel_shape=kernel, strides=_pair(op, 2, 1), **said, **IMAGE,
    )  # fmt: skip


def transposed_conv_and_bias(op: Operation, to: Composer) -> None:
    """MediaPipe's transposed convolution, which has a bias and reads no sizes of its output."""
    kernel = _image(op, 1)[1:3]
    if len(op.custom) < CUSTOM.size:
        raise op.error("has no stride and no padding")
    padding, columns, rows = CUSTOM.unpack_from(op.custom)
    if padding not in SAME_VALID:
        raise op.error(f"has an unknown padding ({padding})")
    made = op.tensors[op.outputs[0]].open[1:3]
    to.emit(
        "ConvTranspose", op.input(0), to.transposed(op.input(1), (3, 0, 1, 2)), op.optional(2),
        out=op.outputs[0], kernel_shape=kernel, strides=(rows, columns),
        auto_pad=SAME_VALID[padding], **({} if None in made else {"output_shape": made}), **IMAGE,
    )  # fmt: skip


def pool(op: Operation, to: Composer) -> None:
    """The largest, the mean, or the norm of each window."""
    kind = {"AVERAGE_POOL_2D": "AveragePool", "MAX_POOL_2D": "MaxPool", "L2_POOL_2D": "LpPool"}
    fused(
        op, to, 5, kind[op.word], op.input(0), kernel_shape=_pair(op, 4, 3),
        strides=_pair(op, 2, 1), auto_pad=_padding(op), **IMAGE,
    )  # fmt: skip


def resize(op: Operation, to: Composer) -> None:
    """An image of other sizes."""
    linear = op.word == "RESIZE_BILINEAR"
    aligned, centred = (op.option(slot + 2 * linear, "?") for slot in (0, 1))
    way = "align_corners" if aligned else "half_pixel" if centred else "asymmetric"
    sizes = to.values(op.input(1))
    to.emit(
        "Resize", op.input(0), "", "", to.integers(sizes) if sizes else op.input(1),
        out=op.outputs[0], axes=(1, 2), mode="linear" if linear else "nearest",
        coordinate_transformation_mode=way, **IMAGE,
    )  # fmt: skip
