"""Which nodes of a file are looked at: those that lead to an output, up to a choice by value."""

from __future__ import annotations

import shlex
from collections import Counter

from costcalc.errors import CostcalcError
from costcalc.importers import LEFT_OUT
from costcalc.importers.records import ModelFile, Node
from costcalc.safe_text import shortened

CHOOSING = (
    "NonZero", "TopK", "NonMaxSuppression", "Unique", "Compress", "[nonzero]", "[nms]",
    "[NON_MAX_SUPPRESSION_V4]", "[NON_MAX_SUPPRESSION_V5]", "[TFLite_Detection_PostProcess]",
)  # fmt: skip
"""Operators that choose among elements by their values, as a detector does among its boxes.

What reads them works on what they chose, however much that is: where one is left out, so is all
that reads it.
"""
LAYERS = ("Conv", "ConvTranspose", "Gemm", "MatMul")
"""Operators that are named where they are left out behind a choice."""
PREPARING = (
    "Gather", "Slice", "Split", "Squeeze", "Unsqueeze", "Reshape", "Flatten", "Transpose", "Shape",
    "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal", "And", "Or", "Not", "Cast",
)  # fmt: skip
"""Views and comparisons, which belong to a choice where nothing else reads them."""
OTHERS = "nodes around them"


def way_out(kind: str) -> str:
    """What the reader may do about an operator that is not counted."""
    if kind in CHOOSING:
        return f"--uncounted {kind} leaves it out with all that reads what it chooses"
    return f"--uncounted {shlex.quote(shortened(kind))} leaves one out"


def left_out(file: ModelFile) -> dict[str, int]:
    """How many nodes of each operator are left out because somebody said so.

    Those that belong to a choice leave the file, whose outputs are then what they read too.
    """
    found = Counter(shortened(node.kind) for node in file.nodes if node.kind in LEFT_OUT)
    gone = _of_choices(file)
    if gone:
        for node in gone:
            if node.kind not in LEFT_OUT:
                found[node.kind if node.kind in LAYERS else OTHERS] += 1
        written = {name for node in gone for name in node.outputs}
        names = [*file.outputs, *(name for node in gone for name in node.reads)]
        file.outputs = list(dict.fromkeys(name for name in names if name not in written))
        file.nodes = live(file)
    return dict(sorted(found.items(), key=lambda one: (one[0] not in LEFT_OUT, one)))


def _of_choices(file: ModelFile) -> list[Node]:
    """Choices that are left out, all behind them, and the views and comparisons for them alone."""
    behind: set[str] = set()
    gone: list[Node] = []
    kept: list[Node] = []
    for node in file.nodes:
        chooses = node.kind in CHOOSING and node.kind in LEFT_OUT
        if chooses or not behind.isdisjoint(node.reads):
            gone.append(node)
            behind.update(filter(None, node.outputs))
        else:
            kept.append(node)
    if not gone:
        return []
    read = set(file.outputs)
    for node in reversed(kept):
        if node.kind in PREPARING and read.isdisjoint(node.outputs):
            gone.append(node)
        else:
            read.update(node.reads)
    return gone


def live(file: ModelFile) -> list[Node]:
    """The nodes on which an output depends, in the file's order, each after those that it reads.

    Raises `CostcalcError` for nodes that read one another in a circle.
    """
    needed = _needed(file)
    found = {id(node) for node in needed}
    in_order = [node for node in file.nodes if id(node) in found]
    pending = {name for node in in_order for name in node.outputs if name}
    for node in in_order:
        if not pending.isdisjoint(node.reads):
            return needed
        pending.difference_update(node.outputs)
    return in_order


def _needed(file: ModelFile) -> list[Node]:
    """The nodes on which an output depends, in an order that follows what they read."""
    writers = {name: node for node in file.nodes for name in node.outputs if name}
    state: dict[int, int] = {}
    ordered: list[Node] = []
    stack = [writers[name] for name in reversed(file.outputs) if name in writers]
    while stack:
        node = stack[-1]
        seen = state.get(id(node), 0)
        if seen:
            stack.pop()
            if seen == 1:
                state[id(node)] = 2
                ordered.append(node)
            continue
        state[id(node)] = 1
        for name in reversed(node.reads):
            writer = writers.get(name)
            if writer is None:
                continue
            if state.get(id(writer), 0) == 1:
                raise CostcalcError(f"{writer.shown} depends on its own output", file.path)
            if id(writer) not in state:
                stack.append(writer)
    return ordered
