"""What a call of a block hands into it: the names in sight there, with their values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.errors import SpecError
from costcalc.graph import cells
from costcalc.graph.arguments import scaled
from costcalc.graph.scope import Scope
from costcalc.graph.tensors import Names, Tensor, require_free
from costcalc.language.model import Block, Cell, Row
from costcalc.language.spec import INPUT


def environment(
    row: Row,
    block: Block,
    given: Mapping[str, Cell],
    x: Tensor,
    scope: Scope,
    hyperparameters: Mapping[str, Any],
    names: Names,
    later: bool,
    passed: Mapping[str, Tensor],
) -> dict[str, Any]:
    """Every name in sight in a block that a row calls.

    Args:
        row: what calls it, with these `given` cells, in a `scope` that has the `names`.
        block: what is called.
        x: its input.
        hyperparameters: those of the network, in sight everywhere.
        later: whether this is a repeat of the row, and not the first.
        passed: what the repeat before hands on, by argument.

    Raises `SpecError` for an argument that is missing, or has no value.
    """
    env = scope.at(x.shape)
    h, w, c = x.shape[:3]
    inner = {INPUT: x, **hyperparameters, "cin": c, "h": h, "w": w, "c": c}
    if "i" in env:
        inner["i"] = env["i"]
    for argument in block.arguments:
        cell = given.get(argument)
        value: Any
        if argument in passed:
            value = passed[argument]
        elif cell is not None and cell.constant is not None and argument not in row.table.scale:
            value = cell.constant  # as most are
        elif cell is not None:
            value = None if cell.quoted else names.handed(cell, scope)
            if value is None:
                value, _ = scaled(argument, row, given, env)
            else:
                require_free(argument, block.table.body)
        elif argument in block.defaults:  # which may use the arguments before it
            try:
                value = cells.plain(block.defaults[argument], inner)
            except SpecError as error:
                add_call(error, block, row)
                raise
        elif later and argument in row.table.first:
            value = 1  # "the first layer of each sequence has stride s, all others 1"
        else:
            raise SpecError(f"{block.name} needs '{argument}'", row.operation.mark)
        inner[argument] = value
    return inner


def add_call(error: SpecError, block: Block, row: Row) -> None:
    """Say which call of a block an error is in."""
    _say_what_is_needed(error, block)
    if error.hint.count("\nin block") < 3:  # the innermost calls say enough
        error.add(f"in block '{block.name}', called at {row.operation.mark}")


def _say_what_is_needed(error: SpecError, block: Block) -> None:
    """Say of a name that nothing has what the spec declares that the block is from."""
    if block.from_other is None or error.mark.source is not block.mark.source:
        return
    needed = block.from_other.needed(error.unknown, block.words.difference(block.arguments))
    if needed:
        error.hint, error.unknown = needed, ""
