"""Files that are whole or not at all: what they replace, what they leave alone, what they say."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading

import pytest

from costcalc import files, locked_files
from costcalc.errors import CostcalcError
from costcalc.files import whole
from tests.running import COSTCALC, is_locked, members, until

SWEEP = ["sweep", "mobilenet", "--alpha", "0.5,1", "--res", "160,224"]
LARGE = ["sweep", "mobilenet", "--alpha", "0.01:1:0.00001", "--res", "32:10131"]
"""A thousand million configurations: written down they take minutes."""


@pytest.fixture(params=["nameless", "hidden"])
def way(request, monkeypatch):
    """Both ways to write: a file without a name, and where the system has none a hidden one."""
    if request.param == "hidden":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    return request.param


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_a_file_is_there_when_it_is_whole(way, tmp_path):
    path = tmp_path / "grid.csv"
    with whole(str(path)) as file:
        file.write(b"half")
        file.flush()
        assert not path.exists()
        assert len(list(tmp_path.iterdir())) == (1 if way == "hidden" else 0)
        file.write(b" and half")
    assert path.read_bytes() == b"half and half"
    assert list(tmp_path.iterdir()) == [path]


def test_what_fails_leaves_the_old_one(way, tmp_path):
    path = tmp_path / "grid.csv"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), whole(str(path)) as file:
        raise KeyboardInterrupt(file.write(b"new"))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_the_mode_of_any(way, tmp_path):
    before = os.umask(0o027)
    try:
        with whole(str(tmp_path / "grid.csv")) as file:
            file.write(b"")
    finally:
        os.umask(before)
    assert mode(tmp_path / "grid.csv") == 0o640


def test_the_mode_of_what_is_replaced_is_kept(way, tmp_path):
    path = tmp_path / "grid.csv"
    for kept in (0o600, 0o664, 0o755):
        path.write_text("old")
        path.chmod(kept)
        with whole(str(path)) as file:
            file.write(b"new")
        assert (path.read_text(), mode(path)) == ("new", kept)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_of_what_is_replaced_is_kept(way, tmp_path):
    path = tmp_path / "grid.csv"
    path.write_text("old")
    os.chown(path, 12345, 23456)
    with whole(str(path)) as file:
        file.write(b"new")
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 23456)


def test_a_link_is_followed(way, tmp_path):
    (tmp_path / "there").mkdir()
    there = tmp_path / "there" / "grid.csv"
    link, further = tmp_path / "link.csv", tmp_path / "further.csv"
    link.symlink_to("there/grid.csv")
    further.symlink_to(link)
    for text in (b"new", b"newer"):  # at first it leads to nothing
        with whole(str(further)) as file:
            file.write(text)
        assert there.read_bytes() == text
    assert link.is_symlink()
    assert further.is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["further.csv", "link.csv", "there"]


def circle(folder):
    (folder / "a.csv").symlink_to("b.csv")
    (folder / "b.csv").symlink_to("a.csv")
    return "a.csv"


def read_only(folder):
    (folder / "a.csv").write_text("old")
    (folder / "a.csv").chmod(0o444)
    return "a.csv"


def directory(folder):
    (folder / "a.csv").mkdir()
    return "a.csv"


def link_to_nowhere(folder):
    (folder / "a.csv").symlink_to("none/a.csv")
    return "a.csv"


@pytest.mark.parametrize(
    ("makes", "said"),
    [
        (circle, "Too many levels of symbolic links"),
        (read_only, "it is read-only"),
        (directory, "it is a directory"),
        (link_to_nowhere, "its folder does not exist"),
        (lambda folder: "none/a.csv", "its folder does not exist"),
        (lambda folder: "x" * 300 + ".csv", "File name too long"),
        (lambda folder: "a\0.csv", "it is no path"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is_counted(
    makes, said, tmp_path, costcalc, monkeypatch
):
    path = str(tmp_path / makes(tmp_path))
    before = sorted(os.listdir(tmp_path))
    monkeypatch.setattr("costcalc.sweeps.tasks.Job.run", None)  # whoever counts fails
    ran = costcalc(*SWEEP, "-o", path)
    assert ran.code == 2
    assert f"cannot be written: {said}\n" in ran.err
    picture = path.removesuffix(".csv") + ".svg"
    if os.path.lexists(path):
        os.rename(path, picture)
        before = sorted(os.listdir(tmp_path))
    if "circle" not in makes.__name__:
        ran = costcalc(*SWEEP, "--plot", "params,mult_adds", "--plot-file", picture)
        assert (ran.code, f"cannot be written: {said}\n" in ran.err) == (2, True), ran
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize("ending", ["csv", "jsonl", "npz", "parquet"])
def test_a_fifo_is_written_into(ending, tmp_path, costcalc):
    """The reader of a named pipe gets what a file would hold, and the pipe stays one."""
    path, regular = tmp_path / f"pipe.{ending}", tmp_path / f"file.{ending}"
    os.mkfifo(path)
    read = []
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()
    ran = costcalc(*SWEEP, "-o", str(path))
    reader.join()
    assert (ran.code, ran.err) == (0, "4 of 4 configurations\n")
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert costcalc(*SWEEP, "-o", str(regular)).code == 0
    if ending == "npz":  # written in one go an archive says sizes after what they are of
        import io

        import numpy as np

        with np.load(io.BytesIO(read[0])) as one, np.load(regular) as other:
            assert one["mult_adds"].tolist() == other["mult_adds"].tolist()
    else:
        assert read[0] == regular.read_bytes()
    assert len(os.listdir(tmp_path)) == 2


@pytest.mark.exhaustive
def test_a_picture_into_a_fifo(tmp_path, costcalc):
    path = tmp_path / "pipe.svg"
    os.mkfifo(path)
    read = []
    reader = threading.Thread(target=lambda: read.append(path.read_text()))
    reader.start()
    ran = costcalc(*SWEEP, "--plot", "params,mult_adds", "--plot-file", str(path))
    reader.join()
    assert ran.code == 0
    assert read[0].startswith("<svg")


def run(*arguments, shell="", **options):
    """`costcalc ARGUMENTS` with a shell's redirections."""
    quoted = " ".join(f"'{argument}'" for argument in (*COSTCALC, *arguments))
    return subprocess.run(
        ["bash", "-c", f"{quoted} {shell}"], capture_output=True, text=True, check=False,
        timeout=120, **options,
    )  # fmt: skip


@pytest.mark.exhaustive
def test_stdout_by_its_name_goes_on_where_it_is(tmp_path, costcalc):
    wanted = costcalc(*SWEEP, "--format", "csv").out
    done = run(*SWEEP, "-o", "/dev/stdout", "--format", "csv")
    assert (done.returncode, done.stdout) == (0, wanted)
    for name in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"):
        log = tmp_path / "log.csv"
        log.write_text("before\n")
        done = run(*SWEEP, "-o", name, "--format", "csv", shell=f">> {log}")
        assert done.returncode == 0
        assert log.read_text() == "before\n" + wanted
    done = run(*SWEEP, "-o", "/dev/null", "--format", "jsonl")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "4 of 4 configurations\n")


def test_a_full_device_is_named(costcalc):
    done = run(*SWEEP, "-o", "/dev/full", "--format", "csv")
    wanted = "costcalc: /dev/full: cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, wanted)


LIMITED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
from costcalc.cli.main import main
main()
"""


@pytest.mark.exhaustive
@pytest.mark.parametrize("ending", ["csv", "jsonl", "npz", "parquet"])
def test_a_disk_that_fills_is_named(ending, tmp_path):
    """A limit on the size of files stands for a full disk: what is written fails on the way."""
    path = tmp_path / f"grid.{ending}"
    path.write_text("old")
    sweep = ["sweep", "mobilenet", "--alpha", "0.1:1:0.01", "--res", "96:320"]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *sweep, "--no-resume", "-o", str(path)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    what = "the temporary directory " if ending == "npz" else str(path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"costcalc: {what}")
    assert done.stderr.endswith(": cannot be written: File too large\n")
    assert path.read_text() == "old"


def test_no_temporary_directory(monkeypatch):
    import tempfile

    def none():
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    with pytest.raises(CostcalcError, match="no temporary directory can be written"):
        files.spool()


@pytest.mark.exhaustive
def test_stderr_on_a_full_disk_is_no_traceback(tmp_path):
    path = tmp_path / "grid.csv"
    assert run(*SWEEP, "-o", str(path), shell="2>/dev/full").returncode == 0
    assert path.exists()
    for wrong, shell in (
        (["mobilnet"], "2>/dev/full"),
        (["sweep", "mobilenet", "--alhpa", "1"], "2>/dev/full"),
        (["mobilenet", "--alpha", "x"], "2>&-"),
        (["mobilnet"], "2>&-"),
    ):
        done = run(*wrong, shell=shell)
        assert (done.returncode, done.stdout) == (2, "")


SPEC = "input: [8, 8, 3]\nnetwork:\n- columns: [op, k, out]\n  rows: [[conv, 3, 8]]\n"
NOWHERE = "cannot be written: the working directory is gone"
PLOT = ["--plot", "params,mult_adds", "--plot-file", "x.svg"]


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["mobilenet"], 0, ""),
        (["{there}/net.yaml"], 0, ""),
        *(([command, "squeezenet"], 0, "") for command in ("check", "compare", "explain", "memory",
          "guidelines", "reconcile", "storage", "sweep")),
        (["list"], 0, ""),
        (["roofline", "squeezenet", "--device", "gtx_1080_ti"], 0, ""),
        (["fit", "mobilenet", "--max", "params=1M"], 0, ""),
        (["sweep", "mobilenet", "--dask", "nowhere://x"], 2, "is no scheduler's address"),
        (["sweep", "mobilenet", "-o", "{there}/grid.csv"], 0, "1 of 1 configurations\n"),
        (["sweep", "mobilenet", "-o", "grid.csv"], 2, f"grid.csv: {NOWHERE}"),
        (["net.yaml"], 2, "net.yaml: cannot be read"),
        (["{there}/bad.yaml"], 2, "{there}/bad.yaml:2:"),
        (["sweep", "mobilenet", "--configs", "x.csv"], 2, "x.csv: cannot be read"),
        (["mobilenet", "--convention", "./x.yaml"], 2, "./x.yaml: cannot be read"),
        (["sweep", "mobilenet", "--where", "parms > 1"], 2, "--where:1:1: unknown name"),
    ],
)  # fmt: skip
def test_a_working_directory_that_was_deleted(
    arguments, code, said, tmp_path, costcalc, monkeypatch
):
    (tmp_path / "net.yaml").write_text(SPEC)
    (tmp_path / "bad.yaml").write_text("name: x\nnetwrok: 1\n")
    given = [argument.format(there=tmp_path) for argument in arguments]
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    ran = costcalc(*given, cwd=None)
    assert ran.code == code, ran
    assert said.format(there=tmp_path) in ran.err


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["mobilenet"], 0, ""),
        (["sweep", "mobilenet", "--workers", "2"], 0, ""),
        (["sweep", "mobilenet", *PLOT], 2, f"costcalc: x.svg: {NOWHERE}\n"),
    ],
)
def test_a_process_begins_in_a_directory_that_was_deleted(arguments, code, said, tmp_path):
    script = "import os, sys; os.rmdir(os.getcwd()); from costcalc.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, *arguments], cwd=tmp_path, capture_output=True,
        text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (code, said)


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        *((name, True) for name in ("SIGTERM", "SIGUSR1", "SIGXCPU")),
        *((name, False) for name in ("SIGHUP", "SIGINT", "SIGQUIT")),
    ],
)
def test_a_signal_takes_the_temporary_file_along(name, hidden, tmp_path, start):
    import signal

    without = "import os; del os.O_TMPFILE; from costcalc.cli.main import main; main()"
    begin = [sys.executable, "-c", without] if hidden else COSTCALC
    process = start(
        [*begin, *LARGE, "--workers", "2", "--no-resume", "-o", str(tmp_path / "grid.csv")]
    )
    until(lambda: len(members(process.pid)) > 2)  # its workers are at work
    number = getattr(signal, name)
    os.kill(process.pid, number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
    until(lambda: not members(process.pid), 10)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_while_an_object_is_freed_is_heard(name, start):
    """Python prints and drops an exception that is raised in a `__del__`."""
    script = (
        "import signal, time\n"
        "from costcalc.cli import signals\n"
        "class Freed:\n"
        "    def __del__(self):\n"
        f"        signal.raise_signal(signal.{name})\n"
        "with signals.as_exceptions():\n"
        "    try:\n"
        "        Freed()\n"
        "        time.sleep(60)\n"
        "    except (signals.Ended, KeyboardInterrupt) as heard:\n"
        "        print(type(heard).__name__)\n"
    )
    process = start([sys.executable, "-c", script])
    out, err = process.communicate(timeout=30)
    assert (out, err) == ({"SIGTERM": "Ended\n", "SIGINT": "KeyboardInterrupt\n"}[name], "")


def test_what_is_ignored_stays_ignored(tmp_path, start):
    """As under nohup: a terminal that closes is no reason to end."""

    script = (
        "import signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from costcalc.cli import signals\n"
        "with signals.as_exceptions():\n"
        "    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN\n"
        "    assert callable(signal.getsignal(signal.SIGTERM))\n"
        "assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL\n"
    )
    process = start([sys.executable, "-c", script])
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")


def test_nobody_gets_a_file_that_is_let_go(tmp_path, monkeypatch):
    """Who has opened it before its name went would write where nobody looks."""
    path = str(tmp_path / "journal")
    first = locked_files.own(path, path)
    lock = locked_files.lock

    def late(file):
        monkeypatch.setattr(locked_files, "lock", lock)
        locked_files.let_go(first, path)  # between the opening and the lock
        lock(file)

    monkeypatch.setattr(locked_files, "lock", late)
    second = locked_files.own(path, path)
    assert os.path.samestat(os.fstat(second.fileno()), os.stat(path))
    assert is_locked(path)
    locked_files.let_go(second, path)
    assert second.closed
    assert os.listdir(tmp_path) == []
