"""What `reconcile --number` shows: which convention prints a number, and what else it may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from costcalc.claims.ledger import Line
from costcalc.explain.origin import Candidate, Figure, Reading
from costcalc.language.hyperparameters import show_value
from costcalc.network import Network
from costcalc.records import NamedTuple
from costcalc.report.claims import claims_table
from costcalc.report.document import Column, For
from costcalc.report.reconciliation import under_many
from costcalc.report.result import Fact, Result, Table, only

_TIMES = {Fraction(1): "", Fraction(2): "twice", Fraction(1, 2): "half of"}
"""How a candidate's `times` is said before the figure."""


class Origin(NamedTuple):
    """What was found of a number: `nearest` and `readings` only where there are no `matches`."""

    number: str
    implementation: Mapping[str, str]
    matches: Sequence[Figure]
    nearest: Sequence[Candidate]
    readings: Sequence[Reading]
    published: Sequence[Line]


_FIGURE = [
    Column("convention", "convention"),
    Column("figure", "figure"),
    Column("value", "value", "count"),
    Column("unit", "unit"),
]
_CANDIDATE = [
    Column("", "words", seen=For.PEOPLE),
    Column("printed by", "by", seen=For.PEOPLE),
    Column("value", "value", "count"),
    *only(For.JSON, "times"),
    Column("off by", "distance", "signed percent"),
    *only(For.JSON, "printed_by"),
]
_READING = [
    Column("with", "with", seen=For.PEOPLE),
    *only(For.JSON, "settings", "implementation"),
    # it prints so, and so is off by nothing
    *(c._replace(seen=For.JSON) if c.key == "distance" else c for c in _CANDIDATE),
]
_PUBLISHED = only(For.JSON, "where", "hyperparameters", "metric", "printed", "verdict", "note")


def origin_result(network: Network, origin: Origin) -> Result:
    """Which conventions print a number; else the nearest, other readings; and what is published."""
    nothing = [] if origin.matches else ["no convention prints this number for this network"]
    rows = [match._asdict() for match in origin.matches]
    title = f"printed as {origin.number}"
    tables = [
        Table(_FIGURE, rows, "matches", title, notes=nothing),
        Table(
            _READING,
            map(_reading, origin.readings),
            "readings",
            "other readings of the network that print so",
            seen=_seen(origin.readings),
        ),
        Table(
            _CANDIDATE,
            map(_candidate, origin.nearest),
            "nearest",
            "nearest to it",
            seen=_seen(origin.nearest),
        ),
        Table(_PUBLISHED, map(_claim, origin.published), "published", seen=For.JSON),
    ]
    if origin.published:
        tables.append(claims_table(origin.published, "published numbers that print so"))
    facts = [Fact("number", origin.number, For.JSON)]
    return under_many(network, tables, origin.implementation, facts)


def _seen(rows: Sequence[Any]) -> For:
    """People see no table without rows."""
    return For.PEOPLE | For.JSON if rows else For.JSON


def _candidate(candidate: Candidate) -> dict[str, Any]:
    figures = candidate.figures
    return {
        "words": _TIMES[candidate.times],
        "by": ", ".join(f"{one.convention} {one.figure}" for one in figures),
        "value": candidate.value,
        "times": candidate.times,
        "distance": candidate.distance,
        "printed_by": [{"convention": one.convention, "figure": one.figure} for one in figures],
    }


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "with": options(reading),
        "settings": {k: show_value(v) for k, v in reading.settings.items()},
        "implementation": dict(reading.implementation),
        **_candidate(reading.candidate),
    }


def options(reading: Reading) -> str:
    """A reading as one would type it."""
    said = [f"--{k.replace('_', '-')} {show_value(v)}" for k, v in reading.settings.items()]
    if reading.implementation:
        forms = ",".join(f"{k}={form}" for k, form in reading.implementation.items())
        said.append(f"--implementation {forms}")
    return " ".join(said)


def _claim(line: Line) -> dict[str, Any]:
    return {
        "where": line.where,
        "hyperparameters": {k: show_value(v) for k, v in line.hyperparameters.items()},
        "metric": line.metric,
        "printed": line.printed,
        "verdict": line.verdict,
        "note": line.note,
    }
