"""The tasks of a sweep on a Dask cluster: the extra `costcalc[dask]`.

A task and the job it is of are all that its result depends on. So whatever a worker that dies has
done or holds is done again by another one, and nothing is lost. A scheduler that dies takes all
with it that was under way.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pickle
import re
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, wait
from typing import Any, NoReturn

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
            with contextlib.suppress(
                Exception
            ):  # of a scheduler that is gone one cannot take leave
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
        raise CostcalcError(
            f"no Dask scheduler answers at {address}: {_first_line(error)}"
        ) from None


def _is_place(text: str) -> bool:
    """Whether a text is `host:port`, as names and ports may be."""
    match = re.fullmatch(r"([^/\s]*[^:/\s]):(\d{1,5})", text, re.ASCII)
    if match is None or int(match[2]) >= 2**16:
        return False
    try:
        match[1].encode("idna")
    except UnicodeError:
        return False
    return True


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


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


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
        self.submitted, self.capacity = 0, AHEAD
        self.under_way: set[_Sent] = set()
        self.alone_since: float | None = None
        with self._scheduler():
            # a task of its own rather than data handed out: a worker that is lost loses it for
            # nobody
            self.job = client.submit(_load, __version__, pickle.dumps(job), pure=False)

    def submit(self, bundle: Bundle) -> _Sent:
        """Send a bundle to the scheduler."""
        if self.submitted % AHEAD == 0:
            self.capacity = AHEAD * max(1, self._threads())
        self.submitted += 1
        with self._scheduler():
            future = self.client.submit(_run, self.job, bundle, pure=False, retries=RETRIES)
            sent = _Sent(self, future)
        self.under_way.add(sent)
        return sent

    def take(self, sent: _Sent) -> list[Result]:
        """The results of a bundle that has come, or failed."""
        from distributed.scheduler import KilledWorker

        self.alone_since = None
        self.under_way.discard(sent)
        with self._scheduler():
            try:
                return sent.fetched.result()
            except KilledWorker as error:
                raise Unfinished(f"the cluster's workers die again and again: {error}") from None
            except ModuleNotFoundError as error:
                raise CostcalcError(f"the cluster's workers need costcalc: {error}") from None
            except AttributeError as error:  # of something that is nowhere in theirs
                raise CostcalcError(
                    f"the cluster's workers have another costcalc: {error}"
                ) from None

    def look(self) -> None:
        """See whether there are workers, when nothing has come for a moment."""
        if self._threads():
            self.alone_since = None
            return
        now = time.monotonic()
        if self.alone_since is None:
            self.alone_since = now
            self.notice(
                f"the cluster at {self.address} has no workers; waiting for some"
                f" (dask worker {self.address})"
            )
        elif now - self.alone_since > self.worker_timeout:
            raise Unfinished(
                f"the cluster at {self.address} has had no workers for {self.worker_timeout:g} s"
            )

    def close(self) -> None:
        """Have the scheduler forget what is still under way."""
        for sent in self.under_way:
            sent.fetched.cancel()
        with contextlib.suppress(Exception):  # where it is gone it has
            self.client.cancel([self.job, *(sent.future for sent in self.under_way)])

    def _threads(self) -> int:
        with self._scheduler():
            return sum(self.client.nthreads().values())

    @contextlib.contextmanager
    def _scheduler(self) -> Iterator[None]:
        """What goes wrong where the scheduler is gone, in words."""
        try:
            yield
        except (CancelledError, asyncio.CancelledError, OSError):
            self._lost()
        except RuntimeError:
            if self.client.status == "running":
                raise
            self._lost()

    def _lost(self) -> NoReturn:
        raise Unfinished(f"the cluster's scheduler at {self.address} is gone") from None


class _Sent:
    """A bundle at the scheduler, its results fetched by the client's thread when they are there.

    Fetching is to go on however long it takes, while we look now and then whether anybody is at
    it: a worker that has died since may have had them.
    """

    def __init__(self, cluster: Cluster, future: Any) -> None:
        async def fetch() -> list[Result]:
            results: list[Result] = await future
            return results

        self.cluster, self.future = cluster, future
        self.fetched = asyncio.run_coroutine_threadsafe(fetch(), cluster.client.loop.asyncio_loop)

    def results(self) -> list[Result]:
        while not wait([self.fetched], MOMENT).done:
            self.cluster.look()
        return self.cluster.take(self)


def _load(version: str, job: bytes) -> Job:
    """The job, on a worker. Raises `CostcalcError` where that would count by another version."""
    if version != __version__:
        raise CostcalcError(
            f"the cluster's workers have costcalc {__version__}, here it is {version}"
        )
    loaded: Job = pickle.loads(job)
    return loaded


def _run(job: Job, bundle: Bundle) -> list[Result]:
    return job.run_all(bundle)
