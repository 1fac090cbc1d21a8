"""What of a model file is the same whatever the input: constants, and arithmetic on sizes.

Exporters write a channel shuffle as Shape, Gather, Div, Concat and Reshape. Such nodes are
computed here, on whole numbers and on sizes that hyperparameters decide. Of a tensor with more
elements than are read only the shape goes on, and which stored constant it was made of.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from costcalc.importers import pieces
from costcalc.importers.ratios import Ratio, ratio
from costcalc.importers.records import KNOWN, Constant, Node
from costcalc.importers.sizes import Size, same, value

Values = tuple[Any, ...] | None


class NotComputed(Exception):
    """A node on constants whose output cannot be told."""


def compute(node: Node, inputs: Sequence[Constant | None]) -> list[Constant]:
    """The outputs of a node that reads constants alone. Raises `NotComputed` for what is not known.

    An output that is made of stored elements names the constant that they are from.
    """
    first = next((one for one in inputs if one is not None), None)
    function = FUNCTIONS.get(node.kind)
    if function is None:
        raise NotComputed
    try:
        made = function(node, inputs)
    except (IndexError, ValueError, TypeError, ZeroDivisionError, OverflowError) as error:
        raise NotComputed from error
    if node.kind in ("DequantizeLinear", "QuantizeLinear"):
        source = first  # a few whole numbers too, if a scale makes weights of them
    else:
        source = next((one for one in inputs if one is not None and _is_stored(one)), None)
    owner = "" if source is None or source.untrained else source.owner
    type_ = first.type if first else "int64"
    if node.kind in ("Cast", "ConstantOfShape", "Equal", "Less", "Greater", "Not"):
        type_ = _type_of(node, type_)
    parts = pieces_of(node, inputs) if owner and source is inputs[0] else []
    of = [pieces.named(owner, part) for part in parts] or [owner] * len(made)
    return [
        Constant(name, shape, type_, values if _few(shape) else None, whose, untrained=not owner)
        for name, (shape, values), whose in zip(node.outputs, made, of, strict=False)
    ]


def pieces_of(node: Node, inputs: Sequence[Constant | None]) -> list[list[pieces.Along]]:
    """Where on its axes each output of a slice or a split lies; nothing for other nodes."""
    one = inputs[0]
    assert one is not None
    if node.kind == "Split":
        axis, begin, found = node.attributes.get("axis", 0) % len(one.shape), 0, []
        for length in parts_of(node, inputs, one.shape[axis]):
            found.append([(axis, begin, begin + length, 1)])
            begin += length
    elif node.kind == "Slice":
        found = [[]]
        for axis, start, end, step in sliced(node, inputs, len(one.shape)):
            first, last = map(value, bounds(start, end, step, one.shape[axis]))
            found[0].append((axis, first, last, step))
    elif node.kind == "Gather" and len(node.inputs) > 1 and inputs[1] is not None:
        axis, places = node.attributes.get("axis", 0) % len(one.shape), inputs[1].values
        if inputs[1].shape or not places:
            return []
        at = int(places[0]) % one.shape[axis]
        found = [[(axis, at, at + 1, 1)]]
    else:
        return []
    return [[along for along in part if along[1:] != (0, one.shape[along[0]], 1)] for part in found]


def _is_stored(constant: Constant) -> bool:
    return constant.values is None or constant.type.startswith(("float", "bfloat"))


def _type_of(node: Node, type_: str) -> str:
    from costcalc.importers.onnx import TYPES

    if node.kind == "Cast":
        return TYPES.get(node.attributes.get("to", 0), type_)
    filled = node.attributes.get("value")
    if node.kind == "ConstantOfShape":
        return filled.type if isinstance(filled, Constant) else "float32"
    return "bool"


def _few(shape: Sequence[int]) -> bool:
    return math.prod(shape) <= KNOWN


Made = list[tuple[tuple[int, ...], Values]]
"""Shape and values of each output."""


def _input(inputs: Sequence[Constant | None], place: int) -> Constant | None:
    return inputs[place] if place < len(inputs) else None


def whole_numbers(constant: Constant | None) -> tuple[Any, ...]:
    """The values of a small constant of whole numbers.

    Raises `NotComputed` where they are not known.
    """
    if constant is None or constant.values is None:
        raise NotComputed
    if any(isinstance(v, Ratio) for v in constant.values):
        raise NotComputed
    return tuple(v if isinstance(v, Size) else int(v) for v in constant.values)


def listed(node: Node, inputs: Sequence[Constant | None], name: str, place: int) -> Any:
    """Whole numbers that were an attribute once, and are an input now; None where neither is.

    Raises `NotComputed` where they depend on the model's input.
    """
    if name in node.attributes:
        said = node.attributes[name]
        return said if isinstance(said, tuple) else (said,)
    given = _input(inputs, place)
    if given is None and node.inputs[place : place + 1] not in ((), ("",)):
        raise NotComputed
    return None if given is None else whole_numbers(given)


# Arrays: a shape and its values in row-major order.


def _strides(shape: Sequence[int]) -> list[int]:
    strides = [1] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        strides[axis] = strides[axis + 1] * shape[axis + 1]
    return strides


def _at(shape: Sequence[int], strides: Sequence[int]) -> list[int]:
    """The places of all elements of a shape under given strides, in row-major order."""
    places = [0]
    for size, stride in zip(shape, strides, strict=True):
        places = [place + i * stride for place in places for i in range(size)]
    return places


def transposed(shape: tuple[int, ...], values: Values, order: Sequence[int]) -> tuple[Any, Values]:
    """An array with its axes in another order."""
    new = tuple(shape[axis] for axis in order)
    if values is None:
        return new, None
    strides = _strides(shape)
    return new, tuple(values[at] for at in _at(new, [strides[axis] for axis in order]))


def broadcast(shapes: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The shape of element-wise arithmetic. Raises `ValueError` where sizes do not meet."""
    rank = max(map(len, shapes))
    result = []
    for sizes in itertools.zip_longest(*(tuple(reversed(s)) for s in shapes), fillvalue=1):
        larger = {size for size in sizes if size != 1}
        if len(larger) > 1:
            raise ValueError("sizes do not meet")
        result.append(larger.pop() if larger else 1)
    return tuple(reversed(result[:rank]))


def _spread(shape: Sequence[int], values: Values, over: Sequence[int]) -> Values:
    """The values of an array repeated over a larger shape."""
    if values is None or not _few(over):
        return None
    padded = (1,) * (len(over) - len(shape)) + tuple(shape)
    strides = [
        0 if size == 1 else stride for size, stride in zip(padded, _strides(padded), strict=True)
    ]
    return tuple(values[at] for at in _at(over, strides))


def _elementwise(apply: Callable[..., Any]) -> Callable[..., Made]:
    def run(node: Node, inputs: Sequence[Constant | None]) -> Made:
        given = [one for one in inputs if one is not None]
        shape = broadcast([one.shape for one in given])
        columns = [_spread(one.shape, one.values, shape) for one in given]
        if any(column is None for column in columns):
            return [(shape, None)]
        return [(shape, tuple(itertools.starmap(apply, zip(*columns, strict=True))))]

    return run


def _exact(apply: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Arithmetic in which a number with a fraction meets sizes exactly."""

    def run(a: Any, b: Any) -> Any:
        if isinstance(a, Size | Ratio) or isinstance(b, Size | Ratio):
            return apply(ratio(a), ratio(b))
        return apply(a, b)

    return run


def _divide(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """A quotient: of whole numbers the whole one, with the sign of a fraction cut off."""
    exact = any(one is not None and one.type.startswith(("float", "bfloat")) for one in inputs)
    return _elementwise(_exact(operator.truediv) if exact else _whole_quotient)(node, inputs)


def _whole_quotient(a: Any, b: Any) -> Any:
    return a // b if value(a) * value(b) >= 0 else -(-a // b)


def _rounded(apply: Callable[[Any], Any]) -> Callable[..., Made]:
    """Numbers without their fractions, which stay floating point; sizes have none."""

    def run(number: Any) -> Any:
        if isinstance(number, Size | Ratio):
            return apply(number) if isinstance(number, Ratio) else number
        return float(apply(number))

    return _elementwise(run)


def _nearest(number: Any) -> Any:
    """The nearest whole number; of a ratio, of two the larger one."""
    return math.floor(number + 0.5) if isinstance(number, Ratio) else round(number)


def _clip(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """Numbers within bounds, which are attributes of old."""
    one, *said = (*inputs, None, None)[:3]
    assert one is not None
    limits = [
        node.attributes.get(name, given.values[0] if given is not None and given.values else None)
        for name, given in zip(("min", "max"), said, strict=True)
    ]
    if one.values is None:
        return [(one.shape, None)]
    low, high = limits
    above = (v if low is None or v >= low else low for v in one.values)
    return [(one.shape, tuple(v if high is None or v <= high else high for v in above))]


def _identity(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = inputs[0]
    assert one is not None
    return [(one.shape, one.values)] * len(node.outputs)


def _cast(node: Node, inputs: Sequence[Constant | None]) -> Made:
    from costcalc.importers.onnx import TYPES

    one = inputs[0]
    assert one is not None
    if one.values is None or not TYPES.get(node.attributes.get("to", 0), "").startswith(
        ("int", "uint")
    ):
        return [(one.shape, one.values)]
    return [(one.shape, tuple(v if isinstance(v, Size) else math.trunc(v) for v in one.values))]


def resolved(targets: Sequence[Any], sizes: Sequence[Any], keep: bool) -> list[Any]:
    """The sizes that a reshape asks for: 0 is as it was (unless `keep`), -1 what is left."""
    wanted = [
        sizes[i] if not keep and isinstance(t, int) and t == 0 else t for i, t in enumerate(targets)
    ]
    for i, target in enumerate(wanted):
        if isinstance(target, int) and target == -1:
            others = math.prod(wanted[:i] + wanted[i + 1 :])
            left = math.prod(sizes) // others
            # where the others are numbers and the whole depends on settings, so is this one
            exact = same(left * others, math.prod(sizes))
            wanted[i] = left if exact else value(math.prod(sizes)) // value(others)
    return wanted


def _reshape(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = inputs[0]
    assert one is not None
    targets = listed(node, inputs, "shape", 1)
    shape = tuple(
        value(t) for t in resolved(targets, one.shape, bool(node.attributes.get("allowzero")))
    )
    if math.prod(shape) != math.prod(one.shape):
        raise NotComputed
    return [(shape, one.values)]


def _transpose(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = inputs[0]
    assert one is not None
    order = node.attributes.get("perm") or tuple(reversed(range(len(one.shape))))
    return [transposed(one.shape, one.values, order)]


def squeezed(sizes: Sequence[Any], axes: Sequence[int] | None) -> list[int]:
    """The axes that are left out: those that are named, or all of size 1."""
    rank = len(sizes)
    if axes is None:
        return [i for i, size in enumerate(sizes) if isinstance(size, int) and size == 1]
    return [axis % rank for axis in axes]


def _squeeze(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = inputs[0]
    assert one is not None
    gone = squeezed(one.shape, listed(node, inputs, "axes", 1))
    return [(tuple(s for i, s in enumerate(one.shape) if i not in gone), one.values)]


def _unsqueeze(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = inputs[0]
    assert one is not None
    axes = listed(node, inputs, "axes", 1)
    rank = len(one.shape) + len(axes)
    new = {axis % rank for axis in axes}
    rest = iter(one.shape)
    return [(tuple(1 if i in new else next(rest) for i in range(rank)), one.values)]


def _flatten(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = inputs[0]
    assert one is not None
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


def taken(one: Constant, axis: int, places: Sequence[int]) -> tuple[tuple[int, ...], Values]:
    """Some places along an axis of an array, in a given order."""
    shape = (*one.shape[:axis], len(places), *one.shape[axis + 1 :])
    if one.values is None or not _few(shape):
        return shape, None
    inner = math.prod(one.shape[axis + 1 :])
    found: list[Any] = []
    for outer in range(math.prod(one.shape[:axis])):
        for place in places:
            at = (outer * one.shape[axis] + place) * inner
            found += one.values[at : at + inner]
    return shape, tuple(found)


def _gather(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one, indices = inputs[0], inputs[1]
    assert one is not None
    assert indices is not None
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
    one, indices = inputs[0], inputs[1]
    assert one is not None
    assert indices is not None
    deep = node.attributes.get("batch_dims", 0) + indices.shape[-1]
    return [((*indices.shape[:-1], *one.shape[deep:]), None)]


def _shape_of_second(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """Elements looked up at places, one for each place."""
    indices = inputs[1]
    assert indices is not None
    return [(indices.shape, None)]


def bounds(start: Any, end: Any, step: int, size: Any) -> tuple[Any, Any]:
    """Where a slice begins and ends on an axis of that size, both within it."""
    low, high = (0, size) if step > 0 else (-1, size - 1)

    def within(place: Any) -> Any:
        place = place + size if value(place) < 0 else place
        if value(place) <= low:
            return low
        return high if value(place) >= value(high) else place

    return within(start), within(end)


def sliced(
    node: Node, inputs: Sequence[Constant | None], rank: int
) -> list[tuple[int, Any, Any, int]]:
    """Axis, start, end and step of each axis that is sliced."""
    starts, ends = listed(node, inputs, "starts", 1), listed(node, inputs, "ends", 2)
    if starts is None or ends is None:
        raise NotComputed
    axes = listed(node, inputs, "axes", 3) or range(len(starts))
    steps = listed(node, inputs, "steps", 4) or (1,) * len(starts)
    return [
        (axis % rank, start, end, int(step))
        for axis, start, end, step in zip(axes, starts, ends, steps, strict=True)
    ]


def _slice(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = inputs[0]
    assert one is not None
    for axis, start, end, step in sliced(node, inputs, len(one.shape)):
        first, last = bounds(start, end, step, one.shape[axis])
        shape, values = taken(one, axis, range(value(first), value(last), step))
        one = Constant(one.name, shape, one.type, values)
    return [(one.shape, one.values)]


def parts_of(node: Node, inputs: Sequence[Constant | None], size: Any) -> list[Any]:
    """How long each output of a split is."""
    parts = listed(node, inputs, "split", 1)
    if parts is not None:
        return list(parts)
    count = len(node.outputs)
    each = -(-size // count)
    return [each] * (count - 1) + [size - each * (count - 1)]


def _split(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = inputs[0]
    assert one is not None
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
    return [(shape, (each,) * math.prod(shape) if _few(shape) else None)]


def _expand(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = inputs[0]
    assert one is not None
    shape = broadcast([one.shape, tuple(map(value, whole_numbers(inputs[1])))])
    return [(shape, _spread(one.shape, one.values, shape))]


def _tile(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = inputs[0]
    assert one is not None
    times = whole_numbers(inputs[1])
    return [(tuple(a * value(b) for a, b in zip(one.shape, times, strict=True)), None)]


def _range(node: Node, inputs: Sequence[Constant | None]) -> Made:
    start, end, step = (value(one.values[0]) for one in inputs if one is not None and one.values)
    length = max(0, math.ceil((end - start) / step))
    few = range(min(length, KNOWN + 1))
    return [((length,), tuple(start + step * place for place in few))]


def _reduce(apply: Callable[[Any, Any], Any]) -> Callable[..., Made]:
    def run(node: Node, inputs: Sequence[Constant | None]) -> Made:
        one = inputs[0]
        assert one is not None
        axes = listed(node, inputs, "axes", 1)
        gone = {axis % len(one.shape) for axis in axes or range(len(one.shape))}
        keep = node.attributes.get("keepdims", 1)
        shape = tuple(
            1 if i in gone else size for i, size in enumerate(one.shape) if keep or i not in gone
        )
        if one.values is None:
            return [(shape, None)]
        last = [i for i in range(len(one.shape)) if i not in gone] + sorted(gone)
        _, values = transposed(one.shape, one.values, last)
        length = math.prod(one.shape[i] for i in gone)
        assert values is not None
        rows = [values[i : i + length] for i in range(0, len(values), length)] if length else []
        return [(shape, tuple(functools.reduce(apply, row) for row in rows))]

    return run


def _shape_only(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """Something of the first input's shape whose values nobody needs."""
    one = inputs[0]
    assert one is not None
    return [(one.shape, None)] * len(node.outputs)


def _matmul(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """The shape of a product of constants; its values nobody needs."""
    a, b = inputs[0], inputs[1]
    assert a is not None
    assert b is not None
    return [((*broadcast([a.shape[:-2], b.shape[:-2]]), a.shape[-2], b.shape[-1]), None)]


def _conv(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """The shape of a convolution of constants, as of position features."""
    x, w = inputs[0], inputs[1]
    assert x is not None
    assert w is not None
    window, rank = w.shape[2:], len(w.shape) - 2
    strides = node.attributes.get("strides") or (1,) * rank
    dilations = node.attributes.get("dilations") or (1,) * rank
    pads = node.attributes.get("pads") or (0,) * (2 * rank)
    sizes = [
        (x.shape[2 + i] + pads[i] + pads[i + rank] - dilations[i] * (k - 1) - 1) // strides[i] + 1
        for i, k in enumerate(window)
    ]
    return [((x.shape[0], w.shape[0], *sizes), None)]


def _mean(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """The shape of a mean; its values nobody needs."""
    one = inputs[0]
    assert one is not None
    unread = Constant(one.name, one.shape, one.type)
    return _reduce(max)(node, [unread, *inputs[1:]])


def _size(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = inputs[0]
    assert one is not None
    return [((), (math.prod(one.shape),))]


def _shape(node: Node, inputs: Sequence[Constant | None]) -> Made:
    one = inputs[0]
    assert one is not None
    return [((len(one.shape),), one.shape)]


def _resize(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """The shape of a table that is interpolated, as of positions; its values nobody needs."""
    one, *_ = inputs
    assert one is not None
    sizes, scales = _input(inputs, 3), _input(inputs, 2 if len(inputs) > 2 else 1)
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


FUNCTIONS: dict[str, Callable[..., Made]] = {
    "Identity": _identity, "Cast": _cast, "CastLike": _identity, "Dropout": _identity,
    "DequantizeLinear": lambda node, inputs: _shape_only(node, inputs),
    "QuantizeLinear": lambda node, inputs: _shape_only(node, inputs),
    "Reshape": _reshape, "Transpose": _transpose, "Squeeze": _squeeze, "Unsqueeze": _unsqueeze,
    "Flatten": _flatten, "Concat": _concat, "Gather": _gather, "GatherND": _gather_nd,
    "GatherElements": _shape_of_second, "Slice": _slice, "Split": _split,
    "ConstantOfShape": _filled, "Expand": _expand, "Range": _range, "Shape": _shape, "Size": _size,
    "BatchNormalization": _shape_only, "CumSum": _shape_only, "Tile": _tile,
    "Resize": _resize,
    "Sin": _shape_only, "Cos": _shape_only,
    "ScatterND": _shape_only, "ScatterElements": _shape_only, "Trilu": _shape_only,
    "EyeLike": _shape_only,
    "Clip": _clip, "Exp": _shape_only, "Log": _shape_only, "Erf": _shape_only,
    "Sigmoid": _shape_only, "Softmax": _shape_only, "Tanh": _shape_only, "Relu": _shape_only,
    "Add": _elementwise(_exact(operator.add)), "Sub": _elementwise(_exact(operator.sub)),
    "Mul": _elementwise(_exact(operator.mul)), "Div": _divide,
    "Mod": _elementwise(operator.mod), "Min": _elementwise(min), "Max": _elementwise(max),
    "Pow": _elementwise(operator.pow), "Neg": _elementwise(operator.neg),
    "Abs": _elementwise(abs), "Sqrt": _elementwise(math.sqrt),
    "Reciprocal": _elementwise(lambda a: 1 / a),
    "Floor": _rounded(math.floor), "Ceil": _rounded(math.ceil), "Round": _rounded(_nearest),
    "Equal": _elementwise(operator.eq), "Less": _elementwise(operator.lt),
    "LessOrEqual": _elementwise(operator.le), "Greater": _elementwise(operator.gt),
    "GreaterOrEqual": _elementwise(operator.ge), "Not": _elementwise(operator.not_),
    "And": _elementwise(lambda a, b: a and b), "Or": _elementwise(lambda a, b: a or b),
    "Where": _elementwise(lambda a, b, c: b if a else c),
    "MatMul": _matmul, "Conv": _conv, "ReduceMean": _mean, "ReduceL2": _mean,
    "LayerNormalization": _shape_only, "Gelu": _shape_only, "Swish": _shape_only,
    "HardSwish": _shape_only, "InstanceNormalization": _shape_only,
    "ReduceProd": _reduce(operator.mul), "ReduceSum": _reduce(operator.add),
    "ReduceMax": _reduce(max), "ReduceMin": _reduce(min),
}  # fmt: skip
"""What each operator does to constants."""
