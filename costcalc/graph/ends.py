"""Where a network begins and ends: the sizes of its inputs, and that all of it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from costcalc.errors import Mark, SpecError
from costcalc.graph import cells
from costcalc.graph.model import INPUT, Layer
from costcalc.language.model import Cell
from costcalc.language.spec import Spec
from costcalc.numbers.conditions import require_everywhere
from costcalc.numbers.dimensions import Shape
from costcalc.numbers.symbol import value_of
from costcalc.numbers.unknown import UNKNOWN
from costcalc.recovery import keep


def inputs_of(spec: Spec, hyperparameters: Mapping[str, Any]) -> dict[str, Shape]:
    """The shapes of a network's inputs by name. A size that is none is unknown; its error is kept.

    Raises `SpecError` at that size where errors are not collected.
    """
    return {
        name: Shape(*(_size(cell, hyperparameters) for cell in sizes))
        for name, sizes in spec.inputs.items()
    }


def _size(cell: Cell, hyperparameters: Mapping[str, Any]) -> Any:
    what = "a size of the input"
    try:
        size = cells.size(cells.plain(cell, dict(hyperparameters)), cell, what)
        if not require_everywhere(value_of(size) >= 1):
            raise SpecError(f"{what} must be at least 1, not {value_of(size)}", cell.mark)
    except SpecError as error:
        keep(error)
        return UNKNOWN
    return size


def require_read(
    spec: Spec, layers: Sequence[Layer], marks: Sequence[Mark], outputs: Iterable[int]
) -> None:
    """Raise `SpecError` for a tensor that nothing reads and that is no output."""
    read = {index for layer in layers for index in layer.inputs} | set(outputs)
    for index, layer in enumerate(layers):
        if index not in read:
            keep(
                SpecError(
                    f"nothing reads the output of {layer.name}, and it is no output",
                    marks[index],
                    "read it (from: its name, or as a branch), name it in outputs, or leave it out",
                )
            )
    for number, (name, sizes) in enumerate(spec.inputs.items()):
        if INPUT - number not in read:
            keep(SpecError(f"nothing reads the input '{name}'", sizes[0].mark))
