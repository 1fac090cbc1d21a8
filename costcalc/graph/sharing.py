"""Rows that use the weights of another row: read whenever they run, stored and counted once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.errors import SpecError
from costcalc.graph.model import Layer
from costcalc.language.model import Cell
from costcalc.numbers.dimensions import Kernel, require_everywhere, show
from costcalc.numbers.symbol import value_of

POSITIONS = ("s", "d", "pad", "out_pad")
"""Arguments that say where weights are applied, not what they are: two sizes of a map, or two
strides, may share them."""


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
