"""What a row hands to the operator or block it calls: its cells, chosen, scaled and read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from costcalc.errors import SpecError
from costcalc.graph import cells
from costcalc.graph.scope import Scope
from costcalc.graph.tensors import Names
from costcalc.language.expressions import single_value
from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Cell, Join, Row
from costcalc.numbers.symbol import value_of
from costcalc.ops import OPERATORS
from costcalc.ops.operator import REQUIRED
from costcalc.recovery import FollowUp, kept


def chosen_cells(row: Row, hyperparameters: Mapping[str, Any]) -> dict[str, Cell]:
    """The row's cells, variant columns chosen by the hyperparameters.

    Raises `SpecError` where no column is for them.
    """
    if not row.variants:
        return row.cells
    given = dict(row.cells)
    for column, choices in row.variants.items():
        for condition, cell in choices:
            if all(
                single_value(value_of(hyperparameters[name])) == value
                for name, value in condition.items()
            ):
                if cell is not None:
                    given[column] = cell
                break
        else:
            settings = ", ".join(
                f"{name} = {show_value(value_of(hyperparameters[name]))}" for name in choices[0][0]
            )
            listed = ", ".join(
                f"{column}({','.join(f'{k}={show_value(v)}' for k, v in condition.items())})"
                for condition, _ in choices
            )
            error = SpecError(
                f"no column '{column}' for {settings}", row.operation.mark, f"columns: {listed}"
            )
            said = [(one.message, one.hint) for one in kept()]
            if (error.message, error.hint) in said:  # of another row of the table
                raise FollowUp(row.operation.mark)
            raise error
    return given


def scaled(
    column: str,
    step: Row | Join,
    given: Mapping[str, Cell],
    env: Mapping[str, Any],
    read: Callable[[Cell, Mapping[str, Any]], Any] = cells.plain,
) -> tuple[Any, Cell]:
    """The value of a column, scaled as the step's table says, and the cell it is from."""
    cell = given[column]
    scale = step.table.scale.get(column) if isinstance(step, Row) else None
    if scale is None:
        return read(cell, env), cell
    raw = {name: cells.plain(given[name], env) for name in scale.expression.names if name in given}
    value = scale.expression.evaluate({**env, **raw})
    return value, Cell(scale.text, False, cell.mark)  # errors show both: text and place


def operator_arguments(
    step: Row | Join,
    operation: Cell,
    given: Mapping[str, Cell],
    defaults: Mapping[str, Cell],
    names: Names,
    scope: Scope,
) -> dict[str, Any]:
    """An operator's arguments: the given cells, else the spec's defaults.

    A window may be as large as the tensor that a cell names.

    Raises `SpecError` for a cell that does not suit, and where a required one is missing.
    """
    called = operation.text
    scales = step.table.scale if isinstance(step, Row) else {}
    env = scope.env
    arguments: dict[str, Any] = {}
    for name, kind, default in OPERATORS[called].arguments.values():
        cell = given.get(name)
        if cell is None:
            cell = defaults.get(name)
            if cell is None:
                if default is REQUIRED:
                    raise SpecError(f"{called} needs '{name}'", operation.mark)
                continue
        value: Any = None
        if cell.constant is not None and name not in scales:  # as most are
            value = cell.constant
        elif kind == "Kernel" and cell.constant is None:
            value = names.size(cell, scope)
        if value is None:
            read = cells.computed if kind in cells.COMPUTED else cells.word
            if name in scales and name in given:
                value, cell = scaled(name, step, given, env, read)
            else:
                value = read(cell, env)
        arguments[name] = cells.argument(value, cell, kind, name)
    return arguments
