"""Operators that make a map larger or smaller without weights."""

from __future__ import annotations

import math
from typing import Any

from costcalc.importers.layout import (
    Data,
    Sides,
    atoms_of,
    equal,
    example,
    holds,
    whole_axes,
)
from costcalc.importers.learned import is_trained, may_be_place
from costcalc.importers.operators.elementwise import alias
from costcalc.importers.operators.registry import handles
from costcalc.importers.operators.windows import along, as_image, imaged
from costcalc.importers.ratios import Ratio, ratio
from costcalc.importers.records import Node
from costcalc.importers.sizes import same, value
from costcalc.importers.translate import Translator
from costcalc.numbers.dimensions import Kernel
from costcalc.ops.window import Sides as Zeros


@handles("Pad")
def pad(t: Translator, node: Node) -> None:
    """Zeros around a map or behind its channels; a negative padding crops."""
    data = t.data(node)
    pads = t.listed(node, "pads", 1) or t.listed(node, "paddings", 1) or ()
    rank = len(data.axes)
    axes = [axis % rank for axis in (t.listed(node, "axes", 3) or range(len(pads) // 2))]
    around = {axis: (pads[i], pads[i + len(axes)]) for i, axis in enumerate(axes)}
    around = {axis: both for axis, both in around.items() if any(both)}
    if not around:
        alias(t, node)
        return
    channels = next(iter(around))
    last = node.attributes.get("channels_last")
    as_channels = data.sides.c and equal(data.axis(channels), data.sides.c)
    as_side = any(side and equal(data.axis(channels), side) for side in data.sides[:2])
    stands_there = not as_side and channels == (rank - 1 if last else 1)
    if len(around) == 1 and (as_channels or stands_there):
        data = t.channels(node, data, data.axis(channels))
        row = t.emit(node, "zero_channels", [data], out=data.shape.c + sum(around[channels]))
        new = atoms_of(row.shape.c)
        made = (*data.axes[:channels], new, *data.axes[channels + 1 :])
        t.give(node, Data(row.name, made, Sides(data.sides.h, data.sides.w, new)))
        return
    whole = whole_axes(data)
    if whole is not None and not all(
        any(equal(data.axis(axis), side) for side in data.sides[:2]) for axis in around
    ):
        data = t.rearranged(node, data, whole)
    places: dict[int, tuple[int, int]] = {}
    for axis, both in around.items():
        if equal(data.axis(axis), data.sides.w) and data.axis(axis):
            places[1] = both
        elif equal(data.axis(axis), data.sides.h):
            places[0] = both
        elif len(around) == 1 and data.axis(axis):
            data = _in_front(t, node, data, axis)
            places[0] = both
        else:
            raise t.error(node, "it pads an axis that is neither channels nor positions")
    (top, bottom), (left, right) = places.get(0, (0, 0)), places.get(1, (0, 0))
    if min(top, bottom, left, right) < 0:
        shape = data.shape
        size = Kernel(shape.h + top + bottom, shape.w + left + right)
        row = t.emit(node, "crop", [data], size=size)
    else:
        row = t.emit(node, "zero_pad", [data], pad=Zeros(top, left, bottom, right))
    sides = Sides(
        atoms_of(row.shape.h) if 0 in places else data.sides.h,
        atoms_of(row.shape.w) if 1 in places else data.sides.w,
        data.sides.c,
    )
    new_axes = [
        sides.w if axis in around and equal(data.axis(axis), data.sides.w) and data.axis(axis)
        else sides.h if axis in around else atoms
        for axis, atoms in enumerate(data.axes)
    ]  # fmt: skip
    t.give(node, Data(row.name, tuple(new_axes), sides))


def _in_front(t: Translator, node: Node, data: Data, axis: int) -> Data:
    """The tensor with an axis as the rows of its map."""
    atoms = data.axis(axis)
    channels = tuple(one for one in data.sides.c if not holds(atoms, (one,)))
    others = tuple(
        one for other in data.axes for one in example(other)
        if not holds(atoms, (one,)) and not holds(channels, (one,))
    )  # fmt: skip
    return t.rearranged(node, data, Sides(atoms, others, channels))


@handles("DepthToSpace", "SpaceToDepth")
def depth_to_space(t: Translator, node: Node) -> None:
    """Channels as squares of positions, or the other way."""
    data, channels = as_image(t, node, t.data(node))
    op = "depth_to_space" if node.kind == "DepthToSpace" else "space_to_depth"
    row = t.emit(node, op, [data], by=node.attributes.get("blocksize", 1))
    t.give(node, imaged(t, row, data, channels))


def is_table(t: Translator, node: Node) -> bool:
    """Whether a node on constants interpolates a trained table, as of positions: all of it."""
    constant = t.constant(node, 0) if node.kind == "Resize" else None
    if constant is None or len(constant.shape) != 4 or constant.shape[0] != 1:
        return False
    stored = t.stored.get(constant.owner)
    whole = stored is not None and math.prod(stored.shape) == math.prod(constant.shape)
    return whole and is_trained(t, constant) and not may_be_place(t, constant, constant.shape[1])


@handles("Resize", "Upsample")
def resize(t: Translator, node: Node) -> None:
    """A map enlarged or reduced by interpolation.

    Where a file says all sizes, a number there is what was computed from the input's size.
    """
    data, channels = as_image(t, node, t.data(node))
    space = [i for i in range(1, len(data.axes)) if i != channels]
    method = node.attributes.get("mode", "nearest")
    mode = "nearest" if method == "nearest" else "bilinear"
    old = [data.sizes[i] for i in space]
    new = [_resized(t, node, i, data.sizes[i], len(data.axes)) for i in space]
    if t.says_all_sizes and any(isinstance(size, int) for size in new):
        data = t.fixed(node, data)
        old = [data.sizes[i] for i in space]
    by = [_times(a, b) for a, b in zip(old, new, strict=True)]
    if len(space) == 1:
        old, new, by = [*old, 1], [*new, 1], [*by, 1]
    if all(by):
        row = t.emit(node, "upsample", [data], by=along(by), mode=mode)
    else:
        row = t.emit(node, "resize", [data], size=Kernel(*new), mode=mode)
    t.spell(row, Node(f"Resize {method}", ""), "out")
    t.give(node, imaged(t, row, data, channels))


def _times(old: Any, new: Any) -> int:
    """How many times as large, 0 where that is not whole under all settings."""
    times = value(new) // max(1, value(old))
    return times if times and same(old * times, new) else 0


def _resized(t: Translator, node: Node, axis: int, size: Any, rank: int) -> Any:
    """How large an axis becomes: as its size, or its scale, says."""
    sizes = t.listed(node, "sizes", 3) if t.has(node, 3) else None
    if sizes:
        place = _place(node, axis, rank, len(sizes))
        return size if place is None else sizes[place]
    scales = node.attributes.get("scales")
    if scales is None:
        constant = t.constant(node, 2 if node.kind == "Resize" and t.file.opset > 10 else 1)
        scales = constant.values if constant is not None else None
    if not scales:
        raise t.error(node, "how large it becomes depends on the input's values")
    place = _place(node, axis, rank, len(scales))
    if place is None:
        return size
    grown = ratio(scales[place]) * size
    return math.floor(grown) if isinstance(grown, Ratio) else grown


def _place(node: Node, axis: int, rank: int, count: int) -> int | None:
    """Where in a list of sizes or scales an axis has its own, of the axes that are said, or of the
    last ones; None where it stays as it is."""
    said = node.attributes.get("axes") or range(rank - count, rank)
    places = [one % rank for one in said]
    return places.index(axis) if axis in places else None
