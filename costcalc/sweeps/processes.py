"""Where the tasks of a sweep run: in this process, or in several."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, NamedTuple

from costcalc.errors import CostcalcError
from costcalc.sweeps.chunks import Result
from costcalc.sweeps.tasks import Job, Task

LARGE = 1 << 28
"""Configurations from which on every core is used."""
AHEAD = 4
"""Bundles under way for each process: enough that none waits, few enough to hold their results."""
BUNDLE = 16
"""Tasks sent at once: a task takes milliseconds, sending it and its result some of one."""
DEATHS = 3
"""Times a worker process may die before the sweep gives up."""

_job: Any = None


def default_workers(points: int) -> int:
    """One process for a small space, one a core for a large one."""
    return (os.cpu_count() or 1) if points > LARGE else 1


def results(job: Job, tasks: Iterator[Task], workers: int) -> Iterator[Result]:
    """The tasks' results in the tasks' order, a bounded number of them under way."""
    if workers == 1:
        yield from map(job.run, tasks)
    else:
        yield from _Processes(job, workers).results(tasks)


class _Processes:
    """A pool of worker processes. One that dies is replaced, and its tasks run again."""

    def __init__(self, job: Job, workers: int) -> None:
        self.job, self.workers, self.deaths = job, workers, 0
        self.pool = self._start()

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self.workers, initializer=_begin, initargs=(self.job,))

    def results(self, tasks: Iterator[Task]) -> Iterator[Result]:
        waiting: deque[_Sent] = deque()
        try:
            for bundle in self.job.bundles(tasks, BUNDLE):
                waiting.append(_Sent(bundle, self._submit(bundle)))
                if len(waiting) >= AHEAD * self.workers:
                    yield from self._first(waiting)
            while waiting:
                yield from self._first(waiting)
        finally:
            # what is under way ends first: a process that dies writing leaves its reader waiting
            self.pool.shutdown(cancel_futures=True)

    def _submit(self, bundle: tuple[Task, ...]) -> Future[list[Result]]:
        # processes begin with the first bundle, and have the signals blocked that their parent has
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return self.pool.submit(_run, bundle)
        except BrokenProcessPool as broken:
            lost: Future[list[Result]] = Future()
            lost.set_exception(broken)
            return lost
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _first(self, waiting: deque[_Sent]) -> list[Result]:
        while True:
            try:
                results = waiting[0].future.result()
            except BrokenProcessPool:
                self.deaths += 1
                if self.deaths > DEATHS:
                    raise CostcalcError(
                        f"worker processes died {self.deaths} times: out of memory?"
                    ) from None
                self.pool.shutdown(cancel_futures=True)
                self.pool = self._start()
                again = [_Sent(sent.bundle, self._submit(sent.bundle)) for sent in waiting]
                waiting.clear()
                waiting.extend(again)
            else:
                waiting.popleft()
                return results


class _Sent(NamedTuple):
    bundle: tuple[Task, ...]
    future: Future[list[Result]]


def _begin(job: Job) -> None:
    global _job  # a worker process serves one job
    _job = job
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told, and ends its workers


def _run(bundle: tuple[Task, ...]) -> list[Result]:
    results: list[Result] = _job.run_all(bundle)
    return results
