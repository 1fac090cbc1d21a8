"""All findings of a file in one run: in order, each once, none that follows from another."""

from __future__ import annotations

import random

import pytest

from costcalc.diagnosis import diagnose, findings
from costcalc.errors import Source
from costcalc.library import load_spec
from costcalc.recovery import MOST
from tests.conftest import ROOT, TESTS
from tests.covering import FEW, networks

SPECS = ROOT / "specs"
BAD = sorted((TESTS / "bad").glob("*.yaml"))
OTHER = ("convention_", "device_", "board_", "project_", "measured_", "claim_")


def found(text, path="net.yaml"):
    return diagnose(Source(path, text)).errors


@pytest.mark.parametrize("name", networks(5))
def test_nothing_is_wrong_with_what_ships(name):
    diagnosis = diagnose(load_spec(name).source)
    assert diagnosis.errors == []
    assert diagnosis.network is not None


BREAKS = {
    "{default: 224, min: 32": "{default: 24, min: 32",
    "res:   {default": "res:   {defualt",
    "alpha: {default: 1.0, min": "alpha: {default: [], min",
    "input: [res, res, 3]": "input: [res, res]",
    "conv, s1, 1x1,  128, 56x56x64": "conw, s1, 1x1, 128, 56x56x64",
    "[dw,   s1, 3x3,    ~, 112x112x32]": "[dw, s1, 3x3, ~, 112x112x32, 1, 2]",
    "columns: [op, s, k, out, check(in)]": "columns: [op, s, kk, out, check(in)]",
    "[fc,      classes, 1x1x1024]": "[fc,      clases, 1x1x1024]",
    "network:\n- table": "netwrok:\n- table",
    "hyperparameters:": "hyperparametres:",
    "dw:   {norm: batch, act: relu}": "dw:   {norm: batch, act: rleu}",
    "scale: {out: floor(alpha * out)}": "scale: {out: floor(alhpa * out)}",
    "printed: 28}": "prinetd: 28}",
    "1x1x1024]": "1x1x1025]",
}


@pytest.mark.parametrize("right", BREAKS)
def test_one_mistake_is_one_finding(right):
    """Whatever stands behind it: rows without their input, names that a broken row would give."""
    text = (SPECS / "mobilenet.yaml").read_text()
    assert right in text
    errors = found(text.replace(right, BREAKS[right], 1), str(SPECS / "mobilenet.yaml"))
    assert len(errors) == 1, [str(error) for error in errors]


def test_a_size_that_nobody_knows_refuses_nothing_but_what_follows_is_known_again():
    errors = found(
        """
input: [32, 32, 3]
network:
- columns: [op, k, s, out]
  rows:
  - [conv, 3x3, 1, 2.5, {name: a}]
  - [conv, 3x3, 2, 16, {g: 16}]
  - [conv, 3x3, 1, 64, {name: b}]
  - {add: [a, b, e]}
  - [conv, 3x3, 1, 64]
  - [conv, 3x3, 1, 64, {g: 7}]
outputs: [a, d]
"""
    )
    said = [(error.mark.line, error.message) for error in errors]
    assert said == [
        (5, "out is not a whole number: 2.5"),
        (8, "no tensor is named 'e'"),
        (10, "conv3: 7 groups do not divide 64 input channels (64 % 7 = 1)"),
        (11, "no tensor is named 'd'"),
    ]


def test_an_error_in_a_block_is_one_however_often_it_is_called():
    block = (
        "blocks: {b: {args: [out], columns: [op, k, s, out], rows: [[conv, 3x3, 1, out / 3]]}}\n"
    )
    calls = "network: [{columns: [op, out], rows: [[b, 8], [b, 16], [b, 32], [b]]}]\n"
    first, second = found("input: [8, 8, 3]\n" + block + calls)
    assert first.message.startswith("out is not a whole number: out / 3")
    assert "in block 'b', called at" in first.hint
    assert second.message == "b needs 'out'"


def test_claims_and_tables_are_read_to_the_end():
    text = (SPECS / "squeezenet.yaml").read_text()
    errors = found(text + "- {where: here, quantity: parms, printed: 1}\n- {quantity: params}\n")
    assert [error.message for error in errors] == [
        "unknown quantity 'parms'",
        "a claim needs 'where'",
    ]


def test_too_many_are_the_end():
    rows = "  - [conw]\n" * 3 * MOST
    errors = found(f"input: [8, 8, 3]\nnetwork:\n- columns: [op]\n  rows:\n{rows}")
    assert len(errors) == MOST


def test_the_settings_of_the_run_are_those_of_all_findings(costcalc, tmp_path):
    (tmp_path / "net.yaml").write_text(
        "hyperparameters: {a: 2}\ninput: [8, 8, 3]\nnetwork:\n- columns: [op, k, s, out]\n"
        "  rows: [[conv, 3x3, 1, a / 2], [conv, 3x3, 1, a / 2 * 3]]\n"
    )
    ran = costcalc("./net.yaml", "--a", "3", cwd=tmp_path)
    assert ran.code == 2
    assert ran.err.count("with a = 3") == 2


def test_the_command_line_counts_what_it_does_not_show(costcalc, tmp_path):
    rows = "  - [conw]\n" * 30
    text = f"input: [8, 8, 3]\nnetwork:\n- columns: [op]\n  rows:\n{rows}"
    (tmp_path / "net.yaml").write_text(text)
    ran = costcalc("./net.yaml", cwd=tmp_path)
    assert ran.err.count("unknown operator") == 20
    assert ran.err.endswith("costcalc: 10 more errors\n")
    assert "30 errors" not in ran.err


def test_as_a_function(tmp_path):
    assert findings(SPECS / "mobilenet.yaml") == []
    (tmp_path / "net.yaml").write_text("input: [8, 8]\nnetwork: []\n")
    assert [error.mark.line for error in findings(tmp_path / "net.yaml")] == [0, 1]


def prefixes(name, count):
    text = (SPECS / f"{name}.yaml").read_text()
    chosen = random.Random(name).sample(range(len(text)), min(count, len(text)))
    return [text[:end] for end in chosen]


@pytest.mark.parametrize("name", networks(6, FEW[:3]))
def test_half_typed_files_never_crash(name):
    for text in prefixes(name, 6 if name in FEW else 2):
        for error in found(text, str(SPECS / f"{name}.yaml")):
            assert str(error)


@pytest.mark.exhaustive
def test_every_line_left_out_never_crashes():
    path = SPECS / "shufflenet_v2.yaml"
    lines = path.read_text().splitlines(keepends=True)
    for i in range(len(lines)):
        for error in found("".join(lines[:i] + lines[i + 1 :]), str(path)):
            assert str(error)


def test_check_says_all_of_a_spec_that_can_be_read_but_not_built(costcalc, tmp_path):
    text = """
input: [32, 32, 3]
network:
- columns: [op, k, s, out]
  rows: [[conv, 3x3, 1, 2.5], [conv, 3x3, 1, 8, {act: rleu}]]
claims:
- {where: x, quantity: params, printed: 3}
- {where: x, quantity: mult_adds, printed: 3}
"""
    (tmp_path / "net.yaml").write_text(text)
    ran = costcalc("check", "./net.yaml", cwd=tmp_path)
    assert ran.code == 2
    assert ran.err.count("net.yaml:5:") == 2


def test_every_key_that_is_absent_is_said():
    found = diagnose(Source("net.yaml", "name: Nothing\n"))
    said = ["a spec needs 'input'", "a spec needs 'network'"]
    assert [error.message for error in found.errors] == said
