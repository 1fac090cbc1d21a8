"""The tasks of a sweep on a Dask cluster: the extra `costcalc[dask]`.

A task and the job it is of are all that its result depends on. So whatever a worker that dies has
done or holds is done again by another one, and nothing is lost.
"""

from __future__ import annotations

import contextlib
import pickle
import re
from collections.abc import Iterator
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.sweeps import executors
from costcalc.sweeps.chunks import Result
from costcalc.sweeps.executors import Bundle
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
    """Run the tasks on a cluster.

    Raises `CostcalcError` where workers fail again and again, or do not have costcalc.
    """
    return executors.run(Cluster(client, job), job, tasks)


class Cluster:
    """The workers that a scheduler has; they come and go."""

    bundle = BUNDLE

    def __init__(self, client: Any, job: Job) -> None:
        self.client, self.submitted, self.capacity = client, 0, AHEAD
        # a task of its own rather than data handed out: a worker that is lost loses it for nobody
        self.shared = client.submit(pickle.loads, pickle.dumps(job), pure=False)
        self.unfinished: set[Any] = set()

    def submit(self, bundle: Bundle) -> _Sent:
        """Send a bundle to the scheduler."""
        if self.submitted % AHEAD == 0:
            self.capacity = AHEAD * max(1, sum(self.client.nthreads().values()))
        self.submitted += 1
        future = self.client.submit(_run, self.shared, bundle, pure=False, retries=RETRIES)
        self.unfinished.add(future)
        return _Sent(self, future)

    def close(self) -> None:
        """Have the scheduler forget what is still under way."""
        self.client.cancel(list(self.unfinished))


class _Sent:
    def __init__(self, cluster: Cluster, future: Any) -> None:
        self.cluster, self.future = cluster, future

    def results(self) -> list[Result]:
        from distributed.scheduler import KilledWorker

        try:
            results: list[Result] = self.future.result()
        except KilledWorker as error:
            raise CostcalcError(f"the cluster's workers die again and again: {error}") from None
        except ModuleNotFoundError as error:
            raise CostcalcError(f"the cluster's workers need costcalc installed: {error}") from None
        self.cluster.unfinished.discard(self.future)
        return results


def _run(job: Job, bundle: Bundle) -> list[Result]:
    return job.run_all(bundle)
