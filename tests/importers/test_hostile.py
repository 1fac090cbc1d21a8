"""Files that lie: bounded time and memory, one message, never a traceback."""

from __future__ import annotations

import random
import tracemalloc

import numpy as np
import pytest

from costcalc.errors import CostcalcError
from costcalc.library import load_spec
from costcalc.network import Network
from tests.conftest import TESTS
from tests.importers.making import helper, model, network, onnx, saved

MODELS = TESTS / "facts" / "models"
SMALL = ("squeezenet1_1.onnx", "unet_convtranspose.onnx", "mobilenet_v2_dynamic_bhw.onnx",
         "resnet50.onnx")  # fmt: skip


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


LIES = {
    "nothing": (b"", "it is empty"),
    "text": (b"name: net\ninput: [8, 8, 3]\n", "no model file"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "no model file"),
    "a length beyond the end": (varint(7 << 3 | 2) + varint(10**9) + b"x", "beyond the end"),
    "a number without an end": (b"\x08" + b"\xff" * 20, "without an end"),
    "no graph": (b"\x08\x08" + field(8, b"\x10\x11"), "no graph"),
    "a graph of nothing": (b"\x08\x08" + field(8, b"\x10\x11") + field(7, b""), "nothing reads"),
    "an opset of tomorrow": (b"\x08\x08" + field(8, b"\x10\x7f") + field(7, b""), "opset 127"),
    "an IR of long ago": (b"\x08\x01" + field(8, b"\x10\x11") + field(7, b""), "IR version 1"),
}


@pytest.mark.parametrize("name", LIES)
def test_no_model(name, tmp_path, costcalc):
    content, message = LIES[name]
    path = saved(content, tmp_path)
    ran = costcalc(path)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert "Traceback" not in ran.err


def test_a_file_that_is_cut_off(tmp_path):
    whole = (MODELS / "squeezenet1_1.onnx").read_bytes()
    for length in range(0, len(whole), 997):
        with pytest.raises(CostcalcError):
            Network(load_spec(saved(whole[:length], tmp_path, f"{length}.onnx")), {})


SIZES = [(-1, "negative"), (2**62, "limit|damaged|beyond"), (0, "at least 1")]


@pytest.mark.parametrize(("size", "message"), SIZES)
def test_sizes_that_no_tensor_has(size, message, tmp_path):
    proto = model("y = Conv(x, w)", {"w": (size, 3, 3, 3)})
    with pytest.raises(CostcalcError, match=message):
        network(proto, tmp_path)


def test_names_and_text_are_text(tmp_path, costcalc):
    proto = model("y = Fancy(x)")
    proto.graph.node[0].name = "a\n::error::b\x1b]0;title\x07" + "x" * 1_000_000
    ran = costcalc(saved(proto, tmp_path))
    assert ran.code == 2
    assert "\x1b" not in ran.err
    assert "\n::error" not in ran.err
    assert len(ran.err) < 2_000


def test_graphs_in_graphs(tmp_path):
    proto = model("y = Relu(x)")
    inner = proto.graph
    for _ in range(200):
        node = helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)
        outer = onnx.GraphProto(name="g")
        outer.node.append(node)
        inner = outer
        if len(inner.SerializeToString()) > 100_000:
            break
    proto.graph.node.append(inner.node[0])
    with pytest.raises(CostcalcError):
        network(proto, tmp_path)


def test_functions_that_call_one_another(tmp_path):
    proto = model("y = Relu(x)")
    for name, called in (("F", "G"), ("G", "F")):
        proto.functions.append(helper.make_function(
            "own", name, ["a"], ["b"], [helper.make_node(called, ["a"], ["b"], domain="own")],
            [helper.make_opsetid("own", 1)],
        ))  # fmt: skip
    proto.graph.node[0].op_type, proto.graph.node[0].domain = "F", "own"
    with pytest.raises(CostcalcError, match="call one another"):
        network(proto, tmp_path)


def test_a_function_is_what_it_calls(tmp_path):
    proto = model("y = Relu(x)")
    proto.functions.append(helper.make_function(
        "own", "F", ["a"], ["b"],
        [helper.make_node("Relu", ["a"], ["t"]), helper.make_node("Sigmoid", ["t"], ["b"])],
        [helper.make_opsetid("", 17)],
    ))  # fmt: skip
    proto.graph.node[0].op_type, proto.graph.node[0].domain = "F", "own"
    assert [layer.op for layer in network(proto, tmp_path).layers] == ["relu", "sigmoid"]


def test_weights_are_not_read(tmp_path):
    """A file of 38 MB of weights takes no memory of that size."""
    proto = model("a = Flatten(x)\ny = MatMul(a, w)", {"w": np.zeros((192, 50_000), np.float32)})
    path = saved(proto, tmp_path)
    tracemalloc.start()
    try:
        Network(load_spec(path), {})
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def mutated(data, chance):
    """Bytes with some changed, cut out, or copied elsewhere."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed))
        kind = chance.random()
        if kind < 0.6:
            changed[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        elif kind < 0.8:
            del changed[at : at + chance.randint(1, 40)]
        else:
            changed[at:at] = changed[at : at + chance.randint(1, 40)]
    return bytes(changed)


def fuzz(file, seed, count, folder):
    """Networks of mutated files: a count, or a message."""
    chance = random.Random(seed)
    data = (MODELS / file).read_bytes()
    for number in range(count):
        path = saved(mutated(data, chance), folder, f"{seed}.onnx")
        load_spec.__globals__["_parsed"].cache_clear()
        try:
            Network(load_spec(path), {})
        except CostcalcError as error:
            assert len(str(error)) < 20_000, number


def test_a_reduction_of_no_axes_is_no_pattern(tmp_path):
    proto = model(
        "m = ReduceMean<axes : ints = []>(x)\nd = Sub(x, m)\np = Pow(d, two)\n"
        "v = ReduceMean<axes : ints = []>(p)\ne = Add(v, eps)\ns = Sqrt(e)\ny = Div(d, s)",
        {"two": np.float32(2), "eps": np.float32(1e-5)},
    )
    network(proto, tmp_path)


@pytest.mark.exhaustive
@pytest.mark.parametrize("file", SMALL)
def test_mutated_files(file, tmp_path):
    fuzz(file, 20261129, 60, tmp_path)
