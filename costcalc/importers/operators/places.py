"""Elements at places, constant or computed: look-ups, samples of a map, and what is chosen."""

from __future__ import annotations

import math

from costcalc.importers.features import feature
from costcalc.importers.layout import (
    Atoms,
    Data,
    Sides,
    atoms_of,
    equal,
    example,
    holds,
    like,
)
from costcalc.importers.live import way_out
from costcalc.importers.operators.parts import select
from costcalc.importers.operators.registry import handles
from costcalc.importers.records import Node
from costcalc.importers.sizes import same, value
from costcalc.importers.translate import Translator
from costcalc.numbers.dimensions import Kernel


@handles("GridSample")
def grid_sample(t: Translator, node: Node) -> None:
    """Elements of a map at places that are computed, or the same for every image."""
    data = t.data(node)
    places = feature(t, node, 1) if t.tensor(node, 1) is None else t.data(node, 1)
    if len(data.axes) != 4 or len(places.axes) != 4:
        raise t.error(node, "three-dimensional layers are not counted")
    heads, c, *space = map(example, data.axes)
    data = t.rearranged(node, data, Sides(heads + space[0], space[1], c))
    heads, h, w, two = map(example, places.axes)
    places = t.rearranged(node, places, Sides(heads + h, w, two))
    mode = "nearest" if node.attributes.get("mode", "linear") == "nearest" else "bilinear"
    row = t.emit(node, "grid_sample", [data, places], mode=mode)
    t.spell(row, node, "out")
    axes = (places.axes[0] if heads else data.axes[0], data.axes[1], *places.axes[1:3])
    t.give(node, Data(row.name, axes, places.sides._replace(c=c)))


@handles("TopK")
def topk(t: Translator, node: Node) -> None:
    """The largest elements along an axis, and where these are."""
    data = t.data(node)
    axis = node.attributes.get("axis", -1) % len(data.axes)
    asked = None if t.tensor(node, 1) is not None else t.listed(node, "k", 1)
    if not asked:
        raise t.error(
            node, "how many it chooses depends on the input's values", way_out(node.kind)
        )  # fmt: skip
    data, along = _along(t, node, data, axis)
    new = atoms_of(asked[0])
    row = t.emit(node, "topk", [data], count=asked[0], axis=along)
    sides = data.sides
    left = {"h": sides._replace(h=new), "w": sides._replace(w=new), "c": sides._replace(c=new),
            "hw": sides._replace(h=new, w=())}[along]  # fmt: skip
    axes = tuple(_in_place(one, new) if i == axis else one for i, one in enumerate(data.axes))
    for place in range(2):
        t.give(node, Data(row.name, axes, left), place)


def _in_place(axis: Atoms, new: Atoms) -> Atoms:
    """An axis of other elements, of the batch what it was."""
    return tuple(atom for atom in axis if atom.batch) + new


def _along(t: Translator, node: Node, data: Data, axis: int) -> tuple[Data, str]:
    """The tensor with an axis as a side of its map of its own, or as all positions, and which."""
    atoms, (h, w, c) = data.axis(axis), data.sides
    for name, side in (("hw", h + w), ("c", c), ("h", h), ("w", w)):
        if equal(atoms, side):
            return data, name
    return _in_front(t, node, data, axis), "hw"


def _in_front(t: Translator, node: Node, data: Data, axis: int) -> Data:
    """The tensor with an axis as all its positions, and all others as what lies there."""
    atoms = data.axis(axis)
    if equal(atoms, data.sides.h + data.sides.w):
        return data
    others = tuple(
        atom for place, other in enumerate(data.axes) if place != axis for atom in example(other)
    )
    return t.rearranged(node, data, Sides(atoms, (), others))


@handles("Gather")
def gather(t: Translator, node: Node) -> None:
    """Elements at places along an axis."""
    places = t.constant(node, 1)
    if places is None:
        data = _read(t, node)
        axis = node.attributes.get("axis", 0) % len(data.axes)
        t.give(node, _gathered(t, node, data, t.data(node, 1), axis))
        return
    data = t.data(node)
    axis = node.attributes.get("axis", 0) % len(data.axes)
    if places.shape == ():
        t.give(node, select(t, node, data, axis, 1, keep=False))
        return
    if len(places.shape) != 1:
        length = math.prod(places.shape)
        if not same(length, data.sizes[axis]):
            data = looked_up(t, node, data, axis, length)
        elif places.values != tuple(range(math.prod(places.shape))):
            row = t.emit(node, "reorder", [data])
            data = like(row.name, data)
        sizes = [*data.sizes[:axis], *places.shape, *data.sizes[axis + 1 :]]
        t.give(node, t.reshaped(node, data, sizes))
        return
    if same(places.shape[0], data.sizes[axis]):
        row = t.emit(node, "reorder", [data])
        t.give(node, like(row.name, data))
        return
    t.give(node, looked_up(t, node, data, axis, places.shape[0]))


@handles("GatherND")
def gather_nd(t: Translator, node: Node) -> None:
    """Elements at places along an axis, or at constant ones along several, which are one then."""
    places = t.constant(node, 1)
    if t.tensor(node, 0) is None or places is None:
        data, at = _read(t, node), t.data(node, 1)
        if not same(at.sizes[-1], 1):
            data, at = _along_the_last(t, node, data)
        first = node.attributes.get("batch_dims", 0)
        t.give(node, _gathered(t, node, data, at.with_axes(at.axes[first:-1]), first))
        return
    data, first = t.data(node), node.attributes.get("batch_dims", 0)
    *shape, count = places.shape
    sizes, shape = data.sizes, shape[first:]
    end, length = first + count, math.prod(shape)
    flat = t.reshaped(node, data, [*sizes[:first], math.prod(sizes[first:end]), *sizes[end:]])
    if same(length, flat.sizes[first]):
        flat = like(t.emit(node, "reorder", [flat]).name, flat)
    else:
        flat = looked_up(t, node, flat, first, length)
    t.give(node, t.reshaped(node, flat, [*sizes[:first], *shape, *sizes[end:]]))


def _along_the_last(t: Translator, node: Node, data: Data) -> tuple[Data, Data]:
    """The tensor without its first axes, which are of one, and the places along the next one, as
    PyTorch's indexing has them for a batch of one."""
    columns = t.writer.get(node.inputs[1])
    *ones, last = columns.inputs if columns is not None and columns.kind == "Concat" else [""]
    found, along = t.tensors.get(last), len(ones)
    alone = all(same(size, 1) for size in data.sizes[:along])
    constant = all(name in t.constants for name in ones)
    if not isinstance(found, Data) or not (alone and constant) or not same(found.sizes[-1], 1):
        raise t.error(node, "it looks elements up along several axes where the input says")
    axis = tuple(atom for one in data.axes[: along + 1] for atom in one)
    return data.with_axes((axis, *data.axes[along + 1 :])), found


def looked_up(t: Translator, node: Node, data: Data, axis: int, length: int) -> Data:
    """A tensor of so many places along an axis."""
    look = _repeated if length > value(data.sizes[axis]) else select
    return look(t, node, data, axis, length)


def _repeated(t: Translator, node: Node, data: Data, axis: int, length: int) -> Data:
    """A tensor of which some places along an axis are looked up more than once."""
    atoms = data.axis(axis)
    channels = tuple(one for one in data.sides.c if not holds(atoms, (one,)))
    rest = tuple(
        one for other in data.axes for one in example(other)
        if not holds(atoms, (one,)) and not holds(channels, (one,))
    )  # fmt: skip
    data = t.rearranged(node, data, Sides(atoms, rest, channels))
    size = Kernel(length, data.shape.w)
    row = t.emit(node, "resize", [data], size=size, mode="nearest")
    new = atoms_of(length)
    axes = tuple(new if i == axis else one for i, one in enumerate(data.axes))
    return Data(row.name, axes, Sides(new, rest, channels))


@handles("GatherElements")
def gather_elements(t: Translator, node: Node) -> None:
    """Elements at places along an axis, a place each; or all that lies there, where a place is
    repeated for it."""
    places = t.constant(node, 1)
    if places is not None and t.tensor(node, 0) is not None:
        data = t.data(node)
        axis = node.attributes.get("axis", 0) % len(data.axes)
        t.give(node, looked_up(t, node, data, axis, places.shape[axis]))
        return
    data = _read(t, node)
    axis = node.attributes.get("axis", 0) % len(data.axes)
    t.give(node, _elements(t, node, data, t.data(node, 1), axis))


def _read(t: Translator, node: Node) -> Data:
    """The tensor that is looked up in, which may be stored where places are computed. Raises
    `SpecError` where a table is looked up in at what is given, as that of words."""
    if t.tensor(node, 0) is None:
        places = t.tensor(node, 1)
        if isinstance(places, Data) and places.row not in t.given:
            return feature(t, node, 0)
        raise t.error(
            node, "it looks elements up where the input's values say",
            "embeddings of words are not counted",
        )  # fmt: skip
    return t.data(node)


def _gathered(t: Translator, node: Node, data: Data, places: Data, axis: int) -> Data:
    """All that lies at computed places along an axis."""
    data = _in_front(t, node, data, axis)
    new = tuple(atom for one in places.axes for atom in example(one))
    at = t.rearranged(node, places, Sides(new, (), ()))
    row = t.emit(node, "gather", [data, at])
    ours = any(atom.batch for atom in data.axes[axis])
    inside = [one if ours else example(one) for one in places.axes]
    axes = (*data.axes[:axis], *inside, *data.axes[axis + 1 :])
    return Data(row.name, axes, Sides(new, (), data.sides.c))


def _elements(t: Translator, node: Node, data: Data, places: Data, axis: int) -> Data:
    """An element for each place; what was repeated for all that lies at one is one again."""
    alone = t.repeated.get(places.row, (places, ()))[0]
    others = [i for i in range(len(data.axes)) if i != axis]
    if len(alone.axes) == len(data.axes) and not any(alone.axis(i) for i in others):
        data, new = _in_front(t, node, data, axis), alone.axis(axis)
        at = t.rearranged(node, alone, Sides(new, (), ()))
        row = t.emit(node, "gather", [data, at])
        axes = tuple(_in_place(one, new) if i == axis else one for i, one in enumerate(data.axes))
        return Data(row.name, axes, Sides(new, (), data.sides.c))
    channels = equal(data.axis(axis), data.sides.c) and equal(places.axis(axis), places.sides.c)
    if channels and data.shape[:2] == places.shape[:2]:
        row = t.emit(node, "gather", [data, places], axis="c")
    else:
        data, places = (_in_front(t, node, one, axis) for one in (data, places))
        row = t.emit(node, "gather", [data, places])
    return Data(row.name, places.axes, places.sides)
