"""Rows: what one row of a table calls, with which cells."""

from __future__ import annotations

from costcalc.errors import Mark, SpecError
from costcalc.language import aliases, fields, torn
from costcalc.language.columns import (
    ANY,
    COMMON,
    FOLLOWERS,
    Column,
    Scope,
    not_taken,
    read_column,
)
from costcalc.language.forms import known_form
from costcalc.language.model import Cell, Printed, Row, Table, Value
from costcalc.language.nodes import Mapping, Node, Scalar, Sequence
from costcalc.ops import OPERATORS
from costcalc.recovery import FollowUp, keep

_HEADS = "columns: [op, …] says what the cells of each row are"


def listed_row(node: Sequence, columns: list[Column], table: Table, scope: Scope) -> Row:
    """Cells under the columns; a trailing mapping adds what the table prints elsewhere."""
    items = list(node.items)
    extras: Mapping | None = None
    if items and isinstance(items[-1], Mapping) and "printed" not in items[-1].entries:
        extras = items.pop()  # type: ignore[assignment]
    if len(items) > len(columns):
        open_ = (i for i in items if isinstance(i, Scalar) and not i.quoted and "(" in i.text)
        hint = next(filter(None, (torn.quotes(item.mark) for item in open_)), "")
        if not columns:  # said once of a table
            raise SpecError("rows of cells in a table without columns", table.mark, _HEADS)
        if not hint:
            hint = f"columns: {', '.join(c.name for c in columns)}"
        raise SpecError(
            f"{len(items)} cells, but the table has {len(columns)} columns",
            items[len(columns)].mark,
            hint,
        )
    pairs = list(zip(columns, items, strict=False))
    if extras is not None:
        given = {c.name for c, item in pairs if not fields.is_empty(item)}
        called = _called(next((item for c, item in pairs if c.name == "op"), None))
        for key, value in extras.entries.items():
            mark = extras.keys[key]
            try:
                if key in given:
                    raise SpecError(f"'{key}' is given twice, in the row and in its braces", mark)
                pairs.append((read_column(Scalar(key, False, mark), scope, called), value))
            except SpecError as error:
                keep(error)
                pairs.append((Column(""), value))
    return _row(node.mark, pairs, table, scope)


def keyed_row(entries: Mapping, table: Table, scope: Scope) -> Row:
    """A row of cells under the names of their columns: `{op: conv, out: 32}`."""
    if "op" not in entries.entries:
        _require_columns(entries, scope)
    called = _called(operation := entries.entries.get("op"))
    if operation is not None and called not in scope.calls:
        _require_used(called, operation.mark, scope)  # first: its columns are as unknown as it is
    pairs = []
    for key, value in entries.entries.items():
        head = Scalar(key, False, entries.keys[key])
        try:
            pairs.append((read_column(head, scope, called), value))
        except SpecError as error:
            keep(error)
            pairs.append((Column(""), value))
    return _row(entries.mark, pairs, table, scope)


def _require_columns(entries: Mapping, scope: Scope) -> None:
    """Raise `SpecError` for a key without `op` that is neither a join nor a column."""
    for key, mark in entries.keys.items():
        if key.partition("(")[0] in ("check", *scope.columns):
            continue
        if key in scope.calls:
            raise SpecError(
                f"{key} is no join of branches", mark, f"write [{key}, …], or {{op: {key}, …}}"
            )
        if scope.missing:
            raise FollowUp(mark)
        raise aliases.unknown_operator(
            key, mark, (*scope.calls, *scope.columns), "operators, blocks and columns"
        )


def _require_used(called: str, mark: Mark, scope: Scope) -> None:
    """Raise `SpecError` in a block of another spec that calls one which is not used with it."""
    if scope.from_other is not None and (use := scope.from_other.block(called)):
        raise SpecError(f"unknown operator '{called}'", mark, use)


def _called(node: Node | None) -> str:
    """What a row calls, as its cell says."""
    return node.text if isinstance(node, Scalar) else ""


def _row(mark: Mark, pairs: list[tuple[Column, Node]], table: Table, scope: Scope) -> Row:
    cells: dict[str, Cell] = {}
    variants: dict[str, list[tuple[dict[str, Value], Cell | None]]] = {}
    checks: dict[str, Printed] = {}
    misprints: dict[str, Printed] = {}
    wrong = any(column.name == "" for column, _ in pairs)
    plain = [column.name for column, _ in pairs if column.variant is None and not column.check]
    for column, node in pairs:
        try:
            if fields.is_empty(node):
                cell = None
            elif scope.in_block and (column.check or isinstance(node, Mapping)):
                raise SpecError(
                    "a block's cells are neither checked nor misprinted",
                    node.mark,
                    "a block may stand for many rows: check the rows that call it",
                )
            elif column.check:
                printed = fields.printed(node, f"check({column.check})")
                checks[column.check] = printed._replace(unit=column.unit)
                continue
            elif isinstance(node, Mapping):
                misprint = fields.printed(node, column.name, ("is",))
                if misprint.stands_for is None or misprint.verdict != "erratum":
                    raise SpecError(
                        "a misprinted cell needs 'is' and its reason, as 'erratum'", node.mark
                    )
                misprints[column.name] = misprint
                cell = misprint.stands_for
            else:
                cell = cell_of(node, column.name)
        except SpecError as error:
            keep(error)
            wrong = wrong or not column.check
            continue
        if column.variant is not None:
            variants.setdefault(column.name, []).append((column.variant, cell))
        elif cell is not None:
            cells[column.name] = cell
    for name in set(plain) & variants.keys():  # for all settings that no variant is for
        variants[name].append(({}, cells.pop(name, None)))
    operation = cells.pop("op", None)
    if operation is None:
        raise (
            FollowUp(mark)
            if wrong
            else SpecError("a row needs an 'op': an operator or a block", mark)
        )
    row = Row(operation, cells, variants, checks, misprints, table, mark)
    _check_columns(row, scope)
    if wrong:
        raise FollowUp(mark)
    return row


def _check_columns(row: Row, scope: Scope) -> None:
    """Every column a row fills must be an argument of what it calls."""
    check_common(row.cells)
    for _, form in row.variants.get("form", ()):
        known_form(form)
    called = row.operation.text
    if is_join(called):
        raise SpecError(
            f"{called} joins branches, it cannot be a row",
            row.operation.mark,
            f"write {called}: [[…], […]]",
        )
    if called in scope.missing:
        raise FollowUp(row.mark)
    if called not in scope.calls:
        if ANY in scope.missing:
            raise FollowUp(row.mark)
        for column, cell in row.cells.items():
            if cell.text in scope.calls and not called[:1].isalpha():  # the row begins too early
                raise SpecError(
                    f"'{called}' is no operator: {cell.text} stands under {column}",
                    row.operation.mark,
                    "an empty cell before it is ~",
                )
        _require_used(called, row.operation.mark, scope)
        raise aliases.unknown_operator(
            called, row.operation.mark, tuple(scope.calls), "operators and blocks"
        )
    takes = (*scope.calls[called], *COMMON)
    given = list(row.cells.items())
    given += [
        (name, cell)
        for name, choices in row.variants.items()
        for _, cell in choices
        if cell is not None
    ]
    wrong = False
    for name, cell in given:
        base = name[5:-1] if name.startswith("keep(") else name
        if base not in takes and base:
            keep(not_taken(base, cell.mark, called, scope))
            wrong = True
    if wrong:
        raise FollowUp(row.mark)


def cell_of(node: Node, column: str) -> Cell:
    """A cell, which may be a list where the column is an argument."""
    alone = column in COMMON or column in FOLLOWERS
    return fields.cell(node, column) if alone else fields.cell_or_list(node, column)


def check_common(cells: dict[str, Cell]) -> None:
    """Raise `SpecError` for a name, form or shared row that is none."""
    if "name" in cells:
        tensor_name(cells["name"].text, cells["name"].mark)
    known_form(cells.get("form"))


def tensor_name(name: str, mark: Mark) -> None:
    """Raise `SpecError` for a word that cannot name a tensor: a path is made of such words."""
    if not name or "/" in name:
        raise SpecError(
            f"'{name}' cannot name a tensor",
            mark,
            "a name holds no '/': that leads into a block, as in from: stage4/branch2",
        )


def is_join(word: str) -> bool:
    """Whether a word is an operator that joins branches."""
    return word in OPERATORS and OPERATORS[word].join
