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


def test_an_open_size_at_which_the_file_is_a_network(tmp_path):
    nodes = "a = Conv<strides=[8,8]>(x, w)\nb = Reshape(a, flat)\ny = MatMul(b, z)"
    weights = {"w": (4, 3, 8, 8), "flat": np.array([1, 1024]), "z": (1024, 5)}
    net = network(model(nodes, weights, "float[1,3,H,W] x"), tmp_path)
    assert (net.input, net.mult_adds) == ((128, 128, 3), 128 * 128 * 12 + 1024 * 5)


def test_what_is_wrong_at_any_size_is_tried_twice(tmp_path, monkeypatch):
    from costcalc.importers import build

    tried = []
    program = build._program
    monkeypatch.setattr(
        build, "_program", lambda file, size: tried.append(size) or program(file, size)
    )
    proto = model("a = Reshape(x, none)\ny = Sub(a, z)", {"z": (3, 5, 5, 7, 9)}, "float[1,3,H,W] x")
    with pytest.raises(CostcalcError):
        network(proto, tmp_path)
    assert len(tried) == 2


def test_only_the_axis_that_a_file_fixes(tmp_path):
    """A reader of lines of text: what is left of 48 rows is one, and lines are of any length."""
    nodes = (
        "a = Conv<kernel_shape=[48,8], strides=[48,8]>(x, w)\nb = Reshape(a, flat)\n"
        "t = Transpose<perm=[0,2,1]>(b)\ns = Shape<start=3>(a)\n"
        "n = Concat<axis=0>(one, one, s, c)\nl = Reshape(t, n)\ny = MatMul(l, z)"
    )
    numbers = {"flat": np.array([1, 4, -1]), "one": np.array([1]), "c": np.array([4])}
    weights = {"w": (4, 3, 48, 8), "z": (4, 5), **numbers}
    proto = model(nodes, weights, "float[1,3,H,W] x")
    assert network(proto, tmp_path).hyperparameters["height"] == 48
    net = network(proto, tmp_path, width=320)
    assert (net.layers[-1].output, net.mult_adds) == ((1, 40, 5), 40 * 4 * (3 * 48 * 8 + 5))
    with pytest.raises(CostcalcError, match="reshape: its height is fixed to 1, and here it is 2"):
        network(proto, tmp_path, height=96)


def test_parts_of_a_length_that_only_one_size_has(tmp_path):
    """Coordinate attention, traced at 32: at the first sizes that are tried they do not fit."""
    nodes = (
        "a = Conv<pads=[1,1,1,1]>(x, w)\nh = ReduceMean<axes=[3], keepdims=1>(a)\n"
        "v = ReduceMean<axes=[2], keepdims=1>(a)\nt = Transpose<perm=[0,1,3,2]>(v)\n"
        "c = Concat<axis=2>(h, t)\nh1, v1 = Split<axis=2>(c, parts)\nm = Mul(a, h1)\n"
        "t1 = Transpose<perm=[0,1,3,2]>(v1)\ny = Mul(m, t1)"
    )
    weights = {"w": (4, 3, 3, 3), "parts": np.array([32, 32])}
    net = network(model(nodes, weights, "float[1,3,H,W] x", opset=13), tmp_path)
    assert (net.hyperparameters["res"], net.layers[-1].output) == (32, (32, 32, 4))
