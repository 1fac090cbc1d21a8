"""A sweep as tasks: each a few numbers, and together with the job all that its rows depend on."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from costcalc.numbers.arrays import Array
from costcalc.operators import Loaded, load_same, loaded
from costcalc.records import NamedTuple
from costcalc.sweeps import chunks
from costcalc.sweeps.axis import Axis
from costcalc.sweeps.chunks import Chunk, Result, select
from costcalc.sweeps.configurations import Configurations
from costcalc.sweeps.query import Query, length, survivors, taken
from costcalc.sweeps.space import Space
from costcalc.sweeps.structures import Structures

ORDER = ""
"""The column of where in its task a row stands: no other is without a name."""


class Part(NamedTuple):
    """Configurations of one space of a job, without their network, which the job has.

    They are so many `rows`, or a box. `extra_columns` are columns of them that costcalc does not
    make; where a task has several parts, `ORDER` says where in it each of the rows stands.
    """

    space: int
    axes: Mapping[str, Axis]
    rows: int | None = None
    extra_columns: Mapping[str, Array] = {}


class Task(NamedTuple):
    """Configurations that are counted together: so many `points` in parts of one space each."""

    parts: tuple[Part, ...]
    points: int


Bundle = tuple[Task, ...]
"""Tasks that are sent at once."""


def sampler(space: Space, seed: int, number: int = 0) -> Callable[[int], dict[str, Axis]]:
    """What draws configurations of a space at random, all values equally likely.

    Args:
        space: What each hyperparameter may be.
        seed: The same seed draws the same configurations, in calls for whatever many.
        number: Which one of a job's spaces it is: each draws others.

    Returns:
        A function of how many more to draw: their axes.
    """
    axes = [
        (name, values, np.random.default_rng([seed, number, order]))
        for order, (name, values) in enumerate(space.axes.items())
    ]
    return lambda rows: {
        name: Axis(values, random.integers(len(values), size=rows)) for name, values, random in axes
    }


class Job:
    """Spaces and what is wanted of them: what every task needs, sent to a process once.

    `extra_columns` are the names of columns that rows bring along.
    """

    def __init__(
        self, spaces: Sequence[Space], query: Query, extra_columns: Sequence[str] = ()
    ) -> None:
        self.spaces, self.query, self.extra_columns = tuple(spaces), query, tuple(extra_columns)
        self._structures = [Structures(query.measure) for _ in self.spaces]
        chunks.keep_memory()

    def __reduce__(self) -> tuple[object, ...]:
        """How it comes to another process."""
        return _sent, (type(self), loaded(), self.spaces, self.query, self.extra_columns)

    def everything(self) -> Iterator[Task]:
        """The tasks of every configuration, in order. Raises `Overflow` beyond 64 bits."""
        for number, space in enumerate(self.spaces):
            whole = Configurations.whole(space.spec, space.axes)
            for box in self._structures[number].boxes(whole):
                for some in box.extents(chunks.CHUNK):
                    yield Task((Part(number, some.every),), some.points)

    def sample(self, number: int, seed: int) -> Iterator[Task]:
        """The tasks of so many random configurations of each space, in the order drawn."""
        for space, chosen in enumerate(self.spaces):
            draw = sampler(chosen, seed, space)
            for start in range(0, number, chunks.CHUNK):
                rows = min(chunks.CHUNK, number - start)
                yield Task((Part(space, draw(rows), rows),), rows)

    def bundles(self, tasks: Iterator[Task], most: int) -> Iterator[Bundle]:
        """The tasks in bundles to send: of up to so many, but small where their rows are many."""
        query = self.query
        if not query.cuts:
            most = 1 if query.where is None else max(1, most // 4)
        while bundle := tuple(itertools.islice(tasks, most)):
            yield bundle

    def run_all(self, bundle: Bundle) -> list[Result]:
        """The results of a bundle's tasks; where rows are cut, as one: fewer have to travel."""
        results = [self.run(task) for task in bundle]
        if not self.query.cuts or len(results) == 1:
            return results
        columns, tally = Result.all_of(results)
        return [Result(taken(columns, survivors(columns, length(columns), self.query)), tally)]

    def run(self, task: Task) -> Result:
        """The rows of a task that may be wanted: a pure function of the job and the task.

        Raises `Overflow` beyond 64 bits.
        """
        several = len(task.parts) > 1
        names = (*self.extra_columns, *[ORDER] * several)
        found = Result.all_of([self._select(part, names) for part in task.parts])
        if not several:
            return found
        order = np.argsort(found.columns.pop(ORDER, np.zeros(0)), kind="stable")
        return found._replace(columns=taken(found.columns, order))

    def _select(self, part: Part, extra_columns: Sequence[str]) -> Result:
        spec = self.spaces[part.space].spec
        some = Configurations(spec, part.axes, part.rows)
        chunk = Chunk(some, self._structures[part.space].slices(some), part.extra_columns)
        return select(chunk, self.query, extra_columns)


def _sent(job: type[Job], operators: tuple[Loaded, ...], *what: Any) -> Job:
    load_same(operators)
    return job(*what)


Runner = Callable[[Job, Iterator[Task]], Iterator[Result]]
"""Runs a job's tasks: their results, in their order."""
