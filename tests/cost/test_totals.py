"""Columns add up to totals, whatever the grouping, for every built-in network."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import costcalc
from costcalc.cost.groups import GROUPINGS
from costcalc.cost.totals import METRICS
from costcalc.explain.separable import separable_pairs
from tests.covering import built, networks


@pytest.mark.parametrize("name", networks(7))
def test_groups_add_up(name):
    net = built(name)
    for grouping, group_by in GROUPINGS.items():
        groups = group_by(net.graph, net.sum_up)
        for metric in METRICS:
            summed = sum(getattr(group.totals, metric) for group in groups)
            assert summed == getattr(net.totals, metric), (grouping, metric)


@pytest.mark.parametrize("name", networks(0))
def test_facts_add_up(name):
    net = built(name)
    assert net.params == sum(getattr(net, fact) for fact in net.spec.counts)
    for metric in ("weights", "biases", "norm", "mult_adds", "memory_access"):
        assert getattr(net, metric) == sum(getattr(layer, metric) for layer in net.layers)


def test_mobilenet_meets_its_paper():
    net = costcalc.load("mobilenet")
    assert net.mult_adds == 568_740_352
    assert net.weights == 4_209_088
    assert net.params == net.weights


def test_table_2_of_mobilenet():
    """Shares by type, in the paper's order."""
    net = costcalc.load("mobilenet")
    groups = GROUPINGS["type"](net.graph, net.sum_up)
    shares = [
        (g.type, round(float(Fraction(g.totals.mult_adds, net.mult_adds) * 100), 2),
         round(float(Fraction(g.totals.params, net.params) * 100), 2))
        for g in groups if g.totals.params
    ]  # fmt: skip
    assert shares == [
        ("Conv 1x1", 94.86, 74.59),
        ("Conv DW 3x3", 3.06, 1.06),
        ("Conv 3x3", 1.91, 0.02),  # printed 1.19
        ("Fully Connected", 0.18, 24.33),
    ]


@pytest.mark.parametrize(("g", "millions"), [(1, 143), (2, 140), (3, 137), (4, 133), (8, 137)])
def test_complexities_of_shufflenet(g, millions):
    net = costcalc.load("shufflenet", g=g)
    without_fc = sum(layer.mult_adds for layer in net.layers if layer.op != "fc")
    assert (2 * without_fc + 10**6) // (2 * 10**6) == millions


def test_parameters_of_squeezenet():
    net = costcalc.load("squeezenet")
    assert net.params == 1_248_424
    assert sum(layer.pruned for layer in net.layers) == 421_098


@pytest.mark.parametrize("name", networks(1))
@pytest.mark.parametrize("res", [227, 160])
def test_separable_is_one_over_n_plus_one_over_dk_squared(name, res):
    try:
        net = costcalc.load(name, res=res)
    except costcalc.CostcalcError:
        pytest.skip("not at this resolution")
    for pair in separable_pairs(net.graph):
        n, k = pair.pointwise.output.c, pair.kernel
        assert pair.ratio == pair.rule == Fraction(1, n) + Fraction(1, k.h * k.w)
        assert Fraction(pair.weights, pair.standard.weights) == pair.rule


def test_mobilenet_is_thirteen_pairs():
    assert len(list(separable_pairs(costcalc.load("mobilenet").graph))) == 13
    assert list(separable_pairs(costcalc.load("squeezenet").graph)) == []


def test_memory_access_of_a_convolution_is_shufflenet_v2s_mac():
    """hw(c1 + c2) + c1 c2 for a 1x1 convolution (arXiv:1807.11164, equation 1)."""
    net = costcalc.load("mobilenet")
    for layer in net.layers:
        if layer.type == "Conv 1x1":
            h, w, c1 = layer.input
            c2 = layer.output.c
            assert layer.memory_access == h * w * (c1 + c2) + c1 * c2


def test_repr_says_what_it_costs():
    assert repr(costcalc.load("mobilenet", alpha=0.5, res=160)) == (
        "<Network mobilenet(alpha=0.5, res=160, classes=1000, body=separable): 1,319,648 params,"
        " 76,524,800 Mult-Adds, 3,971,272 elements moved>"
    )


def test_settings_are_exact_however_they_are_given():
    exact = costcalc.load("mobilenet", alpha=Fraction(29, 100)).mult_adds
    assert costcalc.load("mobilenet", alpha=0.29).mult_adds == exact
    assert costcalc.load("mobilenet", alpha="0.29").mult_adds == exact
    assert costcalc.load("mobilenet", alpha=np.float64(0.29), res=np.int64(224)).mult_adds == exact
