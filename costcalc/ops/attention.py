"""Operators on tokens: matrix products, attention, and what is trained beside the layers.

A sequence of n tokens is a map of n x 1 positions, and a linear layer on each token is a 1x1
convolution (`form: linear`, for tools to which that is not the same).
"""

from __future__ import annotations

from costcalc.numbers.conditions import (
    ShapeError,
    require_at_least,
    require_divides,
    require_everywhere,
    require_positive,
    show,
)
from costcalc.numbers.dimensions import Dim, Kernel, Shape, smaller
from costcalc.numbers.symbol import let, value_of
from costcalc.ops.operator import Facts, Result, op
from costcalc.ops.window import Stride, positive_along_axes


def _require_equal(a: Dim, b: Dim, message: str) -> None:
    if not require_everywhere(value_of(a) == value_of(b)):
        raise ShapeError(message)


@op("Matrix Product")
def matmul(a: Shape, b: Shape, *, heads: Dim = 1, transpose: bool = False) -> Result:
    """The product of two tensors: positions x channels of a by those of b.

    With `transpose` the channels of both are contracted, as of queries and keys. With `heads` the
    channels fall into so many groups, each multiplied by its own.
    """
    require_divides("heads", heads, "channels", a.c)
    require_divides("heads", heads, "channels", b.c)
    inner, rows = let("inner", a.c // heads), b.h * b.w
    other = b.c // heads if transpose else rows
    _require_equal(inner, other, f"{show(inner)} columns meet {show(other)} rows: {a} by {b}")
    y = Shape(a.h, a.w, heads * rows if transpose else b.c)
    products = let("products", inner * y.size)
    return y, Facts(products=products, mult_adds=products, reads=a.size + b.size, writes=y.size)


@op("Attention")
def attention(
    q: Shape,
    k: Shape,
    v: Shape,
    bias: Shape | None = None,
    *,
    heads: Dim = 1,
    kv_heads: Dim | None = None,
    window: Stride | None = None,
    table: Dim = 0,
) -> Result:
    """Scaled dot-product attention of queries, keys and values: softmax(q k / sqrt(d)) v.

    Vaswani et al. 2017, arXiv:1706.03762, equation 1. Projections are layers of their own, so
    that these multiply-adds are all `products`: n_q n_k for every channel of q and of the output.
    `kv_heads` heads of keys and values serve several of queries each (arXiv:2305.13245). In a
    `window` every position attends to those of its own (Swin, arXiv:2103.14030). A `table` of so
    many trained numbers goes with the scores: biases of relative positions that are added, or a
    temperature for each head (XCiT, arXiv:2106.09681). A fourth tensor, however it is laid out,
    holds biases that are computed (Swin v2, arXiv:2111.09883), or a mask. The scores of all heads,
    n_q n_k each, are written and read once, and in memory while it runs, unless the run says
    `flash`.
    """
    require_at_least(0, "table", "the size of the table", table)
    own = heads if kv_heads is None else kv_heads
    require_divides("heads", heads, "channels of the queries", q.c)
    require_divides("kv_heads", own, "heads", heads)
    require_divides("kv_heads", own, "channels of the values", v.c)
    _require_equal(
        q.c * own,
        k.c * heads,
        f"queries of {q.c} channels in {show(heads)} heads do not meet keys"
        f" of {k.c} in {show(own)}",
    )
    _require_equal(k.h * k.w, v.h * v.w, f"keys {k} and values {v} differ in positions")
    seen = k.h * k.w
    if window is not None:
        h, w = positive_along_axes("window", "the window", window)
        require_divides("window", h, "rows", q.h)
        require_divides("window", w, "columns", q.w)
        _require_equal(q.h * q.w, seen, f"in windows queries {q} and keys {k} have equal positions")
        seen = h * w
    y = Shape(q.h, q.w, v.c // own * heads)
    pairs = let("pairs", q.h * q.w * seen)
    scores = let("scores", heads * pairs)
    products = let("products", pairs * q.c + pairs * y.c)
    adds = scores if bias is None else 2 * scores
    if not (isinstance(table, int) and table == 0):
        adds = adds + scores * smaller(1, table)
    return y, Facts(
        weights=table,
        products=products,
        mult_adds=products,
        reads=q.size + k.size + v.size + (0 if bias is None else bias.size) + scores + table,
        writes=y.size + scores,
        scratch=scores,
        elementwise={"mul": scores, "exp": scores, "add": adds, "div": scores},
    )


@op("To Tokens", moves=True)
def to_tokens(x: Shape) -> Result:
    """The positions of a map one after another, h * w tokens: a view, no cost."""
    return Shape(x.h * x.w, 1, x.c), Facts()


@op("To Map {size}", moves=True)
def to_map(x: Shape, *, size: Kernel, out: Dim | None = None) -> Result:
    """Tokens, or a map, as a map of another height and width: a view, no cost.

    It has as many channels, or `out` where elements of them become positions or the other way.
    """
    channels = x.c if out is None else out
    _require_equal(
        x.size,
        size.h * size.w * channels,
        f"{show(x.h * x.w)} positions are no map of {size}"
        if out is None
        else f"{x} elements are no map of {size}x{show(channels)}",
    )
    return Shape(size.h, size.w, channels), Facts()


@op("Reorder", moves=True)
def reorder(x: Shape) -> Result:
    """The same elements in another order, such as Swin's cyclic shift (arXiv:2103.14030)."""
    return x, Facts(reads=x.size, writes=x.size)


@op("Transpose", moves=True)
def transpose(x: Shape) -> Result:
    """Channels become positions, and positions channels: h * w * c to c * 1 * (h * w).

    A linear layer then mixes positions (MLP-Mixer, arXiv:2105.01601), and attention in a `window`
    of one head's channels is that of channels (XCiT, arXiv:2106.09681).
    """
    return Shape(x.c, 1, x.h * x.w), Facts(reads=x.size, writes=x.size)


@op("Class Token")
def class_token(x: Shape, *, count: Dim = 1) -> Result:
    """Trained tokens before the others: the class token of ViT (arXiv:2010.11929), DeiT's two."""
    require_positive("count", "the number of tokens", count)
    _require_equal(x.w, 1, f"tokens are n x 1, not {x}: write to_tokens before")
    weights = let("weights", count * x.c)
    y = Shape(x.h + count, x.w, x.c)
    return y, Facts(weights=weights, reads=x.size + weights, writes=y.size)


@op("Position Embedding")
def position_embedding(x: Shape, *, table: Dim | None = None) -> Result:
    """A trained number added to every element (ViT, arXiv:2010.11929, equation 1).

    Those of a `table` of so many may be looked up: one for more positions than there are, or for
    those relative to another one. All of it is stored, and what is added is read.
    """
    if table is not None:
        require_positive("table", "the size of the table", table)
    weights = let("weights", x.size if table is None else table)
    return x, Facts(weights=weights, reads=2 * x.size, writes=x.size, elementwise={"add": x.size})


@op("Parameter", together=True, source=True)
def parameter(x: Shape, *, size: Kernel, out: Dim) -> Result:
    """A trained tensor, the same whatever the input: the queries of DETR (arXiv:2005.12872), a
    weight of EfficientDet's pyramid (1x1 of 1 channel, arXiv:1911.09070).

    It is read from the parameters and written, once for every example.
    """
    positive_along_axes("size", "the size", size)
    require_positive("out", "the number of channels", out)
    weights = let("weights", size.h * size.w * out)
    return Shape(size.h, size.w, out), Facts(weights=weights, reads=weights, writes=weights)
