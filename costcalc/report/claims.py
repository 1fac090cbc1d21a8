"""Printed numbers beside computed ones."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from costcalc.claims.ledger import Ledger, Line
from costcalc.language.hyperparameters import show_value
from costcalc.language.settings import plain
from costcalc.numbers.dimensions import Shape
from costcalc.report.document import Column, For
from costcalc.report.result import Table, only

COLUMNS = [
    Column("", "model", seen=For.DATA),
    Column("", "hyperparameters", seen=For.CSV),
    Column("where", "where"),
    Column("", "settings", seen=For.JSON, json="hyperparameters"),
    Column("quantity", "metric", seen=For.TABLES),
    Column("", "bare_metric", seen=For.JSON, json="metric"),
    Column("printed", "printed", seen=For.TABLES),
    Column("", "bare_printed", seen=For.JSON, json="printed"),
    Column("computed", "computed", "exact", seen=For.TABLES),
    Column("", "plain_computed", seen=For.JSON, json="computed"),
    Column("verdict", "verdict"),
    Column("", "note", seen=For.DATA),
    *only(For.JSON, "source", "source_kind", "spec", "at"),
]
"""Of a line of the ledger. Text has its words and units, JSON the bare ones."""
_TOGETHER = ("metric", "printed", "computed", "verdict")
"""Lines that are the same in these are one, with all their places."""


def published_table(
    ledger: Ledger, title: str = "published for exactly this network"
) -> list[Table]:
    """The claims about a network, for people, if there are any.

    The same number printed in several places is one line.
    """
    if not ledger:
        return []
    places: dict[tuple[Any, ...], list[str]] = {}
    for line in ledger:
        found = claim_row(line)
        places.setdefault(tuple(found[key] for key in _TOGETHER), []).append(line.where)
    rows = [
        {"where": _together(where), **dict(zip(_TOGETHER, rest, strict=True))}
        for rest, where in places.items()
    ]
    return [Table(COLUMNS, rows, title=title, notes=reasons(ledger), seen=For.PEOPLE)]


def _together(places: list[str]) -> str:
    return places[0] if len(places) == 1 else "; ".join(dict.fromkeys(map(_short, places)))


def _short(where: str) -> str:
    """The number of a table without its title: "Table 6. MobileNet Width Multiplier, ..."."""
    return where.partition(". ")[0] if where.startswith("Table ") else where


def claims_table(ledger: Iterable[Line], title: str) -> Table:
    """A claim a line, for people; the reasons stand below as notes."""
    lines = list(ledger)
    rows = map(claim_row, lines)
    return Table(COLUMNS, rows, title=title, notes=reasons(lines), seen=For.PEOPLE)


def claim_row(line: Line) -> dict[str, Any]:
    """A claim by the keys of `COLUMNS`."""
    settings = line.hyperparameters.items()
    return {
        "model": line.model,
        "hyperparameters": ", ".join(f"{k}={show_value(v)}" for k, v in settings),
        "where": line.where,
        "settings": {k: plain(v) for k, v in settings},
        "metric": quantity(line),
        "bare_metric": line.metric,
        "printed": printed(line),
        "bare_printed": line.printed,
        "computed": line.computed,
        "plain_computed": _plain(line.computed),
        "verdict": line.verdict,
        "note": line.note,
        "source": line.source,
        "source_kind": line.claim.source.kind,
        "spec": line.spec.key,
        "at": str(line.claim.mark),
    }


def _plain(value: Any) -> Any:
    """A computed value in JSON: a shape as it is printed, a whole number as an integer."""
    if isinstance(value, Shape):
        return str(value)
    if isinstance(value, Fraction) and value.denominator == 1:
        return value.numerator
    return value


def reasons(lines: Iterable[Line]) -> list[str]:
    """Why numbers differ, each reason once."""
    found = [
        f"{line.verdict}: {line.where}, {quantity(line)} {printed(line)}: {line.note}"
        for line in lines
        if line.note
    ]
    return list(dict.fromkeys(found))


def quantity(line: Line) -> str:
    """The measured quantity as a paper names it."""
    share_of = "share of " if line.metric.startswith("share_") else ""
    name = line.metric.removeprefix("share_")
    return share_of + {"mult_adds": "Mult-Adds", "memory_access": "memory access"}.get(name, name)


def printed(line: Line) -> str:
    """The printed text with the unit its column gives it."""
    bare = line.printed[-1:].isdigit() and line.claim.unit
    return f"{line.printed} {line.claim.unit}" if bare else line.printed
