"""A sweep that is killed goes on where it was, and its file is the same to the byte."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import sys

import numpy as np
import pytest

from costcalc.library import load_spec
from costcalc.sweeps import chunks, journal, resume
from costcalc.sweeps.chunks import Result, Tally
from costcalc.sweeps.journal import Journal, difference
from costcalc.sweeps.query import Query
from costcalc.sweeps.resume import decoded, encoded
from costcalc.sweeps.space import library_space
from costcalc.sweeps.tasks import Job
from tests.conftest import ROOT
from tests.covering import at_once
from tests.running import is_locked, members, until

BLOCK = 4096
EAGER = f"""
from costcalc.sweeps import chunks, journal
journal.LATE = 0
chunks.CHUNK = {BLOCK}
from costcalc.cli.main import main
main()
"""
"""The command in small blocks, each of which is kept at once."""
GRID = ["mobilenet", "shufflenet", "--alpha", "0.1:1:0.006", "--res", "96:260", "--g", "3,8"]
SUBNETS = ["ofa_mobilenet_v3", "--d", "all", "--k", "all", "--e", "all", "--res", "128:224:4"]
SWEEPS = {
    "all rows": GRID,
    "few rows": [*GRID, "--where", "mult_adds < 20M"],
    "sorted": [*GRID, "--where", "res % 7 == 0", "--sort", "-params"],
    "the first": [*GRID, "--sort", "memory_access", "--top", "2000"],
    "a front": [*GRID, "--pareto", "mult_adds,-accuracy", "--metrics", "mult_adds,accuracy"],
    "a sample": [*SUBNETS, "--sample", "12000", "--seed", "3"],
    "invalid ones": ["mobilenet", "--alpha", "0.01:0.3:0.001", "--res", "96:200"],
}


@pytest.fixture
def undisturbed(tmp_path_factory, costcalc, monkeypatch):
    """The bytes that a sweep writes when nobody disturbs it, and what it says."""

    def wanted(name, ending):
        path = tmp_path_factory.mktemp("undisturbed") / f"grid.{ending}"
        with monkeypatch.context() as patched:
            patched.setattr(chunks, "CHUNK", BLOCK)
            ran = costcalc("sweep", *SWEEPS[name], "-o", str(path))
        assert ran.code == 0, ran
        assert os.listdir(path.parent) == [path.name]
        return path.read_bytes(), ran.err

    return wanted


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("name", "ending", "killed"),
    [
        ("all rows", "csv", [signal.SIGKILL, signal.SIGTERM]),
        ("few rows", "parquet", [signal.SIGKILL]),
        ("sorted", "csv", [signal.SIGINT]),
        ("the first", "npz", [signal.SIGHUP, signal.SIGKILL]),
        ("a front", "csv", [signal.SIGTERM]),
        ("a sample", "jsonl", [signal.SIGKILL]),
        ("invalid ones", "csv", [signal.SIGHUP]),
    ],
)
def test_killed_again_and_again_it_ends_as_if_nothing_had_happened(
    name, ending, killed, tmp_path, start, undisturbed
):
    wanted, said = undisturbed(name, ending)
    path = tmp_path / f"grid.{ending}"
    beside = [path.with_name(path.name + more) for more in (resume.JOURNAL, resume.PART)]
    chance = random.Random(f"{name} {ending}")
    command = [sys.executable, "-c", EAGER, "sweep", *SWEEPS[name], "-o", str(path), "--resume"]

    def size():
        found = 0
        for file in beside:
            with contextlib.suppress(FileNotFoundError):  # it is only there while it is needed
                found += file.stat().st_size
        return found

    for number in killed:
        before = size()
        process = start([*command, "--workers", chance.choice("123")])
        more = chance.randrange(1, 100_000 if path.suffix in (".csv", ".jsonl") else 30_000)
        until(lambda: size() > before + more or process.poll() is not None)  # noqa: B023
        if process.poll() is not None:  # nothing was left to do
            break
        os.kill(process.pid, number)
        _, err = process.communicate(timeout=60)
        if process.returncode == 0:  # it was quicker
            break
        assert "Traceback" not in err
        left = set(os.listdir(tmp_path)) - {file.name for file in beside}
        # a signal may come when all is there already; no system replaces a file by one without a
        # name in one step, so after SIGKILL all of it may be there under another one
        assert number == signal.SIGKILL or left <= {path.name}
        for name_between in left:
            assert (tmp_path / name_between).read_bytes() == wanted
            (tmp_path / name_between).unlink()
        if number != signal.SIGKILL:
            assert process.returncode == 128 + number
            # of a block that is just being written nothing is finished, nor kept
            said_so = "the same command with --resume goes on from here" in err
            assert said_so == beside[0].exists()
        until(lambda: not members(process.pid), 10)  # noqa: B023
    else:
        process = start([*command, "--workers", "2"])
        _, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, said)
    assert path.read_bytes() == wanted
    assert os.listdir(tmp_path) == [path.name]


@pytest.fixture
def ended(tmp_path, monkeypatch, costcalc):
    """A sweep in this process that is ended after some blocks; it returns the file's path."""
    monkeypatch.setattr(chunks, "CHUNK", 64)
    monkeypatch.setattr(journal, "LATE", 0)

    def end(*arguments, ending="csv", after=5, error=KeyboardInterrupt):
        run, left = Job.run, [after]

        def once(job, task):
            left[0] -= 1
            if left[0] < 0:
                raise error
            return run(job, task)

        path = tmp_path / f"grid.{ending}"
        with monkeypatch.context() as patched:
            patched.setattr(Job, "run", once)
            ran = costcalc("sweep", *arguments, "-o", str(path))
        assert ran.code in (130, 2, 1)
        journal = f"{os.path.realpath(path)}.unfinished"
        said = f"{journal}: the same command with --resume goes on from here\n" in ran.err
        assert said == os.path.exists(journal)
        return path

    return end


SMALL = ["mobilenet", "--alpha", "0.25:1:0.01", "--res", "128:224:8"]


@pytest.mark.parametrize("ending", ["csv", "npz"])
def test_what_is_finished_is_not_counted_again(ending, ended, costcalc, monkeypatch):
    path = ended(*SMALL, ending=ending)
    counted, run = [], Job.run
    monkeypatch.setattr(Job, "run", lambda job, task: counted.append(task) or run(job, task))
    ran = costcalc("sweep", *SMALL, "-o", str(path), "--resume")
    assert (ran.code, ran.err) == (0, "988 of 988 configurations\n")
    left = len(counted)
    costcalc("sweep", *SMALL, "-o", str(path))
    assert len(counted) - left == left + 5


def test_what_is_written_is_kept_whenever_one_is_interrupted(tmp_path, costcalc, monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK", 64)
    path, append, run, counted = tmp_path / "grid.npz", Journal.append, Job.run, []

    def interrupted(of, record):
        append(of, record)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "append", interrupted)
        ran = costcalc("sweep", *SMALL, "-o", str(path))
    assert (ran.code, "the same command with --resume goes on" in ran.err) == (130, True)
    monkeypatch.setattr(Job, "run", lambda job, task: counted.append(task) or run(job, task))
    assert costcalc("sweep", *SMALL, "-o", str(path), "--resume").code == 0
    again = len(counted)
    assert costcalc("sweep", *SMALL, "-o", str(path)).code == 0
    assert len(counted) == 2 * again + 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--where", "params > 1"], "--where was not given, now it is params > 1"),
        (["--metrics", "params"], "--metrics was params,mult_adds,memory_access, now it is params"),
        (["--alpha", "0.25:1:0.02"], "--alpha was 0.25:1:0.01, now it is 0.25:1:0.02"),
        (["--res", "128"], "--res was 128:224:8, now it is 128"),
        (["--convention", "thop"], "--convention was not given, now it is thop"),
        (["--sample", "10"], "--sample was not given, now it is 10"),
        (["--seed", "10"], "--seed was 0, now it is 10"),
        (["--body", "full"], "--body was not given, now it is full"),
        (
            ["--plot", "params,mult_adds", "--plot-file", "x.svg"],
            "what it keeps was text, now it is rows",
        ),
    ],
)
def test_another_sweep_is_refused(more, said, ended, costcalc, tmp_path):
    path = ended(*SMALL)
    given = [one for one in SMALL if one not in more and SMALL[SMALL.index(one) - 1] not in more]
    before = (tmp_path / "grid.csv.unfinished").read_bytes()
    ran = costcalc("sweep", *given, *more, "-o", str(path), "--resume", cwd=tmp_path)
    assert ran.code == 2
    assert f"grid.csv.unfinished: is of another sweep: {said}\n" in ran.err
    assert "without --resume it begins anew" in ran.err
    assert (tmp_path / "grid.csv.unfinished").read_bytes() == before
    assert not path.exists()


def test_other_networks_and_another_order_are_refused(ended, costcalc):
    path = ended("mobilenet", "--alpha", "0.25:1:0.01", "--res", "128:224:8")
    for networks, said in (
        (
            ["mobilenet", "shufflenet"],
            "what is swept was mobilenet, now it is mobilenet, shufflenet",
        ),
        (["mobilenet_v2"], "what is swept was mobilenet, now it is mobilenet_v2"),
    ):
        ran = costcalc("sweep", *networks, *SMALL[1:], "-o", str(path), "--resume")
        assert (ran.code, said in ran.err) == (2, True), ran
    ran = costcalc("sweep", "mobilenet", *SMALL[3:], *SMALL[1:3], "-o", str(path), "--resume")
    assert "the order of hyperparameters was alpha, res, now it is res, alpha" in ran.err


def test_a_file_that_has_changed_is_refused(tmp_path, ended, costcalc):
    used = tmp_path / "used.yaml"
    spec = tmp_path / "net.yaml"
    shutil.copy(ROOT / "specs" / "mobilenet.yaml", spec)
    table = tmp_path / "configs.csv"
    table.write_text("alpha\n" + "".join(f"{i / 1000}\n" for i in range(250, 1000)))
    command = [str(spec), "--configs", str(table)]
    path = ended(*command)
    shutil.copy(spec, used)
    text = spec.read_text()
    for file in (spec, table):
        before = file.read_text()
        file.write_text(before + ("\n# a word more\n" if file == spec else "0.5\n"))
        ran = costcalc("sweep", *command, "-o", str(path), "--resume")
        assert ran.code == 2
        assert f"is of another sweep: {file.name} has changed since\n" in ran.err
        file.write_text(before)
    assert spec.read_text() == text
    assert costcalc("sweep", *command, "-o", str(path), "--resume").code == 0


def test_a_block_of_another_file_that_has_changed(tmp_path):
    """What a spec uses counts as much as the spec itself."""
    (tmp_path / "blocks.yaml").write_text(
        "blocks:\n  two:\n    columns: [op, k, out]\n    rows: [[conv, 3, 8], [conv, 3, 8]]\n"
        "input: [8, 8, 3]\nnetwork:\n- columns: [op]\n  rows: [[two]]\n"
    )
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "use: {./blocks.yaml: [two]}\ninput: [8, 8, 3]\n"
        "network:\n- columns: [op]\n  rows: [[two]]\n"
    )

    def of():
        job = Job([library_space(load_spec(str(spec)), {})], Query(("params",)))
        return journal.identity(job, {})

    before = of()
    assert set(before["files"]) == {"blocks.yaml", "net.yaml"}
    (tmp_path / "blocks.yaml").write_text(
        (tmp_path / "blocks.yaml").read_text().replace("[conv, 3, 8]]", "[conv, 3, 9]]")
    )
    os.utime(spec, (1, 1))  # a spec that is read once is read again when it has changed
    assert difference(before, of()) == "blocks.yaml has changed since"


@pytest.mark.parametrize("name", ["costcalc", "numpy"])
def test_another_version_is_refused(name, ended, costcalc):
    path = ended(*SMALL)
    kept = path.with_name("grid.csv.unfinished")
    header, rest = kept.read_bytes().split(b"\n", 1)
    of = json.loads(header)
    of["said"][name] = "0.0.7"
    kept.write_bytes(json.dumps(of).encode() + b"\n" + rest)
    ran = costcalc("sweep", *SMALL, "-o", str(path), "--resume")
    assert ran.code == 2
    assert f"is of another sweep: {name} was 0.0.7, now it is " in ran.err


def test_what_is_no_journal_is_refused(tmp_path, costcalc):
    path = tmp_path / "grid.csv"
    kept = tmp_path / "grid.csv.unfinished"
    for text in ("something else\n", "[1, 2]\n", '{"format": 99}\n', '{"format": 4}\n', "\xff\n"):
        kept.write_text(text)
        ran = costcalc("sweep", *SMALL, "-o", str(path), "--resume")
        assert (ran.code, "is nothing that a sweep can go on from" in ran.err) == (2, True)
        assert kept.read_text() == text
    kept.unlink()
    (tmp_path / "mine.txt").write_text("mine")
    kept.symlink_to("mine.txt")  # somebody's trap
    ran = costcalc("sweep", *SMALL, "-o", str(path))
    assert (ran.code, "cannot be written" in ran.err) == (2, True)
    assert (tmp_path / "mine.txt").read_text() == "mine"


@pytest.mark.exhaustive
@pytest.mark.parametrize("ending", ["csv", "npz"])
@pytest.mark.parametrize(
    "damage", ["cut", "changed", "longer", "part changed", "part cut", "no part"]
)
def test_what_was_damaged_is_counted_again(ending, damage, ended, costcalc):
    path = ended(*SMALL, ending=ending, after=8)
    kept, part = (path.with_name(path.name + more) for more in (resume.JOURNAL, resume.PART))
    if damage.startswith("part") or damage == "no part":
        if ending == "npz":
            pytest.skip("it has none")
        text = part.read_bytes()
        if damage == "no part":
            part.unlink()
        else:
            half = len(text) // 2
            part.write_bytes(
                text[:half] + (b"x" + text[half + 1 :] if "changed" in damage else b"")
            )
    else:
        text = kept.read_bytes()
        at = len(text) * 2 // 3
        changed = bytes([text[at] ^ 1])
        kept.write_bytes(
            {"cut": text[:at], "changed": text[:at] + changed + text[at + 1 :]}.get(
                damage, text + bytes(range(256))
            )
        )
    ran = costcalc("sweep", *SMALL, "-o", str(path), "--resume")
    assert (ran.code, ran.err) == (0, "988 of 988 configurations\n")
    resumed = path.read_bytes()
    assert costcalc("sweep", *SMALL, "-o", str(path)).code == 0
    assert resumed == path.read_bytes()
    assert os.listdir(path.parent) == [path.name]


def test_without_resume_a_sweep_begins_anew_and_says_so(ended, costcalc):
    path = ended(*SMALL)
    ran = costcalc("sweep", *SMALL, "-o", str(path))
    assert ran.code == 0
    assert "begun anew; with --resume the sweep would have gone on" in ran.err
    ran = costcalc("sweep", *SMALL, "-o", str(path), "--resume")
    assert "there is none, so the sweep begins" in ran.err
    assert os.listdir(path.parent) == [path.name]


def test_what_would_fail_again_is_not_kept(ended):
    from costcalc.errors import CostcalcError, Unfinished

    path = ended(*SMALL, error=CostcalcError("a count is too large"))
    assert os.listdir(path.parent) == []
    ended(*SMALL, error=Unfinished("the disk is full"))
    assert sorted(os.listdir(path.parent)) == ["grid.csv.part", "grid.csv.unfinished"]


@pytest.mark.exhaustive
def test_a_disk_that_was_full(tmp_path, start, undisturbed):
    wanted, said = undisturbed("all rows", "csv")
    path = tmp_path / "grid.csv"
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (600_000,) * 2)\n"
    command = ["sweep", *SWEEPS["all rows"], "-o", str(path)]
    process = start([sys.executable, "-c", limit + EAGER, *command])
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.endswith(f"costcalc: {path}: cannot be written: File too large\n")
    assert sorted(os.listdir(tmp_path)) == ["grid.csv.part", "grid.csv.unfinished"]
    process = start([sys.executable, "-c", EAGER, *command, "--resume"])
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, said)
    assert path.read_bytes() == wanted


def test_nothing_is_kept_where_nobody_wants_it(ended, costcalc, tmp_path):
    ended(*SMALL, "--no-resume")
    assert os.listdir(tmp_path) == []
    ran = costcalc("sweep", *SMALL, "--resume")
    assert (ran.code, "--resume needs a file: -o FILE" in ran.err) == (2, True)
    ran = costcalc("sweep", *SMALL, "--resume", "-o", "/dev/null", "--format", "csv")
    assert (ran.code, "--resume needs a file: -o FILE" in ran.err) == (2, True)


def test_beside_where_a_link_leads(ended, costcalc, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "grid.csv").symlink_to("there/x.csv")
    ended(*SMALL)
    assert sorted(os.listdir(tmp_path / "there")) == ["x.csv.part", "x.csv.unfinished"]
    assert costcalc("sweep", *SMALL, "-o", str(tmp_path / "grid.csv"), "--resume").code == 0
    assert os.listdir(tmp_path / "there") == ["x.csv"]


def test_two_sweeps_into_one_file(tmp_path, start, costcalc):
    path = tmp_path / "grid.csv"
    large = ["sweep", "mobilenet", "--alpha", "0.01:1:0.0001", "--res", "32:10131"]
    start([sys.executable, "-c", EAGER, *large, "-o", str(path)])
    until(lambda: (tmp_path / "grid.csv.part").exists())  # made by who has the journal
    for more in ([], ["--resume"]):
        ran = costcalc(*large, "-o", str(path), *more)
        assert ran.code == 2
        assert "grid.csv.unfinished: another process is writing it" in ran.err


@pytest.mark.parametrize("more", [[], ["--sort", "params", "--top", "100"]], ids=["text", "rows"])
def test_while_a_sweep_has_files_nobody_else_gets_them(more, tmp_path, costcalc, monkeypatch):
    """Neither when a journal is written anew nor when it goes, and the text goes before it."""
    monkeypatch.setattr(chunks, "CHUNK", 64)
    monkeypatch.setattr(resume, "SLACK", 0)
    path, seen = tmp_path / "grid.csv", []
    kept = path.with_name(path.name + resume.JOURNAL)
    unlink, replace = os.unlink, os.replace

    def replacing(name, other, **more):
        replace(name, other, **more)
        seen.append((os.path.basename(other), is_locked(kept)))

    def unlinking(name, **more):
        seen.append((os.path.basename(name), is_locked(kept)))
        unlink(name, **more)

    monkeypatch.setattr(os, "replace", replacing)
    monkeypatch.setattr(os, "unlink", unlinking)
    ran = costcalc("sweep", *SMALL, *more, "-o", str(path))
    assert ran.code == 0
    gone = kept.name if more else path.name + resume.PART
    assert {(kept.name, True), (gone, True)} <= {*seen}
    assert all(locked for _, locked in seen)
    assert os.listdir(tmp_path) == [path.name]


def test_rows_that_nobody_wants_are_forgotten(tmp_path, monkeypatch):
    """A journal does not grow beyond what is wanted of the sweep."""
    monkeypatch.setattr(resume, "SLACK", 0)
    of = journal.identity(Job([], Query(("params",))), {})
    kept = resume.KeptRows(Journal(str(tmp_path / "x.unfinished"), of, False), "")
    part = {"n": np.arange(1000)}
    results = [Result(part, Tally(1000, 1, "why", {"accuracy": 2}))] * 50
    sizes = []
    for number, _ in enumerate(kept.continued(lambda job, tasks: iter(results))(None, iter([]))):
        total = 1000 * (number + 1)
        kept.forget(Result({"n": np.arange(10)}, Tally(total, number + 1, "why")))
        sizes.append(os.path.getsize(tmp_path / "x.unfinished"))
    assert max(sizes) < 5000
    kept.close(keep=True)
    again = resume.KeptRows(Journal(str(tmp_path / "x.unfinished"), of, True), "")
    found = list(again.continued(lambda job, tasks: iter([]))(None, iter([])))
    assert sum(result.tally.configurations for result in found) == 50_000
    assert sum(result.tally.invalid for result in found) == 50
    again.close(keep=False)
    assert os.listdir(tmp_path) == []


@at_once(
    "values",
    [
        np.arange(5), np.full(7, 3), np.array([2**62, -1, 0]), np.array([], dtype=np.int64),
        np.array([0.0, -0.0]), np.array([np.nan, 1e300, 0.1]), np.full(3, np.nan),
        np.array([True, False]), np.array(["a", "ü\n"]), np.array([[1, 2], [3, 4]]),
        np.array([["a", "b"]] * 3), np.array(["word"] * 4, dtype=object),
        np.array([None, 1, 2.5, True, "x", 2**70], dtype=object),
        np.array([1, True, 1.0], dtype=object), np.array([], dtype=object),
        np.fromiter([[1, 2], [3, 4]], object), np.fromiter([None, [3, 4]], object),
        np.broadcast_to(np.array(7), (4,)), np.arange(10)[::3],
    ],
)  # fmt: skip
def test_a_column_comes_back_as_it_was(values):
    result = Result({"x": values, "y": values}, Tally(12, 3, "why\nnot", {"accuracy": 5}))
    back = decoded(encoded(result))
    assert back[1:] == result[1:]
    for found in back.columns.values():
        assert (found.dtype, found.shape) == (values.dtype, values.shape)
        assert [repr(one) for one in found.tolist()] == [repr(one) for one in values.tolist()]


def test_it_costs_little(tmp_path):
    """Rows in the journal take a few bytes a number, whatever does not vary none."""
    axes = {"alpha": "0.1:1:0.001", "res": "32:2000"}
    job = Job([library_space(load_spec("mobilenet"), axes)], Query(("params", "mult_adds")))
    result = job.run(next(iter(job.everything())))
    assert len(encoded(result)) < 25 * result.tally.configurations
