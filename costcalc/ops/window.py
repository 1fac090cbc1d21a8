"""How far a sliding window reaches: the output size of convolutions and pooling."""

from __future__ import annotations

from costcalc.dimensions import Dim, Kernel, Shape, ShapeError, ceildiv, holds, show, smaller
from costcalc.symbol import let, value_of

Pad = str | Kernel
"""`same`, `valid`, or the zeros added on each side (height, width)."""


def window(
    x: Shape, k: Kernel, s: Dim, pad: Pad, d: Dim = 1, rounding: str = "floor"
) -> tuple[Dim, Dim]:
    """Output height and width of a k window with stride s and dilation d over x.

    Raises `ShapeError` where the window is larger than the padded input.
    """
    p = {"same": None, "valid": Kernel(0, 0)}[pad] if isinstance(pad, str) else pad
    if p is None:
        return let("h_out", ceildiv(x.h, s)), let("w_out", ceildiv(x.w, s))
    reach = Kernel(d * (k.h - 1) + 1, d * (k.w - 1) + 1)
    padded = Kernel(x.h + 2 * p.h, x.w + 2 * p.w)
    if not (
        holds(value_of(reach.h) <= value_of(padded.h))
        and holds(value_of(reach.w) <= value_of(padded.w))
    ):
        raise ShapeError(
            f"a kernel of {show(reach.h)}x{show(reach.w)} is larger than its input of"
            f" {show(x.h)}x{show(x.w)} with {show(p.h)}x{show(p.w)} padding on each side",
            "k",
        )
    return (
        let("h_out", _steps(x.h, p.h, padded.h - reach.h, s, rounding)),
        let("w_out", _steps(x.w, p.w, padded.w - reach.w, s, rounding)),
    )


def _steps(size: Dim, pad: Dim, room: Dim, s: Dim, rounding: str) -> Dim:
    """Positions of a window that has `room` to move, in steps of s."""
    if rounding == "floor":
        return room // s + 1
    # Caffe and PyTorch drop a last window that would start in the padding beyond the input.
    return smaller(ceildiv(room, s) + 1, ceildiv(size + pad, s))
