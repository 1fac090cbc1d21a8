"""What `memory` shows: the peak, the picture over all steps, the steps at the top."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from costcalc.language.quantities import DEFINITIONS
from costcalc.memory.peak import Peak
from costcalc.network import Network
from costcalc.report.document import Column, For, share
from costcalc.report.network import header, network_facts
from costcalc.report.result import Fact, Result, Table


def memory_result(network: Network, peak: Peak, top: int) -> Result:
    """A bar a step, and below the `top` steps with everything that is alive at them, for people.

    Data has for each step the names of the tensors, in bytes of the whole batch.
    """
    size = peak.execution.activation_bytes
    tensors = [{"name": t.name, "bytes": size * t.elements} for t in peak.tensors]
    return Result(
        [*header(network)[:-1], *_words(peak)],  # params and costs are not the subject
        [_steps(peak), _top(peak, top)],
        [
            *network_facts(network),
            Fact("peak_bytes", peak.peak_bytes, For.JSON),
            Fact("peak_elements", peak.peak, For.JSON),
            Fact("definition", peak.definition),
            Fact("order", peak.order),
            Fact("exact", peak.exact, For.JSON),
            Fact("step", peak.step, For.JSON),
            Fact("tensors", tensors, For.JSON),
        ],
    )


def _words(peak: Peak) -> list[str]:
    found = {
        "spec": "the spec's order of steps",
        "best": "the order with the smallest peak, found exactly"
        if peak.exact
        else "the better of the spec's order and a greedy one; the graph is too wide to be exact",
    }[peak.order]
    return [
        f"definition {peak.definition}: {DEFINITIONS[peak.definition]}",
        f"order {peak.order}: {found}",
        f"peak {peak.peak_bytes:,} bytes of activations ({peak.peak:,} elements,"
        f" {peak.execution.activations}) at {peak.step}; weights not counted",
    ]


def _steps(peak: Peak) -> Table:
    columns = [
        Column("step", "step", "count", seen=For.TABLES),
        Column("layer", "layer"),
        Column("type", "type", spare=True),
        Column("bytes alive", "bytes", "count"),
        Column("", "share", "percent", "dim", seen=For.PEOPLE),
        Column("", "bar", "bar", "dim", seen=For.PEOPLE, point=True),
        Column("", "tensors", "names", seen=For.DATA),
    ]
    most = peak.peak_bytes

    def rows() -> Iterator[dict[str, Any]]:
        for moment, tensors in peak.each_alive():
            alive = peak.bytes(moment)
            yield {
                "step": moment.number + 1,
                "layer": moment.step.name,
                "type": moment.step.type,
                "bytes": alive,
                "share": share(alive, most),
                "bar": share(alive, most),
                "tensors": [tensor.name for tensor in tensors],
            }

    return Table(columns, rows(), "steps", "memory over the steps")


def _top(peak: Peak, top: int) -> Table:
    columns = [
        Column("layer", "layer"),
        Column("bytes alive", "bytes", "count"),
        Column("tensors", "tensors"),
    ]
    size = peak.execution.activation_bytes
    highest = sorted(peak.moments, key=lambda moment: -moment.elements)[:top]
    rows = [
        {
            "layer": moment.step.name,
            "bytes": peak.bytes(moment),
            "tensors": " + ".join(f"{t.name} {size * t.elements:,}" for t in peak.alive(moment)),
        }
        for moment in highest
    ]
    over = "a step that writes over its input needs one place for the two"
    notes = [over] if peak.definition == "in-place" else []
    return Table(columns, rows, title="most in memory", notes=notes, seen=For.PEOPLE)
