"""What `guidelines` shows."""

from __future__ import annotations

from typing import Any

from costcalc.memory.guidelines import Findings
from costcalc.network import Network
from costcalc.report.document import Column, Document, Sheet, share
from costcalc.report.objects import SCHEMA_VERSION, summary_object
from costcalc.report.views import about, header

TITLES = {
    "G1": "equal channel widths minimise memory access",
    "G2": "group convolution increases memory access",
    "G3": "fragmentation reduces parallelism",
    "G4": "element-wise operations are not negligible",
}
"""The guidelines in ShuffleNet v2's words (arXiv:1807.11164, Section 2)."""


def guidelines_document(network: Network, found: Findings) -> Document:
    """Hints first, most expensive first; then the layers and blocks behind them."""
    hints = Sheet(
        [
            Column("guideline", "guideline"),
            Column("elements", "elements", "count"),
            Column("% of memory access", "share", "percent"),
            Column("hint", "hint"),
        ],
        [
            [
                f"{hint.guideline} {TITLES[hint.guideline]}",
                hint.elements,
                share(hint.elements, network.memory_access),
                hint.words,
            ]
            for hint in found.hints
        ],
        "hints, by what they cost",
        notes=[] if found.hints else ["nothing to say: no guideline costs anything here"],
    )
    sheets = [hints, _pointwise(found), _grouped(found), _blocks(found)]
    lines = header(network)
    lines[-1] = (
        f"ShuffleNet v2's guidelines (arXiv:1807.11164): hints, never errors; in elements of the"
        f" {network.memory_access:,} moved"
    )
    return Document(lines, [hints, *(s for s in sheets[1:] if s.rows)], about(network))


def _pointwise(found: Findings) -> Sheet:
    columns = [
        Column("layer", "layer"),
        Column("c1", "in_channels", "count"),
        Column("c2", "out_channels", "count"),
        Column("g", "groups", "count"),
        Column("memory access", "memory_access", "count"),
        Column("lower bound", "bound", "count"),
        Column("", "ratio", "ratio", "dim"),
    ]
    rows = [
        [
            p.layer.name,
            p.layer.input.c,
            p.layer.output.c,
            p.groups,
            p.layer.memory_access,
            p.bound,
            share(p.layer.memory_access, p.bound),
        ]
        for p in found.pointwise
    ]
    return Sheet(columns, rows, "G1: 1x1 convolutions against 2 sqrt(hwBg) + B/hw, B multiply-adds")


def _grouped(found: Findings) -> Sheet:
    columns = [
        Column("layer", "layer"),
        Column("type", "type"),
        Column("g", "groups", "count"),
        Column("memory access", "memory_access", "count"),
        Column("one group", "ungrouped", "count"),
        Column("", "ratio", "ratio", "dim"),
    ]
    rows = [
        [
            g.layer.name,
            g.layer.type,
            g.groups,
            g.layer.memory_access,
            g.ungrouped,
            share(int(g.layer.memory_access), g.ungrouped),
        ]
        for g in found.grouped
    ]
    return Sheet(columns, rows, "G2: grouped convolutions against one group, multiply-adds equal")


def _blocks(found: Findings) -> Sheet:
    columns = [
        Column("block", "block"),
        Column("branches with weights", "branches", "count"),
        Column("layers with weights", "weighted", "count"),
    ]
    rows = [list(block) for block in found.blocks]
    return Sheet(columns, rows, "G3: branches beside one another")


def guidelines_object(network: Network, found: Findings) -> dict[str, Any]:
    """The hints and what is behind them as data, in elements."""
    return {
        "schema_version": SCHEMA_VERSION,
        **summary_object(network),
        "hints": [hint._asdict() for hint in found.hints],
        "pointwise": [
            {
                "layer": p.layer.name,
                "in_channels": p.layer.input.c,
                "out_channels": p.layer.output.c,
                "groups": p.groups,
                "memory_access": p.layer.memory_access,
                "bound": p.bound,
            }
            for p in found.pointwise
        ],
        "grouped": [
            {
                "layer": g.layer.name,
                "groups": g.groups,
                "memory_access": g.layer.memory_access,
                "ungrouped": g.ungrouped,
            }
            for g in found.grouped
        ],
        "blocks": [block._asdict() for block in found.blocks],
    }
