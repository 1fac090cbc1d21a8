"""Chunks: configurations few enough to count at once, and the rows of them that are wanted."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from costcalc.errors import CostcalcError
from costcalc.language.quantities import REPORTED
from costcalc.network import Network
from costcalc.numbers.arrays import Array, Ints, Truths
from costcalc.numbers.factor import Overflow
from costcalc.records import NamedTuple
from costcalc.sweeps.accuracies import printed
from costcalc.sweeps.axis import DTYPES
from costcalc.sweeps.configurations import Configurations
from costcalc.sweeps.costs import SliceCosts, kind_of, too_large
from costcalc.sweeps.query import Columns, Query, joined, survivors
from costcalc.sweeps.space import settings
from costcalc.sweeps.structures import Slice, Structures
from costcalc.sweeps.where import Filter

CHUNK = 1 << 17
"""Configurations of a chunk: their columns stay in the cache."""
SPARSE = 8
"""Where fewer than one row in so many is wanted, the columns are made for these alone."""

FREED = 1 << 24
"""Bytes of a block that the allocator is shown: more than the arrays of a chunk."""

Where: TypeAlias = tuple[int | slice, ...]
"""Which part of an array, as numpy's index."""

_NOTHING = np.asarray(None, dtype=object)


@functools.cache
def keep_memory() -> None:
    """Have what one chunk frees kept for the next.

    glibc gives memory back to the system where more is free than twice the largest block that was
    ever freed (mallopt(3), M_MMAP_THRESHOLD). To take it again for every chunk, page by page, is
    a third of a sweep's time; so it is shown a large block, which is never touched and costs
    nothing. Once is enough: later the block would come from what was kept, and with it all of that
    would be given back. Other allocators are no worse for it.
    """
    np.empty(FREED, dtype=np.uint8)


class Tally(NamedTuple):
    """Configurations; those that are no networks, with the message of the first; and how many rows
    have no value in a column or a division that a filter, an order or a front has."""

    configurations: int = 0
    invalid: int = 0
    example: str = ""
    without: Mapping[str, int] = {}

    def and_(self, other: Tally) -> Tally:
        """The tally of both, the other one being later.

        >>> Tally(3, 1, "why", {"accuracy": 2}).and_(Tally(2, 1, "too", {"error": 1}))[:3]
        (5, 2, 'why')
        """
        return Tally(
            self.configurations + other.configurations,
            self.invalid + other.invalid,
            self.example or other.example,
            Counter(self.without) + Counter(other.without),
        )


class Result(NamedTuple):
    """The rows of a chunk that may be wanted, and the tally of all that it has."""

    columns: Columns
    tally: Tally

    @classmethod
    def all_of(cls, results: Sequence[Result]) -> Result:
        """Several results as one, their rows one after another."""
        columns = joined([result.columns for result in results])
        return cls(columns, functools.reduce(Tally.and_, (result.tally for result in results)))


class Chunk:
    """The columns of some configurations of a network, each made when it is asked for.

    A column has the shape of the configurations, or one that spreads over it; of a hyperparameter
    that is a list it is a tuple of columns. `extra_columns` are those that costcalc does not make.
    """

    def __init__(
        self,
        configurations: Configurations,
        slices: Iterable[Slice],
        extra_columns: Mapping[str, Array] | None = None,
    ) -> None:
        self.configurations, self.slices = configurations, list(slices)
        self.spec, self.shape = configurations.spec, configurations.shape
        self.points = configurations.points
        self._columns: dict[str, Array] = dict(extra_columns or {})

    def valid(self) -> Truths:
        """Which configurations are networks, as a column of truth values."""
        return self._of_slices(SliceCosts.valid, np.bool_)

    def put(self, metrics: Mapping[str, Array], valid: Truths, where: Where) -> None:
        """Write metrics, and which configurations are networks, into a part of arrays."""
        valid[where] = good = self.valid()
        some, costs = self.slices[0]
        if len(self.slices) == 1 and some.shape == self.shape and good.all():
            costs.put({name: counts[*where, ...] for name, counts in metrics.items()}, some)
            return
        for name, counts in metrics.items():
            counts[where] = np.where(good, self._metric(name), -1)

    def _metric(self, name: str) -> Array:
        return self._of_slices(lambda costs, some: costs.metric(name, some), DTYPES[kind_of(name)])

    def _of_slices(
        self, function: Callable[[SliceCosts, Configurations], Array], dtype: type[np.generic]
    ) -> Array:
        """A column made of those of the slices; of what comes twice the latter is right."""
        if len(self.slices) == 1:
            some, costs = self.slices[0]
            column = function(costs, some)
            return (
                column if some.is_box else np.broadcast_to(column, some.shape).reshape(self.shape)
            )
        found = np.empty(self.shape, dtype)
        for some, costs in self.slices:
            column = function(costs, some)
            if some.origin is None:
                found[...] = column
            else:
                found.reshape(-1)[some.origin] = column
        return found

    def get(self, name: str, default: Any = None) -> Any:
        """A column; the default where there is none."""
        if name == "network":
            return np.asarray(self.spec.key, dtype=object)
        if name in self.spec.hyperparameters:
            return self.configurations.setting(name)
        if name not in self._columns:
            if any(name in one.costs.metrics for one in self.slices):
                self._columns[name] = self._metric(name)
            elif name in REPORTED:
                settings = {n: self.configurations.setting(n) for n in self.spec.hyperparameters}
                self._columns[name] = printed(self.spec, name, settings)
        return self._columns.get(name, default)

    def spread(self, column: Array) -> Array:
        """A column in the shape of the configurations; of a single one it is an array still."""
        return np.broadcast_to(column if self.shape else np.reshape(column, ()), self.shape)

    def take(self, name: str, rows: Ints | None) -> Array:
        """A column's values for some configurations (None: all), a list's in two dimensions."""
        column = self.get(name, np.asarray(np.nan))
        if isinstance(column, tuple):
            return np.stack([self._spread(one, rows) for one in column], axis=1)
        return self._spread(column, rows)

    def _spread(self, column: Array, rows: Ints | None) -> Array:
        if column.size == 1:
            count = self.points if rows is None else len(rows)
            return np.broadcast_to(column.reshape(-1), count)
        spread = self.spread(column)
        return spread.reshape(-1) if rows is None else spread[np.unravel_index(rows, self.shape)]

    def narrowed(self, rows: Ints) -> tuple[Chunk, Ints | None]:
        """Some of its rows: these, or where they are few a chunk of them alone, and all of that.

        They are looked up without all others where costs are of one structure, along axes that are
        not these rows.
        """
        if len(rows) * SPARSE >= self.points or len(self.slices) > 1:
            return self, rows
        (only,) = self.slices
        if only.configurations.rows_are_axis:
            return self, rows
        columns = {name: self.take(name, rows) for name in self._columns}
        part = Slice(only.configurations.rows(rows), only.costs)
        return Chunk(self.configurations.rows(rows), [part], columns), None

    def example(self, row: int) -> str:
        """Why a configuration is no network."""
        try:
            Network(self.spec, settings(self.spec, self.configurations.given(row)))
        except CostcalcError as error:
            return str(error)
        return ""


def evaluated(
    parts: Iterable[tuple[Configurations, Where]], structures: Structures, shape: tuple[int, ...]
) -> tuple[dict[str, Array], Truths]:
    """Metrics as arrays of a shape, of parts of it each with its place, and what is a network.

    Where that is false the metrics are -1. Raises `CostcalcError` beyond 64 bits.
    """
    keep_memory()
    found: dict[str, Array] = {
        metric: np.empty(shape, DTYPES[kind_of(metric)]) for metric in structures.measure.metrics
    }
    valid = np.empty(shape, dtype=bool)
    try:
        for some, where in parts:
            Chunk(some, structures.slices(some)).put(found, valid, where)
    except Overflow as error:
        raise too_large(error) from None
    return found, valid


def select(chunk: Chunk, query: Query, extra_columns: Sequence[str] = ()) -> Result:
    """The rows of a chunk that may be wanted, `extra_columns` among their columns."""
    valid = chunk.valid()
    whole = bool(np.all(valid))
    valid = np.broadcast_to(valid, chunk.shape)
    tally = Tally(chunk.points)
    if not whole:
        example = chunk.example(int(np.argmin(valid.reshape(-1))))
        tally = Tally(chunk.points, chunk.points - int(np.count_nonzero(valid)), example)
    filtered: dict[str, int] = {}
    if query.where is not None:
        filtered = _without(chunk, [query.where], valid)
        valid = valid & chunk.spread(query.where.holds(chunk))
        whole = bool(valid.all())
    deciding = [*filter(None, [query.sort]), *query.pareto]
    ordered = _without(chunk, deciding, valid)
    tally = tally._replace(without=filtered | ordered | filtered)
    rows: Ints | None = None
    if not whole:
        chunk, rows = chunk.narrowed(np.flatnonzero(valid))
    if query.cuts:
        # what decides alone says which rows are worth their other columns
        needed = {name for expression in deciding for name in expression.names}
        columns = {name: chunk.take(name, rows) for name in needed}
        left = np.arange(chunk.points) if rows is None else rows
        chunk, rows = chunk.narrowed(left[survivors(columns, len(left), query)])
    if (chunk.points if rows is None else len(rows)) == 0:
        return Result({}, tally)
    names = ("network", *chunk.spec.hyperparameters, *query.metrics, *extra_columns)
    return Result({name: chunk.take(name, rows) for name in names}, tally)


def _without(chunk: Chunk, expressions: Sequence[Filter], rows: Truths) -> dict[str, int]:
    """How many rows have no value in what expressions look at: by column, and by division."""
    lacking = {}
    for name in sorted({name for expression in expressions for name in expression.names}):
        column = chunk.get(name, np.asarray(np.nan))
        if isinstance(column, tuple) or column.dtype.kind not in "fO":  # all rows have a list
            continue
        lacking[name] = np.not_equal(column, column) | np.equal(column, _NOTHING)
    for expression in expressions:
        for division, by_zero in expression.divided_by_zero().items():
            lacking[division] = by_zero.holds(chunk)
    return {
        name: int(np.count_nonzero(rows & chunk.spread(those)))
        for name, those in lacking.items()
        if those.any()
    }
