"""Operators that move or pass elements without arithmetic."""

from __future__ import annotations

from costcalc.dimensions import Dim, Shape, require_divides
from costcalc.ops.operator import Facts, Result, op


@op("Shuffle")
def shuffle(x: Shape, *, g: Dim) -> Result:
    """Channel shuffle: g groups of channels transposed (ShuffleNet, arXiv:1707.01083)."""
    require_divides("g", g, "channels", x.c)
    return x, Facts(reads=x.size, writes=x.size)


@op("Flatten")
def flatten(x: Shape) -> Result:
    """All elements as channels of one position. Another view of the same memory: no cost."""
    return Shape(1, 1, x.size), Facts()


@op("Dropout")
def dropout(x: Shape) -> Result:
    """At inference nothing happens: no cost."""
    return x, Facts()
