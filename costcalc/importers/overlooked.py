"""Sizes as tools have them that overlook the axes of a norm where these are an input of the node.

As of opset 18 they are one. To such a tool the norm is a single number, and so is what is computed
of it, until it meets another tensor or is expanded. Of extremes it reads axes from what a file
stores, and takes those that stand in a node, for nothing else, for the first.
"""

from __future__ import annotations

import math

from costcalc.importers.layout import Data
from costcalc.importers.records import Node
from costcalc.importers.sizes import value
from costcalc.importers.translate import Translator

NORM = "ReduceL2"
EXTREMES = ("ReduceMax", "ReduceMin", "ReduceProd")
REDUCED = (NORM, *EXTREMES)
KEPT = ("Cast", "Identity")
ENDING = ("Expand", "Tile", "Reshape", "MatMul", "Gemm", "Einsum", "Conv", "Resize")
"""What gives a tensor a size of its own."""

Sizes = tuple[int, ...]


def note(t: Translator, node: Node) -> None:
    """Note on how many elements such a tool takes a node to be, where these are fewer."""
    read = [name for name in node.inputs if name in t.tensors and name not in t.constants]
    if node.kind == NORM and len(node.inputs) > 1:
        rank = len(t.data(node).axes)
        t.overlooked[node.outputs[0]] = (1,) * rank if node.attributes.get("keepdims", 1) else ()
    elif node.kind in EXTREMES and _stands_in_a_node(t, node):
        sizes = map(value, t.data(node).sizes[1:])
        t.overlooked[node.outputs[0]] = (*((1,) * node.attributes.get("keepdims", 1)), *sizes)
    if not read or node.kind in ENDING or any(name not in t.overlooked for name in read):
        return
    before = _met([t.overlooked[name] for name in read])
    if node.kind == "Concat":
        parts = [t.constants[n].shape if n in t.constants else t.overlooked[n] for n in node.inputs]
        on = after = _joined(node, parts)
    elif node.kind.startswith("Reduce"):
        on, after = before, _left(t, node, before)
    else:
        constants = [t.constants[name].shape for name in node.inputs if name in t.constants]
        on = after = _met([before, *constants])
    t.overlooked.update(dict.fromkeys(node.outputs, after))
    found = t.tensors.get(node.outputs[0])
    row = t.rows.get(found.row) if isinstance(found, Data) else None
    if row is None or node.kind in KEPT:
        return
    number = str(math.prod(on) if on else 0)  # of a number without an axis nothing is counted
    if t.batch > 1 and row.name not in t.alone:
        number += f" / {t.batch}"
    within = t.within.get(row.name, (("out", node.kind),))
    if row.node is node:
        t.within[row.name] = tuple((number, kind) for _, kind in within)
    elif t.noted and t.noted[-1][1] is node:
        t.noted[-1] = row.name, node, number


def note_computed(t: Translator, node: Node) -> None:
    """Note the same of a node on constants, whose elements have been counted."""
    name = node.outputs[0]
    if name not in t.constants or "within" in node.attributes:
        return
    if node.kind == NORM and len(node.inputs) > 1:
        rank = len(t.constants[node.inputs[0]].shape)
        t.overlooked[name] = (1,) * rank if node.attributes.get("keepdims", 1) else ()
        return
    if node.kind in ENDING or node.kind.startswith("Reduce"):
        return
    if t.overlooked.keys().isdisjoint(node.inputs):
        return
    sizes = [t.overlooked.get(one, t.constants[one].shape) for one in node.inputs if one]
    made, taken = t.constants[name].shape, _met(sizes)
    if made != taken:
        t.overlooked[name] = taken
        t.computed[node.kind] -= math.prod(made) - (math.prod(taken) if taken else 0)


def _stands_in_a_node(t: Translator, node: Node) -> bool:
    axes = t.constant(node, 1)
    return axes is not None and axes.inline and t.readers[node.inputs[1]] == 1


def _met(shapes: list[Sizes]) -> Sizes:
    """The sizes of what tensors are together, each repeated along the others' axes."""
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return tuple(map(max, zip(*padded, strict=True)))


def _joined(node: Node, shapes: list[Sizes]) -> Sizes:
    """The sizes of tensors one after another."""
    axis = node.attributes.get("axis", 0) % max(len(shapes[0]), 1)
    length = sum(one[axis] for one in shapes if one)
    return (*shapes[0][:axis], length, *shapes[0][axis + 1 :])


def _left(t: Translator, node: Node, sizes: Sizes) -> Sizes:
    """What a reduction leaves of these sizes."""
    axes = t.listed(node, "axes", 1)
    gone = {axis % len(sizes) for axis in axes} if axes and sizes else set(range(len(sizes)))
    if node.attributes.get("keepdims", 1):
        return tuple(1 if axis in gone else size for axis, size in enumerate(sizes))
    return tuple(size for axis, size in enumerate(sizes) if axis not in gone)
