"""A sweep as tasks: each a few numbers, and together with the job all that its rows depend on."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from costcalc.language.model import Value
from costcalc.numbers.arrays import Ints
from costcalc.operators import load_same, loaded
from costcalc.records import NamedTuple
from costcalc.sweeps import chunks
from costcalc.sweeps.axis import Axis, Values, as_values
from costcalc.sweeps.box import Box, Extent, extents
from costcalc.sweeps.chunks import Chunk, Result, select
from costcalc.sweeps.configurations import Configurations
from costcalc.sweeps.query import Query, cut, taken
from costcalc.sweeps.rows import Rows
from costcalc.sweeps.space import Space
from costcalc.sweeps.structures import Structures


class Span(NamedTuple):
    """A stretch of an axis of the task's space, and in rows which of its values each has."""

    start: int
    stop: int
    codes: Ints | None = None


class Part(NamedTuple):
    """Configurations of one space of a job: what is fixed, the axes, and which of their points.

    `selection` is a box of their grid, or how many rows they have. `order` says where in the task
    each of the rows stands; `extra_columns` are columns of them that costcalc does not make.
    """

    space: int
    fixed: tuple[tuple[str, Value], ...]
    axes: tuple[tuple[str, Axis | Span], ...]
    selection: Extent | int
    order: Ints | None = None
    extra_columns: Mapping[str, Any] = {}


class Task(NamedTuple):
    """Configurations that are counted together: so many `points` in parts of one space each."""

    parts: tuple[Part, ...]
    points: int


Bundle = tuple[Task, ...]
"""Tasks that are sent at once."""
Draw = Callable[[int], dict[str, Ints]]


def sampler(space: Space, seed: int, number: int = 0) -> Draw:
    """What draws configurations of a space at random, all values equally likely.

    Args:
        space: What each hyperparameter may be.
        seed: The same seed draws the same configurations, in calls for whatever many.
        number: Which one of a job's spaces it is: each draws others.

    Returns:
        A function of how many more to draw: for each axis the index of every one's value, int64.
    """
    axes = [
        (name, len(values), np.random.default_rng([seed, number, order]))
        for order, (name, values) in enumerate(space.axes.items())
    ]
    return lambda rows: {name: random.integers(size, size=rows) for name, size, random in axes}


class Job:
    """Spaces and what is wanted of them: what every task needs, sent to a process once.

    `extra_columns` are the names of columns that rows bring along.
    """

    def __init__(
        self, spaces: Sequence[Space], query: Query, extra_columns: Sequence[str] = ()
    ) -> None:
        self.spaces, self.query, self.extra_columns = tuple(spaces), query, tuple(extra_columns)
        self.operators = loaded()
        self._begin()

    def _begin(self) -> None:
        chunks.keep_memory()
        self._axes = [
            {name: as_values(values) for name, values in space.axes.items()}
            for space in self.spaces
        ]
        self._stretches: dict[Any, Values] = {}
        self._structures = [Structures(self.query.measure) for _ in self.spaces]

    def __getstate__(self) -> Any:
        return self.operators, self.spaces, self.query, self.extra_columns

    def __setstate__(self, state: Any) -> None:
        self.operators, self.spaces, self.query, self.extra_columns = state
        load_same(self.operators)
        self._begin()

    def everything(self) -> Iterator[Task]:
        """The tasks of every configuration, in order. Raises `Overflow` beyond 64 bits."""
        for number, space in enumerate(self.spaces):
            axes = {name: Axis(values) for name, values in self._axes[number].items()}
            for box in self._structures[number].boxes(Box(space.spec, {}, axes)):
                spans = tuple(
                    (name, Span(axis.start, axis.start + len(axis.values)))
                    for name, axis in box.axes.items()
                )
                for extent in extents(box.sizes, chunks.CHUNK):
                    sent = Part(number, tuple(box.fixed.items()), spans, extent)
                    inside = box.sizes[len(extent.prefix) + 1 :]
                    points = (extent.stop - extent.start) * int(np.prod(inside, dtype=np.int64))
                    yield Task((sent,), points)

    def sample(self, number: int, seed: int) -> Iterator[Task]:
        """The tasks of so many random configurations of each space, in the order drawn."""
        for space, chosen in enumerate(self.spaces):
            draw = sampler(chosen, seed, space)
            for start in range(0, number, chunks.CHUNK):
                rows = min(chunks.CHUNK, number - start)
                axes = tuple(
                    (name, Span(0, len(chosen.axes[name]), codes))
                    for name, codes in draw(rows).items()
                )
                yield Task((Part(space, (), axes, rows),), rows)

    def bundles(self, tasks: Iterator[Task], most: int) -> Iterator[Bundle]:
        """The tasks in bundles to send: of up to so many, but small where their rows are many."""
        query = self.query
        if query.top is None and not query.pareto:
            most = 1 if query.where is None else max(1, most // 4)
        while bundle := tuple(itertools.islice(tasks, most)):
            yield bundle

    def run_all(self, bundle: Bundle) -> list[Result]:
        """The results of a bundle's tasks; where rows are cut, as one: fewer have to travel."""
        results = [self.run(task) for task in bundle]
        if not self.query.selects:
            return results
        whole = Result.all_of(results)
        return [whole._replace(columns=cut(whole.columns, self.query))]

    def run(self, task: Task) -> Result:
        """The rows of a task that may be wanted: a pure function of the job and the task.

        Raises `Overflow` beyond 64 bits.
        """
        if len(task.parts) == 1:
            return self._select(task.parts[0], {}, self.extra_columns)
        names = (*self.extra_columns, _ORDER)
        found = Result.all_of(
            [self._select(part, {_ORDER: part.order}, names) for part in task.parts]
        )
        order = np.argsort(found.columns.pop(_ORDER, np.zeros(0)), kind="stable")
        return found._replace(columns=taken(found.columns, order))

    def _select(self, part: Part, order: Mapping[str, Any], extra_columns: Sequence[str]) -> Result:
        configurations = self._configurations(part)
        slices = self._structures[part.space].slices(configurations)
        chunk = Chunk(configurations, slices, {**part.extra_columns, **order})
        return select(chunk, self.query, extra_columns)

    def _configurations(self, part: Part) -> Configurations:
        spec, fixed = self.spaces[part.space].spec, dict(part.fixed)
        axes = {
            name: self._axis(part.space, name, axis) if isinstance(axis, Span) else axis
            for name, axis in part.axes
        }
        if isinstance(part.selection, int):
            return Rows(spec, fixed, axes, part.selection)
        return Box(spec, fixed, axes, part.selection)

    def _axis(self, space: int, name: str, span: Span) -> Axis:
        """A stretch of an axis: the same values again, by which structures are known."""
        whole = self._axes[space][name]
        if span[:2] == (0, len(whole)):
            return Axis(whole, span.codes)
        key = space, name, *span[:2]
        if key not in self._stretches:
            if sum(map(len, self._stretches.values())) > STRETCHES:
                self._stretches.clear()
            self._stretches[key] = whole[span.start : span.stop]
        return Axis(self._stretches[key], span.codes, span.start)


Runner = Callable[[Job, Iterator[Task]], Iterator[Result]]
"""Runs a job's tasks: their results, in their order."""
STRETCHES = 1 << 20
"""Values of stretches of axes that a process keeps."""
_ORDER = ""
"""The column of where in its task a row stands: no other is without a name."""
