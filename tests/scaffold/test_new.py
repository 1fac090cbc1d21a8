"""A scaffold passes `check` as it is, for any size, and its schema stands beside it."""

from __future__ import annotations

import json
import os
import pty
import shlex

import jsonschema
import pytest
from ruamel.yaml import YAML

from costcalc.claims.checker import ClaimChecker
from costcalc.diagnosis import diagnose
from costcalc.errors import Source
from costcalc.scaffold import KINDS, SCHEMA, scaffold
from costcalc.schema import schema
from tests.running import COSTCALC, starting

SIZES = [(224, 1000), (32, 10), (97, 1), (1, 2)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("res", "classes"), SIZES)
def test_every_checked_cell_is_right(kind, res, classes):
    res = max(res, 32 if kind == "detector" else 8)
    found = diagnose(Source("ours.yaml", scaffold("ours", kind, res, classes)))
    assert found.errors == []
    lines = ClaimChecker().checked_cells(found.network)
    assert len(lines) >= 6
    assert {line.verdict for line in lines} == {"reproduced"}


@pytest.mark.parametrize("kind", KINDS)
def test_as_a_new_user_would(kind, costcalc, tmp_path):
    ran = costcalc("new", "ours", "--kind", kind, "--res", "64", "--classes", "10", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    for line in ran.out.splitlines()[1:]:
        command = line.partition("   ")[0].split()[1:]
        assert command[0] == "watch" or costcalc(*command, cwd=tmp_path).code == 0
    text = (tmp_path / "ours.yaml").read_text()
    assert text.startswith(f"# yaml-language-server: $schema={SCHEMA}\nname: ours\n")
    assert json.loads((tmp_path / SCHEMA).read_text()) == schema()
    parsed = YAML(typ="safe", pure=True).load(text)
    jsonschema.Draft202012Validator(schema()).validate(parsed)


def test_nothing_is_overwritten(costcalc, tmp_path):
    (tmp_path / "ours.yaml").write_text("mine")
    (tmp_path / SCHEMA).write_text("mine")
    ran = costcalc("new", "ours.yaml", cwd=tmp_path)
    assert ran.code == 2
    assert "is there already" in ran.err
    assert costcalc("new", "theirs", cwd=tmp_path).code == 0
    assert [(tmp_path / name).read_text() for name in ("ours.yaml", SCHEMA)] == ["mine", "mine"]


@pytest.mark.parametrize("name", ["3x3", "a b", 'quo"te', "größe"])
def test_any_name(name, costcalc, tmp_path):
    assert costcalc("new", name, "--res", "32", cwd=tmp_path).code == 0
    ran = costcalc(f"./{name}.yaml", cwd=tmp_path)
    assert (ran.code, ran.out.splitlines()[0]) == (0, name)


@pytest.mark.parametrize("name", ["", ".", "..", ".yaml", ".yml", "folder/"])
def test_what_names_no_network(name, costcalc, tmp_path):
    (tmp_path / "folder").mkdir()
    ran = costcalc("new", name, cwd=tmp_path)
    assert (ran.code, os.listdir(tmp_path / "folder")) == (2, [])
    assert f"'{name}' names no network" in ran.err


def test_commands_to_go_on_with_are_as_a_shell_reads_them(costcalc, tmp_path):
    said = costcalc("new", "a b", cwd=tmp_path).out.splitlines()
    assert [shlex.split(line)[:3] for line in said[2:]] == [
        ["costcalc", command, "./a b.yaml"] for command in ("watch", "check")
    ]


def test_a_size_too_small_for_the_kind_is_an_error(costcalc, tmp_path):
    ran = costcalc("new", "ours", "--kind", "detector", "--res", "7", cwd=tmp_path)
    assert ran.code == 2
    assert "res must be at least 32, not 7" in ran.err
    assert os.listdir(tmp_path) == []


@pytest.mark.exhaustive
def test_a_terminal_is_asked(tmp_path):
    master, slave = pty.openpty()
    with starting() as start:
        process = start([*COSTCALC, "new", "ours"], cwd=tmp_path, stdin=slave)
        os.close(slave)
        os.write(master, b"residual\n96\n\n")
        out, err = process.communicate(timeout=60)
    os.close(master)
    assert (process.returncode, err) == (0, "")
    assert "what kind" in out
    text = (tmp_path / "ours.yaml").read_text()
    assert "res:     {default: 96" in text
    assert "classes: {default: 1000" in text
    assert "residual:" in text
