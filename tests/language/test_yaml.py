"""What ships is YAML 1.2, so that editors read it too; a bare `-` is read as well."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

import costcalc
from tests.conftest import ROOT
from tests.schema.test_schema import SHIPPED


def test_what_ships_and_has_no_schema_is_yaml_1_2():
    """What has one is held to it, and so is YAML. A scaffold is none before it is filled in."""
    packaged = (ROOT / "costcalc").rglob("*.yaml")
    others = {*packaged} - {path for _, path in SHIPPED}
    read = [path for path in others if path.parent.name != "scaffold"]
    assert all(YAML(typ="safe", pure=True).load(path.read_text()) for path in read)
    assert len(read) == 2


@pytest.mark.parametrize("empty", ["~", "-"])
def test_an_empty_cell(empty, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(f"""
input: [8, 8, 4]
network:
- columns: [op, s, k, out]
  rows: [[conv, {empty}, 3x3, 8]]
""")
    assert costcalc.load(path).output == (8, 8, 8)
