"""Operators that look at a window: convolutions and pools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from costcalc.importers.layout import (
    Atoms,
    Data,
    Sides,
    atoms_of,
    example,
    image,
)
from costcalc.importers.operators.registry import handles
from costcalc.importers.records import Node
from costcalc.importers.row import Row
from costcalc.importers.sizes import product, value
from costcalc.importers.translate import Translator
from costcalc.numbers.dimensions import Kernel, Shape
from costcalc.ops.window import Sides as Zeros

# Windows.


def as_image(t: Translator, node: Node, data: Data, high: int = 0) -> tuple[Data, int]:
    """The tensor as a map, and which axis its channels are; `high` is a window's height. Several
    maps of one example stay apart, unless a window does not see where one ends.

    Raises `SpecError` for more than two dimensions in space.
    """
    rank = len(data.axes)
    if rank not in (3, 4):
        what = "three-dimensional layers are" if rank == 5 else f"{rank} axes are"
        raise t.error(node, f"{what} not counted", "costcalc counts images and sequences")
    last = bool(node.attributes.get("channels_last"))
    channels = rank - 1 if last else 1
    space = [i for i in range(1, rank) if i != channels]
    maps = example(data.axes[0])
    h = maps + data.axis(space[0])
    want = Sides(h, data.axis(space[1]) if rank == 4 else (), data.axis(channels))
    data = t.rearranged(node, data, want)
    if maps and not _stacks(node, high, maps, data.sizes[space[0]]):
        data = t.several(node, data, maps)
    return data, channels


def _stacks(node: Node, high: int, maps: Atoms, size: Any) -> bool:
    """Whether maps one above the other come out as high as they do apart, and cost the same."""
    given = node.attributes
    stride = pair(given.get("strides"))[0]
    pads = given.get("pads") or (0, 0, 0, 0)
    if not high or given.get("auto_pad", "NOTSET") != "NOTSET" or node.kind == "ConvTranspose":
        return False
    beyond = pads[0] + pads[len(pads) // 2] - pair(given.get("dilations"))[0] * (high - 1) - 1
    number, rows = value(product(atom.size for atom in maps)), value(size)
    together, apart = (number * rows + beyond) // stride, (rows + beyond) // stride
    return bool(together + 1 == number * (apart + 1))


def imaged(t: Translator, row: Row, data: Data, channels: int) -> Data:
    """The output of a window over an image, with the axes that the input had."""
    made = _axes(row.name, data, row.shape, channels)
    return t.below(row.node, replace(made, maps=data.maps)) if data.maps else made


def _axes(row: str, data: Data, shape: Shape, channels: int) -> Data:
    maps = example(data.axes[0])
    if data.maps:
        made = image(row, shape._replace(n=1), data.axes[0], channels)
        return Data(row, made.axes[: len(data.axes)], made.sides)
    if maps:
        apart = shape._replace(h=shape.h // product(atom.size for atom in maps))
        made = image(row, apart, data.axes[0], channels)
        return Data(row, made.axes[: len(data.axes)], made.sides._replace(h=maps + made.sides.h))
    if len(data.axes) == 4:
        return image(row, shape, data.axes[0], channels)
    sides = Sides(*map(atoms_of, shape))
    axes = [data.axes[0], sides.h]
    axes.insert(channels, sides.c)
    return Data(row, tuple(axes), sides)


def pair(given: Any, default: int = 1) -> tuple[Any, Any]:
    """One number along each axis; a sequence has only the first."""
    if not given:
        return default, default
    return (given[0], given[1]) if len(given) > 1 else (given[0], default)


def along(given: Any, default: int = 1) -> Any:
    """A stride or a dilation: one number where both are equal."""
    h, w = pair(given, default)
    return h if h == w else Kernel(h, w)


def padding(t: Translator, node: Node, k: Kernel) -> Any:
    """What is added around a map."""
    auto = node.attributes.get("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        return "same"
    return around((0, 0) if auto == "VALID" else node.attributes.get("pads") or (0, 0), k)


def around(pads: Sequence[int], k: Kernel) -> Any:
    """A padding by how it begins along each axis, then how it ends."""
    if not any(pads):
        return "valid" if k != Kernel(1, 1) else None
    if len(pads) == 2:
        pads = (pads[0], 0, pads[1], 0)
    top, left, bottom, right = pads
    if (top, left) != (bottom, right):
        return Zeros(top, left, bottom, right)
    return Kernel(top, left)


@handles("Conv")
def conv(t: Translator, node: Node) -> None:
    """A convolution, of one channel each where there are as many groups as channels."""
    if t.tensor(node, 1) is not None:
        _dynamic(t, node)
        return
    weights = t.weights(node, 1)
    data, channels = as_image(t, node, t.data(node), *weights.shape[2:3])
    if len(weights.shape) != len(data.axes):
        raise t.error(node, f"weights of {len(weights.shape)} axes for {len(data.axes)}")
    out, inner, *window = weights.shape
    k = Kernel(window[0], window[1] if len(window) > 1 else 1)
    groups = node.attributes.get("group", 1)
    if data.shape.c != inner * groups:
        raise t.error(node, f"weights for {inner * groups} channels meet {data.shape.c}")
    depthwise = groups > 1 and inner == 1 and out % groups == 0
    own = {"m": out // groups} if depthwise else {"out": out, "g": groups}
    bias = t.constant(node, 2)
    row = t.emit(
        node, "dw" if depthwise else "conv", [data], [("weights", weights), ("bias", bias)],
        k=k, s=along(node.attributes.get("strides")), d=along(node.attributes.get("dilations")),
        pad=padding(t, node, k), bias=bias is not None, **own,
    )  # fmt: skip
    t.give(node, imaged(t, row, data, channels))


def _dynamic(t: Translator, node: Node) -> None:
    """A convolution whose weights are computed; of several examples each is a group of channels."""
    weights, (data, channels) = t.data(node, 1), as_image(t, node, t.data(node))
    out, inner, *window = (product(a.size for a in example(axis)) for axis in weights.axes)
    examples = tuple(atom for atom in data.axes[channels] if atom.batch)
    groups = node.attributes.get("group", 1) // value(product(atom.size for atom in examples))
    if len(weights.axes) != len(data.axes) or value(data.shape.c) != value(inner) * groups:
        raise t.error(node, f"weights for {inner * groups} channels meet {data.shape.c}")
    k = Kernel(*pair(window))
    computed = [weights] if t.tensor(node, 2) is None else [weights, t.data(node, 2)]
    row = t.emit(
        node, "dynamic_conv", [data, *computed], k=k, out=out, g=groups, pad=padding(t, node, k),
        s=along(node.attributes.get("strides")), d=along(node.attributes.get("dilations")),
    )  # fmt: skip
    made = imaged(t, row, data, channels)
    axes = [examples + axis if i == channels else axis for i, axis in enumerate(made.axes)]
    made, bias = made.with_axes(axes), t.constant(node, 2)
    if bias is not None:
        row = t.emit(node, "affine", [made], [("shift", bias)], scale=False)
        made = Data(row.name, made.axes, made.sides)
    t.give(node, made)


@handles("DeformConv")
def deformable_conv(t: Translator, node: Node) -> None:
    """A convolution of what lies at places that are computed, perhaps each by a weight."""
    weights, bias = t.weights(node, 1), t.constant(node, 3)
    data, channels = as_image(t, node, t.data(node))
    places = [place for place in (2, 4) if t.has(node, place)]
    others = [as_image(t, node, t.data(node, place))[0] for place in places]
    out, inner, *window = weights.shape
    groups, k = node.attributes.get("group", 1), Kernel(*pair(window))
    if data.shape.c != inner * groups:
        raise t.error(node, f"weights for {inner * groups} channels meet {data.shape.c}")
    row = t.emit(
        node, "deform_conv", [data, *others], [("weights", weights), ("bias", bias)],
        k=k, out=out, g=groups, bias=bias is not None,
        s=along(node.attributes.get("strides")), d=along(node.attributes.get("dilations")),
        pad=padding(t, node, k),
    )  # fmt: skip
    t.give(node, imaged(t, row, data, channels))


@handles("ConvTranspose")
def transposed_conv(t: Translator, node: Node) -> None:
    """A transposed convolution; weights are in x out / groups x window."""
    weights = t.weights(node, 1)
    data, channels = as_image(t, node, t.data(node))
    inner, each, *window = weights.shape
    if data.shape.c != inner:
        raise t.error(node, f"weights for {inner} channels meet {data.shape.c}")
    k = Kernel(window[0], window[1] if len(window) > 1 else 1)
    groups = node.attributes.get("group", 1)
    stride, dilation = pair(node.attributes.get("strides")), pair(node.attributes.get("dilations"))
    more = pair(node.attributes.get("output_padding"), 0)
    pad: Any = padding(t, node, k)
    said = t.listed(node, "output_shape", 3)
    asked = pair(said)
    times = zip(asked, data.shape[:2], stride, strict=True)
    follows = all(value(size) == value(n) * s for size, n, s in times)
    if said and not (pad == "same" and follows):
        # how much is cut off, or added, follows from the size that is asked for
        full = [
            (size - 1) * s + d * (length - 1) + 1 + o
            for size, s, d, length, o in zip(data.shape[:2], stride, dilation, k, more, strict=True)
        ]
        beyond = [value(a - b) for a, b in zip(full, asked, strict=True)]
        cut = [max(each, 0) for each in beyond]
        more = tuple(o + max(-each, 0) for o, each in zip(more, beyond, strict=True))
        begins = [each // 2 for each in cut]
        pad = around((*begins, *(a - b for a, b in zip(cut, begins, strict=True))), k)
    bias = t.constant(node, 2)
    row = t.emit(
        node, "tconv", [data], [("weights", weights), ("bias", bias)],
        k=k, out=each * groups, g=groups, s=along(stride), d=along(dilation),
        pad="valid" if pad is None else pad, out_pad=along(more, 0), bias=bias is not None,
    )  # fmt: skip
    t.give(node, imaged(t, row, data, channels))


@handles("MaxPool", "AveragePool", "LpPool")
def pool(t: Translator, node: Node) -> None:
    """A maximum or mean over a window."""
    data, channels = as_image(t, node, t.data(node), *node.attributes.get("kernel_shape", ())[:1])
    k = Kernel(*pair(node.attributes.get("kernel_shape")))
    if any(d != 1 for d in node.attributes.get("dilations") or ()):
        raise t.error(node, "a dilated pool is not counted")
    row = t.emit(
        node, "maxpool" if node.kind == "MaxPool" else "avgpool", [data],
        k=k, s=along(node.attributes.get("strides")), pad=padding(t, node, k),
        round="ceil" if node.attributes.get("ceil_mode") else None,
    )  # fmt: skip
    t.give(node, imaged(t, row, data, channels))


@handles("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
def global_pool(t: Translator, node: Node) -> None:
    """A maximum or mean over the whole map."""
    data, channels = as_image(t, node, t.data(node))
    if node.kind == "GlobalMaxPool":
        row = t.emit(node, "reduce", [data], axis="hw", how="max")
    else:
        row = t.emit(node, "gpool", [data])
    t.give(node, imaged(t, row, data, channels))


@handles("[adaptive_avg_pool2d]", "[_adaptive_avg_pool2d]", "[adaptive_avg_pool1d]")
def adaptive_pool(t: Translator, node: Node) -> None:
    """PyTorch's windows that come to a given size, of which ONNX has none."""
    data, channels = as_image(t, node, t.data(node))
    size = Kernel(*pair(node.attributes["output_size"]))
    row = t.emit(node, "adaptive_avgpool", [data], size=size)
    t.give(node, imaged(t, row, data, channels))


@handles("Col2Im")
def fold(t: Translator, node: Node) -> None:
    """Windows, each the channels of one position, back to the image that they are of."""
    data = t.data(node)
    size, block = (t.listed(node, name, place) for place, name in ((1, "image"), (2, "block")))
    if len(data.axes) != 3 or not size or not block or len(size) != 2 or len(block) != 2:
        raise t.error(node, "its windows are not of an image")
    data, k = t.channels(node, data, data.axis(1)), Kernel(*block)
    row = t.emit(
        node, "fold", [data], size=Kernel(*size), k=k, s=along(node.attributes.get("strides")),
        d=along(node.attributes.get("dilations")), pad=padding(t, node, k),
    )  # fmt: skip
    t.give(node, image(row.name, row.shape, data.axes[0]))
