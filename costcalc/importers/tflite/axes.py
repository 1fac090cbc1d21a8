"""TFLite's operators along axes in the words of ONNX: products, shapes, slices, reductions."""

from __future__ import annotations

import math
from collections import defaultdict

from costcalc.importers.composer import LARGEST, Composer
from costcalc.importers.tflite.operation import Operation, fused


def fully_connected(op: Operation, to: Composer) -> None:
    """A product with a matrix of outputs by inputs, of the last axis or of all but the first."""
    data, shape = op.input(0), op.shape(0)
    weights, bias = op.input(1), op.optional(2)
    if len(op.shape(1)) != 2 or op.option(1, "b"):
        raise op.error("has weights that are no matrix of outputs and inputs")
    if len(shape) > 2 and op.option(2, "?"):
        product = to.transposed(weights, (1, 0))
        if bias:
            return fused(op, to, 0, "Add", to.emit("MatMul", data, product), bias)
        return fused(op, to, 0, "MatMul", data, product)
    if len(shape) != 2:
        whole = None not in op.open(0)[1:] and math.prod(shape[1:]) == op.shape(1)[1]
        if len(shape) > 2 and whole:
            data = to.emit("Flatten", data, axis=1)
        else:
            data = to.emit("Reshape", data, to.integers((-1, op.shape(1)[1])))
    return fused(op, to, 0, "Gemm", data, weights, bias, transB=1)


def batch_matmul(op: Operation, to: Composer) -> None:
    """A product of matrices, each of which may be transposed."""
    sides = []
    for index in (0, 1):
        name, order = op.input(index), list(range(len(op.shape(index))))
        if op.option(index, "?"):
            order[-2:] = reversed(order[-2:])
            name = to.transposed(name, order)
        sides.append(name)
    to.emit("MatMul", *sides, out=op.outputs[0])


def reshape(op: Operation, to: Composer) -> None:
    """Other sizes for the same elements, from an input or an option; `ones` where only axes of one
    come or go, as of means that are kept as they are without."""
    shape = op.optional(1)
    if not shape:
        sizes = op.options.numbers(0, "i", 32) if op.options else None
        shape = to.integers(sizes or ())
    sides = (op.open(0), op.tensors[op.outputs[0]].open)
    before, after = ([size for size in sizes if size != 1] for sizes in sides)
    said = {"ones": 1} if before == after and None not in before else {}
    to.emit("Reshape", op.input(0), shape, out=op.outputs[0], **said)


def broadcast_args(op: Operation, to: Composer) -> None:
    """The sizes that tensors of two sizes have together; those of fewer axes are the last ones."""
    ranks = [math.prod(op.shape(index)) for index in (0, 1)]
    sides = [
        to.emit("Concat", to.integers([1] * (max(ranks) - rank)), name, axis=0)
        if rank < max(ranks) else name
        for name, rank in zip(op.inputs, ranks, strict=False)
    ]  # fmt: skip
    to.emit("Max", *sides, out=op.outputs[0])


def squeeze(op: Operation, to: Composer) -> None:
    """Without axes of one element: those that are said, or all."""
    axes = op.options.numbers(0, "i", 32) if op.options else None
    if not axes:
        axes = tuple(axis for axis, size in enumerate(op.open(0)) if size == 1)
    to.emit("Squeeze", op.input(0), to.integers(axes), out=op.outputs[0])


def expand_dims(op: Operation, to: Composer) -> None:
    """With an axis of one element more."""
    to.emit("Unsqueeze", op.input(0), to.integers(op.fixed(1, to)), out=op.outputs[0])


def reduce(op: Operation, to: Composer) -> None:
    """A mean, sum, product, minimum or maximum along axes."""
    word = op.word.removeprefix("REDUCE_").capitalize()
    kind = "Reduce" + {"Any": "Max", "All": "Min"}.get(word, word)
    axes = to.integers(op.fixed(1, to))
    to.emit(kind, op.input(0), axes, out=op.outputs[0], keepdims=int(op.option(0, "?")))


def arg(op: Operation, to: Composer) -> None:
    """Where along an axis the largest or smallest element is."""
    kind, (axis, *_) = op.word.title().replace("_", ""), (*op.fixed(1, to), 0)
    to.emit(kind, op.input(0), out=op.outputs[0], axis=axis, keepdims=0)


def reverse(op: Operation, to: Composer) -> None:
    """Axes from their ends to their beginnings."""
    axes = [op.axis(axis) for axis in op.fixed(1, to)]
    to.flipped(op.input(0), axes, out=op.outputs[0])


def transpose(op: Operation, to: Composer) -> None:
    """The axes in another order."""
    order = tuple(op.axis(axis) for axis in op.fixed(1, to))
    to.emit("Transpose", op.input(0), out=op.outputs[0], perm=order)


def pad(op: Operation, to: Composer) -> None:
    """A border: the file has where it begins and ends axis by axis."""
    values = op.fixed(1, to)
    mode = (
        ("reflect", "symmetric")[op.option(0, "b") & 1] if op.word == "MIRROR_PAD" else "constant"
    )
    pads = to.integers((*values[::2], *values[1::2]))
    to.emit("Pad", op.input(0), pads, op.optional(2), out=op.outputs[0], mode=mode)


def split(op: Operation, to: Composer) -> None:
    """Parts along an axis, of equal or of given lengths."""
    lengths = op.word == "SPLIT_V"
    data, axis = (0, 2) if lengths else (1, 0)
    along = op.axis((*op.fixed(axis, to), 0)[0], data)
    if lengths:
        each = list(op.fixed(1, to))
        if -1 in each:  # what is left
            each[each.index(-1)] = op.shape(0)[along] - sum(each) - 1
        to.emit("Split", op.input(0), to.integers(each), out=op.outputs, axis=along)
    else:
        to.emit("Split", op.input(1), out=op.outputs, axis=along, num_outputs=len(op.outputs))


def pack(op: Operation, to: Composer) -> None:
    """Tensors stacked along a new axis."""
    axis = op.option(1)
    each = [to.emit("Unsqueeze", name, to.integers((axis,))) for name in op.inputs]
    to.emit("Concat", *each, out=op.outputs[0], axis=axis)


def unpack(op: Operation, to: Composer) -> None:
    """A tensor taken apart along an axis, which goes."""
    axis = op.axis(op.option(1))
    parts = [to.tensor(f"{name}/Split") for name in op.outputs]
    to.emit("Split", op.input(0), out=parts, axis=axis, num_outputs=len(parts))
    for part, out in zip(parts, op.outputs, strict=True):
        to.emit("Squeeze", part, to.integers((axis,)), out=out)


def gather(op: Operation, to: Composer) -> None:
    """Elements by their indices along an axis."""
    axis, batches = op.option(0), op.option(1)
    if not batches:
        to.emit("Gather", op.input(0), op.input(1), out=op.outputs[0], axis=axis)
    elif batches == op.axis(axis):
        places = to.emit("Unsqueeze", op.input(1), to.integers((-1,)))
        to.emit("GatherND", op.input(0), places, out=op.outputs[0], batch_dims=batches)
    else:
        to.emit("[GATHER behind its batches]", *op.inputs, out=op.outputs)


def segments(op: Operation, to: Composer) -> None:
    """Elements along the first axis put together, those with the same number; how einsum joins
    axes whose sizes it computes."""
    places: dict[int, list[int]] = defaultdict(list)
    for place, number in enumerate(op.fixed(1, to)):
        places[number].append(place)
    count = (*op.fixed(2, to), 0)[0]
    if sorted(places) != list(range(count)) or len(op.shape(1)) != 1:
        raise op.error("has numbers that are not of a part each")
    kind = "Reduce" + op.word.removeprefix("UNSORTED_SEGMENT_").capitalize()
    first = to.integers((0,))
    parts = [
        to.emit(
            kind, to.emit("Gather", op.input(0), to.integers(places[number]), axis=0), first,
            keepdims=1,
        )
        for number in range(count)
    ]  # fmt: skip
    to.emit("Concat", *parts, out=op.outputs[0], axis=0)


def slice_(op: Operation, to: Composer) -> None:
    """A part by where it begins and its sizes, of which -1 is the rest."""
    rank = len(op.shape(0))
    begin, size = to.values(op.input(1)), to.values(op.input(2))
    if begin is None or size is None:
        ends = to.emit("Add", op.input(1), op.input(2))
    elif len(begin) == len(size) == rank:
        both = zip(begin, size, strict=True)
        ends = to.integers(LARGEST if n < 0 else b + n for b, n in both)
    else:
        raise op.error(f"says {len(begin)} beginnings and {len(size)} sizes for {rank} axes")
    axes = to.integers(range(rank))
    to.emit("Slice", op.input(0), op.input(1), ends, axes, out=op.outputs[0])


def strided_slice(op: Operation, to: Composer) -> None:
    """Begin, end and stride by axis; the bits of five options say which mean something else."""
    begins, ends, strides = (to.values(op.input(index)) for index in (1, 2, 3))
    starts, stops, more, gone = op.option(0), op.option(1), op.option(3), op.option(4)
    if begins is None or ends is None or strides is None:
        # where one is computed it is read as it stands, which needs that nothing else is meant
        if starts or stops or more or gone or op.option(2):
            raise op.error("computes where it begins or ends, and leaves out some of it")
        axes = to.integers(range(len(op.shape(0))))
        to.emit("Slice", *op.inputs[:3], axes, op.input(3), out=op.outputs[0])
        return
    if not len(begins) == len(ends) == len(strides) or op.option(5, "?"):
        raise op.error("says its beginnings and ends in a way that is not read")
    said, new, squeezed = [], [], []
    axis = place = 0
    for index, (begin, end, stride) in enumerate(zip(begins, ends, strides, strict=True)):
        bit = 1 << index
        if op.option(2) & bit:  # an ellipsis: all axes that the rest says nothing of
            rest = sum(not more >> later & 1 for later in range(index + 1, len(begins)))
            skipped = len(op.shape(0)) - rest - axis
            axis, place = axis + skipped, place + skipped
            continue
        if more & bit:
            new.append(place)
            place += 1
            continue
        if gone & bit:
            squeezed.append(axis)
            said.append((axis, begin, begin + 1 if begin != -1 else LARGEST, 1))
        else:
            first = (0 if stride > 0 else LARGEST) if starts & bit else begin
            last = (LARGEST if stride > 0 else -LARGEST) if stops & bit else end
            said.append((axis, first, last, stride))
            place += 1
        axis += 1
    if axis > len(op.shape(0)):
        raise op.error(f"says more axes than the {len(op.shape(0))} of its input")
    steps: list[tuple[str, tuple[str, ...]]] = []
    cut = [one for one in said if one[1:] != (0, LARGEST, 1)]
    if cut:
        along, first, last, step = (to.integers(column) for column in zip(*cut, strict=True))
        steps.append(("Slice", (first, last, along, step)))
    if squeezed:
        steps.append(("Squeeze", (to.integers(squeezed),)))
    if new:
        steps.append(("Unsqueeze", (to.integers(new),)))
    to.chain(op.input(0), steps, op.outputs[0])
