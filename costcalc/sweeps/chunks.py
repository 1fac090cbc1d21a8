"""Blocks: parts of a space small enough to count at once, and the rows of them that are wanted."""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from costcalc.errors import CostcalcError
from costcalc.language.model import Spec, Value
from costcalc.language.quantities import REPORTED
from costcalc.network import Network
from costcalc.numbers.factored import Ints
from costcalc.sweeps.accuracies import printed
from costcalc.sweeps.query import Columns, Query, cut, first
from costcalc.sweeps.space import settings
from costcalc.sweeps.structures import Slice

CHUNK = 1 << 17
"""Configurations of a block: their columns stay in the cache."""
SPARSE = 8
"""Of a column that fewer than one row in so many needs, these are counted by themselves."""


class Range(NamedTuple):
    """A part of a mesh: one place of each of the first axes, places `start` to `stop` of the
    next one, all of the others."""

    prefix: tuple[int, ...]
    start: int
    stop: int


def ranges(sizes: Sequence[int], points: int) -> Iterator[Range]:
    """A mesh in ranges of about so many points, in its order."""
    inside, axis = 1, len(sizes)
    while axis and inside * sizes[axis - 1] <= points:
        axis -= 1
        inside *= sizes[axis]
    if axis == 0:
        yield Range((), 0, sizes[0] if sizes else 1)
        return
    step = max(1, points // inside)
    last = sizes[axis - 1]
    for prefix in itertools.product(*(range(size) for size in sizes[: axis - 1])):
        for start in range(0, last, step):
            yield Range(prefix, start, min(start + step, last))


class Result(NamedTuple):
    """The rows of a block that may be wanted, how many configurations it has, how many of them
    are no networks, and the message of the first of these."""

    columns: Columns
    points: int
    invalid: int
    example: str


class Chunk(ABC):
    """The columns of some configurations of a network, each made when it is asked for."""

    spec: Spec
    shape: tuple[int, ...]

    @property
    def points(self) -> int:
        """How many configurations there are."""
        return math.prod(self.shape)

    @abstractmethod
    def valid(self) -> Any:
        """Which configurations are networks, in a shape that spreads over the block's."""

    @abstractmethod
    def get(self, name: str, default: Any = None) -> Any:
        """A column, in a shape that spreads over the block's; of a list a tuple of columns."""

    @abstractmethod
    def take(self, name: str, rows: Ints | None) -> Any:
        """A column's values for some configurations (None: all), a list's in two dimensions."""

    @abstractmethod
    def given(self, row: int) -> Mapping[str, Value]:
        """What a configuration sets, exactly."""

    def example(self, row: int) -> str:
        """Why a configuration is no network."""
        try:
            Network(self.spec, settings(self.spec, self.given(row)))
        except CostcalcError as error:
            return str(error)
        return ""


def select(block: Chunk, query: Query, extra_columns: Sequence[str] = ()) -> Result:
    """The rows of a block that may be wanted, `extra_columns` among their columns."""
    valid = np.broadcast_to(block.valid(), block.shape)
    whole = bool(valid.all())
    invalid = 0 if whole else block.points - int(np.count_nonzero(valid))
    example = "" if whole else block.example(int(np.argmin(valid.reshape(-1))))
    rows: Ints | None = None
    if query.where is not None:
        wanted = query.where.holds(block)
        if not block.shape:  # of a single configuration a column is an array still
            wanted = wanted.reshape(())
        valid = valid & np.broadcast_to(wanted, block.shape)
        whole = bool(valid.all())
    if not whole:
        rows = np.flatnonzero(valid)
    if query.top is not None and not query.pareto:
        # the key alone says which rows are worth their other columns
        count = block.points if rows is None else len(rows)
        key = None
        if query.sort is not None:
            key = query.sort({name: block.take(name, rows) for name in query.sort.names})
        chosen = first(key, count, query)
        rows = (np.arange(block.points) if rows is None else rows)[chosen]
    if rows is not None and not len(rows):
        return Result({}, block.points, invalid, example)
    names = ("network", *block.spec.hyperparameters, *query.metrics, *extra_columns)
    columns = {name: block.take(name, rows) for name in names}
    if query.pareto:
        columns = cut(columns, query)
    return Result(columns, block.points, invalid, example)


class RangeChunk(Chunk):
    """A range of a slice."""

    def __init__(self, spec: Spec, part: Slice, where: Range) -> None:
        self.spec, self.part, self.where = spec, part, where
        self.gone = len(where.prefix)
        self.shape = (where.stop - where.start, *part.sizes[self.gone + 1 :]) if part.sizes else ()
        self._dense: dict[str, Ints] = {}
        self._places: dict[int, tuple[Ints, Ints]] = {}

    def valid(self) -> Any:
        """Which configurations are networks."""
        if self.part.counted.refused:
            return False
        good: Any = True
        for condition in self.part.counted.conditions:
            mesh = self._cut(condition)
            good = good & mesh.spread(tuple(range(len(self.shape)))).astype(bool)
        return good

    def example(self, row: int) -> str:
        """Why a configuration is no network."""
        return self.part.counted.refused or super().example(row)

    def get(self, name: str, default: Any = None) -> Any:
        """A column, in a shape that spreads over the block's."""
        if name in self.part.counted.metrics:
            if name not in self._dense:
                mesh = self._cut(self.part.counted.metrics[name])
                self._dense[name] = mesh.dense()
            return self._dense[name]
        if name == "network":
            return np.asarray(self.spec.key, dtype=object)
        if name in REPORTED:
            return printed(self.spec, name, self.get)
        column = self.part.columns.get(name)
        if column is None:
            return default
        if isinstance(column, list):
            return tuple(self._along(*one) for one in column)
        return self._along(*column)

    def _along(self, values: Any, axis: int | None) -> Any:
        """Values along an axis of the slice in the shape of the block."""
        if axis is None:
            return values
        if axis < self.gone:
            return values[self.where.prefix[axis]]
        if axis == self.gone:
            values = values[self.where.start : self.where.stop]
        return values.reshape([-1 if i == axis - self.gone else 1 for i in range(len(self.shape))])

    def take(self, name: str, rows: Ints | None) -> Any:
        """A column's values for some configurations."""
        metrics = self.part.counted.metrics
        few = rows is not None and len(rows) * SPARSE < self.points
        if rows is not None and few and name in metrics and name not in self._dense:
            places = [self._place(axis, rows) for axis in range(len(self.shape))]
            return self._cut(metrics[name]).at(places, len(rows))
        column = self.get(name, None)
        if isinstance(column, tuple):
            return np.stack([self._spread(one, rows) for one in column], axis=1)
        return self._spread(column, rows)

    def _spread(self, column: Any, rows: Ints | None) -> Any:
        column = np.asarray(column)
        count = self.points if rows is None else len(rows)
        varies = [axis for axis, size in enumerate(column.shape) if size > 1]
        if not varies:
            return np.full(count, column.reshape(-1)[0], dtype=column.dtype)
        if rows is None:
            return np.broadcast_to(column, self.shape).reshape(-1)
        if len(varies) == 1:
            return column.reshape(-1)[self._place(varies[0], rows)]
        return column.reshape(-1)[rows]

    def _place(self, axis: int, rows: Ints) -> Ints:
        """Where along an axis of the block some configurations are."""
        if axis not in self._places or self._places[axis][0] is not rows:
            inside = math.prod(self.shape[axis + 1 :])
            self._places[axis] = rows, rows // inside % self.shape[axis]
        return self._places[axis][1]

    def _cut(self, mesh: Any) -> Any:
        return mesh.cut(*self.where) if self.part.sizes else mesh

    def given(self, row: int) -> Mapping[str, Value]:
        """What a configuration sets, exactly."""
        places = list(self.where.prefix)
        for axis, size in enumerate(self.shape):
            inside = math.prod(self.shape[axis + 1 :])
            places.append(row // inside % size + (self.where.start if axis == 0 else 0))
        along = {
            name: values[place]
            for (name, values), place in zip(self.part.axes.items(), places, strict=True)
        }
        return {**self.part.fixed, **along}
