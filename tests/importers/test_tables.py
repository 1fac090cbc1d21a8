"""Trained tables that a file interpolates or puts together, and single numbers that are trained."""

from __future__ import annotations

import numpy as np
import pytest

from tests.importers.making import model, network, operators
from tests.importers.pt2_file import Program

PATCHES = "p = Conv<strides=[4,4]>(x, w)\nf = Reshape(p, flat)\nt = Transpose<perm=[0,2,1]>(f)\n"
WEIGHTS = {"w": (6, 3, 4, 4), "flat": np.array([0, 6, -1])}
"""16 tokens of 6 channels, of an image of 16x16."""


def test_positions_that_are_interpolated(tmp_path):
    """A table for 5x5 positions, of which an image has 4x4: its own elements are params."""
    nodes = (
        f'{PATCHES}r = Resize<mode="cubic">(table, none, none, to)\ns = Reshape(r, flat)\n'
        "u = Transpose<perm=[0,2,1]>(s)\ny = Add(t, u)"
    )
    weights = WEIGHTS | {
        "table": (1, 6, 5, 5), "none": np.zeros(0, np.float32), "to": np.array([1, 6, 4, 4]),
    }  # fmt: skip
    net = network(model(nodes, weights, "float[1,3,16,16] x"), tmp_path)
    assert "parameter" in operators(net)
    assert net.params == 6 * 3 * 16 + 6 * 25


JOINED = f"{PATCHES}u = Concat<axis=1>(cls, t)\nq = Concat<axis=1>(own, rest)\n"


@pytest.mark.parametrize(
    ("nodes", "types"),
    [
        (f"{JOINED}y = Add(u, q)", {}),
        (f"{JOINED}a = Add(u, q)\nr = Concat<axis=1>(own, rest)\ny = Add(a, r)", {}),
        (f"own = DequantizeLinear(own8, s, z)\n{JOINED}y = Add(u, q)", {"own8": "UINT8"}),
        (f"{JOINED}v = QuantizeLinear(u, s, z)\ny = Add(v, q)".replace(
            "Add(v, q)", "com.microsoft.QLinearAdd(v, s, z, q, s, z, s, z)").replace(
            "q = Concat<axis=1>(own, rest)",
            "q = com.microsoft.QLinearConcat<axis=1>(s, z, own, s, z, rest, s, z)"),
         {"own": "UINT8", "rest": "UINT8"}),
    ],
    ids=["once", "twice", "a part in eight bits", "all in eight bits"],
)  # fmt: skip
def test_positions_of_a_class_token_and_of_patches(nodes, types, tmp_path):
    """What a table is put together of is its parameters, once for all that read it."""
    weights = WEIGHTS | {"cls": (1, 1, 6), "own": (1, 1, 6), "rest": (1, 16, 6)}
    if types:
        weights |= {"s": np.float32(0.1), "z": np.uint8(0)}
    if "own8" in types:
        weights["own8"] = weights.pop("own")
    net = network(model(nodes, weights, "float[1,3,16,16] x", types=types), tmp_path)
    assert operators(net)[-1] == "position_embedding"
    assert net.params == 6 * 3 * 16 + 6 + 17 * 6


def test_a_class_token_beside_channels(tmp_path):
    """Tokens may be the last axis, where a tool has moved a transpose behind them."""
    nodes = "p = Conv<strides=[4,4]>(x, w)\nf = Reshape(p, flat)\ny = Concat<axis=2>(cls, f)"
    weights = WEIGHTS | {"cls": (1, 6, 1)}
    net = network(model(nodes, weights, "float[1,3,16,16] x"), tmp_path)
    assert operators(net)[-1] == "class_token"
    assert net.params == 6 * 3 * 16 + 6


@pytest.mark.parametrize("axis", [1, 2])
def test_a_token_and_others_joined_again(axis, tmp_path):
    """What is joined lies as the longest part does: nothing is moved for a single token before."""
    move = "t = Transpose<perm=[0,2,1]>(f)\n" if axis == 1 else "t = Identity(f)\n"
    nodes = (
        f"p = Conv<strides=[4,4]>(x, w)\nf = Reshape(p, flat)\n{move}"
        f"u = Slice(t, none, one, at)\nr = Relu(t)\ny = Concat<axis={axis}>(u, r)"
    )
    weights = WEIGHTS | {"none": np.array([0]), "one": np.array([1]), "at": np.array([axis])}
    net = network(model(nodes, weights, "float[1,3,16,16] x"), tmp_path)
    assert "concat" in operators(net)
    assert "reorder" not in operators(net)


@pytest.mark.parametrize(
    ("name", "by", "params"),
    [
        ("stage.scale", "pytorch", 1),
        ("val_3", "pytorch", 0),
        ("min_val_cast", "pytorch", 0),
        ("stage/scale", "tf2onnx", 0),
    ],
)
def test_a_number_that_has_the_name_of_a_parameter(name, by, params, tmp_path):
    proto = model("a = Relu(x)\ny = Mul(a, s)", {"s": np.float32([0.3])})
    for node in proto.graph.node:
        node.input[:] = [name if one == "s" else one for one in node.input]
    proto.graph.initializer[0].name = name
    proto.producer_name = by
    net = network(proto, tmp_path)
    assert net.params == params
    assert ("parameter" in operators(net)) == bool(params)


@pytest.mark.parametrize(("kind", "params"), [("parameter", 1), ("buffer", 0)])
def test_a_program_says_which_numbers_are_trained(kind, params, tmp_path):
    from costcalc.network import load

    program = Program()
    x = program.given("x", (1, 3, 8, 8))
    out = program.call("mul", x, program.stored("gamma", (), kind), made=(1, 3, 8, 8))
    assert load(program.write(tmp_path / "one.pt2", [out])).params == params


def test_sizes_that_a_quantiser_rounds(tmp_path):
    """A quantiser takes arithmetic on sizes for work on activations."""
    nodes = (
        "s = Shape(x)\nh = Gather(s, two)\nf = Cast<to=1>(h)\nq = QuantizeLinear(f, scale, zero)\n"
        "d = DequantizeLinear(q, scale, zero)\nu = Mul(d, eight)\ni = Cast<to=7>(u)\n"
        "t = Concat<axis=0>(ends, i)\ny = Reshape(x, t)"
    )
    weights = {
        "two": np.array([2]), "scale": np.float32(0.1), "zero": np.uint8(0),
        "eight": np.float32([8]), "ends": np.array([0, 3]),
    }  # fmt: skip
    net = network(model(f"{nodes.replace('y =', 'r =')}\ny = Relu(r)", weights), tmp_path)
    assert net.layers[-1].output.size == 192


def test_a_table_in_eight_bits_of_which_rows_are_looked_up(tmp_path):
    nodes = (
        "g = Gather(table, rows)\nq = QuantizeLinear(x, s, z)\n"
        "a = com.microsoft.QLinearAdd(q, s, z, g, s, z, s, z)\ny = DequantizeLinear(a, s, z)"
    )
    weights = {
        "table": (5, 6), "rows": np.array([[0, 1, 2, 3, 4]]), "s": np.float32(0.1),
        "z": np.uint8(0),
    }  # fmt: skip
    proto = model(nodes, weights, "float[1,5,6] x", types={"table": "UINT8"})
    assert network(proto, tmp_path).params == 30


@pytest.mark.parametrize(
    "names",
    [
        ("/1/Constant_output_0", "/1/Constant_1_output_0"),
        ("/1/Constant_output_0_quantized", "/1/Constant_1_output_012_quantized"),
    ],
)
def test_numbers_that_other_tools_have_moved(names, tmp_path):
    """What PyTorch's exporter wrote into the graph keeps its name as an initialiser, and copies
    of it have a number behind."""
    proto = model("y = InstanceNormalization(x, w, b)", {"w": (3,), "b": (3,)})
    for node in proto.graph.node:
        node.input[1:] = names
    for one, name in zip(proto.graph.initializer, proto.graph.node[0].input[1:], strict=True):
        one.name = name
    assert network(proto, tmp_path).params == 0


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("model.22.anchors", 0), ("model.22.offsets", 128), ("convert_element_type_default", 0),
        ("full_default_3", 0), ("head.default", 128),
    ],
)  # fmt: skip
def test_what_no_training_changes_by_its_name(name, params, tmp_path):
    """Cells of a detector have the path of a parameter; what an exporter made of an operator's
    numbers, as the counts of a mean over unequal windows, has that operator's name."""
    proto = model("y = Mul(x, w)", {"w": (1, 8, 16)}, "float[1,8,16] x")
    proto.graph.node[0].input[1] = proto.graph.initializer[0].name = name
    assert network(proto, tmp_path).params == params


def test_a_layer_that_is_called_like_an_input(tmp_path):
    """OmniSR's first convolution is `input`, and so is what PyTorch calls its image."""
    proto = model("y = Conv(input, w)", {"w": (4, 3, 1, 1)}, "float[1,3,8,8] input")
    proto.graph.node[0].input[1] = proto.graph.initializer[0].name = "input.weight"
    net = network(proto, tmp_path)
    assert ([layer.name for layer in net.layers], [*net.inputs]) == (["input_2"], ["input"])
