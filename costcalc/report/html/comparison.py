"""Several networks beside each other: what is the same, what differs most, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from costcalc.claims.reported import reported_for
from costcalc.control.diff import diff
from costcalc.cost.groups import by_type
from costcalc.language.hyperparameters import show_value
from costcalc.report.comparison import compare_result
from costcalc.report.diff import diff_result
from costcalc.report.document import Column, For, exact, rounded, share
from costcalc.report.html.elements import Content, Html, element
from costcalc.report.html.subject import Subject, beside
from costcalc.report.html.table import table
from costcalc.report.network import MOVED, cost_heads, shapes
from costcalc.report.result import Table

_TYPES = 12
"""How many types of layers are compared, those that differ most."""
Costs = Mapping[str, Sequence[Any]]
"""What networks cost, by what it is called."""


def comparison(subjects: Sequence[Subject]) -> Html:
    """A table of the networks, what differs in words, and by type of layer."""
    networks = [one.network for one in subjects]
    found = compare_result(networks, list(map(reported_for, networks)), networks[0], tuple(MOVED))
    (told,) = found.tables
    times = [c for d in subjects[0].devices for c in d.columns(layers=False) if c.kind != "percent"]
    columns = [
        *beside(told.columns, "mult_adds_ratio", times),
        Column("peak of activations", "peak_bytes", "count"),
        Column("size of params", "size", "count"),
    ]
    rows = [{**row, **_more(one)} for row, one in zip(told.rows, subjects, strict=True)]
    links = iter(subjects)

    def link(row: Any, text: Content) -> Content:
        return element("a", text, href=f"#n{next(links).number}")

    first, *lines = found.header
    return element(
        "section",
        element("h2", first, id="comparison"),
        [element("p", line, class_="note") for line in lines],
        table(Table(columns, rows), "the networks", head=link),
        element("h3", "What differs"),
        element("ul", [element("li", line) for line in differences(subjects)], class_="highlights"),
        element("div", table(_apart(subjects)), table(_by_type(subjects)), class_="beside"),
        list(_changes(subjects)),
        aria_labelledby="comparison",
    )


def _more(subject: Subject) -> dict[str, Any]:
    """What is compared beside the costs."""
    found = {"peak_bytes": subject.peak.peak_bytes, "size": subject.network.size}
    return found | {k: v for one in subject.devices for k, v in one.total().items()}


def costs_of(subjects: Sequence[Subject]) -> dict[str, list[Any]]:
    """What is compared, by what it is called: costs, memory, time."""
    heads = cost_heads(subjects[0].network)
    found = {
        head: [getattr(one.network.totals, key) for one in subjects] for key, head in heads.items()
    }
    found["bytes moved"] = [one.network.memory_access_bytes for one in subjects]
    found["peak of activations"] = [one.peak.peak_bytes for one in subjects]
    for number, device in enumerate(subjects[0].devices):
        times = [one.devices[number].total() for one in subjects]
        for column in device.columns(layers=False):
            if all(column.key in time for time in times):
                found[column.head] = [Fraction(time[column.key]) for time in times]
    return found


def differences(subjects: Sequence[Subject]) -> Iterator[str]:
    """What is set otherwise, what is the same in all, and where Mult-Adds mislead."""
    settings = _settings(subjects).items()
    same = [f"{what} {values[0]}" for what, values in settings if len(set(values)) == 1]
    differing = [f"{what} ({', '.join(v)})" for what, v in settings if len(set(v)) > 1]
    if differing:
        yield f"Set otherwise: {'; '.join(differing)}."
    if same:
        yield f"The same in all: {'; '.join(same)}."
    yield from misleading([one.name for one in subjects], costs_of(subjects), "Mult-Adds")


def _apart(subjects: Sequence[Subject]) -> Table:
    """How far apart they are in each cost, the farthest first."""
    rows: list[dict[str, Any]] = []
    for what, values in costs_of(subjects).items():
        least, most = (subjects[values.index(pick(values))].name for pick in (min, max))
        times = share(max(values), min(values))
        rows.append({"cost": what, "least": least, "most": most, "times": times})
    rows.sort(key=lambda row: -(row["times"] or 0))
    columns = [
        Column("cost", "cost"),
        Column("times", "times", "ratio", seen=For.TABLES),
        Column("least", "least"),
        Column("most", "most"),
    ]
    return Table(columns, rows, title="how far apart they are")


def _settings(subjects: Sequence[Subject]) -> dict[str, list[str]]:
    """Input, run and the hyperparameters that all have, in words."""
    found = {
        "input": [shapes(one.network.inputs) for one in subjects],
        "type": [one.network.execution.dtype for one in subjects],
    }
    first, *others = (one.network.hyperparameters for one in subjects)
    for name in first:
        if all(name in other for other in others):
            found[name] = [show_value(one.network.hyperparameters[name]) for one in subjects]
    return found


def misleading(names: Sequence[str], costs: Costs, by: str) -> Iterator[str]:
    """For each cost, the pair where less of `by` goes with most more of it.

    >>> list(misleading("ab", {"Mult-Adds": [10, 20], "time": [30, 15]}, "Mult-Adds"))
    ['a has 0.50x the Mult-Adds of b, but 2.00x the time.']
    """
    fewer = costs[by]
    found: dict[tuple[int, int], list[str]] = {}
    for what, values in costs.items():
        pairs = [
            (Fraction(values[i], values[j]), i, j)
            for i in range(len(names))
            for j in range(len(names))
            if fewer[i] < fewer[j] and values[i] > values[j] > 0
        ]
        if pairs:
            times, i, j = max(pairs)
            found.setdefault((i, j), []).append(f"{rounded(times, 2)}x the {what}")
    for (i, j), more in found.items():
        less = rounded(Fraction(fewer[i], fewer[j]), 2)
        yield f"{names[i]} has {less}x the {by} of {names[j]}, but {', '.join(more)}."


def _by_type(subjects: Sequence[Subject]) -> Table:
    """Which share of the Mult-Adds each type of layer has, the ones that differ most first."""
    shares: dict[str, list[Any]] = {}
    for number, one in enumerate(subjects):
        network = one.network
        for group in by_type(network.graph, network.sum_up):
            of = share(group.totals.mult_adds, network.mult_adds)
            shares.setdefault(group.name, [None] * len(subjects))[number] = of
    apart = {
        name: max(found) - min(found)
        for name, values in shares.items()
        if any(found := [value or Fraction(0) for value in values])
    }
    chosen = sorted(apart, key=lambda name: -apart[name])
    rows = [
        {"type": name, **{str(n): value for n, value in enumerate(shares[name])}}
        for name in chosen[:_TYPES]
    ]
    left = len(chosen) - len(rows)
    columns = [Column("type of layer", "type")]
    columns += [
        Column(one.name, str(n), "percent", seen=For.TABLES) for n, one in enumerate(subjects)
    ]
    return Table(
        columns,
        rows,
        title="share of the Mult-Adds by type of layer",
        notes=[f"{exact(left)} more types differ less"] * bool(left),
    )


def _changes(subjects: Sequence[Subject]) -> Iterator[Content]:
    """Row by row, how settings of one network differ from the first that is compared of it."""
    first: dict[str, Subject] = {}
    for one in subjects:
        before = first.setdefault(one.network.spec.source.path, one)
        if before is not one:
            found = diff_result(diff(before.network, one.network))
            title = found.header[0]
            sheets = [table(part, title) for part in found.tables if part.seen.PEOPLE in part.seen]
            yield element("details", element("summary", f"row by row: {title}"), sheets)
