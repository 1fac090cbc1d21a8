"""What every test can use, and the options `pytest --all` and `pytest --overwrite`."""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib.metadata
import os
import platform
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="the exhaustive tests too, as CI does")
    parser.addoption("--overwrite", action="store_true", help="write the golden files anew")


@pytest.fixture(scope="session", autouse=True)
def _no_process_is_left_behind() -> Iterator[None]:
    from tests.running import MARK, left_behind, until

    if not os.path.isdir("/proc/self"):
        yield
        return
    os.environ[MARK] = str(os.getpid())
    yield
    until(lambda: not left_behind(), 10, left_behind)


@pytest.fixture(scope="session", autouse=True)
def _built_in_networks_are_built_once() -> Iterator[None]:
    """And read once, where as many files of tests would else push them out of what is kept."""
    from costcalc import library, network
    from tests.covering import build_once

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library, "_parsed", functools.lru_cache(1500)(library._parsed.__wrapped__))
        patch.setattr(network, "build", build_once)
        yield


def pytest_configure(config: pytest.Config) -> None:
    _keep_what_is_compiled(config)
    _signals_are_heard_by_what_is_started()
    from hypothesis import settings

    from tests import covering

    covering.everything = config.getoption("--all")
    covering.by_name = any("::" in argument for argument in config.args)
    settings.register_profile("costcalc", covering.examples(50))
    settings.load_profile("costcalc")


def _keep_what_is_compiled(config: pytest.Config) -> None:
    """Where Python may not write beside the sources, what it compiles is kept in pytest's cache.

    Each process that a test starts would compile all of it anew, which takes longer than its work.
    """
    if sys.dont_write_bytecode and hasattr(config, "cache"):
        sys.dont_write_bytecode = False
        sys.pycache_prefix = str(config.cache.mkdir("compiled"))
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix


def _signals_are_heard_by_what_is_started() -> None:
    """Signals that this process was told to ignore end the processes that tests start, as usual.

    `nohup pytest`, and `pytest &` of a shell without job control, begin it with signals ignored.
    Whatever a process ignores its children ignore too, costcalc among them: as they should, but
    tests send these signals to see it end. What has a handler here is back at its default in a
    child, and one that does nothing is no more than ignoring to the tests themselves.
    """
    for name in ("SIGHUP", "SIGINT", "SIGQUIT"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def pytest_collection_finish() -> None:
    """Ten thousand tests are there to stay: no collector of garbage need look at them again.

    It looks as seldom as in the command line.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A process a core for the whole suite, none for what is asked for by name."""
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return min(os.cpu_count() or 1, 8) if whole and not config.option.keyword else 0


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the exhaustive tests to `--all`, but for those that are asked for by name."""
    from tests import covering

    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    if covering.everything or covering.by_name:
        return
    later = [item for item in items if item.get_closest_marker("exhaustive")]
    config.hook.pytest_deselected(items=later)
    items[:] = [item for item in items if not item.get_closest_marker("exhaustive")]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """What no browser has looked at; with which Python and libraries it was, where one asks."""
    from tests.browsing import NONE

    unseen = [r for r in terminalreporter.stats.get("skipped", []) if NONE in str(r.longrepr)]
    if unseen:
        line = f"NOT RUN: {len(unseen)} tests in a browser: {NONE}"
        terminalreporter.write_line(line, yellow=True, bold=True)
    if not config.getoption("--all"):
        return
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = chain(project["dependencies"], *project["optional-dependencies"].values())
    names = {re.split(r"[\[>]", requirement)[0] for requirement in declared} - {project["name"]}
    versions = [f"{name} {_version(name)}" for name in sorted(names)]
    terminalreporter.write_line(f"Python {platform.python_version()}: {', '.join(versions)}")


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "NOT INSTALLED"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A Chromium without a window; tests that need one are skipped, loudly, where there is none."""
    from tests.browsing import launched

    with launched() as found:
        yield found


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all processes that run these tests."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def once(shared: Path) -> Callable[..., Path]:
    """Have something made in a folder by one of the processes that run the tests, for all of them.

    The first one that asks for a name makes it, the others wait.
    """

    def have(name: str, make: Callable[[Path], None]) -> Path:
        folder, made = shared / name, shared / f"{name} is made"
        with one_at_a_time(shared / f"{name}.lock"):
            if not made.exists():
                folder.mkdir(exist_ok=True)
                make(folder)
                made.touch()
        return folder

    return have


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with a golden file, to the character."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--overwrite"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        assert path.exists(), f"{path.name}: no golden; write it with --overwrite and read it"
        assert text == path.read_text()

    return compare


@pytest.fixture
def operators_as_before() -> Iterator[None]:
    """Operators that a test loads are gone after it."""
    from costcalc import operators

    before = [(registry, dict(registry)) for registry in (operators.OPERATORS, operators._LOADED)]
    yield
    for registry, kept in before:
        registry.clear()
        registry.update(kept)


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """While another process of the tests is inside, wait."""
    try:
        import fcntl
    except ImportError:  # a system without
        yield
        return
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Ran:
    """What a run of the command line did."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    def __repr__(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"


def run_command(*arguments: str, cwd: Path = ROOT, **environment: str) -> Ran:
    """`costcalc ARGUMENTS` as a process of its own, its output to pipes."""
    done = subprocess.run(
        [sys.executable, "-m", "costcalc", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=120,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def costcalc(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """`costcalc ARGUMENTS` in this process, for speed; without `cwd` where it is."""
    from costcalc.cli.main import main

    def run(*arguments: str, cwd: Path | None = ROOT) -> Ran:
        if cwd is not None:
            monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", ["costcalc", *arguments])
        monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        captured = capsys.readouterr()
        code = stopped.value.code
        return Ran(code if isinstance(code, int) else 0, captured.out, captured.err)

    return run


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen]]:
    """Start a command whose processes all end with the test: see `tests.running`."""
    from tests.running import starting

    with starting() as begin:
        yield begin
