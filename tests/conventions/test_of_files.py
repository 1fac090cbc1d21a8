"""Tools' numbers of model files."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from costcalc.conventions.nodes import NodeRules
from costcalc.network import load
from tests.conftest import TESTS
from tests.covering import at_once, mostly
from tests.facts import nodes as graphs
from tests.importers.making import model, saved

MODELS = TESTS / "facts" / "models"


def printed():
    with (MODELS / "onnx_tool.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", printed(), ids=lambda row: row["file"])
def test_onnx_tool(row):
    """What the tool prints for the file, to the last integer: arithmetic on sizes and axes too."""
    totals = load(MODELS / row["file"], convention="onnx-tool").totals
    assert (totals.cost, totals.params) == (int(row["macs"]), int(row["params"]))


@at_once("case", graphs.cases())
def test_onnx_tool_on_nodes(case, tmp_path):
    """The same of small graphs, each of another kind of nodes or another way to spell one out."""
    totals = load(graphs.file_of(case, tmp_path), convention="onnx-tool").totals
    assert (totals.cost, totals.params) == (case["macs"], case["params"])


CONV = "a = Conv<pads=[1,1,1,1]>(x, w, b)\n"
WEIGHTS = {"w": (4, 3, 3, 3), "b": (4,)}
COUNTED = 64 * 27 * 4 + 64 * 4
"""Multiply-adds of that convolution at 8 x 8, and one an output element for its bias."""


@pytest.mark.parametrize(
    ("nodes", "weights", "macs"),
    [
        ("y = Relu(a)", {}, 256),
        ("y = Clip(a, l, h)", {"l": 0.0, "h": 6.0}, 2 * 256),
        ("y = ReduceMean<axes=[2,3]>(a)", {}, 256),
        ("y = GlobalAveragePool(a)", {}, 256 + 4 * 4),
        ("y = BatchNormalization(a, g, g, g, g)", {"g": (4,)}, 31 * 256),
        ("s = Sigmoid(a)\ny = Mul(a, s)", {}, 33 * 256),
        ("c = Mul(a, q)\ns = Sigmoid(c)\ny = Mul(a, s)", {"q": 1.702}, 34 * 256),
        ("e = Div(a, r)\nf = Erf(e)\ng = Add(f, o)\ni = Mul(a, g)\ny = Mul(i, k)",
         {"r": 2**0.5, "o": 1.0, "k": 0.5}, 7 * 256),
        ("s = Shape(a)\nh = Div(s, s)\nt = Mul(s, h)\ny = Reshape(a, t)", {}, 4 * 4 + 4),
    ],
)  # fmt: skip
def test_node_by_node(nodes, weights, macs, tmp_path):
    given = {n: v if isinstance(v, tuple) else np.float32(v) for n, v in weights.items()}
    path = saved(model(CONV + nodes, WEIGHTS | given), tmp_path)
    assert load(path, convention="onnx-tool").totals.cost == COUNTED + macs


def test_what_an_attention_is_spelled_in(tmp_path):
    """Scales, biases and masks count where the file has them: of queries, and of each score."""
    nodes = (
        "q1 = MatMul(x, q)\nk1 = MatMul(x, k)\nv1 = MatMul(x, v)\ns = Mul(q1, c)\n"
        "t = Transpose<perm=[0,2,1]>(k1)\nm = MatMul(s, t)\na = Add(m, mask)\nd = Div(a, c)\n"
        "p = Softmax<axis=-1>(d)\ny = MatMul(p, v1)"
    )
    weights = dict.fromkeys("qkv", (8, 8)) | {"c": np.float32(2), "mask": (4, 4)}
    path = saved(model(nodes, weights, "float[1,4,8] x"), tmp_path)
    layers, products, scores = 3 * 4 * 64, 2 * 4 * 4 * 8, 4 * 4
    told = 4 * 8 + scores + 4 * scores + 36 * scores
    assert load(path, convention="onnx-tool").totals.cost == layers + products + told


def test_what_a_file_says_is_not_taken_for_granted(tmp_path, costcalc):
    path = saved(model(f"{CONV}y = Gelu(a)", WEIGHTS, opset=20), tmp_path)
    assert "assuming" not in costcalc(path, "--convention", "onnx-tool").out


def test_the_batch_of_a_file_is_counted_whole_by_who_looks_at_its_graph(tmp_path, costcalc):
    nodes = CONV + "s = Shape(a)\nh = Div(s, s)\nt = Mul(s, h)\ny = Reshape(a, t)"
    path = saved(model(nodes, WEIGHTS, "float[3,3,8,8] x"), tmp_path)
    totals = load(path, convention="onnx-tool").totals
    assert totals.cost == 3 * COUNTED + 4 * 4 + 4  # arithmetic on sizes is done once
    assert totals.mult_adds == load(path, convention="fvcore").totals.cost == 64 * 27 * 4
    assert "macs in multiply-adds of 3 examples;" in costcalc(path, "--convention", "onnx-tool").out
    assert "examples" not in costcalc(path, "--convention", "fvcore").out


@pytest.mark.parametrize("name", mostly(["thop", "fvcore"], ["ptflops", "torchinfo", "calflops"]))
def test_what_a_file_cannot_tell_is_said(name, costcalc):
    said = "a file does not say how its layers were written: as modules"
    file = str(MODELS / "mobilenet_v2.onnx")
    assert said in costcalc(file, "--convention", name).out
    assert said not in costcalc("mobilenet_v2", "--convention", name).out
    assert said not in costcalc(file, "--convention", "onnx-tool").out


def test_a_rule_of_nodes_is_made_once_for_all_layers_that_are_the_same_nodes(tmp_path, monkeypatch):
    nodes = "".join(
        f"c{i} = Conv<strides=[2,2],pads=[1,1,1,1]>({x}, v, b)\nr{i} = Relu(c{i})\n"
        for i, x in enumerate(["a", "r0", "r1"])
    )
    weights = {**WEIGHTS, "v": (4, 4, 3, 3)}
    path = saved(
        model(
            f"{CONV}{nodes}y = Clip(r2, l, h)", weights | {"l": np.float32(0), "h": np.float32(6)}
        ),
        tmp_path,
    )
    made: list[tuple[tuple[str, str], ...]] = []
    make = NodeRules._make

    def counted(self, own, within, alone):
        made.append(within)
        return make(self, own, within, alone)

    monkeypatch.setattr(NodeRules, "_make", counted)
    layers = load(path, convention="onnx-tool").counted.layers
    rules = [cost.rule for cost in layers if cost.layer.op == "relu"]
    assert len(rules) == 3
    assert len({id(rule) for rule in rules}) == 1
    assert len(made) == len(set(made)) == len({id(c.rule) for c in layers if c.facts.within})
