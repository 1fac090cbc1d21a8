"""What `roofline` shows: a network's layers on a device, or networks and devices in one table."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from costcalc.graph.execution import runs
from costcalc.hardware.devices import Device
from costcalc.hardware.roofline import Bound, Efficiency, Roofline
from costcalc.numbers.symbol import write_number
from costcalc.report.document import Column, For, rounded, share
from costcalc.report.network import (
    header,
    network_facts,
    network_object,
    reference,
    run_facts,
)
from costcalc.report.result import Fact, Result, Table, only

BOUNDS = ("compute", "bandwidth")


def roofline_result(grid: Sequence[Sequence[Roofline]], efficiency: Efficiency) -> Result:
    """A line a layer of one network on one device; of several a line a network.

    `grid` has a row a network, in it a roofline a device. JSON has every layer of each.
    """
    several = len(grid) > 1 or len(grid[0]) > 1
    result = _ranking(grid, efficiency) if several else _layers(grid[0][0], efficiency)
    models = (
        {**network_object(row[0].network), "rooflines": map(_roofline_object, row)} for row in grid
    )
    facts = [
        *(fact._replace(seen=fact.seen & For.CSV) for fact in result.facts),
        Fact("efficiency", dict(zip(BOUNDS, efficiency, strict=True)), For.JSON),
        Fact("devices", [_device_object(found.device) for found in grid[0]], For.JSON),
        Fact("models", models, For.JSON),
    ]
    return result._replace(facts=facts)


LAYER = [
    Column("layer", "layer", json="name"),
    Column("type", "type", seen=For.TABLES, spare=True),
    Column("Mult-Adds", "mult_adds", "count"),
    Column("bytes", "bytes", "count"),
    Column("Mult-Adds per byte", "intensity", "fixed", seen=For.TABLES),
    Column("bound by", "bound_by"),
    Column("µs", "microseconds", "fixed", seen=For.TABLES),
    Column("%", "share", "percent", "dim", seen=For.TABLES),
    *only(For.JSON, "seconds"),
]


def _layer_table(found: Roofline) -> Table:
    """One line a layer that computes or moves something, and the total."""
    network = found.network
    seconds = found.seconds  # a sum over all layers

    def row(bound: Bound) -> dict[str, Any]:
        return {
            "layer": bound.layer.name,
            "type": bound.layer.type,
            "mult_adds": bound.layer.mult_adds,
            "bytes": bound.bytes,
            "intensity": share(bound.layer.mult_adds, bound.bytes),
            "bound_by": bound.by,
            "microseconds": bound.seconds * 10**6,
            "share": bound.seconds / seconds,
            "seconds": bound.seconds,
        }

    total = {
        "layer": "total",
        "mult_adds": network.mult_adds,
        "bytes": network.memory_access_bytes,
        "intensity": share(network.mult_adds, network.memory_access_bytes),
        "microseconds": seconds * 10**6,
    }
    return Table(LAYER, map(row, found.bounds), total=total)


def _layers(found: Roofline, efficiency: Efficiency) -> Result:
    """A network's layers on a device, the total as a lower bound."""
    network = found.network
    shares = ", ".join(f"{rounded(found.share(by) * 100, 1)} % bound by {by}" for by in BOUNDS)
    notes = [
        f"at least {_time(found.seconds)} for a batch of {network.execution.batch}: a lower bound;"
        f" {shares}"
    ]
    if found.device.on_chip is not None:
        alive = network.peak_memory().peak_bytes
        fits = "fits" if alive <= found.device.on_chip.value else "does not fit"
        notes.append(
            f"traffic is counted as if nothing stayed on chip; the peak of activations,"
            f" {alive:,} bytes, {fits} there ({found.device.on_chip.text})"
        )
    table = _layer_table(found)._replace(notes=notes)
    return Result(
        [
            *header(network)[:-1],
            *device_lines(found.device, network.execution.activations, efficiency),
        ],
        [table],
        [*network_facts(network), Fact("device", found.device.key, For.CSV)],
    )


def _time(seconds: Fraction) -> str:
    return f"{rounded(seconds * 1000, 3)} ms"


def device_lines(
    device: Device,
    dtype: str,
    efficiency: Efficiency = Efficiency(),  # noqa: B008
) -> list[str]:
    """The device's numbers with their notes and source."""
    shown = {f"{dtype} {device.peak_of(dtype).text}": device.peak_of(dtype).source}
    shown[device.bandwidth_of().text] = device.bandwidth_of().source
    if device.on_chip is not None:
        shown[f"{device.on_chip.text} on chip"] = device.on_chip.source
    sources = "; ".join(dict.fromkeys(shown.values()))
    lines = [f"{device.name}: {' · '.join(shown)} ({sources})"]
    if efficiency != Efficiency():
        shares = " and ".join(
            f"{write_number(of * 100)} % of {what}"
            for of, what in zip(efficiency, BOUNDS, strict=True)
        )
        lines.append(f"efficiency, as set: {shares}")
    return lines


def _ranking(grid: Sequence[Sequence[Roofline]], efficiency: Efficiency) -> Result:
    """Networks down, devices across; and where the order by time is not that by Mult-Adds."""
    devices = [found.device for found in grid[0]]
    networks = [row[0].network for row in grid]
    columns = [
        Column("network", "network"),
        Column("Mult-Adds", "mult_adds", "count"),
        Column("bytes", "bytes", "count", spare=True),
        Column("order", "order_by_mult_adds", "count", "dim", point=True),
    ]
    for device in devices:
        columns += [
            Column(f"{device.key} ms", f"{device.key}_milliseconds", "ms"),
            Column("order", f"{device.key}_order", "count", "dim", point=True),
            Column("bound by bandwidth", f"{device.key}_bandwidth_share", "percent", "dim"),
        ]
    rows: list[dict[str, Any]] = [
        {
            "network": reference(network),
            "mult_adds": network.mult_adds,
            "bytes": network.memory_access_bytes,
            "order_by_mult_adds": order,
        }
        for network, order in zip(networks, ranks([n.mult_adds for n in networks]), strict=True)
    ]
    for column, device in enumerate(devices):
        found = [row[column] for row in grid]
        for line, one, order in zip(rows, found, ranks([f.seconds for f in found]), strict=True):
            line[f"{device.key}_milliseconds"] = one.seconds * 1000
            line[f"{device.key}_order"] = order
            line[f"{device.key}_bandwidth_share"] = one.share("bandwidth")
    execution = networks[0].execution
    lines = [line for d in devices for line in device_lines(d, execution.activations, Efficiency())]
    ran = {reference(network): network.execution for network in networks}
    head = ["Roofline", runs(ran), *lines]
    if efficiency != Efficiency():
        head += device_lines(devices[0], execution.activations, efficiency)[1:]
    notes = ["times are lower bounds: no layer takes less than its arithmetic or its traffic"]
    table = Table(columns, rows, notes=[*notes, *inversions(grid)])
    return Result(head, [table], run_facts(networks[0]))


def ranks(values: Sequence[Any]) -> list[int]:
    """The rank of each value, 1 for the smallest; equal ones share it."""
    return [1 + sum(other < value for other in values) for value in values]


def inversions(grid: Sequence[Sequence[Roofline]]) -> list[str]:
    """In words: for each device, the pair where fewer Mult-Adds take longest in proportion."""
    words = []
    for column, first in enumerate(grid[0]):
        pairs = [
            (slow[column], fast[column])
            for slow in grid
            for fast in grid
            if slow[column].network.mult_adds < fast[column].network.mult_adds
            and slow[column].seconds > fast[column].seconds
        ]
        if not pairs:
            if len(grid) > 1:
                words.append(f"{first.device.key}: the order by time is that by Mult-Adds")
            continue
        slow, fast = max(pairs, key=lambda pair: pair[0].seconds / pair[1].seconds)
        fewer = Fraction(slow.network.mult_adds, fast.network.mult_adds)
        longer = slow.seconds / fast.seconds
        words.append(
            f"{first.device.key}: the order by time is not that by Mult-Adds:"
            f" {reference(slow.network)} has {rounded(fewer, 2)}x the Mult-Adds of"
            f" {reference(fast.network)} and takes {rounded(longer, 2)}x as long"
        )
    return words


def _roofline_object(found: Roofline) -> dict[str, Any]:
    return {
        "device": found.device.key,
        "seconds": found.seconds,
        "lower_bound": True,
        "bandwidth_share": found.share("bandwidth"),
        "layers": _layer_table(found).records(),
    }


def _device_object(device: Device) -> dict[str, Any]:
    return {
        "device": device.key,
        "name": device.name,
        "source": device.source,
        "mult_adds_per_second": {dtype: float(q.value) for dtype, q in device.peak.items()},
        "bytes_per_second": float(device.bandwidth_of().value),
        "on_chip_bytes": int(device.on_chip.value) if device.on_chip is not None else None,
        "sources": {
            **{dtype: q.source for dtype, q in device.peak.items()},
            "bandwidth": device.bandwidth_of().source,
            **({} if device.on_chip is None else {"on_chip": device.on_chip.source}),
        },
    }
