"""What `reconcile` shows: one network in every convention, and why the numbers differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.conventions.bridge import Bridge, Term, to_figure
from costcalc.conventions.convention import Counted
from costcalc.network import Network
from costcalc.report.document import Column, Document, Part, Sheet, share
from costcalc.report.objects import SCHEMA_VERSION, summary_object
from costcalc.report.views import about, header


class Refused(NamedTuple):
    """A convention that has no number for the network, and why."""

    convention: str
    why: str


def reconcile_document(
    network: Network, counts: Sequence[Counted], refused: Sequence[Refused] = ()
) -> Document:
    """One line a convention's figure; below, the terms between it and plain multiply-adds."""
    columns = [
        Column("convention", "convention", once=True),
        Column("version", "version", once=True),
        Column("params", "params", "count", once=True),
        Column("figure", "figure"),
        Column("value", "value", "count"),
        Column("unit", "unit"),
        Column("ratio", "ratio", "ratio"),
    ]
    rows: list[list[Any]] = []
    for counted in counts:
        convention = counted.convention
        name: list[Any] = [convention.key, convention.version, counted.params]
        for figure, unit in convention.figures.items():
            value = counted.figures[figure]
            rows.append([*name, figure, value, unit, share(value, network.mult_adds)])
        if not convention.figures:
            rows.append([*name, "", None, "", None])
    notes = ["ratio: to plain multiply-adds", *(refusal.why for refusal in refused)]
    sheets = [Sheet(columns, rows, notes=notes)]
    sheets.append(_term_sheet(counts))
    return Document(network_header(network, told(counts)), sheets, about_network(network))


def told(counts: Sequence[Counted]) -> dict[str, str]:
    """The forms that all of the conventions were told: `--implementation`."""
    first, *others = (counted.convention.forms.items() for counted in counts)
    return {k: form for k, form in first if all((k, form) in other for other in others)}


def network_header(network: Network, implementation: Mapping[str, str]) -> list[str]:
    """The header without its convention, as the sheet has them all; with forms that were told."""
    forms = ", ".join(f"{operator} {form}" for operator, form in implementation.items())
    said = f" · implementation: {forms}" if forms else ""
    return [*header(network)[:-1], f"plain multiply-adds {network.mult_adds:,}{said}"]


def about_network(network: Network) -> dict[str, Any]:
    """The header as data, likewise: a column of the sheet names the convention."""
    return {key: value for key, value in about(network).items() if key != "convention"}


def _term_sheet(counts: Sequence[Counted]) -> Sheet:
    columns = [
        Column("convention", "convention"),
        Column("figure", "figure"),
        Column("difference", "difference", "signed"),
        *_TERM_COLUMNS,
    ]
    rows = []
    for counted in counts:
        for figure in counted.convention.figures:
            for term in to_figure(counted, figure).terms:
                rows.append([counted.convention.key, figure, term.difference, *_described(term)])
    return Sheet(columns, rows, "what makes the difference to plain multiply-adds")


_TERM_COLUMNS = [
    Column("operators", "operators"),
    Column("rule", "rule"),
    Column("why", "why"),
]


def _described(term: Term) -> list[str]:
    return [", ".join(term.operators), term.rule or "0", term.why]


def bridge_document(network: Network, first: Counted, second: Counted, bridge: Bridge) -> Document:
    """From one number to the other, a term a line; the lines add up."""
    columns = [
        Column("sum", "sum", "sum"),
        Column("operators", "operators"),
        Column("instead of", "instead_of"),
        *_TERM_COLUMNS[1:],
    ]
    a, b = first.convention, second.convention
    rows: list[list[Any]] = [[Part(bridge.start, True), f"{a.key} {a.headline}", "", "", ""]]
    for term in bridge.terms:
        operators, rule, why = _described(term)
        rows.append([Part(term.difference, False), operators, term.instead_of or "0", rule, why])
    totals = [Part(bridge.end, True), f"{b.key} {b.headline}", "", "", ""]
    return Document(
        network_header(network, told([first, second])),
        [Sheet(columns, rows, totals=totals)],
        about_network(network),
    )


def reconcile_object(
    network: Network, counts: Sequence[Counted], refused: Sequence[Refused] = ()
) -> dict[str, Any]:
    """Every convention as data."""
    return {
        "schema_version": SCHEMA_VERSION,
        **summary_object(network),
        "implementation": told(counts),
        "conventions": [
            {
                "convention": counted.convention.key,
                "version": counted.convention.version,
                "source": counted.convention.source,
                "params": counted.params,
                "figures": {
                    figure: {
                        "value": counted.figures[figure],
                        "unit": unit,
                        "terms": [_term(t) for t in to_figure(counted, figure).terms],
                    }
                    for figure, unit in counted.convention.figures.items()
                },
            }
            for counted in counts
        ],
        "refused": [refusal._asdict() for refusal in refused],
    }


def bridge_object(
    network: Network, first: Counted, second: Counted, bridge: Bridge
) -> dict[str, Any]:
    """A bridge as data: start + the differences = end."""
    return {
        "schema_version": SCHEMA_VERSION,
        **summary_object(network),
        "implementation": told([first, second]),
        "from": {"convention": first.convention.key, "value": bridge.start},
        "to": {"convention": second.convention.key, "value": bridge.end},
        "terms": [_term(term) for term in bridge.terms],
    }


def _term(term: Term) -> dict[str, Any]:
    return {**term._asdict(), "operators": list(term.operators)}
