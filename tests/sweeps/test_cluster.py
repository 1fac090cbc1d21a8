"""A sweep on a Dask cluster: the same rows, whoever computes them and whoever dies on the way."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from costcalc.errors import CostcalcError
from costcalc.library import load_spec
from costcalc.network import read_convention
from costcalc.sweeps import chunks, cluster
from costcalc.sweeps.query import Query, joined
from costcalc.sweeps.space import library_space
from costcalc.sweeps.tasks import Job
from costcalc.sweeps.walk import Sweep
from costcalc.sweeps.where import Filter
from tests.sweeps.walking import rows, rows_of, walk

pytestmark = pytest.mark.filterwarnings("ignore")  # what the library's own shutdown warns of

METRICS = ("params", "mult_adds", "memory_access")


@pytest.fixture(scope="module")
def local():
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as running:
        yield running


@pytest.fixture
def spaces(monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK", 256)
    sizes = {"alpha": "0.25:1:0.01", "res": "128:224:2"}
    return [
        library_space(load_spec("mobilenet"), sizes),
        library_space(load_spec("shufflenet"), {"g": "all", "scale": "0.25:1:0.05"}),
    ]


@pytest.mark.exhaustive
def test_the_same_rows_as_here(local, spaces):
    query = Query(METRICS, Filter("mult_adds < 150M", "--where"))
    job = Job(spaces, query)
    with cluster.connected(local.scheduler_address) as client:
        found = Sweep(job, job.everything(), lambda j, t: cluster.results(client, j, t))
        there = list(rows(joined(list(found))))
    here = walk(spaces, query)
    assert there == rows_of(here)
    assert (found.tally.configurations, found.tally.invalid) == (
        here.tally.configurations,
        here.tally.invalid,
    )
    assert found.tally.invalid > 0


@pytest.mark.exhaustive
def test_a_worker_killed_on_the_way_loses_nothing(local, spaces):
    query = Query(METRICS)
    job = Job(spaces, query)
    with cluster.connected(local.scheduler_address) as client:
        found = Sweep(job, job.everything(), lambda j, t: cluster.results(client, j, t))
        parts = []
        for number, columns in enumerate(found):
            parts.append(columns)
            if number == 3:
                pids = client.run(os.getpid)
                os.kill(next(iter(pids.values())), signal.SIGKILL)
    assert number > 10
    assert list(rows(joined(parts))) == rows_of(walk(spaces, query))


@pytest.mark.exhaustive
def test_from_the_command_line(local, costcalc):
    sweep = ["sweep", "mobilenet", "--alpha", "0.25:1:0.05", "--res", "128:224:32",
             "--sort", "-mult_adds", "--top", "5", "--format", "csv"]  # fmt: skip
    ran = costcalc(*sweep, "--dask", local.scheduler_address)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == costcalc(*sweep).out


@pytest.mark.exhaustive
def test_errors_come_back_as_they_are(local, costcalc):
    ran = costcalc("sweep", "vgg", "--res", "3000000000", "--dask", local.scheduler_address)
    assert ran.code == 2
    assert "does not fit in 64 bits" in ran.err


def test_nobody_answers(costcalc, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    ran = costcalc("sweep", "mobilenet", "--dask", "tcp://127.0.0.1:9")
    assert ran.code == 2
    assert "costcalc: no Dask scheduler answers at tcp://127.0.0.1:9" in ran.err
    for address in ("nowhere://x:1", "foo", "tcp://", "tcp://host", "tcp://host:port"):
        ran = costcalc("sweep", "mobilenet", "--dask", address)
        assert ran.code == 2
        assert f"'{address}' is no scheduler's address" in ran.err


def test_without_the_library(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with (
        pytest.raises(CostcalcError, match=r"pip install 'costcalc\[dask\]'"),
        cluster.connected("tcp://127.0.0.1:1"),
    ):
        pass


def test_workers_or_a_cluster(costcalc):
    ran = costcalc("sweep", "mobilenet", "--dask", "tcp://127.0.0.1:1", "--workers", "2")
    assert ran.code == 2
    assert "use one" in ran.err


@pytest.mark.parametrize("convention", [None, "thop", "onnx-tool"])
def test_a_job_and_its_tasks_travel(convention):
    """Everything a block depends on is in what is sent: nothing is remembered from before."""
    import pickle

    space = library_space(load_spec("mobilenet"), {"alpha": "0.25:1:0.01", "res": [192, 224]})
    job = Job([space], Query(METRICS, convention=read_convention(convention)))
    tasks = list(job.everything())
    sent = pickle.loads(pickle.dumps(job))
    for task in tasks:
        here, there = job.run(task), sent.run(pickle.loads(pickle.dumps(task)))
        for name, values in here.columns.items():
            assert np.array_equal(values, there.columns[name])
