"""Worker processes: the same rows whoever dies, and nobody who outlives what began him."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time

import pytest

from costcalc.errors import CostcalcError
from costcalc.library import load_spec
from costcalc.parallel import processes
from costcalc.sweeps import chunks
from costcalc.sweeps.query import Query
from costcalc.sweeps.space import library_space
from costcalc.sweeps.tasks import Job
from costcalc.sweeps.walk import Sweep
from tests.running import COSTCALC, members, until
from tests.sweeps.walking import rows_of, walk

METRICS = ("params", "mult_adds", "memory_access")
LARGE = ["sweep", "mobilenet", "--alpha", "0.01:1:0.00001", "--res", "32:10131"]
"""A thousand million configurations."""


@pytest.fixture
def space(monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK", 256)
    return library_space(load_spec("mobilenet"), {"alpha": "0.25:1:0.01", "res": range(96, 196)})


def walked(job, workers):
    found = Sweep(job, job.everything(), lambda job, tasks: processes.results(job, tasks, workers))
    return [row for columns in found for row in zip(*columns.values(), strict=True)]


class Deadly(Job):
    """A job whose workers kill themselves, as often as there are files to remove."""

    def run_all(self, bundle):
        lives = os.environ["COSTCALC_TEST_LIVES"]
        for name in os.listdir(lives):
            try:
                os.unlink(os.path.join(lives, name))
            except FileNotFoundError:
                continue
            os.kill(os.getpid(), signal.SIGKILL)
        return super().run_all(bundle)


@pytest.fixture
def lives(tmp_path, monkeypatch):
    monkeypatch.setenv("COSTCALC_TEST_LIVES", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("deaths", [1, processes.DEATHS])
def test_a_worker_that_dies_is_replaced(space, lives, deaths):
    """Its bundles run again: no row is lost, none comes twice."""
    wanted = rows_of(walk([space], Query(METRICS)))
    for number in range(deaths):
        (lives / str(number)).touch()
    assert walked(Deadly([space], Query(METRICS)), 2) == wanted
    assert not list(lives.iterdir())


def test_workers_that_always_die_are_an_error(space, lives):
    for number in range(20):
        (lives / str(number)).touch()
    with pytest.raises(CostcalcError, match="worker processes died 4 times: out of memory"):
        walked(Deadly([space], Query(METRICS)), 2)
    assert not multiprocessing.active_children()


class Wrong(Job):
    def run_all(self, bundle):
        raise RuntimeError("a fault of ours")


def test_a_fault_says_where_it_was(space):
    with pytest.raises(RuntimeError, match="a fault of ours") as raised:
        walked(Wrong([space], Query(METRICS)), 2)
    assert "in run_all" in raised.value.__notes__[0]
    assert not multiprocessing.active_children()


def test_rows_nobody_wants_any_more(space):
    """A reader that goes ends the workers at once, whatever they are at."""
    job = Job([space], Query(METRICS))
    blocks = iter(Sweep(job, job.everything(), lambda job, tasks: processes.results(job, tasks, 2)))
    next(blocks)
    assert multiprocessing.active_children()
    blocks.close()
    assert not multiprocessing.active_children()


def test_no_more_workers_than_there_is_work(space):
    """However many are asked for, one begins where all others have something to do."""
    job = Job([space], Query(METRICS))
    pool = processes.Processes(job, 1000)
    tasks = tuple(job.everything())
    sent = [pool.submit(tasks[:2]), pool.submit(tasks[2:4])]
    assert len(pool.workers) <= 2
    assert [len(results()) for results in sent] == [2, 2]
    pool.close()


@pytest.mark.parametrize("number", ["0", "4097", "2147483648", "1" * 5000])
def test_workers_beyond_all_measure_are_refused(number, costcalc):
    ran = costcalc("sweep", "mobilenet", "--workers", number)
    assert ran.code == 2
    assert "is not from 1 to 4,096" in ran.err or "5,000 characters" in ran.err


@pytest.mark.exhaustive
def test_workers_beyond_what_the_machine_can_start(start):
    """Said in words; those that have begun end."""
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))\n"
        "from costcalc.cli.main import main; main()"
    )
    process = start([sys.executable, "-c", script, *LARGE, "--workers", "200"])
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2, err
    assert "of 200 worker processes can be started: " in err
    assert err.endswith("give fewer with --workers\n")
    assert "Traceback" not in err
    until(lambda: not members(process.pid), 10)


SWEEP = [*LARGE, "--sort", "-params", "--top", "3"]


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("command", "where", "number", "workers", "later"),
    [
        ("sweep", "the parent", signal.SIGKILL, 1, 0),
        ("check", "the parent", signal.SIGKILL, 2, 0.3),
        ("check", "the parent", signal.SIGTERM, 1, 0.2),
        ("sweep", "the parent", signal.SIGINT, 2, 0),
        ("sweep", "all of them", signal.SIGTERM, 2, 0.1),
        ("check", "all of them", signal.SIGINT, 1, 0.3),
        ("sweep", "all of them", signal.SIGHUP, 2, 0.2),
    ],
)
def test_workers_end_with_their_parent(command, where, number, workers, later, start):
    """Whatever killed it, and at whatever moment: so many have begun, so many seconds ago."""
    line = SWEEP if command == "sweep" else [command]
    process = start([*COSTCALC, *line, "--workers", "3"])
    until(lambda: len(members(process.pid)) > workers)
    time.sleep(later)
    assert members(process.pid)
    if where == "the parent":
        os.kill(process.pid, number)
    else:
        os.killpg(process.pid, number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == (-number if number == signal.SIGKILL else 128 + number)
    assert err == "" or number == signal.SIGINT
    assert "Traceback" not in err
    until(lambda: not members(process.pid), 10)


BEGUN = """
import multiprocessing, sys
if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv.pop(1))
    from costcalc.cli.main import main
    main()
"""


@pytest.mark.exhaustive
def test_however_processes_are_begun(start, costcalc):
    """By a fork, anew, or by a server: systems and versions of Python differ."""
    small = ["sweep", "mobilenet", "--alpha", "0.01:1:0.002", "--res", "32:800", "--pareto",
             "params,-mult_adds", "--format", "csv"]  # fmt: skip
    wanted = costcalc(*small, "--workers", "1").out
    for method in multiprocessing.get_all_start_methods():
        process = start([sys.executable, "-c", BEGUN, method, *small, "--workers", "2"])
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, ""), method
        assert out == wanted, method
        process = start([sys.executable, "-c", BEGUN, method, *LARGE, "--sort", "res", "--top", "1",
                         "--workers", "2"])  # fmt: skip
        until(lambda: len(members(process.pid)) > 2)  # noqa: B023
        time.sleep(0.1)
        process.kill()
        until(lambda: not members(process.pid), 10)  # noqa: B023


OPERATORS = """
from __future__ import annotations
from costcalc.operators import Facts, Result, Shape, op

@op("Shift")
def shift(x: Shape) -> Result:
    return x, Facts(weights=7, reads=x.size, writes=x.size)
"""
SHIFTED = """
input: [8, 8, 3]
network:
- {columns: [op], rows: [[shift]]}
claims:
- {table: T, columns: [type, weights], rows: [[Shift, 7]]}
"""


@pytest.mark.exhaustive
def test_whatever_a_check_needs_is_where_it_runs(start, tmp_path):
    """Operators of one's own, a spec that stands on stdin alone, a file that is broken."""
    (tmp_path / "ops.py").write_text(OPERATORS)
    (tmp_path / "shifted.yaml").write_text(SHIFTED)
    (tmp_path / "broken.yaml").write_text(SHIFTED.replace("[[shift]]", "[[shaft]]"))
    asked = ["--operators", "ops.py", "check", "shifted.yaml", "broken.yaml", "-", "squeezenet",
             "--format", "json", "--workers"]  # fmt: skip

    def ran(command, workers):
        process = start([*command, *asked, workers], cwd=tmp_path, stdin=subprocess.PIPE)
        return (*process.communicate(SHIFTED, timeout=60), process.returncode)

    out, err, code = alone = ran(COSTCALC, "1")
    lines = [line["model"] for line in json.loads(out)["claims"]]
    assert lines[:3] == ["shifted", "-", "squeezenet"]
    assert "broken.yaml:4:27: unknown operator 'shaft'" in err
    assert code == 2
    for method in multiprocessing.get_all_start_methods():
        assert ran([sys.executable, "-c", BEGUN, method], "2") == alone, method
