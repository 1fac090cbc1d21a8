"""Normalisations."""

from __future__ import annotations

import math
from typing import Any

from costcalc.importers.layout import Atoms, Data, equal, example, holds, like
from costcalc.importers.operators.registry import handles
from costcalc.importers.records import Node
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
    parts = ("scale", "shift", "mean", "variance")
    weights = [
        (part, t.weights(node, place) if t.has(node, place) else None)
        for place, part in enumerate(parts, 1)
    ]
    row = t.emit(
        node, "batch_norm", [data], weights, scale=t.has(node, 1), shift=t.has(node, 2)
    )  # fmt: skip
    t.give(node, like(row.name, data))


@handles("LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization")
def layer_norm(t: Translator, node: Node) -> None:
    """Normalisation over the last axes."""
    data = t.data(node)
    rank = len(data.axes)
    axes = node.attributes.get("axes") or range(node.attributes.get("axis", -1) % rank, rank)
    places = sorted(axis % rank for axis in axes)
    over = tuple(atom for place in places for atom in example(data.axes[place]))
    scale, shift = t.constant(node, 1), t.constant(node, 2)
    apart = tuple(atom for atom in data.sides.c if not holds(over, (atom,)))
    if apart and data.sides.h and holds(over, data.sides.h + data.sides.w):
        _by_groups(t, node, data, apart)  # of a map and a part of its channels
        return
    data = t.channels(node, data, over)
    if node.kind != "LayerNormalization":
        row = t.spell(t.emit(node, "rms_norm", [data], [("scale", scale)]), node)
    else:
        row = t.emit(
            node, "layer_norm", [data], [("scale", scale), ("shift", shift)],
            scale=scale is not None, shift=shift is not None,
        )  # fmt: skip
        t.spell(row, node)
    t.give(node, like(row.name, data))


def _by_groups(t: Translator, node: Node, data: Data, apart: Atoms) -> None:
    """Normalisation of each of these groups of channels, or of each channel, over all positions."""
    weights = [("scale", t.constant(node, 1)), ("shift", t.constant(node, 2))]
    said: dict[str, Any] = {part: constant is not None for part, constant in weights}
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
    scale, shift = t.constant(node, 1), t.constant(node, 2)
    if node.kind == "GroupNormalization":
        groups: Any = node.attributes.get("num_groups", 1)
        trained = scale is not None
        data = t.channels(node, data, data.axis(1))
    else:
        groups = math.prod(atom.size for atom in data.axis(1))
        channels = data.shape.c
        trained = same(groups, channels)
        if not trained and not value(channels) % value(groups) == 0:
            raise t.error(node, "it normalises over other groups than of channels")
    if trained and node.kind == "InstanceNormalization":
        row = t.emit(node, "instance_norm", [data], [("scale", scale), ("shift", shift)])
    else:  # a group norm is exported as an instance norm over groups: its ones are not trained
        weights = [("scale", scale), ("shift", shift)] if trained else []
        row = t.emit(node, "group_norm", [data], weights, g=groups, scale=trained, shift=trained)
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
