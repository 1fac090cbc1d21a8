"""Means, sums and maxima along axes."""

from __future__ import annotations

from typing import Any

from costcalc.importers.layout import (
    Atoms,
    Data,
    Sides,
    example,
    holds,
)
from costcalc.importers.operators.elementwise import alias
from costcalc.importers.operators.registry import HANDLERS
from costcalc.importers.records import Node
from costcalc.importers.translate import Translator

REDUCTIONS = {
    "ReduceMean": "mean", "ReduceSum": "sum", "ReduceMax": "max", "ReduceMin": "max",
    "ReduceL1": "sum", "ReduceL2": "sum", "ReduceSumSquare": "sum", "ReduceLogSumExp": "sum",
    "ReduceProd": "sum", "ArgMax": "max", "ArgMin": "max",
}  # fmt: skip
"""What is left of an axis."""


def reduction(t: Translator, node: Node) -> None:
    """A mean, sum or maximum along axes."""
    data = t.data(node)
    rank = len(data.axes)
    if node.kind.startswith("Arg"):
        axes: Any = (node.attributes.get("axis", 0),)
    else:
        axes = t.listed(node, "axes", 1)
    gone = {axis % rank for axis in axes} if axes else set(range(rank))
    if axes is None and node.attributes.get("noop_with_empty_axes"):
        alias(t, node)
        return
    atoms = tuple(atom for axis in sorted(gone) for atom in example(data.axes[axis]))
    sides = data.sides
    if any(0 < len(_among(side, atoms)) < len(side) for side in sides):
        data = _apart(t, node, data, atoms)
        sides = data.sides
    names = "".join(
        name for name, side in zip("hwc", sides, strict=True)
        if side and holds(atoms, side)
    )  # fmt: skip
    how = REDUCTIONS[node.kind]
    steps = {"hwc": ("hw", "c"), "hc": ("h", "c"), "wc": ("w", "c"), "": ()}.get(names, (names,))
    if not steps:  # along axes of one
        t.noted.append((data.row, node, data.shape.size))
    for name in steps:
        pooled = how == "mean" and name in ("hw", "h" if not sides.w else "hw")
        row = (
            t.emit(node, "gpool", [data]) if pooled
            else t.emit(node, "reduce", [data], axis=name, how=how)
        )  # fmt: skip
        left = Sides(
            *(() if a in name else side for a, side in zip("hwc", data.sides, strict=True))
        )
        if pooled:
            row.cells["form"] = "mean"
        t.spell(row, node if name is steps[0] else Node("Identity", ""))
        data = Data(row.name, data.axes, left)
    keep = node.attributes.get("keepdims", 1)
    batch = tuple(a for axis in gone for a in data.axes[axis] if a.batch)
    kept = [
        () if axis in gone else one
        for axis, one in enumerate(data.axes)
        if keep or axis not in gone
    ]
    if batch and kept:
        kept[0] = batch + kept[0]
    t.give(node, data.with_axes(kept))


def _among(side: Atoms, atoms: Atoms) -> Atoms:
    return tuple(atom for atom in side if holds(atoms, (atom,)))


def _apart(t: Translator, node: Node, data: Data, atoms: Atoms) -> Data:
    """The same tensor with these atoms as the height of its map: they are a part of a side."""
    others = [tuple(a for a in side if not holds(atoms, (a,))) for side in data.sides]
    return t.rearranged(node, data, Sides(atoms, others[0] + others[1], others[2]))


HANDLERS |= dict.fromkeys(REDUCTIONS, reduction)
