"""The few networks have what all networks have, and the few combinations every pair."""

from __future__ import annotations

import itertools
import re

import pytest

from costcalc.language.find import names
from costcalc.ops import ACTIVATIONS
from tests import covering
from tests.conftest import TESTS
from tests.covering import FEW, built, networks, pairwise


def operators(chosen):
    return {layer.op for name in chosen for layer in built(name).layers}


@pytest.mark.exhaustive
def test_the_few_networks_have_every_operator_of_all_networks():
    """But for activations, which are counted alike."""
    assert operators(names()) - operators(FEW) - set(ACTIVATIONS) == set()


def test_together_the_turns_of_the_tests_have_every_network(monkeypatch):
    monkeypatch.setattr(covering, "everything", True)
    turns = {
        int(turn)
        for path in TESTS.rglob("test_*.py")
        for turn in re.findall(r"\bnetworks\((\d)[,)]", path.read_text())
    }
    found = [one for turn in turns for one in networks(turn)]
    assert {getattr(one, "values", (one,))[0] for one in found} == set(names())


def test_every_pair_of_values_meets():
    axes = ["abcdef", "12345", "xyz"]
    rows = pairwise(*axes)
    assert len(rows) == 6 * 5
    for (i, first), (j, second) in itertools.combinations(enumerate(axes), 2):
        assert {(row[i], row[j]) for row in rows} == set(itertools.product(first, second))
