"""PyTorch's operators on images, and its normalisations, in the words of ONNX."""

from __future__ import annotations

from typing import Any

from costcalc.importers.composer import Composer
from costcalc.importers.pt2.call import Call


def conv(call: Call, to: Composer) -> None:
    """A convolution of any number of axes, transposed where an argument or its word says so."""
    weight, space = call.sizes("weight"), call.rank("weight") - 2
    if space < 1:
        raise call.error(f"has weights of {space + 2} axes")
    group = call.number("groups", 1)
    said: dict[str, Any] = {
        "kernel_shape": weight[2:],
        "strides": call.numbers("stride", (1,), space),
        "dilations": call.numbers("dilation", (1,), space),
        "group": group,
    }
    if isinstance(call.option("padding"), str):
        said["auto_pad"] = "VALID" if call.option("padding") == "valid" else "SAME_LOWER"
    else:
        said["pads"] = call.numbers("padding", (0,), space) * 2
    transposed = call.option("transposed", call.word.startswith("conv_transpose"))
    if transposed:
        said["output_padding"] = call.numbers("output_padding", (0,), space)
    to.emit(
        "ConvTranspose" if transposed else "Conv", call.tensor(), call.tensor("weight"),
        call.optional("bias"), out=call.out, **said,
    )  # fmt: skip


def deformable_conv(call: Call, to: Composer) -> None:
    """torchvision's convolution of what lies at computed places."""
    pads = (call.number("pad_h", 0), call.number("pad_w", 0))
    mask = call.tensor("mask") if call.option("use_mask") else ""
    to.emit(
        "DeformConv", call.tensor(), call.tensor("weight"), call.tensor("offset"),
        call.optional("bias"), mask, out=call.out, pads=pads * 2,
        strides=(call.number("stride_h", 1), call.number("stride_w", 1)),
        dilations=(call.number("dilation_h", 1), call.number("dilation_w", 1)),
        group=call.number("n_weight_grps", 1), offset_group=call.number("n_offset_grps", 1),
    )  # fmt: skip


def pool(call: Call, to: Composer) -> None:
    """The largest or the mean of each window."""
    space = 1 if "pool1d" in call.word else 3 if "pool3d" in call.word else 2
    kernel = call.numbers("kernel_size", (1,), space)
    said: dict[str, Any] = {
        "kernel_shape": kernel,
        "strides": call.numbers("stride", kernel, space),
        "pads": call.numbers("padding", (0,), space) * 2,
        "ceil_mode": int(bool(call.option("ceil_mode"))),
    }
    if call.word.startswith("max"):
        said["dilations"] = call.numbers("dilation", (1,), space)
        to.emit("MaxPool", call.tensor(), out=call.outputs, **said)
    else:
        said["count_include_pad"] = int(bool(call.option("count_include_pad", True)))
        to.emit("AveragePool", call.tensor(), out=call.out, **said)


def adaptive_pool(call: Call, to: Composer) -> None:
    """Windows that come to the sizes that are said: one of all is a global pool."""
    space = int(call.word[-2])
    sizes = call.numbers("output_size", (1,), space)
    largest = call.word.startswith("adaptive_max")
    have = call.sizes()[-space:]
    if set(sizes) == {1}:
        to.emit("GlobalMaxPool" if largest else "GlobalAveragePool", call.tensor(), out=call.out)
    elif largest and all(
        isinstance(old, int) and new > 0 and old % new == 0
        for old, new in zip(have, sizes, strict=True)
    ):
        k = tuple(int(old) // new for old, new in zip(have, sizes, strict=True))
        to.emit("MaxPool", call.tensor(), out=call.outputs, kernel_shape=k, strides=k)
    else:
        to.emit(f"[{call.word}]", call.tensor(), out=call.outputs, output_size=sizes)


def resize(call: Call, to: Composer) -> None:
    """An image of other sizes: by scales where they are said, else to sizes."""
    space = call.rank() - 2
    scales = call.option("scale_factors") or [
        call.option(name) for name in ("scales_d", "scales_h", "scales_w", "scales")
    ]
    scales = [scale for scale in scales if scale is not None]
    mode = "nearest" if "nearest" in call.word else "cubic" if "bicubic" in call.word else "linear"
    axes = tuple(range(2, 2 + space))
    if scales:
        if len(scales) != space or not all(isinstance(scale, float) for scale in scales):
            raise call.error(f"has {len(scales)} scales for {space} axes")
        by = to.numbers((1.0, 1.0, *scales))
        to.emit("Resize", call.tensor(), "", by, out=call.out, mode=mode)
        return
    sizes = call.vector(call.option("output_size", []), to)
    to.emit("Resize", call.tensor(), "", "", sizes, out=call.out, mode=mode, axes=axes)


def affine_grid(call: Call, to: Composer) -> None:
    """The places that the positions of an image come from under a matrix: the sums of its rows
    times what every position is."""
    _, _, h, w = call.numbers("size", count=4)
    places = to.emit("Expand", to.number(0.5), to.integers((1, h * w, 3, 1)))
    rows = to.emit("Transpose", call.tensor(), perm=(0, 2, 1))
    times = to.emit("Mul", places, to.emit("Unsqueeze", rows, to.integers((1,))))
    sums = to.emit("ReduceSum", times, to.integers((2,)), keepdims=0)
    to.emit("Reshape", sums, to.integers((-1, h, w, 2)), out=call.out)


def grid_sample(call: Call, to: Composer) -> None:
    """Elements of an image at places that a tensor says; modes are numbered."""
    mode = ("linear", "nearest", "cubic")[call.number("interpolation_mode", 0) % 3]
    to.emit("GridSample", call.tensor(), call.tensor("grid"), out=call.out, mode=mode)


def shuffle(call: Call, to: Composer) -> None:
    """Channels in groups to channels in the other order."""
    groups, (_, channels, *space) = call.number("groups", 1), call.sizes()
    if not isinstance(channels, int) or not groups or channels % groups:
        raise call.error(f"shuffles {channels} channels in {groups} groups")
    apart = to.emit("Reshape", call.tensor(), to.integers((0, groups, channels // groups, -1)))
    turned = to.emit("Transpose", apart, perm=(0, 2, 1, 3))
    if all(isinstance(size, int) for size in space):
        back = to.integers((0, channels, *map(int, space)))
    else:
        back = to.emit("Shape", call.tensor())
    to.emit("Reshape", turned, back, out=call.out)


def batch_norm(call: Call, to: Composer) -> None:
    """A norm over examples, with the statistics of training."""
    keys = ("weight", "bias", "running_mean", "running_var")
    to.emit("BatchNormalization", call.tensor(), *map(call.optional, keys), out=call.out)


def layer_norm(call: Call, to: Composer) -> None:
    """A norm over the last axes, with or without a mean."""
    axis = -len(call.numbers("normalized_shape", (1,)))
    kind = "RMSNormalization" if "rms" in call.word else "LayerNormalization"
    parts = [call.optional(key) for key in ("weight", "bias")]
    to.emit(kind, call.tensor(), *parts, out=call.out, axis=axis)


def group_norm(call: Call, to: Composer) -> None:
    """A norm over groups of channels of an example."""
    groups = call.number("group" if "group" in call.arguments else "num_groups", 1)
    parts = [call.optional(key) for key in ("weight", "bias")]
    to.emit("GroupNormalization", call.tensor(), *parts, out=call.out, num_groups=groups)


def instance_norm(call: Call, to: Composer) -> None:
    """A norm over each channel of an example."""
    parts = [call.optional(key) for key in ("weight", "bias")]
    to.emit("InstanceNormalization", call.tensor(), *parts, out=call.out)
