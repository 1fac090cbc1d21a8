"""Operators that make a map larger or smaller without weights."""

from __future__ import annotations

from costcalc.numbers.conditions import (
    ShapeError,
    require_divides,
    require_everywhere,
    require_positive,
    show,
)
from costcalc.numbers.dimensions import Dim, Kernel, Shape
from costcalc.numbers.symbol import value_of
from costcalc.ops.operator import Facts, Result, op
from costcalc.ops.window import Pad, Stride, positive_along_axes, zeros

Mode = str
"""`nearest` or `bilinear`: where an element between elements comes from."""

WORK = {"nearest": {}, "bilinear": {"mul": 4, "add": 3}}
"""Operations an output element takes: the nearest element is copied, four are weighed and added."""


def _resized(x: Shape, h: Dim, w: Dim, mode: Mode) -> Result:
    y = Shape(h, w, x.c)
    work = {kind: times * y.size for kind, times in WORK[mode].items()}
    return y, Facts(reads=x.size, writes=y.size, elementwise=work)


@op("Upsample {by}")
def upsample(x: Shape, *, by: Stride = 2, mode: Mode = "nearest") -> Result:
    """A map `by` times as high and wide; each element from the nearest, or from four."""
    h, w = positive_along_axes("by", "the factor", by)
    return _resized(x, x.h * h, x.w * w, mode)


@op("Resize to {size}")
def resize(x: Shape, *, size: Kernel, mode: Mode = "bilinear") -> Result:
    """A map of another height and width; each element from the nearest, or from four."""
    return _resized(x, size.h, size.w, mode)


@op("Depth to Space {by}", moves=True)
def depth_to_space(x: Shape, *, by: Dim) -> Result:
    """Channels become positions: by x by of them a square ("pixel shuffle", arXiv:1609.05158)."""
    require_positive("by", "the factor", by)
    require_divides("by", by * by, "channels", x.c)
    return Shape(x.h * by, x.w * by, x.c // (by * by)), Facts(reads=x.size, writes=x.size)


@op("Space to Depth {by}", moves=True)
def space_to_depth(x: Shape, *, by: Dim) -> Result:
    """Squares of by x by positions become channels: the inverse of `depth_to_space`."""
    require_divides("by", by, "rows", x.h)
    require_divides("by", by, "columns", x.w)
    return Shape(x.h // by, x.w // by, x.c * (by * by)), Facts(reads=x.size, writes=x.size)


@op("Zero Pad {pad}", moves=True)
def zero_pad(x: Shape, *, pad: Pad) -> Result:
    """Zeros around a map, as a step of its own (a convolution's own `pad` moves nothing)."""
    sides = zeros(pad)
    if isinstance(pad, str) or sides is None:
        raise ShapeError(
            f"'{pad}' does not say how many zeros, as 1, 1x2 or [0, 0, 1, 1] do", "pad"
        )
    y = Shape(x.h + sides.top + sides.bottom, x.w + sides.left + sides.right, x.c)
    return y, Facts(reads=x.size, writes=y.size)


@op("Crop to {size}", moves=True)
def crop(x: Shape, *, size: Kernel) -> Result:
    """A part of a map, or of a sequence of tokens, wherever it lies: a view, no cost."""
    for name, part, whole in (("height", size.h, x.h), ("width", size.w, x.w)):
        if not require_everywhere(value_of(part) <= value_of(whole)):
            raise ShapeError(f"a {name} of {show(part)} cannot be cut out of {show(whole)}", "size")
    return Shape(size.h, size.w, x.c), Facts()


@op("Fixed to {size}", moves=True)
def fixed(x: Shape, *, size: Kernel) -> Result:
    """The same map, which can have no other height and width here: a view, no cost.

    A trained network's file may say a size as a number. `fixed` keeps that, so that the network
    is not counted at a size that it cannot run at.
    """
    for name, want, have in (("height", size.h, x.h), ("width", size.w, x.w)):
        if not require_everywhere(value_of(want) == value_of(have)):
            raise ShapeError(f"its {name} is fixed to {show(want)}, and here it is {show(have)}")
    return x, Facts()
