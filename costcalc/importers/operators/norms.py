"""Normalisations."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from costcalc.importers.layout import Atoms, Data, equal, example, holds, like
from costcalc.importers.learned import is_made_up
from costcalc.importers.operators.registry import HANDLERS, handles
from costcalc.importers.operators.trained import spread_over
from costcalc.importers.patterns import WHOLE
from costcalc.importers.records import Constant, Node, Within
from costcalc.importers.sizes import same, value
from costcalc.importers.translate import Translator

MOST = 64
"""The most channels of a local response normalisation whose multiplications are nodes each."""

# Normalisation.


@handles("BatchNormalization")
def batch_norm(t: Translator, node: Node) -> None:
    """Batch normalisation that the file has as a node."""
    data = t.data(node)
    channels = len(data.axes) - 1 if node.attributes.get("channels_last") else 1
    if len(data.axes) > 1:
        data = t.channels(node, data, data.axis(channels))
    for place in range(1, 5):
        if t.has(node, place):
            t.weights(node, place)
    buffers = [(part, t.constant(node, place)) for place, part in ((3, "mean"), (4, "variance"))]
    weights, said = _parts(t, node)
    t.give(node, t.each(node, "batch_norm", data, [*weights, *buffers], **said)[1])


def _parts(t: Translator, node: Node) -> tuple[list[tuple[str, Constant | None]], dict[str, Any]]:
    """What a normalisation is scaled and shifted by, and whether it is."""
    found: dict[str, Constant | None] = {}
    within = node.attributes.get("within")
    of_steps = bool(within and within[0].name)  # of the file's own: spelled out
    for place, part in ((1, "scale"), (2, "shift")):
        constant = t.constant(node, place)
        made_up = constant is not None and is_made_up(t, constant, of_steps)
        found[part] = None if made_up else constant
    return list(found.items()), {part: one is not None for part, one in found.items()}


@handles("LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization")
def layer_norm(t: Translator, node: Node) -> None:
    """Normalisation over the last axes."""
    data = t.data(node)
    rank = len(data.axes)
    axes = node.attributes.get("axes") or range(node.attributes.get("axis", -1) % rank, rank)
    places = sorted(axis % rank for axis in axes)
    over = tuple(atom for place in places for atom in example(data.axes[place]))
    apart = tuple(atom for atom in data.sides.c if not holds(over, (atom,)))
    by_groups = apart and data.sides.h and holds(over, data.sides.h + data.sides.w)
    if node.kind == "LayerNormalization" and len(places) > 1 and "within" not in node.attributes:
        node = _over_several(node, value(data.sizes[places[0]]))
    if not _suits(t, node, data, data.sides.c if by_groups else over):
        _scaled_after(t, node)
        return
    if by_groups:
        _by_groups(t, node, data, apart)  # of a map and a part of its channels
        return
    weights, said = _parts(t, node)
    data = t.channels(node, data, over)
    if node.kind != "LayerNormalization":
        row = t.emit(node, "rms_norm", [data], weights[:1], scale=said["scale"])
    else:
        row = t.emit(node, "layer_norm", [data], weights, **said)
    if "within" in node.attributes:
        t.spell(row, node)
    t.give(node, like(row.name, data))


def _over_several(node: Node, first: int) -> Node:
    """A normalisation over several axes, the first one this long: what tools that know one axis
    count, whose means are one for each element of the others."""
    each = (WHOLE, f"{node.kind} axes"), (f"{WHOLE} / {first}", f"{node.kind} means")
    within = [Within(on, kind, "") for on, kind in each]
    return replace(node, attributes={**node.attributes, "within": within})


def _suits(t: Translator, node: Node, data: Data, over: Atoms) -> bool:
    """Whether what a normalisation is scaled and shifted by has a number for each of these, and
    so is a part of it."""
    for place in (1, 2):
        if not t.has(node, place):
            continue
        constant = t.constant(node, place)
        if constant is None:
            return False
        along = tuple(a for i in spread_over(data, constant) for a in example(data.axes[i]))
        if len(constant.shape) > len(data.axes) or not equal(along, over):
            return False
    return True


def _scaled_after(t: Translator, node: Node) -> None:
    """A normalisation, and what it is scaled and shifted by as steps of their own: by as many
    numbers as that has, or by another tensor."""
    kinds = [(kind, place) for kind, place in (("Mul", 1), ("Add", 2)) if t.has(node, place)]
    name = f"{node.outputs[0]}/{node.kind}"
    given = dict(node.attributes)
    within = list(given.get("within", ()))
    part = not within or not within[0].name  # one node of the file, which has the two
    for kind, _ in reversed(kinds):
        last = next((one for one in reversed(within) if one.kind == kind), None)
        if last is not None:
            within.remove(last)
    if within:
        given["within"] = within
    alone = replace(node, inputs=node.inputs[:1], outputs=(name,), attributes=given)
    HANDLERS[node.kind](t, alone)
    for kind, place in kinds:
        out = node.outputs[0] if place == kinds[-1][1] else f"{node.outputs[0]}/{kind}"
        made = replace(
            node, kind=kind, inputs=(name, node.inputs[place]), outputs=(out,), attributes={}
        )
        HANDLERS[kind](t, made)
        if part:
            t.within[t.data(Node("", "", (out,))).row] = ((WHOLE, "Identity"),)
        name = out


def _by_groups(t: Translator, node: Node, data: Data, apart: Atoms) -> None:
    """Normalisation of each of these groups of channels, or of each channel, over all positions."""
    weights, said = _parts(t, node)
    if equal(apart, data.sides.c):
        row = t.emit(node, "instance_norm", [data], weights, **said)
    else:
        groups = math.prod(atom.size for atom in apart)
        row = t.emit(node, "group_norm", [data], weights, g=groups, **said)
    t.spell(row, node)
    t.give(node, like(row.name, data))


@handles("InstanceNormalization", "GroupNormalization")
def group_norm(t: Translator, node: Node) -> None:
    """Normalisation over groups of channels, or over each channel."""
    data = t.data(node)
    weights, said = _parts(t, node)
    if node.kind == "GroupNormalization":
        groups: Any = node.attributes.get("num_groups", 1)
        by_channel = True
        data = t.channels(node, data, data.axis(1))
    else:
        groups = math.prod(atom.size for atom in data.axis(1))
        channels = data.shape.c
        by_channel = same(groups, channels)
        if not by_channel and not value(channels) % value(groups) == 0:
            raise t.error(node, "it normalises over other groups than of channels")
    if not by_channel:  # a group norm is exported as one over groups: its ones are not trained
        weights, said = [], dict.fromkeys(said, False)
    if by_channel and node.kind == "InstanceNormalization":
        row = t.emit(node, "instance_norm", [data], weights, **said)
    else:
        row = t.emit(node, "group_norm", [data], weights, g=groups, **said)
    if "within" in node.attributes:
        t.spell(row, node)
    t.give(node, like(row.name, data))


@handles("LRN")
def local_response_norm(t: Translator, node: Node) -> None:
    """Normalisation over neighbouring channels."""
    span = node.attributes.get("size", 5)
    row = t.spell(t.pointwise(node, "lrn", span=span), node)
    if span <= MOST:
        t.within[row.name] += (("in", "Mul"),) * span


@handles("LpNormalization", "MeanVarianceNormalization")
def plain_norm(t: Translator, node: Node) -> None:
    """Normalisation without anything trained."""
    t.spell(t.pointwise(node, "layer_norm", scale=False, shift=False), node)
