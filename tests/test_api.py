"""The library in a few names: what a user imports."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re

import pytest

import costcalc
from tests.conftest import ROOT
from tests.covering import at_once


def public():
    """Every function that a user imports and every method of the classes, by its name."""
    for name in costcalc.__all__:
        thing = getattr(costcalc, name)
        if inspect.isfunction(thing):
            yield pytest.param(thing, True, id=name)
        else:
            assert inspect.getdoc(thing), name
            for method in vars(thing).values():
                if inspect.isfunction(method) and not method.__name__.startswith("_"):
                    yield pytest.param(method, False, id=method.__qualname__)


@at_once(("function", "may_fail"), list(public()))
def test_public_functions_say_what_they_take_give_and_raise(function, may_fail):
    text = inspect.getdoc(function)
    assert ">>> " in text, "no example"
    sections = dict(re.findall(r"^(Args|Returns|Raises):\n((?:    .*\n|\n(?=    ))+)", text, re.M))
    parameters = [name for name in inspect.signature(function).parameters if name != "self"]
    assert re.findall(r"^    (\w+): ", sections.get("Args", ""), re.M) == parameters
    gives = inspect.signature(function).return_annotation != "None"
    assert ("Returns" in sections) == gives
    assert not may_fail or "    CostcalcError: " in sections["Raises"]


WITH_EXAMPLES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted((ROOT / "costcalc").rglob("*.py"))
    if ">>> " in path.read_text()
]


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples_in_docstrings(module, tmp_path, monkeypatch, operators_as_before):
    monkeypatch.chdir(tmp_path)
    tested = doctest.testmod(importlib.import_module(module), extraglobs={"costcalc": costcalc})
    assert tested.attempted > tested.failed == 0


def test_compare():
    net = costcalc.load("mobilenet", res=160)
    first, second = costcalc.compare(net, "mobilenet:alpha=0.5,res=160")
    assert first["network"] is net
    assert first["ratios"]["mult_adds"] == 1
    assert second["mult_adds"] == second["network"].mult_adds == 76_524_800
    assert second["ratios"]["mult_adds"] * first["mult_adds"] == second["mult_adds"]
    assert first["reported"] == {"accuracy": pytest.approx(67.2)}


def test_check():
    ledger = costcalc.check("mobilenet")
    assert not ledger.failed
    assert sum(ledger.summary().values()) == len(ledger)
    assert {line.spec.key for line in ledger} == {"mobilenet"}


def test_a_network_knows_its_ends_and_its_layers():
    net = costcalc.load("mobilenet", classes=10)
    assert net.input == (224, 224, 3)
    assert net.output == (1, 1, 10)
    assert net.layers[0].name == "conv1"
    assert (net.layers[0].weights, net.layers[0].mult_adds) == (864, 864 * 112 * 112)
    assert net.params == net.weights


@pytest.mark.parametrize("reference", [None, 5, "./a\0b", "\ud800/x"])
def test_what_is_no_reference(reference):
    for wrong in (
        lambda: costcalc.load(reference),
        lambda: costcalc.compare(reference),
        lambda: costcalc.check(reference),
    ):
        with pytest.raises(costcalc.CostcalcError, match="cannot be read"):
            wrong()


@pytest.mark.parametrize("convention", [5, "./a\0b", "\ud800/x"])
def test_what_is_no_convention(convention):
    with pytest.raises(costcalc.CostcalcError, match="cannot be read"):
        costcalc.load("mobilenet", convention=convention)


def test_a_path_object_is_a_path(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(
        "input: [8, 8, 3]\nnetwork: [{columns: [op, k, out], rows: [[conv, 1x1, 4]]}]\n"
    )
    assert costcalc.load(path).params == costcalc.sweep(path)["params"] == 12
    assert [row["params"] for row in costcalc.compare(path)] == [12]
    assert costcalc.check(path) == []


def test_a_hyperparameter_may_be_named_reference(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(
        "hyperparameters: {reference: 4}\ninput: [8, 8, 3]\n"
        "network: [{columns: [op, k, out], rows: [[conv, 1x1, reference]]}]\n"
    )
    assert costcalc.load(str(path), reference=8).weights == 3 * 8
