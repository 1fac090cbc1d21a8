"""How the sizes of computed constants follow the settings, as those of positions in a map do."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from costcalc.importers.constants.arguments import (
    NotComputed,
    bounds,
    listed,
    resolved,
    sliced,
    squeezed,
    whole_numbers,
)
from costcalc.importers.records import Constant, Node
from costcalc.importers.sizes import Size, value

Sizes = tuple[Any, ...]


def grown(
    node: Node, inputs: Sequence[Constant | None], sizes: Sequence[Sizes], made: Constant
) -> Sizes | None:
    """The sizes of what a node makes of tensors of these sizes; None where they follow nothing,
    or nobody knows how."""
    try:
        found = _sizes(node, inputs, sizes)
    except (NotComputed, IndexError, ValueError, TypeError, ZeroDivisionError):
        return None
    follow = any(isinstance(size, Size) for size in found)
    return found if follow and tuple(map(value, found)) == made.shape else None


def _sizes(node: Node, inputs: Sequence[Constant | None], sizes: Sequence[Sizes]) -> Sizes:
    first = sizes[0] if sizes else ()
    rank = len(first)
    match node.kind:
        case "ConstantOfShape":
            return whole_numbers(inputs[0])
        case "Range":
            start, end, step = (whole_numbers(one)[0] for one in inputs)
            return (end - start,) if value(step) == 1 else ()
        case "Expand":
            return _met([first, whole_numbers(inputs[1])])
        case "Tile":
            return tuple(a * b for a, b in zip(first, whole_numbers(inputs[1]), strict=True))
        case "Reshape":
            keep = bool(node.attributes.get("allowzero"))
            return tuple(resolved(whole_numbers(inputs[1]), first, keep))
        case "Transpose":
            order = node.attributes.get("perm") or range(rank - 1, -1, -1)
            return tuple(first[axis] for axis in order)
        case "Squeeze":
            gone = squeezed(first, listed(node, inputs, "axes", 1))
            return tuple(size for axis, size in enumerate(first) if axis not in gone)
        case "Unsqueeze":
            axes = listed(node, inputs, "axes", 1) or ()
            new = {axis % (rank + len(axes)) for axis in axes}
            left = iter(first)
            return tuple(1 if i in new else next(left) for i in range(rank + len(axes)))
        case "Concat":
            axis = node.attributes.get("axis", 0) % rank
            joined = sum(one[axis] for one in sizes)
            return (*first[:axis], joined, *first[axis + 1 :])
        case "Slice":
            found = list(first)
            for axis, start, end, step in sliced(node, inputs, rank):
                begin, last = bounds(start, end, step, first[axis])
                found[axis] = -(-(last - begin) // step)
            return tuple(found)
        case _:
            return _met(sizes)


def _met(sizes: Sequence[Sizes]) -> Sizes:
    """The sizes of what is worked on element by element, each repeated along the others' axes."""
    columns = itertools.zip_longest(*(reversed(one) for one in sizes), fillvalue=1)
    each = (next((one for one in column if value(one) != 1), column[0]) for column in columns)
    return tuple(each)[::-1]
