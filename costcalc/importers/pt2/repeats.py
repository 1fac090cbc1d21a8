"""PyTorch's tensors of which elements are repeated, or made by a rule, in the words of ONNX."""

from __future__ import annotations

import math
from typing import Any

from costcalc.importers.composer import Composer
from costcalc.importers.pt2.call import Call


def expand(call: Call, to: Composer) -> None:
    """Axes of one element repeated; -1 is as it was."""
    sizes, old = call.option("size", []), call.sizes()
    if len(sizes) == len(old) and all(a in (-1, b) for a, b in zip(sizes, old, strict=True)):
        to.emit("Identity", call.tensor(), out=call.out)
        return
    sizes = [1 if size == -1 else size for size in sizes]
    to.emit("Expand", call.tensor(), call.vector(sizes, to), out=call.out)


def expand_as(call: Call, to: Composer) -> None:
    """Axes of one element repeated to another tensor's sizes."""
    sizes = to.emit("Shape", call.tensor("other"))
    to.emit("Expand", call.tensor(), sizes, out=call.out)


def repeat(call: Call, to: Composer) -> None:
    """Axes repeated as a whole, with new ones before them where more are said."""
    repeats, data = call.option("repeats", call.option("dims", [])), call.tensor()
    more = len(repeats) - call.rank()
    repeats = [1] * -more + repeats
    if more > 0:
        data = to.emit("Unsqueeze", data, to.integers(range(more)))
    to.emit("Tile", data, call.vector(repeats, to), out=call.out)


def repeat_each(call: Call, to: Composer) -> None:
    """Every element along an axis so many times, one after another."""
    if not isinstance(call.option("repeats"), int) or call.option("dim") is None:
        raise call.error("repeats elements as a tensor says, or all as one row")
    axis, times, sizes = call.axis("dim"), call.number("repeats", 1), call.sizes()
    if not all(isinstance(size, int) for size in sizes):
        raise call.error("repeats a tensor of open sizes")
    apart = to.emit("Unsqueeze", call.tensor(), to.integers((axis + 1,)))
    shape = [int(size) * (times if place == axis else 1) for place, size in enumerate(sizes)]
    spread = [1] * (len(sizes) + 1)
    spread[axis + 1] = times
    grown = to.emit("Tile", apart, to.integers(spread))
    to.emit("Reshape", grown, to.integers(shape), out=call.out)


def meshgrid(call: Call, to: Composer) -> None:
    """Vectors repeated along one another's axes, an output each."""
    names = call.listed("tensors")
    lengths = [math.prod(map(int, call.metas[name].sizes)) for name in names]
    order = list(range(len(names)))
    if call.option("indexing") == "xy":
        order[:2] = order[1::-1]
    sizes = to.integers(lengths[place] for place in order)
    for place, (name, out) in enumerate(zip(names, call.outputs, strict=True)):
        shape = [lengths[place] if one == place else 1 for one in order]
        to.emit("Expand", to.emit("Reshape", name, to.integers(shape)), sizes, out=out)


def filled(call: Call, to: Composer) -> None:
    """A tensor of given sizes, or of another one's, whose elements are all the same."""
    if call.word.endswith("_like"):
        sizes = to.emit("Shape", call.tensor())
    else:
        sizes = call.vector(call.option("size", []), to)
    value: Any = call.option("fill_value", float("ones" in call.word))
    to.emit("Expand", to.number(float(value)), sizes, out=call.out)


def eye(call: Call, to: Composer) -> None:
    """A matrix with ones where row and column are the same."""
    n = call.number("n", 1)
    to.emit("Expand", to.number(1.0), to.integers((n, call.number("m", n))), out=call.out)


def linspace(call: Call, to: Composer) -> None:
    """Numbers at equal distances; which they are nobody needs."""
    to.emit("Expand", to.number(0.5), call.vector([call.option("steps")], to), out=call.out)


def arange(call: Call, to: Composer) -> None:
    """Whole numbers in a row."""
    bounds = [
        call.operand(name, to) if name in call.arguments else to.integer(default)
        for name, default in (("start", 0), ("end", 0), ("step", 1))
    ]
    to.emit("Range", *bounds, out=call.out)
