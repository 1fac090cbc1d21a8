"""What of a model file is the same whatever the input: constants, and arithmetic on sizes.

Exporters write a channel shuffle as Shape, Gather, Div, Concat and Reshape. Such nodes are
computed here, on whole numbers and on sizes that hyperparameters decide. Of a tensor with more
elements than are read only the shape goes on, and which stored constant it was made of.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from costcalc.importers import pieces
from costcalc.importers.constants.arguments import (
    HELD,
    Made,
    NotComputed,
    Values,
    bounds,
    listed,
    parts_of,
    resolved,
    sliced,
    squeezed,
    whole_numbers,
)
from costcalc.importers.constants.arithmetic import ARITHMETIC
from costcalc.importers.constants.arrays import transposed
from costcalc.importers.constants.shapes import SHAPES
from costcalc.importers.records import BITS, Constant, Node, few
from costcalc.importers.sizes import value

__all__ = [
    "FUNCTIONS",
    "NotComputed",
    "bounds",
    "compute",
    "listed",
    "parts_of",
    "pieces_of",
    "resolved",
    "sliced",
    "squeezed",
    "transposed",
    "whole_numbers",
]

FUNCTIONS: dict[str, Callable[..., Made]] = SHAPES | ARITHMETIC
"""What each operator does to constants."""


def compute(node: Node, inputs: Sequence[Constant | None]) -> list[Constant]:
    """The outputs of a node that reads constants alone. Raises `NotComputed` for what is not known.

    An output that is made of stored elements names the constant that they are from.
    """
    first = next((one for one in inputs if one is not None), None)
    function = FUNCTIONS.get(node.kind)
    if function is None:
        raise NotComputed
    try:
        made = function(node, [None if one is None else _unread_if_many(one) for one in inputs])
        for shape, values in made:
            _check(shape, values)
    except (IndexError, ValueError, TypeError, ZeroDivisionError, OverflowError) as error:
        raise NotComputed from error
    if node.kind in ("DequantizeLinear", "QuantizeLinear"):
        source = first  # a few whole numbers too, if a scale makes weights of them
    else:
        source = next((one for one in inputs if one is not None and _is_stored(one)), None)
    untrained = source is None or source.untrained or node.kind in ("Sin", "Cos")  # of positions
    owner = "" if source is None or untrained else source.owner
    type_ = first.type if first else "int64"
    if node.kind in ("Cast", "ConstantOfShape", "Equal", "Less", "Greater", "Not"):
        type_ = _type_of(node, type_)
    parts = pieces_of(node, inputs) if owner and source is inputs[0] else []
    of = [pieces.named(owner, part) for part in parts] or [owner] * len(made)
    return [
        Constant(name, shape, type_, values if few(shape) else None, whose, untrained=not owner)
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


def _unread_if_many(one: Constant) -> Constant:
    """A constant without its values where it has, or would have if none of its axes were empty,
    more than are kept: whoever walks it walks no further than that.
    """
    return one if one.values is None or few(one.shape) else replace(one, values=None)


def _check(shape: Sequence[int], values: Values) -> None:
    """Raise `OverflowError` where a node makes what no file's arithmetic holds."""
    numbers = (value(one) for one in (*shape, math.prod(shape), *(values or ())))
    if len(shape) > HELD or min(shape, default=0) < 0:
        raise OverflowError
    if any(isinstance(number, int) and number.bit_length() > HELD for number in numbers):
        raise OverflowError


def _is_stored(constant: Constant) -> bool:
    """Whether elements may be weights: axes and sizes are a few whole numbers of many bits."""
    few_bits = constant.shape and constant.type != "bool" and BITS[constant.type] <= 8
    return (
        constant.values is None or bool(few_bits) or constant.type.startswith(("float", "bfloat"))
    )


def _type_of(node: Node, type_: str) -> str:
    from costcalc.importers.onnx.tensors import TYPES

    if node.kind == "Cast":
        return TYPES.get(node.attributes.get("to", 0), type_)
    filled = node.attributes.get("value")
    if node.kind == "ConstantOfShape":
        return filled.type if isinstance(filled, Constant) else "float32"
    return "bool"
