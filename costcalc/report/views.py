"""What each command shows: networks, comparisons and ledgers as documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from costcalc.claims.ledger import Ledger, Line
from costcalc.cost.groups import Group
from costcalc.graph.model import Layer
from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Hyperparameter, Spec
from costcalc.language.settings import changed, plain
from costcalc.network import Network
from costcalc.numbers.dimensions import Shape
from costcalc.report.document import Column, Document, Sheet, share

_COSTS = (("params", "params"), ("Mult-Adds", "mult_adds"), ("memory access", "memory_access"))


def _columns(networks: Sequence[Network]) -> list[tuple[str, str]]:
    """The costs to show: a convention's headline stands before the plain multiply-adds."""
    counted = networks[0].counted
    if counted is None or counted.convention.unit is None:
        return list(_COSTS)
    headline = f"{counted.convention.key} {counted.convention.headline}"
    return [_COSTS[0], (headline, "cost"), *_COSTS[1:]]


def network_document(
    network: Network,
    groups: Sequence[Group],
    grouping: str,
    published: Ledger,
    shown: Sequence[str] = (),
) -> Document:
    """One line a group, totals, and the published numbers of exactly this network.

    `shown` are keys of `MOVED`: columns that say more about memory access.
    """
    sheets = [_costs(network, groups, grouping, shown)]
    if published:
        sheets.append(_published(published))
    return Document(header(network), sheets, about(network))


def _published(ledger: Ledger) -> Sheet:
    """The claims of one network; the same number printed in several places is one line."""
    sheet = claims_sheet(ledger, "published for exactly this network")
    places: dict[tuple[Any, ...], list[str]] = {}
    for where, *rest in sheet.rows:
        places.setdefault(tuple(rest), []).append(where)
    sheet.rows = [
        [found[0] if len(found) == 1 else "; ".join(dict.fromkeys(map(_short, found))), *rest]
        for rest, found in places.items()
    ]
    return sheet


def _short(where: str) -> str:
    """The number of a table without its title: "Table 6. MobileNet Width Multiplier, ..."."""
    return where.partition(". ")[0] if where.startswith("Table ") else where


def header(network: Network) -> list[str]:
    """Network, paper, hyperparameters, input, batch, bytes per element and convention."""
    spec = network.spec
    settings = " · ".join(f"{k} {show_value(v)}" for k, v in network.hyperparameters.items())
    lines = [f"{spec.name} · {spec.paper}" if spec.paper else spec.name]
    return [
        *lines,
        *([settings] if settings else []),
        f"{tensors(network)} · {network.execution}",
        f"{network.convention_label}; memory access in elements",
    ]


def tensors(network: Network) -> str:
    """What the network takes, and what it hands out where that is more than one tensor."""
    inputs = f"input{'s' if len(network.inputs) > 1 else ''} {shapes(network.inputs)}"
    return f"{inputs} · outputs {shapes(network.outputs)}" if len(network.outputs) > 1 else inputs


def shapes(tensors: Mapping[str, Shape]) -> str:
    """The shape of a tensor, or of several with their names."""
    if len(tensors) == 1:
        return str(*tensors.values())
    return ", ".join(f"{name} {shape}" for name, shape in tensors.items())


def about(network: Network) -> dict[str, Any]:
    """The header as columns of data."""
    return {
        "model": network.name,
        **{
            k: show_value(v) if isinstance(v, bool) else plain(v)
            for k, v in network.hyperparameters.items()
        },
        "input": str(network.input),
        **({"inputs": shapes(network.inputs)} if len(network.inputs) > 1 else {}),
        **({"outputs": shapes(network.outputs)} if len(network.outputs) > 1 else {}),
        **run(network),
        "convention": network.convention,
    }


def run(network: Network) -> dict[str, Any]:
    """The network's execution as columns of data; `unfused` and `flash` only where it is."""
    said = network.execution
    found = {"batch": said.batch, "bytes_per_element": said.bytes_per_element}
    more = {"unfused": not said.fused, "flash": said.flash}
    return {**found, **{key: True for key, is_so in more.items() if is_so}}


MOVED = {
    "memory_access_bytes": Column("bytes moved", "memory_access_bytes", "count"),
    "intensity": Column("Mult-Adds per byte", "intensity", "fixed"),
}
"""Columns about memory access that a command shows when asked."""


def moved(network: Network, layers: Iterable[Layer], mult_adds: int) -> dict[str, Any]:
    """The values of `MOVED` for some layers of a network: bytes, and arithmetic intensity."""
    bytes_ = network.execution.bytes_moved(layers)
    return {"memory_access_bytes": bytes_, "intensity": share(mult_adds, bytes_)}


def _costs(network: Network, groups: Sequence[Group], grouping: str, shown: Sequence[str]) -> Sheet:
    named_by_type = grouping == "type"
    columns = [Column("type" if named_by_type else "name", "name")]
    if not named_by_type:
        columns.append(Column("type", "type"))
    if any(group.times > 1 for group in groups):
        columns.append(Column("", "times", "times", "dim"))
    if not named_by_type:
        columns.append(Column("output", "output"))
    costs = _columns([network])
    for head, key in costs:
        columns += [Column(head, key, "count"), Column("%", f"{key}_share", "percent", "dim")]
    columns += [MOVED[key] for key in shown]
    total = network.totals
    rows = []
    for group in groups:
        values: dict[str, Any] = {
            "name": group.name,
            "type": group.type,
            "times": group.times,
            "output": str(group.output),
            **(moved(network, group.layers, group.totals.mult_adds) if shown else {}),
        }
        for _, key in costs:
            values[key] = getattr(group.totals, key)
            values[f"{key}_share"] = share(values[key], getattr(total, key))
        rows.append([values[column.key] for column in columns])
    totals: dict[str, Any] = {"name": "total"}
    if shown:
        totals |= moved(network, network.layers, total.mult_adds)
    for _, key in costs:
        totals[key] = getattr(total, key)
    notes = []
    if network.counted is not None and network.counted.once:
        notes.append(f"params with {network.counted.once:,} stored once for equal vectors")
    facts = f"weights {total.weights:,} · biases {total.biases:,} · norm {total.norm:,}"
    return Sheet(columns, rows, totals=[totals.get(c.key) for c in columns], notes=[facts, *notes])


def claims_sheet(ledger: Iterable[Line], title: str = "") -> Sheet:
    """Printed beside computed, a claim a line; the reasons stand below as notes."""
    columns = [
        Column("where", "where"),
        Column("quantity", "metric"),
        Column("printed", "printed"),
        Column("computed", "computed", "exact"),
        Column("verdict", "verdict"),
    ]
    lines = list(ledger)
    rows = [
        [line.where, quantity(line), printed(line), line.computed, line.verdict] for line in lines
    ]
    notes = []
    for line in lines:
        note = f"{line.verdict}: {line.where}, {quantity(line)} {printed(line)}: {line.note}"
        if line.note and note not in notes:
            notes.append(note)
    return Sheet(columns, rows, title=title, notes=notes)


def quantity(line: Line) -> str:
    """The measured quantity as a paper names it."""
    share_of = "share of " if line.metric.startswith("share_") else ""
    name = line.metric.removeprefix("share_")
    return share_of + {"mult_adds": "Mult-Adds", "memory_access": "memory access"}.get(name, name)


def printed(line: Line) -> str:
    """The printed text with the unit its column gives it."""
    bare = line.printed[-1:].isdigit() and line.claim.unit
    return f"{line.printed} {line.claim.unit}" if bare else line.printed


def compare_document(
    networks: Sequence[Network],
    reported: Sequence[dict[str, Fraction]],
    first: Network,
    shown: Sequence[str] = (),
) -> Document:
    """Networks side by side: costs, ratios to `first`, accuracy where the paper reports it."""
    columns = [Column("network", "network"), Column("input", "input")]
    costs = _columns(networks)
    for head, key in costs:
        columns += [Column(head, key, "count"), Column("ratio", f"{key}_ratio", "ratio", "dim")]
    columns += [MOVED[key] for key in shown]
    accuracies = [_accuracy(found) for found in reported]
    if any(value is not None for value in accuracies):
        columns.append(Column("accuracy %", "accuracy", "decimal"))
    rows = []
    for network, accuracy in zip(networks, accuracies, strict=True):
        values: dict[str, Any] = {
            "network": reference(network),
            "input": shapes(network.inputs),
            "accuracy": accuracy,
            **(moved(network, network.layers, network.mult_adds) if shown else {}),
        }
        for _, key in costs:
            values[key] = getattr(network.totals, key)
            values[f"{key}_ratio"] = share(values[key], getattr(first.totals, key))
        rows.append([values[column.key] for column in columns])
    return Document(
        [
            "Comparison",
            f"{first.execution} · memory access in elements · ratios to {reference(first)}",
            _conventions(networks),
        ],
        [Sheet(columns, rows)],
        {**run(first), "convention": networks[0].convention},
    )


def _conventions(networks: Sequence[Network]) -> str:
    """The convention; if it is the papers', what each calls params, those that agree together."""
    if networks[0].counted is not None:
        return networks[0].convention_label
    counted: dict[str, dict[str, None]] = {}
    for network in networks:
        counted.setdefault(" + ".join(network.spec.counts), {})[network.name] = None
    if len(counted) == 1:
        return f"convention paper: params = {next(iter(counted))}"
    return "convention paper: " + "; ".join(
        f"params of {', '.join(who)} = {what}" for what, who in counted.items()
    )


def _accuracy(found: dict[str, Fraction]) -> Fraction | None:
    """Top-1 accuracy in percent; papers that print the error print 100 minus it."""
    if "accuracy" in found:
        return found["accuracy"]
    return 100 - found["error"] if "error" in found else None


def reference(network: Network) -> str:
    """The network as one would write it for `compare`: only what differs from the defaults."""
    settings = changed(network.spec, network.hyperparameters)
    said = ",".join(f"{k}={show_value(v)}" for k, v in settings.items())
    return f"{network.name}:{said}" if said else network.name


def list_document(networks: Sequence[tuple[Spec, Network]]) -> Document:
    """Every built-in network: paper, hyperparameters, costs at the defaults."""
    columns = [
        Column("year", "year"),
        Column("paper", "paper"),
        Column("network", "network"),
        Column("hyperparameters", "hyperparameters"),
    ]
    costs = _columns([network for _, network in networks])[:-1]
    columns += [Column(head, key, "count") for head, key in costs]
    rows = [
        [
            spec.year,
            spec.paper,
            spec.key,
            " ".join(f"--{p.name} {options(p)}" for p in spec.hyperparameters.values()),
            *(getattr(network.totals, key) for _, key in costs),
        ]
        for spec, network in networks
    ]
    label = (
        "convention paper" if networks[0][1].counted is None else networks[0][1].convention_label
    )
    return Document(
        ["Built-in networks", f"costs at the default hyperparameters (*), {label}"],
        [Sheet(columns, rows)],
    )


def options(parameter: Hyperparameter) -> str:
    """The values a hyperparameter takes, in short, the default marked."""
    if parameter.choices:
        return "|".join(
            f"{show_value(c)}*" if c == parameter.default else show_value(c)
            for c in parameter.choices
        )
    return f"{show_value(parameter.default)}*" + (f" (by {parameter.by})" if parameter.by else "")
