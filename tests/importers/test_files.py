"""Exported files equal what the frameworks count, to the last integer."""

from __future__ import annotations

import csv
import glob
import os

import onnx
import pytest

from costcalc.library import load_spec
from costcalc.network import Network, load
from tests.conftest import TESTS

MODELS = TESTS / "facts" / "models"
UNTRAINED = {
    "mobilenet_v2_dynamo.onnx": 2,  # the bounds of ReLU6
    "mobilenet_v2_dynamic_bhw.onnx": 2,
    "vit_b_16_dynamo.onnx": 1,  # the scale of attention
    "swin_t.onnx": 4021,  # the scale, and the masks of shifted windows
}
"""Elements of each file that nobody trained."""


def expected():
    with (MODELS / "expected.csv").open() as file:
        return [row for row in csv.DictReader(file) if row["file"].endswith(".onnx")]


def parameters(net):
    return sum(
        facts.weights + facts.biases + facts.norm + facts.buffers
        for facts in (layer.facts for layer in net.layers)
    )


@pytest.mark.parametrize("row", expected(), ids=lambda row: row["file"])
def test_file(row):
    path = str(MODELS / row["file"])
    batch, _, h, w = map(int, row["input"].split("x"))
    settings = {"height": h, "width": w} if "dynamic" in row["file"] else {}
    net = load(path, **settings)
    assert net.mult_adds * batch == int(row["total_mult_adds"])
    transposed = sum(layer.facts.mult_adds for layer in net.layers if layer.op == "tconv")
    assert transposed == int(row["transposed_mult_adds"])
    stored = int(row["float_elements_of_the_file"]) - UNTRAINED.get(row["file"], 0)
    assert parameters(net) == stored


@pytest.mark.parametrize(
    ("h", "w", "mult_adds"), [(224, 224, 300774272), (192, 320, 368007680), (160, 160, 154083200)]
)
def test_a_size_that_the_file_leaves_open(h, w, mult_adds):
    path = str(MODELS / "mobilenet_v2_dynamic_bhw.onnx")
    assert load(path, height=h, width=w).mult_adds == mult_adds
    if h == w:
        assert load(path, res=h).mult_adds == mult_adds


@pytest.mark.parametrize(
    ("file", "settings"),
    [
        ("mobilenet_v2.onnx", {"res": 160}),
        ("mobilenet_v2_bn.onnx", {"res": 96}),
        ("mobilenet_v2_dynamo.onnx", {"res": 192, "classes": 10}),
    ],
)
def test_another_size_counts_as_the_papers_spec_does(file, settings):
    """A fixed 224 is asked at other sizes, a thousand classes at others."""
    mine, paper = load(str(MODELS / file), **settings), load("mobilenet_v2", **settings)
    assert mine.mult_adds == paper.mult_adds


def test_layer_by_layer_as_the_papers_spec():
    """MobileNetV2's file and its paper's table have the same convolutions in the same order."""
    mine, paper = (
        [layer for layer in load(name).layers if layer.facts.mult_adds]
        for name in (str(MODELS / "mobilenet_v2.onnx"), "mobilenet_v2")
    )
    assert [(one.output, one.facts.weights, one.facts.mult_adds) for one in mine] == [
        (one.output, one.facts.weights, one.facts.mult_adds) for one in paper
    ]


@pytest.mark.parametrize(
    ("file", "size", "node"),
    [
        ("vit_b_16_dynamo.onnx", 160, "node_view"),
        ("swin_t.onnx", 256, "node_view_1"),
        ("shufflenet_v2_x1_0.onnx", 160, "/stage2/stage2.0/Reshape"),
    ],
)
def test_a_size_that_the_file_pins_is_refused_at_its_node(file, size, node, costcalc):
    ran = costcalc(str(MODELS / file), "--res", str(size))
    assert ran.code == 2
    assert "is fixed to" in ran.err
    assert node in ran.err


LIGHT = {
    "bvlc_alexnet": (60965224, 654560384), "densenet121": (7979112, 2834161664),
    "inception_v1": (6998552, 1431556352), "inception_v2": (11196584, 2018851840),
    "resnet50": (25557032, 4089184256), "shufflenet": (1393320, 124664528),
    "squeezenet": (1235496, 349151936), "vgg19": (143667240, 19632062464),
    "zfnet512": (87250536, 1481727008),
}  # fmt: skip


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", LIGHT)
def test_light_models_of_the_onnx_package(name):
    """Old files, IR 3 and opset 9, that list their weights as inputs and say NCHW's sizes."""
    folder = os.path.join(os.path.dirname(onnx.__file__), "backend/test/data/light")
    (path,) = glob.glob(os.path.join(folder, f"light_{name}.onnx"))
    net = Network(load_spec(path), {})
    assert (net.params, net.mult_adds) == LIGHT[name]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--by", "type"], ["--expand"], ["--format", "json"], ["--format", "csv"],
        ["--convention", "flops"], ["--dtype", "int8", "--batch", "4"], ["--res", "160"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_views(arguments, costcalc):
    ran = costcalc(str(MODELS / "mobilenet_v2_dynamo.onnx"), *arguments)
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize(
    "command",
    [
        ["compare", "FILE", "mobilenet_v2"], ["memory", "FILE", "--dtype", "int8"],
        ["memory", "FILE", "--order", "best"], ["storage", "FILE"], ["guidelines", "FILE"],
        ["explain", "FILE", "--layer", "classifier.1"], ["diff", "FILE", "mobilenet_v2"],
        ["sweep", "FILE", "--res", "96:320:32", "--where", "mult_adds < 300M"],
        ["fit", "FILE", "--grow", "res", "--max", "mult_adds=200M"],
        ["reconcile", "FILE", "--number", "300,774,272"],
        ["check", "FILE"],
    ],
    ids=lambda command: command[0],
)  # fmt: skip
def test_a_file_wherever_a_name_is_taken(command, costcalc):
    path = str(MODELS / "mobilenet_v2_dynamo.onnx")
    ran = costcalc(*(path if word == "FILE" else word for word in command))
    assert ran.code == 0, ran.err
