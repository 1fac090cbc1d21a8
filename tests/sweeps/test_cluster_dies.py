"""A cluster of processes that are killed, have no workers, or want certificates."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

from costcalc.errors import CostcalcError
from costcalc.sweeps import cluster
from tests.conftest import run_command
from tests.running import starting, until

SWEEP = ["sweep", "mobilenet", "--alpha", "0.01:1:0.01", "--res", "32:10131"]
LARGE = ["sweep", "mobilenet", "--alpha", "0.01:1:0.0001", "--res", "32:10131"]
LARGE += ["--where", "mult_adds < 1M and res % 97 == 0"]
"""100 million configurations: two workers need seconds for them, and keep few rows."""
FINISHED = ["sweep", "mobilenet", "--alpha", "0.01:1:0.0003", *LARGE[4:]]
"""A third of them, for a sweep that is to end well."""
EAGER = """
from costcalc.sweeps import journal
journal.LATE = 0
from costcalc.cli.main import main
main()
"""
"""The command, which keeps each block at once: much is open when the first one is finished."""


class Running:
    """A scheduler and its workers, processes that a test may kill: each takes a second to begin."""

    def __init__(self, start, folder, *options, **environment):
        self.start, self.file = start, folder / "scheduler.json"
        self.options, self.environment = options, environment
        self.workers = []
        self.scheduler = self._begin(
            "dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"
        )
        until(self.file.exists)
        until(lambda: self.file.read_text().endswith("}"))
        self.address = json.loads(self.file.read_text())["address"]

    def _begin(self, module, *more):
        return self.start(
            [sys.executable, "-m", f"distributed.cli.{module}",
             "--scheduler-file", str(self.file), *self.options, *more],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.environment,
        )  # fmt: skip

    def work(self, number=1):
        """Have so many workers, of which some may be there from the test before."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) > number:
            kill(self.workers.pop())
        while len(self.workers) < number:
            self.workers.append(
                self._begin("dask_worker", "--nthreads", "1", "--no-dashboard", "--no-nanny")
            )

    def sweep(self, *arguments, **environment):
        return self.start(
            [sys.executable, "-c", EAGER, *arguments, "--dask", self.address],
            env={**self.environment, **environment},
        )


def kill(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture(scope="module")
def clusters(tmp_path_factory):
    """The cluster of one test after the other, in a list that is empty where it is gone."""
    with starting() as start:
        yield [Running(start, tmp_path_factory.mktemp("cluster"))]


@pytest.fixture
def running(clusters, tmp_path):
    """A cluster, with workers or without."""
    if clusters[0].scheduler.poll() is not None:
        clusters[:] = [Running(clusters[0].start, tmp_path)]
    return clusters[0]


def open_blocks(path):
    """Wait until some blocks are finished and others are not."""
    until(lambda: path.exists() and path.stat().st_size > 2000)


def to_go_on(path):
    """What is said of a sweep that did not end."""
    return f"{path}.unfinished: the same command with --resume goes on from here"


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """What the large sweep writes where nothing goes wrong, and what it says."""
    path = tmp_path_factory.mktemp("here") / "grid.npz"
    ran = run_command(*FINISHED, "-o", str(path))
    return path.read_bytes(), ran.err


@pytest.mark.exhaustive
def test_a_worker_that_is_killed_costs_time_alone(running, tmp_path, here):
    running.work(2)
    path = tmp_path / "grid.npz"
    process = running.sweep(*FINISHED, "-o", str(path))
    open_blocks(tmp_path / "grid.npz.unfinished")
    kill(running.workers[0])
    _, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    # and none of what the library has to say about it
    assert (path.read_bytes(), err) == here


@pytest.mark.exhaustive
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_sweep_that_is_ended_takes_its_leave(number, running, tmp_path):
    running.work()
    path = tmp_path / "grid.npz"
    process = running.sweep(*LARGE, "-o", str(path))
    open_blocks(tmp_path / "grid.npz.unfinished")
    os.kill(process.pid, number)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err.rstrip()) == (128 + number, to_go_on(path))


@pytest.mark.exhaustive
def test_where_all_workers_are_gone_the_sweep_gives_up(running, tmp_path):
    running.work()
    path = tmp_path / "grid.csv"
    process = running.sweep(*LARGE, "--sort", "params", "-o", str(path), "--worker-timeout", "1")
    open_blocks(tmp_path / "grid.csv.unfinished")
    kill(running.workers[0])
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert f"the cluster at {running.address} has no workers; waiting" in err
    assert err.endswith(f"the cluster at {running.address} has had no workers for 1 s\n")
    assert "--resume goes on from here" in err


@pytest.mark.exhaustive
def test_without_workers_one_is_told_and_may_begin_some(running, costcalc):
    running.work(0)
    process = running.sweep(*SWEEP, "--where", "mult_adds < 1M", "--format", "csv")
    said = process.stderr.readline()
    assert said == (
        f"costcalc: the cluster at {running.address} has no workers; waiting for some"
        f" (dask worker {running.address})\n"
    )
    running.work()
    out, err = process.communicate(timeout=100)
    assert (process.returncode, err) == (0, "")
    assert out == costcalc(*SWEEP, "--where", "mult_adds < 1M", "--format", "csv").out


@pytest.mark.exhaustive
def test_a_scheduler_that_is_killed_is_said_and_the_sweep_goes_on_elsewhere(
    running, tmp_path, costcalc, here
):
    running.work()
    path = tmp_path / "grid.npz"
    process = running.sweep(*FINISHED, "-o", str(path))
    open_blocks(tmp_path / "grid.npz.unfinished")
    kill(running.scheduler)
    _, err = process.communicate(timeout=60)
    gone = f"costcalc: the cluster's scheduler at {running.address} is gone\n"
    assert err == f"{to_go_on(path)}\n{gone}"
    assert process.returncode == 2
    ran = costcalc(*FINISHED, "-o", str(path), "--resume")
    assert ran.code == 0
    assert (path.read_bytes(), ran.err) == here


def test_the_timeout_is_of_a_cluster(costcalc):
    ran = costcalc(*SWEEP, "--worker-timeout", "5")
    assert ran.code == 2
    assert "it needs --dask" in ran.err


def test_workers_of_another_version():
    with pytest.raises(CostcalcError, match=r"workers have costcalc .*, here it is 0\.0\.7"):
        cluster._load("0.0.7", b"")


# certificates ------------------------------------------------------------------------------------


KEY = ("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
"""Made in no time, where one of RSA takes a second."""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority, a certificate that it signed, and another authority that signed nothing."""
    if shutil.which("openssl") is None:
        pytest.skip("certificates are made with openssl")
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    for name in ("authority", "stranger"):
        openssl("req", "-x509", "-newkey", *KEY, "-nodes", "-days", "1", "-subj",
                f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")  # fmt: skip
    openssl("req", "-newkey", *KEY, "-nodes", "-subj", "/CN=node",
            "-keyout", "node.key", "-out", "node.csr")  # fmt: skip
    openssl("x509", "-req", "-in", "node.csr", "-CA", "authority.pem", "-CAkey", "authority.key",
            "-CAcreateserial", "-days", "1", "-out", "node.pem")  # fmt: skip
    return folder


def configured(folder, authority="authority"):
    """What Dask's configuration says of certificates, as environment variables."""
    return {
        "DASK_DISTRIBUTED__COMM__TLS__CA_FILE": str(folder / f"{authority}.pem"),
        **{
            f"DASK_DISTRIBUTED__COMM__TLS__{role}__{what}": str(folder / f"node.{ending}")
            for role in ("CLIENT", "SCHEDULER", "WORKER")
            for what, ending in (("CERT", "pem"), ("KEY", "key"))
        },
        "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "True",
    }


FIVE = ["--sort", "params", "--top", "5"]


@pytest.fixture(scope="module")
def secured(certificates, tmp_path_factory):
    """A scheduler that wants certificates."""
    folder = tmp_path_factory.mktemp("secured")
    with starting() as start:
        yield Running(start, folder, "--protocol", "tls", **configured(certificates))


@pytest.mark.exhaustive
@pytest.mark.filterwarnings("ignore")  # what the library's own shutdown warns of
def test_over_tls(secured, certificates, tmp_path, costcalc, request):
    import dask

    assert secured.address.startswith("tls://")
    secured.work()
    process = secured.sweep(*SWEEP, *FIVE)
    out, err = process.communicate(timeout=100)
    assert (process.returncode, err) == (0, "")
    assert out == costcalc(*SWEEP, *FIVE).out
    # the same from a file of the configuration
    (tmp_path / "dask.yaml").write_text(
        "distributed:\n  comm:\n    tls:\n"
        f"      ca-file: {certificates / 'authority.pem'}\n"
        f"      client: {{cert: {certificates / 'node.pem'}, key: {certificates / 'node.key'}}}\n"
    )
    request.addfinalizer(dask.config.refresh)
    dask.config.refresh(paths=[str(tmp_path)])
    ran = costcalc(*SWEEP, *FIVE, "--dask", secured.address)
    assert (ran.code, ran.out, ran.err) == (0, out, "")


@pytest.mark.exhaustive
@pytest.mark.filterwarnings("ignore")  # what the library's own shutdown warns of
def test_what_is_wrong_with_certificates_is_said(
    secured, certificates, costcalc, monkeypatch, request
):
    import dask

    request.addfinalizer(dask.config.refresh)
    address = secured.address
    stranger = configured(certificates, "stranger")
    missing = {**stranger, "DASK_DISTRIBUTED__COMM__TLS__CA_FILE": "/none/ca.pem"}
    broken = {**stranger, "DASK_DISTRIBUTED__COMM__TLS__CA_FILE": __file__}
    plain = address.replace("tls:", "tcp:")
    for given, environment, said in (
        (address, {}, f"{address}: no certificates\nDask's configuration names them"),
        (address, stranger, f"no Dask scheduler answers at {address}: "),
        (address, missing, "certificates: cannot be read: No such file or directory"),
        (address, broken, "certificates: cannot be read: "),
        (plain, {}, f"no Dask scheduler answers at {plain}: "),
        (plain, stranger, f"{plain}: Dask's configuration requires encryption"),
    ):
        short = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "2s"}
        with monkeypatch.context() as patched:
            for name, value in {**short, **environment}.items():
                patched.setenv(name, value)
            dask.config.refresh()
            ran = costcalc(*SWEEP, "--dask", given)
        assert (ran.code, ran.out) == (2, ""), (given, ran)
        assert ran.err.startswith(f"costcalc: {said}"), ran
