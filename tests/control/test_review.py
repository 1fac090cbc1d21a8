"""`costcalc ci`: everything is looked at, whatever is broken; the exit code says what is wrong."""

from __future__ import annotations

import json
import os

import pytest

from costcalc.control.review import review
from tests.conftest import run_command
from tests.control.demonstration import BACKBONE, DETECTOR, PROJECT, lock
from tests.control.repository import Repository

HEAVIER = DETECTOR.replace("2, 64]", "2, 640]")
BROKEN = DETECTOR.replace("[body2, conv", "[body2, conw")


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    made = Repository(tmp_path_factory.mktemp("original"))
    made.write("nets/detector.yaml", DETECTOR)
    made.write("nets/backbone.yaml", BACKBONE)
    made.write("costcalc.yaml", PROJECT)
    lock(made)
    made.commit()
    return made


@pytest.fixture
def team(original, tmp_path):
    return original.copy(tmp_path / "team")


@pytest.fixture
def ci(team, costcalc):
    """Run `costcalc ci`; what it ended with, said, and found."""

    def run(*arguments):
        ran = costcalc("ci", *arguments, "--format", "json", cwd=team.folder)
        return ran, json.loads(ran.out) if ran.out else None

    return run


def rules(found):
    return [finding["rule"] for finding in found["findings"] if finding["level"] != "note"]


def test_all_is_well(ci):
    ran, found = ci("--base", "main")
    assert (ran.code, ran.err) == (0, "")
    assert not found["failed"]
    assert found["findings"] == found["errors"] == []
    assert [one["diff"]["same"] for one in found["diffs"]] == [True] * 3


@pytest.mark.parametrize(
    ("files", "code", "expected"),
    [
        ({"nets/detector.yaml": HEAVIER}, 1, {"over budget", "grown", "stale lock"}),
        ({"nets/detector.yaml": BROKEN}, 2, {"not checked"}),
        ({"nets/detector.yaml": BROKEN, "nets/backbone.yaml": BACKBONE.replace("32]", "64]")},
         2, {"not checked", "stale lock"}),
        ({"costcalc.lock": "<<<<<<<\n", "nets/detector.yaml": HEAVIER},
         2, {"not checked", "over budget", "grown"}),
        ({"costcalc.lock": "schema: 99\n"}, 2, {"not checked"}),
        ({"costcalc.lock": None}, 0, set()),
        ({"costcalc.yaml": PROJECT.replace("{mult_adds: 45M", "{cost: 45M")}, 2, {"not checked"}),
        ({"costcalc.yaml": PROJECT.replace("alpha=0.5", "alphq=0.5")},
         2, {"not checked"}),
        ({"costcalc.yaml": PROJECT.replace("backbone.yaml", "backbome.yaml")}, 2, {"not checked"}),
        ({"costcalc.yaml": PROJECT.replace("35KiB", "20KiB")}, 0, {"over budget"}),
    ],
)  # fmt: skip
def test_exit_codes_and_findings(files, code, expected, team, ci):
    for path, text in files.items():
        if text is None:
            (team.folder / path).unlink()
        else:
            team.write(path, text)
    ran, found = ci("--base", "main")
    assert ran.code == code, ran
    assert set(rules(found)) == expected
    assert bool(ran.err) == (code == 2) == bool(found["errors"])
    assert len(found["errors"]) == rules(found).count("not checked")


def test_one_error_under_several_settings_is_said_once(team, ci):
    team.write("nets/detector.yaml", BROKEN)
    ran, found = ci("--base", "main")
    assert ran.err.count("unknown operator 'conw'") == 1
    assert [(f["path"], f["line"]) for f in found["findings"]] == [("nets/detector.yaml", 11)]
    assert [one["network"] for one in found["diffs"]] == ["backbone"]


def test_a_network_that_was_broken_or_is_new_compares_with_nothing(team, ci):
    team.write("nets/backbone.yaml", BACKBONE.replace("conv, 3x3, 2, 64", "conv, 3x"))
    project = PROJECT.replace("  backbone:", "  other: mobilenet_v2\n  backbone:")
    team.commit()
    team.write("nets/backbone.yaml", BACKBONE)
    team.write("costcalc.yaml", project)
    _, found = ci("--base", "main")
    assert found["notes"][0] == "other is new: costcalc.yaml of main does not have it"
    assert found["notes"][1].startswith("backbone compares with nothing: ")
    assert found["notes"][2:] == [
        "costcalc.yaml, nets/backbone.yaml: changes that are not committed"
    ]
    assert [one["diff"]["a"] is None for one in found["diffs"]] == [False, False, True, True]
    notes = [f for f in found["findings"] if f["level"] == "note"]
    assert {f["rule"] for f in notes} == {"network"}


def test_a_network_that_is_built_in_stands_in_no_repository(team, ci):
    project = "networks: {a: {spec: mobilenet, at: {alpha: %s}}}\n"
    limits = "budgets: [{network: a, max: {peak_memory: 1KiB}, grow: {params: 1%}}]\n"
    team.write("costcalc.yaml", project % 0.5 + limits)
    team.commit()
    team.write("costcalc.yaml", project % 0.75 + limits)
    _, found = ci("--base", "main")
    assert {f["path"] for f in found["findings"]} == {"costcalc.yaml", "costcalc.lock"}


@pytest.mark.parametrize("command", [("ci",), ("budget",)])
def test_revisions_that_are_none(command, team, tmp_path, costcalc):
    def said(folder, base, run=costcalc, **more):
        ran = run(*command, "--base", base, cwd=folder, **more)
        assert (ran.code, ran.out) == (2, "")
        return ran.err

    assert said(team.folder, "mian") == (
        "costcalc: unknown revision 'mian'\ndid you mean 'main'?\n"
    )
    for strange in ("--help", "main:costcalc.yaml", "a b", "", "main; touch hit", "$(touch hit)"):
        assert said(team.folder, strange).startswith("costcalc: unknown revision")
    assert not (team.folder / "hit").exists()
    first = team.head()
    team.commit("another")
    shallow = tmp_path / "shallow"
    team.git("clone", "--quiet", "--depth=1", f"file://{team.folder}", str(shallow))
    assert "the clone is shallow: git fetch --unshallow" in said(shallow, first)
    bare = tmp_path / "none"
    bare.mkdir()
    (bare / "costcalc.yaml").write_text("networks: {a: mobilenet}\n")
    assert "not a git repository" in said(bare, "HEAD")
    Repository(bare)
    assert "has no commits yet" in said(bare, "HEAD")
    nothing = {"run": run_command, "PATH": str(bare)}
    assert "git is not installed, or not on the PATH" in said(team.folder, "HEAD", **nothing)


def test_a_submodule_has_revisions_of_its_own(team, tmp_path, ci, costcalc):
    outer = Repository(tmp_path / "outer")
    outer.commit()
    outer.git("branch", "outermost")
    outer.git("submodule", "--quiet", "add", str(team.folder), "sub")
    outer.commit()
    inside = tmp_path / "outer" / "sub"
    assert costcalc("ci", "--base", "HEAD", cwd=inside).code == 0
    ran = costcalc("ci", "--base", "outermost", cwd=inside)
    assert "sub is a submodule: its revisions are its own" in ran.err
    outer.write("costcalc.yaml", "networks: {a: sub/nets/detector.yaml}\n")
    ran = costcalc("ci", "--base", "HEAD", cwd=outer.folder)
    assert (ran.code, ran.err) == (0, "")
    assert "a compares with nothing: sub: is a submodule in HEAD" in ran.out


def test_paths_that_try_something(team, costcalc):
    for name in ("--help.yaml", "a b;touch hit.yaml", "-x.yaml", "$(touch hit).yaml", "ü\n.yaml",
                 ":(glob)*.yaml", "*.yaml", "HEAD:x.yaml"):  # fmt: skip
        team.write(f"nets/{name}", DETECTOR)
    text = "".join(f"  n{n}: {{spec: {json.dumps('nets/' + name)}}}\n"
                   for n, name in enumerate(sorted(os.listdir(team.folder / "nets"))))  # fmt: skip
    team.write("costcalc.yaml", f"networks:\n{text}")
    (team.folder / "costcalc.lock").unlink()
    team.commit()
    team.write("nets/*.yaml", HEAVIER)
    ran = costcalc("ci", "--base", "HEAD", "--format", "json", cwd=team.folder)
    assert (ran.code, ran.err) == (0, "")
    found = json.loads(ran.out)
    assert found["notes"] == [
        "nets/*.yaml: changes that are not committed",
        "no costcalc.lock: costcalc lock writes one",
    ]
    assert [one["diff"]["same"] for one in found["diffs"]].count(False) == 1
    assert not list(team.folder.rglob("hit"))


def test_from_python(team):
    team.write("nets/detector.yaml", HEAVIER)
    found = review(team.folder, "main")
    assert found.failed
    assert found.diffs["detector:res=96"].totals["params"].change > 0
    assert [held.failed for held in found.budgets].count(True) == 6
    assert found.lock is not None
    assert found.lock.stale
