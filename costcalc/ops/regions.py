"""Operators on places that are computed: regions, samples of a map, elements that are chosen, and
convolutions that reach there, or whose weights are computed.

A tensor may be several maps, as many as there are regions. Every other operator runs on each of
them; these look at all of them `together`.
"""

from __future__ import annotations

from functools import reduce
from operator import add as plus

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
from costcalc.ops.pooling import Axis
from costcalc.ops.sizes import WORK, Mode
from costcalc.ops.weights import conv
from costcalc.ops.window import Pad, Stride

BOX = 4
"""Numbers that a box is: two corners, or a centre and two sides."""
PLACE = 2
"""Numbers that a place on a map is: how far right and how far down it lies."""


@op("Regions", together=True)
def regions(*xs: Shape, count: Dim) -> Result:
    """The `count` boxes that scores and offsets of boxes come to: decoded, sorted, without those
    that overlap (non-maximum suppression).

    Proposals of a network for regions (Faster R-CNN, arXiv:1506.01497, Section 3.3), or the
    detections that Mask R-CNN draws masks of. Each box is a map of one position. What that
    arithmetic is depends on the image: only what is read and written is counted.
    """
    require_positive("count", "the number of regions", count)
    y = Shape(1, 1, BOX, count)
    return y, Facts(reads=reduce(plus, (x.size for x in xs)), writes=y.size)


@op("RoI Align {size}", together=True)
def roi_align(boxes: Shape, *maps: Shape, size: Kernel, samples: Dim = 2) -> Result:
    """A map of that `size` for each box, out of the maps of an image, each box from one of them.

    Every element is the mean of samples x samples points, each weighed from four elements of the
    map (Mask R-CNN, arXiv:1703.06870, Section 3). Boxes are said by `regions`; the maps of a
    pyramid have equally many channels, and each is read once, wherever boxes lie.
    """
    require_positive("samples", "the number of samples", samples)
    if not maps or not require_everywhere(value_of(boxes.h * boxes.w) == 1):
        raise ShapeError(f"boxes come first, each of one position, and then maps: not {boxes}")
    for x in maps[1:]:
        if not require_everywhere(value_of(x.c) == value_of(maps[0].c)):
            raise ShapeError(f"maps of {maps[0].c} and of {x.c} channels cannot be read as one")
    y = Shape(size.h, size.w, maps[0].c, boxes.n)
    points = let("points", samples * samples * y.size)
    work = {kind: count * points for kind, count in WORK["bilinear"].items()}
    return y, Facts(
        reads=reduce(plus, (x.size for x in maps), boxes.size),
        writes=y.size,
        elementwise={**work, "add": work["add"] + points - y.size, "div": y.size},
    )


@op("Grid Sample")
def grid_sample(x: Shape, places: Shape, *, mode: Mode = "bilinear") -> Result:
    """The elements of a map that lie at computed places, two numbers each: one for every place.

    Spatial transformers (arXiv:1506.02025, Section 3.3); in deformable attention
    (arXiv:2010.04159) the places are those that a query looks at. What computes them are rows of
    their own.
    """
    if not require_everywhere(value_of(places.c) == PLACE):
        raise ShapeError(f"places are {PLACE} numbers each, not the channels of {places}")
    y = places._replace(c=x.c)
    work = {kind: count * y.size for kind, count in WORK[mode].items()}
    return y, Facts(reads=x.size + places.size, writes=y.size, elementwise=work)


@op("Top {count}", moves=True)
def topk(x: Shape, *, count: Dim, axis: Axis = "hw") -> Result:
    """The `count` largest elements along an axis, sorted: how many comparisons these take depends
    on the image.

    So two-stage variants of Deformable DETR (arXiv:2010.04159), and RT-DETR, choose where their
    queries start: what lies there is a `gather` of these places.
    """
    require_positive("count", "how many are chosen", count)
    longest = {"h": x.h, "w": x.w, "c": x.c, "hw": x.h * x.w}[axis]
    if not require_everywhere(value_of(count) <= value_of(longest)):
        raise ShapeError(f"the {show(count)} largest of {show(longest)} elements are not there")
    y = {
        "h": x._replace(h=count),
        "w": x._replace(w=count),
        "c": x._replace(c=count),
        "hw": x._replace(h=count, w=1),
    }[axis]
    return y, Facts(reads=x.size, writes=y.size)


@op("Gather", moves=True)
def gather(x: Shape, places: Shape, *, axis: Axis = "hw") -> Result:
    """What lies at computed places along an axis, as at those that `topk` chose: one place for all
    that lies there, or one for each element.
    """
    sizes = zip("hwc", x, places, strict=True)
    if not all(
        name in axis or require_everywhere((value_of(n) == 1) | (value_of(n) == value_of(size)))
        for name, size, n in sizes
    ):
        raise ShapeError(f"places of {places} are not one for all of {x} beside {axis}, or each")
    y = Shape(*(n if name in axis else s for name, s, n in zip("hwc", x, places, strict=True)))
    return y, Facts(reads=y.size + places.size, writes=y.size)


@op("To Rows", together=True, moves=True)
def to_rows(x: Shape) -> Result:
    """Several maps as one, each below the one before it: a view, no cost.

    So what was found in each region, or frame, can be compared, or its mean taken.
    """
    return Shape(x.n * x.h, x.w, x.c), Facts()


@op("To Maps {count}", together=True, moves=True)
def to_maps(x: Shape, *, count: Dim) -> Result:
    """The rows of a map as `count` maps, one below the other: the inverse of `to_rows`.

    What follows runs on each: on the frames of a video, whose input is all of them.
    """
    require_divides("count", count, "rows", x.h)
    return Shape(x.h // count, x.w, x.c, x.n * count), Facts()


@op("Deformable Conv {k}", weighted=True)
def deform_conv(
    x: Shape,
    offsets: Shape,
    mask: Shape | None = None,
    *,
    k: Kernel,
    out: Dim,
    s: Stride = 1,
    g: Dim = 1,
    d: Stride = 1,
    pad: Pad = "same",
    bias: bool = False,
) -> Result:
    """k x k convolution whose window reaches to computed places: a convolution of what lies there.

    `offsets` (arXiv:1703.06211) are two numbers for each element of the window at every position,
    for all channels or for each of several groups of them; a `mask` (arXiv:1811.11168) is one, by
    which it is multiplied. What computes these are rows of their own. Each place is weighed from
    four elements of the map.
    """
    y, facts = conv(x, k=k, out=out, s=s, g=g, d=d, pad=pad, bias=bias)
    places = k.h * k.w
    tensors = [("offsets", offsets, 2 * places), *([("a mask", mask, places)] if mask else [])]
    for what, tensor, each in tensors:
        if not require_everywhere(
            (value_of(tensor.h) == value_of(y.h)) & (value_of(tensor.w) == value_of(y.w))
        ):
            raise ShapeError(f"{what} of {tensor} are not of the output's {y.h}x{y.w} positions")
        if not require_everywhere(value_of(tensor.c) % value_of(each) == 0):
            raise ShapeError(
                f"{what} of {show(tensor.c)} channels are not {show(each)} for a window of {k},"
                " or a multiple of it"
            )
    sampled = let("sampled", places * y.h * y.w * x.c)
    work = {kind: count * sampled for kind, count in WORK["bilinear"].items()}
    return y, facts._replace(
        reads=facts.reads + reduce(plus, (tensor.size for _, tensor, _ in tensors)),
        elementwise={
            "mul": work["mul"] + (sampled if mask else 0),
            "add": work["add"] + facts.elementwise.get("add", 0),
        },
    )


@op("Dynamic Conv {k}")
def dynamic_conv(
    x: Shape,
    weights: Shape,
    biases: Shape | None = None,
    *,
    k: Kernel,
    out: Dim,
    s: Stride = 1,
    g: Dim = 1,
    d: Stride = 1,
    pad: Pad = "same",
) -> Result:
    """k x k convolution whose weights, perhaps its biases too, are computed for each image: as a
    mean of several kernels that it chooses (CondConv, arXiv:1904.04971; dynamic convolution,
    arXiv:1912.03458), or by layers. What computes them are rows of their own.
    """
    y, facts = conv(x, k=k, out=out, s=s, g=g, d=d, pad=pad)
    tensors = [("weights", weights, facts.weights), *([("biases", biases, out)] if biases else [])]
    for what, tensor, count in tensors:
        if not require_everywhere(value_of(tensor.size) == value_of(count)):
            have = show(tensor.size)
            raise ShapeError(f"{what} are {show(count)} numbers, not the {have} of {tensor}")
    return y, Facts(
        mult_adds=facts.mult_adds,
        products=facts.mult_adds,
        reads=reduce(plus, (tensor.size for _, tensor, _ in tensors), x.size),
        writes=y.size,
        elementwise={"add": y.size} if biases else {},
    )
