"""What `lock` shows: which networks are stale, and in what."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from costcalc.control.lock import NAME, LockedRow
from costcalc.control.locking import Checked
from costcalc.control.staleness import GONE, NEW, SAME, STALE, Staleness
from costcalc.errors import Mark, Source
from costcalc.report.diff import HEADS, SIGNS, changes_table, changes_told, cost_column
from costcalc.report.document import Column, For, plural
from costcalc.report.finding import ERROR, PASS, Finding, Report, broken, path_of, place_of
from costcalc.report.result import Fact, Result, Table, only

_COSTS = ("params", "cost", "mult_adds", "memory_access")


def lock_report(found: Checked, written: bool) -> Report:
    """The networks beside what is locked of them, for a review."""
    result = lock_result(found, written)
    findings = [broken(error, "the lock", found.project.source) for error in found.errors]
    return Report(
        "lock",
        path_of(found.project.source),
        _title(found, written),
        [*findings, *networks_findings(found, written)],
        result,
    )


def networks_findings(found: Checked, written: bool = False) -> list[Finding]:
    """A finding for each network, at its place in the project. What is `written` is fine."""
    marks = {target.name: target.mark for target in found.project.targets}
    lock = Mark(Source(found.path, ""), 0, 0)
    findings = []
    for one in found.networks:
        fine = one.status == SAME or written
        relative = [abs(c.relative or Fraction(c.change)) for c in one.totals.values()]
        findings.append(
            Finding(
                "stale lock",
                PASS if fine else ERROR,
                one.name,
                f"{one.name}: {_said(one)}",
                place_of(marks.get(one.name, lock)),
                max(relative, default=Fraction(0)),
            )
        )
    return findings


def _said(one: Staleness) -> str:
    """How a network stands to the lock, in one line."""
    if one.status in (NEW, GONE):
        return f"is {one.status}: {_why(one)}"
    changed = changes_told(one.totals)
    told = [*one.why, *changed]
    if one.rows and not changed:
        told.append(f"differs in {plural(len(one.rows), 'row')}")
    if not told:
        return "is as locked"
    return f"{NAME} is stale: {'; '.join(told)}; renew it: costcalc lock"


def lock_result(found: Checked, written: bool) -> Result:
    """A line for each network, then for each stale one what differs."""
    tables = [_networks(found, written), _lines(found)]
    for one in found.networks:
        if one.totals:
            tables.append(changes_table(one.totals, HEADS, "locked", "now", one.name))
        if one.rows:
            tables.append(_rows(one))
    return Result(
        [_title(found, written)],
        tables,
        [
            Fact("lock", Source(found.path, "").shown, For.JSON),
            Fact("stale", found.stale, For.JSON),
            Fact("errors", list(map(str, found.errors)), For.JSON),
        ],
    )


def _title(found: Checked, written: bool) -> str:
    path = Source(found.path, "").shown
    if written:
        return f"{path}: {'nothing is written' if found.errors else 'written'}"
    return f"{path}: {'stale: costcalc lock' if found.stale else 'up to date'}"


_DONE = {NEW: "new", STALE: "renewed", GONE: "removed"}
"""What has become of a network by writing the lock."""


def _networks(found: Checked, written: bool) -> Table:
    done = written and not found.errors
    columns = [
        Column("network", "network"),
        Column("", "status", seen=For.DATA),
        Column("", "said", seen=For.PEOPLE),
        Column("why", "summary", seen=For.PEOPLE),
        *only(For.JSON, "why", "totals", "rows"),
    ]
    rows = (
        {
            "network": one.name,
            "status": one.status,
            "said": _DONE.get(one.status, one.status) if done else one.status,
            "summary": _why(one, done),
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
    )
    seen = For.PEOPLE | For.JSON if found.networks else For.JSON
    return Table(columns, rows, "networks", seen=seen)


def _why(one: Staleness, done: bool = False) -> str:
    said = [*one.why]
    differing = [
        plural(len(found), what)
        for found, what in ((one.totals, "total"), (one.rows, "row"))
        if found
    ]
    if differing:
        said.append(f"differs in {' and '.join(differing)}")
    if one.status == NEW and not done:
        said.append(f"lock it: costcalc lock --update {one.name}")
    if one.status == GONE:
        said.append("no network of the project")
    return "; ".join(said)


def _rows(one: Staleness) -> Table:
    costs = [cost for cost in _COSTS if any(cost in change.row.costs for change in one.rows)]
    columns = [
        Column("", "status"),
        Column("name", "name"),
        Column("locked", "a"),
        Column("now", "b"),
        *(cost_column(HEADS[cost], cost) for cost in costs),
    ]
    rows = [
        {
            "status": SIGNS[row.status],
            "name": row.row.name,
            "a": _what(row.a),
            "b": _what(row.b),
            **{cost: row.of(cost).change for cost in costs},
        }
        for row in one.rows
    ]
    return Table(columns, rows, title=f"{one.name}, rows", seen=For.PEOPLE)


def _what(row: LockedRow | None) -> str:
    if row is None:
        return ""
    times = f"{row.times}x " if row.times > 1 else ""
    return f"{times}{row.type} {row.output}"


def _lines(found: Checked) -> Table:
    """For CSV a line for each total that differs, and one for each network of which none does."""

    def rows() -> Iterator[dict[str, Any]]:
        for one in found.networks:
            about = {"network": one.name, "status": one.status, "why": "; ".join(one.why)}
            if not one.totals:
                yield about
            for name, change in one.totals.items():
                yield {**about, "quantity": name, "locked": change.a, "now": change.b}

    keys = ("network", "status", "why", "quantity", "locked", "now")
    return Table(only(For.CSV, *keys), rows(), seen=For.CSV)


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
