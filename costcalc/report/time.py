"""What `time` shows: milliseconds with their error, and with `--expand` where they go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from costcalc.conventions.counting import LayerCost
from costcalc.hardware.devices import Device
from costcalc.hardware.timing import Batches, Prediction
from costcalc.language.settings import plain
from costcalc.report.document import Column, For
from costcalc.report.network import reference
from costcalc.report.result import Fact, Result, Table, only

Timed = tuple[Device, Prediction]
SHOWN = 0.0005
"""Layers without multiply-adds that take a smaller share of the time are told of together."""


def time_result(found: Sequence[Timed], expand: bool) -> Result:
    """A line a network and device; with `expand` the layers of each below. JSON has them anyway."""
    devices = {id(device): (device, one) for device, one in reversed(found)}
    header = ["Time"]
    for device, one in reversed(devices.values()):
        header += device_lines(device, one)
    tables = [_summary(found, len(devices) > 1)]
    if expand:
        several = len(found) > 1
        tables += [
            layers_table(one, f"{reference(one.network)} on {device.key}" if several else "")
            for device, one in found
        ]
    return Result(header, tables, [Fact("models", (_object(*one) for one in found), For.JSON)])


def milliseconds(value: float) -> str:
    """A time in so many digits as a prediction deserves: 4.1 ms is 4.08, 1,240 is 1,240."""
    if value >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"


def with_error(one: Prediction) -> str:
    """`4.1 ms ± 11 %`."""
    return f"{milliseconds(one.milliseconds)} ms ± {percent(one.error)}"


def batches_text(batches: Batches) -> str:
    """`batch 1`, or `batch 1024 (128 to 1024)`."""
    text = f"batch {batches.usual}"
    if batches.least != batches.most:
        text += f" ({batches.least} to {batches.most})"
    return text


def percent(share: float) -> str:
    """A share as it is said: 4.3 %, 11 %."""
    value = share * 100
    return f"{value:.1f} %" if value < 10 else f"{value:.0f} %"


def time_header(device: Device, networks: Iterable[str]) -> list[str]:
    """What a time among other metrics is of, and whether networks of these names were measured."""
    timing = device.timing_of()
    unknown = list(filter(None, (timing.unknown_family(name) for name in networks)))
    return [times_line(device), *dict.fromkeys(unknown)]


def times_line(device: Device) -> str:
    """What times on a device are of, and their error."""
    timing = device.timing_of()
    run = [f"batch {timing.batches.usual}", timing.dtype, timing.layout]
    return (
        f"time in ms on {device.name}: {' · '.join(filter(None, run))},"
        f" ± {percent(timing.error.mean)}"
    )


def device_lines(device: Device, one: Prediction) -> list[str]:
    """Where times are of, how they were measured, and how far predictions are off."""
    timing = one.timing
    run = [f"batch {one.batch}", timing.dtype, timing.layout, timing.runtime]
    families = len(timing.families)
    others = "families" if families > 1 else "networks"
    return [
        f"{device.name}: {' · '.join(filter(None, run))}",
        f"calibrated on {timing.networks} networks of {families}"
        f" famil{'ies' if families > 1 else 'y'}, {batches_text(timing.batches)} ({timing.source})",
        f"predicted from the other {others} these are {percent(timing.error.mean)} off on average,"
        f" {percent(timing.error.worst)} at worst",
    ]


def _summary(found: Sequence[Timed], several: bool) -> Table:
    example = any(one.batch > 1 for _, one in found)
    columns = [
        Column("network", "network"),
        Column("device", "device", seen=For.TABLES if several else For.CSV),
        *only(For.CSV, "batch"),
        Column("Mult-Adds", "mult_adds", "count"),
        Column("time", "time", "number", seen=For.PEOPLE),
        Column("an example", "example", "number", "dim", seen=For.PEOPLE),
        *only(For.CSV, "milliseconds", "error", "outside"),
        Column("", "beyond", seen=For.PEOPLE),
    ]
    if not example:
        columns = [column for column in columns if column.key != "example"]
    rows = []
    notes = []
    for device, one in found:
        name = reference(one.network)
        rows.append(
            {
                "network": name,
                "device": device.key,
                "batch": one.batch,
                "mult_adds": one.network.mult_adds,
                "time": with_error(one),
                "example": f"{milliseconds(one.milliseconds / one.batch)} ms",
                "milliseconds": one.milliseconds,
                "error": one.error,
                "outside": "; ".join(one.outside),
                "beyond": "outside" if one.outside else "",
            }
        )
        on = f" on {device.key}" if several else ""
        if one.outside:
            notes.append(f"{name}{on}, outside of what was measured: {'; '.join(one.outside)}")
    if not any(one.outside for _, one in found):
        columns = columns[:-1]
    return Table(columns, rows, notes=notes, seen=For.TABLES)


def layers_table(one: Prediction, title: str = "") -> Table:
    """Every layer that multiplies or takes time worth showing, beside its multiply-adds."""
    network = one.network
    least = SHOWN * one.milliseconds

    def row(layer: LayerCost, spent: float) -> dict[str, Any]:
        return {
            "layer": layer.layer.name,
            "type": layer.layer.type,
            "mult_adds": layer.layer.mult_adds,
            "mult_adds_share": _share(layer.layer.mult_adds, network.mult_adds),
            "ms": f"{spent:.3g}",
            "share": _share(spent, one.milliseconds),
            "by": _mostly(layer, one),
        }

    columns = [
        Column("layer", "layer"),
        Column("type", "type", spare=True),
        Column("Mult-Adds", "mult_adds", "count"),
        Column("%", "mult_adds_share", "number", "dim", point=True),
        Column("ms", "ms", "number"),
        Column("%", "share", "number", "dim", point=True),
        Column("mostly", "by", spare=True),
    ]
    total = {
        "layer": "total",
        "mult_adds": network.mult_adds,
        "ms": f"{one.milliseconds:.3g}",
    }
    spent = [(layer, one.of_layer(layer)) for layer in one.layers]
    shown = [(layer, ms) for layer, ms in spent if layer.layer.mult_adds or ms >= least]
    left = [ms for layer, ms in spent if not layer.layer.mult_adds and ms < least]
    rest = (
        f"{len(left)} more layers take less than {percent(SHOWN)} each, {sum(left):.3g} ms together"
    )
    rows = [row(layer, ms) for layer, ms in shown]
    return Table(
        columns, rows, title=title, total=total, notes=[rest] * bool(left), seen=For.PEOPLE
    )


def _share(part: float, whole: float) -> str:
    return f"{part / whole * 100:.1f} %" if whole else ""


def _mostly(layer: LayerCost, one: Prediction) -> str:
    """The sum that a layer takes most of its time for."""
    run = one.timing.of_one(one.batch)
    name = max(run, key=lambda name: run[name] * float(layer.figures[name]), default="")
    return name.replace("_", " ")


def _object(device: Device, one: Prediction) -> dict[str, Any]:
    network, timing = one.network, one.timing
    return {
        "model": network.name,
        "hyperparameters": {k: plain(v) for k, v in network.hyperparameters.items()},
        "device": device.key,
        "batch": one.batch,
        "dtype": timing.dtype,
        "milliseconds": one.milliseconds,
        "error": one.error,
        "outside": one.outside,
        "mult_adds": network.mult_adds,
        "shares": dict(one.shares),
        "source": timing.source,
        "layers": _layer_objects(one),
    }


def _layer_objects(one: Prediction) -> Iterator[dict[str, Any]]:
    for layer in one.layers:
        yield {
            "name": layer.layer.name,
            "type": layer.layer.type,
            "mult_adds": layer.layer.mult_adds,
            "milliseconds": one.of_layer(layer),
        }
