"""Constants with a number for each channel, each position or each element, trained or not."""

from __future__ import annotations

import math

from costcalc.importers.layout import Atoms, Data, equal, example, holds, like
from costcalc.importers.learned import is_trained, may_be_place, prepares
from costcalc.importers.operators.registry import handles
from costcalc.importers.records import Constant, Node
from costcalc.importers.sizes import Size, value
from costcalc.importers.translate import Translator
from costcalc.ops import NORMS


def trained(t: Translator, node: Node, data: Data, constant: Constant, work: str) -> Data:
    """A row with a constant of several numbers: one for each channel, or each element."""
    axes = spread_over(data, constant)
    over = tuple(atom for i in axes for atom in example(data.axes[i]))
    stored = t.stored.get(constant.owner)
    each = math.prod(value(atom.size) for atom in over)  # the same for every example of a batch
    copied = any(atom.batch for i in axes for atom in data.axes[i])
    times = (1, t.batch) if copied else (1,)
    whole = stored is not None and math.prod(stored.shape) in (each * one for one in times)
    positions = work == "add" and _is_for_each_element(data, over)
    given = (
        may_be_place(t, constant, data.shape.c) if positions else prepares(t, constant, data.row)
    )
    of_norm = _is_of_norm(t, data, over)
    learned = is_trained(t, constant, of_norm) and (whole or positions) and not given
    if stored is None or not learned or _is_for_all_heads(data, over):
        return like(t.emit(node, "elementwise", [data], work=work).name, data)
    if positions:
        if isinstance(data.shape.size, Size):
            data = t.fixed(node, data)
        row = t.emit(
            node, "position_embedding", [data], [("weights", constant)],
            table=None if whole else math.prod(stored.shape),
        )  # fmt: skip
        return like(row.name, data)
    data = t.channels(node, data, over)
    scales = work in ("mul", "div")  # the least that a channel may be is counted as a shift
    row = t.emit(
        node, "affine", [data], [("scale" if scales else "shift", constant)],
        scale=scales, shift=not scales,
    )  # fmt: skip
    return like(row.name, data)


def _is_for_each_element(data: Data, over: Atoms) -> bool:
    """Whether a constant is another one at each position, of which there are several, and in each
    channel."""
    h, w, c = (tuple(atom for atom in side if value(atom.size) != 1) for side in data.sides)
    return bool(h or w) and holds(over, h + w + c)


def _is_of_norm(t: Translator, data: Data, over: Atoms) -> bool:
    """Whether a constant is for each channel of what was normalised, and perhaps scaled since."""
    row = t.rows.get(data.row)
    while row is not None and row.op in ("affine", "fixed"):
        row = t.rows.get(row.inputs[0])
    return row is not None and row.op in NORMS.values() and equal(over, data.sides.c)


def _is_for_all_heads(data: Data, over: Atoms) -> bool:
    """Whether a constant is another one at each position and in each channel of a head, and the
    same in all heads: sines and cosines, by which queries and keys are turned."""
    within = [atom for atom in data.sides.c if holds(over, (atom,))]
    return 0 < len(within) < min(len(data.sides.c), len(over))


def spread_over(data: Data, constant: Constant) -> list[int]:
    """The axes along which a constant differs."""
    rank, own = len(data.axes), len(constant.shape)
    return [
        rank - own + i for i, size in enumerate(constant.shape) if size != 1 and rank >= own - i
    ]


@handles("PRelu")
def prelu(t: Translator, node: Node) -> None:
    """A trained slope below zero: one for all, for each channel or for each element."""
    data, slopes = t.data(node), t.weights(node, 1)
    over = tuple(atom for i in spread_over(data, slopes) for atom in example(data.axes[i]))
    if not over:
        per = "layer"
    elif _is_for_each_element(data, over):
        per, data = "element", t.fixed(node, data) if isinstance(data.shape.size, Size) else data
    else:
        per, data = "channel", t.channels(node, data, over)
    row = t.emit(node, "prelu", [data], [("scale", slopes)], per=per)
    t.give(node, like(row.name, data))
