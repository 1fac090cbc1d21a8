"""The installed wheel: built, put into a clean environment outside the checkout, and run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from datetime import date

import pytest

from tests.conftest import ROOT
from tests.covering import FEW

TOP_LEVEL = {"pyproject.toml", "README.md", "costcalc", "specs", "tests", "docs", "LICENSE",
             "CHANGELOG.md", "mkdocs.yml"}  # fmt: skip


def run(*command, cwd, **kwargs):
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True,
        check=True, timeout=600, **kwargs,
    )  # fmt: skip


@pytest.fixture(scope="session")
def installed(once):
    """The `bin` folder of an environment that holds nothing but the wheel and what it needs."""
    return once("wheel", install) / "env" / "bin"


def install(place):
    pip = [sys.executable, "-m", "pip", "--quiet"]
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", place, ROOT, cwd=place)
    (wheel,) = place.glob("*.whl")
    venv.create(place / "env")
    python = place / "env" / "bin" / "python"
    run(*pip, "--python", python, "install", "--no-compile", wheel, cwd=place)


@pytest.mark.long
@pytest.mark.exhaustive
def test_the_wheel_runs_the_main_job(installed, tmp_path):
    done = run(installed / "costcalc", "mobilenet", "--alpha", "0.5", "--res", "160", "--format",
               "json", cwd=tmp_path)  # fmt: skip
    assert json.loads(done.stdout)["totals"]["mult_adds"] == 76_524_800


@pytest.mark.exhaustive
def test_the_wheel_holds_every_spec_and_its_types(installed, tmp_path):
    code = """
import costcalc, pathlib
from costcalc.library import built_in
print(pathlib.Path(costcalc.__file__).parent, *(heading.key for heading in built_in()))
"""
    package, *listed = run(installed / "python", "-c", code, cwd=tmp_path).stdout.split()
    assert set(listed) == {path.stem for path in (ROOT / "specs").glob("*.yaml")}
    assert os.path.exists(os.path.join(package, "py.typed"))
    assert not package.startswith(str(ROOT))


@pytest.mark.exhaustive
def test_the_wheel_checks_its_ledger(installed, tmp_path):
    """Of networks with every operator; that it has the others too is said above."""
    done = run(installed / "costcalc", "check", *FEW, cwd=tmp_path)
    assert "reproduced" in done.stdout
    assert "mismatch" not in done.stdout


@pytest.mark.exhaustive
def test_the_wheel_needs_only_what_it_says(installed, tmp_path):
    code = ("import importlib.metadata as m; "
            "print(sorted(r.split(';')[0].split('>')[0].lower()"
            " for r in m.requires('costcalc') if 'extra' not in r))")  # fmt: skip
    needed = run(installed / "python", "-c", code, cwd=tmp_path).stdout
    assert needed.strip() == "['click', 'numpy', 'pyyaml', 'rich']"


@pytest.mark.exhaustive
def test_the_wheel_counts_without_any_extra(installed, tmp_path):
    """A plot is an extra's: the same sweep is a table, and says what the picture needs."""
    sweep = [installed / "costcalc", "sweep", "mobilenet", "--alpha", "0.5,1"]
    assert "149,497,088" in run(*sweep, cwd=tmp_path).stdout
    with pytest.raises(subprocess.CalledProcessError) as failed:
        run(*sweep, "--plot", "alpha,params", cwd=tmp_path)
    assert failed.value.stderr == ("costcalc: a plot needs uniplot: pip install 'costcalc[plot]'\n")


def test_top_level_is_what_a_reader_expects():
    tracked = run("git", "ls-files", cwd=ROOT).stdout.split()
    found = {path.split("/")[0] for path in tracked}
    assert {name for name in found if not name.startswith(".")} == TOP_LEVEL


def test_version_is_said_once():
    """In the package: what builds it reads it there, and the newest release has it."""
    import tomllib

    import costcalc

    whole = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert whole["project"]["dynamic"] == ["version"]
    assert "version" not in whole["project"]
    said = run(sys.executable, "-m", "hatchling", "metadata", "version", cwd=ROOT).stdout.strip()
    assert said == costcalc.__version__
    assert RELEASES.findall((ROOT / "CHANGELOG.md").read_text())[0][0] == costcalc.__version__


RELEASES = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", re.MULTILINE)
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


def test_the_changelog_is_kept():
    """In the form of Keep a Changelog: unreleased first, dated releases, changes by their kind."""
    text = (ROOT / "CHANGELOG.md").read_text()
    heads = re.findall(r"^## (.*)$", text, re.MULTILINE)
    releases = RELEASES.findall(text)
    assert heads == ["[Unreleased]", *(f"[{version}] - {day}" for version, day in releases)]
    dates = [date.fromisoformat(day) for _, day in releases]
    assert dates == sorted(dates, reverse=True)
    for section in re.split(r"^## .*$", text, flags=re.MULTILINE)[1:]:
        kinds = re.findall(r"^### (.*)$", section, re.MULTILINE)
        assert kinds == [kind for kind in KINDS if kind in kinds]
