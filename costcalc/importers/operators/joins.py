"""Tensors that meet element by element, or one after another; and what is added as a constant."""

from __future__ import annotations

import math
from typing import Any

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
    like,
    reshape,
    run,
)
from costcalc.importers.operators.attention import heads_of
from costcalc.importers.operators.elementwise import alias
from costcalc.importers.operators.products import biased
from costcalc.importers.operators.registry import handles
from costcalc.importers.records import Constant, Node
from costcalc.importers.scores import Scores
from costcalc.importers.sizes import Size, same, value
from costcalc.importers.translate import Translator

JOINS = {
    "Add": "add", "Sum": "add", "Sub": "add", "Mul": "mul", "Div": "div", "Max": "maximum",
    "Min": "maximum", "Mean": "add", "And": "mul", "Or": "mul", "Mod": "div",
    "Greater": "maximum", "Less": "maximum", "Equal": "maximum", "Pow": "div",
    "GreaterOrEqual": "maximum", "LessOrEqual": "maximum", "Xor": "mul", "BitShift": "mul",
}  # fmt: skip
"""Arithmetic on two tensors, and the join it costs as much as."""

KINDS = {"add": "add", "mul": "mul", "div": "div", "maximum": "max"}
"""The arithmetic of a join."""


@handles("Add", "Sum", "Sub", "Mul", "Div", "Max", "Min", "Mean", "Mod", "Greater", "Less", "Equal",
         "GreaterOrEqual", "LessOrEqual", "And", "Or", "Pow")  # fmt: skip
def binary(t: Translator, node: Node) -> None:
    """Arithmetic on two tensors or more, or on one and constants."""
    places = [i for i in range(len(node.inputs)) if t.tensor(node, i) is not None]
    if node.kind == "Mul" and not t.scales.isdisjoint(node.inputs):  # back from eight bits
        t.give(node, t.data(node, places[0]))
        return
    given = [t.constants[name] for name in node.inputs if name in t.constants]
    if len(places) == 1:
        _with_constants(t, node, places[0], given)
        return
    if node.kind == "Add" and len(places) == 2 and _as_bias(t, node, places):
        return
    _joined(t, node, JOINS[node.kind], [t.data(node, place) for place in places])


def _as_bias(t: Translator, node: Node, places: list[int]) -> bool:
    """Whether one of two tensors are scores and the other one a bias of them, which is noted."""
    found = [t.tensor(node, place) for place in places]
    scores = next((one for one in found if isinstance(one, Scores) and one.open), None)
    bias = next((one for one in found if isinstance(one, Data)), None)
    if scores is None or bias is None or len(bias.axes) > len(scores.axes):
        return False
    if scores.bias is not None:  # of rows and of columns, as MViTv2 has them
        pair = Node("Add", node.name, (), (f"{node.outputs[0]}:biases",), {}, node.line)
        _joined(t, pair, "add", [scores.bias, bias])
        bias = t.data(Node("", "", pair.outputs, ()))
    t.give(node, scores.after(node, bias=bias))
    return True


def _joined(t: Translator, node: Node, op: str, tensors: list[Data]) -> None:
    """A row in which tensors meet element by element, all lying as the largest one does."""
    tensors = _as_fixed(t, node, tensors)
    largest = max(tensors, key=lambda one: (_size(one), len(one.axes)))
    data = _spread(tensors, largest)
    if data is not largest:  # each is repeated along an axis of another one
        row = t.emit(node, op, [aligned(t, node, one, data) for one in tensors])
        t.give(node, like(row.name, data))
        return
    for other in tensors:
        if other is not largest:
            data = _apart(t, node, data, _meeting(t, node, other, data)[1])
    tensors = [data if one is largest else aligned(t, node, one, data) for one in tensors]
    row = t.emit(node, op, tensors)
    t.give(node, like(row.name, data))


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


def _as_fixed(
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


def _with_constants(t: Translator, node: Node, place: int, given: list[Constant]) -> None:
    """One tensor and constants: a scale, a shift, a position embedding, or plain arithmetic."""
    found = t.tensor(node, place)
    constant = max(given, key=lambda one: math.prod(one.shape)) if given else None
    count = math.prod(constant.shape) if constant else 1
    if isinstance(found, Scores) and found.open:  # a scale, a mask or a bias within attention
        tables, constant = found.tables, None if constant is None else t.whole_of(constant)
        if constant is not None and count > 1 and _is_trained(t, constant):
            tables += () if _is_mask(found, constant) else (constant,)
        t.give(node, found.after(node, tables=tables))
        return
    if constant is not None and node.kind == "Add" and biased(t, node, place, constant):
        return
    constant = None if constant is None else t.whole_of(constant)
    data = t.data(node, place)
    op = JOINS[node.kind]
    if constant is None or count == 1:
        if _does_nothing(node, constant):
            t.give(node, data)
            return
        row = t.emit(node, "elementwise", [data], work="exp" if node.kind == "Pow" else KINDS[op])
        t.give(node, like(row.name, data))
        return
    repeated = _repeated(data, constant)
    if repeated is None:
        t.give(node, _trained(t, node, data, constant, KINDS[op]))
        return
    stands = next(
        place for place, name in enumerate(node.inputs)
        if name in t.constants and t.constants[name].shape == constant.shape
    )  # fmt: skip
    _joined(t, node, op, [data, t.feature(node, stands, channels=repeated)])


def _repeated(data: Data, constant: Constant) -> int | None:
    """The axis of a constant that is longer than a tensor's, which it repeats there; None where
    there is none."""
    own, rank = len(constant.shape), len(data.axes)
    for axis, size in enumerate(constant.shape):
        here = rank - own + axis
        if size != 1 and (here < 0 or value(data.sizes[here]) == 1):
            return axis
    return None


def _is_mask(scores: Scores, constant: Constant) -> bool:
    """Whether a constant is another one in each window, and so nothing that is trained."""
    windows = {id(atom) for atom in heads_of(scores.q)[1]}
    along = _spread_over(Data("", scores.axes, Sides((), (), ())), constant)
    return any(id(atom) in windows for i in along for atom in scores.axes[i])


def _does_nothing(node: Node, constant: Constant | None) -> bool:
    number = constant.values[0] if constant is not None and constant.values else None
    return number == {"Add": 0, "Sub": 0, "Mul": 1, "Div": 1, "Pow": 1}.get(node.kind, "none")


def _is_trained(t: Translator, constant: Constant) -> bool:
    stored = t.stored.get(constant.owner)
    if stored is None or stored.untrained:
        return False
    return stored.type.startswith(("float", "bfloat")) or stored.name in t.dequantised


def _trained(t: Translator, node: Node, data: Data, constant: Constant, work: str) -> Data:
    """A row with a constant of several numbers: one for each channel, or each element."""
    axes = _spread_over(data, constant)
    over = tuple(atom for i in axes for atom in example(data.axes[i]))
    stored = t.stored.get(constant.owner)
    each = math.prod(value(atom.size) for atom in over)  # the same for every example of a batch
    whole = stored is not None and math.prod(stored.shape) == each
    if not (whole and _is_trained(t, constant)) or _is_for_all_heads(data, over):
        return like(t.emit(node, "elementwise", [data], work=work).name, data)
    if work == "add" and all(holds(over, side) for side in data.sides) and data.sides.h:
        if isinstance(data.shape.size, Size):
            data = t.fixed(node, data)
        row = t.emit(node, "position_embedding", [data], [("weights", constant)])
        return like(row.name, data)
    data = t.channels(node, data, over)
    scales = work in ("mul", "div")  # the least that a channel may be is counted as a shift
    row = t.emit(
        node, "affine", [data], [("scale" if scales else "shift", constant)],
        scale=scales, shift=not scales,
    )  # fmt: skip
    return like(row.name, data)


def _is_for_all_heads(data: Data, over: Atoms) -> bool:
    """Whether a constant is another one at each position and in each channel of a head, and the
    same in all heads: sines and cosines, by which queries and keys are turned."""
    within = [atom for atom in data.sides.c if holds(over, (atom,))]
    return 0 < len(within) < min(len(data.sides.c), len(over))


@handles("PRelu")
def prelu(t: Translator, node: Node) -> None:
    """A trained slope below zero: one for all, for each channel or for each element."""
    data, slopes = t.data(node), t.weights(node, 1)
    over = tuple(atom for i in _spread_over(data, slopes) for atom in example(data.axes[i]))
    if not over:
        per = "layer"
    elif all(holds(over, side) for side in data.sides) and data.sides.h:
        per, data = "element", t.fixed(node, data) if isinstance(data.shape.size, Size) else data
    else:
        per, data = "channel", t.channels(node, data, over)
    row = t.emit(node, "prelu", [data], [("scale", slopes)], per=per)
    t.give(node, like(row.name, data))


def _spread_over(data: Data, constant: Constant) -> list[int]:
    """The axes along which a constant differs."""
    rank, own = len(data.axes), len(constant.shape)
    return [
        rank - own + i for i, size in enumerate(constant.shape) if size != 1 and rank >= own - i
    ]


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
        raise t.error(node, "its tensors do not lie alike") from None
    for owner, axis in zip(owners, fine.axes, strict=True):
        if owner is not None:
            matched[id(owner)] = example(axis)
    return fine, matched


def aligned(t: Translator, node: Node, other: Data, data: Data) -> Data:
    """A tensor whose map has the sides of another one, with which it meets element by element."""
    fine, matched = _meeting(t, node, other, data)
    sides = Sides(*(
        tuple(own for atom in side for own in matched.get(id(atom), ())) for side in data.sides
    ))  # fmt: skip
    placed = {id(atom) for side in sides for atom in side}
    rest = tuple(a for side in fine.sides for a in side if id(a) not in placed)
    if any(value(atom.size) != 1 for atom in rest):
        raise t.error(node, "its tensors do not lie alike")
    return t.rearranged(node, fine, sides)


@handles("Where")
def where(t: Translator, node: Node) -> None:
    """One of two tensors, element by element."""
    places = [i for i in range(3) if t.tensor(node, i) is not None]
    if len(places) == 1:
        found = t.tensor(node, places[0])
        if isinstance(found, Scores) and found.open:
            t.give(node, found.after(node))  # a mask within attention
            return
        data = t.data(node, places[0])
        row = t.emit(node, "elementwise", [data], work="max")
        t.give(node, like(row.name, data))
        return
    _joined(t, node, "maximum", [t.data(node, place) for place in places])


@handles("Concat")
def concat(t: Translator, node: Node) -> None:
    """Tensors one after another along an axis; constants beside tokens are class tokens."""
    parts = [(name, t.constants.get(name)) for name in node.inputs]
    tensors = [t.data(node, i) for i, (_, constant) in enumerate(parts) if constant is None]
    if len(tensors) == 1 == len(parts):
        alias(t, node)
        return
    data = tensors[0]
    rank = len(data.axes)
    axis = node.attributes.get("axis", 0) % rank
    stored = [constant for _, constant in parts if constant is not None]
    if stored:
        t.give(node, _class_tokens(t, node, data, axis, stored))
        return
    data, *rest = _as_fixed(t, node, tensors, along=axis)
    side, begin = _place(data, axis)
    whole = data if begin is not None else _whole_side(t, node, data, axis, side)
    begin, end = (
        (0, len(whole.sides[side])) if begin is None else (begin, begin + len(data.axis(axis)))
    )
    others = [_beside(t, node, one, whole, axis, side, begin, end) for one in rest]
    rolled = _rolled(t, [whole, *others], side)
    if rolled is not None:
        row = t.emit(node, "reorder", [rolled])
    else:
        row = t.emit(node, "concat", [whole, *others], axis="hwc"[side])
    new = atoms_of(sum(one.sizes[axis] for one in [data, *rest]))
    axes = tuple(new if i == axis else atoms for i, atoms in enumerate(whole.axes))
    t.give(node, Data(row.name, axes, _exchanged(whole.sides, side, begin, end, new)))


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
    atoms: Atoms = data.axis(axis)
    if not (atoms and equal(atoms, data.sides.h + data.sides.w)):
        raise t.error(node, "it joins a constant with channels")
    data = t.rearranged(node, data, Sides(atoms, (), data.sides.c))
    for constant in stored:
        row = t.emit(
            node, "class_token", [data], [("weights", constant)],
            count=constant.shape[axis - len(data.axes)],
        )  # fmt: skip
        new = atoms_of(row.shape.h)
        axes = tuple(new if i == axis else one for i, one in enumerate(data.axes))
        data = Data(row.name, axes, Sides(new, (), data.sides.c))
    return data
