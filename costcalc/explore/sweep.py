"""Walking a space: blocks of configurations, filtered, sorted and cut in constant memory."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from costcalc.conventions.convention import Convention
from costcalc.errors import CostcalcError
from costcalc.explore.evaluate import Axes, Slice, slices, too_large
from costcalc.explore.filters import Filter
from costcalc.explore.mesh import Mesh, Overflow
from costcalc.network import Network
from costcalc.spec.model import Spec, Value
from costcalc.spec.settings import settle

BLOCK = 1 << 18
"""Configurations evaluated at once: their columns stay in the cache."""
LARGE = 1 << 24
"""Configurations from which on every core is used."""
Columns = dict[str, Any]
"""Equally long arrays by name: `network`, the hyperparameters, the metrics."""


class Space(NamedTuple):
    """One network and what its hyperparameters may be, in the order given."""

    spec: Spec
    axes: Axes


class Query(NamedTuple):
    """What is wanted of a space: metrics, which rows, in which order, how many."""

    metrics: tuple[str, ...]
    where: Filter | None = None
    sort: Filter | None = None
    descending: bool = False
    top: int | None = None
    pareto: tuple[str, ...] = ()
    convention: Convention | None = None


class Found(NamedTuple):
    """The rows, how many configurations there were, and how many were no networks."""

    columns: Columns
    configurations: int
    invalid: int
    example: str


def sweep(
    spaces: Sequence[Space],
    query: Query,
    report: Callable[[int], None] = lambda points: None,
    *,
    workers: int | None = None,
    sample: int | None = None,
    seed: int = 0,
) -> Found:
    """Every configuration that the query wants. Raises `CostcalcError`.

    Rows come in the order of the spaces; within one, structures (words, truth values, sizes that
    change the structure) before sizes, each in the order of its axis: whatever the number of
    `workers` (processes; None: one a core where the space is large). `sample` takes so many
    random configurations of each space instead of all. `report` is told how many configurations
    are done.
    """
    keeper = _Keeper(query)
    count = invalid = 0
    example = ""
    tasks = _sampled(spaces, query, sample, seed) if sample else _tasks(spaces, query)
    try:
        for task, (columns, bad) in _results(tasks, _processes(spaces, workers)):
            count += task.points
            invalid += bad
            if bad and not example:
                example = task.part.refused or _example(task.spec, task.part)
            keeper.add(columns)
            report(task.points)
    except Overflow as error:
        raise too_large(error) from None
    return Found(keeper.columns(), count, invalid, example)


class _Task(NamedTuple):
    """One block of a slice: a pure function of these few small arrays."""

    spec: Spec
    part: Slice
    start: int
    stop: int
    query: Query
    chosen: tuple[Any, ...] | None = None

    @property
    def points(self) -> int:
        if self.chosen is not None:
            return len(self.chosen[0]) if self.chosen else self.stop - self.start
        return (self.stop - self.start) * math.prod(self.part.sizes[1:])


def _tasks(spaces: Sequence[Space], query: Query) -> Iterator[_Task]:
    for space in spaces:
        for part in slices(space.spec, space.axes, query.convention):
            for start, stop in part.blocks(BLOCK):
                yield _Task(space.spec, part, start, stop, query)


def _sampled(spaces: Sequence[Space], query: Query, sample: int, seed: int) -> Iterator[_Task]:
    """Random configurations: one task a slice that any of them lies in."""
    random = np.random.default_rng(seed)
    for space in spaces:
        drawn = {
            name: random.integers(len(values), size=sample) for name, values in space.axes.items()
        }
        for part in slices(space.spec, space.axes, query.convention):
            inside = np.ones(sample, dtype=bool)
            for name, value in part.fixed.items():
                inside &= drawn[name] == list(space.axes[name]).index(value)
            if inside.any():
                chosen = tuple(drawn[name][inside] for name in part.axes)
                yield _Task(space.spec, part, 0, int(inside.sum()), query, chosen)


def _processes(spaces: Sequence[Space], workers: int | None) -> int:
    if workers is not None:
        return workers
    return (os.cpu_count() or 1) if points(spaces) > LARGE else 1


def _results(tasks: Iterator[_Task], workers: int) -> Iterator[tuple[_Task, tuple[Columns, int]]]:
    """The tasks' results in the tasks' order, a bounded number of them under way."""
    if workers == 1:
        for task in tasks:
            yield task, _run(task)
        return
    with ProcessPoolExecutor(workers) as pool:
        waiting: deque[tuple[_Task, Future[tuple[Columns, int]]]] = deque()
        for task in tasks:
            waiting.append((task, pool.submit(_run, task)))
            if len(waiting) >= 4 * workers:
                first, future = waiting.popleft()
                yield first, future.result()
        for first, future in waiting:
            yield first, future.result()


def _run(task: _Task) -> tuple[Columns, int]:
    """The rows of one task that the query wants, and how many were no networks."""
    if task.part.refused:
        return {"network": np.empty(0, dtype=object)}, task.points
    if task.chosen is not None:
        return _points(task)
    columns, bad = _block(task.spec, task.part, task.start, task.stop, task.query)
    limit = task.query.top
    if limit is not None and len(columns["network"]) > limit:
        keeper = _Keeper(task.query)
        keeper.add(columns)
        columns = keeper.columns()
    return columns, bad


def _points(task: _Task) -> tuple[Columns, int]:
    """Some points of a slice, each given by its place along every axis."""
    spec, part, query = task.spec, task.part, task.query
    assert task.chosen is not None
    count = task.stop
    good = np.ones(count, dtype=bool)
    for condition in part.conditions:
        good &= condition.at(task.chosen, count).astype(bool)
    whole = _settings(spec, part, 0, part.sizes[0] if part.sizes else 1)
    columns: Columns = {}
    for name, values in whole.items():
        axis = list(part.axes).index(name) if name in part.axes else None
        columns[name] = (
            np.full(count, values.item(), dtype=values.dtype)
            if axis is None
            else values.reshape(-1)[task.chosen[axis]]
        )
    columns |= {name: part.metrics[name].at(task.chosen, count) for name in query.metrics}
    bad = int(count - good.sum())
    if query.where is not None:
        good = good & np.broadcast_to(query.where(columns), count)
    kept = {name: values[good] for name, values in columns.items()}
    return {"network": np.full(int(good.sum()), spec.key, dtype=object), **kept}, bad


def _block(spec: Spec, part: Slice, start: int, stop: int, query: Query) -> tuple[Columns, int]:
    """The rows of one block that the query wants, and how many were no networks."""
    shape = (stop - start, *part.sizes[1:]) if part.sizes else ()
    good = np.ones(shape, dtype=bool)
    for condition in part.conditions:
        good &= _dense(condition, start, stop, shape).astype(bool)
    bad = int(good.size - good.sum())
    settings = _settings(spec, part, start, stop)
    metrics = {name: _dense(part.metrics[name], start, stop, shape) for name in query.metrics}
    needed = {**settings, **metrics}
    if query.where is not None:
        good = good & np.broadcast_to(query.where(needed), shape)
    places = np.nonzero(good) if shape else (np.zeros(int(good), dtype=np.int64),)
    columns: Columns = {"network": np.full(len(places[0]), spec.key, dtype=object)}
    for name, values in needed.items():
        spread = np.broadcast_to(values, shape)
        columns[name] = spread[places] if shape else np.repeat(spread.reshape(1), len(places[0]))
    return columns, bad


def _dense(mesh: Mesh, start: int, stop: int, shape: tuple[int, ...]) -> Any:
    return np.broadcast_to((mesh.block(start, stop) if shape else mesh).dense(), shape)


def _settings(spec: Spec, part: Slice, start: int, stop: int) -> Columns:
    """Every hyperparameter: what is fixed as it is, the axes along theirs."""
    firsts = {name: values[0] for name, values in part.axes.items()}
    columns: Columns = {}
    for name, value in settle(spec, {**part.fixed, **firsts}).items():
        columns[name] = np.asarray(_number(value), dtype=object if isinstance(value, str) else None)
    for number, (name, values) in enumerate(part.axes.items()):
        chosen = values[start:stop] if number == 0 else values
        shape = [-1 if axis == number else 1 for axis in range(len(part.axes))]
        columns[name] = np.array([_number(value) for value in chosen]).reshape(shape)
    return {name: columns[name] for name in spec.hyperparameters}


def _number(value: Value) -> Any:
    return float(value) if isinstance(value, Fraction) else value


def _example(spec: Spec, part: Slice) -> str:
    """The message of the first configuration that is no network."""
    good = np.ones(part.sizes, dtype=bool)
    for condition in part.conditions:
        good &= np.broadcast_to(condition.dense(), part.sizes).astype(bool)
    place = [int(index) for index in np.argwhere(~good)[0]]
    chosen = {name: values[i] for (name, values), i in zip(part.axes.items(), place, strict=True)}
    try:
        Network(spec, {**part.fixed, **chosen})
    except CostcalcError as error:
        return str(error)
    return ""


class _Keeper:
    """Rows as they come: all of them, or the best so far."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self.parts: list[Columns] = []
        self.rows = 0

    def add(self, columns: Columns) -> None:
        """Take a block's rows; forget those that cannot be wanted any more."""
        self.parts.append(columns)
        self.rows += len(columns["network"])
        limit = self.query.top
        if self.query.pareto or (limit is not None and self.rows > max(4 * limit, BLOCK)):
            kept = self._cut(_joined(self.parts))
            self.parts, self.rows = [kept], len(kept["network"])

    def columns(self) -> Columns:
        """What is wanted of all that came, in order."""
        return self._cut(_joined(self.parts)) if self.parts else {}

    def _cut(self, columns: Columns) -> Columns:
        query = self.query
        if query.pareto and len(columns["network"]):
            front = _front([columns[name] for name in query.pareto])
            columns = {name: values[front] for name, values in columns.items()}
        if query.sort is not None and len(columns["network"]):
            key = np.broadcast_to(query.sort(columns), columns["network"].shape)
            order = np.argsort(-key if query.descending else key, kind="stable")
            columns = {name: values[order] for name, values in columns.items()}
        if query.top is not None:
            columns = {name: values[: query.top] for name, values in columns.items()}
        return columns


def _joined(parts: Sequence[Columns]) -> Columns:
    """Rows one after another; a hyperparameter that a network does not have is None."""
    names = list(dict.fromkeys(name for part in parts for name in part))
    joined = {}
    for name in names:
        pieces = [
            part[name] if name in part else np.full(len(part["network"]), None, dtype=object)
            for part in parts
        ]
        joined[name] = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
    return joined


def _front(costs: Sequence[Any]) -> Any:
    """The indices of rows that no other one is at least as low as in everything.

    Of rows with the same numbers the first stands for all.
    """
    order = np.lexsort(tuple(reversed(costs)))
    kept: list[int] = []
    rows = np.stack([np.asarray(cost)[order] for cost in costs], axis=1)
    if len(costs) == 2:
        lowest = np.minimum.accumulate(rows[:, 1])
        before = np.concatenate([[True], rows[1:, 1] < lowest[:-1]])
        return np.sort(order[before])
    for index, row in enumerate(rows):
        if not np.any(np.all(rows[kept] <= row, axis=1)):
            kept.append(index)
    return np.sort(order[kept])


def points(spaces: Sequence[Space]) -> int:
    """How many configurations the spaces have."""
    return sum(math.prod(len(values) for values in space.axes.values()) for space in spaces)


def rows(columns: Columns) -> Iterator[tuple[Any, ...]]:
    """The rows as tuples of plain values."""
    yield from zip(*(values.tolist() for values in columns.values()), strict=True)
