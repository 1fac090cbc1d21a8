"""Dilated convolutions that a file spells as three operators.

SPACE_TO_BATCH_ND makes an image of every dilation-th row and column an image of its own, a
convolution without padding follows, and BATCH_TO_SPACE_ND puts them back: that is the
convolution with holes in its kernel, which later converters write as such.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from costcalc.importers.composer import Composer
from costcalc.importers.tflite.operation import Operation

APART, BACK = "SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND"


def dilated(operations: list[Operation], to: Composer) -> list[Operation]:
    """The operations, with each three that are one dilated convolution as that."""
    if not any(operation.word == APART for operation in operations):
        return operations
    readers: dict[str, list[int]] = defaultdict(list)
    for index, operation in enumerate(operations):
        for name in operation.inputs:
            readers[name].append(index)
    found: list[Operation | None] = list(operations)
    for index, apart in enumerate(operations):
        if apart.word != APART:
            continue
        chain = _following(operations, readers, index)
        made = _dilated(apart, *chain, to) if chain else None
        if chain and made is not None:
            conv, back = (readers[name][0] for name in (apart.outputs[0], chain[0].outputs[0]))
            found[index], found[conv], found[back] = None, made, None
    return [operation for operation in found if operation is not None]


def _following(
    operations: list[Operation], readers: dict[str, list[int]], index: int
) -> tuple[Operation, Operation] | None:
    """The convolution that alone reads what was put apart, and what alone reads that."""
    chain = []
    for word in ("CONV_2D", BACK):
        outputs = operations[index].outputs
        reading = readers[outputs[0]] if len(outputs) == 1 else []
        if len(reading) != 1 or not operations[reading[0]].word.endswith(word):
            return None
        index = reading[0]
        chain.append(operations[index])
    return chain[0], chain[1]


def _dilated(apart: Operation, conv: Operation, back: Operation, to: Composer) -> Operation | None:
    blocks, pads = apart.fixed(1, to), apart.fixed(2, to)
    crops = back.fixed(2, to)
    rows, columns = (6, 5) if conv.word.startswith("DEPTHWISE") else (5, 4)
    slots = (2, 1, rows, columns)
    plain = conv.option(0, "b") == 1 and all(conv.option(slot, default=1) == 1 for slot in slots)
    if not plain or back.fixed(1, to) != blocks or len(blocks) != 2 or len(pads) != 4:
        return None
    top, bottom, left, right = (p - c for p, c in zip(pads, crops, strict=True))
    if min(top, bottom, left, right) < 0 or conv.inputs[0] != apart.outputs[0]:
        return None
    return replace(
        conv,
        inputs=(apart.input(0), *conv.inputs[1:]),
        outputs=back.outputs,
        folded=(blocks, (top, left, bottom, right)),
    )
