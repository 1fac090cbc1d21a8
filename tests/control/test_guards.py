"""What guards a repository, run as its users run it: docs/ci.md, pre-commit, the action, GitLab."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
import yaml

import costcalc as library
from costcalc.cli.main import COMMANDS
from tests.conftest import ROOT
from tests.control.demonstration import demonstration
from tests.control.repository import Repository

PAGE = (ROOT / "docs" / "ci.md").read_text()
FILES = dict(re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
ACTION = ROOT / ".github" / "actions" / "costcalc"
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())


@pytest.fixture
def tools(tmp_path):
    """A folder with `costcalc` as it would be installed."""
    folder = tmp_path / "bin"
    folder.mkdir()
    command = folder / "costcalc"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m costcalc "$@"\n')
    command.chmod(0o755)
    return folder


@pytest.fixture
def bash(tools):
    """Run lines of a shell where `costcalc` is installed; the code and what was written."""

    def run(lines, cwd, **environment):
        path = f"{tools}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", lines],
            cwd=cwd, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PATH": path, **environment},
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return run


def written(folder, *paths):
    """A repository with files of the page."""
    made = Repository(folder)
    for path in paths:
        made.write(path, FILES[path])
    return made


@pytest.mark.exhaustive
def test_from_nothing_to_a_guarded_repository(tmp_path, bash):
    team = written(tmp_path / "team", "nets/detector.yaml", "costcalc.yaml")
    first, second = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[:2]
    code, out, err = bash(first, team.folder)
    assert (code, err) == (0, ""), out
    assert "4 limits: 2 within, 2 nothing to compare with" in out
    assert (team.folder / "costcalc.lock").exists()
    code, out, err = bash(second, team.folder)
    assert (code, err) == (1, "")
    assert "mult\\_adds 27,538,368 is over 25M by 2,538,368" in out
    assert "body2 added most: wider: 64 to 96 channels" in out
    assert "costcalc.lock is stale" in out


def test_hooks_run_commands():
    assert [hook["entry"] for hook in HOOKS] == ["costcalc check", "costcalc budget",
                                                 "costcalc lock --check"]  # fmt: skip
    configured = yaml.safe_load(FILES[".pre-commit-config.yaml"])["repos"][0]["hooks"]
    for key in ("id", "name", "entry"):
        assert [hook[key] for hook in configured] == [hook[key] for hook in HOOKS]
    for hook in HOOKS:
        assert hook["entry"].split()[1] in COMMANDS
        assert re.compile(hook["files"]).search("nets/detector.yaml")
    assert not re.compile(HOOKS[0]["files"]).search("costcalc.yaml")


def as_on_the_page(folder):
    """The hooks of the page, word by word."""
    return FILES[".pre-commit-config.yaml"]


def from_a_clone(folder):
    """Ours; `language: system` alone is another, which needs no network."""
    ours = Repository(folder / "costcalc")
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", ours.folder)
    ours.commit()
    hooks = [{"id": hook["id"], "language": "system"} for hook in HOOKS]
    repo = {"repo": str(ours.folder), "rev": ours.head(), "hooks": hooks}
    return yaml.safe_dump({"repos": [repo]})


@pytest.mark.exhaustive
@pytest.mark.parametrize("config", [as_on_the_page, from_a_clone])
def test_pre_commit_runs_the_hooks(tmp_path, bash, config):
    """For real."""
    team = written(tmp_path / "team", "nets/detector.yaml", "costcalc.yaml")
    team.write(".pre-commit-config.yaml", config(tmp_path))

    def commit(*arguments):
        said = {"PRE_COMMIT_HOME": str(tmp_path / "home"), "PRE_COMMIT_COLOR": "never"}
        team.git("add", "--all")
        command = shlex.join([sys.executable, "-m", "pre_commit", *arguments])
        code, out, err = bash(command, team.folder, **said)
        passed = dict(re.findall(r"^(.+?)\.{3,}(?:.*\))?(\w+)$", out, re.MULTILINE))
        assert set(passed) == {hook["name"] for hook in HOOKS}, out + err
        return code, [passed[hook["name"]] for hook in HOOKS], out

    bash("costcalc lock", team.folder)
    assert commit("run", "--all-files")[:2] == (0, ["Passed"] * 3)
    if config is from_a_clone:
        return
    team.commit()
    detector = FILES["nets/detector.yaml"].replace("2, 64]", "2, 96]")
    claims = "claims:\n- {table: T, columns: [params], rows: [[1]]}\n"
    team.write("nets/detector.yaml", detector + claims)
    code, passed, out = commit("run")
    assert (code, passed) == (1, ["Failed"] * 3)
    assert "over 25M" in out
    assert "costcalc.lock: stale: costcalc lock" in out
    params = library.load(team.folder / "nets/detector.yaml").params
    team.write("nets/detector.yaml", detector + claims.replace("[1]", f"[{params}]"))
    team.write("costcalc.yaml", FILES["costcalc.yaml"].replace("spec:", "spek:"))
    code, passed, out = commit("run")
    assert (code, passed) == (1, ["Passed", *["Failed"] * 2])
    assert "costcalc.yaml:2:14: unknown key 'spek'" in out


def action():
    return yaml.safe_load((ACTION / "action.yml").read_text())


def test_the_action_passes_its_inputs_by_the_environment():
    """An expression inside of a script would be run as a part of it."""
    found = action()
    assert found["runs"]["using"] == "composite"
    steps = found["runs"]["steps"]
    for step in steps:
        assert "${{" not in step.get("run", "")
        assert "run" not in step or step["shell"] == "bash"
        for script in re.findall(r"GITHUB_ACTION_PATH/(\w+\.sh)", step.get("run", "")):
            assert os.access(ACTION / script, os.X_OK)
    used = json.dumps(steps)
    assert all(f"inputs.{name}" in used for name in found["inputs"])


@pytest.fixture
def step(tmp_path, bash):
    """Run a script of the action as a runner does; what it says, writes and hands on."""

    def run(script, cwd, **environment):
        files = {name: tmp_path / name for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
        for file in files.values():
            file.write_text("")
        given = {"PROJECT": ".", "BASE": "", "RUNNER_TEMP": str(tmp_path), "GITHUB_BASE_REF": ""}
        given |= {name: str(file) for name, file in files.items()}
        code, out, err = bash(f'"{ACTION}/{script}"', cwd, **{**given, **environment})
        return code, out, err, *(file.read_text() for file in files.values())

    return run


@pytest.mark.exhaustive
def test_the_action_reviews_a_pull_request(tmp_path, step):
    team = demonstration(tmp_path / "team")
    team.git("branch", "base", "start")
    team.git("clone", "--quiet", "--depth=1", f"file://{team.folder}", str(tmp_path / "checkout"))
    checkout = tmp_path / "checkout"
    code, out, _, summary, outputs = step("review.sh", checkout, GITHUB_BASE_REF="base")
    assert code == 1
    assert out.startswith("::error file=nets/phone.yaml,line=11,col=5,title=over budget::")
    assert "conv1 added most: an added row" in out
    comment = (tmp_path / "costs.md").read_text()
    assert outputs == f"comment={tmp_path / 'costs.md'}\n"
    assert comment.startswith(
        "<!-- costcalc ci costcalc.yaml -->\n**costcalc ci: 5 errors, 2 warnings**\n"
    )
    assert summary.startswith("<!-- costcalc ci costcalc.yaml -->\n")
    assert "origin/base + 10% and 3M" in comment


@pytest.mark.exhaustive
def test_the_action_elsewhere(tmp_path, step):
    team = demonstration(tmp_path / "team")
    inside = {"PROJECT": str(team.folder / "costcalc.yaml")}
    code, out, *_ = step("review.sh", tmp_path, BASE="start", **inside)
    assert code == 1
    assert "over start + 10%25 and 3M" in out
    code, out, *_ = step("review.sh", tmp_path, **inside)
    assert "no --base: nothing is compared with what it was" in out
    for strange in ("--output=x", "start; touch hit $(touch hit)"):
        code, out, err, _, outputs = step("review.sh", team.folder, BASE=strange)
        assert (code, out, outputs) == (2, "", "")
        assert err.startswith("costcalc: unknown revision")
    assert not (team.folder / "hit").exists()


GH = """\
#!{python}
import json, os, sys
calls = {calls!r}
with open(calls, "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
if "--jq" in sys.argv:
    print(os.environ["KNOWN"], end="")
"""


def test_one_comment_is_kept_up_to_date(tmp_path, step, tools):
    gh = tools / "gh"
    gh.write_text(GH.format(python=sys.executable, calls=str(tmp_path / "calls")))
    gh.chmod(0o755)
    (tmp_path / "costs.md").write_text("<!-- costcalc ci -->\n**fine**\n")
    given = {"COMMENT": str(tmp_path / "costs.md"), "PULL_REQUEST": "7", "GITHUB_REPOSITORY": "a/b"}
    for known, expected in (
        ("", ["api", "--silent", "repos/a/b/issues/7/comments"]),
        ("31\n", ["api", "--silent", "--method", "PATCH", "repos/a/b/issues/comments/31"]),
    ):
        (tmp_path / "calls").write_text("")
        code, out, err, *_ = step("comment.sh", tmp_path, KNOWN=known, **given)
        assert (code, out, err) == (0, "", "")
        _, call = map(json.loads, (tmp_path / "calls").read_text().splitlines())
        assert call == [*expected, "--field", f"body=@{tmp_path / 'costs.md'}"]


@pytest.mark.exhaustive
def test_gitlab_runs_its_template(tmp_path, bash):
    team = demonstration(tmp_path / "team")
    job = yaml.safe_load(FILES[".gitlab-ci.yml"])["costs"]
    script = [line for line in job["script"] if not line.startswith("pip ")]
    assert len(script) == len(job["script"]) - 1
    base = team.git("rev-parse", "start").strip()
    code, out, _ = bash("\n".join(script), team.folder, CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert (code, out) == (1, "")
    reports = {name: (team.folder / file).read_text() for name, file in
               job["artifacts"]["reports"].items()}  # fmt: skip
    assert [issue["severity"] for issue in json.loads(reports["codequality"])][:2] == ["major"] * 2
    assert reports["junit"].startswith("<?xml")


def test_workflows_name_what_there_is():
    ours = yaml.safe_load((ROOT / ".github/workflows/costs.yaml").read_text())
    used = [step["uses"] for job in ours["jobs"].values() for step in job["steps"]
            if step.get("uses", "").startswith("./")]  # fmt: skip
    assert all((ROOT / path / "action.yml").exists() for path in used)
    assert len(used) == 1
    theirs = yaml.safe_load(FILES[".github/workflows/costs.yml"])
    assert theirs["permissions"] == {"contents": "read", "pull-requests": "write"}
