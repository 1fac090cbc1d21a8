"""The tasks of a sweep on a Dask cluster: the extra `costcalc[dask]`.

A task and the job it is of are all that its result depends on. So whatever a worker that dies has
done or holds is done again by another one, and nothing is lost. A scheduler that dies takes all
with it that was under way.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import pickle
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, wait
from typing import Any
from urllib.parse import urlsplit

from costcalc import __version__
from costcalc.errors import CostcalcError, Unfinished
from costcalc.extras import library
from costcalc.parallel import executors
from costcalc.sweeps.chunks import Result
from costcalc.sweeps.tasks import Bundle, Job, Task

AHEAD = 4
"""Bundles under way for each thread of the cluster."""
BUNDLE = 64
"""Tasks sent at once: a scheduler takes about a millisecond for what it sends."""
PATIENCE = 10
"""Seconds to wait for a scheduler to answer."""
MOMENT = 2.0
"""Seconds without a result after which one looks whether there are workers at all."""
PAUSE = 0.2
"""Seconds until one looks again."""
_ENCRYPTED = ("tls", "wss")
RETRIES = 3
"""Times a task that failed is begun again."""


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    """A client of the scheduler at an address (`tcp://host:8786`, `tls://host:8786`).

    What Dask is configured to (`distributed.comm.tls`: certificates) holds here too. While it is
    connected nothing of what the library logs and warns of is seen: what matters is an error.
    Raises `CostcalcError` where there is no scheduler, or no library to ask it with.
    """
    with _without_its_messages():
        client = _connect(address)
        try:
            yield client
        finally:
            with contextlib.suppress(Exception):  # where the scheduler is gone
                client.close(timeout=PATIENCE)


def _connect(address: str) -> Any:
    client_of = library("distributed", "a cluster").Client
    registry = library("distributed.comm.registry", "a cluster")
    scheme, separator, place = address.rpartition("://")
    known = scheme in registry.backends or not separator
    if not known or not _is_place(place):
        # said here, since a client that never was one takes long to give up
        raise CostcalcError(f"'{address}' is no scheduler's address\nwrite tcp://10.0.0.1:8786")
    _check_security(address, scheme in _ENCRYPTED)
    try:
        return client_of(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:  # of which a timeout is one
        why = str(error).partition("\n")[0]
        raise CostcalcError(f"no Dask scheduler answers at {address}: {why}") from None


def _is_place(text: str) -> bool:
    """Whether a text is `host:port`, as names and ports may be."""
    try:
        place = urlsplit(f"//{text}")
        name = (place.hostname or "").encode("idna")
        return bool(name) and place.port is not None and place.netloc == text.replace(" ", "")
    except ValueError:  # of names and ports that cannot be
        return False


def _check_security(address: str, encrypted: bool) -> None:
    """Raise `CostcalcError` where Dask's configuration and an address do not go together.

    A client that finds out by itself takes long, and ends in a traceback.
    """
    from distributed import Security

    where = "Dask's configuration names them, in distributed.comm.tls"
    security = Security()
    if not encrypted:
        if security.require_encryption:
            raise CostcalcError(f"{address}: Dask's configuration requires encryption: tls://")
        return
    try:
        context = security.get_connection_args("client").get("ssl_context")
    except OSError as error:
        what = error.filename or "certificates"
        raise CostcalcError(f"{what}: cannot be read: {error.strerror}\n{where}") from None
    if context is None:
        raise CostcalcError(f"{address}: no certificates\n{where}")


@contextlib.contextmanager
def _without_its_messages() -> Iterator[None]:
    """The library has loggers of its own for everything; only this reaches all of them."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def results(
    client: Any,
    job: Job,
    tasks: Iterator[Task],
    notice: Callable[[str], None] = lambda text: None,
    worker_timeout: float = 600.0,
) -> Iterator[Result]:
    """Run the tasks on a cluster.

    `notice` is told where there are no workers; so many seconds later the sweep gives up. Raises
    what a task raises, and `CostcalcError` where the scheduler or the workers are gone, die again
    and again, or have no costcalc, or another one.
    """
    return executors.run(Cluster(client, job, notice, worker_timeout), job, tasks)


class Cluster:
    """The workers that a scheduler has; they come and go."""

    bundle = BUNDLE

    def __init__(
        self, client: Any, job: Job, notice: Callable[[str], None], worker_timeout: float
    ) -> None:
        self.client, self.notice, self.worker_timeout = client, notice, worker_timeout
        self.address = client.scheduler.address
        self.executor = client.get_executor(pure=False, retries=RETRIES)
        self.submitted, self.capacity = 0, AHEAD
        with self._in_words():
            # a task rather than data handed out, which would be lost with the worker that has it
            self.job = client.submit(_load, __version__, pickle.dumps(job), pure=False)

    def submit(self, bundle: Bundle) -> Callable[[], list[Result]]:
        """Send a bundle to the scheduler: what waits for its results."""
        with self._in_words():
            if self.submitted % AHEAD == 0:
                self.capacity = AHEAD * max(1, self._threads())
            self.submitted += 1
            return functools.partial(
                self._results, self.executor.submit(Job.run_all, self.job, bundle)
            )

    def close(self) -> None:
        """Have the scheduler forget what is still under way."""
        with contextlib.suppress(Exception):  # where it is gone it has
            self.executor.shutdown(wait=False)

    def _results(self, future: Future[list[Result]]) -> list[Result]:
        with self._in_words():
            while not wait([future], MOMENT).done:
                self._wait_for_workers()
            return future.result()

    def _wait_for_workers(self) -> None:
        """Until there are any: nobody computes what nothing has come of for a moment."""
        if self._threads():
            return
        self.notice(
            f"the cluster at {self.address} has no workers; waiting for some"
            f" (dask worker {self.address})"
        )
        end = time.monotonic() + self.worker_timeout
        while not self._threads():
            if time.monotonic() > end:
                raise Unfinished(
                    f"the cluster at {self.address} has had no workers for"
                    f" {self.worker_timeout:g} s"
                )
            time.sleep(PAUSE)

    def _threads(self) -> int:
        return sum(self.client.nthreads().values())

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        """What goes wrong with workers and where the scheduler is gone, as `CostcalcError`."""
        from distributed.scheduler import KilledWorker

        try:
            yield
        except KilledWorker as error:
            raise Unfinished(f"the cluster's workers die again and again: {error}") from None
        except ModuleNotFoundError as error:
            raise CostcalcError(f"the cluster's workers need costcalc: {error}") from None
        except AttributeError as error:  # of something that is nowhere in theirs
            raise CostcalcError(f"the cluster's workers have another costcalc: {error}") from None
        except (CancelledError, asyncio.CancelledError, OSError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and self.client.status == "running":
                raise
            raise Unfinished(f"the cluster's scheduler at {self.address} is gone") from None


def _load(version: str, job: bytes) -> Job:
    """The job, on a worker. Raises `CostcalcError` where that would count by another version."""
    if version != __version__:
        raise CostcalcError(
            f"the cluster's workers have costcalc {__version__}, here it is {version}"
        )
    loaded: Job = pickle.loads(job)
    return loaded
