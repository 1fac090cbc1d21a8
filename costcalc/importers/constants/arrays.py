"""Arrays: a shape and its values in row-major order."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from costcalc.importers.constants.arguments import Values
from costcalc.importers.records import Constant, few


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
    if sorted(order) != list(range(len(shape))):
        raise ValueError("an order of other axes")
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


def spread(shape: Sequence[int], values: Values, over: Sequence[int]) -> Values:
    """The values of an array repeated over a larger shape."""
    if values is None or not few(over):
        return None
    padded = (1,) * (len(over) - len(shape)) + tuple(shape)
    strides = [
        0 if size == 1 else stride for size, stride in zip(padded, _strides(padded), strict=True)
    ]
    return tuple(values[at] for at in _at(over, strides))


def taken(one: Constant, axis: int, places: Sequence[int]) -> tuple[tuple[int, ...], Values]:
    """Some places along an axis of an array, in a given order."""
    shape = (*one.shape[:axis], len(places), *one.shape[axis + 1 :])
    if one.values is None or not few(shape):
        return shape, None
    inner = math.prod(one.shape[axis + 1 :])
    found: list[Any] = []
    for outer in range(math.prod(one.shape[:axis])):
        for place in places:
            at = (outer * one.shape[axis] + place) * inner
            found += one.values[at : at + inner]
    return shape, tuple(found)
