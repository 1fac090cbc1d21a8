"""Operators that move or pass elements without arithmetic."""

from __future__ import annotations

from costcalc.numbers.conditions import (
    ShapeError,
    require_divides,
    require_everywhere,
    require_positive,
    show,
)
from costcalc.numbers.dimensions import Dim, Shape
from costcalc.numbers.symbol import value_of
from costcalc.ops.operator import Facts, Result, op


@op("Shuffle", moves=True)
def shuffle(x: Shape, *, g: Dim) -> Result:
    """Channel shuffle: g groups of channels transposed (ShuffleNet, arXiv:1707.01083)."""
    require_divides("g", g, "channels", x.c)
    return x, Facts(reads=x.size, writes=x.size)


@op("Split", moves=True)
def split(x: Shape, *, out: Dim) -> Result:
    """`out` of the channels, as one branch of a split sees them: a view, no cost."""
    require_positive("out", "the number of channels", out)
    if not require_everywhere(value_of(out) <= value_of(x.c)):
        raise ShapeError(f"{show(out)} channels cannot be split off {show(x.c)}", "out")
    return Shape(x.h, x.w, out), Facts()


@op("Zero Channels", moves=True)
def zero_channels(x: Shape, *, out: Dim) -> Result:
    """Zeros as further channels, up to `out`: ResNet's parameter-free shortcut, option A
    (arXiv:1512.03385, Section 3.3)."""
    if not require_everywhere(value_of(out) >= value_of(x.c)):
        raise ShapeError(f"zeros cannot make {show(out)} channels of {show(x.c)}", "out")
    return Shape(x.h, x.w, out), Facts(reads=x.size, writes=x.h * x.w * out)


@op("Flatten", moves=True)
def flatten(x: Shape) -> Result:
    """All elements as channels of one position. Another view of the same memory: no cost."""
    return Shape(1, 1, x.size), Facts()


@op("Dropout", moves=True)
def dropout(x: Shape) -> Result:
    """At inference nothing happens: no cost."""
    return x, Facts()
