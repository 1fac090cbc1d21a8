"""The few networks have what all networks have, and the few combinations every pair."""

from __future__ import annotations

import inspect
import itertools
import os
import re

import pytest

import costcalc
from costcalc.language.find import names
from costcalc.ops import ACTIVATIONS
from tests import covering
from tests.conftest import TESTS
from tests.covering import FEW, at_once, built, count_builds, mostly, networks, pairwise


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


def test_a_built_in_network_is_built_once_and_anew_where_one_counts(monkeypatch):
    def half():
        return costcalc.load("mobilenet", alpha=0.5)._built

    assert half() is half() is not costcalc.load("mobilenet", alpha="0.25")._built
    built_anew = count_builds(monkeypatch)
    assert half() is not half()
    assert built_anew.total() == 2


def test_cases_at_once_are_all_held_each_in_its_own_world(monkeypatch, tmp_path):
    seen = []

    def check(number, other, tmp_path, monkeypatch):
        seen.append((number, other, list(tmp_path.iterdir()), os.environ.get("AT_ONCE")))
        (tmp_path / "file").touch()
        monkeypatch.setenv("AT_ONCE", str(number))
        assert number == 0

    for everything, cases in ((False, (1, 2)), (True, (1, 2, 3))):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(covering, "everything", everything)
            patch.setattr(covering, "by_name", False)
            decorated = at_once("number", mostly([1, 2], [1, 2, 3]))(check)
        folder = tmp_path / str(everything)
        folder.mkdir()
        with pytest.raises(ExceptionGroup, match=f"{len(cases)} of {len(cases)} cases") as raised:
            decorated(other="x", tmp_path=folder, monkeypatch=monkeypatch)
        assert seen == [(case, "x", [], None) for case in cases]
        notes = [error.__notes__ for error in raised.value.exceptions]
        assert notes == [[f"in case {i}: ({case},)"] for i, case in enumerate(cases)]
        seen.clear()
        left = [*inspect.signature(decorated).parameters]
        assert left == ["other", "tmp_path", "monkeypatch"]


def test_every_pair_of_values_meets():
    axes = ["abcdef", "12345", "xyz"]
    rows = pairwise(*axes)
    assert len(rows) == 6 * 5
    for (i, first), (j, second) in itertools.combinations(enumerate(axes), 2):
        assert {(row[i], row[j]) for row in rows} == set(itertools.product(first, second))
