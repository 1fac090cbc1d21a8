"""Tensors that meet element by element: all lie as the largest one does."""

from __future__ import annotations

import math
from typing import Any

from costcalc.errors import SpecError
from costcalc.importers.layout import Atom, Atoms, Cut, Data, Sides, example, holds, like, reshape
from costcalc.importers.records import Node
from costcalc.importers.sizes import Size, product, value
from costcalc.importers.translate import Translator


def joined(t: Translator, node: Node, op: str, tensors: list[Data]) -> None:
    """A row in which tensors meet element by element, all lying as the largest one does."""
    tensors = as_fixed(t, node, tensors)
    longest = max((one.axes for one in tensors), key=len)
    largest = max(tensors, key=lambda one: (_size(one), len(one.axes)))
    data = _spread(tensors, largest)
    if data is not largest:  # each is repeated along an axis of another one
        data = _uniform(t, node, data, tensors)
        row = t.emit(node, op, [aligned(t, node, one, data) for one in tensors])
        t.spell(row, node, "out")
        t.give(node, like(row.name, data))
        return
    for other in tensors:
        if other is not largest:
            data = _apart(t, node, data, _meeting(t, node, other, data)[1])
    tensors = [data if one is largest else aligned(t, node, one, data) for one in tensors]
    row = t.spell(t.emit(node, op, tensors), node, "out")
    before = longest[: len(longest) - len(data.axes)]  # which are all of one: data is the largest
    t.give(node, like(row.name, data.with_axes((*before, *data.axes))))


def _spread(tensors: list[Data], largest: Data) -> Data:
    """A tensor with the axes of all, each from the one that is longest there."""
    rank = max(len(one.axes) for one in tensors)
    axes: list[Atoms] = []
    sides = list(largest.sides)
    for place in range(-rank, 0):
        here = [one for one in tensors if len(one.axes) >= -place]
        longest = max(here, key=lambda one: (value(one.sizes[place]), one is largest))
        axes.append(longest.axes[place])
        if longest is not largest and value(longest.sizes[place]) > 1:
            for number, side in enumerate(longest.sides):
                sides[number] += tuple(a for a in side if holds(axes[-1], (a,)))
    whole = Data("", tuple(axes), Sides(*sides))
    return whole if _size(whole) > _size(largest) else largest


def _uniform(t: Translator, node: Node, data: Data, tensors: list[Data]) -> Data:
    """The tensor with sides that each of these has whole or not at all, as a join repeats them."""
    matched = [_meeting(t, node, one, data)[1] for one in tensors]
    every = [atom for side in data.sides for atom in side]
    groups: dict[tuple[bool, ...], list[Atom]] = {}
    for atom in every:
        key = tuple(value(product(a.size for a in one.get(id(atom), ()))) != 1 for one in matched)
        groups.setdefault(key, []).append(atom)
    whole = all(
        sum(not set(map(id, of)).isdisjoint(map(id, side)) for of in groups.values()) <= 1
        for side in data.sides
    )
    if whole or len(groups) > len(data.sides):
        return data
    channels = max(groups.values(), key=lambda of: sum(holds(data.sides.c, (a,)) for a in of))
    h, w = ([tuple(of) for of in groups.values() if of is not channels] + [(), ()])[:2]
    return Data(data.row, data.axes, Sides(h, w, tuple(channels)))


def _apart(t: Translator, node: Node, data: Data, matched: dict[int, Atoms]) -> Data:
    """The tensor with no side of its map of which the other one has but a part: what that has
    are its channels then."""
    has = {key for key, atoms in matched.items() if any(value(one.size) != 1 for one in atoms)}
    if not any(0 < sum(id(atom) in has for atom in side) < len(side) for side in data.sides):
        return data
    every = [atom for side in data.sides for atom in side]
    inside = tuple(atom for atom in every if id(atom) in has)
    return t.rearranged(
        node, data, Sides(tuple(one for one in every if id(one) not in has), (), inside)
    )


def as_fixed(
    t: Translator, node: Node, tensors: list[Data], along: int | None = None
) -> list[Data]:
    """Tensors that meet: where the file fixes a size of one of them, it fixes that of all.

    They need not be alike `along` an axis that they are joined on.
    """
    alike = ([*one.sizes] for one in tensors)
    if along is not None:
        alike = ([*one[:along], *one[along + 1 :]] for one in alike)
    for sizes in zip(*map(reversed, alike), strict=False):
        numbers = {size for size in sizes if isinstance(size, int) and size != 1}
        if any(isinstance(size, Size) and size.value in numbers for size in sizes):
            return [t.fixed(node, one) for one in tensors]
    return tensors


def _size(data: Data) -> int:
    return int(math.prod(map(value, data.sizes)))


def aligned(t: Translator, node: Node, other: Data, data: Data) -> Data:
    """A tensor whose map has the sides of another one, with which it meets element by element."""
    fine, matched = _meeting(t, node, other, data)
    sides = Sides(*(
        tuple(own for atom in side for own in matched.get(id(atom), ())) for side in data.sides
    ))  # fmt: skip
    placed = {id(atom) for side in sides for atom in side}
    rest = tuple(a for side in fine.sides for a in side if id(a) not in placed)
    if any(value(atom.size) != 1 for atom in rest):
        raise _unlike(t, node, data, other)
    return t.rearranged(node, fine, sides)


def _unlike(t: Translator, node: Node, *tensors: Data) -> SpecError:
    sizes = ("x".join(str(value(size)) for size in one.sizes) for one in tensors)
    return t.error(node, f"its tensors do not lie alike: {' and '.join(sizes)}")


def _meeting(t: Translator, node: Node, other: Data, data: Data) -> tuple[Data, dict[int, Atoms]]:
    """A tensor with an axis for each atom of another one, and which of its atoms each is."""
    lead = len(data.axes) - len(other.axes)
    matched: dict[int, Atoms] = {}
    targets: list[Any] = []
    for i, axis in enumerate(data.axes):
        mine = other.axes[i - lead] if i >= lead else ()
        targets.append((axis, math.prod(value(atom.size) for atom in mine)))
    sizes: list[Any] = []
    owners: list[Atom | None] = []
    for axis, length in targets:
        atoms = example(axis)
        whole = math.prod(value(atom.size) for atom in axis)
        if length == whole:
            batch = tuple(atom for atom in axis if atom.batch)
            for atom in (*batch, *atoms):
                sizes.append(atom.size)
                owners.append(None if atom.batch else atom)
        else:
            sizes.append(length)
            owners.append(None)
    try:
        fine = reshape(other, sizes).data
    except Cut:
        raise _unlike(t, node, data, other) from None
    for owner, axis in zip(owners, fine.axes, strict=True):
        if owner is not None:
            matched[id(owner)] = example(axis)
    return fine, matched
