"""`check` over several files: one that is broken keeps no other from being checked."""

from __future__ import annotations

import csv
import io
import json
import sys

import pytest

from costcalc.cli import checking
from costcalc.cli.progress import Progress
from costcalc.parallel import executors, processes
from tests.covering import at_once

FINE = """
input: [8, 8, 3]
network:
- {columns: [op, k, out], rows: [[conv, 3x3, 8]]}
claims:
- {table: T, columns: [type, params], rows: [["Conv 3x3", 216]]}
"""
NET = "input: [8, 8, 3]\nnetwork:\n- {columns: [op, k, out], rows: [[conv, 3x3, 8]]}\n"
FILES = {
    "fine.yaml": FINE,
    "unreadable.yaml": "input: [8, 8, 3]\nnetwork: [\n",
    "unbuildable.yaml": NET.replace("k, out", "k, pad, out").replace("3x3", "9x9, 0"),
    "claims.yaml": NET
    + 'claims:\n- table: T\n  columns: [type, params]\n  rows:\n  - ["Conv 7x7", 216]\n'
    + '  - ["Conv 3x3", many]\n  - ["Conv 3x3", 216]\n',
    "bare.yaml": NET,
    "wrong.yaml": FINE.replace("216]", "217]"),
}


@pytest.fixture
def check(tmp_path, costcalc):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)

    def run(*arguments):
        return costcalc("check", *arguments, cwd=tmp_path)

    return run


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["fine.yaml"], 0),
        (["fine.yaml", "bare.yaml"], 0),
        (["wrong.yaml", "fine.yaml"], 1),
        (["unreadable.yaml", "fine.yaml"], 2),
        (["claims.yaml", "fine.yaml"], 2),
        (["unbuildable.yaml"], 2),
        (["missing.yaml", "wrong.yaml"], 2),
        (["wrong.yaml", "no_such_network"], 2),
    ],
)
@at_once("format_", ["table", "json", "csv", "md", "github"])
def test_exit_code(names, code, format_, check):
    ran = check(*names, "--format", format_)
    assert ran.code == code
    assert bool(ran.err) == (code == 2)


def test_every_error_is_a_finding_and_everything_else_is_checked(check):
    found = json.loads(check(*FILES, "missing.yaml", "--format", "json").out)
    assert [(one["spec"], one["at"]) for one in found["errors"]] == [
        ("unreadable.yaml", "unreadable.yaml:2:11"),
        ("unbuildable.yaml", "unbuildable.yaml:3:46"),
        ("claims.yaml", "claims.yaml:8:18"),
        ("claims.yaml", "claims.yaml:9:18"),
        ("missing.yaml", None),
    ]
    assert [(line["model"], line["verdict"]) for line in found["claims"]] == [
        ("fine", "reproduced"),
        ("claims", "reproduced"),
        ("wrong", "mismatch"),
    ]
    assert {one["spec"]: one["claims"] for one in found["specs"]}["bare.yaml"] == 0
    assert len(found["specs"]) == len(FILES) + 1


def test_messages_with_their_carets_are_on_stderr(check):
    err = check("claims.yaml", "fine.yaml", "missing.yaml").err
    assert err.startswith("claims.yaml:8:18: claims has no layers of type 'Conv 7x7'\n    8 | ")
    assert "did you mean 'Conv 3x3'?\nclaims.yaml:9:18: 'many' is no number\n" in err
    assert (
        err.splitlines()[-1] == "costcalc: missing.yaml: cannot be read: No such file or directory"
    )


def test_one_error_that_stops_many_claims_is_said_once(check):
    """The network cannot be built: that is one error, not one a claim."""
    assert check("unbuildable.yaml").err.count("unbuildable.yaml:3:46") == 1


@pytest.mark.parametrize(
    ("format_", "said"),
    [
        ("table", "no claims: bare.yaml\n"),
        ("md", "no claims: bare.yaml\n"),
        ("csv", "bare,,,,,,no claims,\n"),
        ("github", "::notice file=bare.yaml,line=1,col=1,title=no claims::bare: no claims\n"),
        ("gitlab", '"severity": "info",\n    "location": {\n      "path": "bare.yaml"'),
        (
            "sarif",
            '"level": "note",\n          "message": {\n            "text": "bare: no claims"',
        ),
        ("junit", "<system-out>note: bare.yaml:1:1: bare: no claims</system-out>"),
        ("json", '"spec": "bare.yaml",\n      "claims": 0,\n      "errors": 0\n'),
    ],
)
def test_a_spec_without_claims_is_said_as_such(format_, said, check):
    assert said in check("fine.yaml", "bare.yaml", "--format", format_).out
    assert "no claims" not in check("fine.yaml", "--format", format_).out


def test_errors_as_data(check):
    lines = csv.DictReader(io.StringIO(check("claims.yaml", "--format", "csv").out))
    assert [(line["verdict"], line["where"], line["note"]) for line in lines] == [
        ("reproduced", "T, Conv 3x3", ""),
        ("not checked", "claims.yaml:8:18", "claims has no layers of type 'Conv 7x7'"),
        ("not checked", "claims.yaml:9:18", "'many' is no number"),
    ]
    assert check("claims.yaml", "--format", "github").out.splitlines() == [
        "::error file=claims.yaml,line=8,col=18,title=not checked::"
        "claims has no layers of type 'Conv 7x7'",
        "::error file=claims.yaml,line=9,col=18,title=not checked::'many' is no number",
        "1 published numbers: 1 reproduced",
    ]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_progress_counts_every_claim_and_reaches_its_end(workers, monkeypatch, check):
    bars = []

    class Watched(Progress):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            bars.append(self)

    monkeypatch.setattr(checking, "Progress", Watched)
    check("claims.yaml", "unreadable.yaml", "fine.yaml", "--workers", workers)
    assert [(bar.unit, bar.done, bar.total) for bar in bars] == [
        ("specs", 3, 3),
        ("claims", 6, 6),  # three and one, and the tables of two specs
    ]


@pytest.mark.parametrize("format_", ["table", "json", "sarif"])
def test_several_processes_find_the_same_in_the_same_order(format_, check):
    """What is broken too, wherever it is: its findings, messages and exit code."""
    asked = [*reversed(FILES), "missing.yaml", "squeezenet", "--format", format_, "--workers"]
    here, elsewhere = (check(*asked, workers) for workers in "13")
    assert (elsewhere.out, elsewhere.err, elsewhere.code) == (here.out, here.err, 2)


def test_processes_are_begun_for_many_claims_alone(monkeypatch, check):
    begun = []

    def counted(job, tasks, workers):
        begun.append(workers)
        return executors.here(job, tasks)

    monkeypatch.setattr(processes, "results", counted)
    monkeypatch.setattr(processes, "cores", lambda: 7)
    check("fine.yaml", "claims.yaml")
    check("fine.yaml", "--workers", "2")  # one spec is checked by one process
    assert begun == []
    monkeypatch.setattr(checking, "MANY", 6)
    check("fine.yaml", "claims.yaml")
    check("fine.yaml", "claims.yaml", "--workers", "2")
    check("fine.yaml", "claims.yaml", "--workers", "1")
    assert begun == [7, 2]


def test_one_network_is_checked_without_what_many_need(start):
    code = (
        "import sys\n"
        "from costcalc.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('multiprocessing', 'numpy') if m in sys.modules])"
    )
    process = start([sys.executable, "-c", code, "check", "squeezenet"])
    out, _ = process.communicate(timeout=60)
    assert "reproduced" in out
    assert out.splitlines()[-1] == "[]"
