"""What nodes say in numbers: as attributes, or as inputs that are constants."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from costcalc.importers.ratios import Ratio
from costcalc.importers.records import Constant, Node
from costcalc.importers.sizes import Size, same, value

Values = tuple[Any, ...] | None
"""Elements in row-major order, None where they are not known."""


HELD = 64
"""Bits of the widest whole number that a file's own arithmetic holds; the most axes of a tensor."""


class NotComputed(Exception):
    """A node on constants whose output cannot be told."""


Made = list[tuple[tuple[int, ...], Values]]
"""Shape and values of each output."""


def input_at(inputs: Sequence[Constant | None], place: int) -> Constant | None:
    """An input, None where it is left out."""
    return inputs[place] if place < len(inputs) else None


def needed(inputs: Sequence[Constant | None], place: int) -> Constant:
    """An input that is a constant. Raises `NotComputed` where there is none."""
    given = input_at(inputs, place)
    if given is None:
        raise NotComputed
    return given


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
    given = input_at(inputs, place)
    if given is None and node.inputs[place : place + 1] not in ((), ("",)):
        raise NotComputed
    return None if given is None else whole_numbers(given)


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


def squeezed(sizes: Sequence[Any], axes: Sequence[int] | None) -> list[int]:
    """The axes that are left out: those that are named, or all of size 1."""
    rank = len(sizes)
    if axes is None:
        return [i for i, size in enumerate(sizes) if isinstance(size, int) and size == 1]
    return [axis % rank for axis in axes]


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


def parts_of(node: Node, inputs: Sequence[Constant | None], size: Any) -> list[Any]:
    """How long each output of a split is."""
    parts = listed(node, inputs, "split", 1)
    if parts is not None:
        return list(parts)
    count = len(node.outputs)
    each = -(-size // count)
    return [each] * (count - 1) + [size - each * (count - 1)]
