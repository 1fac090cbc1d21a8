"""What a team sees of its history: every command in every format, and each commit as a review."""

from __future__ import annotations

import itertools

import pytest

import costcalc as library
from tests.conftest import TESTS
from tests.control.demonstration import HISTORY, demonstration
from tests.covering import mostly

GOLDEN = TESTS / "golden" / "demonstration"
FORMATS = ("table", "json", "csv", "md", "github", "gitlab", "sarif", "junit")
COMMANDS = (
    ("ci", "--base", "start"),
    ("diff", "--base", "start", "nets/phone.yaml"),
    ("budget", "--base", "start"),
    ("lock", "--check"),
    ("check", "nets/phone.yaml"),
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    return demonstration(tmp_path_factory.mktemp("demonstration"))


@pytest.mark.parametrize("format_", mostly(["table", "json"], [*FORMATS]))
def test_every_format_of_every_command(format_, repository, costcalc, golden):
    said = []
    for command in COMMANDS:
        if command[0] == "check" and format_ in (
            "json",
            "csv",
        ):  # all of the ledger, held elsewhere
            continue
        ran = costcalc(*command, "--format", format_, cwd=repository.folder)
        assert ran.err == ""
        assert ran.code == (command[0] != "diff"), ran
        said.append(f"$ costcalc {' '.join(command)} --format {format_}\n{ran.out}")
    text = "\n".join(said).replace(f'"version": "{library.__version__}"', '"version": "X"')
    golden(GOLDEN / f"{format_}.txt", text)


def test_every_commit_of_the_history(repository, costcalc, golden):
    said = []
    for before, after in itertools.pairwise(HISTORY):
        repository.git("checkout", "--quiet", after)
        ran = costcalc("ci", "--base", before, cwd=repository.folder)
        assert ran.err == ""
        said.append(f"{after}: exit {ran.code}\n{ran.out}")
    repository.git("checkout", "--quiet", "main")
    golden(GOLDEN / "history.txt", "\n".join(said))
