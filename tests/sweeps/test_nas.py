"""A space of sub-networks by the hundred thousand: once-for-all's, lists of twenty elements."""

from __future__ import annotations

import numpy as np
import pytest

import costcalc
from costcalc.sweeps.points import METRICS, points, sample

NAME = "ofa_mobilenet_v3"
SPACE = {"d": "all", "k": "all", "e": "all", "res": "128:224:4"}
UNITS, DEPTH = 5, 4


@pytest.fixture(scope="module")
def sampled():
    return sample(NAME, 2000, seed=1, **SPACE)


def settings_of(found, row):
    return {name: found.hyperparameters[name][row].tolist() for name in SPACE}


def test_every_subnet_is_a_network_of_the_space(sampled):
    assert sampled.valid.all()
    assert all(sampled[metric].shape == (2000,) for metric in METRICS)
    hyperparameters = sampled.hyperparameters
    assert {n: hyperparameters[n].shape for n in SPACE} == {
        "d": (2000, UNITS), "k": (2000, UNITS * DEPTH), "e": (2000, UNITS * DEPTH), "res": (2000,),
    }  # fmt: skip
    assert np.unique(hyperparameters["d"]).tolist() == [2, 3, 4]
    assert np.unique(hyperparameters["k"]).tolist() == [3, 5, 7]
    assert np.unique(hyperparameters["e"]).tolist() == [3, 4, 6]
    assert np.unique(hyperparameters["res"]).tolist() == list(range(128, 225, 4))


def test_random_rows_agree_with_the_network_counted_by_itself(sampled):
    rows = np.random.default_rng(0).integers(2000, size=20)
    for row in rows.tolist():
        net = costcalc.load(NAME, **settings_of(sampled, row))
        assert {metric: sampled[metric][row] for metric in METRICS} == {
            metric: getattr(net, metric) for metric in METRICS
        }


@pytest.mark.exhaustive
def test_a_hundred_thousand_in_one_call():
    found = sample(NAME, 100_000, **SPACE)
    assert found.valid.all()
    for row in np.random.default_rng(0).integers(100_000, size=20).tolist():
        net = costcalc.load(NAME, **settings_of(found, row))
        assert {metric: found[metric][row] for metric in METRICS} == {
            metric: getattr(net, metric) for metric in METRICS
        }


def test_explicit_vectors_agree(sampled):
    given = {name: sampled.hyperparameters[name] for name in SPACE}
    found = points(NAME, **given)
    assert found.valid.all()
    for metric in METRICS:
        np.testing.assert_array_equal(found[metric], sampled[metric])
    one = points(NAME, res=224, **{name: given[name][:3] for name in ("d", "k", "e")})
    for row in range(3):
        net = costcalc.load(NAME, **{**settings_of(sampled, row), "res": 224})
        assert one["mult_adds"][row] == net.mult_adds


def test_elements_beyond_the_depth_of_their_unit_change_nothing(sampled):
    given = {name: sampled.hyperparameters[name].copy() for name in SPACE}
    place = np.arange(DEPTH)
    unused = (place >= given["d"][:, :, None]).reshape(2000, UNITS * DEPTH)
    assert unused.any()
    changed = {
        "k": np.where(unused, 10 - given["k"], given["k"]),  # 3, 5, 7 to 7, 5, 3
        "e": np.where(unused, 3, given["e"]),
    }
    found = points(NAME, **{**given, **changed})
    for metric in METRICS:
        np.testing.assert_array_equal(found[metric], sampled[metric])


def test_a_depth_costs_the_same_whatever_the_other_units_are():
    """What a unit puts out does not depend on its depth, so units add up."""
    depths = np.array([[4, 4, 4, 4, 4], [2, 4, 4, 4, 4], [4, 4, 4, 4, 2], [2, 4, 4, 4, 2]])
    found = points(NAME, d=depths)
    for metric in METRICS:
        both, first, last, neither = found[metric].tolist()
        assert both - first == last - neither


def test_the_largest_holds_all_others(sampled):
    largest = costcalc.load(NAME)
    for metric in METRICS:
        assert sampled[metric].max() <= getattr(largest, metric)
    smallest = costcalc.load(NAME, d=2, k=3, e=3, res=128)
    for metric in METRICS:
        assert sampled[metric].min() >= getattr(smallest, metric)
