"""ShuffleNet v2's guidelines: its own experiments, and bounds that hold everywhere."""

from __future__ import annotations

import math

import pytest

import costcalc
from costcalc.memory.guidelines import findings, lower_bound
from tests.covering import built, networks

LAYER = """\
hyperparameters: {{c1: {c1}, c2: {c2}, g: {g}}}
input: [56, 56, c1]
network:
- columns: [op, k, out, g]
  rows: [[conv, 1x1, c2, g]]
"""


def one_layer(tmp_path, c1, c2, g=1):
    path = tmp_path / "layer.yaml"
    path.write_text(LAYER.format(c1=c1, c2=c2, g=g))
    return costcalc.load(str(path))


@pytest.mark.parametrize(
    ("c1", "c2", "moved"),
    [(128, 128, 819_200), (90, 180, 862_920), (52, 312, 1_157_728), (36, 432, 1_483_200)],
)
def test_g1_as_in_table_1(tmp_path, c1, c2, moved):
    """Multiply-adds stay about equal; memory access grows with the ratio of the widths."""
    net = one_layer(tmp_path, c1, c2)
    assert net.memory_access == moved == 56 * 56 * (c1 + c2) + c1 * c2
    (found,) = findings(net.graph).pointwise
    assert found.bound <= moved
    assert (found.excess == 0) == (c1 == c2)


@pytest.mark.parametrize(("c", "g"), [(128, 1), (180, 2), (256, 4), (360, 8)])
def test_g2_as_in_table_2(tmp_path, c, g):
    """More groups at about equal multiply-adds move more: hw (c1 + c2) + c1 c2 / g."""
    net = one_layer(tmp_path, c, c, g)
    assert net.memory_access == 56 * 56 * 2 * c + c * c // g
    if g == 1:
        assert findings(net.graph).grouped == []
        return
    (found,) = findings(net.graph).grouped
    same = one_layer(tmp_path, c, c // g)
    assert found.ungrouped == same.memory_access
    assert net.mult_adds == same.mult_adds
    assert found.excess > 0


def test_the_bound_is_the_least_whole_number():
    for positions in (1, 7, 49, 3136):
        for c1 in range(1, 40, 3):
            for c2 in range(1, 40, 7):
                mult_adds = positions * c1 * c2
                root = lower_bound(positions, mult_adds) - c1 * c2
                assert (root - 1) ** 2 < 4 * positions * mult_adds <= root**2
                assert lower_bound(positions, mult_adds) <= positions * (c1 + c2) + c1 * c2
    assert lower_bound(3136, 3136 * 128 * 128) == 819_200


@pytest.mark.parametrize("name", networks(6))
def test_of_every_network(name):
    net = built(name)
    for run in (net, net.with_execution(batch=3), net.with_execution(fused=False)):
        found = findings(run.graph)
        assert all(p.excess >= 0 for p in found.pointwise)
        assert all(g.excess > 0 for g in found.grouped)
        costs = [hint.elements for hint in found.hints]
        assert costs == sorted(costs, reverse=True)
        assert all(0 <= cost <= run.memory_access for cost in costs)


def test_fragments_of_googlenet():
    found = findings(costcalc.load("googlenet").graph)
    assert {block.branches for block in found.blocks} == {4}
    assert len(found.blocks) == 9
    assert "G3" in {hint.guideline for hint in found.hints}


def test_unfused_the_elementwise_share_is_what_it_says():
    net = costcalc.load("mobilenet")
    (hint,) = [h for h in findings(net.graph).hints if h.guideline == "G4"]
    unfused = net.with_execution(fused=False)
    moved = sum(n.memory_access for n in unfused.layers if n.operator.pointwise)
    assert f"{moved:,} of {unfused.memory_access:,}" in hint.words
    assert math.isclose(moved / unfused.memory_access, 0.58, abs_tol=0.02)


def test_a_convolution_that_shares_its_weights(tmp_path):
    """It has none of its own, and moves what its twin moves."""
    path = tmp_path / "net.yaml"
    path.write_text(
        "input: [8, 8, 16]\nnetwork:\n- columns: [name, op, k, out, shares]\n"
        "  rows: [[a, conv, 1x1, 16, ~], [b, conv, 1x1, 16, a]]\n"
    )
    first, second = findings(costcalc.load(path).graph).pointwise
    assert (second.bound, second.excess) == (first.bound, first.excess)
