"""Files of every format cost what the frameworks count; their bytes say what they are."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from costcalc.errors import CostcalcError
from costcalc.memory.storage import storage
from costcalc.network import Network, load
from tests.conftest import TESTS
from tests.importers.pt2_file import archive
from tests.importers.tflite_file import Model

MODELS = TESTS / "facts" / "models"

PT2 = {
    # Mult-Adds of convolutions and of linear layers; params of the module; norms of the file
    "mobilenet_v2.pt2": (299_494_272, 1_280_000, 3_504_872),
    "mobilenet_v2_dynamic_hw.pt2": (299_494_272, 1_280_000, 3_504_872),
    "shufflenet_v2_x1_0.pt2": (143_883_992, 1_024_000, 2_278_604),
}


def mult_adds(net: Network) -> Counter:
    """Mult-Adds by what computes them."""
    found: Counter = Counter()
    for layer in net.layers:
        found[layer.op] += int(layer.mult_adds)
    return found


def tflite_rows():
    with (MODELS / "tflite.csv").open() as file:
        return [row for row in csv.DictReader(file) if (MODELS / row["file"]).exists()]


@pytest.mark.parametrize("row", tflite_rows(), ids=lambda row: row["file"])
def test_tflite_files(row):
    net = load(MODELS / row["file"])
    found = mult_adds(net)
    for op, name in (
        ("conv", "conv"), ("dw", "depthwise"), ("tconv", "transposed"), ("fc", "fully_connected")
    ):  # fmt: skip
        assert found[op] == int(row[f"{name}_mult_adds"]), name
    assert (net.weights, net.biases) == (int(row["weight_elements"]), int(row["bias_elements"]))
    assert {layer.bits for layer in net.layers if layer.weights} == {int(row["weight_bits"])}
    assert net.execution.dtype == ("fp32" if row["weight_bits"] == "32" else "int8")
    assert storage(net.graph)[-1].bytes == int(row["weight_and_bias_bytes"])
    arena = net.arena()
    assert arena.bytes == int(row["recorded_by_tflite_micro_head_bytes"])
    assert arena.lower_bound == int(row["liveness_lower_bound_bytes"])


@pytest.mark.parametrize("name", PT2)
def test_exported_programs(name):
    conv, linear, params = PT2[name]
    net = load(MODELS / name)
    found = mult_adds(net)
    assert (found["conv"] + found["dw"], found["fc"]) == (conv, linear)
    assert net.params == params


def test_sizes_that_a_program_leaves_open():
    path = MODELS / "mobilenet_v2_dynamic_hw.pt2"
    assert load(path, res=224).mult_adds == 300_774_272
    assert load(path, height=192, width=320).mult_adds == 368_007_680
    assert load(path, height=224, width=256).mult_adds == 343_559_168


def test_the_same_network_by_paper_and_by_program():
    """MobileNetV2 layer by layer: every convolution and linear layer costs the same."""
    costs = [
        [(int(one.weights), int(one.mult_adds)) for one in load(name).layers if one.mult_adds]
        for name in ("mobilenet_v2", MODELS / "mobilenet_v2.pt2")
    ]
    assert costs[0] == costs[1]


def test_the_same_network_from_keras():
    """Layer by layer too, though its weights were taken out of the file: their sizes are left."""
    keras = load(MODELS / "mobilenet_v2_keras.tflite")
    costs = [
        [(int(one.weights), int(one.mult_adds), one.output) for one in net.layers if one.mult_adds]
        for net in (load("mobilenet_v2"), keras)
    ]
    assert costs[0] == costs[1]
    assert keras.layers[-1].op == "softmax"


def test_what_a_file_is_its_bytes_say(tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes((MODELS / "ds_cnn_int8.tflite").read_bytes())
    assert load(path).weights == 22_016
    path.write_bytes((MODELS / "shufflenet_v2_x1_0.pt2").read_bytes())
    assert load(path).params == 2_278_604


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is empty"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 64, "no model file but HDF5"),
        (b"\x80\x02}q\x00.", "a pickle, which is never read"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "compressed with gzip"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"PK\x03\x04 and nothing more", "no zip archive"),
        (b'\x28\0\0\0\0\0\0\0{"w": {}}' + b" " * 40, "safetensors: weights and no graph"),
        (b"\x1c\0\0\0TFL3" + b"\xff" * 40, "a vtable of"),
        (b"name: ours\nnetwork: []\n", "no model file"),
    ],
)
def test_files_of_something_else(tmp_path, data, said):
    path = tmp_path / "net.tflite"
    path.write_bytes(data)
    with pytest.raises(CostcalcError, match=r"net\.tflite: ") as error:
        load(path)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("weights", "bias", "between", "dtype", "stored"),
    [
        ("int8", "int32", "int8", "int8", 32 + 4 * 4),
        ("int8", "int64", "int16", "int8:int16", 32 + 8 * 4),
        ("int8", "float32", "float32", "int8:fp32", 32 + 4 * 4),
        ("float16", "float16", "float32", "fp16:fp32", 2 * 32 + 2 * 4),
        ("float32", "float32", "float32", "fp32", 4 * 32 + 4 * 4),
    ],
)
def test_types_of_quantised_files(tmp_path, weights, bias, between, dtype, stored):
    """Full integer, 16x8, dynamic range, float16 and float: the bytes and types of each."""
    model = Model()
    scale = {"scale": 0.1} if between != "float32" else {}
    model.given("x", (1, 8), between, **scale)
    for name, shape, type_ in (("w", (4, 8), weights), ("b", (4,), bias)):
        model.tensor(name, shape, type_, 0, **({"scale": 0.1} if "int" in type_ else {}))
        if type_ == "float16":
            model.tensor(f"{name} wide", shape)
            model.operator("DEQUANTIZE", [name], [f"{name} wide"])
    wide = " wide" if weights == "float16" else ""
    model.tensor("y", (1, 4), between, **scale)
    model.operator("FULLY_CONNECTED", ["x", f"w{wide}", f"b{wide}"], ["y"])
    path = tmp_path / "net.tflite"
    path.write_bytes(model.file(["y"]))
    net = load(path)
    assert net.execution.dtype == dtype
    assert storage(net.graph)[-1].bytes == stored
    assert net.with_execution("fp32").execution.dtype == "fp32"


def test_a_tensor_that_meets_itself_is_written(tmp_path, costcalc):
    model = Model()
    model.given("x", (1, 8, 8, 3))
    model.tensor("y", (1, 8, 8, 3))
    model.operator("ADD", ["x", "x"], ["y"])
    path, spec = tmp_path / "net.tflite", tmp_path / "net.yaml"
    path.write_bytes(model.file(["y"]))
    assert costcalc("convert", str(path), "-o", str(spec)).code == 0
    assert [one.op for one in load(spec).layers] == ["add"]


OTHERS = {
    "net.pt": (b"\x80\x02", "a pickle"),
    "net.h5": (b"\x89HDF\r\n", "HDF5"),
    "net.pb": (b"\x0a\x05hello", "no model file"),
    "net.keras": (None, "a Keras model\nwrite the model with model.export"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_files_that_people_have_are_no_specs(tmp_path, name, costcalc):
    path, (data, said) = tmp_path / name, OTHERS[name]
    if data is None:
        archive(path, {}, member="model.weights.h5")
    else:
        path.write_bytes(data)
    ran = costcalc(str(path))
    assert (ran.code, said in ran.err) == (2, True), ran.err
