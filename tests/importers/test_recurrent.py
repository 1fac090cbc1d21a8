"""Recurrent layers of model files: what runs along which axis, and what of it comes out."""

from __future__ import annotations

import numpy as np
import pytest

from costcalc.conventions.reading import load_convention
from costcalc.errors import CostcalcError
from costcalc.library import keep_zeros
from costcalc.network import load
from tests.covering import at_once
from tests.importers.making import model, network, operators, saved
from tests.importers.pt2_file import Name, Program
from tests.importers.tflite_file import Model

# A sequence of 6 steps with 8 channels; 5 units, and a layer on all that they say.
WEIGHTS = {"w": (1, 20, 8), "r": (1, 20, 5), "z": (1, 40), "v": (5, 3)}
BOTH = {"w": (2, 20, 8), "r": (2, 20, 5), "z": (2, 40), "v": (10, 3)}
LSTM = 4 * 5 * (8 + 5)
"""Weights of one way."""
VIEWS = {"one": np.array([1]), "flat": np.array([0, 0, -1]), "at": np.array(0)}

# name, input, nodes, weights, rows, params, Mult-Adds
FILES = [
    ("steps first, as PyTorch has them", "float[1,6,8] x",
     "a = Transpose<perm=[1,0,2]>(x)\nb = LSTM<hidden_size=5>(a, w, r, z)\n"
     "c = Squeeze(b, one)\nd = Transpose<perm=[1,0,2]>(c)\ny = MatMul(d, v)", WEIGHTS,
     [("lstm", (6, 1, 5)), ("conv", (6, 1, 3))], LSTM + 40 + 15, 6 * (LSTM + 15)),
    ("steps first in the input itself, of two examples", "float[6,2,8] x",
     "b = LSTM<hidden_size=5>(x, w, r, z)\nc = Squeeze(b, one)\ny = MatMul(c, v)", WEIGHTS,
     [("lstm", (6, 1, 5)), ("conv", (6, 1, 3))], LSTM + 40 + 15, 6 * (LSTM + 15)),
    ("both ways", "float[1,6,8] x",
     'a = Transpose<perm=[1,0,2]>(x)\n'
     'b = LSTM<hidden_size=5, direction="bidirectional">(a, w, r, z)\n'
     "c = Transpose<perm=[0,2,1,3]>(b)\nd = Reshape(c, flat)\ny = MatMul(d, v)", BOTH,
     [("lstm", (6, 1, 10)), ("conv", (6, 1, 3))], 2 * LSTM + 80 + 30, 6 * (2 * LSTM + 30)),
    ("examples first, without biases", "float[1,6,8] x",
     "b = GRU<hidden_size=5, layout=1>(x, w, r)\nc = Squeeze(b, two)\ny = MatMul(c, v)",
     {**WEIGHTS, "w": (1, 15, 8), "r": (1, 15, 5), "two": np.array([2])},
     [("gru", (6, 1, 5)), ("conv", (6, 1, 3))], 3 * 5 * 13 + 15, 6 * (3 * 5 * 13 + 15)),
    ("what is said in the end, of both ways", "float[1,6,8] x",
     "a = Transpose<perm=[1,0,2]>(x)\n"
     'b, h = LSTM<hidden_size=5, direction="bidirectional">(a, w, r, z)\n'
     "f = Gather<axis=0>(h, at)\ng = Gather<axis=0>(h, last)\nc = Concat<axis=1>(f, g)\n"
     "y = Gemm(c, v)", {**BOTH, "last": np.array(1)},
     [("lstm", (1, 1, 10)), ("split", (1, 1, 5)), ("split", (1, 1, 5)), ("concat", (1, 1, 10)),
      ("fc", (1, 1, 3))], 2 * LSTM + 80 + 30, 6 * 2 * LSTM + 30),
    ("what is said at each step, and in the end", "float[1,6,8] x",
     "a = Transpose<perm=[1,0,2]>(x)\nb, h = RNN<hidden_size=5>(a, w, r, z)\n"
     "c = Squeeze(b, one)\nd = Transpose<perm=[1,0,2]>(c)\ne = Transpose<perm=[1,0,2]>(h)\n"
     "f = Add(d, e)\ny = MatMul(f, v)", {**WEIGHTS, "w": (1, 5, 8), "r": (1, 5, 5), "z": (1, 10)},
     [("rnn", (6, 1, 5)), ("crop", (1, 1, 5)), ("add", (6, 1, 5)), ("conv", (6, 1, 3))],
     5 * 13 + 10 + 15, 6 * (5 * 13 + 15)),
    ("the columns of what a convolution left, as in a CRNN", "float[1,8,2,6] x",
     "p = MaxPool<kernel_shape=[2,1]>(x)\ns = Squeeze(p, two)\na = Transpose<perm=[2,0,1]>(s)\n"
     "b = LSTM<hidden_size=5>(a, w, r, z)\nc = Squeeze(b, one)\ny = MatMul(c, v)",
     {**WEIGHTS, "two": np.array([2])},
     [("maxpool", (1, 6, 8)), ("lstm", (1, 6, 5)), ("conv", (1, 6, 3))],
     LSTM + 40 + 15, 6 * (LSTM + 15)),
    ("each row of a map, as in ReNet", "float[1,8,4,6] x",
     "a = Transpose<perm=[3,0,2,1]>(x)\nd = Reshape(a, rows)\nb = LSTM<hidden_size=5>(d, w, r, z)\n"
     "c = Squeeze(b, one)\ny = MatMul(c, v)", {**WEIGHTS, "rows": np.array([6, 4, 8])},
     [("fixed", (4, 6, 8)), ("lstm", (4, 6, 5)), ("conv", (4, 6, 3))],
     LSTM + 40 + 15, 4 * 6 * (LSTM + 15)),
    ("a state of zeros, and one that the model is given", "float[1,6,8] x, float[1,1,5] h",
     "a = Transpose<perm=[1,0,2]>(x)\nb, n, m = LSTM<hidden_size=5>(a, w, r, z, , h, k)\n"
     "c = Squeeze(b, one)\nd = Transpose<perm=[1,0,2]>(c)\ny = MatMul(d, v)",
     {**WEIGHTS, "k": np.zeros((1, 1, 5), np.float32)},
     [("lstm", (6, 1, 5)), ("conv", (6, 1, 3))], LSTM + 40 + 15, 6 * (LSTM + 15)),
]  # fmt: skip


@at_once(("given", "nodes", "weights", "rows", "params", "mult_adds"), [row[1:] for row in FILES])
def test_onnx(given, nodes, weights, rows, params, mult_adds, tmp_path):
    net = network(model(nodes, VIEWS | weights, inputs=given), tmp_path)
    assert [(layer.op, layer.output[:3]) for layer in net.layers] == rows
    assert (net.params, net.mult_adds) == (params, mult_adds)


def test_steps_that_are_read_as_a_batch_are_refused(tmp_path):
    """What is worked on before has no say in which axis steps are: a batch comes first then."""
    nodes = "a = MatMul(x, u)\nb = LSTM<hidden_size=5>(a, w, r, z)\ny = Squeeze(b, one)"
    weights = VIEWS | WEIGHTS | {"u": (4, 8)}
    for steps in ("6", "N"):
        with pytest.raises(CostcalcError, match="along the first axis of an input"):
            network(model(nodes, weights, inputs=f"float[{steps},1,4] x"), tmp_path)
    one = network(model(nodes, weights, inputs="float[1,1,4] x"), tmp_path)
    assert one.mult_adds == 4 * 8 + LSTM


def test_sizes_that_channels_follow_are_fixed(tmp_path):
    """Channels and columns of a map are the 8 x 3 inputs at each of its rows, 6 or more."""
    nodes = (
        "a = Transpose<perm=[0,2,1,3]>(x)\nd = Reshape(a, rows)\n"
        "b = GRU<hidden_size=5, layout=1>(d, w, r)\nc = Squeeze(b, two)\ny = MatMul(c, v)"
    )
    weights = {"w": (1, 15, 24), "r": (1, 15, 5), "v": (5, 3), "two": np.array([2])}
    weights["rows"] = np.array([0, 0, -1])
    proto = model(nodes, weights, inputs="float[1,8,6,3] x")
    assert network(proto, tmp_path, height=9).mult_adds == 9 * (15 * 29 + 15)
    with pytest.raises(CostcalcError, match="its width is fixed to 3, and here it is 4"):
        network(proto, tmp_path, width=4)


def test_a_layer_that_runs_twice_is_stored_once(tmp_path):
    nodes = (
        "b = GRU<hidden_size=8, layout=1>(x, w, r, z)\nc = Squeeze(b, two)\n"
        "d = GRU<hidden_size=8, layout=1>(c, w, r, z)\ny = Squeeze(d, two)"
    )
    weights = {"w": (1, 24, 8), "r": (1, 24, 8), "z": (1, 48), "two": np.array([2])}
    net = network(model(nodes, weights, inputs="float[1,6,8] x"), tmp_path)
    assert (net.params, net.mult_adds) == (24 * 16 + 48, 2 * 6 * 24 * 16)


def test_weights_that_an_exporter_puts_together_are_stored_as_they_are(tmp_path):
    """PyTorch's newer exporter: gates in another order, one way behind the other, in the graph."""
    order = "Concat<axis=0>({0}2, {0}0, {0}1)"
    slices = "".join(
        f"{name}{part} = Slice({name}, e{part}, e{part + 1}, zero)\n"
        for name in ("v", "u") for part in (0, 1, 2)
    )  # fmt: skip
    nodes = (
        f"{slices}a = {order.format('v')}\nb = {order.format('u')}\n"
        "c = Unsqueeze(a, zero)\nd = Unsqueeze(b, zero)\nw = Concat<axis=0>(c, d)\n"
        'g, h = GRU<hidden_size=5, layout=1, direction="bidirectional">(x, w, r, z)\n'
        "y = Reshape(g, flat)"
    )
    weights = {"v": (15, 8), "u": (15, 8), "r": (2, 15, 5), "z": (2, 30), "zero": np.array([0])}
    weights |= {f"e{part}": np.array([5 * part]) for part in range(4)} | VIEWS
    net = network(model(nodes, weights, inputs="float[1,6,8] x"), tmp_path)
    assert net.params == 2 * (15 * 13 + 30)
    tool = net.count(load_convention("onnx-tool"))
    arrays = [given for given in weights.values() if isinstance(given, np.ndarray)]
    beside = sum(array.size for array in arrays if array.ndim)
    assert tool.params == net.params + beside
    # one a multiply-add and a bias, and 110 for the gates of each unit of one way
    assert tool.cost == net.mult_adds + 6 * (2 * 30 + 110 * 5)


def test_a_layer_that_onnx_runtime_quantised(tmp_path):
    """Its weights lie with the units last, and have a scale and a zero point each."""
    nodes = (
        "a = Transpose<perm=[1,0,2]>(x)\n"
        "b = com.microsoft.DynamicQuantizeLSTM<hidden_size=5>"
        "(a, w, r, z, , , , , ws, wz, rs, rz)\n"
        "c = Squeeze(b, one)\nd = Transpose<perm=[1,0,2]>(c)\ny = MatMul(d, v)"
    )
    small = {"w": np.zeros((1, 8, 20), np.int8), "r": np.zeros((1, 5, 20), np.int8)}
    scales = {"ws": np.ones(1, np.float32), "wz": np.zeros(1, np.int8)}
    scales |= {"rs": scales["ws"], "rz": scales["wz"]}
    proto = model(nodes, VIEWS | WEIGHTS | small | scales, inputs="float[1,6,8] x")
    net = network(proto, tmp_path)
    assert (operators(net), net.params) == (["lstm", "conv"], LSTM + 40 + 15)
    assert [layer.bits for layer in net.layers] == [8, 32]


def stack(kind: str, layers: int, ways: int, biases: bool, projection: int = 0) -> Program:
    """A stack of layers of 5 units on 6 steps with 8 channels, and a layer on what is said."""
    gates = {"lstm": 4, "gru": 3, "rnn_tanh": 1}[kind]
    program, said = Program(), projection or 5
    x = program.given("x", (1, 6, 8))
    params, read = [], 8
    for number in range(layers):
        for way in range(ways):
            shapes = {"ih": (gates * 5, read), "hh": (gates * 5, said)}
            shapes |= {"b": (gates * 5,), "c": (gates * 5,)} if biases else {}
            shapes |= {"hr": (said, 5)} if projection else {}
            params += [program.stored(f"r.{n}_{number}{way}", s) for n, s in shapes.items()]
        read = ways * said
    state = program.call("zeros", [layers * ways, 1, 5], made=(layers * ways, 1, 5))
    states = [state, state] if kind == "lstm" else state
    names = ("steps", "ends", "memory")[: 3 if kind == "lstm" else 2]
    program.call(
        f"torch.ops.aten.{kind}.input", input=x, hx=states, params=params, has_biases=biases,
        num_layers=layers, dropout=0.0, train=False, bidirectional=ways > 1, batch_first=True,
        out=names, made=(1, 6, read),
    )  # fmt: skip
    return program


@at_once(
    ("kind", "layers", "ways", "biases", "projection"),
    [("lstm", 1, 1, True, 0), ("lstm", 2, 2, True, 3), ("gru", 2, 1, False, 0),
     ("gru", 1, 2, True, 0), ("rnn_tanh", 3, 2, True, 0)],
)  # fmt: skip
def test_exported_programs(kind, layers, ways, biases, projection, tmp_path):
    program, said = stack(kind, layers, ways, biases, projection), projection or 5
    weight = program.stored("w", (3, ways * said))
    program.call("linear", Name("steps"), weight=weight, out="y", made=(1, 6, 3))
    net = load(program.write(tmp_path / "net.pt2", ["y"]))
    gates = {"lstm": 4, "gru": 3, "rnn_tanh": 1}[kind]
    widths = [8] + [ways * said] * (layers - 1)
    weights = sum(ways * (gates * 5 * (c + said) + projection * 5) for c in widths)
    vectors = layers * ways * 2 * gates * 5 if biases else 0
    assert [layer.op for layer in net.layers] == [kind.removesuffix("_tanh")] * layers + ["conv"]
    assert net.params == weights + vectors + 3 * ways * said
    assert net.mult_adds == 6 * (weights + 3 * ways * said)


def test_what_a_stack_says_in_the_end(tmp_path):
    """The last layer's end alone is looked at, of all that lie one behind the other."""
    program = stack("lstm", 2, 1, True)
    last = program.call("select", Name("ends"), dim=0, index=-1, made=(1, 5))
    weight = program.stored("w", (3, 5))
    program.call("linear", last, weight=weight, out="y", made=(1, 3))
    net = load(program.write(tmp_path / "net.pt2", ["y"]))
    first, *_, last = (layer for layer in net.layers if layer.op == "lstm")
    assert (first.output, last.output) == ((6, 1, 5), (1, 1, 5))
    assert net.layers[-1].op == "fc"


def test_a_sequence_of_several_lengths_is_refused(tmp_path):
    program = stack("gru", 1, 1, True)
    program.nodes[-1]["target"] = "torch.ops.aten.gru.data"
    with pytest.raises(CostcalcError, match="takes sequences of several lengths"):
        load(program.write(tmp_path / "net.pt2", ["steps"]))


def sequence(word: str, places: dict[int, str], shapes: dict[str, tuple], options, out=5):
    """A TFLite file of one layer on 6 steps with 8 channels: which of its inputs are what."""
    made = Model()
    made.given("x", [1, 6, 8])
    for name, shape in shapes.items():
        made.tensor(name, shape, values=[float(n) for n in range(1, 1 + np.prod(shape))])
    inputs = ["x" if not place else places.get(place, "") for place in range(max(places) + 1)]
    made.operator(word, inputs, [made.tensor("y", [1, 6, out])], options)
    return made.file(["y"])


INPUT, AGAIN = range(1, 5), range(5, 9)
GATE = {**dict.fromkeys(INPUT, (5, 8)), **dict.fromkeys(AGAIN, (5, 5)),
        **dict.fromkeys(range(12, 16), (5,))}  # fmt: skip
"""What an LSTM of TFLite reads: by its place."""


def of_tflite(word, shapes, options, out=5, other=None):
    places = {place: f"i{place}" for place in shapes}
    places |= other or {}
    return sequence(word, places, {f"i{place}": s for place, s in shapes.items()}, options, out)


def test_tflite(tmp_path):
    """An LSTM; one that projects; both ways with their units behind one another; no gates."""
    shapes = {**GATE, **dict.fromkeys(AGAIN, (5, 3)), 16: (3, 5)}
    ways = {**GATE, **{place + 17: shape for place, shape in GATE.items()}}
    files = {
        "lstm": (of_tflite("UNIDIRECTIONAL_SEQUENCE_LSTM", GATE, {}), LSTM, 20),
        "projected": (
            of_tflite("UNIDIRECTIONAL_SEQUENCE_LSTM", shapes, {}, 3), 20 * 11 + 15, 20
        ),
        "both": (
            of_tflite("BIDIRECTIONAL_SEQUENCE_LSTM", ways, {3: ("b", 1)}, 10), 2 * LSTM, 40
        ),
        "rnn": (
            of_tflite("UNIDIRECTIONAL_SEQUENCE_RNN", {1: (5, 8), 2: (5, 5), 3: (5,)}, {}),
            5 * 13, 5,
        ),
    }  # fmt: skip
    for name, (data, weights, vectors) in files.items():
        path = tmp_path / f"{name}.tflite"
        path.write_bytes(data)
        net = load(str(path))
        assert (net.params, net.mult_adds) == (weights + vectors, 6 * weights), name


@at_once(
    ("word", "shapes", "message"),
    [
        ("UNIDIRECTIONAL_SEQUENCE_LSTM", {k: v for k, v in GATE.items() if k != 1},
         "has gates that are one, which is not counted"),
        ("UNIDIRECTIONAL_SEQUENCE_LSTM", {**GATE, 9: (5,)}, "has peepholes, which are not"),
        ("UNIDIRECTIONAL_SEQUENCE_LSTM", {**GATE, 17: (5,)}, "adds biases to what it projects"),
        ("UNIDIRECTIONAL_SEQUENCE_LSTM", {**GATE, 20: (5,)}, "normalises its gates"),
        ("BIDIRECTIONAL_SEQUENCE_LSTM", {**GATE, 39: (1, 6, 4)}, "reads a second sequence"),
    ],
)  # fmt: skip
def test_what_else_a_layer_of_tflite_may_have_is_refused(word, shapes, message, tmp_path):
    path = tmp_path / "net.tflite"
    path.write_bytes(of_tflite(word, shapes, {}))
    with pytest.raises(CostcalcError, match=message):
        load(str(path))


def test_zeros_of_all_its_weights_are_left_out(tmp_path):
    """Of 160 + 100 weights those of the input have 40 zeros, those of the state 30."""
    given, state = np.ones((1, 20, 8), np.float32), np.ones((1, 20, 5), np.float32)
    given.flat[:40], state.flat[:30] = 0, 0
    nodes = "b = LSTM<hidden_size=5, layout=1>(x, w, r)\nc = Squeeze(b, two)\ny = MatMul(c, v)"
    weights = {"w": given, "r": state, "v": np.ones((5, 3), np.float32), "two": np.array([2])}
    path = saved(model(nodes, weights, inputs="float[1,6,8] x"), tmp_path)
    keep_zeros()
    try:
        assert [round(layer.weights * layer.keep) for layer in load(path).layers] == [190, 15]
    finally:
        keep_zeros(False)
