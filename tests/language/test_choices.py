"""Hyperparameters of which some choices are words and some numbers: as typed, they are text."""

from __future__ import annotations

import pytest

import costcalc
from costcalc.errors import CostcalcError

SPEC = """
hyperparameters: {variant: {default: 128s, choices: [128s, 128, 192]}}
input: [32, 32, 3]
network:
- columns: [op, k, out(variant=128s), out(variant=128), out(variant=192)]
  rows: [[conv, 1x1, 1, 2, 3]]
"""


@pytest.mark.parametrize(("given", "out"), [("128s", 1), ("128", 2), (192, 3)])
def test_a_number_among_words_is_given_as_text_too(tmp_path, given, out):
    path = tmp_path / "mixed.yaml"
    path.write_text(SPEC)
    assert costcalc.load(str(path), variant=given).layers[0].output.c == out
    with pytest.raises(CostcalcError, match="must be one of 128s, 128, 192, not 256"):
        costcalc.load(str(path), variant="256")
