"""Parts of a tensor: slices, splits, and elements that are exchanged."""

from __future__ import annotations

from typing import Any

from costcalc.importers import constants
from costcalc.importers.constants import NotComputed
from costcalc.importers.layout import (
    Data,
    Sides,
    atoms_of,
    example,
    holds,
    run,
)
from costcalc.importers.operators.concat import chained
from costcalc.importers.operators.registry import HANDLERS, handles
from costcalc.importers.records import Node
from costcalc.importers.scores import Scores
from costcalc.importers.sizes import same, value
from costcalc.importers.translate import Translator
from costcalc.numbers.dimensions import Kernel


def select(
    t: Translator, node: Node, data: Data, axis: int, length: Any, keep: bool = True
) -> Data:
    """A part of a tensor along an axis: of its channels, or of its positions."""
    atoms = data.axis(axis)
    if all(run(side, atoms) is None for side in data.sides):
        if atoms and holds(data.sides.c, atoms):
            rest = tuple(one for one in data.sides.c if not holds(atoms, (one,)))
            data = t.rearranged(node, data, data.sides._replace(c=atoms + rest))
        elif atoms:
            rest = tuple(
                one for i, other in enumerate(data.axes) if i != axis for one in example(other)
                if not holds(data.sides.c, (one,))
            )  # fmt: skip
            channels = tuple(one for one in data.sides.c if not holds(atoms, (one,)))
            data = t.rearranged(node, data, Sides(atoms, rest, channels))
    new = atoms_of(length)
    axes = [new if i == axis else one for i, one in enumerate(data.axes)]
    if not keep:
        batch = tuple(atom for atom in data.axes[axis] if atom.batch)
        del axes[axis]
        if batch and axes:
            axes[0] = batch + axes[0]
    place = next(
        (i for i, side in enumerate(data.sides) if atoms and run(side, atoms) is not None), None
    )
    if place is None:
        return data.with_axes(axes)
    side = data.sides[place]
    begin = run(side, atoms) or 0
    left = side[:begin] + new + side[begin + len(atoms) :]
    sides = Sides(*(left if i == place else one for i, one in enumerate(data.sides)))
    if place == 2:
        row = t.emit(node, "split", [data], out=sides.shape.c)
    else:
        row = t.emit(node, "crop", [data], size=Kernel(*sides.shape[:2]))
    return Data(row.name, tuple(axes), sides)


@handles("Slice")
def slice_(t: Translator, node: Node) -> None:
    """A part along some axes."""
    data = t.data(node)
    known = t.known(node)
    try:
        parts = constants.sliced(node, known, len(data.axes))
    except NotComputed:
        raise t.error(node, "where it begins and ends depends on the input's values") from None
    for axis, start, end, step in parts:
        size = data.sizes[axis]
        first, last = constants.bounds(start, end, step, size)
        length = -(-(last - first) // step)
        if same(length, size) or (example(data.axes[axis]) == () and value(length) == 1):
            continue
        data = select(t, node, data, axis, length)
    t.give(node, data)


@handles("ScatterND")
def scatter(t: Translator, node: Node) -> None:
    """A tensor with elements exchanged for those of another one, as many along each axis as that
    has."""
    found = t.tensor(node, 2)
    old, new = _sizes(t, node, 0), _sizes(t, node, 2)
    axes = _differing(old, new)
    if len(old) == len(new) + 1:  # one place along an axis, which the other one does not have
        new.insert((axes or [len(new)])[0], 1)
        axes = _differing(old, new)
    if len(old) != len(new) or t.tensor(node, 0) is None is found:
        raise t.error(node, "it exchanges a part of a tensor's elements")
    if not axes and found is not None:
        t.give(node, found.after(node) if isinstance(found, Scores) else found)
        return
    base = t.data(node) if t.tensor(node, 0) is not None else None
    part = None if found is None else t.reshaped(node, t.data(node, 2), new)
    if base is None:  # of a constant, whose size is fixed
        part = t.fixed(node, part)
        new = part.sizes
    t.give(node, _exchanged(t, node, base, part, old, new, axes))


def _differing(old: list[Any], new: list[Any]) -> list[int]:
    """The axes along which sizes are others."""
    return [i for i, (a, b) in enumerate(zip(old, new, strict=False)) if value(a) != value(b)]


def _exchanged(
    t: Translator, node: Node, base: Data | None, part: Data | None, old: list[Any],
    new: list[Any], axes: list[int],
) -> Data:  # fmt: skip
    """A tensor of which a part along some axes is another one; one of both may be constant."""
    if not axes:
        return part or base  # type: ignore[return-value]  # one of them is there
    axis, *others = axes
    if others:  # what is as long as the part along one axis first
        within = [*old[:axis], new[axis], *old[axis + 1 :]]
        inner = None if base is None else select(t, node, base, axis, new[axis])
        part = _exchanged(t, node, inner, part, within, new, others)
        new = within
    kept = None if base is None else select(t, node, base, axis, old[axis] - new[axis])
    if part is not None and kept is not None:
        both = sorted((kept, part), key=lambda one: -value(one.sizes[axis]))
        return chained(t, node, both, axis)
    data = kept or part
    assert data is not None
    pads = [0] * (2 * len(old))  # what is constant costs what a border does
    pads[axis] = old[axis] - data.sizes[axis]
    name = f"{node.outputs[0]}/{axis}"
    t.tensors[f"{name}/kept"] = data
    given = {"pads": tuple(pads)}
    pad = Node("Pad", node.name, (f"{name}/kept",), (name,), given, node.line)
    HANDLERS["Pad"](t, pad)
    return t.data(Node("", "", (name,)))


def _sizes(t: Translator, node: Node, place: int) -> list[Any]:
    constant, found = t.constant(node, place), t.tensor(node, place)
    if constant is not None:
        return list(constant.shape)
    return list(found.sizes) if found is not None else []


@handles("Split")
def split(t: Translator, node: Node) -> None:
    """Parts along an axis, an output each."""
    data = t.data(node)
    axis = node.attributes.get("axis", 0) % len(data.axes)
    try:
        parts = constants.parts_of(node, t.known(node), data.sizes[axis])
    except NotComputed:
        raise t.error(node, "its parts depend on the input's values") from None
    for place, length in enumerate(parts):
        t.give(node, select(t, node, data, axis, length), place)
