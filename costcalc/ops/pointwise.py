"""Operators that treat each element, or each position, by itself: normalisation, activation.

They change no shape, and fuse into a convolution or fully connected layer before them.
"""

from __future__ import annotations

from costcalc.numbers.conditions import require_divides, require_positive
from costcalc.numbers.dimensions import Dim, Shape
from costcalc.ops.operator import Facts, Result, op


def _each(x: Shape, norm: Dim = 0, buffers: Dim = 0, **work: Dim) -> Result:
    """Read and write every element, with so many operations of each kind per element."""
    size = x.size
    return x, Facts(
        norm=norm,
        buffers=buffers,
        reads=size + norm,
        writes=size,
        elementwise={kind: times * size for kind, times in work.items()},
    )


def _trained(x: Shape, scale: bool, shift: bool) -> Dim:
    """A trained scale and shift per channel, where there are such."""
    return (scale + shift) * x.c if scale or shift else 0


@op("Batch Norm", pointwise=True)
def batch_norm(x: Shape, *, scale: bool = True, shift: bool = True) -> Result:
    """Batch normalisation at inference: a trained scale and shift per channel, and a mean and
    variance that were counted while training, which are part of them by then."""
    return _each(x, norm=_trained(x, scale, shift), buffers=2 * x.c, mul=1, add=1)


@op("Layer Norm", pointwise=True)
def layer_norm(x: Shape, *, scale: bool = True, shift: bool = True) -> Result:
    """Normalisation over the channels of each position, with a trained scale and shift."""
    return _each(x, norm=_trained(x, scale, shift), add=3, mul=3, div=1)


@op("Group Norm", pointwise=True)
def group_norm(x: Shape, *, g: Dim = 32, scale: bool = True, shift: bool = True) -> Result:
    """Normalisation over each of g groups of channels (arXiv:1803.08494)."""
    require_divides("g", g, "channels", x.c)
    return _each(x, norm=_trained(x, scale, shift), add=3, mul=3, div=1)


@op("Instance Norm", pointwise=True)
def instance_norm(x: Shape, *, scale: bool = True, shift: bool = True) -> Result:
    """Normalisation over the positions of each channel (arXiv:1607.08022)."""
    return _each(x, norm=_trained(x, scale, shift), add=3, mul=3, div=1)


@op("RMS Norm", pointwise=True)
def rms_norm(x: Shape, *, scale: bool = True) -> Result:
    """Division by the root mean square of each position, and a trained scale (arXiv:1910.07467).

    Without the scale it is L2 normalisation, up to a constant.
    """
    return _each(x, norm=x.c if scale else 0, add=1, mul=1 + scale, div=1)


@op("Layer Scale", pointwise=True)
def layer_scale(x: Shape) -> Result:
    """A trained factor per channel (ConvNeXt, arXiv:2201.03545)."""
    return _each(x, norm=x.c, mul=1)


@op("Affine", pointwise=True)
def affine(x: Shape, *, scale: bool = True, shift: bool = True) -> Result:
    """A trained scale and shift per channel: what is left of a normalisation, or folded of one."""
    work = {**({"mul": 1} if scale else {}), **({"add": 1} if shift else {})}
    return _each(x, norm=_trained(x, scale, shift), **work)


Work = str
"""`add`, `mul`, `div`, `exp` or `max`."""


@op("Elementwise {work}", pointwise=True)
def elementwise(x: Shape, *, work: Work = "add") -> Result:
    """One operation of a kind on each element, with a constant or none, that has no other name."""
    return _each(x, **{work: 1})


@op("Local Response Norm", pointwise=True)
def lrn(x: Shape, *, span: Dim = 5) -> Result:
    """Local response normalisation over the squares of `span` channels (AlexNet, Section 3.3)."""
    require_positive("span", "the span", span)
    return _each(x, mul=span, add=span, exp=1, div=1)


@op("ReLU", pointwise=True)
def relu(x: Shape) -> Result:
    """max(x, 0)."""
    return _each(x, max=1)


@op("ReLU6", pointwise=True)
def relu6(x: Shape) -> Result:
    """min(max(x, 0), 6) (MobileNetV2, arXiv:1801.04381)."""
    return _each(x, max=2)


Per = str
"""`channel`, `layer` or `element`."""


@op("PReLU", pointwise=True)
def prelu(x: Shape, *, per: Per = "channel") -> Result:
    """max(x, 0) + a min(x, 0), with a trained slope a per channel (arXiv:1502.01852, equation 1).

    Per `layer` it is a single one for all channels, as the paper's channel-shared variant and
    PyTorch's default have it; per `element` each has its own, as Keras' default.
    """
    slopes = {"channel": x.c, "layer": 1, "element": x.size}
    return _each(x, norm=slopes[per], max=1, mul=1)


@op("Leaky ReLU", pointwise=True)
def lrelu(x: Shape) -> Result:
    """max(x, a x), with a small constant slope a."""
    return _each(x, max=1, mul=1)


@op("ELU", pointwise=True)
def elu(x: Shape) -> Result:
    """x where it is positive, else a (exp(x) - 1) (arXiv:1511.07289)."""
    return _each(x, exp=1, add=1, mul=1, max=1)


@op("Tanh", pointwise=True)
def tanh(x: Shape) -> Result:
    """(exp(2x) - 1) / (exp(2x) + 1)."""
    return _each(x, exp=1, add=2, mul=1, div=1)


@op("Hard Tanh", pointwise=True)
def htanh(x: Shape) -> Result:
    """min(max(x, -1), 1)."""
    return _each(x, max=2)


@op("Softplus", pointwise=True)
def softplus(x: Shape) -> Result:
    """log(1 + exp(x)); the logarithm is counted as an exponential is."""
    return _each(x, exp=2, add=1)


@op("Mish", pointwise=True)
def mish(x: Shape) -> Result:
    """x tanh(softplus(x)) (arXiv:1908.08681)."""
    return _each(x, exp=3, add=3, mul=2, div=1)


@op("Hard Sigmoid", pointwise=True)
def hsigmoid(x: Shape) -> Result:
    """min(max(x + 3, 0), 6) / 6 (MobileNetV3, arXiv:1905.02244)."""
    return _each(x, add=1, max=2, div=1)


@op("Hard Swish", pointwise=True)
def hswish(x: Shape) -> Result:
    """x * min(max(x + 3, 0), 6) / 6 (MobileNetV3, arXiv:1905.02244)."""
    return _each(x, add=1, max=2, div=1, mul=1)


@op("Swish", pointwise=True)
def swish(x: Shape) -> Result:
    """x / (1 + exp(-x)), also called SiLU."""
    return _each(x, exp=1, add=1, div=1)


@op("GELU", pointwise=True)
def gelu(x: Shape) -> Result:
    """x times the normal distribution function of x; one `exp` stands for its evaluation."""
    return _each(x, exp=1, mul=1)


@op("Sigmoid", pointwise=True)
def sigmoid(x: Shape) -> Result:
    """1 / (1 + exp(-x))."""
    return _each(x, exp=1, add=1, div=1)


@op("Softmax", pointwise=True)
def softmax(x: Shape) -> Result:
    """exp(x) over its sum along the channels."""
    return _each(x, exp=1, add=1, div=1)
