"""What ships is YAML 1.2, so that editors read it too; a bare `-` is read as well."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

import costcalc
from costcalc.language.find import names
from tests.conftest import ROOT
from tests.covering import FEW, mostly

_PACKAGED = {
    path for path in (ROOT / "costcalc").rglob("*.yaml") if path.parent.name != "scaffold"
}  # a scaffold is filled in before it is YAML; what comes of it is tested with `new`
SPECS = {name: ROOT / "specs" / f"{name}.yaml" for name in names()}
SHIPPED = mostly([*sorted(_PACKAGED), *map(SPECS.get, FEW)], [*SPECS.values()])


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_ships_is_yaml_1_2(path):
    assert YAML(typ="safe", pure=True).load(path.read_text())


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
