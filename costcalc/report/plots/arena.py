"""An arena as a file: time from left to right, addresses upward, a box a tensor."""

from __future__ import annotations

import textwrap
from typing import Any

from costcalc.memory.arena import Arena
from costcalc.report.plots.file import HEIGHT, LETTERS, WIDTH, finished, save
from costcalc.safe_text import visible

_KINDS = {"tensor": "#4c78a8", "scratch": "#e45756"}


def draw(path: str, name: str, arena: Arena) -> None:
    """Write the picture, whole or not at all.

    Raises `CostcalcError` for an ending of another format, a library that is not installed, and
    a file that cannot be written.
    """
    save(path, chart(name, arena))


def chart(name: str, arena: Arena) -> Any:
    """The altair chart: boxes with their names, and a line at what is alive at once."""
    import altair

    rows = [
        {
            "tensor": visible(buffer.name),
            "kind": "tensor" if number < len(arena.tensors) else "scratch",
            "from step": buffer.first,
            "to step": buffer.last,
            "end of time": buffer.last + 1,
            "offset": offset,
            "end": offset + buffer.bytes,
            "bytes": buffer.bytes,
        }
        for number, (buffer, offset) in enumerate(
            zip(arena.buffers, arena.planned.offsets, strict=True)
        )
    ]
    boxes = (
        altair.Chart(altair.InlineData(values=rows))
        .mark_rect(stroke="white", strokeWidth=1)
        .encode(
            x=altair.X(field="from step", type="quantitative", title="step"),
            x2="end of time",
            y=altair.Y(field="offset", type="quantitative", title="address (bytes)"),
            y2="end",
            color=altair.Color(
                field="kind",
                type="nominal",
                title=None,
                scale=altair.Scale(domain=list(_KINDS), range=list(_KINDS.values())),
            ),
            tooltip=[
                altair.Tooltip(field=field, type="nominal" if field == "tensor" else "quantitative")
                for field in ("tensor", "bytes", "offset", "from step", "to step")
            ],
        )
    )
    bound = (
        altair.Chart(altair.InlineData(values=[{"lower bound": arena.lower_bound}]))
        .mark_rule(strokeDash=[6, 4], color="#222222")
        .encode(y=altair.Y(field="lower bound", type="quantitative"))
    )
    below = (
        f"arena {arena.bytes:,} bytes, lower bound {arena.lower_bound:,} (dashed), best layout"
        f" {arena.best.layout.bytes:,}"
    )
    head = altair.TitleParams(
        textwrap.wrap(visible(name), LETTERS) or "",
        subtitle=textwrap.wrap(below, LETTERS),
        anchor="start",
    )
    layers = altair.layer(boxes, bound).properties(width=WIDTH, height=HEIGHT, title=head)
    return finished(layers)
