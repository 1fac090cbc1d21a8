"""Generated pages are current: held here, where the ledger that most of them show is at hand."""

from __future__ import annotations

import importlib
import sys

import pytest

from tests.conftest import ROOT
from tests.covering import whole_check


@pytest.fixture
def generate(monkeypatch):
    """`docs/generate.py` as a module, which checks no claim anew."""
    monkeypatch.setattr(sys, "path", [str(ROOT / "docs"), *sys.path])
    monkeypatch.setattr(
        importlib.import_module("papers_page"), "checked", lambda: whole_check().ledgers
    )
    return importlib.import_module("generate")


@pytest.mark.exhaustive
def test_generated_pages_are_current(generate, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["docs/generate.py", "--check"])
    assert generate.main() == 0, capsys.readouterr().err
