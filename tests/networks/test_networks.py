"""Networks of other papers and of torchvision, written as specs: what the language can say.

Each is equal to torchvision's own, to the last integer, and works in every command.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import costcalc
from tests.conftest import TESTS

SPECS = sorted(Path(__file__).parent.glob("*.yaml"))


def measured() -> list[dict[str, str]]:
    with (TESTS / "facts" / "torchvision.csv").open() as file:
        return list(csv.DictReader(file))


def load(row: dict[str, str]) -> costcalc.Network:
    own = Path(__file__).with_name(f"{row['spec']}.yaml")
    return costcalc.load(own if own.exists() else row["spec"], **json.loads(row["settings"]))


@pytest.mark.parametrize("row", measured(), ids=lambda row: f"{row['model']}-{row['settings']}")
def test_equal_to_torchvision(row):
    """Multiply-adds are those of convolutions, linear layers and attention's products."""
    net = load(row)
    got = {fact: getattr(net, fact) for fact in ("weights", "biases", "norm", "mult_adds")}
    assert got == {fact: int(row[fact]) for fact in got}


def test_every_spec_was_measured():
    measured_ = {row["spec"] for row in measured()}
    assert {path.stem for path in SPECS} <= measured_


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_view(path):
    """The peak of any order holds the layer that needs most, and a size is a setting."""
    net = costcalc.load(path)
    best = net.peak_memory(order="best").peak
    assert max(layer.output.size for layer in net.layers) <= best <= net.peak_memory().peak
    assert costcalc.load(path, res=448).mult_adds != net.mult_adds
