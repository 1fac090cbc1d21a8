"""Lint, types, the house's rules on imports, and what must not be slow."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

import pytest
import yaml

from tests.conftest import ROOT, TESTS, one_at_a_time

RANKS = (
    "records", "safe_text", "errors", "recovery", "extras", "arrow", "frames", "files",
    "locked_files", "parallel", "numbers",
    "text_columns", "ops", "language", "importers", "library", "graph", "operators",
    "cost",
    "conventions", "memory", "network", "conversion", "claims", "scaffold", "explain",
    "hardware", "sweeps",
    "tables", "search", "control", "drawing", "diagnosis", "schema", "api", "report", "lsp", "cli",
)  # fmt: skip
"""The rooms from the ground up: each imports only what stands below it."""


(LOCAL,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
HOOKS = [hook["entry"] for hook in LOCAL["hooks"]]


def test_lint_format_types_and_docs_are_checked_before_a_commit():
    tools = {hook.split()[2 if "-m" in hook else 1] for hook in HOOKS}
    assert tools == {"ruff", "mypy", "docs/generate.py"}
    assert len(HOOKS) == 4


@pytest.mark.long
@pytest.mark.parametrize("hook", HOOKS[:-1])  # of pages, tests/claims/test_pages.py
def test_clean(hook, shared):
    program, *arguments = hook.split()
    assert program == "python"
    with one_at_a_time(shared / f"{arguments[1]}.lock"):  # it goes on from what it knew before
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stdout + done.stderr


def imports(path):
    """The rooms a file imports, at its top or when something is asked for."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "costcalc":
            assert node.module is not None
            parts = node.module.split(".")
            yield from parts[1:2] or [name.name for name in node.names]
        elif isinstance(node, ast.Import):
            for name in node.names:
                if name.name.startswith("costcalc."):
                    yield name.name.split(".")[1]


SOURCES = sorted((ROOT / "costcalc").rglob("*.py"))


def test_every_room_has_a_rank_of_its_own():
    rooms = {path.relative_to(ROOT / "costcalc").parts[0].removesuffix(".py") for path in SOURCES}
    assert {room for room in rooms if not room.startswith("__")} == set(RANKS)
    assert len(set(RANKS)) == len(RANKS)


def test_imports_run_down():
    """The package itself hands out names of all rooms; operators know of nothing but numbers."""
    up = {}
    for path in SOURCES:
        own = path.relative_to(ROOT / "costcalc").parts[0].removesuffix(".py")
        if not own.startswith("__"):
            below = (
                {"records", "ops", "numbers"} if own == "ops" else {*RANKS[: RANKS.index(own) + 1]}
            )
            up[str(path)] = {*imports(path)} - below - {"__version__"}
    assert {path: rooms for path, rooms in up.items() if rooms} == {}


def test_operators_use_only_what_all_three_readings_have():
    """No int(), round() or numpy on a dimension."""
    for path in (ROOT / "costcalc" / "ops").glob("*.py"):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                forbidden = node.func.id in ("int", "round", "float", "abs", "min", "max")
                assert not forbidden, f"{path}:{node.lineno}"
        assert "numpy" not in text, path


def test_the_main_job_imports_no_numpy_and_a_pipe_no_rich():
    code = (
        "import sys; from costcalc.cli.main import main\n"
        "sys.argv = ['costcalc', 'mobilenet', '--alpha', '0.5', '--res', '160']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "known = ('numpy', 'rich', 'json', 'signal', 'csv', 'difflib', 'costcalc.memory')\n"
        "print([m for m in known if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"


def test_named_tuples_are_those_that_are_made_quickly():
    """`typing`'s compile every annotation at start-up."""
    slow = re.compile(r"from typing import .*\bNamedTuple\b")
    for path in SOURCES:
        assert path.stem == "records" or not slow.search(path.read_text()), path


def test_what_is_said_beside_the_result_may_be_unheard():
    """A full disk under stderr: whoever writes there by himself has a traceback."""
    by_himself = re.compile(r", err=True|sys\.stderr\.write|file=sys\.stderr")
    for path in SOURCES:
        assert path.stem == "messages" or not by_himself.search(path.read_text()), path


def test_a_message_is_given_the_path_of_the_file_it_is_about():
    """`CostcalcError(message, path)` and `say(message, path)` keep any path on one line."""
    by_hand = re.compile(r'(CostcalcError|Unfinished|say)\(\s*f"\{(\w+\.)*(path|shown|output)\}:')
    for path in SOURCES:
        assert not by_hand.search(path.read_text()), path


def test_tests_begin_processes_where_they_are_ended():
    begins = re.compile(r"= subprocess\.Popen")
    for path in TESTS.rglob("*.py"):
        allowed = path.stem == "running" or path.parent.stem == "benchmarks"
        assert allowed or not begins.search(path.read_text()), path


def test_nothing_bare_is_called_mac():
    """It means multiply-accumulate to some and memory access cost to others."""
    for path in [*(ROOT / "costcalc").rglob("*.py"), *(ROOT / "specs").glob("*.yaml")]:
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            bare = re.search(r"\bMACs?\b", line)
            assert not bare or "ShuffleNet v2" in line, f"{path.name}:{number}: {line}"


def test_tests_mirror_the_rooms():
    rooms = {p.parent.name for p in (ROOT / "costcalc").glob("*/__init__.py")}
    assert rooms - {"report"} <= {p.name for p in TESTS.iterdir()}
