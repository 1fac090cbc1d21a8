"""What is wanted of a space, and the rows that are it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from costcalc.conventions.convention import Convention
from costcalc.errors import CostcalcError
from costcalc.hardware.devices import Device
from costcalc.language.quantities import REPORTED
from costcalc.numbers.arrays import Array, Ints, Selection
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
    def cuts(self) -> bool:
        """Whether rows are wanted no more when better ones have come."""
        return bool(self.pareto) or self.top is not None

    @property
    def selects(self) -> bool:
        """Whether a row's being wanted depends on others."""
        return self.cuts or self.sort is not None


def length(columns: Columns) -> int:
    """How many rows there are."""
    return len(next(iter(columns.values()))) if columns else 0


def taken(columns: Columns, rows: Selection) -> Columns:
    """Some rows: an array of their numbers, or a slice."""
    return {name: values[rows] for name, values in columns.items()}


def survivors(columns: Columns, rows: int, query: Query) -> Selection:
    """Which rows may be wanted still, whatever comes after them: the front, or the first ones.

    Of a front all, whatever their order: others may yet beat those that come first.
    """
    if not rows or not query.cuts:
        return slice(None)
    if query.pareto:
        costs = [sortable(cost(columns), rows) for cost in query.pareto]
        # what has no value is on no front
        valued = np.flatnonzero(np.all([np.equal(cost, cost) for cost in costs], axis=0))
        return valued[front([cost[valued] for cost in costs])]
    return _first(columns, rows, query)


def _first(columns: Columns, rows: int, query: Query) -> Ints:
    key = None if query.sort is None else query.sort(columns)
    return first(key, rows, query.top, query.descending)


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
    objects = np.empty(len(piece), dtype=object)
    objects[:] = piece.tolist()
    return objects


class Keeper:
    """Rows as they come: the best so far, and never many more than are wanted."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self.parts: list[Columns] = []
        self.rows = 0

    def add(self, columns: Columns) -> Columns | None:
        """Take a block's rows. All that may be wanted still, where others were forgotten.

        Raises `CostcalcError` where more are left than can be held.
        """
        self.parts.append(columns)
        self.rows += length(columns)
        forgotten = self.query.cuts and self.rows > max(BATCH, 4 * (self.query.top or 0))
        if forgotten:
            self._forget()
        if self.rows > MOST:
            raise CostcalcError(
                f"more than {MOST:,} rows to hold until all are there\n"
                "name how many are wanted, --top N, or narrow them: --where, --sample"
            )
        return self.parts[0] if forgotten else None

    def _forget(self) -> None:
        columns = joined(self.parts)
        columns = taken(columns, survivors(columns, length(columns), self.query))
        self.parts, self.rows = [columns], length(columns)

    def columns(self) -> Columns:
        """What is wanted of all that came, in order."""
        self._forget()
        (columns,) = self.parts
        return taken(columns, _first(columns, self.rows, self.query)) if self.rows else {}
