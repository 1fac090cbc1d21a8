"""Where the tasks of a job run: one loop, over whatever runs them.

This process, several of them (`processes.py`) and a Dask cluster (`sweeps/cluster.py`) are
executors. What they have in common is small: a job, bundles of its tasks, and the results of each.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
Task_contra = TypeVar("Task_contra", contravariant=True)


class Job(Protocol[Task, Result]):
    """What all tasks have in common. It is sent to a process once."""

    def bundles(self, tasks: Iterator[Task], most: int) -> Iterator[tuple[Task, ...]]:
        """The tasks in bundles to send, of up to so many."""

    def run_all(self, bundle: tuple[Task, ...], /) -> list[Result]:
        """The results of a bundle's tasks."""


class Pending(Protocol[Result]):
    """A bundle that was sent off."""

    def results(self) -> list[Result]:
        """Wait for its results. Raises what the tasks raise, and `CostcalcError` for lost ones."""


class Executor(Protocol[Task_contra, Result]):
    """A place where the tasks of one job run."""

    @property
    def bundle(self) -> int:
        """The most tasks that are sent at once."""

    @property
    def capacity(self) -> int:
        """How many bundles are under way before the first one's results are awaited."""

    def submit(self, bundle: tuple[Task_contra, ...], /) -> Pending[Result]:
        """Send a bundle off."""

    def close(self) -> None:
        """End what is still under way, whose results nobody wants any more."""


def run(
    executor: Executor[Task, Result], job: Job[Task, Result], tasks: Iterator[Task]
) -> Iterator[Result]:
    """The tasks' results in the tasks' order, a bounded number of bundles under way.

    Raises what a task raises (`Overflow` beyond 64 bits), and `CostcalcError` where the executor
    loses tasks again and again.
    """
    waiting: deque[Pending[Result]] = deque()
    with contextlib.closing(executor):
        for bundle in job.bundles(tasks, executor.bundle):
            waiting.append(executor.submit(bundle))
            while len(waiting) >= executor.capacity:
                yield from waiting.popleft().results()
        while waiting:
            yield from waiting.popleft().results()


def here(job: Job[Task, Result], tasks: Iterator[Task]) -> Iterator[Result]:
    """Run the tasks in this process, one after another."""
    return run(_Here(job), job, tasks)


class _Done(Generic[Result]):
    def __init__(self, found: list[Result]) -> None:
        self.found = found

    def results(self) -> list[Result]:
        return self.found


class _Here(Generic[Task, Result]):
    bundle = capacity = 1

    def __init__(self, job: Job[Task, Result]) -> None:
        self.job = job

    def submit(self, bundle: tuple[Task, ...]) -> _Done[Result]:
        return _Done(self.job.run_all(bundle))

    def close(self) -> None:
        pass
