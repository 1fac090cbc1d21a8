"""Operators with weights: convolutions and the fully connected layer."""

from __future__ import annotations

from costcalc.numbers.conditions import (
    ShapeError,
    require_divides,
    require_everywhere,
    require_positive,
    show,
)
from costcalc.numbers.dimensions import Dim, Kernel, Shape
from costcalc.numbers.symbol import let, value_of
from costcalc.ops.operator import Facts, Result, op
from costcalc.ops.window import Pad, Stride, enlarged, window


@op("Conv {k}", weighted=True)
def conv(
    x: Shape,
    *,
    k: Kernel,
    out: Dim,
    s: Stride = 1,
    g: Dim = 1,
    d: Stride = 1,
    pad: Pad = "same",
    bias: bool = False,
) -> Result:
    """k x k convolution to `out` channels: stride s, g groups, dilation d.

    Every output element takes k_h * k_w * c/g multiply-adds (MobileNet, arXiv:1704.04861,
    equation 2; grouped as in ResNeXt, arXiv:1611.05431). Memory access is ShuffleNet v2's MAC
    (arXiv:1807.11164, equation 1): input read, weights read, output written.
    """
    require_positive("out", "the number of output channels", out)
    require_divides("g", g, "input channels", x.c)
    require_divides("g", g, "output channels", out)
    y = Shape(*window(x, k, s, pad, d), out)
    weights = let("weights", k.h * k.w * (x.c // g) * out)
    size = y.size
    return y, Facts(
        weights=weights,
        biases=out if bias else 0,
        mult_adds=weights * y.h * y.w,
        reads=x.size + weights,
        writes=size,
        elementwise={"add": size} if bias else {},
    )


@op("Conv DW {k}", weighted=True)
def dw(
    x: Shape,
    *,
    k: Kernel,
    s: Stride = 1,
    d: Stride = 1,
    m: Dim = 1,
    pad: Pad = "same",
    bias: bool = False,
) -> Result:
    """k x k depthwise convolution: every input channel has its own m filters.

    A convolution with as many groups as channels (MobileNet, arXiv:1704.04861, equation 4).
    """
    return conv(x, k=k, out=m * x.c, s=s, g=x.c, d=d, pad=pad, bias=bias)


@op("Transposed Conv {k}", weighted=True)
def tconv(
    x: Shape,
    *,
    k: Kernel,
    out: Dim,
    s: Stride = 1,
    g: Dim = 1,
    d: Stride = 1,
    pad: Pad = "same",
    out_pad: Stride = 0,
    bias: bool = False,
) -> Result:
    """Transposed k x k convolution ("deconvolution"): s times as high and wide.

    The gradient of a convolution (Dumoulin and Visin, arXiv:1603.07285, Section 4): every *input*
    element is multiplied by k_h * k_w * out/g weights. Zeros of `pad` are cut off the output.
    """
    require_positive("out", "the number of output channels", out)
    require_divides("g", g, "input channels", x.c)
    require_divides("g", g, "output channels", out)
    h, w = enlarged(x, k, s, pad, d, out_pad)
    weights = let("weights", k.h * k.w * x.c * (out // g))
    return Shape(h, w, out), Facts(
        weights=weights,
        biases=out if bias else 0,
        mult_adds=weights * x.h * x.w,
        reads=x.size + weights,
        writes=h * w * out,
        elementwise={"add": h * w * out} if bias else {},
    )


@op("Fully Connected", weighted=True)
def fc(x: Shape, *, out: Dim, bias: bool = True, fan_in: Dim | None = None) -> Result:
    """Fully connected layer from all h * w * c inputs to `out` units.

    `fan_in` is how many inputs a trained layer's weights are for: other sizes of the input than
    the one that it was trained at do not fit.
    """
    require_positive("out", "the number of units", out)
    if fan_in is not None and not require_everywhere(value_of(fan_in) == value_of(x.size)):
        raise ShapeError(f"weights for {show(fan_in)} inputs meet {show(x.size)}", "fan_in")
    weights = let("weights", x.size * out)
    return Shape(1, 1, out), Facts(
        weights=weights,
        biases=out if bias else 0,
        mult_adds=weights,
        reads=x.size + weights,
        writes=out,
        elementwise={"add": out} if bias else {},
    )
