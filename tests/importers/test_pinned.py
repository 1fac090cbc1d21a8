"""Sizes that a file says as numbers: another input is an error at the node that says them."""

from __future__ import annotations

import numpy as np
import pytest

from costcalc.errors import CostcalcError
from tests.importers.making import model, network, operators

NOTHING = np.zeros(0, np.float32)
TO_SIXTEEN = {"r": NOTHING, "s": np.array([1, 3, 16, 16])}
POOLED = "a = Relu(x)\ng = GlobalAveragePool(a)\nb = Resize(g, r, r, s)\ny = Concat<axis=1>(a, b)"


def test_a_resize_to_a_number(tmp_path):
    """Where the exporter traced one size, the number is that size times something."""
    proto = model("a = Resize(x, r, r, s)\ny = Relu(a)", TO_SIXTEEN)
    assert operators(network(proto, tmp_path)) == ["fixed", "upsample", "relu"]
    with pytest.raises(CostcalcError, match="resize: its height is fixed to 8, and here it is 12"):
        network(proto, tmp_path, res=12)


def test_a_resize_to_a_number_where_the_input_is_open(tmp_path):
    """A file that leaves its size open resizes all that comes to what it says."""
    proto = model("a = Resize(x, r, r, s)\ny = Relu(a)", TO_SIXTEEN, "float[1,3,H,W] x")
    for size in (8, 16, 100):
        assert network(proto, tmp_path, res=size).layers[-1].output == (16, 16, 3)


def test_what_meets_a_map_of_one_size(tmp_path):
    """A pooled map that is enlarged to eight rows stands beside eight rows, and no other."""
    proto = model(POOLED, {"r": NOTHING, "s": np.array([1, 3, 8, 8])})
    assert network(proto, tmp_path).layers[-1].output == (8, 8, 6)
    with pytest.raises(CostcalcError, match="concat: its height is fixed to 8, and here it is 16"):
        network(proto, tmp_path, res=16)
