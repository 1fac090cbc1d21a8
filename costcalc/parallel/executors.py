"""Where the tasks of a job run: in this process, or by one loop over whatever runs them elsewhere.

Several processes (`processes.py`) and a Dask cluster (`sweeps/cluster.py`) are executors. What they
have in common is small: a job, bundles of its tasks, and the results of each.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
Task_contra = TypeVar("Task_contra", contravariant=True)


class Job(Protocol[Task, Result]):
    """What all tasks have in common. It is sent to a process once."""

    def bundles(self, tasks: Iterator[Task], most: int) -> Iterator[tuple[Task, ...]]:
        """The tasks in bundles to send, of up to so many."""

    def run_all(self, bundle: tuple[Task, ...], /) -> list[Result]:
        """The results of a bundle's tasks."""


class Executor(Protocol[Task_contra, Result]):
    """A place elsewhere where the tasks of one job run."""

    @property
    def bundle(self) -> int:
        """The most tasks that are sent at once."""

    @property
    def capacity(self) -> int:
        """How many bundles are under way before the first one's results are awaited."""

    def submit(self, bundle: tuple[Task_contra, ...], /) -> Callable[[], list[Result]]:
        """Send a bundle off: what waits for its results.

        That raises what the tasks raise, and `CostcalcError` where they are lost.
        """

    def close(self) -> None:
        """End what is still under way, whose results nobody wants any more."""


def run(
    executor: Executor[Task, Result], job: Job[Task, Result], tasks: Iterator[Task]
) -> Iterator[Result]:
    """The tasks' results in the tasks' order, a bounded number of bundles under way.

    Raises what a task raises (`Overflow` beyond 64 bits), and `CostcalcError` where the executor
    loses tasks again and again.
    """
    waiting: deque[Callable[[], list[Result]]] = deque()
    with contextlib.closing(executor):
        for bundle in job.bundles(tasks, executor.bundle):
            waiting.append(executor.submit(bundle))
            while len(waiting) >= executor.capacity:
                yield from waiting.popleft()()
        while waiting:
            yield from waiting.popleft()()


def here(job: Job[Task, Result], tasks: Iterator[Task]) -> Iterator[Result]:
    """Run the tasks in this process, one after another."""
    for bundle in job.bundles(tasks, 1):
        yield from job.run_all(bundle)
