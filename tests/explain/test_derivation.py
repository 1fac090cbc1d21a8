"""Derivations: the same steps in one row are told once, and add up to the totals."""

from __future__ import annotations

import pytest

import costcalc
from costcalc.explain import derivation
from tests.benchmarks.deep import chain
from tests.covering import FEW, networks


def test_repeats_are_gathered_once(tmp_path, monkeypatch):
    """No derivation is made again for each repeat: with 199,000 of them that took minutes."""
    made, run = [], []
    original, on_symbols = derivation.Derivation, derivation.run_on_symbols
    monkeypatch.setattr(derivation, "Derivation", lambda *a: made.append(a) or original(*a))
    monkeypatch.setattr(
        derivation, "run_on_symbols", lambda layer: run.append(layer) or on_symbols(layer)
    )
    path = tmp_path / "net.yaml"
    path.write_text(chain(50))
    network = costcalc.load(path)
    (found,) = derivation.derive(network, network.layers)
    assert len(made) == len(run) == 1
    assert [found.layer.name, *found.same] == [layer.name for layer in network.layers]


HELD_ELSEWHERE = """
input: [8, 8, 4]
network:
- columns: [name, op, k, out, shares, n]
  rows:
  - [a, conv, 3x3, 4, ~, 1, {norm: batch, bias: true}]
  - [b, conv, 3x3, 4, a, 3, {norm: batch, bias: true}]
  - [c, dw, 3x3, ~, ~, 1, {buffers: 1, bias: true, bias_buffers: 50%}]
  - [d, conv, 1x1, 4, ~, 1, {norm: batch, bias: true}]
once:
- [a/bias, d/bias, d/batch_norm/shift]
"""
"""a has 3 x 3 x 4 x 4 weights, 4 biases and a norm of 8; b none of its own; c 2 biases that are
trained; d 4 x 4 weights and a norm's scale of 4."""


def counted(network):
    """What the derivations say of each parameter, over all layers."""
    sums = dict.fromkeys(derivation.PARAMETERS, 0)
    for found in derivation.derive(network, network.layers):
        results = {step.quantity: step.result for step in found.steps}
        for fact in sums:
            held = results.get(f"{fact} counted", results.get(fact, 0))
            sums[fact] += held * (1 + len(found.same))
    return sums


def test_parameters_that_another_layer_has_are_said_to_be_its(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(HELD_ELSEWHERE)
    network = costcalc.load(path)
    assert counted(network) == {"weights": 144 + 16, "biases": 4 + 2, "norm": 8 + 4}


@pytest.mark.parametrize("name", networks(3, FEW[1::5]))
def test_derivations_add_up_to_the_totals(name):
    network = costcalc.load(name)
    assert counted(network) == {fact: getattr(network, fact) for fact in derivation.PARAMETERS}
