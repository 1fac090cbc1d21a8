"""`list`: the built-in networks by task and family, or one of them."""

from __future__ import annotations

import json

import pytest

from costcalc.language.find import names
from costcalc.language.spec import TASKS
from costcalc.library import load_spec
from tests.covering import count_builds, mostly


def test_every_built_in_network_has_its_place():
    assert [name for name in names() if not load_spec(name).family] == []
    assert [name for name in names() if not load_spec(name).tasks] == []


@pytest.mark.exhaustive
def test_the_list_is_read_at_eighty_columns_and_a_family_stands_together(costcalc, monkeypatch):
    builds = count_builds(monkeypatch)
    out = costcalc("list").out
    lines = out.splitlines()
    assert builds.total() == len(names())
    assert max(map(len, lines[2:])) <= 80  # below the header
    assert max(map(len, costcalc("--help").out.splitlines())) <= 80
    for name in names():
        assert any(f" {name} " in f" {line} " for line in lines), name
    classifiers = out.partition("\nclassification\n")[2].partition("\n\n")[0]
    rows = [name for name in classifiers.split() if name in names()]
    family = [name for name in rows if load_spec(name).family == "MobileNet"]
    first = rows.index(family[0])
    assert rows[first : first + len(family)] == family
    assert family[0] == "mobilenet"


@pytest.mark.parametrize("task", mostly(["keywords"], TASKS))
def test_task(task, costcalc):
    listed = json.loads(costcalc("list", "--task", task, "--format", "json").out)["models"]
    assert listed
    assert [model["model"] for model in listed if task not in model["tasks"]] == []
    wanted = {name for name in names() if task in load_spec(name).tasks}
    assert {model["model"] for model in listed} == wanted
    years = [model["year"] for model in listed]
    assert years == sorted(years)


def test_one_network(costcalc):
    out = costcalc("list", "repvgg").out
    assert "Ding et al. 2021, arXiv:2101.03697" in out
    assert "--form" in out
    assert "deploy*|train" in out
    assert "8,309,384 params" in out
    (model,) = json.loads(costcalc("list", "repvgg", "--format", "json").out)["models"]
    assert model["hyperparameters"]["form"]["choices"] == ["deploy", "train"]


def test_what_there_is_not(costcalc):
    ran = costcalc("list", "repvg")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean 'repvgg'?" in ran.err
    assert "leave it out" in costcalc("list", "repvgg", "--task", "detection").err
    assert "'classification'" in costcalc("list", "--task", "speech").err
