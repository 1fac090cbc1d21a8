"""A result, described once: what people read, CSV and JSON are read off the same description."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from costcalc.numbers.dimensions import Shape
from costcalc.records import NamedTuple
from costcalc.report.document import Column, Document, For, Sheet
from costcalc.text_columns import LINES, each_once

SCHEMA_VERSION = 1
"""Of JSON: it grows when a key goes or changes its meaning (`schemas/`)."""

Row = Mapping[str, Any]
"""What is known of one thing, by the keys of columns; what has no value may be missing."""


class Fact(NamedTuple):
    """What is said once: in CSV a column that is the same in every line, in JSON a key.

    The value may hold generators, for lists that only JSON has.
    """

    key: str
    value: Any
    seen: For = For.DATA


class RowsByColumn:
    """Rows of which there may be very many: equally long columns, made when somebody looks."""

    def __init__(self, columns: Callable[[], Mapping[str, Sequence[Any]]]) -> None:
        self.columns = columns

    def __iter__(self) -> Iterator[Row]:
        columns = self.columns()
        for values in zip(*columns.values(), strict=True):
            yield dict(zip(columns, values, strict=True))

    def values(self, keys: Iterable[str]) -> list[Sequence[Any]]:
        """The columns of these keys."""
        columns = self.columns()
        missing = [None] * max(map(len, columns.values()), default=0)
        return [columns.get(key, missing) for key in keys]


class Table(NamedTuple):
    """Rows of one kind, and who sees which of their columns.

    `rows` may be a generator: of a table that nobody sees none is made. `key` is the list's in
    JSON, where the table has one. `total` stands under a rule, for people.
    """

    columns: Sequence[Column]
    rows: Iterable[Row]
    key: str = ""
    title: str = ""
    total: Row | None = None
    notes: Sequence[str] = ()
    seen: For = For.ALL

    def sheet(self, reader: For) -> Sheet:
        """The columns that a reader of tables sees."""
        columns = [column for column in self.columns if column.seen & reader]
        keys = [column.key for column in columns]
        total = None if self.total is None else [self.total.get(key) for key in keys]
        return Sheet(columns, self._values(keys), self.title, total, [*self.notes])

    def for_json(self) -> dict[str, Sequence[Any]]:
        """The columns that JSON has, by the keys that they have there."""
        keys = {c.json or c.key: c.key for c in self.columns if c.seen & For.JSON}
        return dict(zip(keys, self._values(keys.values()), strict=True))

    def records(self) -> list[dict[str, Any]]:
        """The rows as JSON has them."""
        columns = self.for_json()
        rows = zip(*(each_once(for_json, cells) for cells in columns.values()), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def _values(self, keys: Iterable[str]) -> list[Sequence[Any]]:
        """What the rows have under each key."""
        if isinstance(self.rows, RowsByColumn):
            return self.rows.values(keys)
        found: dict[str, list[Any]] = {key: [] for key in keys}
        left = iter(self.rows)
        while rows := [*itertools.islice(left, LINES)]:  # so that few are there at once
            for key, values in found.items():
                values += [row.get(key) for row in rows]
        return [found[key] for key in keys]


class Result(NamedTuple):
    """What a command found out.

    People see `header`, the tables and `footer`; CSV is the first table that it sees, with the
    facts in every line; JSON is the facts and every table that has a key there. All of them say
    which operators of model files are `uncounted`, by file.
    """

    header: Sequence[str]
    tables: Sequence[Table]
    facts: Sequence[Fact] = ()
    footer: Sequence[str] = ()
    uncounted: Mapping[str, Mapping[str, int]] = {}

    def for_people(self) -> Document:
        """What is laid out for a terminal, a pipe or a page."""
        notes = [f"NOT counted: {text}" for text in self._uncounted()]
        sheets = [table.sheet(For.PEOPLE) for table in self.tables if table.seen & For.PEOPLE]
        return Document([*self.header, *notes], sheets, footer=[*self.footer])

    def for_csv(self) -> Document:
        """One sheet, and what stands before each of its lines."""
        sheet = next(table.sheet(For.CSV) for table in self.tables if table.seen & For.CSV)
        about = {f.key: f.value for f in self.facts if f.seen & For.CSV}
        if self.uncounted:
            about["uncounted"] = "; ".join(self._uncounted())
        return Document([], [sheet], about)

    def for_json(self) -> dict[str, Any]:
        """One object of plain values."""
        return {
            key: value.records() if isinstance(value, Table) else value
            for key, value in self.json_parts().items()
        }

    def json_parts(self) -> dict[str, Any | Table]:
        """What the object of JSON has under its keys: plain values, and tables for its lists."""
        tables = [table for table in self.tables if table.key and table.seen & For.JSON]
        return {
            "schema_version": SCHEMA_VERSION,
            **({"uncounted": for_json(self.uncounted)} if self.uncounted else {}),
            **facts_for_json(self.facts),
            **{table.key: table for table in tables},
        }

    def _uncounted(self) -> list[str]:
        return [uncounted(path, operators) for path, operators in self.uncounted.items()]


def uncounted(path: str, operators: Mapping[str, int]) -> str:
    """What was left out of a file: `2 Fancy, 1 Other of ./ours.onnx`."""
    listed = ", ".join(f"{count} {operator}" for operator, count in operators.items())
    return f"{listed} of {path}"


def facts_for_json(facts: Iterable[Fact]) -> dict[str, Any]:
    """What JSON says of facts."""
    return {fact.key: for_json(fact.value) for fact in facts if fact.seen & For.JSON}


def for_json(value: Any) -> Any:
    """A value as JSON has it: integers exact, fractions as decimals, shapes as lists."""
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, Mapping):
        return {key: for_json(of) for key, of in value.items()}
    if isinstance(value, Shape):
        value = value.sizes
    if isinstance(value, list | tuple | Iterator):
        return [for_json(of) for of in value]
    return value


def only(seen: For, *keys: str) -> list[Column]:
    """Columns without a head, which only these readers see."""
    return [Column("", key, seen=seen) for key in keys]
