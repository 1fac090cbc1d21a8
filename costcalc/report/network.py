"""What `costcalc NETWORK` shows, and what every command says of a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any

from costcalc.claims.ledger import Ledger
from costcalc.cost.groups import Group
from costcalc.graph.model import Layer
from costcalc.language.find import find
from costcalc.language.find import names as built_in
from costcalc.language.hyperparameters import show_value
from costcalc.language.settings import changed, plain
from costcalc.network import Network
from costcalc.numbers.dimensions import Shape
from costcalc.report.claims import published_table
from costcalc.report.document import Column, For, share
from costcalc.report.result import Fact, Result, RowsByColumn, Table, facts_for_json, only
from costcalc.text_columns import Coded, alike, each_once, of_each

MOVED = {
    "memory_access_bytes": Column("bytes moved", "memory_access_bytes", "count", seen=For.TABLES),
    "intensity": Column("Mult-Adds per byte", "intensity", "fixed", seen=For.TABLES),
}
"""Columns about memory access that a command shows when asked."""


def network_result(
    network: Network,
    groups: Sequence[Group] | None,
    grouping: str | None,
    published: Ledger,
    shown: Sequence[str] = (),
) -> Result:
    """One line a group, totals, and the published numbers of exactly this network.

    Args:
        network: the network.
        groups: its layers gathered, by row where no `grouping` was asked for; None for every
            layer by itself.
        grouping: how they are gathered, a key of `GROUPINGS`.
        published: the claims about this network, for people.
        shown: keys of `MOVED`, columns that say more about memory access.

    Returns:
        The result; in JSON it has every layer, and the groups where a grouping was asked for.
    """
    facts = network_facts(network)
    if grouping is not None:
        facts.append(Fact("by", grouping, For.JSON))
    tables = [_groups(network, groups, grouping, shown), _layers(network)]
    return Result(header(network), [*tables, *published_table(published)], facts)


def header(network: Network) -> list[str]:
    """Network, paper, hyperparameters, input, batch, bytes per element and convention."""
    spec = network.spec
    settings = " · ".join(f"{k} {show_value(v)}" for k, v in network.hyperparameters.items())
    lines = [f"{spec.name} · {spec.paper}" if spec.paper else spec.name]
    return [
        *lines,
        *([settings] if settings else []),
        f"{_tensors(network)} · {network.execution}",
        f"{network.convention_label}; memory access in elements",
    ]


def network_facts(network: Network) -> list[Fact]:
    """The header as data; JSON has the totals with it."""
    settings = network.hyperparameters
    run = network.execution
    totals = network.totals._asdict()
    if network.counted is not None:
        totals["unit"] = network.unit
    several = [
        (key, tensors)
        for key, tensors in (("inputs", network.inputs), ("outputs", network.outputs))
        if len(tensors) > 1
    ]
    return [
        Fact("model", network.name),
        *(Fact(name, _cell(value), For.CSV) for name, value in settings.items()),
        Fact("hyperparameters", {k: plain(v) for k, v in settings.items()}, For.JSON),
        Fact("input", network.input),
        *(Fact(key, shapes(tensors), For.CSV) for key, tensors in several),
        *(Fact(key, tensors, For.JSON) for key, tensors in several),
        *run_facts(network),
        Fact("dtype", run.dtype, For.JSON),
        Fact("fused", run.fused, For.JSON),
        Fact("flash", run.flash, For.JSON),
        Fact("convention", network.convention),
        Fact("totals", totals, For.JSON),
        Fact("memory_access_bytes", network.memory_access_bytes, For.JSON),
    ]


def run_facts(network: Network) -> list[Fact]:
    """How the network is run; CSV says `unfused` and `flash` only where it is."""
    run = network.execution
    unusual = {"unfused": not run.fused, "flash": run.flash}
    return [
        Fact("batch", run.batch),
        Fact("bytes_per_element", run.bytes_per_element),
        *(Fact(key, True, For.CSV) for key, is_so in unusual.items() if is_so),
    ]


def network_object(network: Network) -> dict[str, Any]:
    """A network as one of several in JSON."""
    return facts_for_json(network_facts(network))


def reference(network: Network) -> str:
    """The network as one would write it for `compare`: only what differs from the defaults."""
    settings = changed(network.spec, network.hyperparameters)
    said = ",".join(f"{k}={show_value(v)}" for k, v in settings.items())
    return f"{network.name}:{said}" if said else network.name


def by_file(network: Network) -> str:
    """A network as one would write it by its file, but for one that ships."""
    if network.name in built_in() and find(network.name) == network.spec.source.path:
        return reference(network)
    return network.spec.source.shown + reference(network).removeprefix(network.name)


def references(networks: Sequence[Network]) -> list[str]:
    """Several networks as one would write them: by their files where the names are the same."""
    files: dict[str, set[str]] = {}
    for network in networks:
        files.setdefault(network.name, set()).add(network.spec.source.path)
    return [by_file(one) if len(files[one.name]) > 1 else reference(one) for one in networks]


def cost_heads(network: Network) -> dict[str, str]:
    """The costs to show, by key: a convention's headline stands before the plain multiply-adds."""
    heads = {"params": "params"}
    counted = network.counted
    if counted is not None and counted.convention.unit is not None:
        heads["cost"] = f"{counted.convention.key} {counted.convention.headline}"
    return {**heads, "mult_adds": "Mult-Adds", "memory_access": "memory access"}


def shapes(tensors: Mapping[str, Shape]) -> str:
    """The shape of a tensor, or of several with their names."""
    if len(tensors) == 1:
        return str(*tensors.values())
    return ", ".join(f"{name} {shape}" for name, shape in tensors.items())


def moved(network: Network, layers: Iterable[Layer], mult_adds: int) -> dict[str, Any]:
    """The values of `MOVED` for some layers of a network: bytes, and arithmetic intensity."""
    bytes_ = network.execution.bytes_moved(layers)
    return {"memory_access_bytes": bytes_, "intensity": share(mult_adds, bytes_)}


def group_row(group: Group) -> dict[str, Any]:
    """A group with its costs, as a row."""
    return {
        "name": group.name,
        "type": group.type,
        "times": group.times,
        "input": group.input,
        "output": group.output,
        **group.totals._asdict(),
    }


def _cell(value: Any) -> Any:
    """A hyperparameter in CSV: a list as `[3,5]`."""
    return show_value(value) if isinstance(value, bool | tuple) else plain(value)


def _tensors(network: Network) -> str:
    """What the network takes, and what it hands out where that is more than one tensor."""
    inputs = f"input{'s' if len(network.inputs) > 1 else ''} {shapes(network.inputs)}"
    return f"{inputs} · outputs {shapes(network.outputs)}" if len(network.outputs) > 1 else inputs


def _groups(
    network: Network, groups: Sequence[Group] | None, grouping: str | None, shown: Sequence[str]
) -> Table:
    by_type = grouping == "type"
    tables = For.NOBODY if by_type else For.TABLES
    repeated = For.TABLES if any(group.times > 1 for group in groups or ()) else For.NOBODY
    costs = cost_heads(network)
    total = network.totals
    columns = [
        Column("type" if by_type else "name", "name"),
        Column("type", "type", seen=For.JSON | tables, spare=True),
        Column("", "times", "times", "dim", seen=For.JSON | repeated),
        *only(For.JSON, "input"),
        Column("output", "output", seen=For.JSON | tables),
    ]
    for key, head in costs.items():
        point = by_type and key != "memory_access"  # their shares are what the view is for
        columns.append(Column(head, key, "count", spare=by_type and not point))
        columns.append(Column("%", f"{key}_share", "percent", "dim", seen=For.TABLES, point=point))
    columns += [MOVED[key] for key in shown]
    columns += only(For.JSON, *(key for key in total._fields if key not in costs))

    def rows() -> Mapping[str, Sequence[Any]]:
        found = dict(_of_layers(network) if groups is None else _of_groups(groups, total._fields))
        for key in costs:
            part_of = partial(share, whole=getattr(total, key))
            found[f"{key}_share"] = each_once(part_of, found[key])
        if shown and groups is not None:
            parts = (group.layers for group in groups)
            found["memory_access_bytes"] = [*map(network.execution.bytes_moved, parts)]
        if shown:
            found["intensity"] = [*map(share, found["mult_adds"], found["memory_access_bytes"])]
        return found

    last: dict[str, Any] = {"name": "total", **{key: getattr(total, key) for key in costs}}
    last |= moved(network, network.layers, network.mult_adds) if shown else {}
    notes = [f"weights {total.weights:,} · biases {total.biases:,} · norm {total.norm:,}"]
    buffers = [layer.facts for layer in network.layers if layer.buffers]
    if buffers:
        stored = sum(one.weight_buffers + one.bias_buffers for one in buffers)
        notes.append(f"{stored:,} more are buffers: stored, and not trained")
    if network.counted is not None and network.counted.once:
        notes.append(f"params with {network.counted.once:,} stored once for equal vectors")
    key = "" if grouping is None else "groups"
    return Table(columns, RowsByColumn(rows), key, total=last, notes=notes)


def _of_groups(groups: Sequence[Group], costs: Iterable[str]) -> Mapping[str, Sequence[Any]]:
    """The columns of groups."""
    plain = ("name", "type", "times", "input", "output")
    found = {key: [getattr(group, key) for group in groups] for key in plain}
    return found | {key: [getattr(group.totals, key) for group in groups] for key in costs}


def _of_layers(network: Network) -> Mapping[str, Sequence[Any]]:
    """The columns of every layer by itself; what is alike of them is found once."""
    layers = network.layers
    kinds = alike(map(_kind, layers), layers)
    found: dict[str, Sequence[Any]] = {
        **{key: [getattr(layer, key) for layer in layers] for key in ("name", "row", "block")},
        **{
            key: of_each(attrgetter(key), kinds)
            for key in ("op", "type", "input", "output", "fused")
        },
        "times": [1] * len(layers),
        "memory_access_bytes": of_each(lambda one: network.execution.bytes_moved([one]), kinds),
    }
    if network.counted is not None or not isinstance(kinds, Coded):  # tools count otherwise alike
        return found | network.costs_of_each(layers)._asdict()
    costs = network.costs_of_each(kinds.values)._asdict()
    return found | {key: Coded(kinds.codes, each) for key, each in costs.items()}


def _kind(layer: Layer) -> tuple[Any, ...]:
    """What a layer has in common with those that differ in name and place alone."""
    *counts, _ = layer.facts  # the other arithmetic follows from the rest
    return (layer.op, layer.input_shapes, *layer.arguments.items(), *counts, layer.fused)


def _layers(network: Network) -> Table:
    """Every layer, for JSON."""
    keys = ("name", "op", "input", "output", *network.totals._fields, "memory_access_bytes",
            "type", "row", "block", "fused")  # fmt: skip
    rows = RowsByColumn(lambda: _of_layers(network))
    return Table(only(For.JSON, *keys), rows, "layers", seen=For.JSON)
