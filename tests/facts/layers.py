"""Networks of one layer, as rows of a spec and in PyTorch: what `measure_tools.py` hands to tools.

Every operator in every form that a tool may care for. PyTorch's own names are kept, so that each
line can be read as the same thing said twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812  # its customary name
from torch import Tensor, nn
from torchvision import ops

Shape = tuple[int, int, int]
"""Height, width and channels."""
MAP, VECTOR, TOKENS = (6, 10, 8), (1, 1, 8), (15, 1, 8)


class Case(NamedTuple):
    """The rows of a spec, and the module or function that is the same in PyTorch.

    `op` and `form` say which rules are looked at; `rows` are YAML and read the `inputs` (a, b, c,
    d, where there are several). `starts` is what biases and other vectors start as: all "zeros" (or
    ones), "random" as PyTorch has them, all different as in a "trained" model. `opset` is that of
    the exported graph, None where that would hold what is no part of the network.
    """

    op: str
    form: str
    rows: str
    module: Callable[[], Any]
    inputs: tuple[Shape, ...] = (MAP,)
    starts: str = "random"
    opset: int | None = 20


class Positions(nn.Module):
    """A module on channels that come last, as a linear layer on every position."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x.permute(0, 2, 3, 1).contiguous()).permute(0, 3, 1, 2)


class Flat(nn.Module):
    """A module on one vector."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(torch.flatten(x, 1))


class Folded(nn.Module):
    """A module on windows one after another."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(torch.flatten(x, 2))


class Parameters(nn.Module):
    """A function of parameters that belong to a network with other modules inside."""

    def __init__(self, function: Callable[..., Tensor], *shapes: tuple[int, ...]) -> None:
        super().__init__()
        self.function, self.other = function, nn.Identity()
        names = ("weight", "bias")
        starts = (torch.ones, torch.zeros)
        for name, start, shape in zip(names, starts, shapes, strict=False):
            self.register_parameter(name, nn.Parameter(start(shape)))

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x, *self.parameters())


class Statistics(Parameters):
    """The same of batch normalisation, with its running statistics."""

    def __init__(self) -> None:
        super().__init__(F.batch_norm, (8,), (8,))
        self.register_buffer("mean", torch.zeros(8))
        self.register_buffer("variance", torch.ones(8))

    def forward(self, x: Tensor) -> Tensor:
        return F.batch_norm(x, self.mean, self.variance, self.weight, self.bias)


class RootMeanSquare(nn.Module):
    """A class of one's own, as language models have it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))


class LayerScale(nn.Module):
    """A bare parameter that multiplies, as ConvNeXt's blocks have it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((channels, 1, 1), 1e-6))

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * x


class Affine(nn.Module):
    """Bare parameters that multiply and are added, as a normalisation leaves them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.randn(channels, 1, 1))
        self.shift = nn.Parameter(torch.randn(channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * x + self.shift


class ClassToken(nn.Module):
    """A bare parameter before the tokens, as ViT has it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, channels))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.token.expand(x.shape[0], -1, -1), tokens(x)], 1)


class Weight(nn.Module):
    """A bare parameter of one number, as pyramids weigh their maps."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.rand(1))

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * x


class Products(nn.Module):
    """Products of tokens with a bare parameter, as BoTNet has them for relative positions."""

    def __init__(self, length: int, channels: int) -> None:
        super().__init__()
        self.relative = nn.Parameter(torch.rand(channels, length))

    def forward(self, x: Tensor) -> Tensor:
        return tokens(x) @ self.relative


class PositionEmbedding(nn.Module):
    """A bare parameter that is added, as ViT has it."""

    def __init__(self, length: int, channels: int) -> None:
        super().__init__()
        self.position = nn.Parameter(torch.rand(1, length, channels))

    def forward(self, x: Tensor) -> Tensor:
        return tokens(x) + self.position


def own(module: type[nn.Module]) -> type[nn.Module]:
    """A class of one's own that derives from PyTorch's, as timm's Conv2dSame."""
    return type(f"Own{module.__name__}", (module,), {})


def tokens(x: Tensor) -> Tensor:
    """Positions one after another, channels last: (batch, length, channels)."""
    return x.flatten(2).transpose(1, 2)


def heads(x: Tensor, count: int) -> Tensor:
    """(batch, heads, length, channels of a head)."""
    batch, length, channels = tokens(x).shape
    return tokens(x).reshape(batch, length, count, channels // count).transpose(1, 2)


class Steps(nn.Module):
    """A recurrent layer, of which all steps go on.

    Of an input that is not contiguous PyTorch may add a bias by itself, which ptflops (aten) does
    not see then.
    """

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(tokens(x).contiguous())[0]


def fused_attention(
    a: Tensor, b: Tensor, c: Tensor, bias: Tensor | None = None, count: int = 2
) -> Tensor:
    q, k, v = heads(a, count), heads(b, count), heads(c, count)
    return F.scaled_dot_product_attention(q, k, v, bias)


def written_attention(
    a: Tensor, b: Tensor, c: Tensor, bias: Tensor | None = None, count: int = 2
) -> Tensor:
    q, k, v = heads(a, count), heads(b, count), heads(c, count)
    scores = q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5
    return (scores if bias is None else scores + bias).softmax(-1) @ v


def called_attention(
    a: Tensor, b: Tensor, c: Tensor, bias: Tensor | None = None, count: int = 2
) -> Tensor:
    q, k, v = heads(a, count), heads(b, count), heads(c, count)
    scores = torch.matmul(q, k.transpose(-2, -1)) * q.shape[-1] ** -0.5
    if bias is not None:
        scores = torch.add(scores, bias)
    return torch.matmul(F.softmax(scores, -1), v)


class RelativePositions(nn.Module):
    """Attention with a bare parameter: a bias for each distance, of each of two heads."""

    def __init__(self, attend: Callable[..., Tensor], queries: int, keys: int) -> None:
        super().__init__()
        self.attend = attend
        self.table = nn.Parameter(torch.rand(queries + keys - 1, 2))
        distances = torch.arange(queries)[:, None] - torch.arange(keys) + keys - 1
        self.register_buffer("distances", distances)

    def forward(self, a: Tensor, b: Tensor, c: Tensor) -> Tensor:
        bias = self.table[self.distances].permute(2, 0, 1).unsqueeze(0)
        return self.attend(a, b, c, bias)


def shuffle(x: Tensor) -> Tensor:
    b, c, h, w = x.shape
    return x.view(b, 4, c // 4, h, w).transpose(1, 2).reshape(b, c, h, w)


def halves(x: Tensor) -> Tensor:
    first, second = x.chunk(2, 1)
    return torch.cat([second, first], 1)


def called(name: str, *arguments: Any, **named: Any) -> Callable[[], Callable[..., Tensor]]:
    """A function of `torch.nn.functional`, looked up when it runs: tools patch them."""
    return lambda: lambda x: getattr(F, name)(x, *arguments, **named)


# fmt: off


def convolutions() -> Iterator[Case]:
    yield Case("conv", "module", "[conv, {k: 3x3, out: 12}]",
               lambda: nn.Conv2d(8, 12, 3, padding=1, bias=False))
    yield Case("conv", "module", "[conv, {k: 3x3, out: 12, pad: 1, s: 2, g: 4, bias: true}]",
               lambda: nn.Conv2d(8, 12, 3, 2, 1, groups=4))
    yield Case("conv", "module", "[conv, {k: 3x3, out: 12, d: 2}]",
               lambda: nn.Conv2d(8, 12, 3, padding=2, dilation=2, bias=False))
    yield Case("conv", "custom", "[conv, {k: 3x3, out: 12, bias: true}]",
               lambda: own(nn.Conv2d)(8, 12, 3, padding=1))
    yield Case("conv", "functional", "[conv, {k: 3x3, out: 12, pad: valid, bias: true}]",
               lambda: Parameters(lambda x, w, b: F.conv2d(x, w, b), (12, 8, 3, 3), (12,)))
    yield Case("conv", "linear", "[conv, {k: 1x1, out: 12, bias: true}]",
               lambda: Positions(nn.Linear(8, 12)))
    yield Case("conv", "linear", "[conv, {k: 1x1, out: 12}]",
               lambda: Positions(nn.Linear(8, 12, bias=False)))
    yield Case("dw", "module", "[dw, {k: 3x3}]",
               lambda: nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False))
    yield Case("dw", "module", "[dw, {k: 5x5, s: 2, bias: true}]",
               lambda: nn.Conv2d(8, 8, 5, 2, 2, groups=8))
    yield Case("dw", "custom", "[dw, {k: 3x3, bias: true}]",
               lambda: own(nn.Conv2d)(8, 8, 3, padding=1, groups=8))
    yield Case("dw", "functional", "[dw, {k: 3x3, pad: valid, bias: true}]",
               lambda: Parameters(lambda x, w, b: F.conv2d(x, w, b, groups=8), (8, 1, 3, 3), (8,)))
    yield Case("tconv", "module", "[tconv, {k: 2x2, s: 2, out: 12, pad: 0}]",
               lambda: nn.ConvTranspose2d(8, 12, 2, 2, bias=False))
    yield Case("tconv", "module", "[tconv, {k: 4x4, s: 2, out: 12, pad: 1, g: 4, bias: true}]",
               lambda: nn.ConvTranspose2d(8, 12, 4, 2, 1, groups=4))
    yield Case("tconv", "custom", "[tconv, {k: 2x2, s: 2, out: 12, pad: 0, bias: true}]",
               lambda: own(nn.ConvTranspose2d)(8, 12, 2, 2))
    yield Case("tconv", "functional", "[tconv, {k: 2x2, s: 2, out: 12, pad: 0, bias: true}]",
               lambda: Parameters(lambda x, w, b: F.conv_transpose2d(x, w, b, 2),
                                  (8, 12, 2, 2), (12,)))
    yield Case("fc", "module", "[fc, {out: 12}]", lambda: Flat(nn.Linear(8, 12)), (VECTOR,))
    yield Case("fc", "module", "[fc, {out: 12, bias: false}]",
               lambda: Flat(nn.Linear(8, 12, bias=False)), (VECTOR,))
    yield Case("fc", "custom", "[fc, {out: 12}]", lambda: Flat(own(nn.Linear)(8, 12)), (VECTOR,))
    yield Case("fc", "functional", "[fc, {out: 12}]",
               lambda: Parameters(lambda x, w, b: F.linear(torch.flatten(x, 1), w, b),
                                  (12, 8), (12,)), (VECTOR,))
    yield Case("fc", "conv", "[fc, {out: 12}]", lambda: nn.Conv2d(8, 12, 1), (VECTOR,))




def what_vectors_start_as() -> Iterator[Case]:
    """An exporter folds normalisations into convolutions, and stores equal vectors once."""
    x = (6, 10, 3)
    two = "[conv, {k: 1x1, out: 8, bias: true}], [conv, {k: 1x1, out: 8, bias: true}]"
    folded = (
        "[conv, {k: 1x1, out: 8, bias: true, norm: batch}],"
        " [conv, {k: 1x1, out: 8, norm: batch}], [relu], [batch_norm]"
    )
    for starts in ("zeros", "random", "trained"):
        yield Case("conv", "module", two,
                   lambda: nn.Sequential(nn.Conv2d(3, 8, 1), nn.Conv2d(8, 8, 1)), (x,), starts)
        yield Case("batch_norm", "module", folded,
                   lambda: nn.Sequential(nn.Conv2d(3, 8, 1), nn.BatchNorm2d(8),
                                         nn.Conv2d(8, 8, 1, bias=False), nn.BatchNorm2d(8),
                                         nn.ReLU(), nn.BatchNorm2d(8)), (x,), starts)
        yield Case("fc", "module", "[fc, {out: 8}], [fc, {out: 8}]",
                   lambda: Flat(nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8))), (VECTOR,), starts)
        yield Case("tconv", "module",
                   "[tconv, {k: 1x1, out: 8, bias: true}], [tconv, {k: 1x1, out: 8, norm: batch}]",
                   lambda: nn.Sequential(nn.ConvTranspose2d(3, 8, 1),
                                         nn.ConvTranspose2d(8, 8, 1, bias=False),
                                         nn.BatchNorm2d(8)), (x,), starts)
        for op, module in (("layer_norm", nn.LayerNorm), ("rms_norm", nn.RMSNorm)):
            yield Case(op, "module", f"[{op}], [{op}]",
                       lambda module=module: Positions(nn.Sequential(module(3), module(3))),
                       (x,), starts)
        yield Case("group_norm", "module", "[group_norm, {g: 2}], [group_norm, {g: 4}]",
                   lambda: nn.Sequential(nn.GroupNorm(2, 8), nn.GroupNorm(4, 8)), (MAP,), starts)
        yield Case("instance_norm", "module", "[instance_norm], [instance_norm]",
                   lambda: nn.Sequential(*(nn.InstanceNorm2d(8, affine=True) for _ in "12")),
                   (MAP,), starts)
        yield Case("prelu", "module", "[prelu], [prelu]",
                   lambda: nn.Sequential(nn.PReLU(8), nn.PReLU(8)), (MAP,), starts)
        yield Case("prelu", "module", "[prelu, {per: layer}], [prelu, {per: layer}]",
                   lambda: nn.Sequential(nn.PReLU(), nn.PReLU()), (MAP,), starts)
        yield Case("layer_scale", "module", "[layer_scale], [layer_scale]",
                   lambda: nn.Sequential(LayerScale(3), LayerScale(3)), (x,), starts)




def normalisations() -> Iterator[Case]:
    plain = "scale: false, shift: false"
    yield Case("batch_norm", "module", "[batch_norm]", lambda: nn.BatchNorm2d(8))
    yield Case("batch_norm", "module", f"[batch_norm, {{{plain}}}]",
               lambda: nn.BatchNorm2d(8, affine=False))
    yield Case("batch_norm", "custom", "[batch_norm]", lambda: own(nn.BatchNorm2d)(8))
    yield Case("batch_norm", "functional", "[batch_norm]", Statistics)
    yield Case("layer_norm", "module", "[layer_norm]", lambda: Positions(nn.LayerNorm(8)))
    yield Case("layer_norm", "module", f"[layer_norm, {{{plain}}}]",
               lambda: Positions(nn.LayerNorm(8, elementwise_affine=False)))
    yield Case("layer_norm", "module", "[layer_norm, {shift: false}]",
               lambda: Positions(nn.LayerNorm(8, bias=False)))
    yield Case("layer_norm", "custom", "[layer_norm]", lambda: Positions(own(nn.LayerNorm)(8)))
    yield Case("layer_norm", "functional", "[layer_norm]",
               lambda: Parameters(lambda x, w, b: F.layer_norm(tokens(x), (8,), w, b), (8,), (8,)))
    yield Case("group_norm", "module", "[group_norm, {g: 2}]", lambda: nn.GroupNorm(2, 8))
    yield Case("group_norm", "module", f"[group_norm, {{g: 2, {plain}}}]",
               lambda: nn.GroupNorm(2, 8, affine=False))
    yield Case("group_norm", "custom", "[group_norm, {g: 2}]", lambda: own(nn.GroupNorm)(2, 8))
    yield Case("group_norm", "functional", "[group_norm, {g: 2}]",
               lambda: Parameters(lambda x, w, b: F.group_norm(x, 2, w, b), (8,), (8,)))
    yield Case("instance_norm", "module", "[instance_norm]",
               lambda: nn.InstanceNorm2d(8, affine=True))
    yield Case("instance_norm", "module", f"[instance_norm, {{{plain}}}]",
               lambda: nn.InstanceNorm2d(8))
    yield Case("instance_norm", "custom", "[instance_norm]",
               lambda: own(nn.InstanceNorm2d)(8, affine=True))
    yield Case("instance_norm", "functional", "[instance_norm]",
               lambda: Parameters(lambda x, w, b: F.instance_norm(x, None, None, w, b), (8,), (8,)))
    yield Case("rms_norm", "module", "[rms_norm]", lambda: Positions(nn.RMSNorm(8)))
    yield Case("rms_norm", "module", "[rms_norm, {scale: false}]",
               lambda: Positions(nn.RMSNorm(8, elementwise_affine=False)))
    yield Case("rms_norm", "custom", "[rms_norm]", lambda: Positions(own(nn.RMSNorm)(8)))
    yield Case("rms_norm", "operator", "[rms_norm]", lambda: Positions(RootMeanSquare(8)))
    yield Case("rms_norm", "functional", "[rms_norm]",
               lambda: Parameters(lambda x, w: F.rms_norm(tokens(x), (8,), w), (8,)))
    yield Case("layer_scale", "module", "[layer_scale]", lambda: LayerScale(8))
    for span in (5, 2):
        yield Case("lrn", "module", f"[lrn, {{span: {span}}}]",
                   lambda span=span: nn.LocalResponseNorm(span))




ACTIVATIONS = {
    "relu": (nn.ReLU, "relu"),
    "relu6": (nn.ReLU6, "relu6"),
    "lrelu": (nn.LeakyReLU, "leaky_relu"),
    "elu": (nn.ELU, "elu"),
    "tanh": (nn.Tanh, "tanh"),
    "htanh": (nn.Hardtanh, "hardtanh"),
    "softplus": (nn.Softplus, "softplus"),
    "mish": (nn.Mish, "mish"),
    "hsigmoid": (nn.Hardsigmoid, "hardsigmoid"),
    "hswish": (nn.Hardswish, "hardswish"),
    "swish": (nn.SiLU, "silu"),
    "gelu": (nn.GELU, "gelu"),
    "sigmoid": (nn.Sigmoid, "sigmoid"),
}


def activations() -> Iterator[Case]:
    for op, (module, function) in ACTIVATIONS.items():
        yield Case(op, "module", f"[{op}]", module)
        yield Case(op, "functional", f"[{op}]", called(function))
        yield Case(op, "custom", f"[{op}]", own(module))
    yield Case("swish", "operator", "[swish]", lambda: lambda x: x * torch.sigmoid(x))
    yield Case("gelu", "operator", "[gelu]", nn.GELU, opset=17)
    yield Case("prelu", "module", "[prelu]", lambda: nn.PReLU(8))
    yield Case("prelu", "module", "[prelu, {per: layer}]", nn.PReLU)
    yield Case("prelu", "functional", "[prelu, {per: layer}]",
               lambda: Parameters(lambda x, w: F.prelu(x, w), (1,)))
    yield Case("prelu", "custom", "[prelu]", lambda: own(nn.PReLU)(8))
    yield Case("prelu", "functional", "[prelu]",
               lambda: Parameters(lambda x, w: F.prelu(x, w), (8,)))
    yield Case("softmax", "module", "[softmax]", lambda: Flat(nn.Softmax(1)), (VECTOR,))
    yield Case("softmax", "module", "[softmax]", lambda: nn.Softmax(1))
    yield Case("softmax", "functional", "[softmax]", lambda: called("softmax", 1)(), (VECTOR,))
    yield Case("softmax", "custom", "[softmax]", lambda: own(nn.Softmax)(1))
    yield Case("softmax", "operator", "[softmax]", lambda: lambda x: x.softmax(1))




def windows() -> Iterator[Case]:
    for op, module, function in (
        ("maxpool", nn.MaxPool2d, "max_pool2d"),
        ("avgpool", nn.AvgPool2d, "avg_pool2d"),
        ("pool", nn.MaxPool2d, "max_pool2d"),
    ):
        yield Case(op, "module", f"[{op}, {{k: 3x3, s: 2, pad: 1}}]",
                   lambda module=module: module(3, 2, 1))
        yield Case(op, "custom", f"[{op}, {{k: 3x3, s: 2, pad: 1}}]",
                   lambda module=module: own(module)(3, 2, 1))
        yield Case(op, "functional", f"[{op}, {{k: 2x2, s: 2}}]", called(function, 2))
    yield Case("gpool", "module", "[gpool]", lambda: nn.AdaptiveAvgPool2d(1))
    yield Case("gpool", "custom", "[gpool]", lambda: own(nn.AdaptiveAvgPool2d)(1))
    yield Case("gpool", "functional", "[gpool]", called("adaptive_avg_pool2d", 1))
    yield Case("gpool", "mean", "[gpool]", lambda: lambda x: x.mean([2, 3], keepdim=True))
    yield Case("adaptive_avgpool", "module", "[adaptive_avgpool, {size: 2x2}]",
               lambda: nn.AdaptiveAvgPool2d(2))
    yield Case("adaptive_avgpool", "custom", "[adaptive_avgpool, {size: 2x2}]",
               lambda: own(nn.AdaptiveAvgPool2d)(2))
    yield Case("adaptive_avgpool", "functional", "[adaptive_avgpool, {size: 3x5}]",
               called("adaptive_avg_pool2d", (3, 5)))
    yield Case("reduce", "module", "[reduce, {axis: c}]", lambda: lambda x: x.mean(1, keepdim=True))
    yield Case("reduce", "module", "[reduce, {axis: hw, how: sum}]",
               lambda: lambda x: x.sum([2, 3], keepdim=True))
    yield Case("reduce", "module", "[reduce, {axis: h, how: max}]",
               lambda: lambda x: x.amax(2, keepdim=True))




def sizes() -> Iterator[Case]:
    for mode in ("nearest", "bilinear"):
        yield Case("upsample", "module", f"[upsample, {{by: 2, mode: {mode}}}]",
                   lambda mode=mode: nn.Upsample(scale_factor=2, mode=mode))
        yield Case("upsample", "custom", f"[upsample, {{by: 2, mode: {mode}}}]",
                   lambda mode=mode: own(nn.Upsample)(scale_factor=2, mode=mode))
        yield Case("upsample", "functional", f"[upsample, {{by: 2, mode: {mode}}}]",
                   called("interpolate", scale_factor=2, mode=mode))
        yield Case("resize", "module", f"[resize, {{size: 9x13, mode: {mode}}}]",
                   lambda mode=mode: nn.Upsample(size=(9, 13), mode=mode))
        yield Case("resize", "custom", f"[resize, {{size: 9x13, mode: {mode}}}]",
                   lambda mode=mode: own(nn.Upsample)(size=(9, 13), mode=mode))
        yield Case("resize", "functional", f"[resize, {{size: 9x13, mode: {mode}}}]",
                   called("interpolate", size=(9, 13), mode=mode))
    yield Case("depth_to_space", "module", "[depth_to_space, {by: 2}]", lambda: nn.PixelShuffle(2))
    yield Case("depth_to_space", "functional", "[depth_to_space, {by: 2}]",
               called("pixel_shuffle", 2))
    yield Case("space_to_depth", "module", "[space_to_depth, {by: 2}]",
               lambda: nn.PixelUnshuffle(2))
    yield Case("space_to_depth", "functional", "[space_to_depth, {by: 2}]",
               called("pixel_unshuffle", 2))
    yield Case("fold", "module", "[fold, {size: 7x11, k: 2x2}]",
               lambda: Folded(nn.Fold((7, 11), 2)))
    yield Case("fold", "functional", "[fold, {size: 7x11, k: 2x2}]",
               lambda: lambda x: F.fold(torch.flatten(x, 2), (7, 11), 2))
    yield Case("zero_pad", "module", "[zero_pad, {pad: 1x2}]", lambda: nn.ZeroPad2d((2, 2, 1, 1)))
    yield Case("zero_pad", "functional", "[zero_pad, {pad: 1x2}]", called("pad", (2, 2, 1, 1)))
    yield Case("crop", "module", "[crop, {size: 4x7}]", lambda: lambda x: x[:, :, 1:5, 2:9])




def joins() -> Iterator[Case]:
    gate, position = (1, 1, 8), (6, 10, 1)
    for op, operator, name in (
        ("add", lambda a, b: a + b, "add"),
        ("mul", lambda a, b: a * b, "mul"),
    ):
        for other in (MAP, gate, position):
            yield Case(op, "operator", f"{{{op}: [a, b]}}",
                       lambda operator=operator: operator, (MAP, other))
            yield Case(op, "functional", f"{{{op}: [a, b]}}",
                       lambda name=name: lambda a, b: getattr(torch, name)(a, b), (MAP, other))
    yield Case("add", "operator", "{add: [a, b, c]}",
               lambda: lambda a, b, c: a + b + c, (MAP, MAP, MAP))
    yield Case("concat", "module", "{concat: [a, b]}",
               lambda: lambda a, b: torch.cat([a, b], 1), (MAP, position))




def views() -> Iterator[Case]:
    yield Case("shuffle", "module", "[shuffle, {g: 4}]", lambda: shuffle)
    yield Case("split", "module",
               "{concat: [[[split, {out: 4}]], [[split, {out: 4, form: absent}]]]}", lambda: halves)
    yield Case("flatten", "module", "[flatten]", nn.Flatten)
    yield Case("dropout", "module", "[dropout]", nn.Dropout)
    yield Case("zero_channels", "module", "[zero_channels, {out: 12}]",
               lambda: lambda x: F.pad(x, (0, 0, 0, 0, 0, 4)))
    yield Case("to_tokens", "module", "[to_tokens]", lambda: tokens)
    yield Case("to_map", "module", "[to_map, {size: 3x5}]",
               lambda: lambda x: x.reshape(-1, 8, 3, 5), (TOKENS,))
    yield Case("reorder", "module", "[reorder]", lambda: lambda x: torch.roll(x, (1, 2), (2, 3)))
    yield Case("transpose", "module", "[transpose]",
               lambda: lambda x: torch.flatten(x, 2).transpose(1, 2).contiguous())




def attention() -> Iterator[Case]:
    yield Case("class_token", "module", "[class_token]", lambda: ClassToken(8), (TOKENS,))
    yield Case("position_embedding", "module", "[position_embedding]",
               lambda: PositionEmbedding(15, 8), (TOKENS,))
    yield Case("parameter", "module", "{mul: [[], [[parameter, {size: 1x1, out: 1}]]]}", Weight,
               (MAP,))
    yield Case("parameter", "module", "{matmul: [[], [[parameter, {size: 8x1, out: 12}]]]}",
               lambda: Products(12, 8), (TOKENS,))
    a, b = (15, 1, 8), (8, 1, 12)
    yield Case("matmul", "operator", "{matmul: [a, b]}",
               lambda: lambda a, b: tokens(a) @ tokens(b), (a, b))
    yield Case("matmul", "functional", "{matmul: [a, b]}",
               lambda: lambda a, b: torch.matmul(tokens(a), tokens(b)), (a, b))
    b = (12, 1, 8)
    scores = "{matmul: [a, b], heads: 2, transpose: true}"
    yield Case("matmul", "operator", scores,
               lambda: lambda a, b: heads(a, 2) @ heads(b, 2).transpose(-2, -1), (a, b))
    yield Case("matmul", "functional", scores,
               lambda: lambda a, b: torch.matmul(heads(a, 2), heads(b, 2).transpose(-2, -1)),
               (a, b))
    three, row = ((15, 1, 8), (12, 1, 8), (12, 1, 12)), "{attention: [a, b, c], heads: 2}"
    yield Case("attention", "module", row, lambda: fused_attention, three)
    yield Case("attention", "operator", row, lambda: written_attention, three)
    yield Case("attention", "functional", row, lambda: called_attention, three)
    four = "{attention: [a, b, c], heads: 4}"
    for form, function in (("module", fused_attention), ("operator", written_attention)):
        yield Case("attention", form, four,
                   lambda function=function: lambda *abc: function(*abc, count=4),
                   ((20, 1, 16),) * 3)
    biased = "{attention: [a, b, c, d], heads: 2}"
    trained = "{attention: [a, b, c], heads: 2, table: 52}"
    for form, function in (("module", fused_attention), ("operator", written_attention),
                           ("functional", called_attention)):
        yield Case("attention", form, biased, lambda function=function: function,
                   (*three, (15, 12, 2)))
        yield Case("attention", form, trained,
                   lambda function=function: RelativePositions(function, 15, 12), three)




def twice(*modules: nn.Module) -> nn.Module:
    """The same modules, one after another and again."""
    return nn.Sequential(*modules, *modules)


def with_own_norms() -> nn.Module:
    """A convolution, again, and a normalisation behind each."""
    conv = nn.Conv2d(8, 8, 3, padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(8), conv, nn.BatchNorm2d(8))


def shared() -> Iterator[Case]:
    """Weights that are used twice."""
    for name, row, modules in (
        ("conv", "k: 3x3, out: 8, bias: true",
         lambda: [nn.Conv2d(8, 8, 3, padding=1)]),
        ("conv", "k: 3x3, out: 8, norm: batch",
         lambda: [nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)]),
        ("dw", "k: 3x3, norm: batch, act: relu",
         lambda: [nn.Conv2d(8, 8, 3, padding=1, bias=False, groups=8), nn.BatchNorm2d(8),
                  nn.ReLU()]),
        ("tconv", "k: 1x1, out: 8, bias: true", lambda: [nn.ConvTranspose2d(8, 8, 1)]),
    ):
        rows = f"[{name}, {{name: first, {row}}}], [{name}, {{shares: first, {row}}}]"
        yield Case(name, "module", rows, lambda modules=modules: twice(*modules()))
    row = "k: 3x3, out: 8, norm: batch"
    own = f"[conv, {{name: first, {row}}}], [conv, {{shares: first, own: batch_norm, {row}}}]"
    for starts in ("random", "trained"):  # a normalisation of its own makes other weights of them
        yield Case("conv", "module", own, with_own_norms, starts=starts)
    yield Case("fc", "module", "[fc, {name: first, out: 8}], [fc, {shares: first, out: 8}]",
               lambda: Flat(twice(nn.Linear(8, 8))), (VECTOR,))


WORK = {
    "add": lambda x: x + 0.5,
    "mul": lambda x: x * 0.5,
    "div": lambda x: x / 0.3,
    "exp": torch.exp,
    "max": lambda x: torch.maximum(x, torch.tensor(0.1)),
}
"""Arithmetic with a constant, of each kind."""


def arithmetic() -> Iterator[Case]:
    for work, function in WORK.items():
        yield Case("elementwise", "operator", f"[elementwise, {{work: {work}}}]",
                   lambda function=function: function)
    yield Case("affine", "module", "[affine]", lambda: Affine(8))
    yield Case("div", "operator", "{div: [a, b]}", lambda: lambda a, b: a / b, (MAP, MAP))
    yield Case("div", "functional", "{div: [a, b]}", lambda: torch.div, (MAP, MAP))
    yield Case("maximum", "functional", "{maximum: [a, b]}", lambda: torch.maximum, (MAP, MAP))
    yield Case("fixed", "module", "[fixed, {size: 6x10}]", lambda: lambda x: x.view(x.shape))


class Regions(nn.Module):
    """Five fixed boxes of a map, what is in each of them, and a head."""

    def __init__(self, *head: nn.Module) -> None:
        super().__init__()
        self.register_buffer("boxes", torch.tensor([[0.0, 1, 1, 4, 4]]).repeat(5, 1))
        self.head = nn.Sequential(*head)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(ops.roi_align(x, self.boxes, (7, 5), 1.0, 2))


def regions() -> Iterator[Case]:
    cut = "{name: boxes, regions: [input], count: 5}, {size: 7x5, roi_align: [boxes, input]}"
    yield Case("roi_align", "module", cut, Regions, opset=None)
    yield Case("roi_align", "module",
               f"{cut}, [conv, {{k: 3x3, out: 6, bias: true}}], [batch_norm], [fc, {{out: 9}}]",
               lambda: Regions(nn.Conv2d(8, 6, 3, padding=1), nn.BatchNorm2d(6), nn.Flatten(),
                               nn.Linear(7 * 5 * 6, 9)), opset=None)
    yield Case("roi_align", "module",
               f"{cut}, [tconv, {{k: 2x2, s: 2, out: 6, pad: valid, bias: true}}],"
               " [avgpool, {k: 2x2, s: 2}], [upsample, {mode: bilinear}], [gpool]",
               lambda: Regions(nn.ConvTranspose2d(8, 6, 2, 2), nn.AvgPool2d(2),
                               nn.Upsample(scale_factor=2, mode="bilinear"),
                               nn.AdaptiveAvgPool2d(1)), opset=None)
    # which boxes are chosen is a question of the image: here the first ones
    yield Case("regions", "module", "{regions: [input], count: 5}",
               lambda: lambda x: torch.flatten(x, 1)[:, :20].reshape(5, 4, 1, 1), opset=None)
    three = "[to_maps, {count: 3}]"
    yield Case("to_maps", "module", three, lambda: lambda x: x.reshape(3, 8, 2, 10))
    yield Case("to_rows", "module", f"{three}, [to_rows]",
               lambda: lambda x: x.reshape(3, 8, 2, 10).reshape(1, 8, 6, 10))
    offsets, mask = (6, 10, 18), (6, 10, 9)
    row = "k: 3x3, out: 12, bias: true"
    for rows, inputs in ((f"{{deform_conv: [a, b], {row}}}", (MAP, offsets)),
                         (f"{{deform_conv: [a, b, c], {row}}}", (MAP, offsets, mask))):
        yield Case("deform_conv", "module", rows,
                   lambda: ops.DeformConv2d(8, 12, 3, padding=1), inputs)
        yield Case("deform_conv", "custom", rows,
                   lambda: own(ops.DeformConv2d)(8, 12, 3, padding=1), inputs)
    yield Case("deform_conv", "module", "{deform_conv: [a, b], k: 3x3, out: 12, g: 2}",
               lambda: ops.DeformConv2d(8, 12, 3, padding=1, groups=2, bias=False), (MAP, offsets))


def places() -> Iterator[Case]:
    for mode in ("bilinear", "nearest"):
        yield Case("grid_sample", "module", f"{{grid_sample: [a, b], mode: {mode}}}",
                   lambda mode=mode: lambda x, places: F.grid_sample(
                       x, places.permute(0, 2, 3, 1), mode=mode, align_corners=False),
                   (MAP, (4, 5, 2)))
    row = "k: 3x3, out: 12"
    yield Case("dynamic_conv", "module", f"{{dynamic_conv: [a, b], {row}, s: 2, pad: 1}}",
               lambda: lambda x, w: F.conv2d(x, w.reshape(12, 8, 3, 3), stride=2, padding=1),
               (MAP, (1, 1, 864)))
    yield Case("dynamic_conv", "module", f"{{dynamic_conv: [a, b, c], {row}, g: 4}}",
               lambda: lambda x, w, b: F.conv2d(x, w.reshape(12, 2, 3, 3), b.flatten(), padding=1,
                                                groups=4),
               (MAP, (1, 1, 216), (1, 1, 12)))
    yield Case("topk", "module", "[topk, {count: 7}]",
               lambda: lambda x: torch.flatten(x, 2).topk(7, dim=2)[0])
    yield Case("topk", "module", "[topk, {count: 3, axis: c}]",
               lambda: lambda x: x.topk(3, dim=1)[0])
    yield Case("gather", "module", "{gather: [a, b]}",
               lambda: lambda x, at: torch.flatten(x, 2)[:, :, at.flatten().bool().long()],
               (MAP, (7, 1, 1)))
    yield Case("gather", "module", "{gather: [a, b]}",
               lambda: lambda x, at: torch.flatten(x, 2).gather(
                   2, torch.flatten(at, 2).bool().long()),
               (MAP, (7, 1, 8)))


def recurrent() -> Iterator[Case]:
    sequence = (9, 1, 8)
    for name, layer in (("lstm", nn.LSTM), ("gru", nn.GRU), ("rnn", nn.RNN)):
        for way in ("", ", bidirectional: true"):
            for biases in (2, 0):
                yield Case(name, "module", f"[{name}, {{hidden: 12, biases: {biases}{way}}}]",
                           lambda layer=layer, way=way, biases=biases: Steps(
                               layer(8, 12, bias=bool(biases), bidirectional=bool(way),
                                     batch_first=True)), (sequence,))
        yield Case(name, "module", f"[{name}, {{n: 2, hidden: 5, biases: 2}}]",
                   lambda layer=layer: Steps(layer(8, 5, num_layers=2, batch_first=True)),
                   (sequence,))
    for way in ("", ", bidirectional: true"):
        yield Case("lstm", "module", f"[lstm, {{hidden: 12, projection: 5, biases: 2{way}}}]",
                   lambda way=way: Steps(nn.LSTM(8, 12, proj_size=5, bidirectional=bool(way),
                                                 batch_first=True)), (sequence,))


CASES = (
    convolutions, what_vectors_start_as, normalisations, activations, windows, sizes, joins, views,
    attention, shared, arithmetic, regions, places, recurrent,
)  # fmt: skip
