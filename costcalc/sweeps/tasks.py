"""A sweep as tasks: each a few numbers, and together with the job all that its rows depend on."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from costcalc.language.model import Value
from costcalc.numbers.factored import Ints
from costcalc.operators import load_same, loaded
from costcalc.sweeps import chunks
from costcalc.sweeps.chunks import Range, RangeChunk, Result, ranges, select
from costcalc.sweeps.query import Query, cut, joined, taken
from costcalc.sweeps.rows import Cache, Categorical, RowsChunk, Vectors, drawing
from costcalc.sweeps.space import Space
from costcalc.sweeps.structures import Slice, count, place, slices

SLICES = 4
"""Slices that a process keeps: the next task is of the same, or of the next."""
STRUCTURES = 1024
"""Structures of rows that it keeps: any of them may come again."""


class RangeTask(NamedTuple):
    """A range of a slice: which space, what is fixed, the part of each axis that remains."""

    space: int
    fixed: tuple[tuple[str, Value], ...]
    spans: tuple[tuple[str, int, int], ...]
    range: Range
    points: int


class RowsPart(NamedTuple):
    """Some rows of one space: their settings, their places among the task's rows, and columns of
    them that no hyperparameter is."""

    space: int
    vectors: Vectors
    places: Ints
    extra_columns: Mapping[str, Any] = {}


class RowsTask(NamedTuple):
    """Rows one by one, in parts of one space each."""

    parts: tuple[RowsPart, ...]
    points: int


Task = RangeTask | RowsTask


class Job:
    """Spaces and what is wanted of them: what every task needs, sent to a process once.

    `extra_columns` are columns that rows bring along.
    """

    def __init__(
        self, spaces: Sequence[Space], query: Query, extra_columns: Sequence[str] = ()
    ) -> None:
        self.spaces, self.query, self.extra_columns = tuple(spaces), query, tuple(extra_columns)
        self.operators = loaded()
        self._forget()

    def _forget(self) -> None:
        self._slices: dict[Any, Slice] = {}
        self._structures: list[Cache] = [{} for _ in self.spaces]

    def __getstate__(self) -> Any:
        return self.operators, self.spaces, self.query, self.extra_columns

    def __setstate__(self, state: Any) -> None:
        self.operators, self.spaces, self.query, self.extra_columns = state
        load_same(self.operators)
        self._forget()

    def everything(self) -> Iterator[RangeTask]:
        """The tasks of every configuration, in order. Raises `Overflow` beyond 64 bits."""
        for number, space in enumerate(self.spaces):
            for part in slices(space, self.query.measure):
                spans = tuple(
                    (name, part.starts[name], part.starts[name] + len(values))
                    for name, values in part.axes.items()
                )
                task = RangeTask(number, tuple(part.fixed.items()), spans, Range((), 0, 0), 0)
                self._remember(task, part)
                for where in ranges(part.sizes, chunks.CHUNK):
                    inside = part.sizes[len(where.prefix) + 1 :]
                    points = (where.stop - where.start) * int(np.prod(inside, dtype=np.int64))
                    yield task._replace(range=where, points=points)

    def sample(self, number: int, seed: int) -> Iterator[RowsTask]:
        """The tasks of so many random configurations of each space, in the order drawn."""
        for space, chosen in enumerate(self.spaces):
            draw = drawing(chosen, seed, space)
            for start in range(0, number, chunks.CHUNK):
                rows = min(chunks.CHUNK, number - start)
                yield RowsTask((RowsPart(space, draw(rows), np.arange(rows)),), rows)

    def _remember(self, task: RangeTask, part: Slice) -> None:
        if len(self._slices) >= SLICES:
            del self._slices[next(iter(self._slices))]
        self._slices[task.space, task.fixed, task.spans] = part

    def _slice(self, task: RangeTask) -> Slice:
        key = task.space, task.fixed, task.spans
        if key not in self._slices:
            space = self.spaces[task.space]
            axes = {name: space.axes[name][start:stop] for name, start, stop in task.spans}
            placed = {name: place(i, values) for i, (name, values) in enumerate(axes.items())}
            sizes = [len(values) for values in axes.values()]
            fixed = dict(task.fixed)
            counted = count(space.spec, fixed, placed, sizes, self.query.measure)
            starts = {name: start for name, start, _ in task.spans}
            self._remember(task, Slice(space.spec, fixed, axes, starts, counted))
        return self._slices[key]

    def bundles(self, tasks: Iterator[Task], most: int) -> Iterator[tuple[Task, ...]]:
        """The tasks in bundles to send: of up to so many, but small where their rows are many."""
        query = self.query
        if query.top is None and not query.pareto:
            most = 1 if query.where is None else max(1, most // 4)
        while bundle := tuple(itertools.islice(tasks, most)):
            yield bundle

    def run_all(self, bundle: Iterable[Task]) -> list[Result]:
        """The results of a bundle's tasks; where rows are cut, as one: fewer have to travel."""
        results = [self.run(task) for task in bundle]
        if not self.query.selects:
            return results
        return [
            Result(
                cut(joined([result.columns for result in results]), self.query),
                sum(result.points for result in results),
                sum(result.invalid for result in results),
                next((result.example for result in results if result.example), ""),
            )
        ]

    def run(self, task: Task) -> Result:
        """The rows of a task that may be wanted: a pure function of the job and the task.

        Raises `Overflow` beyond 64 bits.
        """
        if isinstance(task, RangeTask):
            spec = self.spaces[task.space].spec
            return select(RangeChunk(spec, self._slice(task), task.range), self.query)
        found = [self._rows(part) for part in task.parts]
        if len(found) == 1:
            found[0].columns.pop(_PLACE, None)
            return found[0]
        columns = joined([result.columns for result in found])
        order = np.argsort(columns.pop(_PLACE, np.zeros(0)), kind="stable")
        return Result(
            taken(columns, order),
            task.points,
            sum(result.invalid for result in found),
            next((result.example for result in found if result.example), ""),
        )

    def _rows(self, part: RowsPart) -> Result:
        cache = self._structures[part.space]
        if len(cache) > STRUCTURES:
            cache.clear()
        space = self.spaces[part.space]
        extra_columns = {**part.extra_columns, _PLACE: part.places}
        # the space's own lists, by which structures are known from task to task
        vectors = {
            name: Categorical(space.axes[name], vector.codes)
            if isinstance(vector, Categorical) and vector.values == space.axes.get(name)
            else vector
            for name, vector in part.vectors.items()
        }
        rows = RowsChunk(
            space.spec, vectors, len(part.places), self.query.measure, extra_columns, cache
        )
        return select(rows, self.query, (*self.extra_columns, _PLACE))


_PLACE = ""
"""The column of a row's place among its task's: no other is without a name."""
