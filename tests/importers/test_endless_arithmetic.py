"""Small graphs of constants whose numbers would have no end: refused at once, by node."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from costcalc.errors import CostcalcError
from tests.importers.making import model, network

WHOLE = np.array([3], np.int64)
EMPTY = (10**6, 10**6, 0)
"""A tensor without elements, which has a million million places before that is seen."""


def again(line, times, last):
    """Nodes one after another: `{a}` is what the one before made, `{b}` what this one makes."""
    names = ["s", *(f"s{i}" for i in range(1, times)), last]
    return "\n".join(line.format(a=a, b=b) for a, b in itertools.pairwise(names))


ENDLESS = {
    "squares": ("s = Identity(w)\n" + again("{b} = Mul({a}, {a})", 64, "t"), {"w": WHOLE}),
    "a power": ("t = Pow(w, v)", {"w": WHOLE, "v": np.array([2**40], np.int64)}),
    "a root": ("t = Pow(w, v)", {"w": np.float32([-8]), "v": np.float32([0.5])}),
    "squares of sizes": ("s = Shape(x)\n" + again("{b} = Mul({a}, {a})", 40, "t"), {}),
    "products with quotients": (
        "s = Shape(x)\n" + again("{b}_d = Div({a}, w)\n{b} = Mul({a}, {b}_d)", 60, "t"),
        {"w": WHOLE},
    ),
    "an axis named thirty times": (
        "t = Transpose<perm=[" + ", ".join("0" * 30) + "]>(w)",
        {"w": np.arange(4)},
    ),
    "one new axis twice": ("t = Unsqueeze(w, v)", {"w": np.arange(4), "v": np.array([0, 0])}),
    "axes upon axes": (
        "s = Identity(w)\n" + again("{b} = Unsqueeze({a}, v)", 300, "t"),
        {"w": WHOLE, "v": np.arange(50)},
    ),
    "copies of copies": (
        "s = Identity(w)\n" + again("{b} = Tile({a}, v)", 40, "t"),
        {"w": WHOLE, "v": np.array([10**18])},
    ),
    "sizes below nothing": ("t = ConstantOfShape(v)", {"v": np.array([10**12, -4, 0])}),
    "no first input": ('t = Reshape("", w)', {"w": WHOLE}),
}
EMPTIES = {
    "joined": "t = Concat<axis=2>(w, w)",
    "looked up": "t = Gather<axis=1>(w, v)",
    "turned": "t = Transpose<perm=[1, 0, 2]>(w)",
    "parted": "t, u = Split<axis=0>(w, v)",
    "added to": "t = Add(w, v)",
    "summed": "t = ReduceSum(w, v)",
    "spread": "t = Expand(v, z)",
}


def refused(body, weights, folder, types=None):
    body = body.replace('""', "nothing")
    proto = model(body + "\ny = Reshape(x, t)", weights, inputs="float[1,3,h,w] x", types=types)
    for node in proto.graph.node:
        node.input[:] = ["" if name == "nothing" else name for name in node.input]
    with pytest.raises(CostcalcError) as caught:
        network(proto, folder)
    return str(caught.value)


@pytest.mark.parametrize("name", ENDLESS)
def test_arithmetic_without_an_end(name, tmp_path):
    assert "what it makes of constants is not computed" in refused(*ENDLESS[name], tmp_path)


@pytest.mark.parametrize("name", EMPTIES)
def test_an_empty_tensor_is_not_walked(name, tmp_path):
    given = {
        "w": EMPTY,
        "v": np.array([1, 2] if name == "looked up" else [1]),
        "z": np.array(EMPTY),
    }
    assert "depends on the input's values" in refused(
        EMPTIES[name], given, tmp_path, {"w": "INT64"}
    )


def test_an_expression_that_grows_becomes_its_value(tmp_path):
    """Each size is one and a third of the one before: nobody reads sixty quotients in another."""
    nodes = "s = Shape(x)\n" + again("{b}_d = Div({a}, w)\n{b} = Add({a}, {b}_d)", 60, "t")
    assert "not rearranged" in refused(nodes, {"w": WHOLE}, tmp_path)


@pytest.mark.parametrize("sizes", [[-1, 14, 18], [0, -1, 14, 999]])
def test_a_rest_of_less_than_one_is_no_axis(sizes, tmp_path):
    """The other sizes are more than all elements together, of which none are left."""
    with pytest.raises(CostcalcError, match="1x3x8x8 elements are not rearranged to"):
        network(model("y = Reshape(x, t)", {"t": np.array(sizes)}), tmp_path)
