"""Rows that use the weights of another row: read whenever they run, stored and counted once.

`shares: a` is all of them; `shares: [a/bias, norm1/shift as bias]` is parts of them, as model files
have it that store equal vectors once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from costcalc.errors import SpecError
from costcalc.graph.model import Layer
from costcalc.language.model import Cell
from costcalc.numbers.dimensions import Kernel, require_everywhere, show
from costcalc.numbers.symbol import value_of

POSITIONS = ("s", "d", "pad", "out_pad")
"""Arguments that say where weights are applied, not what they are: two sizes of a map, or two
strides, may share them."""

PARTS = {
    "weights": "weights", "bias": "biases", "scale": "norm", "shift": "norm", "mean": "buffers",
    "variance": "buffers",
}  # fmt: skip
"""What a row can have of another one, and the facts where that is counted."""

_PART = re.compile(rf"(.+)/({'|'.join(PARTS)})(?: as ({'|'.join(PARTS)}))?")


def part_of(text: str) -> tuple[str, str, str] | None:
    """`norm1/shift as bias`: the row, its part, and what that is here; None for a row alone."""
    found = _PART.fullmatch(text)
    return (found[1], found[2], found[3] or found[2]) if found else None


def share_part(
    layers: list[Layer], owner: range, user: range, theirs: str, own: str, cell: Cell
) -> None:
    """Make a part of the one row's parameters be a part of the other's.

    Raises `SpecError` at the cell where either has no such part, or they differ in size.
    """
    sizes = []
    for indices, part in ((owner, theirs), (user, own)):
        index = _with_part(layers, indices, part)
        if index is None:
            where = layers[indices[0]].name if indices else cell.text
            raise SpecError(f"{where} has no {part} to share", cell.mark)
        sizes.append((index, _part_size(layers[index], part)))
    (first, size), (second, wanted) = sizes
    if not _equal([size], [wanted]):
        raise SpecError(
            f"{layers[second].name} cannot use the {theirs} of {layers[first].name}:"
            f" {show(wanted)} numbers are not {show(size)}",
            cell.mark,
        )
    layer = layers[second]
    name = PARTS[own]
    less = {name: getattr(layer.facts, name) - size}
    if name in ("weights", "norm"):
        less["shared"] = layer.facts.shared + size
    layer.facts = layer.facts._replace(**less)


def _with_part(layers: list[Layer], indices: Iterable[int], part: str) -> int | None:
    """The first of some layers that has such a part (shared itself or not)."""
    for index in indices:
        suits = part == "weights" or layers[index].operator.weighted == (part == "bias")
        if suits and require_everywhere(value_of(_part_size(layers[index], part)) > 0):
            return index
    return None


def _part_size(layer: Layer, part: str) -> Any:
    facts = layer.operator.run(*layer.input_shapes, **layer.arguments)[1]
    count = getattr(facts, PARTS[part])
    if PARTS[part] in ("weights", "biases"):
        return count
    if PARTS[part] == "buffers":
        return count // 2
    both = layer.arguments.get("scale", True) and layer.arguments.get("shift", True)
    return count // 2 if both and "shift" in layer.operator.arguments else count


def share(layers: list[Layer], owner: range, user: range, cell: Cell) -> None:
    """Make the layers of `user` use the parameters of those of `owner`, one by one.

    Both are indices of one row's layers. Raises `SpecError` at the cell where they are not the
    same operators with the same parameters.
    """
    if len(owner) != len(user):
        raise SpecError(
            f"'{cell.text}' has {len(owner)} layers and this row {len(user)}: they cannot share"
            " weights",
            cell.mark,
        )
    for own, other in zip(owner, user, strict=True):
        first, second = layers[own], layers[other]
        if not _same_parameters(first, second):
            raise SpecError(
                f"{second.name} ({_described(second)}) cannot use the weights of {first.name}"
                f" ({_described(first)})",
                cell.mark,
            )
        second.shares = second.facts
        second.facts = second.facts.with_shared_parameters()


def _same_parameters(first: Layer, second: Layer) -> bool:
    return (
        first.operator is second.operator
        and _equal(_parameters(first), _parameters(second))
        and _equal([first.facts.parameters_read], [second.facts.parameters_read])
    )


def _parameters(layer: Layer) -> list[Any]:
    names = [name for name in layer.operator.arguments if name not in POSITIONS]
    return [layer.arguments.get(name) for name in names]


def _equal(first: Sequence[Any], second: Sequence[Any]) -> bool:
    """Whether all numbers are equal, in every configuration."""
    for a, b in zip(first, second, strict=True):
        if isinstance(a, Kernel) and isinstance(b, Kernel):
            if not _equal(a, b):
                return False
        elif not require_everywhere(value_of(a) == value_of(b)):
            return False
    return True


def _described(layer: Layer) -> str:
    return f"{layer.type}, {show(layer.input.c)} to {show(layer.output.c)} channels"
