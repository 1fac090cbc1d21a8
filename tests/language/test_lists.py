"""Hyperparameters that are lists: several values."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import costcalc

SPEC = """
hyperparameters:
  res: 32
  d: {default: [2, 1], choices: [1, 2, 3]}
  k: {default: [3, 5, 7], choices: [3, 5, 7]}
  e: {default: [1.0, 2.0, 2.0], min: 0.5, by: {wide: {true: [4, 4, 4]}}}
  wide: false
input: [res, res, 3]
blocks:
  unit:
    args: [times, windows]
    columns: [op, k, out, n]
    rows: [[conv, "windows[i]", "round(8 * e[i])", times]]
network:
- columns: [op, times, windows]
  rows:
  - [unit, "d[1]", k]
  - [unit, "d[2]", k]
claims:
- table: "Table 1"
  columns: [d, k, weights]
  rows:
  - [[1, 3], [3, 3, 7], "14,488"]
  - [1, 3, 792]
"""


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "lists.yaml"
    path.write_text(SPEC)
    return str(path)


def windows(net):
    return [layer.arguments["k"].h for layer in net.layers]


def test_elements_are_counted_from_one_as_repeats_are(spec):
    net = costcalc.load(spec)
    assert windows(net) == [3, 5, 3]
    assert [layer.output.c for layer in net.layers] == [8, 16, 8]
    assert windows(costcalc.load(spec, d=[1, 3])) == [3, 3, 5, 7]


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ([3, 3, 7], (3, 3, 7)),
        ((3, 3, 7), (3, 3, 7)),
        (np.array([3, 3, 7]), (3, 3, 7)),
        ("[3,3,7]", (3, 3, 7)),
        (" [3, 3, 7] ", (3, 3, 7)),
        ("3,3,7", (3, 3, 7)),
        (5, (5, 5, 5)),
        ("5", (5, 5, 5)),
    ],
)
def test_ways_to_give_a_list(spec, given, value):
    assert costcalc.load(spec, k=given).hyperparameters["k"] == value


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([3, 4, 5], "k at index 2 must be one of 3, 5, 7, not 4"),
        ([3, 5], "k must be a list of 3 values, not of 2"),
        ("[]", "k must be a list of 3 values, not of 1|k at index 1 must be one of"),
        ([[3], 5, 7], "k must be one value, not list"),
        ("[5]", "k must be a list of 3 values, not of 1"),
        ("[3,5,7", "k: a bracket is missing"),
    ],
)
def test_wrong_lists(spec, given, message):
    with pytest.raises(costcalc.CostcalcError, match=message):
        costcalc.load(spec, k=given)


def test_another_hyperparameter_may_decide_the_default(spec):
    assert costcalc.load(spec).hyperparameters["e"] == (1, 2, 2)
    assert costcalc.load(spec, wide=True).hyperparameters["e"] == (4, 4, 4)
    assert costcalc.load(spec, e=0.75).hyperparameters["e"] == (Fraction(3, 4),) * 3


def test_claims_of_lists(spec):
    lines = [line.computed for line in costcalc.check(spec)]
    settings = {"d": [1, 3], "k": [3, 3, 7]}, {"d": 1, "k": 3}
    assert lines == [costcalc.load(spec, **given).weights for given in settings]


def test_a_list_on_the_command_line(spec, costcalc):
    for setting in ("3,3,7", "[3,3,7]"):
        out = costcalc(spec, "--k", setting, "--d", "3", "--format", "json").out
        assert '"k": [\n      3,\n      3,\n      7\n    ]' in out
    compared = costcalc("compare", spec, f"{spec}:res=16,k=[3,3,7],d=[1,1]")
    assert "lists:res=16,d=[1,1],k=[3,3,7]" in compared.out
    wrong = costcalc(spec, "--k", "3,4,5")
    assert wrong.code == 2
    assert "k at index 2 must be one of 3, 5, 7, not 4" in wrong.err


def test_formulas_name_the_element(spec, costcalc):
    out = costcalc("explain", spec, "--layer", "unit1/conv1.2").out
    assert "round(8 * e[2])" in out
    assert "k[2]" in out
