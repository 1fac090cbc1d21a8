"""Operators that look at a window without weights."""

from __future__ import annotations

from costcalc.numbers.conditions import ShapeError, require_divides, require_everywhere, show
from costcalc.numbers.dimensions import Dim, Kernel, Shape, gcd
from costcalc.numbers.symbol import value_of
from costcalc.ops.operator import Facts, Result, op
from costcalc.ops.window import Pad, Stride, window

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
    s: Stride = 1,
    pad: Pad = "same",
    round: Rounding = "floor",  # noqa: A002
) -> Result:
    """The maximum of every k x k window, stride s; `round: ceil` keeps a partial last window."""
    return _pool(x, *window(x, k, s, pad, rounding=round), k, "max")


@op("Avg Pool {k}")
def avgpool(
    x: Shape,
    *,
    k: Kernel,
    s: Stride = 1,
    pad: Pad = "same",
    round: Rounding = "floor",  # noqa: A002
) -> Result:
    """The mean of every k x k window, stride s; `round: ceil` keeps a partial last window."""
    return _pool(x, *window(x, k, s, pad, rounding=round), k, "avg")


@op("Pool {k}")
def pool(
    x: Shape,
    *,
    k: Kernel,
    s: Stride = 1,
    pad: Pad = "same",
    round: Rounding = "floor",  # noqa: A002
) -> Result:
    """Pooling whose kind the source leaves open; it costs what `maxpool` costs."""
    return maxpool(x, k=k, s=s, pad=pad, round=round)


@op("Global Pool")
def gpool(x: Shape) -> Result:
    """The mean of each channel: whatever the size, 1 x 1 is left."""
    return _pool(x, 1, 1, Kernel(x.h, x.w), "avg")


@op("Avg Pool to {size}")
def adaptive_avgpool(x: Shape, *, size: Kernel) -> Result:
    """The mean of as many windows as `size` asks for, whatever the input (PyTorch's).

    Window i of n over h elements runs from floor(i h / n) to ceil((i + 1) h / n); neighbours
    overlap where a boundary is no whole number, so the windows along h cover h + n - gcd(h, n).
    """
    covered = (x.h + size.h - gcd(x.h, size.h)) * (x.w + size.w - gcd(x.w, size.w)) * x.c
    out = size.h * size.w * x.c
    return Shape(size.h, size.w, x.c), Facts(
        reads=x.size, writes=out, elementwise={"add": covered, "div": out}
    )


@op("Fold to {size}")
def fold(
    x: Shape, *, size: Kernel, k: Kernel, s: Stride = 1, d: Stride = 1, pad: Pad = "valid"
) -> Result:
    """Windows, each the channels of one position, back to the map of that `size`.

    Where k x k windows overlap, their elements are added ("col2im", PyTorch's `Fold`), as VOLO does
    with what it attends to in each (arXiv:2106.13112).
    """
    require_divides("k", k.h * k.w, "channels", x.c)
    h, w = window(Shape(size.h, size.w, 1), k, s, pad, d)
    if not require_everywhere(value_of(h * w) == value_of(x.h * x.w)):
        raise ShapeError(
            f"a map of {size} has {show(h * w)} windows, and here are {show(x.h * x.w)}", "size"
        )
    y = Shape(size.h, size.w, x.c // (k.h * k.w))
    return y, Facts(reads=x.size, writes=y.size, elementwise={"add": x.size})


Axis = str
"""`h`, `w`, `c`, or `hw` for all positions."""

Reduction = str
"""`mean`, `sum` or `max`."""


@op("Reduce {axis} ({how})")
def reduce(x: Shape, *, axis: Axis, how: Reduction = "mean") -> Result:
    """The mean, sum or maximum along an axis, of which one element is left."""
    y = Shape(*(1 if name in axis else size for name, size in zip("hwc", x, strict=True)))
    work = {
        "mean": {"add": x.size, "div": y.size},
        "sum": {"add": x.size},
        "max": {"max": x.size},
    }
    return y, Facts(reads=x.size, writes=y.size, elementwise=work[how])
