"""What `diff` shows: totals before and after, then what changed and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from costcalc.control.diff import Change, Diff, LayerChange
from costcalc.cost.groups import Group
from costcalc.network import Network
from costcalc.report.document import Column, Document, Sheet
from costcalc.report.objects import SCHEMA_VERSION, summary_object
from costcalc.report.views import reference

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


def diff_document(diff: Diff, notes: Sequence[str] = ()) -> Document:
    """Totals, and a line for each row that was added, removed or changed.

    `notes` are lines about what was compared.
    """
    sheets = [_totals(diff)]
    if diff.layers:
        sheets.append(_layers(diff))
    return Document([*_header(diff), *notes], sheets)


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
    if a.name != b.name or a.spec.source.path == b.spec.source.path:
        return reference(a), reference(b)
    return _by_file(a), _by_file(b)


def _by_file(network: Network) -> str:
    return network.spec.source.shown + reference(network).removeprefix(network.name)


def _totals(diff: Diff) -> Sheet:
    columns = [
        Column("", "quantity"),
        Column("before", "a", "count"),
        Column("after", "b", "count"),
        Column("difference", "change", "signed"),
        Column("%", "relative", "signed percent"),
    ]
    rows = [
        [_head(diff, quantity), change.a, change.b, change.change, change.relative]
        for quantity, change in diff.totals.items()
    ]
    return Sheet(columns, rows)


def _head(diff: Diff, quantity: str) -> str:
    counted = diff.b.counted
    if quantity == "cost" and counted is not None:
        return f"{counted.convention.key} {counted.convention.headline}"
    return HEADS[quantity]


def _layers(diff: Diff) -> Sheet:
    metrics = [metric for metric in ("cost", *_BY_LAYER) if metric in diff.totals]
    columns = [
        Column("", "status"),
        Column("name", "name"),
        Column("before", "a"),
        Column("after", "b"),
        *(Column(_head(diff, metric), metric, "signed") for metric in metrics),
        Column("why", "why"),
    ]
    rows = [
        [
            SIGNS[change.status],
            change.name,
            _what(change.a),
            _what(change.b),
            *(change.of(metric).change for metric in metrics),
            "; ".join(change.why),
        ]
        for change in diff.layers
    ]
    said = {status: sum(c.status == status for c in diff.layers) for status in SIGNS}
    counts = [f"{count} {status}" for status, count in said.items() if count]
    return Sheet(columns, rows, notes=[", ".join([*counts, f"{diff.unchanged} unchanged"])])


def _what(group: Group | None) -> str:
    """A row in one cell: how often, what, and its output."""
    if group is None:
        return ""
    times = f"{group.times}x " if group.times > 1 else ""
    return f"{times}{group.type} {group.output}"


def diff_data(diff: Diff) -> Document:
    """One table of everything: a line with the totals, then one for each change."""
    metrics = [metric for metric in diff.totals if metric in ("cost", *_BY_LAYER)]
    others = [quantity for quantity in diff.totals if quantity not in metrics]
    columns = [
        *(Column(key, key) for key in ("status", "name_a", "name_b", "type_a", "type_b")),
        *(Column(key, key) for key in ("output_a", "output_b")),
        *(Column(f"{m}_{side}", f"{m}_{side}") for m in (*metrics, *others) for side in "ab"),
        Column("why", "why"),
    ]
    networks = (diff.a, diff.b)
    outputs = [None if n is None else str(n.output) for n in networks]
    rows = [
        [
            "total", *names(diff), None, None, *outputs,
            *_sides(diff.totals[quantity] for quantity in (*metrics, *others)),
            "; ".join(diff.why),
        ],
        *(
            [
                change.status,
                *_of(change, lambda group: group.name),
                *_of(change, lambda group: group.type),
                *_of(change, lambda group: str(group.output)),
                *_sides(change.of(metric) for metric in metrics),
                *[None] * 2 * len(others),
                "; ".join(change.why),
            ]
            for change in diff.layers
        ),
    ]  # fmt: skip
    return Document([], [Sheet(columns, rows)])


def _sides(changes: Iterable[Change]) -> list[int | None]:
    return [side for change in changes for side in change]


def _of(change: LayerChange, say: Any) -> list[str | None]:
    return [None if group is None else say(group) for group in (change.a, change.b)]


def diff_object(diff: Diff, notes: Sequence[str] = ()) -> dict[str, Any]:
    """Both networks, totals and changes, raw."""
    return {
        "schema_version": SCHEMA_VERSION,
        "a": None if diff.a is None else summary_object(diff.a),
        "b": summary_object(diff.b),
        "same": diff.same,
        "why": list(diff.why),
        "notes": list(notes),
        "totals": {
            quantity: {"a": change.a, "b": change.b, "change": change.change}
            for quantity, change in diff.totals.items()
        },
        "layers": [
            {
                "status": change.status,
                "a": _group_object(change.a),
                "b": _group_object(change.b),
                "why": "; ".join(change.why),
            }
            for change in diff.layers
        ],
        "unchanged": diff.unchanged,
    }


def _group_object(group: Group | None) -> dict[str, Any] | None:
    if group is None:
        return None
    return {
        "name": group.name,
        "type": group.type,
        "times": group.times,
        "input": list(group.input),
        "output": list(group.output),
        **group.totals._asdict(),
    }
