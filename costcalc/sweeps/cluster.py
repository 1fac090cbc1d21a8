"""The tasks of a sweep on a Dask cluster: the extra `costcalc[dask]`.

A task and the job it is of are all that its result depends on. So whatever a worker that dies has
done or holds is done again by another one, and nothing is lost.
"""

from __future__ import annotations

import contextlib
import pickle
import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.sweeps.chunks import Result
from costcalc.sweeps.tasks import Job, Task

AHEAD = 4
"""Bundles under way for each thread of the cluster."""
BUNDLE = 64
"""Tasks sent at once: a scheduler takes about a millisecond for what it sends."""
PATIENCE = 10
"""Seconds to wait for a scheduler to answer."""
RETRIES = 10
"""Times a task may be begun again."""


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    """A client of the scheduler at an address (`tcp://host:8786`).

    Raises `CostcalcError` where there is none, or no library to ask it with.
    """
    try:
        from distributed import Client
        from distributed.comm import registry
    except ImportError:
        raise CostcalcError("a cluster needs dask: pip install 'costcalc[dask]'") from None
    scheme, separator, _ = address.rpartition("://")
    known = scheme in registry.backends or not separator
    if not known or not re.search(r"[^:/\s]:\d+$", address):
        # said here, since a client that never was one takes long to give up
        raise CostcalcError(f"'{address}' is no scheduler's address\nwrite tcp://10.0.0.1:8786")
    try:
        client: Any = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:  # of which a timeout is one
        first = str(error).partition("\n")[0]
        raise CostcalcError(f"no Dask scheduler answers at {address}: {first}") from None
    try:
        yield client
    finally:
        client.close()


def results(client: Any, job: Job, tasks: Iterator[Task]) -> Iterator[Result]:
    """The tasks' results in the tasks' order, a bounded number of them under way.

    Raises `CostcalcError` where workers fail again and again, or do not have costcalc.
    """
    # a task of its own rather than data handed out: a worker that is lost loses it for nobody
    shared = client.submit(pickle.loads, pickle.dumps(job), pure=False)
    waiting: deque[Any] = deque()
    try:
        for number, bundle in enumerate(job.bundles(tasks, BUNDLE)):
            waiting.append(client.submit(_run, shared, bundle, pure=False, retries=RETRIES))
            if number % AHEAD == 0:  # workers come and go
                threads = max(1, sum(client.nthreads().values()))
            if len(waiting) >= AHEAD * threads:
                yield from _results(waiting.popleft())
        while waiting:
            yield from _results(waiting.popleft())
    finally:
        client.cancel(list(waiting))


def _results(future: Any) -> list[Result]:
    from distributed.scheduler import KilledWorker

    try:
        results: list[Result] = future.result()
    except KilledWorker as error:
        raise CostcalcError(f"the cluster's workers die again and again: {error}") from None
    except ModuleNotFoundError as error:
        raise CostcalcError(f"the cluster's workers need costcalc installed: {error}") from None
    return results


def _run(job: Job, bundle: tuple[Task, ...]) -> list[Result]:
    return job.run_all(bundle)
