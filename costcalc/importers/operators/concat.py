"""Tensors one after another along an axis."""

from __future__ import annotations

import math

from costcalc.importers.features import feature
from costcalc.importers.layout import (
    Atom,
    Atoms,
    Data,
    Sides,
    atoms_of,
    equal,
    example,
    holds,
    run,
)
from costcalc.importers.operators.elementwise import alias
from costcalc.importers.operators.meeting import aligned, as_fixed
from costcalc.importers.operators.registry import handles
from costcalc.importers.records import Constant, Node
from costcalc.importers.sizes import same, value
from costcalc.importers.translate import Translator


@handles("Concat")
def concat(t: Translator, node: Node) -> None:
    """Tensors one after another along an axis; constants beside tokens are class tokens, others
    are read as an input is."""
    constants = t.known(node)
    tensors = {place: t.data(node, place) for place, one in enumerate(constants) if one is None}
    if len(node.inputs) == 1:
        alias(t, node)
        return
    rank = len(next(iter(tensors.values())).axes)
    axis = node.attributes.get("axis", 0) % rank
    tokens: list[Constant] = []
    parts: list[Data] = []
    longest = _longest([*tensors.values()], axis)
    for place, constant in enumerate(constants):
        if constant is None:
            parts.append(tensors[place])
        elif not math.prod(constant.shape):
            continue  # nothing, as an empty cache is
        elif _is_tokens(longest, axis, constant):
            tokens.append(constant)
        else:
            parts.append(feature(t, node, place, channels=axis - rank))
    data = parts[0] if len(parts) == 1 else chained(t, node, parts, axis)
    t.give(node, _class_tokens(t, node, data, axis, tokens))


def _longest(tensors: list[Data], axis: int) -> Data:
    return max(tensors, key=lambda one: value(one.sizes[axis]))


def _is_tokens(data: Data, axis: int, constant: Constant) -> bool:
    """Whether a constant stands beside tokens: all positions are one axis, and it is as long along
    the others as it has to be."""
    atoms, rank = data.axis(axis), len(data.axes)
    alike = len(constant.shape) == rank and all(
        size == data.sizes[place] or not data.axis(place)
        for place, size in enumerate(constant.shape)
        if place != axis
    )
    return bool(atoms) and alike and equal(atoms, data.sides.h + data.sides.w)


def chained(t: Translator, node: Node, tensors: list[Data], axis: int) -> Data:
    """Tensors one after another, which lie as the longest of them does."""
    tensors = as_fixed(t, node, tensors, along=axis)
    data = _longest(tensors, axis)
    first = next(place for place, one in enumerate(tensors) if one is data)
    side, begin = _place(data, axis)
    whole = data if begin is not None else _whole_side(t, node, data, axis, side)
    begin, end = (
        (0, len(whole.sides[side])) if begin is None else (begin, begin + len(data.axis(axis)))
    )
    parts = [
        whole if place == first else _beside(t, node, one, whole, axis, side, begin, end)
        for place, one in enumerate(tensors)
    ]
    rolled = _rolled(t, parts, side)
    if rolled is not None:
        row = t.emit(node, "reorder", [rolled])
    else:
        row = t.emit(node, "concat", parts, axis="hwc"[side])
    new = atoms_of(sum(one.sizes[axis] for one in tensors))
    axes = tuple(new if i == axis else atoms for i, atoms in enumerate(whole.axes))
    return Data(row.name, axes, _exchanged(whole.sides, side, begin, end, new))


def _exchanged(sides: Sides, side: int, begin: int, end: int, new: Atoms) -> Sides:
    """The sides of a map of which a stretch is other atoms."""
    atoms = sides[side]
    return Sides(
        *(atoms[:begin] + new + atoms[end:] if i == side else one for i, one in enumerate(sides))
    )


def _rolled(t: Translator, parts: list[Data], side: int) -> Data | None:
    """The map that these are all parts of, in another order: a roll; None where they are not."""
    rows = [t.rows.get(data.row) for data in parts]
    source = rows[0].inputs[0] if rows[0] is not None else ""
    if any(row is None or row.op != "crop" or row.inputs != [source] for row in rows):
        return None
    shape = t.shape_of(source)
    sizes = [*shape]
    sizes[side] = sum(data.shape[side] for data in parts)
    if not all(same(a, b) for a, b in zip(sizes, shape, strict=True)):
        return None
    return Data(source, (), Sides(*map(atoms_of, shape)))


def _place(data: Data, axis: int) -> tuple[int, int | None]:
    """Along which side of the map an axis is joined, and where its atoms begin there, if they
    stand together."""
    atoms = data.axis(axis)
    before = data.axis(axis - 1) if axis else ()
    for side in (2, 1, 0):
        have = data.sides[side]
        if atoms and holds(have, atoms):
            return side, run(have, atoms)
        if not atoms and side == 2 and axis == len(data.axes) - 1 and before:
            begin = run(have, before)
            if begin is not None and len(have) > len(before):
                return side, begin + len(before)
    if atoms:
        return 0, None
    last = axis == len(data.axes) - 1 or not data.sides.c
    return (2 if last else (0 if not data.sides.h else 1 if not data.sides.w else 2)), None


def _whole_side(t: Translator, node: Node, data: Data, axis: int, side: int) -> Data:
    """The tensor with an axis as a whole side of its map."""
    atoms = data.axis(axis)
    if equal(data.sides[side], atoms):
        return data
    if side == 2:
        return t.channels(node, data, atoms)
    rest = tuple(a for one in data.axes for a in example(one) if not holds(atoms, (a,)))
    channels = tuple(a for a in data.sides.c if not holds(atoms, (a,)))
    left = tuple(a for a in rest if not holds(channels, (a,)))
    return t.rearranged(node, data, Sides(atoms, left, channels))


def _beside(
    t: Translator, node: Node, other: Data, data: Data, axis: int, side: int, begin: int, end: int
) -> Data:
    """A further part, whose map lies like the first one's but for the length of an axis."""
    fresh = Atom(other.sizes[axis])
    pretend = tuple((fresh,) if i == axis else atoms for i, atoms in enumerate(data.axes))
    if any(atom.batch for atom in data.axes[axis]):
        raise t.error(node, "it joins several examples")
    sides = _exchanged(data.sides, side, begin, end, (fresh,))
    if len(other.axes) != len(data.axes):
        raise t.error(node, "its tensors have different numbers of axes")
    return aligned(t, node, other, Data(data.row, pretend, sides))


def _class_tokens(t: Translator, node: Node, data: Data, axis: int, stored: list[Constant]) -> Data:
    """Trained tokens beside the others."""
    if stored:
        data = t.rearranged(node, data, Sides(data.axis(axis), (), data.sides.c))
    for constant in stored:
        row = t.emit(
            node, "class_token", [data], [("weights", constant)], count=constant.shape[axis]
        )
        new = atoms_of(row.shape.h)
        axes = tuple(new if i == axis else one for i, one in enumerate(data.axes))
        data = Data(row.name, axes, Sides(new, (), data.sides.c))
    return data
