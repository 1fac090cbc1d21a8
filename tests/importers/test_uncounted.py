"""What is left out of a model file is said by everything that is written of it."""

from __future__ import annotations

import json

import pytest

from costcalc.library import leave_out
from costcalc.network import load
from tests.importers.making import model, saved
from tests.report.test_schemas import SCHEMAS, problems

NODES = "a = Fancy(x)\nb = Conv<pads=[1,1,1,1]>(a, w)\nc = Odd(b)\ny = Fancy(c)"
SAID = {"./net.onnx": {"Fancy": 2, "Odd": 1}}
LINES = {
    "network": ["./net.onnx"],
    "compare": ["compare", "./net.onnx", "mobilenet"],
    "list": ["list", "./net.onnx"],
    "check": ["check", "./net.onnx"],
    "explain": ["explain", "./net.onnx"],
    "memory": ["memory", "./net.onnx"],
    "board": ["board", "./net.onnx", "--on", "stm32h743"],
    "guidelines": ["guidelines", "./net.onnx"],
    "storage": ["storage", "./net.onnx"],
    "roofline": ["roofline", "./net.onnx", "--device", "jetson_nano"],
    "reconcile": ["reconcile", "./net.onnx"],
    "time": ["time", "./net.onnx", "--device", "pixel_1"],
    "sweep": ["sweep", "./net.onnx", "--res", "32,64"],
    "fit": ["fit", "./net.onnx", "--grow", "res", "--max", "mult_adds=1M"],
    "budget": ["budget"],
    "ci": ["ci"],
    "lock": ["lock", "--check"],
    "draw": ["draw", "./net.onnx"],
    "diff": ["diff", "./net.onnx", "mobilenet"],
}
LEFT_OUT = ["--uncounted", "Fancy", "--uncounted", "Odd"]
PROJECT = "networks: {a: ./net.onnx}\nbudgets: [{network: a, max: {params: 1M}}]\n"


@pytest.fixture
def folder(tmp_path, costcalc):
    """A folder with the file, and a project that has it."""
    saved(model(NODES, {"w": (3, 3, 3, 3)}, "float[1,3,32,32] x"), tmp_path)
    (tmp_path / "costcalc.yaml").write_text(PROJECT)
    costcalc("lock", *LEFT_OUT, cwd=tmp_path)
    yield tmp_path
    leave_out()  # whatever runs after it here


def test_every_command_that_writes_json_of_networks_is_here():
    assert LINES.keys() == SCHEMAS.keys() - {"common", "calibrate"}


@pytest.mark.parametrize("name", LINES)
def test_what_is_left_out_is_said(name, costcalc, folder):
    line = [*LINES[name], *LEFT_OUT]
    ran = costcalc(*line, "--format", "json", cwd=folder)
    found = json.loads(ran.out)
    assert found["uncounted"] == SAID
    assert list(problems(SCHEMAS[name], found)) == []
    ran = costcalc(*line, cwd=folder)
    assert "NOT counted: 2 Fancy, 1 Odd of ./net.onnx" in ran.out + ran.err
    rows = costcalc(*line, "--format", "csv", cwd=folder)
    if len(rows.out.splitlines()) > 1:
        assert "2 Fancy, 1 Odd of ./net.onnx" in rows.out + rows.err


def test_a_spec_that_is_written_says_it(costcalc, folder):
    assert (
        "NOT counted: 2 Fancy, 1 Odd"
        in costcalc("convert", "./net.onnx", *LEFT_OUT, cwd=folder).out
    )


def test_a_page_says_it(costcalc, folder):
    page = costcalc("report", "./net.onnx", *LEFT_OUT, cwd=folder).out
    assert "NOT counted: 2 Fancy, 1 Odd of " in page


def test_rows_in_a_file_say_it_beside(costcalc, folder):
    ran = costcalc(*LINES["sweep"], "-o", "rows.csv", *LEFT_OUT, cwd=folder)
    assert "NOT counted: 2 Fancy, 1 Odd of ./net.onnx" in ran.err


def test_the_next_run_counts_all_again(costcalc, folder):
    assert costcalc("./net.onnx", *LEFT_OUT, cwd=folder).code == 0
    assert "--uncounted Fancy leaves one out" in costcalc("./net.onnx", cwd=folder).err
    assert "NOT" not in costcalc("mobilenet", cwd=folder).out


def test_the_library(folder):
    leave_out("Fancy", "Odd")
    assert load(folder / "net.onnx").spec.uncounted == SAID["./net.onnx"]


@pytest.mark.parametrize("name", ["network", "sweep", "draw", "check"])
def test_what_no_file_has_is_said(name, costcalc, folder):
    line = [*LINES[name], *LEFT_OUT]
    assert "no model file" not in costcalc(*line, cwd=folder).err
    (said,) = costcalc(*line, "--uncounted", "fancy", cwd=folder).err.splitlines()[-1:]
    assert said == "--uncounted fancy: no model file that was read has such an operator"
