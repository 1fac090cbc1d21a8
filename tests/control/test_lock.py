"""A project's lock: its text, how it is held to, and what it survives."""

from __future__ import annotations

import json
import re
import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

import costcalc as library
from costcalc.control import lock as locks
from costcalc.control.lock import Lock, Locked, LockedRow, locked, parse_lock, text_of
from costcalc.control.staleness import compare
from costcalc.errors import Source
from tests.control.repository import Repository
from tests.covering import FEW
from tests.report.test_schemas import SEVERAL

NET = """
input: [16, 16, 3]
network:
- columns: [name, op, k, out]
  rows:
  - [~, conv, 3x3, 8]
  - [body, conv, 3x3, 16]
  - [~, conv, 1x1, 16]
  - [~, conv, 1x1, 4]
"""
PROJECT = """
networks:
  b: {spec: nets/b.yaml, dtype: int8}
  a: {spec: mobilenet, at: [{alpha: 0.5}, {alpha: 1}], convention: thop}
budgets: [{network: b, grow: {params: 1%}}]
"""


@pytest.fixture
def project(tmp_path):
    made = Repository(tmp_path / "project")
    made.write("nets/b.yaml", NET)
    made.write("costcalc.yaml", PROJECT)
    made.commit()
    return made


@pytest.fixture
def lock(costcalc, project):
    """Run `costcalc lock` in the project, and what it left of the file."""

    def run(*arguments):
        ran = costcalc("lock", *arguments, cwd=project.folder)
        file = project.folder / "costcalc.lock"
        return ran, file.read_text() if file.exists() else None

    return run


def test_the_lock_says_what_the_networks_cost(lock, project):
    ran, text = lock()
    assert ran.code == 0
    read = YAML(typ="safe").load(text)
    assert list(read["networks"]) == ["a:alpha=0.5", "a:alpha=1", "b"]
    net = library.load("mobilenet", alpha=0.5, convention="thop")
    half = read["networks"]["a:alpha=0.5"]
    assert half["totals"]["cost"] == net.totals.cost
    assert half["totals"]["params"] == net.params
    assert sum(row["mult_adds"] for row in half["rows"]) == net.mult_adds
    assert half["settings"] == {"alpha": 0.5, "body": "separable", "classes": 1000, "res": 224}
    ours = library.load(project.folder / "nets/b.yaml").with_execution(dtype="int8")
    assert read["networks"]["b"]["totals"]["size"] == ours.params
    assert read["networks"]["b"]["rows"][1] == {
        "memory_access": 16 * 16 * 24 + 1152, "mult_adds": 16 * 16 * 1152, "name": "body",
        "output": "16x16x16", "params": 1152, "type": "Conv 3x3",
    }  # fmt: skip


def test_the_text_is_sorted_and_says_the_same_again(lock, project):
    _, text = lock()
    assert "costcalc" not in text.partition("\n")[2]  # no paths but in its first line
    for block in re.findall(r"(?:^    (?:- |  )\w+: .*\n)+", text, re.MULTILINE):
        for row in re.split(r"^    - ", block, flags=re.MULTILINE)[1:]:
            keys = [line.strip().partition(":")[0] for line in row.splitlines()]
            assert keys == sorted(keys)
    assert lock()[1] == text
    reordered = PROJECT.replace("  b: {spec: nets/b.yaml, dtype: int8}\n", "").replace(
        "budgets", "  b: {dtype: int8, spec: ./nets/../nets/b.yaml}\nbudgets"
    )
    project.write("costcalc.yaml", reordered)
    assert lock()[1] == text
    assert lock("--check")[0].code == 0


def test_a_row_that_was_added_is_a_few_lines_more(lock, project):
    _, before = lock()
    project.write(
        "nets/b.yaml", NET.replace("  - [~, conv, 1x1, 16]\n", "  - [~, conv, 1x1, 16]\n" * 2)
    )
    _, after = lock()
    rows = [text[text.index("  b:") : text.index("    settings: {}")] for text in (before, after)]
    first, second = (block.splitlines() for block in rows)
    assert len(second) - len(first) == 5
    assert not [line for line in first if line not in second]


def test_what_is_stale(lock, project):
    lock()
    assert lock("--check")[0].code == 0
    project.write("nets/b.yaml", NET.replace("body, conv, 3x3, 16", "body, conv, 5x5, 16"))
    ran, text = lock("--check", "--format", "json")
    assert ran.code == 1
    got = json.loads(ran.out)
    assert got["stale"] is True
    assert [one["status"] for one in got["networks"]] == ["stale", "same", "same"]
    (changed,) = got["networks"][0]["rows"]
    assert (changed["status"], changed["now"]["type"]) == ("changed", "Conv 5x5")
    params = got["networks"][0]["totals"]["params"]
    assert params["change"] == params["now"] - params["locked"] == 8 * 16 * (25 - 9)
    assert "Conv 5x5" not in text
    table = lock("--check")[0]
    assert "costcalc.lock: stale: costcalc lock\n" in table.out
    assert "~  body  Conv 3x3 16x16x16  Conv 5x5 16x16x16  +2,048" in table.out


def test_one_network_is_brought_up_to_date(lock, project):
    lock()
    project.write("nets/b.yaml", NET.replace("[~, conv, 1x1, 4]", "[~, conv, 1x1, 8]"))
    project.write("costcalc.yaml", PROJECT.replace("alpha: 1}", "alpha: 0.75}"))
    ran, text = lock("--update", "b")
    assert ran.code == 0
    assert "a:" not in ran.out
    assert "a:alpha=1:" in text
    assert "a:alpha=0.75:" not in text
    assert "16x16x8" in text
    _, text = lock("--update", "a:alpha=0.75", "--update", "a:alpha=1")
    assert "a:alpha=1:" not in text
    assert "a:alpha=0.75:" in text
    assert lock("--check")[0].code == 0
    ran, same = lock("--update", "c")
    assert ran.code == 2
    assert ran.err.startswith("costcalc: unknown network 'c'\n")
    assert same == text


def test_a_network_of_several_settings_is_brought_up_to_date_by_its_name(lock, project):
    project.write("costcalc.yaml", PROJECT)
    _, text = lock("--update", "a")
    assert re.findall(r"^  (\S+):$", text, re.MULTILINE) == ["a:alpha=0.5", "a:alpha=1"]


def test_networks_that_come_go_and_are_renamed(lock, project):
    lock()
    project.write("costcalc.yaml", PROJECT.replace("b:", "c:").replace("network: b", "network: c"))
    ran, _ = lock("--check")
    assert ran.code == 1
    lines = {line.split()[0]: " ".join(line.split()[1:]) for line in ran.out.splitlines()[4:8]}
    assert lines["c"] == "not locked lock it: costcalc lock --update c"
    assert lines["b"] == "gone the same as c, which is not locked; no network of the project"


def test_a_broken_network_hides_no_other_and_nothing_is_written(lock, project):
    _, text = lock()
    project.write("nets/b.yaml", NET.replace("conv, 1x1, 4", "conf, 1x1, 4"))
    project.write("costcalc.yaml", PROJECT.replace("alpha: 1}", "alpha: 0.75}"))
    for arguments in ((), ("--update", "b"), ("--check",)):
        ran, after = lock(*arguments)
        assert ran.code == 2
        assert after == text
        assert "nets/b.yaml:9:9: unknown operator 'conf'" in ran.err
    assert "a:alpha=0.75" in ran.out
    assert lock("--update", "a")[0].code == 0  # which is not broken


def test_no_lock(lock):
    ran, _ = lock("--check")
    assert ran.code == 2
    assert ran.err.endswith("there is no lock\nwrite it: costcalc lock\n")


def test_check_and_update_exclude_each_other(lock):
    ran, text = lock("--check", "--update", "a")
    assert (ran.code, text) == (2, None)


def test_a_lock_that_cannot_be_read_is_written_anew_but_not_brought_up_to_date(lock, project):
    project.write("costcalc.lock", "<<<<<<< HEAD\n")
    assert lock("--update", "a")[0].code == 2
    assert lock()[0].code == 0
    assert lock("--check")[0].code == 0


def test_a_lock_that_cannot_be_written(lock, project):
    _, text = lock()
    file = project.folder / "costcalc.lock"
    file.chmod(stat.S_IRUSR)
    project.write("nets/b.yaml", NET.replace("1x1, 4", "1x1, 8"))
    ran, after = lock()
    assert ran.code == 2
    assert "is read-only" in ran.err
    assert after == text


def test_an_older_schema_is_compared_in_what_it_has(lock, project, monkeypatch):
    _, text = lock()
    without = re.sub(
        r"^      (peak_memory|weights): .*\n|^    dtype: .*\n", "", text, flags=re.MULTILINE
    )
    project.write("costcalc.lock", without)
    assert lock("--check")[0].code == 1
    monkeypatch.setattr(locks, "SCHEMA", 2)
    monkeypatch.setattr("costcalc.control.staleness.SCHEMA", 2)
    assert lock("--check")[0].code == 0
    assert "\nschema: 2\n" in lock()[1]


def test_growth_is_measured_against_the_lock(lock, project):
    (held,) = library.budgets(project.folder)
    assert held.status == "nothing to compare with"
    lock()
    project.write("nets/b.yaml", NET.replace("1x1, 4", "1x1, 8"))
    (held,) = library.budgets(project.folder)
    assert (held.status, held.baseline, held.before) == ("over", "costcalc.lock", 216 + 1152 + 320)


@pytest.mark.parametrize("convention", [None, "fvcore"])
@pytest.mark.parametrize("network", FEW)
def test_what_is_read_is_what_was_written(network, convention):
    one = locked(library.load(network, convention=convention))
    lock = parse_lock(Source("costcalc.lock", text_of({network: one})))
    assert lock == Lock(locks.SCHEMA, {network: one})
    assert not any(found.stale for found in compare(lock, {network: one}))


def test_several_inputs(tmp_path):
    (tmp_path / "net.yaml").write_text(SEVERAL)
    one = locked(library.load(tmp_path / "net.yaml"))
    assert one.facts["input"] == "16x16x3, 8x8x1"
    assert parse_lock(Source("x", text_of({"a": one}))).networks["a"] == one


NAMES = st.text(
    st.characters(exclude_categories=["C", "Zl", "Zp"]).filter(str.isprintable),
    min_size=1,
    max_size=9,
)
NUMBERS = st.dictionaries(st.sampled_from(["params", "cost"]), st.integers(0, 2**70), min_size=1)
ROWS = st.builds(LockedRow, NAMES, NAMES, st.integers(1, 9), NAMES, NUMBERS)
TEXTS = st.dictionaries(st.just("dtype"), NAMES)
LOCKED = st.builds(Locked, TEXTS, TEXTS, NUMBERS, st.lists(ROWS, max_size=3))


@given(st.dictionaries(NAMES, LOCKED, max_size=3))
@settings(deadline=None)
def test_any_text_is_read_as_it_was(networks):
    text = text_of(networks)
    assert parse_lock(Source("costcalc.lock", text)).networks == networks
    read = YAML(typ="safe", pure=True).load(text)["networks"]
    assert len(read) == len(networks)  # another YAML's rules find no other structure in it
