"""Where the tasks of a sweep run: one loop, over whatever runs them.

This process, several of them (`processes.py`) and a Dask cluster (`cluster.py`) are executors. What
they have in common is small: a job, bundles of its tasks, and the results of each.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

from costcalc.records import NamedTuple
from costcalc.sweeps.chunks import Result
from costcalc.sweeps.tasks import Job, Task

Bundle = tuple[Task, ...]
"""Tasks that are sent at once."""
Runner = Callable[[Job, Iterator[Task]], Iterator[Result]]
"""Runs a job's tasks: their results, in their order."""


class Pending(Protocol):
    """A bundle that was sent off."""

    def results(self) -> list[Result]:
        """Wait for its results. Raises what the tasks raise, and `CostcalcError` for lost ones."""


class Executor(Protocol):
    """A place where the tasks of one job run."""

    @property
    def bundle(self) -> int:
        """The most tasks that are sent at once."""

    @property
    def capacity(self) -> int:
        """How many bundles are under way before the first one's results are awaited."""

    def submit(self, bundle: Bundle) -> Pending:
        """Send a bundle off."""

    def close(self) -> None:
        """End what is still under way, whose results nobody wants any more."""


def run(executor: Executor, job: Job, tasks: Iterator[Task]) -> Iterator[Result]:
    """The tasks' results in the tasks' order, a bounded number of bundles under way.

    Raises what a task raises (`Overflow` beyond 64 bits), and `CostcalcError` where the executor
    loses tasks again and again.
    """
    waiting: deque[Pending] = deque()
    with contextlib.closing(executor):
        for bundle in job.bundles(tasks, executor.bundle):
            waiting.append(executor.submit(bundle))
            while len(waiting) >= executor.capacity:
                yield from waiting.popleft().results()
        while waiting:
            yield from waiting.popleft().results()


def here(job: Job, tasks: Iterator[Task]) -> Iterator[Result]:
    """Run the tasks in this process, one after another."""
    return run(_Here(job), job, tasks)


class _Done(NamedTuple):
    found: list[Result]

    def results(self) -> list[Result]:
        return self.found


class _Here:
    bundle = capacity = 1

    def __init__(self, job: Job) -> None:
        self.job = job

    def submit(self, bundle: Bundle) -> _Done:
        return _Done(self.job.run_all(bundle))

    def close(self) -> None:
        pass
