"""TFLite's layers over sequences: an input each for the matrices and vectors of every gate."""

from __future__ import annotations

from costcalc.importers.composer import Composer
from costcalc.importers.tflite.operation import Operation

GATES = 4
"""The input's, the forget gate's, what is to be remembered, the output's: in this order."""
NORMS = range(20, 24)
"""Where the layer norms of the gates stand, after two states."""


def lstm(op: Operation, to: Composer) -> None:
    """A layer that goes one way."""
    if any(map(op.optional, NORMS)):
        raise op.error("normalises its gates, which is not counted")
    _way(op, to, op.outputs[0], 1, op.option(3, "b"))


def both_ways(op: Operation, to: Composer) -> None:
    """A layer that goes both ways, whose units may come one after the other."""
    if any(map(op.optional, range(39, len(op.inputs)))):
        raise op.error("reads a second sequence, which is not counted")
    merged, time_major = op.option(3, "b"), op.option(4, "b")
    ways = [
        _way(op, to, "" if merged else op.outputs[way], 1 + 17 * way, time_major) for way in (0, 1)
    ]
    if merged:
        to.emit("Concat", *ways, out=op.outputs[0], axis=2)


def _way(op: Operation, to: Composer, out: str, first: int, time_major: int) -> str:
    """One way of an LSTM, whose inputs begin at a place; the name of what it says."""
    matrices = range(first, first + 2 * GATES)
    peepholes = range(first + 2 * GATES, first + 3 * GATES - 1)
    vectors = range(first + 3 * GATES - 1, first + 4 * GATES - 1)
    projection, bias = (op.optional(first + 4 * GATES - 1 + place) for place in (0, 1))
    if not op.optional(first):
        raise op.error("has gates that are one, which is not counted")
    if any(map(op.optional, peepholes)):
        raise op.error("has peepholes, which are not counted")
    if bias:
        raise op.error("adds biases to what it projects, which are not counted")
    weights = [*map(op.input, matrices), *([projection] if projection else [])]
    return to.recurrent(
        "LSTM", op.input(0), weights, [*map(op.input, vectors)],
        out=out,
        hidden=op.shape(first + 1)[0],
        directions=1,
        biases=1,
        projection=op.tensors[projection].shape[0] if projection else None,
        layout=int(not time_major),
    )  # fmt: skip


def rnn(op: Operation, to: Composer) -> None:
    """A layer without gates."""
    to.recurrent(
        "RNN", op.input(0), [op.input(1), op.input(2)], [op.input(3)],
        out=op.outputs[0],
        hidden=op.shape(1)[0],
        directions=1,
        biases=1,
        projection=None,
        layout=int(not op.option(0, "b")),
    )  # fmt: skip
