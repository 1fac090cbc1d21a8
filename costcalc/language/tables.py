"""Rows, joins and repeats: the grammar of tables and of the bodies of blocks."""

from __future__ import annotations

import re

from costcalc.errors import Mark, SpecError, suggest
from costcalc.language import aliases, fields, torn
from costcalc.language.columns import (
    ANY,
    COMMON,
    FOLLOWERS,
    OF_JOIN,
    UNSCALED,
    Column,
    Scope,
    not_taken,
    read_column,
    read_columns,
)
from costcalc.language.forms import known_form
from costcalc.language.model import (
    Branch,
    Cell,
    Join,
    Printed,
    Repeat,
    Row,
    Step,
    Table,
    Unreadable,
    Value,
)
from costcalc.language.nodes import Mapping, Node, Scalar, Sequence
from costcalc.language.provenance import OWN_PAPER
from costcalc.ops import OPERATORS
from costcalc.recovery import FollowUp, keep

_BODY = {
    "columns": "the heads of the cells of a row",
    "scale": "an expression over the cells of a column: {out: floor(alpha * out)}",
    "first": "columns that count in the first of several repeats only",
    "rows": "rows, joins {add: […]}, and repeats {5x: […]}",
}
TABLE = {
    "table": "its title in the paper",
    "when": "the condition under which it is part of the network",
    "source": "where it was read, where that is not the paper",
    **_BODY,
}
"""The keys of a table of the network."""
BLOCK = {
    "args": "the names of its arguments: the columns of rows that call it",
    "defaults": "cells of arguments that a call leaves out",
    **_BODY,
}
"""The keys of a block."""
BRANCH = {
    "when": "the condition under which it exists",
    "from": "the tensor where it starts; else the one before the join",
    "rows": "its rows; without any it is that tensor itself",
}
"""The keys of a branch that is more than rows."""
_HEADS = "columns: [op, …] says what the cells of each row are"
_ROWS = "rows: [[…], {op: …}, …]"
_REPEAT = re.compile(r"(.+)x")


def table(node: Node, scope: Scope, what: str) -> Table:
    """A table of a network, or the body of a block."""
    entries = fields.mapping(node, what)
    row = next((key for key in entries.keys if key == "op" or _is_join(key)), None)
    if row is not None and "rows" not in entries.entries:
        raise SpecError(f"a row stands among the 'rows' of {what}", entries.keys[row], _ROWS)
    fields.known_keys(entries, BLOCK if scope.in_block else TABLE, what)
    columns = read_columns(entries.get("columns"), scope)
    names = {c.name for c in columns}
    scale_node = entries.get("scale")
    scale = {}
    if scale_node is not None:
        scales = fields.mapping(scale_node, "scale")
        for key, expression in scales.entries.items():
            if key in UNSCALED:
                keep(SpecError(f"'{key}' cannot be scaled", scales.keys[key]))
            elif columns and key not in names:
                hint = suggest(key, names, "columns")
                keep(SpecError(f"scale names no column '{key}'", scales.keys[key], hint))
            scale[key] = fields.cell(expression, f"the scale of {key}")
    first_node = entries.get("first")
    for item in fields.sequence(first_node, "first") if first_node is not None else ():
        word = fields.scalar(item, "an entry of first")
        if columns and word.text not in names:
            hint = suggest(word.text, names, "columns")
            keep(SpecError(f"first names no column '{word.text}'", word.mark, hint))
    when = entries.get("when")
    result = Table(
        title=fields.text(entries.get("table"), "table"),
        body=[],
        scale=scale,
        first=fields.word_list(first_node, "first"),
        when=fields.cell(when, "when") if when is not None else None,
        mark=entries.mark,
        source=fields.provenance(entries.entries["source"])
        if "source" in entries.entries
        else OWN_PAPER,
    )
    result.body = _body(fields.required(entries, "rows", what), columns, result, scope)
    return result


def _body(node: Node, columns: list[Column], table: Table, scope: Scope) -> list[Step]:
    body: list[Step] = []
    for item in fields.sequence(node, "rows"):
        try:
            body.append(_step(item, columns, table, scope))
        except SpecError as error:
            keep(error)
            body.append(_unreadable(item, columns))
    return body


def _unreadable(node: Node, columns: list[Column]) -> Unreadable:
    """A step with a kept error, and its name where that is said."""
    name: Node | None = None
    if isinstance(node, Sequence):
        heads = (column.name for column in columns)
        cells_by_head = zip(heads, node.items, strict=False)
        name = next((item for head, item in cells_by_head if head == "name"), None)
        node = node.items[-1] if node.items else node
    if isinstance(node, Mapping):
        name = node.get("name") or name
    cells = {"name": fields.cell(name, "name")} if isinstance(name, Scalar) else {}
    return Unreadable(node.mark, cells)


def _step(node: Node, columns: list[Column], table: Table, scope: Scope) -> Step:
    """A row, a join or a repeat."""
    if isinstance(node, Sequence):
        return _list_row(node, columns, table, scope)
    entries = fields.mapping(node, "a row")
    for key, mark in entries.keys.items():
        if _is_join(key):
            return _join(entries, key, columns, table, scope)
        times = _REPEAT.fullmatch(key)
        group = key == "rows" and key not in scope.columns
        if (times or group) and key not in scope.calls and "op" not in entries.entries:
            what = "a repeat" if times else "rows under a condition"
            fields.known_keys(entries, (key, "when"), what)
            return Repeat(
                _times(times[1], mark) if times else None,
                _body(entries.entries[key], columns, table, scope),
                _when(entries),
                mark,
            )
    if "op" not in entries.entries:
        _require_columns(entries, scope)
    called = _called(entries.entries.get("op"))
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


def _is_join(word: str) -> bool:
    return word in OPERATORS and OPERATORS[word].join


def _when(entries: Mapping) -> Cell | None:
    node = entries.get("when")
    return fields.cell(node, "when") if node is not None else None


def _join(entries: Mapping, kind: str, columns: list[Column], table: Table, scope: Scope) -> Join:
    takes = (kind, *OF_JOIN, *OPERATORS[kind].arguments, *FOLLOWERS)
    fields.known_keys(entries, takes, f"the join {kind}")
    node = entries.entries[kind]
    items = (
        [node] if isinstance(node, Mapping) else fields.sequence(node, f"the branches of {kind}")
    )
    if not items:
        raise SpecError(f"{kind} has no branches", entries.keys[kind])
    branches = []
    for item in items:
        try:
            branches.append(_branch(item, kind, columns, table, scope))
        except SpecError as error:
            keep(error)
            branches.append(Branch([_unreadable(item, columns)]))
    cells = {key: _cell(node, key) for key, node in entries.entries.items() if key != kind}
    _check_common(cells)
    return Join(Cell(kind, False, entries.keys[kind]), branches, cells, entries.keys[kind])


def _branch(node: Node, kind: str, columns: list[Column], table: Table, scope: Scope) -> Branch:
    """A tensor's name, rows, `{4x: rows}`, or `{when: …, from: …, rows: …}`."""
    if isinstance(node, Scalar):
        return Branch([], source=fields.cell(node, "a branch"))
    if isinstance(node, Sequence):
        if node.items and isinstance(node.items[0], Scalar):
            row = f"[{node.items[0].text}, …]"
            raise SpecError(
                f"a branch of {kind} is a list of rows",
                node.mark,
                f"write [{row}] where that is its one row, - - {row} on a line of its own; a"
                " tensor's name has no brackets",
            )
        return Branch(_body(node, columns, table, scope))
    entries = fields.mapping(node, "a branch")
    for key, mark in entries.keys.items():
        times = _REPEAT.fullmatch(key)
        if times and key not in scope.calls:
            fields.known_keys(entries, (key, "when", "from"), "a repeated branch")
            body = _body(entries.entries[key], columns, table, scope)
            return Branch(body, _when(entries), _source(entries), _times(times[1], mark))
    if not {"rows", "from"} & set(entries.entries):
        raise SpecError(
            f"a branch of {kind} is a list of rows",
            node.mark,
            _around(entries),
        )
    fields.known_keys(entries, BRANCH, "a branch")
    rows = entries.get("rows")
    body = [] if rows is None else _body(rows, columns, table, scope)
    return Branch(body, _when(entries), _source(entries))


def _around(entries: Mapping) -> str:
    """What to write around a row, a join or a repeat that is to be a branch of its own."""
    key = next((k for k in entries.keys if k == "op" or _is_join(k)), "op")
    return (
        f"write [{{{key}: …}}] where that is its one row, - - {key}: … on a line of its own;"
        " or {when: …, from: …, rows: […]}"
    )


def _times(written: str, mark: Mark) -> Cell:
    """How often a repeat's key says: `5x`, `ceil(depth / 2)x`."""
    return Cell(written.strip("() ") if written.isdigit() else written, False, mark)


def _source(entries: Mapping) -> Cell | None:
    node = entries.get("from")
    return fields.cell(node, "from") if node is not None else None


def _list_row(node: Sequence, columns: list[Column], table: Table, scope: Scope) -> Row:
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
                cell = _cell(node, column.name)
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


def tensor_name(name: str, mark: Mark) -> None:
    """Raise `SpecError` for a word that cannot name a tensor: a path is made of such words."""
    if not name or "/" in name:
        raise SpecError(
            f"'{name}' cannot name a tensor",
            mark,
            "a name holds no '/': that leads into a block, as in from: stage4/branch2",
        )


def _cell(node: Node, column: str) -> Cell:
    """A cell, which may be a list where the column is an argument."""
    alone = column in COMMON or column in FOLLOWERS
    return fields.cell(node, column) if alone else fields.cell_or_list(node, column)


def _check_common(cells: dict[str, Cell]) -> None:
    """Raise `SpecError` for a name, form or shared row that is none."""
    if "name" in cells:
        tensor_name(cells["name"].text, cells["name"].mark)
    known_form(cells.get("form"))


def _check_columns(row: Row, scope: Scope) -> None:
    """Every column a row fills must be an argument of what it calls."""
    _check_common(row.cells)
    for _, form in row.variants.get("form", ()):
        known_form(form)
    called = row.operation.text
    if _is_join(called):
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
