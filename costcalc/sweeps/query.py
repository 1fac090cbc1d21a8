"""What is wanted of a space, and the rows that are it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from costcalc.conventions.convention import Convention
from costcalc.errors import CostcalcError
from costcalc.hardware.devices import Device
from costcalc.language.quantities import REPORTED
from costcalc.numbers.arrays import Array, Selection, Truths
from costcalc.records import NamedTuple
from costcalc.sweeps.costs import Measure
from costcalc.sweeps.order import first, front, sortable
from costcalc.sweeps.where import Filter

Columns = dict[str, Array]
"""Equally long arrays by name: `network`, the hyperparameters, the metrics. Of a hyperparameter
that is a list the array has a second dimension, its elements."""
MOST = 20_000_000
"""Rows that are held to be put in order, or since no other beats them: about two gigabytes."""
BATCH = 1 << 18
"""Rows that may wait before those that cannot be wanted any more are forgotten."""


class Query(NamedTuple):
    """Metrics, which rows, in which order, how many."""

    metrics: tuple[str, ...]
    where: Filter | None = None
    sort: Filter | None = None
    descending: bool = False
    top: int | None = None
    pareto: tuple[Filter, ...] = ()
    convention: Convention | None = None
    device: Device | None = None

    @property
    def measure(self) -> Measure:
        """What is to be counted for it; the rest is reported."""
        counted = (metric for metric in self.metrics if metric not in REPORTED)
        return Measure(tuple(counted), self.convention, self.device)

    @property
    def selects(self) -> bool:
        """Whether a row's being wanted depends on others."""
        return bool(self.sort is not None or self.top is not None or self.pareto)


def length(columns: Columns) -> int:
    """How many rows there are."""
    return len(next(iter(columns.values()))) if columns else 0


def taken(columns: Columns, rows: Selection | Truths) -> Columns:
    """Some rows: an array of their numbers or of truth values, or a slice."""
    return {name: values[rows] for name, values in columns.items()}


def cut(columns: Columns, query: Query) -> Columns:
    """The rows that are wanted of these: the front, in order, the first ones."""
    if query.pareto and length(columns):
        costs = [sortable(cost(columns), length(columns)) for cost in query.pareto]
        valued = np.all([np.equal(cost, cost) for cost in costs], axis=0)
        rows = np.flatnonzero(valued)  # what has no value is on no front
        columns = taken(columns, rows[front([cost[rows] for cost in costs])])
    if length(columns) and (query.sort is not None or query.top is not None):
        key = None if query.sort is None else query.sort(columns)
        columns = taken(columns, first(key, length(columns), query.top, query.descending))
    return columns


def joined(parts: Sequence[Columns]) -> Columns:
    """Rows one after another; a hyperparameter that a network does not have is None."""
    parts = [part for part in parts if length(part)]
    names = list(dict.fromkeys(name for part in parts for name in part))
    columns = {}
    for name in names:
        pieces = [
            part[name] if name in part else np.full(length(part), None, dtype=object)
            for part in parts
        ]
        if len({piece.ndim for piece in pieces}) > 1:
            pieces = [_lists(piece) for piece in pieces]
        columns[name] = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
    return columns


def _lists(piece: Array) -> Array:
    """An array of lists in one dimension: one object a row."""
    if piece.ndim == 1:
        return piece
    objects = np.empty(len(piece), dtype=object)
    objects[:] = piece.tolist()
    return objects


class Keeper:
    """Rows as they come: the best so far, and never many more than are wanted."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self.parts: list[Columns] = []
        self.rows = 0

    def add(self, columns: Columns) -> bool:
        """Take a block's rows; whether any were forgotten that cannot be wanted any more.

        Raises `CostcalcError` where more are left than can be held.
        """
        self.parts.append(columns)
        self.rows += length(columns)
        query = self.query
        enough = BATCH if query.pareto or query.top is None else max(BATCH, 4 * query.top)
        forgotten = self.rows > enough and (bool(query.pareto) or query.top is not None)
        if forgotten:
            kept = cut(joined(self.parts), self.query)
            self.parts, self.rows = [kept], length(kept)
        if self.rows > MOST:
            raise CostcalcError(
                f"more than {MOST:,} rows to hold until all are there\n"
                "name how many are wanted, --top N, or narrow them: --where, --sample"
            )
        return forgotten

    def columns(self) -> Columns:
        """What is wanted of all that came, in order."""
        return cut(joined(self.parts), self.query) if self.parts else {}
