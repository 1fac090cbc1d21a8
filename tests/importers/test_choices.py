"""What chooses among elements by their values, as a detector does among its boxes."""

from __future__ import annotations

import numpy as np
import pytest

from costcalc.errors import CostcalcError
from costcalc.importers.live import CHOOSING, left_out
from costcalc.importers.records import Input, ModelFile, Node
from costcalc.library import leave_out
from tests.importers.making import model, network, operators

DETECTOR = """
f = Conv<pads=[1,1,1,1]>(x, w)
a = Conv(f, boxes)
b = Conv(f, classes)
s = Sigmoid(b)
r = Reshape(s, flat)
g = Greater(r, least)
n = NonZero(g)
v, i = TopK(r, k)
z = Gather(a, i)
t = Conv(z, head)
y = Concat<axis=0>(t, n)
"""
WEIGHTS = {
    "w": (8, 3, 3, 3), "boxes": (4, 8, 1, 1), "classes": (2, 8, 1, 1), "head": (5, 4, 1, 1),
    "flat": np.array([-1]), "least": np.float32(0.5), "k": np.array([10]),
}  # fmt: skip


@pytest.fixture
def left():
    """Says what is left out, until the test is over."""
    yield leave_out
    leave_out()


def test_what_is_behind_a_choice_is_left_out_with_it(tmp_path, left):
    """The outputs are what the layers hand to it; a layer behind it is named."""
    left("NonZero", "TopK")
    net = network(model(DETECTOR, WEIGHTS), tmp_path)
    assert operators(net) == ["conv", "conv", "conv", "sigmoid"]
    assert net.mult_adds == 64 * (8 * 27 + 4 * 8 + 2 * 8)
    assert [str(one) for one in net.outputs.values()] == ["8x8x4", "8x8x2"]
    assert net.spec.uncounted == {"NonZero": 1, "TopK": 1, "Conv": 1, "nodes around them": 4}


def test_a_choice_that_only_another_one_reads(tmp_path, left):
    """One that is left out takes along those behind it that nobody has named."""
    left("NonZero")
    nodes = "a = Conv(x, w)\nn = NonZero(a)\nt = Gather(n, k)\ny, i = TopK(t, k)"
    net = network(model(nodes, WEIGHTS), tmp_path)
    assert operators(net) == ["conv"]
    assert net.spec.uncounted == {"NonZero": 1, "nodes around them": 2}


@pytest.mark.parametrize("kind", CHOOSING)
def test_in_the_words_of_every_format(kind, left):
    """Both tensors that a choice reads are what the file gives then, and what is behind is gone."""
    left(kind)
    nodes = [
        Node("Relu", "", ("x",), ("scores",)), Node("Sigmoid", "", ("x",), ("boxes",)),
        Node(kind, "", ("scores", "boxes"), ("kept", "many")), Node("Exp", "", ("kept",), ("y",)),
    ]  # fmt: skip
    file = ModelFile("net", "", 17, [Input("x", (1, 3))], ["y", "many"], {}, nodes)
    assert left_out(file) == {kind: 1, "nodes around them": 1}
    assert (file.outputs, len(file.nodes)) == (["scores", "boxes"], 2)


def test_it_is_refused_otherwise(tmp_path):
    with pytest.raises(CostcalcError) as raised:
        network(model(DETECTOR, WEIGHTS), tmp_path)
    assert "1 NonZero: n" in str(raised.value)
    assert "--uncounted NonZero leaves it out with all that reads what it chooses" in str(
        raised.value
    )


def test_all_that_an_operator_reads_is_counted_where_it_is_left_out(tmp_path, left):
    """A deformable convolution's offsets are made by a layer, which counts."""
    left("Deform")
    nodes = "o = Conv<pads=[1,1,1,1]>(x, w)\nd = Deform(x, o)\ny = Conv(d, v)"
    net = network(model(nodes, {"w": (18, 3, 3, 3), "v": (4, 3, 1, 1)}), tmp_path)
    assert [layer.output.c for layer in net.layers] == [18, 4]


def test_one_image_is_an_image(tmp_path):
    """A detector's file is given one image, without a batch, and makes a batch of it."""
    nodes = "m = Sub(x, mean)\nb = Unsqueeze(m, z)\ny = Conv<strides=[2,2]>(b, w)"
    weights = {"mean": np.ones((3, 1, 1), np.float32), "z": np.array([0]), "w": (8, 3, 3, 3)}
    proto = model(nodes, weights, "float[3,H,W] x")
    net = network(proto, tmp_path, height=9, width=11)
    assert net.inputs == {"input": (9, 11, 3)}
    assert net.output == (4, 5, 8)
    assert network(model(nodes, weights, "float[3,8,8] x"), tmp_path, res=9).output == (4, 4, 8)
