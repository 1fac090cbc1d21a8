"""Dilated convolutions that a file spells as three operators.

SPACE_TO_BATCH_ND makes an image of every dilation-th row and column an image of its own, a
convolution without padding follows, and BATCH_TO_SPACE_ND puts them back: that is the
convolution with holes in its kernel, which later converters write as such. A sequence is made an
image for the convolution, one element high.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import replace

from costcalc.importers.composer import Composer
from costcalc.importers.tflite.operation import Folded, Operation

APART, BACK = "SPACE_TO_BATCH_ND", ("BATCH_TO_SPACE_ND",)
CONVOLVES = ("CONV_2D", "DEPTHWISE_CONV_2D")
EXPANDS, TAKES = ("EXPAND_DIMS",), ("SQUEEZE", "RESHAPE")
"""What gives a sequence the height of an image, and what takes that away."""


def dilated(operations: list[Operation], to: Composer) -> list[Operation]:
    """The operations, with each three that are one dilated convolution as that."""
    if not any(operation.word == APART for operation in operations):
        return operations
    readers: dict[str, list[int]] = defaultdict(list)
    for index, operation in enumerate(operations):
        for name in operation.inputs:
            readers[name].append(index)
    found: list[list[Operation]] = [[operation] for operation in operations]
    for index, apart in enumerate(operations):
        if apart.word != APART:
            continue
        chain = _following(operations, readers, index)
        made = _dilated(apart, [operations[one] for one in chain], to) if chain else []
        if made:
            for one in (index, *chain):
                found[one] = []
            found[chain[-1]] = made
    return [operation for each in found for operation in each]


def _following(operations: list[Operation], readers: dict[str, list[int]], index: int) -> list[int]:
    """The convolution that alone reads what was put apart, and what alone reads that; of a
    sequence, with the axis that is added and taken away. Nothing where others follow."""
    sequence = len(operations[index].shape(0)) == 3
    chain = []
    for words in (EXPANDS, CONVOLVES, TAKES, BACK) if sequence else (CONVOLVES, BACK):
        outputs = operations[index].outputs
        reading = readers[outputs[0]] if len(outputs) == 1 else []
        if len(reading) != 1 or operations[reading[0]].word not in words:
            return []
        if operations[reading[0]].inputs[0] != outputs[0]:
            return []
        index = reading[0]
        chain.append(index)
    return chain


def _dilated(apart: Operation, chain: list[Operation], to: Composer) -> list[Operation]:
    """What the operations are: a convolution, of a sequence with what is around it."""
    back = chain[-1]
    conv = next(one for one in chain if one.word in CONVOLVES)
    blocks = apart.fixed(1, to)
    rows, columns = (6, 5) if conv.word.startswith("DEPTHWISE") else (5, 4)
    slots = (2, 1, rows, columns)
    plain = conv.option(0, "b") == 1 and all(conv.option(slot, default=1) == 1 for slot in slots)
    axes = len(apart.shape(0)) - 2
    if not plain or back.fixed(1, to) != blocks or len(blocks) != axes:
        return []
    folded = Folded((1, *blocks)[-2:], computed=(apart.input(2), back.input(2)))
    pads, crops = map(to.values, folded.computed)
    if pads is not None and crops is not None:
        if not len(pads) == len(crops) == 2 * axes:
            return []
        around = [p - c for p, c in zip(pads, crops, strict=True)]
        if min(around) < 0:
            return []
        ends = ((0, *side)[-2:] for side in (around[::2], around[1::2]))
        folded = Folded(folded.dilations, tuple(itertools.chain(*ends)))
    given = apart.input(0)
    if axes == 2:
        inputs = (given, *conv.inputs[1:])
        return [replace(conv, inputs=inputs, outputs=back.outputs, folded=folded)]
    expand, _, squeeze, _ = chain
    if expand.fixed(1, to) not in ((1,), (-3,)):
        return []
    shape = to.integers((0, -1, squeeze.shape(0)[-1]))
    return [
        replace(expand, inputs=(given, *expand.inputs[1:])),
        replace(conv, folded=folded),
        replace(squeeze, word="RESHAPE", inputs=(conv.outputs[0], shape), outputs=back.outputs),
    ]
