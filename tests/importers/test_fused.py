"""What ONNX Runtime fuses costs what the operators that it was fused of do."""

from __future__ import annotations

import numpy as np
import pytest

from costcalc.errors import CostcalcError
from tests.covering import at_once
from tests.importers.making import model, network, operators

SAME = "pads=[1,1,1,1]"
CONV = 8 * 8 * 9 * 3 * 4
TOKENS = "float[1,9,8] x"
DENSE = 9 * 64
QKV = {"w": (8, 24), "b": (24,)}
ATTENDED = 9 * 8 * 24 + 2 * 81 * 8
PLACE = np.array

# name, nodes, weights, inputs, operators, params, Mult-Adds
FUSED = [
    ("a convolution with its activation",
     f'y = com.microsoft.FusedConv<activation="Relu", {SAME}>(x, w, b)',
     {"w": (4, 3, 3, 3), "b": (4,)}, "", ["conv", "relu"], 112, CONV),
    ("a convolution with a shortcut",
     f'a = Conv<{SAME}>(x, w)\nb = com.microsoft.FusedConv<activation="Clip",'
     f' activation_params=[0.0, 6.0], {SAME}>(a, v, c, a)\ny = Sigmoid(b)',
     {"w": (4, 3, 3, 3), "v": (4, 4, 3, 3), "c": (4,)}, "",
     ["conv", "conv", "add", "relu6", "sigmoid"], 108 + 148, CONV + 64 * 144),
    ("a convolution of maps with their channels last",
     "y = com.microsoft.NhwcConv(x, w)", {"w": (4, 3, 1, 1)}, "float[1,8,8,3] x",
     ["conv"], 12, 64 * 12),
    ("a pool of maps with their channels last",
     "y = com.microsoft.NhwcMaxPool<kernel_shape=[2,2], strides=[2,2]>(x)", {},
     "float[1,8,8,3] x", ["maxpool"], 0, 0),
    ("a linear layer with its activation",
     'a = Flatten(x)\ny = com.microsoft.FusedGemm<activation="Relu", transB=1>(a, w, b)',
     {"w": (5, 8), "b": (5,)}, "float[1,8,1,1] x", ["flatten", "fc", "relu"], 45, 40),
    ("a product by weights that are transposed",
     "y = com.microsoft.FusedMatMul<transB=1, alpha=0.5>(x, w)", {"w": (5, 8)}, TOKENS,
     ["conv"], 40, 9 * 40),
    ("scores of queries and keys",
     "s = com.microsoft.FusedMatMul<transB=1, alpha=0.5>(x, x)\np = Softmax<axis=-1>(s)\n"
     "y = MatMul(p, x)", {}, TOKENS, ["attention"], 0, 2 * 81 * 8),
    ("a bias before a GELU", "a = MatMul(x, w)\ny = com.microsoft.BiasGelu(a, b)",
     {"w": (8, 8), "b": (8,)}, TOKENS, ["conv", "gelu"], 72, DENSE),
    ("a GELU that is quick", "y = com.microsoft.QuickGelu<alpha=1.702>(x)", {}, TOKENS,
     ["gelu"], 0, 0),
    ("a shortcut, a bias and a normalisation",
     "a = MatMul(x, w)\ny, m, v, s = com.microsoft.SkipLayerNormalization(a, x, g, h, b)",
     {"w": (8, 8), "g": (8,), "h": (8,), "b": (8,)}, TOKENS,
     ["conv", "add", "layer_norm"], 64 + 24, DENSE),
    ("a shortcut that goes on",
     "n, m, v, s = com.microsoft.SkipSimplifiedLayerNormalization(x, x, g)\ny = Add(s, n)",
     {"g": (8,)}, TOKENS, ["add", "rms_norm", "add"], 8, 0),
    ("a normalisation of groups",
     "y = com.microsoft.GroupNorm<groups=2, activation=1>(x, g, h)", {"g": (4,), "h": (4,)},
     "float[1,8,8,4] x", ["group_norm", "swish"], 8, 0),
    ("attention by one matrix", "y = com.microsoft.Attention<num_heads=2>(x, w, b)", QKV, TOKENS,
     ["conv", "split", "split", "split", "attention"], 8 * 24 + 24, ATTENDED),
    ("attention in eight bits",
     "y = com.microsoft.QAttention<num_heads=2>(x, w, b, s, s)", QKV | {"s": np.float32(1)}, TOKENS,
     ["conv", "split", "split", "split", "attention"], 8 * 24 + 24, ATTENDED),
    ("attention of several heads",
     "q = MatMul(x, wq)\nk = MatMul(x, wk)\nv = MatMul(x, wv)\n"
     "y = com.microsoft.MultiHeadAttention<num_heads=2>(q, k, v, b)",
     {"wq": (8, 8), "wk": (8, 8), "wv": (8, 8), "b": (24,)}, TOKENS,
     ["conv", "conv", "conv", "attention"], 3 * 64 + 24, ATTENDED),
    ("weights of four bits",
     "y = com.microsoft.MatMulNBits<K=32, N=5, bits=4, block_size=16>(x, w, s)",
     {"w": (5, 2, 8), "s": (10,)}, "float[1,9,32] x", ["conv"], 160, 9 * 160),
    ("a layer that stores its input in eight bits",
     "y = com.microsoft.DynamicQuantizeMatMul(x, w, s, z, b)",
     {"w": (8, 5), "s": np.float32(1), "z": np.int8(0), "b": (5,)}, TOKENS, ["conv"], 45, 9 * 40),
    ("steps of a layer that does",
     "i, a, z = DynamicQuantizeLinear(x)\nm = ConvInteger<pads=[1,1,1,1]>(i, w, z)\n"
     "f = Cast<to=1>(m)\nt = Mul(a, s)\nr = Mul(f, t)\nq = Reshape(b, p)\no = Add(r, q)\n"
     "y = Relu(o)",
     {"w": (4, 3, 3, 3), "s": np.float32(1), "b": (4,), "p": PLACE([1, 4, 1, 1])}, "",
     ["conv", "relu"], 112, CONV),
    ("the same before there was an operator for it",
     "l = ReduceMin<keepdims=0>(x)\nh = ReduceMax<keepdims=0>(x)\nd = Sub(h, l)\na = Div(d, s)\n"
     "n = Sub(o, l)\ne = Div(n, a)\nu = Floor(e)\nz = Cast<to=2>(u)\ni = QuantizeLinear(x, a, z)\n"
     "m = ConvInteger<pads=[1,1,1,1]>(i, w, z)\nf = Cast<to=1>(m)\nt = Mul(a, s)\nr = Mul(f, t)\n"
     "q = Reshape(b, p)\nv = Add(r, q)\ny = Relu(v)",
     {"w": (4, 3, 3, 3), "s": np.float32(255), "o": np.float32(0), "b": (4,),
      "p": PLACE([1, 4, 1, 1])}, "", ["conv", "relu"], 112, CONV),
]  # fmt: skip


@at_once(
    ("nodes", "weights", "inputs", "expected", "params", "mult_adds"),
    [row[1:] for row in FUSED],
)
def test_fused(nodes, weights, inputs, expected, params, mult_adds, tmp_path):
    net = network(model(nodes, weights, **({"inputs": inputs} if inputs else {})), tmp_path)
    views = ("to_map", "to_tokens", "fixed", "reorder")
    assert [op for op in operators(net) if op not in views] == expected
    assert (net.params, net.mult_adds) == (params, mult_adds)


def test_weights_of_four_bits_take_four(tmp_path):
    nodes = "y = com.microsoft.MatMulNBits<K=32, N=5, bits=4, block_size=16>(x, w, s)"
    net = network(model(nodes, {"w": (5, 2, 8), "s": (10,)}, "float[1,9,32] x"), tmp_path)
    assert net.layers[0].bits == 4


def test_a_word_that_is_another_operator_there(tmp_path):
    """ONNX has a `RotaryEmbedding` of its own, whose inputs stand in another order."""
    with pytest.raises(CostcalcError, match=r"1 \[com.microsoft.RotaryEmbedding\]"):
        network(model("y = com.microsoft.RotaryEmbedding(x)", {}, TOKENS), tmp_path)


def test_a_sequence_that_is_stored_in_eight_bits(tmp_path):
    """Of three axes the last is the length, where a convolution reads them, quantised or not."""
    nodes = (
        "q = QuantizeLinear(x, s, z)\ni = DequantizeLinear(q, s, z)\na = Conv(i, w)\ny = Relu(a)"
    )
    weights = {"w": (4, 3, 3), "s": np.float32(1), "z": np.int8(0)}
    net = network(model(nodes, weights, "float[1,3,50] x"), tmp_path, length=20)
    assert (net.params, net.mult_adds) == (36, 18 * 36)


def test_features_of_positions_in_eight_bits(tmp_path):
    """What is added to and worked on before the input comes is computed, quantised too."""
    nodes = (
        "p = QLinearAdd(f, s, z, f, s, z, s, z)\nq, a, n = DynamicQuantizeLinear(p)\n"
        "m = MatMulInteger(q, w, n)\nc = Cast<to=1>(m)\nt = Mul(a, e)\nr = Mul(c, t)\n"
        "y = Add(x, r)"
    )
    weights = {"f": (1, 9, 6), "s": np.float32(1), "z": np.int8(0), "w": (6, 8), "e": (8,)}
    types = {"f": "INT8", "w": "INT8"}
    net = network(model(nodes, weights, TOKENS, types=types), tmp_path)
    assert operators(net)[-1] == "add"
    assert net.mult_adds == 9 * 48


def test_a_table_of_eight_bits_is_trained(tmp_path):
    """Biases of relative positions, looked up before they are dequantised."""
    nodes = (
        "g = Gather(b, i)\nd = DequantizeLinear(g, c, z)\nt = Transpose<perm=[0,2,1]>(x)\n"
        "s = MatMul(x, t)\na = Add(s, d)\np = Softmax<axis=-1>(a)\ny = MatMul(p, x)"
    )
    weights = {
        "b": np.ones((17, 1), np.int8), "i": np.zeros((1, 9, 9), np.int64), "c": np.float32(1),
        "z": np.int8(0),
    }  # fmt: skip
    nodes = nodes.replace("g = Gather(b, i)", "f = Reshape(b, o)\ng = Gather(f, i)")
    net = network(model(nodes, weights | {"o": PLACE([17])}, TOKENS), tmp_path)
    assert operators(net) == ["attention"]
    assert net.params == 17


@pytest.mark.parametrize(
    ("nodes", "weights"),
    [
        ("a = com.microsoft.FusedMatMul<transB=1>(w, v)", {"w": (5, 8), "v": (8,)}),
        (f"a = com.microsoft.FusedConv<activation='Relu', {SAME}>(w, v)", {"w": (4,), "v": (4,)}),
    ],
)
def test_a_step_on_constants_that_cannot_be(nodes, weights, tmp_path):
    proto = model(nodes.replace("'", '"') + "\ny = Add(x, a)", weights, TOKENS)
    proto.graph.node[0].input[1] = ""
    with pytest.raises(CostcalcError, match="of constants is not computed"):
        network(proto, tmp_path)
