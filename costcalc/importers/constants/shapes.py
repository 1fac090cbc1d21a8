"""Views and parts of constants, and what of a layer on constants is known: its shape."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from costcalc.importers.constants.arguments import (
    Made,
    NotComputed,
    bounds,
    input_at,
    listed,
    needed,
    parts_of,
    resolved,
    sliced,
    squeezed,
    whole_numbers,
)
from costcalc.importers.constants.arrays import broadcast, spread, taken, transposed
from costcalc.importers.ratios import ratio
from costcalc.importers.records import Constant, Node, few
from costcalc.importers.sizes import value


def _identity(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = needed(inputs, 0)
    return [(one.shape, one.values)] * len(node.outputs)


def _reshape(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = needed(inputs, 0)
    targets = listed(node, inputs, "shape", 1)
    shape = tuple(
        value(t) for t in resolved(targets, one.shape, bool(node.attributes.get("allowzero")))
    )
    if math.prod(shape) != math.prod(one.shape):
        raise NotComputed
    return [(shape, one.values)]


def _transpose(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = needed(inputs, 0)
    order = node.attributes.get("perm") or tuple(reversed(range(len(one.shape))))
    return [transposed(one.shape, one.values, order)]


def _squeeze(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = needed(inputs, 0)
    gone = squeezed(one.shape, listed(node, inputs, "axes", 1))
    return [(tuple(s for i, s in enumerate(one.shape) if i not in gone), one.values)]


def _unsqueeze(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = needed(inputs, 0)
    axes = listed(node, inputs, "axes", 1)
    rank = len(one.shape) + len(axes)
    new = {axis % rank for axis in axes}
    if len(new) < len(axes):
        raise NotComputed
    rest = iter(one.shape)
    return [(tuple(1 if i in new else next(rest) for i in range(rank)), one.values)]


def _flatten(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = needed(inputs, 0)
    axis = node.attributes.get("axis", 1) % (len(one.shape) + 1)
    return [((math.prod(one.shape[:axis]), math.prod(one.shape[axis:])), one.values)]


def _concat(node: Node, inputs: Sequence[Constant | None]) -> Made:
    parts = [one for one in inputs if one is not None]
    rank = len(parts[0].shape)
    axis = node.attributes.get("axis", 0) % rank
    shape = list(parts[0].shape)
    shape[axis] = sum(one.shape[axis] for one in parts)
    if any(one.values is None for one in parts):
        return [(tuple(shape), None)]
    rows: list[Any] = []
    for i in range(math.prod(shape[:axis])):
        for one in parts:
            length = math.prod(one.shape[axis:])
            rows += one.values[i * length : (i + 1) * length]  # type: ignore[index]
    return [(tuple(shape), tuple(rows))]


def _gather(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one, indices = needed(inputs, 0), needed(inputs, 1)
    axis = node.attributes.get("axis", 0) % max(1, len(one.shape))
    around = (one.shape[:axis], one.shape[axis + 1 :])
    shape = (*around[0], *indices.shape, *around[1])
    if indices.values is None:
        return [(shape, None)]
    size = one.shape[axis]
    places = [int(v) % size for v in indices.values]
    return [(shape, taken(one, axis, places)[1])]


def _gather_nd(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """Slices of an array, each at a place along its first axes; the values are not looked up."""
    one, indices = needed(inputs, 0), needed(inputs, 1)
    deep = node.attributes.get("batch_dims", 0) + indices.shape[-1]
    return [((*indices.shape[:-1], *one.shape[deep:]), None)]


def _shape_of_second(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """Elements looked up at places, one for each place."""
    indices = needed(inputs, 1)
    return [(indices.shape, None)]


def _slice(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = needed(inputs, 0)
    for axis, start, end, step in sliced(node, inputs, len(one.shape)):
        first, last = bounds(start, end, step, one.shape[axis])
        shape, values = taken(one, axis, range(value(first), value(last), step))
        one = Constant(one.name, shape, one.type, values)
    return [(one.shape, one.values)]


def _split(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = needed(inputs, 0)
    axis = node.attributes.get("axis", 0) % len(one.shape)
    made, begin = [], 0
    for length in parts_of(node, inputs, one.shape[axis]):
        made.append(taken(one, axis, range(begin, begin + length)))
        begin += length
    return made


def _filled(node: Node, inputs: Sequence[Constant | None]) -> Made:
    shape = tuple(map(value, whole_numbers(inputs[0])))
    said = node.attributes.get("value")
    each = said.values[0] if isinstance(said, Constant) and said.values else 0
    return [(shape, (each,) * math.prod(shape) if few(shape) else None)]


def _expand(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = needed(inputs, 0)
    shape = broadcast([one.shape, tuple(map(value, whole_numbers(inputs[1])))])
    return [(shape, spread(one.shape, one.values, shape))]


def _tile(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = needed(inputs, 0)
    times = whole_numbers(inputs[1])
    return [(tuple(a * value(b) for a, b in zip(one.shape, times, strict=True)), None)]


def _shape_only(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """Something of the first input's shape whose values nobody needs."""
    one = needed(inputs, 0)
    return [(one.shape, None)] * len(node.outputs)


def _standardised(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """Something of the first input's shape, and a mean and a variance of each of its channels."""
    shape = needed(inputs, 0).shape
    return [(shape, None), *[(shape[1:2], None)] * 4]


def _to_eight_bits(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """Numbers that are rounded on the way, as quantisers do with sizes among them: they stay what
    they are."""
    one = needed(inputs, 0)
    return [(one.shape, one.values)]


def _from_eight_bits(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """Numbers as they were before, or of whole ones that are stored the shape."""
    one = needed(inputs, 0)
    return [(one.shape, one.values if one.type.startswith("float") else None)]


def _eight_bits(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """A tensor in eight bits, its scale and its zero point."""
    return [_shape_only(node, inputs)[0], ((), None), ((), None)]


def _matmul(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """The shape of a product of constants, vectors too; its values nobody needs."""
    a, b = needed(inputs, 0), needed(inputs, 1)
    columns = b.shape[-1:] if len(b.shape) > 1 else ()
    return [((*broadcast([a.shape[:-2], b.shape[:-2]]), *a.shape[-2:-1], *columns), None)]


def _einsum(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """The shape of what an equation makes of constants, as of positions and frequencies."""
    result = str(node.attributes.get("equation", "")).replace(" ", "").partition("->")[2]
    sizes = indexed(node, inputs)
    return [(tuple(sizes[letter] for letter in result), None)]


def indexed(node: Node, inputs: Sequence[Constant | None]) -> dict[str, int]:
    """How far each index of an equation goes. Raises `NotComputed` where it is not said by one."""
    read = str(node.attributes.get("equation", "")).replace(" ", "").partition("->")[0]
    parts = read.split(",")
    if "." in read or len(parts) != len(inputs):
        raise NotComputed
    sizes: dict[str, int] = {}
    for place, letters in enumerate(parts):
        sizes |= zip(letters, needed(inputs, place).shape, strict=True)
    return sizes


def _conv(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """The shape of a convolution of constants, as of position features."""
    x, w = needed(inputs, 0), needed(inputs, 1)
    window, rank = w.shape[2:], len(w.shape) - 2
    strides = node.attributes.get("strides") or (1,) * rank
    dilations = node.attributes.get("dilations") or (1,) * rank
    pads = node.attributes.get("pads") or (0,) * (2 * rank)
    sizes = [
        (x.shape[2 + i] + pads[i] + pads[i + rank] - dilations[i] * (k - 1) - 1) // strides[i] + 1
        for i, k in enumerate(window)
    ]
    return [((x.shape[0], w.shape[0], *sizes), None)]


def _size(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = needed(inputs, 0)
    return [((), (math.prod(one.shape),))]


def _shape(node: Node, inputs: Sequence[Constant | None]) -> Made:
    sizes = needed(inputs, 0).shape[node.attributes.get("start", 0) : node.attributes.get("end")]
    return [((len(sizes),), sizes)]


def _pad(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """The shape with a border, as of a kernel that is made larger."""
    shape = list(needed(inputs, 0).shape)
    pads, axes = listed(node, inputs, "pads", 1), listed(node, inputs, "axes", 3)
    along = range(len(shape)) if axes is None else axes
    for before, after, axis in zip(pads, pads[len(pads) // 2 :], along, strict=False):
        shape[axis] += value(before) + value(after)
    return [(tuple(shape), None)]


def _resize(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """The shape of a table that is interpolated, as of positions; its values nobody needs."""
    one = needed(inputs, 0)
    sizes, scales = input_at(inputs, 3), input_at(inputs, 2 if len(inputs) > 2 else 1)
    axes = node.attributes.get("axes") or range(len(one.shape))
    shape = list(one.shape)
    for place, axis in enumerate(axes):
        if sizes is not None and sizes.shape:
            shape[axis] = value(whole_numbers(sizes)[place])
        elif scales is not None and scales.values:
            shape[axis] = math.floor(value(ratio(scales.values[place]) * shape[axis]))
        else:
            raise NotComputed
    return [(tuple(shape), None)]


SHAPES: dict[str, Callable[..., Made]] = {
    "Identity": _identity, "CastLike": _identity, "Dropout": _identity,
    "DynamicQuantizeLinear": _eight_bits, "DequantizeLinear": _from_eight_bits,
    "QuantizeLinear": _to_eight_bits, "Reshape": _reshape,
    "Transpose": _transpose, "Squeeze": _squeeze, "Unsqueeze": _unsqueeze, "Flatten": _flatten,
    "Concat": _concat, "Gather": _gather, "GatherND": _gather_nd,
    "GatherElements": _shape_of_second, "Slice": _slice, "Split": _split,
    "ConstantOfShape": _filled, "Expand": _expand, "Shape": _shape, "Size": _size,
    "BatchNormalization": _standardised, "CumSum": _shape_only, "Tile": _tile, "Resize": _resize,
    "Pad": _pad,
    "Sin": _shape_only, "Cos": _shape_only, "ScatterND": _shape_only,
    "ScatterElements": _shape_only, "Trilu": _shape_only, "EyeLike": _shape_only,
    "Exp": _shape_only, "Log": _shape_only, "Erf": _shape_only, "Sigmoid": _shape_only,
    "Softmax": _shape_only, "Tanh": _shape_only, "Relu": _shape_only, "MatMul": _matmul,
    "Einsum": _einsum,
    "Conv": _conv, "LayerNormalization": _shape_only, "Gelu": _shape_only, "Swish": _shape_only,
    "HardSwish": _shape_only, "InstanceNormalization": _shape_only,
}  # fmt: skip
"""What operators do to constants."""
