"""What `reconcile` shows: one network in every convention, and why the numbers differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.conventions.bridge import Bridge, Term, to_figure
from costcalc.conventions.convention import Convention
from costcalc.conventions.counting import Counted
from costcalc.errors import CostcalcError
from costcalc.network import Network
from costcalc.records import NamedTuple
from costcalc.report.document import Column, For, Part, share
from costcalc.report.network import header, network_facts
from costcalc.report.result import Fact, Result, Table


class Refused(NamedTuple):
    """A convention that has no number for the network, and why."""

    convention: str
    why: str


def count_under(
    network: Network, conventions: Sequence[Convention], demanded: bool = False
) -> tuple[list[Counted], list[Refused]]:
    """The network under each convention, and those that have no number for it.

    Raises `CostcalcError` for one of the latter where they were `demanded` by name.
    """
    counts, refused = [], []
    for convention in conventions:
        try:
            counts.append(network.count(convention))
        except CostcalcError as error:
            if demanded:
                raise
            refused.append(Refused(convention.key, str(error)))
    return counts, refused


FIGURE = [
    Column("convention", "convention", once=True),
    Column("version", "version", once=True, spare=True),
    Column("params", "params", "count", once=True),
    Column("figure", "figure"),
    Column("value", "value", "count"),
    Column("unit", "unit"),
    Column("ratio", "ratio", "ratio"),
]
TERM = [Column("operators", "operators", "list"), Column("rule", "rule"), Column("why", "why")]


def reconcile_result(
    network: Network, counts: Sequence[Counted], refused: Sequence[Refused] = ()
) -> Result:
    """One line a convention's figure; below, the terms between it and plain multiply-adds."""
    notes = ["ratio: to plain multiply-adds", *(refusal.why for refusal in refused)]
    notes += [
        f"{counted.convention.key} takes {one} for granted: {one.why};"
        f" else --implementation {one.of}={one.otherwise}"
        for counted in counts
        for one in counted.assumed
    ]
    facts = [
        Fact("conventions", map(_convention, counts), For.JSON),
        Fact("refused", [refusal._asdict() for refusal in refused], For.JSON),
    ]
    return under_many(
        network, [_figures(network, counts, notes), _terms(counts)], told(counts), facts
    )


def told(counts: Sequence[Counted]) -> dict[str, str]:
    """The forms that all of the conventions were told: `--implementation`."""
    first, *others = (counted.convention.forms.items() for counted in counts)
    return {k: form for k, form in first if all((k, form) in other for other in others)}


def under_many(
    network: Network,
    tables: Sequence[Table],
    implementation: Mapping[str, str],
    facts: Sequence[Fact],
) -> Result:
    """What is said of a network under many conventions: the header does without its own.

    `implementation` has the forms of operators that were told to all of them.
    """
    forms = ", ".join(f"{operator} {form}" for operator, form in implementation.items())
    said = f" · implementation: {forms}" if forms else ""
    return Result(
        [*header(network)[:-1], f"plain multiply-adds {network.mult_adds:,}{said}"],
        tables,
        [
            *(
                fact._replace(seen=For.JSON) if fact.key == "convention" else fact
                for fact in network_facts(network)
            ),
            Fact("implementation", dict(implementation), For.JSON),
            *facts,
        ],
    )


def _figures(network: Network, counts: Sequence[Counted], notes: Sequence[str]) -> Table:
    rows: list[dict[str, Any]] = []
    for counted in counts:
        convention = counted.convention
        name = {
            "convention": convention.key,
            "version": convention.version,
            "params": counted.params,
        }
        for figure, unit in counted.units.items():
            value = counted.figures[figure]
            ratio = share(value, network.mult_adds)
            rows.append({**name, "figure": figure, "value": value, "unit": unit, "ratio": ratio})
        if not convention.figures:
            rows.append(name)
    return Table(FIGURE, rows, notes=notes, seen=For.TABLES)


def _terms(counts: Sequence[Counted]) -> Table:
    columns = [
        Column("convention", "convention"),
        Column("figure", "figure"),
        Column("difference", "difference", "signed"),
        *TERM,
    ]
    rows = (
        {"convention": counted.convention.key, "figure": figure, **_row(term)}
        for counted in counts
        for figure in counted.convention.figures
        for term in to_figure(counted, figure).terms
    )
    title = "what makes the difference to plain multiply-adds"
    return Table(columns, rows, title=title, seen=For.PEOPLE)


def _row(term: Term) -> dict[str, Any]:
    """A term for people: what is not counted counts 0."""
    found = {**term._asdict(), "operators": list(term.operators)}
    return {**found, "rule": term.rule or "0", "instead_of": term.instead_of or "0"}


def _convention(counted: Counted) -> dict[str, Any]:
    """A convention with its figures in JSON."""
    convention = counted.convention
    return {
        "convention": convention.key,
        "version": convention.version,
        "source": convention.source,
        "params": counted.params,
        "assumptions": [
            {"of": one.of, "is": one.is_, "else": one.otherwise, "why": one.why}
            for one in counted.assumed
        ],
        "figures": {
            figure: {
                "value": counted.figures[figure],
                "unit": unit,
                "terms": [term._asdict() for term in to_figure(counted, figure).terms],
            }
            for figure, unit in counted.units.items()
        },
    }


def bridge_result(network: Network, first: Counted, second: Counted, bridge: Bridge) -> Result:
    """From one number to the other, a term a line; the lines add up."""
    a, b = first.convention, second.convention
    facts = [
        Fact("from", {"convention": a.key, "value": bridge.start}, For.JSON),
        Fact("to", {"convention": b.key, "value": bridge.end}, For.JSON),
        Fact("terms", [term._asdict() for term in bridge.terms], For.JSON),
    ]
    table = bridge_table(first, second, bridge)
    return under_many(network, [table], told([first, second]), facts)


def bridge_table(first: Counted, second: Counted, bridge: Bridge) -> Table:
    """The terms between two numbers, from the one to the other."""
    columns = [
        Column("sum", "sum", "sum"),
        TERM[0],
        Column("instead of", "instead_of"),
        *TERM[1:],
    ]
    a, b = first.convention, second.convention
    start = {"sum": Part(bridge.start, True), "operators": [f"{a.key} {a.headline}"]}
    end = {"sum": Part(bridge.end, True), "operators": [f"{b.key} {b.headline}"]}
    rows = [{"sum": Part(term.difference, False), **_row(term)} for term in bridge.terms]
    return Table(columns, [start, *rows], total=end, seen=For.TABLES)
