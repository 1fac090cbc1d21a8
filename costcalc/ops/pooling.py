"""Operators that look at a window without weights."""

from __future__ import annotations

from costcalc.dimensions import Dim, Kernel, Shape, require_positive
from costcalc.ops.operator import Facts, Result, op
from costcalc.ops.window import Pad, window

Rounding = str
"""`floor` or `ceil`."""


def _pool(x: Shape, h: Dim, w: Dim, k: Kernel, kind: str) -> Result:
    out = h * w * x.c
    work = {"max": k.h * k.w * out} if kind == "max" else {"add": k.h * k.w * out, "div": out}
    return Shape(h, w, x.c), Facts(reads=x.size, writes=out, elementwise=work)


@op("Max Pool {k}")
def maxpool(
    x: Shape,
    *,
    k: Kernel,
    s: Dim = 1,
    pad: Pad = "same",
    round: Rounding = "floor",  # noqa: A002
) -> Result:
    """The maximum of every k x k window, stride s; `round: ceil` keeps a partial last window."""
    require_positive("s", "the stride", s)
    return _pool(x, *window(x, k, s, pad, rounding=round), k, "max")


@op("Avg Pool {k}")
def avgpool(
    x: Shape,
    *,
    k: Kernel,
    s: Dim = 1,
    pad: Pad = "same",
    round: Rounding = "floor",  # noqa: A002
) -> Result:
    """The mean of every k x k window, stride s; `round: ceil` keeps a partial last window."""
    require_positive("s", "the stride", s)
    return _pool(x, *window(x, k, s, pad, rounding=round), k, "avg")


@op("Pool {k}")
def pool(
    x: Shape,
    *,
    k: Kernel,
    s: Dim = 1,
    pad: Pad = "same",
    round: Rounding = "floor",  # noqa: A002
) -> Result:
    """Pooling whose kind the source leaves open; it costs what `maxpool` costs."""
    return maxpool(x, k=k, s=s, pad=pad, round=round)


@op("Global Pool")
def gpool(x: Shape) -> Result:
    """The mean of each channel: whatever the size, 1 x 1 is left."""
    return _pool(x, 1, 1, Kernel(x.h, x.w), "avg")
