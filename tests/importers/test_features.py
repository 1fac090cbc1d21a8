"""Layers on what is the same for every example, and what is done to scores on the way."""

from __future__ import annotations

import numpy as np
import pytest

from costcalc.network import load
from tests.importers.making import model, network, operators, saved

CONV = "Conv<pads=[1,1,1,1]>"


def test_a_layer_on_constants_is_one(tmp_path):
    """Features of positions are read as an input is, and a layer on them counts (EdgeNeXt)."""
    nodes = f"a = {CONV}(x, w)\np = Sin(f)\nb = Conv(p, v, c)\ny = Add(a, b)"
    weights = {"w": (4, 3, 3, 3), "f": (1, 6, 8, 8), "v": (4, 6, 1, 1), "c": (4,)}
    net = network(model(nodes, weights), tmp_path)
    assert operators(net) == ["conv", "conv", "fixed", "add"]  # the features are of one size
    assert net.inputs == {"input": (8, 8, 3), "constant": (8, 8, 6)}
    assert (net.params, net.mult_adds) == (108 + 24 + 4, 64 * 108 + 64 * 24)


def test_two_matrices_of_weights_are_one(tmp_path):
    """A product of stored matrices is a matrix of weights, not a layer."""
    nodes = "m = MatMul(u, v)\ny = MatMul(x, m)"
    net = network(model(nodes, {"u": (8, 2), "v": (2, 5)}, "float[1,8] x"), tmp_path)
    assert operators(net) == ["fc"]
    assert net.mult_adds == 40


def test_what_an_unrolled_recurrent_layer_begins_with(tmp_path):
    """Its zeros are a state as every other: each of two steps is a product of 4 by 4 (h) and one of
    5 by 4 (x), whose weights the steps share. Zeros in several rows are a matrix of weights."""
    nodes = """a = MatMul(zeros, u)
    b = MatMul(x, w)
    s = Add(a, b)
    h = Tanh(s)
    c = MatMul(h, u)
    d = MatMul(x, w)
    y = Add(c, d)"""
    for batch in (1, 3):
        weights = {"zeros": np.zeros((batch, 4), np.float32), "u": (4, 4), "w": (5, 4)}
        net = network(model(nodes, weights, f"float[{batch},5] x"), tmp_path)
        assert (net.params, net.mult_adds) == (16 + 20, 2 * (16 + 20))
    nodes = "m = MatMul(zeros, u)\ny = MatMul(x, m)"
    weights = {"zeros": np.zeros((8, 2), np.float32), "u": (2, 5)}
    assert network(model(nodes, weights, "float[1,8] x"), tmp_path).mult_adds == 40


def attention(between, weights, tokens=16, heads=2, queries="q = Identity(q0)"):
    """q, k and v of 8 channels, something done to the scores, a softmax and the product."""
    split = "".join(
        f"{n}1 = MatMul(x, w{n})\n{n}2 = Reshape({n}1, h)\n{to} = Transpose<perm=[0,2,1,3]>({n}2)\n"
        for n, to in {"q": "q0", "k": "k", "v": "v"}.items()
    )
    nodes = (
        f"{split}{queries}\nt = Transpose<perm=[0,1,3,2]>(k)\ns = MatMul(q, t)\n{between}\n"
        "p = Softmax<axis=-1>(z)\no = MatMul(p, v)\nr = Transpose<perm=[0,2,1,3]>(o)\n"
        "y = Reshape(r, f)"
    )
    given = {f"w{n}": (8, 8) for n in "qkv"} | {
        "h": np.array([0, 0, heads, 8 // heads]), "f": np.array([0, 0, 8]),
    }  # fmt: skip
    return model(nodes, given | weights, f"float[1,{tokens},8] x")


LINEAR = 3 * 16 * 64
PRODUCTS = 2 * 16 * 16 * 8

BETWEEN = {
    "a trained table": ("z = Add(s, b)", {"b": (2, 16, 16)}, 512, 0),
    "two trained tables": ("m = Mul(s, t1)\nz = Add(m, b)",
                           {"t1": (2, 1, 1), "b": (1, 2, 16, 16)}, 514, 0),
    "a bias that a network computes":
        ("c = MatMul(d, u)\ne = Relu(c)\ng = Gather(e, i)\nn = Reshape(g, j)\n"
         "b = Transpose<perm=[2,0,1]>(n)\nz = Add(s, b)",
         {"d": (1, 7, 7, 2), "u": (2, 2), "j": np.array([16, 16, 2])}, 4, 49 * 4),
    "to the same sizes": ("e = Shape(s)\nz = Expand(s, e)", {}, 0, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", BETWEEN)
def test_what_belongs_to_attention(name, tmp_path):
    nodes, weights, params, mult_adds = BETWEEN[name]
    if "d" in weights:
        nodes = nodes.replace("g = Gather(e, i)", "e2 = Reshape(e, l)\ng = Gather(e2, i)")
        weights = weights | {"l": np.array([49, 2]), "i": np.zeros(256, np.int64)}
    net = network(attention(nodes, weights), tmp_path)
    assert operators(net).count("attention") == 1
    assert "matmul" not in operators(net)
    assert net.params == 3 * 64 + params
    assert net.mult_adds == LINEAR + PRODUCTS + mult_adds


def test_keys_times_queries_are_scores_once_they_are_turned(tmp_path):
    """What TensorFlow's einsum makes of attention: 10 keys by 16 queries, transposed, and a softmax
    over the keys. Without the transpose it is one over the queries, of 16 values."""
    nodes = """q = MatMul(x, wq)
    k = MatMul(u, wk)
    v = MatMul({values}, wv)
    t = Transpose<perm=[0,2,1]>(q)
    s = MatMul(k, t)
    z = {turned}(s)
    p = Softmax<axis=-1>(z)
    y = MatMul(p, v)"""
    weights = {f"w{n}": (8, 8) for n in "qkv"}
    inputs = "float[1,16,8] x, float[1,10,8] u"
    for values, turned, order in (
        ("u", "Transpose<perm=[0,2,1]>", [0, 1]), ("x", "Identity", [1, 0]),
    ):  # fmt: skip
        net = network(model(nodes.format(values=values, turned=turned), weights, inputs), tmp_path)
        attention = net.layers[-1]
        assert (attention.op, attention.output.size) == (
            "attention",
            {"u": 16, "x": 10}[values] * 8,
        )
        assert list(attention.inputs)[:2] == order
        assert attention.facts.mult_adds == 2 * 16 * 10 * 8


TURNED = {
    "halves": "lo = Slice(q0, zero, two, three)\nhi = Slice(q0, two, four, three)\nn = Neg(hi)\n"
              "h2 = Concat<axis=-1>(n, lo)",
    "pairs": "q5 = Reshape(q0, pairs)\nev = Gather<axis=-1>(q5, i0)\nod = Gather<axis=-1>(q5, i1)\n"
             "n = Neg(od)\nn1 = Unsqueeze(n, four)\nev1 = Unsqueeze(ev, four)\n"
             "st = Concat<axis=-1>(n1, ev1)\nh2 = Reshape(st, whole)",
}  # fmt: skip


@pytest.mark.parametrize("way", TURNED)
def test_queries_that_are_turned_by_their_position(way, tmp_path):
    """Rotary embeddings (arXiv:2104.09864): nothing trained, and the heads stay heads."""
    queries = f"{TURNED[way]}\na = Mul(q0, cos)\nb = Mul(h2, sin)\nq = Add(a, b)"
    numbers = {
        "zero": np.array([0]), "two": np.array([2]), "three": np.array([3]), "four": np.array([4]),
        "pairs": np.array([0, 0, 0, 2, 2]), "whole": np.array([0, 0, 0, 4]), "i0": np.array(0),
        "i1": np.array(1), "cos": (16, 4), "sin": (16, 4), "c1": np.float32(0.5),
    }  # fmt: skip
    proto = attention("z = Mul(s, c1)", numbers, queries=queries)
    net = network(proto, tmp_path)
    assert operators(net).count("attention") == 1
    assert "reorder" not in operators(net)
    assert net.params == 3 * 64
    assert net.mult_adds == LINEAR + PRODUCTS


def test_a_mask_of_windows_is_no_table(tmp_path):
    """What differs from window to window is a mask (Swin); what differs from head to head, not."""
    between = "a = Add(s, b)\nz = Add(a, m)"
    proto = attention(between, {"b": (1, 2, 4, 4), "m": (4, 1, 4, 4)}, tokens=4)
    proto.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    windows = "x1 = Reshape(x0, g)\n"
    nodes = model(
        windows + "y = Relu(x1)", {"g": np.array([4, 4, 8])}, "float[1,16,8] x0"
    ).graph.node[:1]
    nodes[0].output[0] = "x"
    proto.graph.node.insert(0, nodes[0])
    proto.graph.input[0].CopyFrom(model("y = Relu(x0)", {}, "float[1,16,8] x0").graph.input[0])
    proto.graph.initializer.extend(
        model("y = Relu(x)", {"g": np.array([4, 4, 8])}).graph.initializer
    )
    net = network(proto, tmp_path)
    (layer,) = (one for one in net.layers if one.op == "attention")
    assert layer.facts.weights == 2 * 4 * 4
    assert layer.facts.products == 2 * 16 * 4 * 8


def test_scores_that_are_no_attention_keep_what_was_done_to_them(tmp_path):
    """A scale and a softmax of a product are rows, where no product with values follows."""
    nodes = (
        "a = MatMul(x, w)\nt = Transpose<perm=[0,2,1]>(a)\ns = MatMul(x, t)\nz = Mul(s, c)\n"
        "p = Softmax<axis=-1>(z)\ny = Relu(p)"
    )
    weights = {"w": (8, 8), "c": np.float32(0.3)}
    net = network(model(nodes, weights, "float[1,4,8] x"), tmp_path)
    assert operators(net) == ["conv", "matmul", "elementwise", "softmax", "relu"]


def test_attention_that_is_written_the_other_way_round(tmp_path):
    """v^T softmax^T, as EfficientViT has it."""
    nodes = (
        "q = MatMul(x, wq)\nk = MatMul(x, wk)\nv0 = MatMul(x, wv)\n"
        "v = Transpose<perm=[0,2,1]>(v0)\nt = Transpose<perm=[0,2,1]>(k)\ns = MatMul(q, t)\n"
        "p = Softmax<axis=-1>(s)\nu = Transpose<perm=[0,2,1]>(p)\no = MatMul(v, u)\n"
        "y = Transpose<perm=[0,2,1]>(o)"
    )
    net = network(model(nodes, {f"w{n}": (8, 8) for n in "qkv"}, "float[1,16,8] x"), tmp_path)
    assert operators(net) == ["conv", "conv", "conv", "attention"]
    assert net.mult_adds == LINEAR + PRODUCTS


def test_a_stack_of_weights_is_a_layer_in_groups(tmp_path):
    """Four matrices of their own for four groups of channels."""
    nodes = "a = Reshape(x, h)\nb = Transpose<perm=[0,2,1,3]>(a)\ny = MatMul(b, w)"
    weights = {"w": (4, 8, 5), "h": np.array([0, 0, 4, 8])}
    net = network(model(nodes, weights, "float[1,9,32] x"), tmp_path)
    assert operators(net) == ["conv"]
    assert (net.params, net.mult_adds) == (4 * 8 * 5, 9 * 4 * 8 * 5)


def test_a_stack_of_weights_on_the_left(tmp_path):
    """The same with the weights first, whose columns meet the rows of the tensor."""
    nodes = "a = Reshape(x, h)\ny = MatMul(w, a)"
    weights = {"w": (4, 5, 8), "h": np.array([1, 4, 8, 9])}
    net = network(model(nodes, weights, "float[1,32,9] x"), tmp_path)
    assert (net.params, net.mult_adds) == (4 * 8 * 5, 9 * 4 * 8 * 5)


def test_a_stack_that_is_looked_up_is_no_stack_of_weights(tmp_path):
    """Products with relative positions count; the table they are looked up in is trained once."""
    between = (
        'g = Gather(b, i)\nq5 = Reshape(q, n)\nu = Einsum<equation="bhwc,wkc->bhwk">(q5, g)\n'
        "z = Add(s, u)"
    )
    weights = {"b": (31, 4), "i": np.zeros((16, 16), np.int64), "n": np.array([1, 2, 16, 4])}
    net = network(attention(between, weights), tmp_path)
    assert operators(net).count("attention") == 1
    assert net.params == 3 * 64 + 31 * 4
    assert net.mult_adds == LINEAR + PRODUCTS + 2 * 16 * 16 * 4


def test_maps_of_one_example_beside_one_another(tmp_path):
    """The same convolution over the maps of several heads, a stride of two too (MViTv2)."""
    nodes = "a = Reshape(x, h)\ny = Conv<group=3, pads=[1,1,1,1], strides=[2,2]>(a, w)"
    weights = {"w": (3, 1, 3, 3), "h": np.array([2, 3, 8, 8])}
    net = network(model(nodes, weights, "float[1,6,8,8] x"), tmp_path)
    assert (net.params, net.mult_adds) == (27, 2 * 4 * 4 * 27)
    odd = model(nodes, weights | {"h": np.array([2, 3, 7, 7])}, "float[1,6,7,7] x")
    net = network(odd, tmp_path)  # a window would see where one ends: they are apart
    assert (net.params, net.mult_adds) == (27, 2 * 4 * 4 * 27)
    assert [one.op for one in net.layers if one.op != "reorder"][-3:] == [
        "to_maps",
        "dw",
        "to_rows",
    ]


VIDEO = (
    "z = Transpose<perm={}>(x)\na = Reshape(z, s)\nb = Conv<strides=[2,2]>(a, w)\n"
    "c = BatchNormalization(b, n, m, m, n)\nd = Relu(c)\ne = MaxPool<kernel_shape=[2,2]>(d)\n"
    "f = GlobalAveragePool(e)\ng = Reshape(f, t)\ny = MatMul(g, v)"
)


@pytest.mark.parametrize(
    ("given", "order"),
    [
        ("float[1,5,3,9,9] x", [0, 1, 2, 3, 4]),
        ("float[1,3,5,9,9] x", [0, 2, 1, 3, 4]),
        ("float[1,5,9,9,3] x", [0, 1, 4, 2, 3]),
    ],
)
def test_frames_of_a_video(given, order, tmp_path):
    """A network on each of 5 frames, whatever axis they are, and a layer on what it says of each:
    3 x 3 windows that skip two leave 4 x 4 of a frame, and what is done to these rides on it."""
    weights = {"w": (4, 3, 3, 3), "n": (4,), "m": (4,), "v": (4, 6)}
    weights |= {"s": np.array([5, 3, 9, 9]), "t": np.array([1, 5, 4])}
    net = network(model(VIDEO.format(order), weights, given), tmp_path)
    assert net.graph.inputs["input"] == (5 * 9, 9, 3)
    assert (net.params, net.mult_adds) == (108 + 8 + 24, 5 * (4 * 4 * 108 + 24))
    apart = ["to_maps", "conv", "batch_norm", "relu", "maxpool", "gpool", "to_rows", "conv"]
    assert operators(net)[-8:] == apart
    conv, norm, relu, *_ = (one for one in net.layers if one.output.n == 5 and one.op != "to_maps")
    assert (conv.output, norm.fused, relu.fused) == ((4, 4, 4, 5), True, True)
    assert conv.facts.reads == 5 * 9 * 9 * 3 + 108


def test_elements_that_are_all_exchanged(tmp_path):
    nodes = "a = Relu(x)\nb = Sigmoid(x)\ny = ScatterND(a, i, b)"
    whole = model(nodes, {"i": np.zeros((1, 3, 8, 8, 4), np.int64)})
    assert operators(network(whole, tmp_path)) == ["sigmoid"]
    part = model(
        "a = Relu(x)\nc = Slice(x, s, e)\nb = Sigmoid(c)\ny = ScatterND(a, i, b)",
        {"i": np.zeros((1, 3, 4, 8, 4), np.int64), "s": np.array([0, 0, 0]),
         "e": np.array([1, 3, 4])},
    )  # fmt: skip
    net = network(part, tmp_path)  # of 8 rows four are kept
    assert operators(net) == ["relu", "crop", "sigmoid", "crop", "concat"]
    assert net.layers[-1].output == net.layers[0].output


@pytest.mark.parametrize(
    ("nodes", "ops"),
    [
        ("i = Slice(x, s, e)\nb = Sigmoid(i)\ny = ScatterND(w, p, b)",
         ["crop", "sigmoid", "fixed", "zero_pad"]),
        ("b = Relu(x)\ny = ScatterND(b, p, v)", ["relu", "crop", "zero_pad"]),
    ],
)  # fmt: skip
def test_a_part_that_is_constant_costs_what_a_border_does(nodes, ops, tmp_path):
    weights = {
        "w": (1, 3, 8, 8), "v": (1, 3, 4, 8), "p": np.zeros((1, 3, 4, 8, 4), np.int64),
        "s": np.array([0, 0, 0]), "e": np.array([1, 3, 4]),
    }  # fmt: skip
    net = network(model(nodes, weights), tmp_path)
    assert operators(net) == ops
    assert str(net.layers[-1].output) == "8x8x3"


QUERIES = {
    "batch first": "q1 = Expand(l3, first)\nq2 = MatMul(q1, a)\nq = Add(q2, c)\nk = MatMul(x, b)\n"
                   "v = Identity(x)",
    "sequence first": "q1 = Tile(l2, times)\nq2 = MatMul(q1, a)\nq3 = Add(q2, c)\n"
                      "q = Transpose<perm=[1,0,2]>(q3)\nk = MatMul(x, b)\nv = Identity(x)",
    "as rows": "q0 = Tile(l2, times)\nq1 = Reshape(q0, rows)\nq2 = Gemm(q1, a, c)\n"
               "q3 = Reshape(q2, whole)\nq = Transpose<perm=[1,0,2]>(q3)\nk = MatMul(x, b)\n"
               "v = Identity(x)",
}  # fmt: skip


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("way", QUERIES)
def test_queries_that_are_trained_are_repeated_for_a_batch(way, batch, tmp_path):
    """A decoder's queries are params, and one example of two costs what one alone does."""
    nodes = (
        f"{QUERIES[way]}\nt = Transpose<perm=[0,2,1]>(k)\nm = MatMul(q, t)\n"
        "p = Softmax<axis=-1>(m)\ny = MatMul(p, v)"
    )
    weights = {
        "l3": (1, 3, 8), "l2": (3, 1, 8), "first": np.array([batch, 3, 8]),
        "times": np.array([1, batch, 1]), "rows": np.array([3 * batch, 8]),
        "whole": np.array([3, batch, 8]), "a": (8, 8), "b": (8, 8), "c": (8,),
    }  # fmt: skip
    net = network(model(nodes, weights, f"float[{batch},5,8] x"), tmp_path)
    assert net.params == 24 + 64 + 8 + 64
    assert net.mult_adds == 3 * 64 + 5 * 64 + 2 * 3 * 5 * 8


@pytest.mark.parametrize(
    ("places", "sizes"),
    [((6, 1), (6, 8, 8)), ((2, 5, 1), (2, 5, 8, 8)), ((4, 3), (4,)), ((3, 1), (3, 8, 8))],
)
def test_elements_at_places_of_several_axes(places, sizes, tmp_path):
    """GatherND, as exporters write indices of tensors."""
    nodes = "a = Reshape(x, s)\nb = GatherND(a, i)\ny = Relu(b)"
    weights = {"s": np.array([3, 8, 8]), "i": np.zeros(places, np.int64)}
    net = network(model(nodes, weights), tmp_path)
    assert net.layers[-1].output.size == np.prod(sizes)


def test_a_constant_that_repeats_what_it_meets(tmp_path):
    """One map and a number for each of three channels are three maps."""
    proto = model("a = Add(x, w)\ny = Relu(a)", {"w": (3, 1, 1)}, "float[1,1,8,8] x")
    net = network(proto, tmp_path)
    assert [one.output for one in net.layers][-2:] == [(8, 8, 3)] * 2


def test_features_of_one_example_in_a_batch(tmp_path):
    """What the file does not repeat is read once: sixteen places are not twice eight."""
    nodes = "f = MatMul(d, a)\ny = Add(x, f)"
    proto = model(nodes, {"d": (1, 16, 6), "a": (6, 8)}, "float[2,16,8] x")
    assert network(proto, tmp_path).mult_adds == 16 * 48


def test_coordinates_are_no_queries(tmp_path):
    """Two numbers for each place are not trained, whatever works on them (Swin v2)."""
    nodes = "f = MatMul(d, a)\ns = Reshape(f, h)\ny = Add(x, s)"
    weights = {"d": (1, 5, 2), "a": (2, 8), "h": np.array([1, 5, 8])}
    net = network(model(nodes, weights, "float[1,5,8] x"), tmp_path)
    assert (net.params, net.mult_adds) == (16, 5 * 16)
    assert len(net.inputs) == 2


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_what_a_file_stores_for_every_example(batch, tmp_path):
    """Positions, queries and tokens are trained once, as often as an exporter stores them."""
    nodes = (
        "a = Add(x, p)\nc = Concat<axis=1>(g, a)\nk = MatMul(c, w)\nr = Reshape(k, h)\n"
        "t = Transpose<perm=[0,2,3,1]>(r)\nm = MatMul(q, t)\ny = Softmax(m)"
    )
    weights = {
        "p": (batch, 5, 8), "g": (batch, 1, 8), "q": (batch, 4, 1, 2), "w": (8, 8),
        "h": np.array([batch, 6, 4, 2]),
    }  # fmt: skip
    net = network(model(nodes, weights, f"float[{batch},5,8] x"), tmp_path)
    assert (net.params, net.mult_adds) == (5 * 8 + 8 + 8 + 64, 6 * 64 + 6 * 8)


@pytest.mark.parametrize("batch", ["1", "N"])
@pytest.mark.parametrize(
    "made",
    [
        "z = ConstantOfShape(l)\nk = CumSum(z, a)\np = Unsqueeze(k, front)",
        "z = Expand(n, l)\nk = Transpose<perm=[1,0]>(z)\ni = Transpose<perm=[1,0]>(k)\n"
        "p = Unsqueeze(i, front)",
        "h = Gather(l, a)\nv = Gather(l, b)\nr = Range(a, h, b)\nf = Cast<to=1>(r)\n"
        "m = Range(a, v, b)\nj = Cast<to=1>(m)\ng = Unsqueeze(f, b)\nz = Mul(g, j)\n"
        "p = Unsqueeze(z, front)",
        "o = Concat<axis=0>(one, l)\nz = ConstantOfShape(o)\nq = Concat<axis=2>(z, z)\n"
        "i = Gather(l, zero)\nj = Add(i, i)\np = Slice(q, i, j, two)",
    ],
    ids=["filled", "expanded", "counted", "joined and cut"],
)
def test_positions_that_follow_the_size_of_the_image(made, batch, tmp_path):
    """Positions that a file makes for the size of a map are so many under every setting."""
    nodes = (
        "c = Conv<strides=[4,4]>(x, w)\ns = Shape<start=2>(c)\nl = Identity(s)\n"
        f"{made}\nt = Concat<axis=1>(p, p)\ne = Shape<start=-2>(t)\nd = Concat<axis=0>(ends, e)\n"
        "at = Reshape(t, d)\nof = Conv(at, u)\ny = Add(c, of)"
    )
    weights = {
        "w": (4, 3, 4, 4), "u": (4, 2, 1, 1), "a": np.array(0), "b": np.array(1),
        "front": np.array([0, 1]), "ends": np.array([1, 2]), "one": np.array([1, 1]),
        "n": np.ones((1, 1), np.float32), "zero": np.array([0]), "two": np.array([2]),
    }  # fmt: skip
    path = saved(model(nodes, weights, f"float[{batch},3,H,W] x"), tmp_path)
    for h, w in ((16, 16), (32, 24), (60, 44)):
        net = load(path, height=h, width=w)
        places = (h // 4) * (w // 4)
        assert net.mult_adds == places * (4 * 48 + 4 * 2)


def test_an_operator_in_which_every_step_is_quantised(tmp_path):
    """A layer with its bias and a GELU, between whose nodes tensors are stored in eight bits."""
    lines, number = [], iter(range(100))

    def stored(name):
        quantised, back = f"q{next(number)}", f"d{next(number)}"
        lines.append(f"{quantised} = QuantizeLinear({name}, s, z)")
        lines.append(f"{back} = DequantizeLinear({quantised}, s, z)")
        return back

    def step(line):
        lines.append(line)
        return stored(line.partition(" ")[0])

    lines.append("wd = DequantizeLinear(w, s, z)\nbd = DequantizeLinear(b, s, z)")
    lines.append("hd = DequantizeLinear(h, h2, z)\nod = DequantizeLinear(o, h2, z)")
    m = step(f"m = MatMul({stored('x')}, wd)")
    a = step(f"a = Add({m}, bd)")
    e = step(f"e = Div({a}, r)")
    f = step(f"f = Erf({e})")
    g = step(f"g = Add({f}, od)")
    i = step(f"i = Mul({a}, {g})")
    lines.append(f"y = Mul({i}, hd)")
    weights = {
        "w": (6, 5), "b": (5,), "h": np.int8(1), "o": np.int8(2), "h2": np.float32(0.5),
        "s": np.float32(0.1), "z": np.int16(0), "r": np.float32(2**0.5),
    }  # fmt: skip
    proto = model("\n".join(lines), weights, "float[1,6] x", types={"w": "INT8", "b": "INT8"})
    net = network(proto, tmp_path)
    assert operators(net) == ["fc", "gelu"]
    assert net.params == 35


@pytest.mark.parametrize(
    ("inner", "word"),
    [("", "swish"), ("k = com.microsoft.QLinearMul(q, s, z, n, t, z, s, z)\n", "gelu")],
)
def test_an_operator_that_is_spelled_out_on_integers(inner, word, tmp_path):
    """An operator on integers is seen as the same on others, a number in eight bits as itself."""
    nodes = (
        f"q = QuantizeLinear(x, s, z)\n{inner}"
        f"g = com.microsoft.QLinearSigmoid({'k' if inner else 'q'}, s, z, s, z)\n"
        "m = com.microsoft.QLinearMul(q, s, z, g, s, z, s, z)\ny = DequantizeLinear(m, s, z)"
    )
    weights = {"s": np.float32(0.1), "z": np.uint8(0)}
    if inner:
        weights |= {"n": np.uint8(100), "t": np.float32(0.01702)}
    assert operators(network(model(nodes, weights), tmp_path)) == [word]


def test_activations_of_16_bits(tmp_path):
    nodes = (
        "v = DequantizeLinear(w, s)\na = Conv(x, v)\nq = QuantizeLinear(a, s, z)\n"
        "y = DequantizeLinear(q, s, z)"
    )
    weights = {"w": (4, 3, 3, 3), "s": np.float32(0.1), "z": np.uint16(7)}
    assert network(model(nodes, weights, types={"w": "INT8"}), tmp_path).spec.dtype == "int8:int16"
