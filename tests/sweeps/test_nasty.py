"""Formulas and structures that differ from configuration to configuration, against each alone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import costcalc
from costcalc.cost.totals import METRICS
from costcalc.errors import CostcalcError

HEAD = """
hyperparameters:
  alpha: 1.0
  a: 1
  b: 1
input: [8, 8, 3]
network:
- columns: [op, k, out, n, when]
  rows:
  - [conv, 3x3, 4]
"""


@pytest.fixture
def spec(tmp_path):
    def write(row):
        path = tmp_path / "nasty.yaml"
        path.write_text(f"{HEAD}  - {row}\n")
        return str(path)

    return write


def alone(path, **settings):
    """The metrics of one network by itself, -1 where it is none."""
    try:
        network = costcalc.load(path, **settings)
    except CostcalcError:
        return (-1,) * len(METRICS)
    return tuple(getattr(network, metric) for metric in METRICS)


def agree(path, **axes):
    names, chosen = list(axes), list(itertools.product(*axes.values()))
    single = [alone(path, **dict(zip(names, values, strict=True))) for values in chosen]
    grid = costcalc.sweep(path, metrics=METRICS, **axes)
    every = np.stack([grid[metric].reshape(-1) for metric in METRICS], axis=1)
    assert [tuple(row) for row in every.tolist()] == single
    columns = {name: [values[i] for values in chosen] for i, name in enumerate(names)}
    rows = costcalc.points(path, metrics=METRICS, **columns)
    every = np.stack([rows[metric] for metric in METRICS], axis=1)
    assert [tuple(row) for row in every.tolist()] == single
    assert rows.valid.tolist() == [counts[0] >= 0 for counts in single]


@pytest.mark.parametrize(
    "row",
    [
        '[conv, 3x3, "max(0.5, alpha) * 20"]',
        '[conv, 3x3, "min(a, 0.5) * 20"]',
        '[conv, 3x3, "divisible(7.5, a)"]',
        '[conv, 3x3, "divisible(20 * alpha, b / 2)"]',
        '[conv, 3x3, "ceil(20 * alpha % b) + 1"]',
        '[conv, 3x3, "ceil(7 % alpha) + 1"]',
        '[conv, 3x3, "ceil(a % alpha) + 1"]',
    ],
)
def test_fractions_beside_whole_numbers(spec, row):
    agree(spec(row), alpha=["0.35", "0.5", "1.25"], a=[1, 2, 8], b=[1, 3])


@pytest.mark.parametrize(
    "row",
    [
        '[conv, 3x3, "ceil(alpha / b) + 1"]',
        '[conv, 3x3, "ceil(alpha // (h - h)) + 1"]',
        '[conv, 3x3, "a % (b - b) + 1"]',
        '[conv, 3x3, "divisible(20, b)"]',
        '[conv, 3x3, "divisible(alpha, b)"]',
        '[conv, 3x3, "divisible(20 * a, 0)"]',
    ],
)
def test_a_division_by_zero_is_no_network(spec, row):
    agree(spec(row), alpha=["0.5", "0.3333333333333333333"], a=[1, 3], b=[0, 1, 2])


def test_a_number_beyond_the_limit_is_no_network(spec):
    row = '[conv, 3x3, "a * a * alpha // 1000000000 + 1"]'
    agree(spec(row), a=[1, 1_000_000, 1_000_001], alpha=["0.5", "1"])
    agree(spec("[conv, 1x1, 4000000 * a]"), a=[1, 1000, 250_001])


@pytest.mark.parametrize(
    "row",
    [
        '[conv, 3x3, 8, 1, "a * b == 4"]',
        '[conv, 3x3, 8, "a * b"]',
        '[conv, 3x3, 8, "a * b - 4"]',
    ],
)
def test_structures_that_several_values_decide(spec, row):
    """Rows that agree in it need not have all the combinations of their values."""
    agree(spec(row), a=[1, 2, 4], b=[1, 2, 4])
    path = spec(row)
    rows = costcalc.points(path, metrics=METRICS, a=[1, 2, 4], b=[4, 2, 1])
    single = [alone(path, a=a, b=b) for a, b in ((1, 4), (2, 2), (4, 1))]
    assert [tuple(int(rows[m][i]) for m in METRICS) for i in range(3)] == single


def test_what_floats_accept_and_exact_numbers_refuse(spec):
    """3 x 0.3333333333333333 is 1 in floating point, and below 1 in truth."""
    path = spec('[conv, 3x3, 4, "floor(3 * alpha) - 1"]')
    alpha = np.random.default_rng(0).uniform(0.34, 2, size=10_000)
    alpha[77] = 0.3333333333333333
    found = costcalc.points(path, alpha=alpha)
    assert not found.valid[77]
    assert found["mult_adds"][77] == -1
    assert found.valid.sum() == len(alpha) - 1


@pytest.mark.parametrize("name", ["mobilenet", "mobilenet_v2", "densenet_cifar"])
def test_a_convention_that_counts_vectors_of_one_length_once(name):
    """Which of them are of one length differs from configuration to configuration."""
    axes = {"growth": [6, 12, 16]} if name == "densenet_cifar" else {"alpha": [0.06, 0.5, 1.0]}
    grid = costcalc.sweep(
        name, metrics=["params", "cost"], convention="onnx-tool", **axes, classes=[16, 64]
    )
    for (i, j), params in np.ndenumerate(grid["params"]):
        chosen = {
            axis: values[k] for (axis, values), k in zip(grid.axes.items(), (i, j), strict=True)
        }
        assert params == costcalc.load(name, convention="onnx-tool", **chosen).params


def test_a_repeat_of_several_axes_is_never_spread_over_all(spec, monkeypatch):
    monkeypatch.setattr("costcalc.numbers.workspace.MOST_VALUES", 16)
    agree(spec('[conv, 3x3, 4, "a + b"]'), a=list(range(12)), b=list(range(12)))
    agree(spec('[conv, 3x3, 4 * a, "a * b - 1"]'), a=list(range(6)), b=list(range(6)))


def test_a_function_of_two_axes_beside_one_of_the_second(tmp_path, monkeypatch):
    """In blocks that fix the first axis both are functions of the second."""
    monkeypatch.setattr("costcalc.sweeps.chunks.CHUNK", 8)
    path = tmp_path / "valid.yaml"
    path.write_text(
        "hyperparameters: {res: 32, k: 3, m: 1}\ninput: [res, res, 3]\n"
        "network:\n- columns: [op, k, s, out, pad]\n  rows: [[conv, k, 2, m, valid]]\n"
    )
    agree(str(path), res=[5, 6, 7, 9], k=[1, 2, 3, 6], m=[1, 2, 3, 4])
