"""Processes that tests start, none of which outlives its test."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.conftest import ROOT

COSTCALC = [sys.executable, "-m", "costcalc"]
_PEAK = """
import atexit, re, sys
from costcalc.cli.main import main
status = lambda: open("/proc/self/status").read()
atexit.register(lambda: print(re.search(r"VmHWM:\\s*(\\d+) kB", status())[1], file=sys.stderr))
main()
"""
PEAK = [sys.executable, "-c", _PEAK]
"""The command line, whose last line on stderr is the most memory that it had, in KiB: what
`getrusage` says would be that of the process that started it, where that had more."""
LIMIT = 300
"""Seconds of processor time after which the system ends a process that a test has started."""
_PR_SET_PDEATHSIG = 1
_prctl = getattr(ctypes.CDLL(None), "prctl", None)


def _ends_with_its_test() -> None:
    """Where the tests themselves are killed, nothing that they started goes on."""
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@contextlib.contextmanager
def starting() -> Iterator[Callable[..., subprocess.Popen]]:
    """A function that starts a command in a session of its own; all of it is killed in the end."""
    started: list[subprocess.Popen] = []

    def start(command: list[str], cwd: Path = ROOT, **options) -> subprocess.Popen:
        environment = {**os.environ, **options.pop("env", {})}
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdout=options.pop("stdout", subprocess.PIPE),
            stderr=options.pop("stderr", subprocess.PIPE), text=options.pop("text", True),
            start_new_session=True, preexec_fn=_ends_with_its_test, **options,
        )  # fmt: skip
        started.append(process)
        return process

    try:
        yield start
    finally:
        for process in started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    stream.close()


def members(session: int) -> list[int]:
    """The processes of a session that are alive."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            with contextlib.suppress(OSError):
                # after the name, which is in parentheses: state, parent, group, session
                fields = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == session and fields[0] not in "ZX":
                    found.append(int(entry))
    return found


def has_open(process: int, folder: Path) -> bool:
    """Whether a process has a file of a folder open, with a name or without."""
    for entry in Path("/proc", str(process), "fd").iterdir():
        with contextlib.suppress(OSError):
            if os.readlink(entry).startswith(str(folder)):
                return True
    return False


def is_locked(path: Path | str) -> bool:
    """Whether another process than this one cannot lock a file."""
    code = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+b'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    command = [sys.executable, "-ISc", code, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "BlockingIOError" in done.stderr, done.stderr
    return done.returncode != 0


MARK = "COSTCALC_TESTED_BY"
"""In the environment of all that tests begin: the process of the tests."""


def left_behind() -> list[str]:
    """The commands of processes that tests have begun and that are still there."""
    ours, found = str(os.getpid()), []
    for entry in set(filter(str.isdecimal, os.listdir("/proc"))) - {ours}:
        with contextlib.suppress(OSError):
            process = Path("/proc", entry)
            command = process.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode()
            parent = process.joinpath("stat").read_text().rpartition(")")[2].split()[1]
            marked = f"{MARK}={ours}".encode() in process.joinpath("environ").read_bytes()
            # multiprocessing's own helper ends with us
            if (marked or parent == ours) and command and "resource_tracker" not in command:
                found.append(f"{entry}: {command}")
    return found


def until(
    holds: Callable[[], object], seconds: float = 60.0, why: Callable[[], object] = lambda: ""
) -> None:
    """Wait until something holds; it is an error where it does not in time."""
    deadline = time.monotonic() + seconds
    pause = 0.005
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain {why()}"
        time.sleep(pause)
        pause = min(1.5 * pause, 0.05)  # to look at all processes takes a while itself
