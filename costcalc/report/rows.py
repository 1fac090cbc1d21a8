"""The rows of a sweep as a table, and what is said below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from costcalc.language.hyperparameters import show_value
from costcalc.language.quantities import REPORTED
from costcalc.report.document import Column, Document, Sheet
from costcalc.sweeps.query import Columns, joined, length, taken
from costcalc.sweeps.schema import Field
from costcalc.sweeps.walk import Sweep

SHOWN = 40
"""Rows a table on a terminal shows before it says how many more there are."""


def document(
    sweep: Sweep, blocks: Iterable[Columns], shown: Sequence[Field], limit: int | None
) -> Document:
    """The first rows (None: all) in the columns `shown`; the others are counted as they pass."""
    query = sweep.job.query
    parts: list[Columns] = []
    kept = 0
    for columns in blocks:
        if limit is None or kept < limit:
            names = [field.name for field in shown if field.name in columns]
            part = {name: columns[name] for name in names}
            parts.append(part if limit is None else taken(part, slice(limit - kept)))
            kept += length(parts[-1])
    columns = joined(parts)
    lists = [
        columns[field.name].tolist() if field.name in columns else [None] * kept for field in shown
    ]
    rows = [[_cell(value) for value in row] for row in zip(*lists, strict=True)]
    counts = [name for name in query.metrics if name not in REPORTED]
    heads = [Column(f.name, f.name, "count" if f.name in counts else "text") for f in shown]
    more = sweep.rows - kept
    notes = [f"... and {more:,} more rows: --top, --where, or -o FILE"] if more else []
    sheet = Sheet(heads, rows, notes=[*notes, footer(sweep)])
    label = "paper" if query.convention is None else query.convention.key
    return Document([f"batch 1 · convention {label} · memory in elements"], [sheet])


def footer(sweep: Sweep) -> str:
    """How many configurations there were, and how many were no networks."""
    text = f"{sweep.rows:,} of {sweep.configurations:,} configurations"
    if sweep.invalid:
        first = sweep.example.partition("\n")[0]
        text += f"; {sweep.invalid:,} left out as no networks, such as: {first}"
    return text


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return show_value(tuple(value))
    if isinstance(value, bool):
        return show_value(value)
    if isinstance(value, float):
        return "" if value != value else f"{value:.10g}"
    return value
