"""Arithmetic on constants: numbers, and sizes that hyperparameters decide."""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from costcalc.importers.constants.arguments import HELD, Made, input_at, listed, needed
from costcalc.importers.constants.arrays import broadcast, spread, transposed
from costcalc.importers.ratios import Ratio, ratio
from costcalc.importers.records import KNOWN, Constant, Node
from costcalc.importers.sizes import Size, value


def _elementwise(apply: Callable[..., Any]) -> Callable[..., Made]:
    def run(node: Node, inputs: Sequence[Constant | None]) -> Made:
        given = [one for one in inputs if one is not None]
        shape = broadcast([one.shape for one in given])
        columns = [spread(one.shape, one.values, shape) for one in given]
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


def _power(a: Any, b: Any) -> Any:
    """A power; of whole numbers one that a file's arithmetic holds."""
    if isinstance(a, int) and isinstance(b, int) and b >= 0:
        if a.bit_length() * b > HELD:
            raise OverflowError
        return a**b
    return math.pow(a, b)


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
    one, said = needed(inputs, 0), (input_at(inputs, 1), input_at(inputs, 2))
    limits = [
        node.attributes.get(name, given.values[0] if given is not None and given.values else None)
        for name, given in zip(("min", "max"), said, strict=True)
    ]
    if one.values is None:
        return [(one.shape, None)]
    low, high = limits
    above = (v if low is None or v >= low else low for v in one.values)
    return [(one.shape, tuple(v if high is None or v <= high else high for v in above))]


def _cast(node: Node, inputs: Sequence[Constant | None]) -> Made:
    from costcalc.importers.onnx.tensors import TYPES

    one = needed(inputs, 0)
    if one.values is None or not TYPES.get(node.attributes.get("to", 0), "").startswith(
        ("int", "uint")
    ):
        return [(one.shape, one.values)]
    return [(one.shape, tuple(v if isinstance(v, Size) else math.trunc(v) for v in one.values))]


def _range(node: Node, inputs: Sequence[Constant | None]) -> Made:
    start, end, step = (value(one.values[0]) for one in inputs if one is not None and one.values)
    length = max(0, math.ceil((end - start) / step))
    kept = range(min(length, KNOWN + 1))
    return [((length,), tuple(start + step * place for place in kept))]


def _reduce(apply: Callable[[Any, Any], Any]) -> Callable[..., Made]:
    def run(node: Node, inputs: Sequence[Constant | None]) -> Made:
        one = needed(inputs, 0)
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


def _mean(node: Node, inputs: Sequence[Constant | None]) -> Made:
    """The shape of a mean; its values nobody needs."""
    one = needed(inputs, 0)
    unread = Constant(one.name, one.shape, one.type)
    return _reduce(max)(node, [unread, *inputs[1:]])


ARITHMETIC: dict[str, Callable[..., Made]] = {
    "Cast": _cast, "Range": _range, "Clip": _clip, "Add": _elementwise(_exact(operator.add)),
    "Sub": _elementwise(_exact(operator.sub)), "Mul": _elementwise(_exact(operator.mul)),
    "Div": _divide, "Mod": _elementwise(operator.mod), "Min": _elementwise(min),
    "Max": _elementwise(max), "Pow": _elementwise(_power), "Neg": _elementwise(operator.neg),
    "Abs": _elementwise(abs), "Sqrt": _elementwise(math.sqrt),
    "Reciprocal": _elementwise(lambda a: 1 / a), "Floor": _rounded(math.floor),
    "Ceil": _rounded(math.ceil), "Round": _rounded(_nearest), "Equal": _elementwise(operator.eq),
    "Less": _elementwise(operator.lt), "LessOrEqual": _elementwise(operator.le),
    "Greater": _elementwise(operator.gt), "GreaterOrEqual": _elementwise(operator.ge),
    "Not": _elementwise(operator.not_), "And": _elementwise(lambda a, b: a and b),
    "Or": _elementwise(lambda a, b: a or b), "Where": _elementwise(lambda a, b, c: b if a else c),
    "Xor": _elementwise(operator.ne), "IsNaN": _elementwise(lambda a: a != a),
    "ReduceMean": _mean, "ReduceL2": _mean, "ReduceProd": _reduce(operator.mul),
    "ReduceSum": _reduce(operator.add), "ReduceMax": _reduce(max), "ReduceMin": _reduce(min),
}  # fmt: skip
"""What operators do to constants."""
