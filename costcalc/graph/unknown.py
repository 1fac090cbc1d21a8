"""Why a word is no tensor. Imported only where one is none."""

from __future__ import annotations

from collections.abc import Iterable

from costcalc.errors import Mark, SpecError, suggest
from costcalc.graph.tensors import EVERY, called, is_later
from costcalc.language.model import Cell, Join, Row, Step, Unreadable


def unknown_tensor(
    cell: Cell, known: Iterable[str], body: Iterable[Step], inside: str = ""
) -> SpecError:
    """Why a word is no tensor: its row comes later, is not there, or nobody has that name.

    `inside` is the path to what has it inside of a block.
    """
    head = cell.text.partition("/")[0].removesuffix(EVERY)
    for step, mark in called(head, body):
        if not isinstance(step, Unreadable) and step.cells.get("from") is cell:
            return SpecError(f"'{cell.text}' cannot start from itself", cell.mark)
        return _not_there(cell, mark, step)
    if cell.text.lstrip("-").isdigit():
        hint = "rows are not numbered: one that is read again has a name, {name: c3, op: …}"
    else:
        hint = f"inside of a block is {inside}" if inside else suggest(cell.text, known, "tensors")
    return SpecError(f"no tensor is named '{cell.text}'", cell.mark, hint)


def _not_there(cell: Cell, mark: Mark, step: Row | Join | Unreadable) -> SpecError:
    if is_later(mark, cell):
        return SpecError(
            f"'{cell.text}' is used before it exists",
            cell.mark,
            f"its row stands on line {mark.line + 1}",
        )
    if "/" in cell.text:
        return SpecError(
            f"no tensor is named '{cell.text}'",
            cell.mark,
            f"the row on line {mark.line + 1} has nothing of that name inside",
        )
    return SpecError(
        f"'{cell.text}' does not exist here",
        cell.mark,
        f"the row on line {mark.line + 1} is left out: when, or a repeat of 0"
        if step.when is not None
        else f"the row on line {mark.line + 1} is in a repeat of 0, or in what is left out",
    )
