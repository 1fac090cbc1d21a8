"""The rows of a sweep as a table, and what is said below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from costcalc.language.hyperparameters import show_value
from costcalc.language.quantities import REPORTED
from costcalc.report.document import Column, For
from costcalc.report.result import Result, Table
from costcalc.report.time import time_header
from costcalc.sweeps.costs import OUTSIDE, TIME
from costcalc.sweeps.query import Columns, Query, joined, length, taken
from costcalc.sweeps.schema import Field
from costcalc.sweeps.walk import Sweep

SHOWN = {"table": 40, "md": 100_000}
"""Rows that are shown before one says how many more there are, by format: a table is for people."""


def sweep_result(
    sweep: Sweep, blocks: Iterable[Columns], shown: Sequence[Field], limit: int
) -> Result:
    """The first rows in the columns `shown`, for people; of the others the number."""
    query = sweep.job.query
    parts: list[Columns] = []
    kept = 0
    for columns in blocks:
        if kept < limit:
            names = [field.name for field in shown if field.name in columns]
            part = {name: columns[name] for name in names}
            parts.append(taken(part, slice(limit - kept)))
            kept += length(parts[-1])
    columns = joined(parts)
    lists = [
        columns[field.name].tolist() if field.name in columns else [None] * kept for field in shown
    ]
    names = [field.name for field in shown]
    rows = [dict(zip(names, row, strict=True)) for row in zip(*lists, strict=True)]
    for row in rows if TIME in names else ():
        row[TIME] = f"{float(row[TIME]):.3f}"  # to a microsecond: the data have what is compared
    outside = [row for row in rows if row.get(OUTSIDE)]
    for row in rows:
        if OUTSIDE in row:
            row[OUTSIDE] = OUTSIDE if row[OUTSIDE] else ""
    shown = [f for f in shown if f.name != OUTSIDE or outside]
    counts = [name for name in query.metrics if name not in (*REPORTED, OUTSIDE)]
    kinds = {name: "number" if name == TIME else "count" for name in counts}
    rows = [{name: _cell(value) for name, value in row.items()} for row in rows]
    heads = [Column(f.name, f.name, kinds.get(f.name, "text")) for f in shown]
    more = sweep.rows - kept
    notes = [f"... and {more:,} more rows: --top, --where, or -o FILE"] if more else []
    notes.append(footer(sweep))
    if outside:
        notes.append("outside: of what was measured there; costcalc time says in what")
    table = Table(heads, rows, notes=notes, seen=For.PEOPLE)
    header = [f"batch 1 · {_counted(query)} · memory in elements"]
    if query.device is not None:
        header += time_header(query.device, (space.spec.key for space in sweep.job.spaces))
    return Result(header, [table])


def _counted(query: Query) -> str:
    """The convention, and what its column `cost` is beside the plain multiply-adds."""
    convention = query.convention
    if convention is None:
        return "convention paper"
    plain = "; mult_adds are plain" if "mult_adds" in query.metrics else ""
    cost = f": cost = {convention.headline} in {convention.unit}{plain}" if convention.unit else ""
    return f"convention {convention.key}{cost}"


def footer(sweep: Sweep) -> str:
    """How many configurations there were, how many lack what was asked of them, and how many were
    no networks."""
    tally = sweep.tally
    parts = [f"{sweep.rows:,} of {tally.configurations:,} configurations"]
    lacking = [f"{count:,} have no {name}" for name, count in tally.without.items() if count]
    if lacking:
        parts.append(", ".join(lacking))
    if tally.invalid:
        first = tally.example.partition("\n")[0]
        parts.append(f"{tally.invalid:,} left out as no networks, such as: {first}")
    return "; ".join(parts)


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return show_value(tuple(value))
    if isinstance(value, bool):
        return show_value(value)
    if isinstance(value, float):
        return "" if value != value else f"{value:.10g}"
    return value
