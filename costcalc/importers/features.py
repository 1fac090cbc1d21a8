"""Constants that layers work on: trained queries, and features that are read as an input is."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from costcalc.importers.layout import Atom, Atoms, Data, Sides, atoms_of, example
from costcalc.importers.learned import is_trained, may_be_place
from costcalc.importers.records import Constant, Node
from costcalc.importers.sizes import same
from costcalc.importers.translate import Translator
from costcalc.numbers.dimensions import Kernel

_WORD = re.compile(r"[a-z][a-z_]+")


def feature(
    t: Translator, node: Node, place: int, channels: int = -1, table: bool = False,
    pieces: bool = False,
) -> Data:  # fmt: skip
    """A constant that is worked on: trained queries, or features of positions.

    What is trained is a row, all else is read as an input is. A trained `table` is a part of
    the attention whose biases are looked up in it. A piece of what is stored is trained where
    `pieces` are.
    """
    name = node.inputs[place]
    found = t.tensors.get(name)
    if isinstance(found, Data):
        return found
    constant = t.constants[name] if pieces else t.whole_of(t.constants[name])
    content = (constant.shape, channels, constant.values or constant.owner or name)
    if content in t.features:
        t.tensors[name] = t.features[content]
        return t.features[content]
    stored = t.stored.get(constant.owner)
    axes = _for_each_example(t, constant)
    own = [example(axis) for axis in axes]
    last = own.pop(channels)
    long = [axis for axis in own if axis]
    h = tuple(atom for axis in (*long[:1], *long[2:]) for atom in axis)
    sides = Sides(h, long[1] if len(long) > 1 else (), last)
    word = constant.owner.rpartition(".")[2]
    copies = t.batch if any(atom.batch for axis in axes for atom in axis) else 1
    if name in t.copied:
        copies = 1  # the file repeats what it stores once
    if stored is not None and not table and _is_query(t, stored, sides, copies):
        named = replace(node, name=constant.owner)
        shape = sides.shape
        row = t.emit(
            named, "parameter", [t.start], [("weights", constant)],
            size=Kernel(shape.h, shape.w), out=shape.c,
        ).name  # fmt: skip
    else:
        fits = _WORD.fullmatch(word) and word != name
        row = t.names.of(Node("", word if fits else "constant"))
        t.shapes[row] = sides.shape
        if table and stored is not None and not stored.untrained:
            t.learned_by[row] = [constant]
        t.inputs[row] = sides.shape
    t.tensors[name] = t.features[content] = data = Data(row, tuple(axes), sides)
    return data


def _for_each_example(t: Translator, constant: Constant) -> list[Atoms]:
    """The axes of a constant that is the same for every example of a batch: where the file
    repeats it, else along its first axis, of sequences the second."""
    shape, batch = constant.shape, t.batch
    examples = [atom for atom in t.start.axes[0] if atom.batch]
    axes = [
        (Atom(size, True),) if any(same(size, one.size) for one in examples) else atoms_of(size)
        for size in t.grown.get(constant.name, ())
    ] or [atoms_of(size) for size in shape]
    if batch == 1 or len(shape) < 2:
        return axes
    before = t.copied.get(constant.name)
    if before is None:
        places = range(2 if len(shape) == 3 else 1)
        for axis in [place for place in places if shape[place] == batch][:1]:
            axes[axis] = (Atom(batch, True),)
        return axes
    outer = 1  # elements before this axis; the copies follow one another after so many
    for axis, size in enumerate(shape):
        inner, part = divmod(before, outer)
        if inner and not part and size % (inner * batch) == 0:
            after = atoms_of(size // (inner * batch))
            axes[axis] = (*atoms_of(inner), Atom(batch, True), *after)
            break
        outer *= size
    return axes


def _is_query(t: Translator, stored: Constant, sides: Sides, copies: int) -> bool:
    """Whether a constant is trained, each element once, or once in each of the copies that an
    exporter stores; coordinates are not, of two or three channels."""
    return (
        is_trained(t, stored)
        and math.prod(stored.shape) == sides.shape.size * copies
        and not may_be_place(t, stored, sides.shape.c)
    )
