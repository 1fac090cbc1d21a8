"""What `roofline` shows: a network's layers on a device, or networks and devices in one table."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from costcalc.hardware.devices import Device
from costcalc.hardware.roofline import Efficiency, Roofline
from costcalc.numbers.symbol import write_number
from costcalc.report.document import Column, Document, Sheet, rounded, share
from costcalc.report.objects import SCHEMA_VERSION, summary_object
from costcalc.report.views import about, header, reference, run

BOUNDS = ("compute", "bandwidth")


def layers_document(found: Roofline, efficiency: Efficiency) -> Document:
    """One line a layer that computes or moves something, and the total as a lower bound."""
    columns = [
        Column("layer", "layer"),
        Column("type", "type"),
        Column("Mult-Adds", "mult_adds", "count"),
        Column("bytes", "bytes", "count"),
        Column("Mult-Adds per byte", "intensity", "fixed"),
        Column("bound by", "bound_by"),
        Column("µs", "microseconds", "fixed"),
        Column("%", "share", "percent", "dim"),
    ]
    rows = [
        [
            bound.layer.name,
            bound.layer.type,
            bound.layer.mult_adds,
            bound.bytes,
            share(bound.layer.mult_adds, bound.bytes),
            bound.by,
            bound.seconds * 10**6,
            bound.seconds / found.seconds,
        ]
        for bound in found.bounds
    ]
    network = found.network
    total: list[Any] = ["total", "", network.mult_adds, network.memory_access_bytes]
    total += [share(network.mult_adds, network.memory_access_bytes), ""]
    total += [found.seconds * 10**6, None]
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
    return Document(
        [*header(network)[:-1], *_device(found.device, network.execution.activations, efficiency)],
        [Sheet(columns, rows, totals=total, notes=notes)],
        {**about(network), "device": found.device.key},
    )


def _time(seconds: Fraction) -> str:
    return f"{rounded(seconds * 1000, 3)} ms"


def _device(device: Device, dtype: str, efficiency: Efficiency) -> list[str]:
    """The device's numbers with their notes and source."""
    shown = {f"{dtype} {device.peak_of(dtype).text}": device.peak_of(dtype).source}
    shown[device.bandwidth.text] = device.bandwidth.source
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


def ranking_document(grid: Sequence[Sequence[Roofline]], efficiency: Efficiency) -> Document:
    """Networks down, devices across; and where the order by time is not that by Mult-Adds.

    `grid` has a row a network, in it a roofline a device.
    """
    devices = [found.device for found in grid[0]]
    networks = [row[0].network for row in grid]
    columns = [
        Column("network", "network"),
        Column("Mult-Adds", "mult_adds", "count"),
        Column("bytes", "bytes", "count"),
        Column("order", "order_by_mult_adds", "count", "dim"),
    ]
    for device in devices:
        columns += [
            Column(f"{device.key} ms", f"{device.key}_milliseconds", "ms"),
            Column("order", f"{device.key}_order", "count", "dim"),
            Column("bound by bandwidth", f"{device.key}_bandwidth_share", "percent", "dim"),
        ]
    rows: list[list[Any]] = [
        [reference(n), n.mult_adds, n.memory_access_bytes, order]
        for n, order in zip(networks, ranks([n.mult_adds for n in networks]), strict=True)
    ]
    for column in range(len(devices)):
        found = [row[column] for row in grid]
        for line, one, order in zip(rows, found, ranks([f.seconds for f in found]), strict=True):
            line += [one.seconds * 1000, order, one.share("bandwidth")]
    execution = networks[0].execution
    lines = [line for d in devices for line in _device(d, execution.activations, Efficiency())]
    head = ["Roofline", str(execution), *lines]
    if efficiency != Efficiency():
        head += _device(devices[0], execution.activations, efficiency)[1:]
    notes = ["times are lower bounds: no layer takes less than its arithmetic or its traffic"]
    sheet = Sheet(columns, rows, notes=[*notes, *inversions(grid)])
    return Document(head, [sheet], run(networks[0]))


def ranks(values: Sequence[Any]) -> list[int]:
    """The place of each value, 1 for the smallest; equal ones share it."""
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


def roofline_object(grid: Sequence[Sequence[Roofline]], efficiency: Efficiency) -> dict[str, Any]:
    """Every network on every device as data: seconds as floats, layers with what bounds them."""
    return {
        "schema_version": SCHEMA_VERSION,
        "efficiency": dict(zip(BOUNDS, map(float, efficiency), strict=True)),
        "devices": [_device_object(found.device) for found in grid[0]],
        "models": [
            {
                **summary_object(row[0].network),
                "rooflines": [
                    {
                        "device": found.device.key,
                        "seconds": float(found.seconds),
                        "lower_bound": True,
                        "bandwidth_share": float(found.share("bandwidth")),
                        "layers": [
                            {
                                "name": bound.layer.name,
                                "mult_adds": bound.layer.mult_adds,
                                "bytes": bound.bytes,
                                "bound_by": bound.by,
                                "seconds": float(bound.seconds),
                            }
                            for bound in found.bounds
                        ],
                    }
                    for found in row
                ],
            }
            for row in grid
        ],
    }


def _device_object(device: Device) -> dict[str, Any]:
    return {
        "device": device.key,
        "name": device.name,
        "source": device.source,
        "mult_adds_per_second": {dtype: float(q.value) for dtype, q in device.peak.items()},
        "bytes_per_second": float(device.bandwidth.value),
        "on_chip_bytes": int(device.on_chip.value) if device.on_chip is not None else None,
        "sources": {
            **{dtype: q.source for dtype, q in device.peak.items()},
            "bandwidth": device.bandwidth.source,
            **({} if device.on_chip is None else {"on_chip": device.on_chip.source}),
        },
    }
