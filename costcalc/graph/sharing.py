"""Rows that use the weights of another row: read whenever they run, stored and counted once.

A row's `shares` names the row whose parameters it has, all but those of an operator that is its
`own`. What `once` of a spec lists are parts of layers' parameters that are stored once, as model
files have it whose exporter saw that vectors were equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.errors import SpecError, suggest
from costcalc.graph.model import Layer
from costcalc.language import aliases
from costcalc.language.expressions import StructureDiffers
from costcalc.language.model import Cell
from costcalc.numbers.conditions import require_everywhere, show
from costcalc.numbers.dimensions import Kernel
from costcalc.numbers.symbol import value_of

POSITIONS = ("s", "d", "pad", "out_pad")
"""Arguments that say where weights are applied, not what they are: two sizes of a map, or two
strides, may share them."""

PARTS = {
    "weights": "weights", "bias": "biases", "scale": "norm", "shift": "norm", "mean": "buffers",
    "variance": "buffers",
}  # fmt: skip
"""What a row can have of another one, and the facts where that is counted."""


STAND_INS = {"weights": "weight_buffers", "biases": "bias_buffers"}
"""The facts of those that are no parameters and stand in for others."""


def share_once(layers: list[Layer], groups: Sequence[Sequence[Cell]]) -> None:
    """Store the parts of each group once: `[conv1/bias, conv1/batch_norm/shift]`, the first one's.

    Raises `SpecError` at a cell that names no layer, or no part of one, and where sizes differ.
    """
    if not groups:
        return
    known = {layer.name: index for index, layer in enumerate(layers)}
    for group in groups:
        owner, theirs = _part(group[0], known)
        for cell in group[1:]:
            user, own = _part(cell, known)
            _share_part(layers, owner, user, theirs, own, cell)


def _part(cell: Cell, known: Mapping[str, int]) -> tuple[int, str]:
    """The layer and the part that a cell names."""
    name, slash, part = cell.text.rpartition("/")
    if not slash or part not in PARTS:
        raise SpecError(
            f"'{cell.text}' is no part of a layer",
            cell.mark,
            f"write conv1/bias: a layer's name, then one of {', '.join(PARTS)}",
        )
    if name not in known:
        raise SpecError(f"no layer is named '{name}'", cell.mark, suggest(name, known, "layers"))
    return known[name], part


def _share_part(
    layers: list[Layer], owner: int, user: int, theirs: str, own: str, cell: Cell
) -> None:
    """Make a part of the one layer's parameters be a part of the other's."""
    sizes = []
    for index, part in ((owner, theirs), (user, own)):
        size = _part_size(layers[index], part)
        if require_everywhere(value_of(size) == 0):
            raise SpecError(f"{layers[index].name} has no {part}", cell.mark)
        sizes.append(size)
    if not _equal(sizes[:1], sizes[1:]):
        raise SpecError(
            f"{show(sizes[1])} numbers of {layers[user].name} cannot be the {show(sizes[0])} of"
            f" {layers[owner].name}",
            cell.mark,
        )
    layer = layers[user]
    name = PARTS[own]
    stand_ins = STAND_INS.get(name)
    less = {name: getattr(layer.facts, name) - sizes[0]}
    if stand_ins is not None:
        held = getattr(layer.facts, stand_ins)
        less[name] += held
        less |= {stand_ins: 0, "buffers": layer.facts.buffers - held}
    if name in ("weights", "norm"):
        less["shared"] = layer.facts.shared + sizes[0]
    layers[user] = layer._replace(facts=layer.facts._replace(**less))


def _part_size(layer: Layer, part: str) -> Any:
    facts = layer.operator.of(*layer.input_shapes, **layer.arguments)[1]
    count = getattr(facts, PARTS[part])
    if PARTS[part] in ("weights", "biases"):
        return count
    if PARTS[part] == "buffers":
        return count // 2
    both = layer.arguments.get("scale", True) and layer.arguments.get("shift", True)
    return count // 2 if both and "shift" in layer.operator.arguments else count


def share(
    layers: list[Layer], owner: range, user: range, cell: Cell, own: Cell | None = None
) -> None:
    """Make the layers of `user` use the parameters of those of `owner`, one by one.

    Both are indices of one row's layers. Layers of the operator that `own` says keep theirs. Raises
    `SpecError` at the cell where they are not the same operators with the same parameters, and at
    an operator that no layer is.
    """
    operators = sorted({layers[index].op for index in user})
    if own is not None and own.text not in operators:
        raise SpecError(
            f"no layer of this row is of an operator '{own.text}'",
            own.mark,
            aliases.hint(own.text, operators, "its operators"),
        )
    if len(owner) != len(user):
        raise SpecError(
            f"'{cell.text}' has {len(owner)} layers and this row {len(user)}: they cannot share"
            " weights",
            cell.mark,
        )
    for mine, other in zip(owner, user, strict=True):
        first, second = layers[mine], layers[other]
        if own is not None and first.op == second.op == own.text:
            continue
        if first.present is not None and first.present is not second.present:
            raise StructureDiffers(first.present)
        if not _same_parameters(first, second):
            raise SpecError(
                f"{second.name} ({_described(second)}) cannot use the weights of {first.name}"
                f" ({_described(first)})",
                cell.mark,
            )
        # another layer: calls of a block that are alike have been made of this one
        layers[other] = second._replace(
            shares=second.facts, facts=second.facts.with_shared_parameters()
        )


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
