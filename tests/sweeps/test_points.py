"""Configurations one by one: vectors, samples; each agrees with the network counted by itself."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import costcalc
from costcalc.sweeps import points as module
from costcalc.sweeps import structures
from costcalc.sweeps.axis import Numbers, numbers_of
from costcalc.sweeps.configurations import Configurations
from tests.covering import examples

METRICS = ("params", "mult_adds", "memory_access")


def one_by_one(name, rows, **vectors):
    for row in rows:
        chosen = {key: values[row] for key, values in vectors.items()}
        yield tuple(getattr(costcalc.load(name, **chosen), metric) for metric in METRICS)


def agree(found, name, rows, **vectors):
    rows = list(rows)
    counted = [tuple(int(found[metric][row]) for metric in METRICS) for row in rows]
    assert counted == list(one_by_one(name, rows, **vectors))


def test_few_different_values():
    random = np.random.default_rng(0)
    alpha = random.integers(250, 1001, size=5000) / 1000
    res = random.integers(96, 321, size=5000)
    found = costcalc.points("mobilenet", alpha=alpha, res=res)
    assert found.valid.all()
    agree(found, "mobilenet", range(0, 5000, 400), alpha=alpha, res=res)


def test_decimals_of_many_digits():
    """Counted in floating point where that is certain, exactly where it is not."""
    random = np.random.default_rng(1)
    alpha = random.uniform(0.25, 1, size=20_000)
    alpha[:20_000:50] = (
        np.arange(128, 528) / 512
    )  # widths that are whole: floats do not decide them
    res = random.integers(96, 321, size=20_000)
    found = costcalc.points("mobilenet", alpha=alpha, res=res)
    rows = [*range(0, 20_000, 2000), *range(1, 20_000, 3000)]
    agree(found, "mobilenet", rows, alpha=alpha, res=res)


@pytest.mark.parametrize("name", ["mobilenet_v2", "igcv3"])
def test_what_is_decided_in_floating_point(name, monkeypatch):
    """Even max(alpha, 1), of which half the widths are whole, leaves little to exact arithmetic."""
    exactly = []
    exact = Configurations.exact
    monkeypatch.setattr(
        Configurations, "exact", lambda rows: exactly.append(rows.points) or exact(rows)
    )
    values = np.random.default_rng(3).uniform(0.3, 1.4, size=5000)
    found = costcalc.points(name, alpha=values)
    assert sum(exactly) < 10
    rows = np.flatnonzero(found.valid)[::2000].tolist()
    assert rows
    agree(found, name, rows, alpha=values)


SCALED = """
hyperparameters: {a: 1.0, b: 1.0, d: 3, res: 8}
input: [res, res, d]
network:
- columns: [op, k, out]
  rows:
  - [conv, 3x3, floor(100 * a * b)]
  - [conv, 1x1, "max(1, round(a * (c + 10 * d)))"]
"""


def test_decimals_times_one_another_and_what_varies(tmp_path, monkeypatch):
    """Each row has values of its own then, in floating point still: 100 * 0.58 * 1.5 is 87."""
    path = tmp_path / "spec.yaml"
    path.write_text(SCALED)
    exactly = []
    exact = Configurations.exact
    monkeypatch.setattr(
        Configurations, "exact", lambda rows: exactly.append(rows.points) or exact(rows)
    )
    random = np.random.default_rng(5)
    a = np.concatenate([random.uniform(0.1, 2, 9000), np.arange(10, 110) / 100])
    b = np.concatenate([random.uniform(0.1, 2, 9000), np.full(100, 1.5)])
    d = random.integers(1, 9, size=9100)
    found = costcalc.points(str(path), a=a, b=b, d=d)
    assert 0 < sum(exactly) < 200
    agree(found, str(path), [*range(0, 9000, 1500), *range(9000, 9100, 3)], a=a, b=b, d=d)


def test_a_float_is_the_decimal_it_prints_as():
    """0.29 x 100 is 29; as the number the float stores it is 28.99..., and 28 channels."""
    alpha = np.concatenate([[0.29], np.random.default_rng(2).uniform(0.25, 1, size=9000)])
    found = costcalc.points("mobilenet", alpha=alpha, res=np.full(9001, 224), classes=100)
    assert found["params"][0] == costcalc.load("mobilenet", alpha="0.29", classes=100).params


def test_floats_of_32_bits_print_as_fewer_digits():
    wanted = costcalc.load("mobilenet", alpha="0.35").params
    few = np.array([0.35, 0.5], dtype=np.float32)
    assert costcalc.points("mobilenet", alpha=few)["params"][0] == wanted
    many = np.concatenate([few, np.random.default_rng(7).uniform(0.3, 1, 9000).astype(np.float32)])
    assert costcalc.points("mobilenet", alpha=many)["params"][0] == wanted
    assert costcalc.sweep("mobilenet", alpha=few)["params"][0] == wanted
    assert costcalc.load("mobilenet", alpha=few[0]).params == wanted


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["mobilenet_v2", "mobilenet_v3_large", "mnasnet", "efficientnet"])
def test_structures_that_depend_on_a_size(name):
    parameter = "width" if name == "efficientnet" else "alpha"
    values = np.random.default_rng(3).uniform(0.5, 1.4, size=9000)
    found = costcalc.points(name, **{parameter: values})
    rows = np.flatnonzero(found.valid)[::900]
    assert len(rows)
    agree(found, name, rows, **{parameter: values})


@pytest.mark.parametrize("name", ["mobilenet_v2", "mobilenet_v4"])
def test_what_follows_a_size_is_one_structure_with_it(name, monkeypatch):
    """`ends` and `stem` have the value of alpha unless told: no structure a value."""
    counted = []
    original = structures.count
    monkeypatch.setattr(
        structures, "count", lambda *given: counted.append(given) or original(*given)
    )
    values = np.random.default_rng(8).uniform(0.5, 1.4, size=500)
    found = costcalc.points(name, alpha=values)
    assert len(counted) < 50
    agree(found, name, np.flatnonzero(found.valid)[::100], alpha=values)


def test_words_truth_values_and_what_is_no_network():
    g = np.array([1, 2, 3, 4, 8] * 40)
    scale = np.repeat(np.arange(1, 41) / 20, 5)
    shallow = np.array([True, False] * 100)
    found = costcalc.points("shufflenet", g=g, scale=scale, shallow=shallow)
    assert 0 < found.valid.sum() < 200
    for row in range(0, 200, 3):
        chosen = {"g": g[row], "scale": scale[row], "shallow": bool(shallow[row])}
        try:
            params = costcalc.load("shufflenet", **chosen).params
        except costcalc.CostcalcError:
            assert not found.valid[row]
            assert found["params"][row] == -1
        else:
            assert found["params"][row] == params


def test_settings_are_columns():
    found = costcalc.points("mobilenet", alpha=[0.5, 1.0], body=["full", "separable"], res=160)
    columns = found.hyperparameters
    assert list(columns) == ["alpha", "res", "classes", "body"]
    assert columns["alpha"].tolist() == [0.5, 1.0]
    assert columns["res"].tolist() == [160, 160]
    assert columns["body"].tolist() == ["full", "separable"]
    assert columns["classes"].tolist() == [1000, 1000]


def test_peaks():
    random = np.random.default_rng(6)
    alpha, res = random.uniform(0.25, 1, size=9000), random.integers(96, 225, size=9000)
    found = costcalc.points("mobilenet_v2", metrics=["peak_memory"], alpha=alpha, res=res)
    for row in range(0, 9000, 900):
        net = costcalc.load("mobilenet_v2", alpha=alpha[row], res=res[row])
        assert found["peak_memory"][row] == net.peak_memory().peak


def test_blocks_change_nothing(monkeypatch):
    alpha = np.random.default_rng(4).uniform(0.25, 1, size=10_000)
    once = costcalc.points("mobilenet", alpha=alpha)
    monkeypatch.setattr(module, "CHUNK", 999)
    again = costcalc.points("mobilenet", alpha=alpha)
    for metric in METRICS:
        assert np.array_equal(once[metric], again[metric])


def test_a_sample_of_a_long_axis_takes_no_memory_for_what_was_not_drawn():
    tracemalloc.start()
    found = costcalc.sample("mobilenet", 3, metrics=["params"], classes="10:1000000000000")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    for classes, params in zip(found.hyperparameters["classes"], found["params"], strict=True):
        assert params == costcalc.load("mobilenet", classes=int(classes)).params
    assert most < 64 << 20


def test_a_sample_is_of_the_space():
    space = {"alpha": "0.25:1:0.25", "res": [160, 192, 224]}
    grid = costcalc.sweep("mobilenet", **space)
    found = costcalc.sample("mobilenet", 500, seed=7, **space)
    assert set(found["mult_adds"].tolist()) == set(grid["mult_adds"].reshape(-1).tolist())
    assert np.array_equal(
        found["params"], costcalc.sample("mobilenet", 500, seed=7, **space)["params"]
    )
    other = costcalc.sample("mobilenet", 500, seed=8, **space)
    assert not np.array_equal(found["mult_adds"], other["mult_adds"])


def test_conventions(tmp_path):
    found = costcalc.points("mobilenet_v2", metrics=["cost"], convention="thop", res=[192, 224])
    net = costcalc.load("mobilenet_v2", convention="thop")
    assert found["cost"][1] == net.totals.cost


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"alhpa": [1.0]}, "no hyperparameter 'alhpa'\ndid you mean 'alpha'"),
        ({"alpha": [1.0, 0.5], "res": [224]}, "arrays of different lengths: alpha 2, res 1"),
        ({"alpha": 1.0}, "no array"),
        ({"alpha": [1.0, 0.0]}, "alpha must be at least 0.01, not 0"),
        ({"alpha": [1.0, float("nan")]}, "alpha must be a number, not nan"),
        ({"res": [224.5]}, "res must be a whole number, not 224.5"),
        ({"alpha": [1.0], "metrics": ["parms"]}, "unknown metric 'parms'\ndid you mean 'params'"),
        ({"res": np.arange(10**10, 10**10 + 10)}, "does not fit in 64 bits"),
        ({"res": np.full(3, 2**63 + 5, dtype=np.uint64)}, "res is beyond 1,000,000,000,000"),
        ({"res": np.arange(9000, dtype=np.uint64) + np.uint64(2**63)}, "res is beyond"),
        ({"alpha": [1.0, 1e300]}, "alpha is beyond 1,000,000,000,000, the limit"),
        ({"alpha": np.array(0.5)}, "no array"),
        ({"alpha": [[0.5], [0.5, 1]]}, "alpha: lists of different lengths"),
    ],
)
def test_wrong_vectors(arguments, message):
    with pytest.raises(costcalc.CostcalcError, match=message):
        costcalc.points("mobilenet", **arguments)


def test_many_wrong_values_are_found_by_their_ends():
    alpha = np.random.default_rng(5).uniform(-0.1, 1, size=10_000)
    with pytest.raises(costcalc.CostcalcError, match=r"alpha must be at least 0\.01, not -0"):
        costcalc.points("mobilenet", alpha=alpha)


@examples(30)
@given(st.lists(st.floats(0.001, 1000), min_size=1, max_size=20))
def test_decimals_are_what_floats_print_as(values):
    array = np.array(values)
    exact = Numbers(array).exact()
    assert [exact[i] for i in range(len(values))] == [Fraction(repr(v)) for v in values]
    found = numbers_of(array)
    if found is not None:
        assert [found[i] for i in range(len(values))] == [Fraction(repr(v)) for v in values]


def test_what_is_no_sample():
    with pytest.raises(costcalc.CostcalcError, match="number of a sample is a whole number"):
        costcalc.sample("mobilenet", -3)
    with pytest.raises(costcalc.CostcalcError, match="seed of a sample is a whole number"):
        costcalc.sample("mobilenet", 3, seed=-1)
