"""Other axes for the same elements."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from costcalc.importers import constants
from costcalc.importers.layout import (
    Atom,
    Atoms,
    Cut,
    Data,
    Sides,
    atoms_of,
    equal,
    example,
    holds,
)
from costcalc.importers.layout import reshape as regroup
from costcalc.importers.operators.registry import handles
from costcalc.importers.records import Node
from costcalc.importers.scores import Scores
from costcalc.importers.sizes import Size, same, value
from costcalc.importers.translate import Translator
from costcalc.numbers.dimensions import Kernel

SPREADING = ("Add", "Sub", "Mul", "Div")
"""Arithmetic that repeats the smaller of two tensors along the axes of the larger one."""

# Views and moves.


def regrouped(t: Translator, node: Node, targets: Any) -> bool:
    """Whether a node gives scores other axes, as Swin does to add its masks; they stay scores."""
    found = t.tensor(node, 0)
    if not isinstance(found, Scores) or found.name in found.written:
        return False
    before = {id(atom) for axis in found.axes for atom in axis}
    whole = Data("", found.axes, Sides((), (), ()))
    try:
        axes = regroup(whole, constants.resolved(targets, whole.sizes, keep=False)).data.axes
    except Cut:
        return False
    if {id(atom) for axis in axes for atom in axis} != before:
        return False
    t.give(node, found.after(node, axes=axes))
    return True


@handles("Reshape")
def reshape(t: Translator, node: Node) -> None:
    """Other axes for the same elements."""
    targets = t.listed(node, "shape", 1)
    if targets is not None and regrouped(t, node, targets):
        return
    data = t.data(node)
    if targets is None:
        raise t.error(node, "no shape is given")
    try:
        sizes = constants.resolved(targets, data.sizes, bool(node.attributes.get("allowzero")))
    except (IndexError, ZeroDivisionError):
        raise t.error(node, "a shape that does not suit") from None
    t.give(node, t.reshaped(node, data, sizes))


@handles("Flatten")
def flatten(t: Translator, node: Node) -> None:
    """All axes from one on as one."""
    data = t.data(node)
    axis = node.attributes.get("axis", 1) % (len(data.axes) + 1)
    both = [data.axes[:axis], data.axes[axis:]]
    axes = tuple(tuple(atom for one in part for atom in one) for part in both)
    want = Sides((), (), example(axes[1]))
    if not example(axes[0]) and len(example(axes[1])) == sum(map(len, data.sides)):
        data = t.rearranged(node, data, want)
    t.give(node, data.with_axes(axes))


@handles("Transpose")
def transpose(t: Translator, node: Node) -> None:
    """Axes in another order, which moves nothing before somebody needs it."""
    found = t.tensor(node, 0)
    if isinstance(found, Scores):
        own = len(found.axes) == found.rank  # else one of the last two may be no row or column
        ones = _moves_ones(node, found.axes)
        swaps = _swaps(node, len(found.axes)) and (own or not ones)
        if swaps or ones:
            axes = tuple(found.axes[axis] for axis in node.attributes["perm"])
            t.give(node, found.after(node, axes=axes, swapped=found.swapped != swaps))
            return
    data = t.data(node)
    order = node.attributes.get("perm") or tuple(reversed(range(len(data.axes))))
    if sorted(order) != list(range(len(data.axes))):
        listed = ", ".join(map(str, order))
        raise t.error(node, f"[{listed}] is no order of {len(data.axes)} axes")
    t.give(node, data.with_axes(data.axes[axis] for axis in order))


def _swaps(node: Node, rank: int) -> bool:
    """Whether a transpose exchanges the last two axes, and no others."""
    return tuple(node.attributes.get("perm", ())) == (*range(rank - 2), rank - 1, rank - 2)


def _moves_ones(node: Node, axes: Sequence[Atoms]) -> bool:
    """Whether a transpose moves axes of one alone, as those of a spelled-out einsum."""
    order = node.attributes.get("perm", ())
    if sorted(order) != list(range(len(axes))):
        return False
    long = [axis for axis in order if any(value(atom.size) != 1 for atom in axes[axis])]
    return long == sorted(long)


@handles("Squeeze")
def squeeze(t: Translator, node: Node) -> None:
    """Without axes of one."""
    data = t.data(node)
    gone = constants.squeezed(data.sizes, t.listed(node, "axes", 1))
    left = [axis for i, axis in enumerate(data.axes) if i not in gone]
    dropped = tuple(atom for i in gone for atom in data.axes[i])  # the batch may be among them
    if dropped and left:
        left[0] = dropped + left[0]
    t.give(node, data.with_axes(left))


@handles("Unsqueeze")
def unsqueeze(t: Translator, node: Node) -> None:
    """With further axes of one; of a softmax of scores too, as a spelled-out einsum has them."""
    found = t.tensor(node, 0)
    if not (isinstance(found, Scores) and found.softmax and found.name not in found.written):
        found = t.data(node)
    axes = t.listed(node, "axes", 1) or ()
    rank = len(found.axes) + len(axes)
    new = {axis % rank for axis in axes}
    if len(new) != len(axes):
        raise t.error(node, "it names one axis twice")
    rest = iter(found.axes)
    made = tuple(() if i in new else next(rest) for i in range(rank))
    if isinstance(found, Scores):
        t.give(node, found.after(node, axes=made))
    else:
        t.give(node, found.with_axes(made))


@handles("Expand", "Tile")
def expand(t: Translator, node: Node) -> None:
    """A tensor repeated along an axis."""
    found = t.tensor(node, 0)
    if isinstance(found, Scores):
        sizes = _expanded(t, node, found.sizes)
        if len(sizes) == len(found.axes) and all(map(same, sizes, found.sizes)):
            t.give(node, found.after(node))  # to the sizes that they have
            return
    data = t.data(node)
    sizes = _expanded(t, node, data.sizes)
    if node.kind == "Expand" and _says(t, node, data):
        data = t.fixed(node, data)
        sizes = _expanded(t, node, data.sizes)
    axes: list[Atoms] = [()] * (len(sizes) - len(data.axes)) + list(data.axes)
    grown = [
        i for i, (axis, size) in enumerate(zip(axes, sizes, strict=True))
        if value(size) != math.prod(value(a.size) for a in axis)
    ]  # fmt: skip
    if not any(atom.batch for axis in axes for atom in axis):
        for i in [i for i in grown if not axes[i] and sizes[i] == t.batch][:1]:
            axes[i] = (Atom(t.batch, True),)  # what is the same for every example of a batch
            grown.remove(i)
    if not grown:
        t.give(node, data.with_axes(axes))
        return
    space = (data.sides.h, data.sides.w, data.sides.h + data.sides.w)
    others = [i for i in grown if example(axes[i])
              and not any(equal(example(axes[i]), side) for side in space)]  # fmt: skip
    if others:
        data = _repeated(t, node, data.with_axes(axes), others, sizes)
        axes, grown = list(data.axes), [i for i in grown if i not in others]
        if not grown:
            t.give(node, data)
            return
    new = {i: atoms_of(sizes[i]) for i in grown}
    h, w, before = data.sides.h, data.sides.w, tuple(axes)
    for i in grown:
        if data.sides.c and i and axes[i - 1] and not example(axes[i - 1]) and not axes[i]:
            h = new[i] + h  # the whole map so many times
        elif axes[i] and equal(example(axes[i]), w):
            w = new[i]
        elif w and equal(example(axes[i]), h + w):
            h, w = new[i], ()
        elif (axes[i] and equal(example(axes[i]), h)) or not h:
            h = new[i]
        elif not w:
            w = new[i]
        elif i and example(axes[i - 1]) and holds(h, example(axes[i - 1])):
            h = _behind(h, example(axes[i - 1])[-1], new[i])
        elif i and example(axes[i - 1]) and holds(w, example(axes[i - 1])):
            w = _behind(w, example(axes[i - 1])[-1], new[i])
        elif _is_spread_later(t, node, sizes):
            t.give(node, data.with_axes(before))
            return
        else:
            t.give(node, _repeated(t, node, data.with_axes(before), grown, sizes))
            return
        axes[i] = new[i]
    want = Sides(h, w, data.sides.c)
    row = t.emit(node, "resize", [data], size=Kernel(*want.shape[:2]), mode="nearest")
    if not any(before[i] for i in grown):
        copies = tuple(atom for i in grown for atom in new[i])
        t.repeated[row.name] = (data.with_axes(before), copies)
    t.give(node, Data(row.name, tuple(axes), want))


def _says(t: Translator, node: Node, data: Data) -> bool:
    """Whether the sizes asked for are those of axes that depend on settings, as numbers."""
    asked = reversed(t.listed(node, "shape", 1) or ())
    pairs = zip(reversed(data.sizes), asked, strict=False)
    return any(isinstance(a, Size) and isinstance(b, int) and b > 1 for a, b in pairs)


def _repeated(t: Translator, node: Node, data: Data, grown: list[int], sizes: list[Any]) -> Data:
    """A tensor repeated along an axis that is no side of its map, as channels or heads are; its
    map is so many times as high then."""
    for i in grown:
        new = atoms_of(sizes[i] // data.sizes[i])
        flat = t.rearranged(node, data, Sides((), data.sides.h + data.sides.w, data.sides.c))
        size = Kernel(value(sizes[i]) // value(data.sizes[i]), flat.shape.w)
        row = t.emit(node, "resize", [flat], size=size, mode="nearest")
        axes = tuple(new + axis if place == i else axis for place, axis in enumerate(flat.axes))
        made = Data(row.name, axes, flat.sides._replace(h=new))
        t.repeated[row.name] = (data, new)
        data = made
    return data


def _is_spread_later(t: Translator, node: Node, sizes: list[Any]) -> bool:
    """Whether all that reads a repeated tensor is arithmetic with one of these sizes, which
    repeats it by itself."""
    name = node.outputs[0]
    after = t.reader.get(name)
    if after is None or after.kind not in SPREADING or t.readers[name] != 1:
        return False
    other = t.tensors.get(next((one for one in after.inputs if one != name), ""))
    return (
        isinstance(other, Data)
        and len(other.axes) == len(sizes)
        and all(map(same, other.sizes, sizes))
    )


def _expanded(t: Translator, node: Node, sizes: list[Any]) -> list[Any]:
    """The sizes that axes of these sizes are repeated to."""
    if node.kind == "Tile":
        times = t.listed(node, "repeats", 1) or ()
        return [a * b for a, b in zip(sizes, times, strict=True)]
    asked = list(t.listed(node, "shape", 1) or ())
    sizes = [1] * (len(asked) - len(sizes)) + sizes
    asked = [1] * (len(sizes) - len(asked)) + asked
    return [b if same(a, 1) else a for a, b in zip(sizes, asked, strict=True)]


def _behind(side: Atoms, atom: Any, new: Atoms) -> Atoms:
    """A side in which every row is repeated: the new atoms stand behind that of the rows."""
    place = next(i for i, one in enumerate(side) if one is atom) + 1
    return side[:place] + new + side[place:]
