"""How far a sliding window reaches: the output size of convolutions and pooling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from costcalc.numbers.conditions import (
    ShapeError,
    require_at_least,
    require_everywhere,
    require_positive,
    show,
)
from costcalc.numbers.dimensions import Dim, Kernel, Shape, ceildiv, smaller
from costcalc.numbers.symbol import let, value_of
from costcalc.records import NamedTuple

if TYPE_CHECKING:
    from costcalc.ops.operator import Operator


class Sides(NamedTuple):
    """Zeros added on each side of a map, in elements."""

    top: Dim
    left: Dim
    bottom: Dim
    right: Dim

    def __str__(self) -> str:
        return "[" + ", ".join(str(side) for side in self) + "]"


NO_ZEROS = Sides(0, 0, 0, 0)

Pad = str | Kernel | Sides
"""`same`, `valid`, the zeros added above and below and those left and right, or those per side."""

Stride = Dim | Kernel
"""One number for both axes, or one along each (height, width)."""


def along_axes(value: Stride) -> tuple[Dim, Dim]:
    """A stride, dilation or factor along height and width."""
    return (value.h, value.w) if isinstance(value, Kernel) else (value, value)


def positive_along_axes(argument: str, what: str, value: Stride) -> tuple[Dim, Dim]:
    """The same. Raises `ShapeError` unless both are at least 1."""
    h, w = along_axes(value)
    require_positive(argument, what, h)
    require_positive(argument, what, w)
    return h, w


def zeros(pad: Pad) -> Sides | None:
    """The zeros on each side, None for `same`. Raises `ShapeError` for fewer than none."""
    if isinstance(pad, str):
        return None if pad == "same" else NO_ZEROS
    sides = Sides(pad.h, pad.w, pad.h, pad.w) if isinstance(pad, Kernel) else pad
    for side in sides:
        require_at_least(0, "pad", "the padding", side)
    return sides


def pads_as_same(operator: Operator, arguments: Mapping[str, Any]) -> bool:
    """Whether zeros that an operator is told to add are those of its usual `same`: half an odd
    window on each side, where nothing is dilated or transposed and only whole windows count."""
    k, pad = arguments.get("k"), arguments.get("pad")
    usual = "pad" in operator.arguments and operator.arguments["pad"].default == "same"
    whole = arguments.get("d", 1) == 1 and arguments.get("round", "floor") == "floor"
    if not (usual and whole and operator.name != "tconv"):
        return False
    return (
        isinstance(k, Kernel)
        and all(type(side) is int and side % 2 for side in k)
        and pad == Kernel(k.h // 2, k.w // 2)
    )


def window(
    x: Shape, k: Kernel, s: Stride, pad: Pad, d: Stride = 1, rounding: str = "floor"
) -> tuple[Dim, Dim]:
    """Output height and width of a k window with stride s and dilation d over x.

    Raises `ShapeError` for a stride or dilation below 1, a padding below 0, and where the window
    is larger than the padded input.
    """
    s_h, s_w = positive_along_axes("s", "the stride", s)
    d_h, d_w = positive_along_axes("d", "the dilation", d)
    p = zeros(pad)
    if p is None:
        return let("h_out", ceildiv(x.h, s_h)), let("w_out", ceildiv(x.w, s_w))
    return (
        let("h_out", _positions(k.h, x.h, p.top, p.bottom, s_h, d_h, rounding)),
        let("w_out", _positions(k.w, x.w, p.left, p.right, s_w, d_w, rounding)),
    )


def _positions(k: Dim, size: Dim, before: Dim, after: Dim, s: Dim, d: Dim, rounding: str) -> Dim:
    """Positions of a window of k (dilated by d) along a size padded before and after."""
    room = size + (before + after) - (d * (k - 1) + 1)
    if rounding == "floor":
        positions = room // s + 1
    else:
        # Caffe and PyTorch drop a last window that would start in the padding beyond the input
        positions = smaller(ceildiv(room, s) + 1, ceildiv(size + before, s))
    if not require_everywhere(value_of(positions) >= 1):
        sides = (
            f"{show(before)} padding on each side"
            if value_of(before) is value_of(after)
            else f"{show(before)} padding before and {show(after)} after it"
        )
        raise ShapeError(
            f"a kernel of {show(d * (k - 1) + 1)} is larger than its input of {show(size)}"
            f" with {sides}",
            "k",
        )
    return positions


def enlarged(
    x: Shape, k: Kernel, s: Stride, pad: Pad, d: Stride = 1, out_pad: Stride = 0
) -> tuple[Dim, Dim]:
    """Output height and width of the transposed convolution: the size that `window` maps to x.

    Several sizes do where s > 1; `out_pad` rows and columns more choose among them. `same` is s
    times the input (TensorFlow's SAME). Raises `ShapeError` as `window` does, and for an
    `out_pad` that is not below stride or dilation.
    """
    s_h, s_w = positive_along_axes("s", "the stride", s)
    d_h, d_w = positive_along_axes("d", "the dilation", d)
    o_h, o_w = along_axes(out_pad)
    for more, step, reach in ((o_h, s_h, d_h), (o_w, s_w, d_w)):
        require_at_least(0, "out_pad", "the output padding", more)
        below = (value_of(more) < value_of(step)) | (value_of(more) < value_of(reach))
        if not require_everywhere(below):
            raise ShapeError(
                f"an output padding of {show(more)} must be below the stride {show(step)}"
                f" or the dilation {show(reach)}",
                "out_pad",
            )
    p = zeros(pad)
    if p is None:
        return let("h_out", x.h * s_h + o_h), let("w_out", x.w * s_w + o_w)
    return (
        let("h_out", _reach(k.h, x.h, p.top + p.bottom, s_h, d_h, o_h)),
        let("w_out", _reach(k.w, x.w, p.left + p.right, s_w, d_w, o_w)),
    )


def _reach(k: Dim, size: Dim, cut: Dim, s: Dim, d: Dim, more: Dim) -> Dim:
    reach = (size - 1) * s + d * (k - 1) + 1 - cut + more
    if not require_everywhere(value_of(reach) >= 1):
        raise ShapeError(f"a padding of {show(cut)} in all leaves nothing of the output", "pad")
    return reach
