"""The tasks of a job in several processes of this machine.

A worker holds nothing but its copy of the job, and what it is sent comes back or is sent again. So
one that dies costs time alone, and in the end all may be killed as they are. A worker whose parent
dies, of whatever, ends too: the connection between them closes.
"""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import queue
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Generic, NoReturn

from costcalc.errors import CostcalcError, Unfinished
from costcalc.parallel import executors
from costcalc.parallel.executors import Job, Result, Task

AHEAD = 4
"""Bundles under way for each worker: enough that none waits, few enough to hold their results."""
BUNDLE = 16
"""Tasks sent at once: a task takes milliseconds, sending it and its result some of one."""
DEATHS = 3
"""Times a worker may die before its job is given up."""


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def results(job: Job[Task, Result], tasks: Iterator[Task], workers: int) -> Iterator[Result]:
    """Run the tasks in so many processes, in this one where it is one.

    Raises what a task raises, and `CostcalcError` where workers cannot be started or die again and
    again.
    """
    if workers == 1:
        return executors.here(job, tasks)
    return executors.run(Processes(job, workers), job, tasks)


class Processes(Generic[Task, Result]):
    """Up to so many worker processes, each begun when there is something for it to do."""

    bundle = BUNDLE

    def __init__(self, job: Job[Task, Result], most: int) -> None:
        self.job, self.most, self.deaths = job, most, 0
        self.capacity = AHEAD * most
        self.workers: dict[Connection, _Worker[Task, Result]] = {}

    def submit(self, bundle: tuple[Task, ...]) -> Callable[[], list[Result]]:
        """Send a bundle to a worker: what waits until it has answered."""
        self._receive(0)
        sent: _Sent[Task, Result] = _Sent(bundle)
        self._send(sent)
        return functools.partial(self._results, sent)

    def close(self) -> None:
        """Kill the workers."""
        for worker in self.workers.values():
            worker.process.kill()
        while self.workers:
            self.workers.popitem()[1].end()

    def _results(self, sent: _Sent[Task, Result]) -> list[Result]:
        while sent.answer is None:
            self._receive(None)
        if isinstance(sent.answer, Exception):
            raise sent.answer
        return sent.answer

    def _receive(self, seconds: float | None) -> None:
        """Take what workers answer, waiting so long for one. What a dead one had is sent again."""
        for connection in wait(list(self.workers), seconds):
            worker = self.workers[connection]  # type: ignore[index]
            try:
                answer = worker.connection.recv()
            except (EOFError, OSError):
                self._lost(worker)
            else:
                worker.under_way.popleft().answer = answer

    def _send(self, sent: _Sent[Task, Result]) -> None:
        """Send to a worker that is idle, a new one, or the one with the least to do."""
        worker = min(self.workers.values(), key=lambda one: len(one.under_way), default=None)
        if (worker is None or worker.under_way) and len(self.workers) < self.most:
            worker = self._start()
        assert worker is not None
        worker.under_way.append(sent)
        with contextlib.suppress(OSError):  # it has died, as we hear when we receive
            worker.connection.send(sent.bundle)

    def _start(self) -> _Worker[Task, Result]:
        try:
            worker = _Worker(self.job)
        except OSError as error:
            raise Unfinished(
                f"only {len(self.workers)} of {self.most} worker processes can be started:"
                f" {error.strerror}\ngive fewer with --workers"
            ) from None
        self.workers[worker.connection] = worker
        return worker

    def _lost(self, worker: _Worker[Task, Result]) -> None:
        del self.workers[worker.connection]
        worker.end()
        self.deaths += 1
        if self.deaths > DEATHS:
            raise Unfinished(f"worker processes died {self.deaths} times: out of memory?")
        for sent in worker.under_way:
            self._send(sent)


class _Sent(Generic[Task, Result]):
    """A bundle, and the answer to it when it has come."""

    def __init__(self, bundle: tuple[Task, ...]) -> None:
        self.bundle = bundle
        self.answer: list[Result] | Exception | None = None


class _Worker(Generic[Task, Result]):
    """A process, our end of the connection to it, and what it was sent and has not answered."""

    def __init__(self, job: Job[Task, Result]) -> None:
        self.under_way: deque[_Sent[Task, Result]] = deque()
        self.connection, theirs = multiprocessing.Pipe()
        with contextlib.closing(theirs):
            try:
                self.process: BaseProcess = multiprocessing.Process(
                    target=_work, args=(job, theirs, self.connection), daemon=True
                )
                with _unhandled():
                    self.process.start()
            except BaseException:
                self.connection.close()
                raise

    def end(self) -> None:
        """Free what belongs to a process that has died or was killed."""
        self.connection.close()
        self.process.join()
        self.process.close()


@contextlib.contextmanager
def _unhandled() -> Iterator[None]:
    """Let the signals wait that we handle: a new process begins with its parent's handlers.

    No others: one that begins processes for us (multiprocessing's forkserver) hears of their end by
    a signal, and has the mask of its own beginning.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    handled = [number for number in signal.valid_signals() if callable(signal.getsignal(number))]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, handled)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(job: Job[Task, Result], connection: Connection, parents: Connection) -> NoReturn:
    """What a worker does: answer bundles in their order, until its parent closes the connection.

    `parents` is the other end, of which a process that was forked has a copy: the connection is
    closed when nobody has one. Workers begun later have copies of it too; they end first.
    """
    parents.close()
    _deaf_to_interrupts()
    bundles: queue.SimpleQueue[tuple[Task, ...]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, bundles), daemon=True).start()
    while True:
        answer = _answer(job, bundles.get())
        try:
            connection.send(answer)
        except OSError:  # nobody is there to hear it
            os._exit(1)


def _listen(connection: Connection, bundles: queue.SimpleQueue[tuple[Task, ...]]) -> None:
    """Take what comes, so that the parent never waits for a worker; end when it is gone."""
    try:
        while True:
            bundles.put(connection.recv())
    except (EOFError, OSError):
        os._exit(1)


def _answer(job: Job[Task, Result], bundle: tuple[Task, ...]) -> list[Result] | Exception:
    try:
        return job.run_all(bundle)
    except Exception as error:
        if not isinstance(error, CostcalcError):
            error.add_note(f"in a worker process:\n{traceback.format_exc()}")
        return error


def _deaf_to_interrupts() -> None:
    """An interrupt goes to all processes of a terminal: the parent hears it, and ends its workers.

    Other signals do what they do to any process; their handlers were the parent's.
    """
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
