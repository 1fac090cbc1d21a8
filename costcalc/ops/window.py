"""How far a sliding window reaches: the output size of convolutions and pooling."""

from __future__ import annotations

from costcalc.numbers.dimensions import (
    Dim,
    Kernel,
    Shape,
    ShapeError,
    ceildiv,
    require_at_least,
    require_everywhere,
    require_positive,
    show,
    smaller,
)
from costcalc.numbers.symbol import let, value_of

Pad = str | Kernel
"""`same`, `valid`, or the zeros added on each side (height, width)."""

Stride = Dim | Kernel
"""One stride, or one along each axis (height, width)."""


def window(
    x: Shape, k: Kernel, s: Stride, pad: Pad, d: Dim = 1, rounding: str = "floor"
) -> tuple[Dim, Dim]:
    """Output height and width of a k window with stride s and dilation d over x.

    Raises `ShapeError` for a stride or dilation below 1, a padding below 0, and where the window
    is larger than the padded input.
    """
    s_h, s_w = s if isinstance(s, Kernel) else (s, s)
    require_positive("s", "the stride", s_h)
    require_positive("s", "the stride", s_w)
    require_positive("d", "the dilation", d)
    p = {"same": None, "valid": Kernel(0, 0)}[pad] if isinstance(pad, str) else pad
    if p is None:
        return let("h_out", ceildiv(x.h, s_h)), let("w_out", ceildiv(x.w, s_w))
    require_at_least(0, "pad", "the padding", p.h)
    require_at_least(0, "pad", "the padding", p.w)
    return (
        let("h_out", _positions(k.h, x.h, p.h, s_h, d, rounding)),
        let("w_out", _positions(k.w, x.w, p.w, s_w, d, rounding)),
    )


def _positions(k: Dim, size: Dim, p: Dim, s: Dim, d: Dim, rounding: str) -> Dim:
    """Positions of a window of k (dilated by d) along a size padded with p on both sides."""
    room = size + 2 * p - (d * (k - 1) + 1)
    if rounding == "floor":
        positions = room // s + 1
    else:
        # Caffe and PyTorch drop a last window that would start in the padding beyond the input
        positions = smaller(ceildiv(room, s) + 1, ceildiv(size + p, s))
    if not require_everywhere(value_of(positions) >= 1):
        raise ShapeError(
            f"a kernel of {show(d * (k - 1) + 1)} is larger than its input of {show(size)}"
            f" with {show(p)} padding on each side",
            "k",
        )
    return positions
