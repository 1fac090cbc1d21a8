"""Derivations: the same steps in one row are told once."""

from __future__ import annotations

import costcalc
from costcalc.explain import derivation
from tests.benchmarks.deep import chain


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
