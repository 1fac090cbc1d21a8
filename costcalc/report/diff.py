"""What `diff` shows: totals before and after, then what changed and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from costcalc.control.changes import Change, Diff, LayerChange
from costcalc.cost.groups import Group
from costcalc.errors import Mark
from costcalc.network import Network
from costcalc.report.document import Column, For, exact, plural, signed, written
from costcalc.report.finding import NOTE, PASS, Finding, Report, path_of, place_of
from costcalc.report.network import group_row, network_object, reference, references
from costcalc.report.result import Fact, Result, Table, only

HEADS = {
    "params": "params",
    "cost": "cost",
    "mult_adds": "Mult-Adds",
    "memory_access": "memory access",
    "memory_access_bytes": "bytes moved",
    "peak_memory": "peak memory, bytes",
    "size": "size, bytes",
}
"""How a quantity is called for people."""
SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_BY_LAYER = ("params", "mult_adds", "memory_access")


def diff_result(diff: Diff, notes: Sequence[str] = ()) -> Result:
    """Totals, and a line for each row that was added, removed or changed.

    `notes` are lines about what was compared.
    """
    totals = {
        quantity: {"a": change.a, "b": change.b, "change": change.difference}
        for quantity, change in diff.totals.items()
    }
    return Result(
        [*_header(diff), *notes],
        [
            changes_table(diff.totals, heads_of(diff), "before", "after"),
            _layers(diff),
            _lines(diff),
        ],
        [
            Fact("a", None if diff.a is None else network_object(diff.a), For.JSON),
            Fact("b", network_object(diff.b), For.JSON),
            Fact("same", diff.same, For.JSON),
            Fact("why", diff.why, For.JSON),
            Fact("notes", notes, For.JSON),
            Fact("totals", totals, For.JSON),
            Fact("unchanged", diff.unchanged, For.JSON),
        ],
    )


def _header(diff: Diff) -> list[str]:
    before, after = names(diff)
    title = f"{before} and {after} are the same" if diff.same else f"{before} → {after}"
    shared = [
        said
        for said, also in ((_run(diff.b), _run(diff.a)), (_label(diff.b), _label(diff.a)))
        if also in (said, "")
    ]
    return [line for line in (title, "; ".join(diff.why), " · ".join(shared)) if line]


def _run(network: Network | None) -> str:
    return "" if network is None else str(network.execution)


def _label(network: Network | None) -> str:
    return "" if network is None else network.convention_label


def names(diff: Diff) -> tuple[str, str]:
    """What to call the two: as one refers to them, by their files where that is the same."""
    a, b = diff.a, diff.b
    if a is None:
        return "nothing", reference(b)
    before, after = references([a, b])
    return before, after


def changes_table(
    changes: Mapping[str, Change],
    heads: Mapping[str, str],
    before: str,
    after: str,
    title: str = "",
) -> Table:
    """Quantities before and after, a line each, for people; `heads` is what to call them."""
    columns = [
        Column("", "quantity"),
        Column(before, "a", "count"),
        Column(after, "b", "count"),
        Column("difference", "change", "signed"),
        Column("%", "relative", "signed percent"),
    ]
    rows = [
        {
            "quantity": heads.get(quantity, quantity),
            "a": change.a,
            "b": change.b,
            "change": change.difference,
            "relative": change.relative,
        }
        for quantity, change in changes.items()
    ]
    return Table(columns, rows, title=title, seen=For.PEOPLE)


def heads_of(diff: Diff) -> dict[str, str]:
    """What to call the totals of a difference."""
    return {quantity: _head(diff, quantity) for quantity in diff.totals}


def _head(diff: Diff, quantity: str) -> str:
    counted = diff.b.counted
    if quantity == "cost" and counted is not None:
        return f"{counted.convention.key} {counted.convention.headline}"
    return HEADS[quantity]


def _layers(diff: Diff) -> Table:
    metrics = [metric for metric in ("cost", *_BY_LAYER) if metric in diff.totals]
    columns = [
        Column("", "sign", seen=For.PEOPLE),
        *only(For.JSON, "status"),
        Column("name", "name", seen=For.PEOPLE),
        Column("before", "before", seen=For.PEOPLE),
        Column("after", "after", seen=For.PEOPLE),
        *only(For.JSON, "a", "b"),
        *(cost_column(_head(diff, metric), metric) for metric in metrics),
        Column("why", "why"),
    ]

    def row(change: LayerChange) -> dict[str, Any]:
        return {
            "sign": SIGNS[change.status],
            "status": change.status,
            "name": change.name,
            "before": _what(change.a),
            "after": _what(change.b),
            "a": None if change.a is None else group_row(change.a),
            "b": None if change.b is None else group_row(change.b),
            **{metric: _difference(change, metric) for metric in metrics},
            "why": "; ".join(change.why),
        }

    said = {status: sum(c.status == status for c in diff.layers) for status in SIGNS}
    counts = [f"{count} {status}" for status, count in said.items() if count]
    return Table(
        columns,
        map(row, diff.layers),
        "layers",
        notes=[", ".join([*counts, f"{diff.unchanged} unchanged"])],
        seen=For.PEOPLE | For.JSON if diff.layers else For.JSON,
    )


def _difference(change: LayerChange, metric: str) -> int | None:
    """What it costs more; nothing can be said where only one of the conventions has such a cost."""
    counted = change.of(metric)
    return counted.difference if change.a and change.b else counted.change


def cost_column(head: str, metric: str) -> Column:
    """A column of differences, for people; where there is no room, without memory access."""
    tone = "dim" if metric == "memory_access" else ""
    return Column(head, metric, "signed", tone, seen=For.PEOPLE)


def _what(group: Group | None) -> str:
    """A row in one cell: how often, what, and its output."""
    if group is None:
        return ""
    times = f"{group.times}x " if group.times > 1 else ""
    return f"{times}{group.type} {group.output}"


def _lines(diff: Diff) -> Table:
    """One table of everything, for CSV: a line with the totals, then one for each change."""
    by_layer = [metric for metric in diff.totals if metric in ("cost", *_BY_LAYER)]
    others = [quantity for quantity in diff.totals if quantity not in by_layer]
    keys = [f"{key}_{side}" for key in ("name", "type", "output") for side in "ab"]
    keys += [f"{metric}_{side}" for metric in (*by_layer, *others) for side in "ab"]

    def rows() -> Iterator[dict[str, Any]]:
        first: dict[str, Any] = {"status": "total", "why": "; ".join(diff.why)}
        for side, network in zip("ab", (diff.a, diff.b), strict=True):
            if network is not None:
                first |= {f"name_{side}": reference(network), f"output_{side}": network.output}
        yield first | _sides(diff.totals)
        for change in diff.layers:
            line: dict[str, Any] = {"status": change.status, "why": "; ".join(change.why)}
            for side, group in zip("ab", (change.a, change.b), strict=True):
                if group is not None:
                    line[f"name_{side}"] = group.name
                    line[f"type_{side}"] = group.type
                    line[f"output_{side}"] = group.output
            yield line | _sides({metric: change.of(metric) for metric in by_layer})

    return Table(only(For.CSV, "status", *keys, "why"), rows(), seen=For.CSV)


def _sides(changes: Mapping[str, Change]) -> dict[str, int | None]:
    return {
        f"{key}_{side}": getattr(change, side) for key, change in changes.items() for side in "ab"
    }


def diff_report(diff: Diff, notes: Sequence[str] = ()) -> Report:
    """The difference, for a review."""
    title, *more = _header(diff)
    result = diff_result(diff, notes)
    about = path_of(diff.b.spec.source)
    return Report("diff", about, title, diff_findings(diff), result, notes=[*more, *notes])


def diff_findings(diff: Diff, network: str = "", mark: Mark | None = None) -> list[Finding]:
    """A finding for the network as a whole, then one for each row that changed.

    `network` is what a project calls it, `mark` where. Of one that is new, no row is told.
    """
    called = network or names(diff)[1]
    mark = mark or Mark(diff.b.spec.source, 0, 0)
    rows = [] if diff.a is None else [_finding(diff, row, called, mark) for row in diff.layers]
    changed = [*diff.why, *changes_told(diff.totals, heads_of(diff))]
    said = "is the same" if diff.same else "; ".join(changed) or "has other rows"
    whole = Finding(
        "network",
        PASS if diff.same else NOTE,
        called,
        f"{called}: {said}",
        place_of(mark),
        max((row.weight for row in rows), default=Fraction(1)),
    )
    return [whole, *rows]


def _finding(diff: Diff, row: LayerChange, called: str, mark: Mark) -> Finding:
    costs = {metric: (row.of(metric).change, diff.totals[metric].a) for metric in _BY_LAYER}
    changed = [f"{HEADS[m]} {signed(change)}" for m, (change, _) in costs.items() if change]
    why = "; ".join(row.why)
    return Finding(
        "row",
        NOTE,
        f"{called}: {row.name}",
        f"{called}: {row.name}: {why}" + (f" ({', '.join(changed)})" if changed else ""),
        place_of(row.mark, mark),
        sum((Fraction(abs(change), was or 1) for change, was in costs.values()), Fraction(0)),
    )


def changes_told(changes: Mapping[str, Change], heads: Mapping[str, str] = HEADS) -> list[str]:
    """The changes that matter most, in words; the others are counted."""
    changed = {quantity: change for quantity, change in changes.items() if change.a != change.b}
    told = [quantity for quantity in _TOLD if quantity in changed] or [*changed][:1]
    said = [f"{heads.get(name, name)} {change_text(changed[name])}" for name in told]
    left = len(changed) - len(told)
    return [*said, plural(left, "more total")] if left else said


_TOLD = ("mult_adds", "params", "peak_memory")


def change_text(change: Change) -> str:
    """A change in a line of text."""
    if change.a is None or change.b is None:
        return exact(change.b) if change.a is None else f"{exact(change.a)} before"
    share = "" if change.relative is None else f", {written(_SHARE, change.relative)}"
    return f"{exact(change.a)} to {exact(change.b)} ({signed(change.change)}{share})"


_SHARE = Column("%", "relative", "signed percent")
