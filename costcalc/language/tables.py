"""Tables and the bodies of blocks: their rows, joins and repeats."""

from __future__ import annotations

import re

from costcalc.errors import Mark, SpecError, suggest
from costcalc.language import fields
from costcalc.language.columns import FOLLOWERS, OF_JOIN, UNSCALED, Column, Scope, read_columns
from costcalc.language.model import Branch, Cell, Join, Repeat, Step, Table, Unreadable
from costcalc.language.nodes import Mapping, Node, Scalar, Sequence
from costcalc.language.provenance import OWN_PAPER
from costcalc.language.rows import cell_of, check_common, is_join, keyed_row, listed_row
from costcalc.ops import OPERATORS
from costcalc.recovery import keep

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
    "next": "what the next repeat of a call takes in place of its input and arguments: {skip: out}",
    **_BODY,
}
"""The keys of a block."""
BRANCH = {
    "when": "the condition under which it exists",
    "from": "the tensor where it starts; else the one before the join",
    "rows": "its rows; without any it is that tensor itself",
}
"""The keys of a branch that is more than rows."""
_ROWS = "rows: [[…], {op: …}, …]"
_REPEAT = re.compile(r"(.+)x")


def table(node: Node, scope: Scope, what: str) -> Table:
    """A table of a network, or the body of a block."""
    entries = fields.mapping(node, what)
    row = next((key for key in entries.keys if key == "op" or is_join(key)), None)
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


def unknown_table(mark: Mark) -> Table:
    """A table of which nothing is known but that it is there."""
    return Table("", [Unreadable(mark, {})], {}, (), None, mark)


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
        return listed_row(node, columns, table, scope)
    entries = fields.mapping(node, "a row")
    for key, mark in entries.keys.items():
        if is_join(key):
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
    return keyed_row(entries, table, scope)


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
    cells = {key: cell_of(node, key) for key, node in entries.entries.items() if key != kind}
    check_common(cells)
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
    key = next((k for k in entries.keys if k == "op" or is_join(k)), "op")
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
