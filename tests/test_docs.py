"""Documentation that cannot drift: snippets run, commands and words are documented."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest

from costcalc.claims.checker import ClaimChecker
from costcalc.cli.main import COMMANDS
from costcalc.language import limits
from costcalc.language.numerals import UNITS
from costcalc.language.quantities import COUNTED, REPORTED, SHAPES
from costcalc.language.spec import KEYS
from costcalc.library import load_spec
from costcalc.ops import OPERATORS
from tests.conftest import ROOT

PAGES = sorted((ROOT / "docs").glob("*.md"))


def fences(path, language):
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", path.read_text(), re.DOTALL | re.MULTILINE)
    return [text for found, text in blocks if found == language]


SPECS = [
    (path, text) for path in [*PAGES, ROOT / "README.md"] for text in fences(path, "yaml")
    if text.startswith("name:")
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "text"), SPECS, ids=[f"{p.stem}-{i}" for i, (p, _) in enumerate(SPECS)]
)
def test_every_complete_spec_in_the_docs_runs(path, text, tmp_path, costcalc):
    net = tmp_path / "net.yaml"
    net.write_text(text)
    ledger = ClaimChecker().ledger([load_spec(str(net))])
    assert not ledger.failed
    assert costcalc(str(net)).code == 0


def test_the_language_page_is_complete():
    text = (ROOT / "docs" / "language.md").read_text()
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    examples = re.findall(r"^```\w*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    code = "\n".join([*examples, *re.findall(r"`([^`\n]+)`", prose)])
    for word in (*KEYS, *COUNTED, *SHAPES, *REPORTED):
        assert re.search(rf"(?<!\w){re.escape(word)}(?!\w)", code), word
    for unit in filter(None, UNITS):
        assert re.search(rf"(?<![a-zA-Z]){re.escape(unit)}(?!\w)", code), unit
    for name in ("FILE_BYTES", "YAML_DEPTH", "EXPRESSION_CHARACTERS", "NUMBER", "BLOCK_DEPTH",
                 "LAYERS", "LIST"):  # fmt: skip
        assert f"{getattr(limits, name):,}" in text, name


def test_every_command_has_help_and_a_page(costcalc):
    page = (ROOT / "docs" / "cli.md").read_text().splitlines()
    for command in COMMANDS:
        assert f"## costcalc {command}" in page
        ran = costcalc(command, "--help")
        assert ran.code == 0
        assert len(ran.out.splitlines()) > 4


def test_every_operator_has_a_page():
    page = (ROOT / "docs" / "ops.md").read_text()
    assert set(re.findall(r"^## (\w+)$", page, re.MULTILINE)) == set(OPERATORS)


def test_links_lead_somewhere():
    for path in [*PAGES, ROOT / "README.md"]:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


@pytest.mark.exhaustive
def test_the_readmes_commands_run(costcalc, tmp_path):
    """Every `costcalc …` line of the README, as it stands there, in a folder of its own."""
    (use,) = fences(ROOT / "README.md", "")
    lines = re.findall(r"^costcalc (.+?)(?:\s+#.*)?$", use, re.MULTILINE)
    assert len(lines) >= 6
    for line in lines:
        if "my_net" not in line:
            ran = costcalc(*shlex.split(line), cwd=tmp_path)
            assert ran.code == 0, (line, ran)


CI = (".ci/run", ".github/workflows/ci.yaml")


@pytest.mark.parametrize("path", CI)
def test_ci_runs_the_readmes_test_command(path):
    """As one line of a script, and of nothing that is commented out."""
    command = next(c for c in fences(ROOT / "README.md", "sh") if "pytest" in c).strip()
    assert command in [line.strip() for line in (ROOT / path).read_text().splitlines()]


@pytest.mark.parametrize("path", CI)
def test_ci_runs_the_main_jobs_with_the_lowest_libraries(path):
    text = (ROOT / path).read_text()
    assert re.search(r"\.ci/environments\.py lowest >\S+lowest\.txt", text)
    assert re.search(r"-m pytest --all tests/test_main_jobs\.py$", text, re.MULTILINE)


def test_the_lowest_libraries_are_all_that_pyproject_declares():
    lowest = subprocess.run(
        [sys.executable, ".ci/environments.py", "lowest"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    text = (ROOT / "pyproject.toml").read_text()
    declared = re.findall(r'"([\w.-]+)(?:\[\w+\])?>=([\d.]+)"', text)
    assert sorted(lowest) == sorted(f"{name}=={version}" for name, version in declared)
    assert len(lowest) > 10
