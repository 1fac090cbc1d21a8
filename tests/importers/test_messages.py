"""Every message about a model file's graph, whole, with its place."""

from __future__ import annotations

import ast
import os
import sys

import numpy as np
import pytest

from costcalc.errors import SpecError
from tests.conftest import ROOT, TESTS
from tests.importers.making import model, network

PLACES = np.array
NUMBERS = {"n": PLACES([2, 2])}
PARTS = {
    "q": (8, 8), "k": (8, 8), "v": (8, 8), "b": PLACES([0]), "e": PLACES([3]), "a": PLACES([1]),
}  # fmt: skip
ATTENDED = (
    "q1 = MatMul(x, q)\nk1 = MatMul(x, k)\nv1 = MatMul(x, v)\nt = Transpose<perm=[0,2,1]>(k1)\n"
    "s = MatMul(q1, t)\np = Softmax<axis=-1>(s)\nv2 = Slice(v1, b, e, a)\ny = MatMul(p, v2)"
)
OTHER_WAY = "a = Reshape(x, s)\nt = Transpose<perm=[0,2,1,3]>(x)\nb = Reshape(t, s)\ny = Add(a, b)"
CHOICE = (
    "y = If<then_branch = t () => (float[N] t) {{ t = Relu(x) }}{}>(c)",
    ", else_branch = e () => (float[N] u) { u = Fancy(x) }",
)

# nodes, weights, options of the model
RECURRENT = {"w": (1, 20, 8), "r": (1, 20, 5), "z": (1, 40), "p": (1, 15), "v": (1, 20, 9),
             "s": np.ones((1, 1, 5), np.float32)}  # fmt: skip
WRONG = [
    # inputs
    ("y = Relu(w)", {"w": (1, 3)}, {}),
    ("y = Relu(x)", {}, {"inputs": "float[1,3,8,8,8,8] x"}),
    ("y = Relu(x)", {}, {"inputs": "float[1,8,C] x"}),
    # what depends on the input's values
    ("s = Cast<to=7>(x)\ny = Slice(x, s, e)", {"e": PLACES([4])}, {}),
    ("s = Cast<to=7>(x)\ny, z = Split<axis=1>(x, s)", {}, {}),
    ("s = Cast<to=7>(x)\ny = Reshape(x, s)", {}, {}),
    ("s = Cast<to=1>(x)\ny = Resize(x, e, s)", {"e": np.zeros(0, np.float32)}, {}),
    ("c = Cast<to=9>(x)\n" + CHOICE[0].format(CHOICE[1]), {}, {}),
    ("y = ConvTranspose(x, x)", {}, {}),
    ("y = Conv<group=2>(x, x)", {}, {}),
    ("y = Gather(w, x)", {"w": (100, 8)}, {}),
    ("s = Cast<to=7>(x)\ny = GatherND(x, s)", {}, {}),
    ("s = Cast<to=7>(x)\ny = GatherND(w, s)", {"w": (9, 4)}, {}),
    ("s = Cast<to=7>(x)\ny, i = TopK(x, s)", {}, {}),
    # branches
    (CHOICE[0].format(""), {"c": np.array(False)}, {}),
    (CHOICE[0].format(CHOICE[1]), {"c": np.array(False)}, {}),
    # windows
    ("a = Reshape(x, s)\ny = Conv(a, w)", {"s": PLACES([1, 3, 2, 4, 8]), "w": (4, 3, 1, 1, 1)}, {}),
    ("y = Conv(x, w)", {"w": (4, 3, 1, 1)}, {"inputs": "float[1,3] x"}),
    ("y = Conv(x, w)", {"w": (4, 3, 3)}, {}),
    ("y = Conv(x, w)", {"w": (4, 5, 3, 3)}, {}),
    ("y = Conv(x, w)", {"w": (4, 3, 9, 9)}, {}),
    ("f = Flatten(x)\ny = Gemm<transB=1>(f, w)", {"w": (0, 192)}, {}),
    ("y = DeformConv(x, w, x)", {"w": (4, 5, 3, 3)}, {"opset": 19}),
    ("a = Reshape(x, s)\ny = GridSample(a, g)",
     {"s": PLACES([1, 3, 2, 4, 8]), "g": (1, 2, 2, 2, 3)}, {"opset": 20}),
    ("y = ConvTranspose(x, w)", {"w": (5, 4, 2, 2)}, {}),
    ("y = MaxPool<kernel_shape=[2,2], dilations=[2,2]>(x)", {}, {}),
    ("y = Col2Im(x, s, s)", {"s": PLACES([8, 8])}, {"opset": 18}),
    # products
    ("a = Flatten(x)\ny = Gemm(a, w)", {"w": (100, 10)}, {}),
    ("y = Gemm(w, x)", {"w": (5, 1)}, {"inputs": "float[1,8] x"}),
    ("a = Squeeze(x)\ny = MatMul(w, a)", {"w": (5, 8)}, {"inputs": "float[1,8] x"}),
    ("a = Squeeze(x)\ny = MatMul(a, a)", {}, {"inputs": "float[1,8] x"}),
    ("y = MatMul(x, w)", {"w": (4, 8, 5)}, {}),
    ("y = MatMul(x, w)", {"w": (3, 7, 5)}, {}),
    ("y = MatMul(x, x)", {}, {"inputs": "float[1,4,8] x"}),
    (ATTENDED, PARTS, {"inputs": "float[1,4,8] x"}),
    ("a = Reshape(x, s)\nb = Slice(a, o, e, o)\nt = Transpose<perm=[0,1,3,2]>(b)\n"
     "m = MatMul(a, t)\ny = Relu(m)",
     {"s": PLACES([1, 4, 2, 9]), "o": PLACES([1]), "e": PLACES([3])},
     {"inputs": "float[1,8,9] x"}),
    ("y = Einsum<equation=\"bchw->bc\">(x)", {}, {}),
    ("y = Einsum<equation=\"bchw,cd->bdh\">(x, w)", {"w": (3, 4)}, {}),
    ("y = Einsum<equation=\"b!c\">(x)", {}, {}),
    ("y = Einsum<equation=\"bc->cb\">(x)", {}, {}),
    ("y = Einsum<equation=\"bbhw->hw\">(x)", {}, {}),
    ("y = com.microsoft.MultiHeadAttention<num_heads=2>(x)", {}, {"inputs": "float[1,4,8] x"}),
    # recurrent layers
    *((nodes, RECURRENT, {"inputs": "float[1,6,8] x, int32[1] n"}) for nodes in (
        "y = LSTM<hidden_size=5>(x, w, r, z, n)",
        "y = LSTM<hidden_size=5>(x, w, r, z, , s)",
        "a = Relu(x)\ny = LSTM<hidden_size=5>(x, w, r, z, , a)",
        "y = LSTM<hidden_size=5>(x, w, r, z, , , , p)",
        "y = LSTM<hidden_size=5, input_forget=1>(x, w, r, z)",
        "y = GRU<hidden_size=5>(x, w, r, z)",
        "y = LSTM<hidden_size=5>(x, w, p, z)",
        "y = LSTM<hidden_size=5>(x, w, x, z)",
        "y = LSTM<hidden_size=5>(x, v, r, z)",
        "a = Squeeze(x)\ny = LSTM<hidden_size=5>(a, w, r, z)")),
    ("a = Relu(x)\ny = LSTM<hidden_size=5>(a, w, r, z)", RECURRENT, {"inputs": "float[6,1,8] x"}),
    # tensors that meet
    (OTHER_WAY, {"s": PLACES([1, 12, 16])}, {"inputs": "float[1,3,4,16] x"}),
    ("a = Slice(x, b, e, w)\ny = Add(x, a)",
     {"b": PLACES([0]), "e": PLACES([4]), "w": PLACES([3])}, {}),
    ("y = Concat<axis=0>(x, x)", {}, {}),
    ("a = Flatten(x)\ny = Concat<axis=1>(x, a)", {}, {}),
    ("a = Relu(x)\nb = ReduceMax<axes=[2,3], keepdims=0>(x)\ny = ScatterND(a, i, b)",
     {"i": np.zeros((1, 3, 4), np.int64)}, {}),
    # axes
    ("y = Reshape(x)", {}, {}),
    ("y = Reshape(x, s)", {"s": PLACES([0, 0, 0, 0, 0])}, {}),
    ("y = Reshape(x, s)", {"s": PLACES([1, 5, 7])}, {}),
    ("y = Transpose<perm=[0,2,1]>(x)", {}, {}),
    ("y = Unsqueeze(x, o)", {"o": PLACES([1, 1])}, {}),
        ("a = Reshape(x, s)\ny = Pad(a, p)",
     {"s": PLACES([1, 3, 2, 4, 8]), "p": PLACES([0, 0, 1, 1, 0, 0, 0, 0, 0, 0])}, {}),
    ("y = InstanceNormalization(x, w, w)", {"w": (4,)}, {"inputs": "float[1,4,22] x"}),
    # what is computed
    ("a = LRN<size=3>(w)\ny = Add(x, a)", {"w": (1, 3, 8, 8)}, {}),
    ("y = Trilu(x)", {}, {}),
    ("s = Shape(x)\nh = Gather(s, i)\nd = Div(n, h)\nz = Concat<axis=0>(d, d)\nl = Slice(s, b, e)\n"
     "t = Concat<axis=0>(l, z)\ny = Resize(x, r, r, t)",
     {"i": PLACES([2]), "n": PLACES([640]), "b": PLACES([0]), "e": PLACES([2]),
      "r": np.zeros(0, np.float32)}, {}),
]  # fmt: skip


@pytest.fixture(scope="module")
def messages(tmp_path_factory):
    """What each of them says, and where in the code it was said."""
    folder, provoked, found = tmp_path_factory.mktemp("wrong"), set(), []
    original = SpecError.__init__

    def recording(self, *arguments, **more):
        frame = sys._getframe(1)
        while frame is not None and frame.f_code.co_name == "error":
            frame = frame.f_back
        provoked.add((os.path.realpath(frame.f_code.co_filename), frame.f_lineno))
        original(self, *arguments, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # messages name a path as seen from here
        patch.setattr(SpecError, "__init__", recording)
        for nodes, weights, options in WRONG:
            try:
                network(model(nodes, weights, **options), folder)
                found.append(f"{nodes}\n-> no error")
            except Exception as error:
                found.append(str(error).replace(f"{folder}/", ""))
    return found, provoked


def test_whole_texts(messages, golden):
    golden(TESTS / "golden" / "model_files.txt", "\n\n".join(messages[0]) + "\n")


def said_in(source):
    """Every place of a file of code where a message about a node is made."""
    tree = ast.parse(source.read_text())
    made_by = {
        call
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name == "error"
        for call in ast.walk(function)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or node in made_by:
            continue
        function = node.func
        name = getattr(function, "id", getattr(function, "attr", ""))
        owner = getattr(getattr(function, "value", None), "id", "")
        if name == "SpecError" or (name == "error" and owner in ("t", "self")):
            yield node


def test_every_message_is_among_them(messages):
    """Break it once: a message that nobody can provoke is one that nobody has read."""
    missing = []
    for source in sorted((ROOT / "costcalc" / "importers").rglob("*.py")):
        if source.parent.name in ("pt2", "tflite"):
            continue  # what a reader says of a file: test_pt2.py, test_tflite.py
        for node in said_in(source):
            lines = range(node.lineno, node.end_lineno + 1)
            if not any(file == str(source) and line in lines for file, line in messages[1]):
                missing.append(f"{source.name}:{node.lineno}: {ast.unparse(node)}")
    assert missing == [], "\n".join(missing)
