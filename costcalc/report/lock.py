"""What `lock` shows: which networks are stale, and in what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.control.lock import LockedRow
from costcalc.control.locking import Checked
from costcalc.control.staleness import GONE, NEW, Staleness
from costcalc.errors import Source
from costcalc.report.diff import HEADS, SIGNS
from costcalc.report.document import Column, Document, Sheet
from costcalc.report.objects import SCHEMA_VERSION

_COSTS = ("params", "cost", "mult_adds", "memory_access")


def lock_document(found: Checked, written: bool) -> Document:
    """A line for each network, then for each stale one what differs."""
    sheets = [_networks(found.networks)] if found.networks else []
    for one in found.networks:
        if one.totals:
            sheets.append(_totals(one))
        if one.rows:
            sheets.append(_rows(one))
    return Document([_title(found, written)], sheets)


def _title(found: Checked, written: bool) -> str:
    path = Source(found.path, "").shown
    if written:
        return f"{path}: {'nothing is written' if found.errors else 'written'}"
    return f"{path}: {'stale: costcalc lock' if found.stale else 'up to date'}"


def _networks(found: Sequence[Staleness]) -> Sheet:
    columns = [Column("network", "network"), Column("", "status"), Column("why", "why")]
    return Sheet(columns, [[one.name, one.status, _why(one)] for one in found])


def _why(one: Staleness) -> str:
    said = [*one.why]
    if one.totals or one.rows:
        said.append(f"{len(one.totals)} totals and {len(one.rows)} rows differ")
    if one.status == NEW:
        said.append(f"new: costcalc lock --update {one.name}")
    if one.status == GONE:
        said.append("no network of the project")
    return "; ".join(said)


def _totals(one: Staleness) -> Sheet:
    columns = [
        Column("", "quantity"),
        Column("locked", "a", "count"),
        Column("now", "b", "count"),
        Column("difference", "change", "signed"),
        Column("%", "relative", "signed percent"),
    ]
    rows = [
        [HEADS.get(name, name), change.a, change.b, change.change, change.relative]
        for name, change in one.totals.items()
    ]
    return Sheet(columns, rows, title=one.name)


def _rows(one: Staleness) -> Sheet:
    costs = [cost for cost in _COSTS if any(cost in change.row.costs for change in one.rows)]
    columns = [
        Column("", "status"),
        Column("name", "name"),
        Column("locked", "a"),
        Column("now", "b"),
        *(Column(HEADS[cost], cost, "signed") for cost in costs),
    ]
    rows = [
        [
            SIGNS[row.status],
            row.row.name,
            _what(row.a),
            _what(row.b),
            *(row.of(cost).change for cost in costs),
        ]
        for row in one.rows
    ]
    return Sheet(columns, rows, title=f"{one.name}, rows")


def _what(row: LockedRow | None) -> str:
    if row is None:
        return ""
    times = f"{row.times}x " if row.times > 1 else ""
    return f"{times}{row.type} {row.output}"


def lock_data(found: Checked) -> Document:
    """A line for each total that differs, and one for each network of which none does."""
    columns = [
        *(Column(key, key) for key in ("network", "status", "why", "quantity")),
        *(Column(key, key, "count") for key in ("locked", "now")),
    ]
    rows: list[list[Any]] = []
    for one in found.networks:
        about = [one.name, one.status, "; ".join(one.why)]
        changes = [[name, change.a, change.b] for name, change in one.totals.items()]
        rows += [[*about, *change] for change in changes or [[None, None, None]]]
    return Document([], [Sheet(columns, rows)])


def lock_object(found: Checked) -> dict[str, Any]:
    """Every network, and what differs, raw."""
    return {
        "schema_version": SCHEMA_VERSION,
        "lock": Source(found.path, "").shown,
        "stale": found.stale,
        "networks": [
            {
                "network": one.name,
                "status": one.status,
                "why": one.why,
                "totals": {
                    name: {"locked": change.a, "now": change.b, "change": change.change}
                    for name, change in one.totals.items()
                },
                "rows": [
                    {"status": row.status, "locked": _object(row.a), "now": _object(row.b)}
                    for row in one.rows
                ],
            }
            for one in found.networks
        ],
        "errors": [str(error) for error in found.errors],
    }


def _object(row: LockedRow | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "name": row.name,
        "type": row.type,
        "times": row.times,
        "output": row.output,
        **row.costs,
    }
