"""What `reconcile --number` shows: which convention prints a number, and what else it may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.claims.ledger import Line
from costcalc.explain.origin import Candidate, Figure, Reading
from costcalc.language.hyperparameters import show_value
from costcalc.network import Network
from costcalc.report.document import Column, Document, Sheet
from costcalc.report.objects import SCHEMA_VERSION, summary_object
from costcalc.report.reconciliation import about_network, network_header
from costcalc.report.views import claims_sheet

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


def origin_document(network: Network, origin: Origin) -> Document:
    """Which conventions print a number; else the nearest, other readings; and what is published."""
    columns = [
        Column("convention", "convention"),
        Column("figure", "figure"),
        Column("value", "value", "count"),
        Column("unit", "unit"),
    ]
    sheet = Sheet(columns, [list(m) for m in origin.matches], f"printed as {origin.number}")
    if not origin.matches:
        sheet.notes = ["no convention prints this number for this network"]
    sheets = [sheet]
    if origin.readings:
        sheets.append(_readings_sheet(origin.readings))
    if origin.nearest:
        sheets.append(_nearest_sheet(origin.nearest))
    if origin.published:
        sheets.append(claims_sheet(origin.published, "published numbers that print so"))
    return Document(network_header(network, origin.implementation), sheets, about_network(network))


_CANDIDATE = [
    Column("", "times"),
    Column("printed by", "printed_by"),
    Column("value", "value", "count"),
]


def _candidate(candidate: Candidate) -> list[Any]:
    by = ", ".join(f"{one.convention} {one.figure}" for one in candidate.figures)
    return [_TIMES[candidate.times], by, candidate.value]


def _nearest_sheet(nearest: Sequence[Candidate]) -> Sheet:
    columns = [*_CANDIDATE, Column("off by", "distance", "signed percent")]
    rows = [[*_candidate(one), one.distance] for one in nearest]
    return Sheet(columns, rows, "nearest to it")


def _readings_sheet(readings: Sequence[Reading]) -> Sheet:
    columns = [Column("with", "with"), *_CANDIDATE]
    rows = [[options(one), *_candidate(one.candidate)] for one in readings]
    return Sheet(columns, rows, "other readings of the network that print so")


def options(reading: Reading) -> str:
    """A reading as one would type it."""
    said = [f"--{k.replace('_', '-')} {show_value(v)}" for k, v in reading.settings.items()]
    if reading.implementation:
        forms = ",".join(f"{k}={form}" for k, form in reading.implementation.items())
        said.append(f"--implementation {forms}")
    return " ".join(said)


def origin_object(network: Network, origin: Origin) -> dict[str, Any]:
    """The same as data."""
    return {
        "schema_version": SCHEMA_VERSION,
        **summary_object(network),
        "implementation": dict(origin.implementation),
        "number": origin.number,
        "matches": [match._asdict() for match in origin.matches],
        "nearest": [_candidate_object(one) for one in origin.nearest],
        "readings": [
            {
                "settings": {k: show_value(v) for k, v in one.settings.items()},
                "implementation": dict(one.implementation),
                **_candidate_object(one.candidate),
            }
            for one in origin.readings
        ],
        "published": [
            {
                "where": line.where,
                "hyperparameters": {k: show_value(v) for k, v in line.hyperparameters.items()},
                "metric": line.metric,
                "printed": line.printed,
                "verdict": line.verdict,
                "note": line.note,
            }
            for line in origin.published
        ],
    }


def _candidate_object(candidate: Candidate) -> dict[str, Any]:
    return {
        "value": candidate.value,
        "times": float(candidate.times),
        "distance": float(candidate.distance),
        "printed_by": [
            {"convention": one.convention, "figure": one.figure} for one in candidate.figures
        ],
    }
