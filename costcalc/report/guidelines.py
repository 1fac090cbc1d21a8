"""What `guidelines` shows."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.memory.guidelines import Findings
from costcalc.network import Network
from costcalc.report.document import Column, For, share
from costcalc.report.network import header, network_facts
from costcalc.report.result import Result, Row, Table

TITLES = {
    "G1": "equal channel widths minimise memory access",
    "G2": "group convolution increases memory access",
    "G3": "fragmentation reduces parallelism",
    "G4": "element-wise operations are not negligible",
}
"""The guidelines in ShuffleNet v2's words (arXiv:1807.11164, Section 2)."""


def guidelines_result(network: Network, found: Findings) -> Result:
    """Hints first, most expensive first; then the layers and blocks behind them."""
    lines = header(network)
    lines[-1] = (
        f"ShuffleNet v2's guidelines (arXiv:1807.11164): hints, never errors; in elements of the"
        f" {network.memory_access:,} moved"
    )
    tables = [_hints(network, found), _pointwise(found), _grouped(found), _blocks(found)]
    return Result(lines, tables, network_facts(network))


def _hints(network: Network, found: Findings) -> Table:
    columns = [
        Column("guideline", "guideline", seen=For.TABLES),
        Column("", "which", seen=For.JSON, json="guideline"),
        Column("elements", "elements", "count"),
        Column("% of memory access", "share", "percent", seen=For.TABLES),
        Column("hint", "hint", json="words"),
    ]
    rows = [
        {
            "guideline": f"{hint.guideline} {TITLES[hint.guideline]}",
            "which": hint.guideline,
            "elements": hint.elements,
            "share": share(hint.elements, network.memory_access),
            "hint": hint.words,
        }
        for hint in found.hints
    ]
    nothing = [] if found.hints else ["nothing to say: no guideline costs anything here"]
    return Table(columns, rows, "hints", "hints, by what they cost", notes=nothing)


def _pointwise(found: Findings) -> Table:
    columns = [
        Column("layer", "layer"),
        Column("c1", "in_channels", "count"),
        Column("c2", "out_channels", "count"),
        Column("g", "groups", "count"),
        Column("memory access", "memory_access", "count"),
        Column("lower bound", "bound", "count"),
        Column("", "ratio", "ratio", "dim", seen=For.PEOPLE),
    ]
    rows = [
        {
            "layer": p.layer.name,
            "in_channels": p.layer.input.c,
            "out_channels": p.layer.output.c,
            "groups": p.groups,
            "memory_access": p.layer.memory_access,
            "bound": p.bound,
            "ratio": share(p.layer.memory_access, p.bound),
        }
        for p in found.pointwise
    ]
    title = "G1: 1x1 convolutions against 2 sqrt(hwBg) + B/hw, B multiply-adds"
    return Table(columns, rows, "pointwise", title, seen=_seen(rows))


def _grouped(found: Findings) -> Table:
    columns = [
        Column("layer", "layer"),
        Column("type", "type", seen=For.PEOPLE),
        Column("g", "groups", "count"),
        Column("memory access", "memory_access", "count"),
        Column("one group", "ungrouped", "count"),
        Column("", "ratio", "ratio", "dim", seen=For.PEOPLE),
    ]
    rows = [
        {
            "layer": g.layer.name,
            "type": g.layer.type,
            "groups": g.groups,
            "memory_access": g.layer.memory_access,
            "ungrouped": g.ungrouped,
            "ratio": share(int(g.layer.memory_access), g.ungrouped),
        }
        for g in found.grouped
    ]
    title = "G2: grouped convolutions against one group, multiply-adds equal"
    return Table(columns, rows, "grouped", title, seen=_seen(rows))


def _blocks(found: Findings) -> Table:
    columns = [
        Column("block", "name"),
        Column("branches with weights", "branches", "count"),
        Column("layers with weights", "weighted", "count"),
    ]
    rows = [block._asdict() for block in found.blocks]
    return Table(columns, rows, "blocks", "G3: branches beside one another", seen=_seen(rows))


def _seen(rows: Sequence[Row]) -> For:
    """People see no table without rows."""
    return For.ALL if rows else For.DATA
