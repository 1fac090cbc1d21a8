"""TFLite files: what the reader makes of their tables, and that no damage to them is fatal."""

from __future__ import annotations

import itertools
import json
import random
import shlex
import struct

import numpy as np
import pytest

from costcalc.errors import CostcalcError
from costcalc.importers import tflite
from costcalc.importers.records import ModelFile, Node
from costcalc.importers.tflite import flatbuffer
from costcalc.importers.tflite.operators import OPERATORS
from costcalc.importers.tflite.words import WORDS
from costcalc.importers.wire import Malformed
from costcalc.network import load
from tests.conftest import TESTS
from tests.importers.tflite_file import Flat, Model

MODELS = TESTS / "facts" / "models"


def read(data: bytes) -> ModelFile:
    return tflite.read("made.tflite", memoryview(data))


def stored(name: str) -> ModelFile:
    return read((MODELS / name).read_bytes())


def nodes_of(
    word: str, inputs: list[tuple], output: tuple, options: dict | None = None
) -> tuple[list[Node], ModelFile]:
    """The nodes that one operator becomes; an input is shape, type and values of a constant."""
    model, names = Model(), []
    for index, (shape, type_, values) in enumerate(inputs):
        name = f"i{index}"
        if values is None:
            names.append(model.given(name, shape, type_))
        else:
            names.append(model.tensor(name, shape, type_, values))
    outputs = [model.tensor(f"o{index}", shape) for index, shape in enumerate(output)]
    model.operator(word, names, outputs, options)
    file = read(model.file(outputs))
    return file.nodes, file


def listed(file: ModelFile, name: str) -> list:
    return list(file.constants[name].values or ())


# Facts of four files.


def test_stored_weights_of_a_file():
    file = stored("ds_cnn_int8.tflite")
    reads = {name for node in file.nodes for name in node.inputs}
    weights = [file.constants[name] for name in reads if name in file.constants]
    bits: dict[str, int] = {}
    for one in weights:
        elements = 1
        for size in one.shape:
            elements *= size
        bits[one.type] = bits.get(one.type, 0) + elements
    assert bits == {"int8": 22016, "int32": 588}
    assert {file.quantised[name] for node in file.nodes for name in node.outputs} == {"int8"}


def test_weights_stand_in_the_order_of_onnx():
    file = stored("unet_transpose_int8.tflite")
    transposed = [node for node in file.nodes if node.kind == "ConvTranspose"]
    shapes = [file.constants[node.inputs[1]].shape for node in transposed]
    assert shapes == [(64, 32, 2, 2), (32, 16, 3, 3), (16, 8, 3, 3)]
    assert [node.attributes["auto_pad"] for node in transposed] == ["SAME_UPPER"] * 3
    owner = file.constants[file.constants[transposed[0].inputs[1]].of]
    assert owner.shape == (32, 2, 2, 64)


def test_layers_are_called_as_in_the_code():
    names = [node.name.rpartition("/")[2] for node in stored("resnet8_int8.tflite").nodes]
    assert [name for name in names if not name.endswith(".relu")] == [
        "conv2d_1", "conv2d_1_2", "conv2d_2_1", "add_1", "conv2d_3_1", "conv2d_4_1", "conv2d_5_1",
        "add_1_2", "conv2d_6_1", "conv2d_7_1", "conv2d_8_1", "add_2_1", "average_pooling2d_1",
        "dense_1.flatten", "dense_1", "softmax",
    ]  # fmt: skip


# Operators, one at a time.

IMAGE = ((1, 8, 8, 6), "float32", None)
SAME, VALID = {0: ("b", 0)}, {0: ("b", 1)}


def test_convolution():
    options = {0: ("b", 1), 1: ("i", 3), 2: ("i", 2), 3: ("b", 3), 4: ("i", 5), 5: ("i", 4)}
    nodes, file = nodes_of(
        "CONV_2D", [IMAGE, ((4, 3, 2, 3), "float32", 0), ((4,), "float32", 0)], [(1, 1, 1, 4)],
        options,
    )  # fmt: skip
    conv, clip = nodes
    assert file.constants[conv.inputs[1]].shape == (4, 3, 3, 2)
    assert conv.attributes == {
        "kernel_shape": (3, 2), "strides": (2, 3), "dilations": (4, 5), "group": 2,
        "auto_pad": "VALID", "channels_last": 1,
    }  # fmt: skip
    assert clip.kind == "Clip"
    assert [file.constants[name].values for name in clip.inputs[1:]] == [(0.0,), (6.0,)]
    assert clip.outputs == ("o0",)


def test_depthwise_convolution():
    weights = ((1, 3, 3, 12), "int8", 0)
    nodes, file = nodes_of("DEPTHWISE_CONV_2D", [IMAGE, weights], [(1, 8, 8, 12)], SAME)
    assert file.constants[nodes[0].inputs[1]].shape == (12, 1, 3, 3)
    assert file.constants[nodes[0].inputs[1]].type == "int8"
    assert nodes[0].attributes["group"] == 6


@pytest.mark.parametrize("is_open", [False, True])
@pytest.mark.parametrize(
    ("pad", "made", "said"),
    [
        (SAME, (16, 16), ("same", 0)),
        (SAME, (15, 15), ((1, 1), 0)),
        (VALID, (17, 17), ("valid", 0)),
        (VALID, (18, 18), ("valid", 1)),
        (VALID, (17, 18), ("valid", (0, 1))),
    ],
)
def test_transposed_convolution(pad, made, said, is_open, tmp_path):
    """Of 8x8, a window of 3x3 and a stride of 2 make (8 - 1) * 2 + 3 = 17: what the file says
    beyond is added, what it does not say is cut off. So it is where it computes its sizes."""
    model = Model()
    model.given("x", (1, 8, 8, 6), signature=(-1, -1, -1, 6) if is_open else (1, 8, 8, 6))
    model.tensor("w", (4, 3, 3, 6), "float32", 0)
    model.tensor("sizes", (4,), "int32", None if is_open else [1, *made, 4])
    for name, values in (
        ("stride", [1, 2, 2, 1]), ("more", [0, made[0] - 16, made[1] - 16, -2]),
    ):  # fmt: skip
        model.tensor(name, (4,), "int32", values)
    model.tensor("shape", (4,), "int32")
    model.tensor("twice", (4,), "int32")
    model.tensor("y", (1, *made, 4), signature=(-1, -1, -1, 4) if is_open else (1, *made, 4))
    if is_open:
        model.operator("SHAPE", ["x"], ["shape"])
        model.operator("MUL", ["shape", "stride"], ["twice"])
        model.operator("ADD", ["twice", "more"], ["sizes"])
    model.operator("TRANSPOSE_CONV", ["sizes", "w", "x"], ["y"], pad | {1: ("i", 2), 2: ("i", 2)})
    path = tmp_path / "net.tflite"
    path.write_bytes(model.file(["y"]))
    for size in (8, 20):
        net = load(path, res=size)
        (layer,) = net.layers
        grown = tuple(side + 2 * (size - 8) for side in made)
        assert (layer.output, net.mult_adds) == ((*grown, 4), size * size * 9 * 6 * 4)
        pad, more = said
        assert (layer.arguments.get("pad", "same"), layer.arguments.get("out_pad", 0)) == (
            pad,
            more,
        )


def test_fully_connected():
    weights, bias = ((5, 384), "float32", 0), ((5,), "float32", 0)
    nodes, _ = nodes_of("FULLY_CONNECTED", [IMAGE, weights, bias], [(1, 5)])
    assert [(node.kind, dict(node.attributes)) for node in nodes] == [
        ("Flatten", {"axis": 1}),
        ("Gemm", {"transB": 1}),
    ]
    narrow = ((5, 6), "float32", 0)
    nodes, file = nodes_of("FULLY_CONNECTED", [IMAGE, narrow], [(64, 5)])
    assert [node.kind for node in nodes] == ["Reshape", "Gemm"]
    assert listed(file, nodes[0].inputs[1]) == [-1, 6]
    kept = {2: ("?", 1), 0: ("b", 1)}
    nodes, file = nodes_of("FULLY_CONNECTED", [IMAGE, narrow, bias], [(1, 8, 8, 5)], kept)
    assert [node.kind for node in nodes] == ["MatMul", "Add", "Relu"]
    assert file.constants[nodes[0].inputs[1]].shape == (6, 5)
    computed = ((5, 384), "float32", None)
    nodes, _ = nodes_of("FULLY_CONNECTED", [IMAGE, computed], [(1, 5)])
    assert [node.kind for node in nodes] == ["Flatten", "Gemm"]


@pytest.mark.parametrize(
    ("begin", "end", "stride", "masks", "steps"),
    [
        # begin, end, ellipsis, new, shrink
        ([0, 1, 0, 0], [1, 7, 8, 6], [1, 2, 1, 1], (13, 13, 0, 0, 0), ["Slice [1] [7] [1] [2]"]),
        ([0, 0], [0, 3], [1, 1], (0, 0, 1, 0, 2), ["Slice [0] [1] [3] [1]", "Squeeze [3]"]),
        ([0, -1], [0, 0], [1, 1], (1, 1, 0, 0, 2), ["Slice [-1] [9223372036854775807] [1] [1]",
                                                    "Squeeze [1]"]),
        ([0, 0, 0], [0, 0, 0], [1, 1, 1], (7, 7, 0, 2, 0), ["Unsqueeze [1]"]),
        ([0], [0], [1], (1, 1, 0, 0, 0), ["Identity"]),
        ([0, 5], [0, 2], [1, -1], (1, 1, 0, 0, 0), ["Slice [5] [2] [1] [-1]"]),
        ([0, 0], [0, 0], [1, -1], (3, 3, 0, 0, 0),
         ["Slice [9223372036854775807] [-9223372036854775807] [1] [-1]"]),
    ],
)  # fmt: skip
def test_strided_slice(begin, end, stride, masks, steps):
    inputs = [IMAGE, *(((len(begin),), "int32", values) for values in (begin, end, stride))]
    options = {slot: ("i", mask) for slot, mask in enumerate(masks)}
    nodes, file = nodes_of("STRIDED_SLICE", inputs, [(1, 1)], options)
    assert [
        " ".join([n.kind, *(str(listed(file, i)) for i in n.inputs[1:])]) for n in nodes
    ] == steps


def test_shapes_and_lists():
    nodes, file = nodes_of("RESHAPE", [IMAGE], [(1, 384)], {0: ("i", [1, 384])})
    assert listed(file, nodes[0].inputs[1]) == [1, 384]
    nodes, file = nodes_of("SQUEEZE", [((1, 1, 1, 6), "float32", None)], [(6,)])
    assert listed(file, nodes[0].inputs[1]) == [0, 1, 2]
    pads = ((4, 2), "int32", [0, 0, 1, 2, 3, 4, 0, 0])
    nodes, file = nodes_of("PAD", [IMAGE, pads], [(1, 11, 15, 6)])
    assert listed(file, nodes[0].inputs[1]) == [0, 1, 3, 0, 0, 2, 4, 0]
    nodes, _ = nodes_of("TRANSPOSE", [IMAGE, ((4,), "int32", [0, 3, 1, 2])], [(1, 6, 8, 8)])
    assert nodes[0].attributes["perm"] == (0, 3, 1, 2)
    nodes, file = nodes_of("MEAN", [IMAGE, ((2,), "int32", [1, 2])], [(1, 6)], {0: ("?", 0)})
    assert (nodes[0].kind, nodes[0].attributes) == ("ReduceMean", {"keepdims": 0})
    assert listed(file, nodes[0].inputs[1]) == [1, 2]
    axis = ((), "int32", [3])
    nodes, _ = nodes_of("SPLIT", [axis, IMAGE], [(1, 8, 8, 3)] * 2, {0: ("i", 2)})
    assert (nodes[0].outputs, nodes[0].attributes) == (("o0", "o1"), {"axis": 3, "num_outputs": 2})
    nodes, _ = nodes_of("PACK", [IMAGE, IMAGE], [(1, 8, 2, 8, 6)], {1: ("i", 2)})
    assert [node.kind for node in nodes] == ["Unsqueeze", "Unsqueeze", "Concat"]
    nodes, _ = nodes_of("UNPACK", [IMAGE], [(1, 8, 8)] * 6, {1: ("i", -1)})
    assert [node.kind for node in nodes] == ["Split"] + ["Squeeze"] * 6
    size = ((2,), "int32", [16, 24])
    nodes, file = nodes_of("RESIZE_BILINEAR", [IMAGE, size], [(1, 16, 24, 6)], {3: ("?", 1)})
    assert listed(file, nodes[0].inputs[3]) == [16, 24]
    assert nodes[0].attributes["coordinate_transformation_mode"] == "half_pixel"
    nodes, file = nodes_of(
        "SLICE", [IMAGE, ((4,), "int32", [0, 2, 0, 0]), ((4,), "int32", [-1, 3, 8, -1])], [(1,)]
    )
    assert listed(file, nodes[0].inputs[2]) == [2**63 - 1, 5, 8, 2**63 - 1]


def test_the_sizes_that_two_tensors_have_together(tmp_path):
    """BROADCAST_ARGS, of which the one of fewer axes is the last ones: 6 and 1x4x5x1 are
    1x4x5x6, as numpy says, and a layer of 6x3 on each of these positions is 4*5*18."""
    model = Model()
    model.given("x", (1, 1, 1, 6), signature=(-1, 1, 1, 6))
    for name, values in (("a", [6]), ("b", [1, 4, 5, 1]), ("one", [])):
        model.tensor(name, (len(values),), "int32", values)
    for name in ("all", "same"):
        model.tensor(name, (4,), "int32")
    model.tensor("wide", (1, 4, 5, 6))
    model.tensor("w", (3, 6), "float32", 0)
    model.tensor("y", (1, 4, 5, 3))
    model.operator("BROADCAST_ARGS", ["a", "b"], ["all"])
    model.operator("BROADCAST_ARGS", ["all", "one"], ["same"])
    model.operator("BROADCAST_TO", ["x", "same"], ["wide"])
    model.operator("FULLY_CONNECTED", ["wide", "w"], ["y"], {2: ("?", 1)})
    path = tmp_path / "net.tflite"
    path.write_bytes(model.file(["y"]))
    assert load(path).mult_adds == 4 * 5 * 18


def test_elements_with_the_same_number_are_put_together(tmp_path):
    """What einsum makes of axes that it joins: 2x3x4x5 by [0, 1, 2, 2] is 2x3x20."""
    numbers, count = ((4,), "int32", [0, 1, 2, 2]), ((), "int32", [3])
    for word, sizes in {"PROD": [2, 3, 20], "SUM": [2, 3, 9], "MAX": [2, 3, 5]}.items():
        given = [((4,), "int32", [2, 3, 4, 5]), numbers, count]
        _, file = nodes_of(f"UNSORTED_SEGMENT_{word}", given, [(3,)])
        made = {name: np.array(one.values) for name, one in file.constants.items()}
        reduced = {"ReduceProd": np.prod, "ReduceSum": np.sum, "ReduceMax": np.max}
        for node in file.nodes:
            values = [made[name] for name in node.inputs]
            made[node.outputs[0]] = (
                values[0][values[1]] if node.kind == "Gather"
                else np.concatenate(values) if node.kind == "Concat"
                else reduced[node.kind](values[0], keepdims=True)
            )  # fmt: skip
        assert made["o0"].tolist() == sizes
    with pytest.raises(CostcalcError, match="not of a part each"):
        nodes_of("UNSORTED_SEGMENT_PROD", [given[0], numbers, ((), "int32", [4])], [(4,)])


def test_places_that_every_example_has_its_own_of(tmp_path):
    """GATHER whose places begin with the batch: of 30 rows of 4, the 5 with the largest maximum."""
    model = Model()
    model.given("x", (1, 30, 4), signature=(-1, 30, 4))
    model.tensor("last", (1,), "int32", [-1])
    model.tensor("count", (), "int32", [5])
    for name, shape in (("most", (1, 30)), ("best", (1, 5)), ("at", (1, 5)), ("y", (1, 5, 4))):
        model.tensor(name, shape)
    model.operator("REDUCE_MAX", ["x", "last"], ["most"])
    model.operator("TOPK_V2", ["most", "count"], ["best", "at"])
    model.operator("GATHER", ["x", "at"], ["y"], {0: ("i", 1), 1: ("i", 1)})
    path = tmp_path / "net.tflite"
    path.write_bytes(model.file(["y"]))
    net = load(path)
    assert [(one.op, one.output.size) for one in net.layers][1:] == [("topk", 5), ("gather", 20)]
    nodes, _ = nodes_of("GATHER", [IMAGE, IMAGE], [(1,)], {0: ("i", 2), 1: ("i", 1)})
    assert [node.kind for node in nodes] == ["[GATHER behind its batches]"]


def test_a_part_may_be_what_is_left():
    axis, sizes = ((), "int32", [3]), ((3,), "int32", [1, -1, 3])
    (node,), file = nodes_of("SPLIT_V", [IMAGE, sizes, axis], [(1,), (2,), (3,)])
    whole = IMAGE[0][3]
    assert listed(file, node.inputs[1]) == [1, whole - 4, 3]


def test_mediapipes_transposed_convolution(tmp_path):
    """Its options are bytes: a padding, then strides of columns and rows."""
    for said, size in (
        (struct.pack("<3i", 1, 3, 2), (8, 15)),
        (struct.pack("<3i", 2, 3, 2), (9, 17)),
    ):
        model = Model()
        model.given("x", (1, 4, 5, 3))
        model.tensor("w", (6, 3, 5, 3), "float32", 0.5)
        model.tensor("b", (6,), "float32", [1, 2, 3, 4, 5, 6])
        model.tensor("y", (1, *size, 6))
        names = ["x", "w", "b"]
        model.operator("CUSTOM", names, ["y"], None, "Convolution2DTransposeBias", said)
        path = tmp_path / "net.tflite"
        path.write_bytes(model.file(["y"]))
        (layer,) = load(path).layers
        assert (layer.op, layer.output) == ("tconv", (*size, 6))
        assert (layer.weights, layer.biases) == (6 * 3 * 5 * 3, 6)
        assert layer.mult_adds == 4 * 5 * 6 * 3 * 5 * 3
    for said, message in ((b"12", "no stride and no padding"), (b"\0" * 12, "unknown padding .0.")):
        model.operators[0][5] = said
        path.write_bytes(model.file(["y"]))
        with pytest.raises(CostcalcError, match=message):
            load(path)


def test_words_that_are_several_nodes():
    nodes, file = nodes_of("REVERSE_V2", [IMAGE, ((1,), "int32", [-2])], [(1, 8, 8, 6)])
    assert [listed(file, one) for one in nodes[0].inputs[1:]] == [[-1], [1 - 2**63], [2], [-1]]
    for word, kinds in {
        "NOT_EQUAL": ["Equal", "Not"], "ZEROS_LIKE": ["Shape", "Expand"], "CUMSUM": ["CumSum"],
        "REDUCE_ANY": ["ReduceMax"], "REDUCE_ALL": ["ReduceMin"],
    }.items():  # fmt: skip
        more = {"NOT_EQUAL": [IMAGE], "ZEROS_LIKE": []}.get(word, [((1,), "int32", [2])])
        nodes, _ = nodes_of(word, [IMAGE, *more], [(1, 8, 8, 6)], {0: ("?", 1)})
        assert [node.kind for node in nodes] == kinds


def test_batch_matmul_turns_what_it_is_told_to():
    a, b = ((2, 3, 4), "float32", None), ((2, 5, 4), "float32", None)
    nodes, _ = nodes_of("BATCH_MATMUL", [a, b], [(2, 3, 5)], {1: ("?", 1)})
    assert [(node.kind, node.attributes.get("perm")) for node in nodes] == [
        ("Transpose", (0, 2, 1)),
        ("MatMul", None),
    ]


def test_every_word_of_the_table_is_one_of_the_schema():
    assert set(OPERATORS) <= set(WORDS)
    assert (WORDS.index("CONV_2D"), WORDS.index("CUSTOM"), len(WORDS)) == (3, 32, 210)


def test_an_operator_without_inputs_is_refused_or_read():
    """Whatever is missing is said; nothing goes wrong in another way."""
    for word, count in itertools.product(sorted(OPERATORS), range(4)):
        try:
            nodes_of(word, [IMAGE] * count, [(1, 8, 8, 6)])
        except (CostcalcError, Malformed) as error:
            assert str(error)


def test_what_is_not_known_keeps_its_word():
    model = Model()
    model.given("x", (1, 4))
    for name in ("a", "b"):
        model.tensor(name, (1, 4))
    model.operator("SVDF", ["x"], ["a"])
    model.operator("CUSTOM", ["a"], ["b"], custom="TFLite_Detection_PostProcess")
    kinds = [node.kind for node in read(model.file(["b"])).nodes]
    assert kinds == ["[SVDF]", "[custom TFLite_Detection_PostProcess]"]


def test_how_an_operator_is_left_out_is_for_a_shell(tmp_path, costcalc):
    """Its word has brackets and a space, which a shell takes apart where they are not quoted."""
    model = Model()
    model.given("x", (1, 4))
    for name in ("a", "y"):
        model.tensor(name, (1, 4))
    model.tensor("w", (4, 4), "float32", 0)
    model.operator("FULLY_CONNECTED", ["x", "w"], ["a"])
    model.operator("CUSTOM", ["a"], ["y"], custom="TFLite_Detection_PostProcess")
    path = tmp_path / "net.tflite"
    path.write_bytes(model.file(["y"]))
    refused = costcalc(str(path))
    option = shlex.split(refused.err.splitlines()[-1])[:2]
    assert (refused.code, option[0]) == (2, "--uncounted")
    ran = costcalc(str(path), *option, "--format", "json")
    assert (ran.code, json.loads(ran.out)["totals"]["mult_adds"]) == (0, 16)


def test_words_of_a_file_are_text(tmp_path, costcalc):
    model = Model()
    model.given("x", (1, 4))
    model.tensor("y\n::error::\x1b]0;t\x07", (1, 4))
    model.operator(
        "CUSTOM", ["x"], [list(model.places)[1]], custom="their\x1b[2J\nown" + "n" * 5000
    )
    path = tmp_path / "net.tflite"
    path.write_bytes(model.file([list(model.places)[1]]))
    ran = costcalc(str(path))
    assert (ran.code, "custom their\\x1b[2J\\nown" in ran.err) == (2, True)
    assert len(ran.err.splitlines()) <= 4
    assert len(ran.err) < 1000


# Traps.


def test_float16_weights_are_constants_that_an_operator_widens():
    model = Model()
    model.given("x", (1, 8, 8, 3))
    model.tensor("half", (4, 3, 3, 3), "float16", 0)
    model.tensor("wide", (4, 3, 3, 3))
    model.tensor("y", (1, 8, 8, 4))
    model.operator("DEQUANTIZE", ["half"], ["wide"])
    model.operator("CONV_2D", ["x", "wide"], ["y"], SAME)
    file = read(model.file(["y"]))
    (conv,) = file.nodes
    weights = file.constants[conv.inputs[1]]
    assert (weights.shape, weights.type, weights.of) == ((4, 3, 3, 3), "float16", "half")


def test_a_constant_that_many_read_is_one():
    model = Model()
    model.given("x", (1, 4))
    model.tensor("w", (4, 4), "float32", 0)
    model.tensor("w again", (4, 4), "float32", buffer="w")
    for name in ("a", "b", "c"):
        model.tensor(name, (1, 4))
    model.operator("FULLY_CONNECTED", ["x", "w"], ["a"])
    model.operator("FULLY_CONNECTED", ["a", "w"], ["b"])
    model.operator("FULLY_CONNECTED", ["b", "w again"], ["c"])
    file = read(model.file(["c"]))
    assert {file.constants[node.inputs[1]].owner for node in file.nodes} == {"w"}


def test_types_of_weights_of_biases_and_of_what_lies_between():
    model = Model()
    model.given("x", (1, 8), "int16", scale=0.1)
    model.tensor("w", (4, 8), "int8", 0, scale=0.1)
    model.tensor("b", (4,), "int64", 0, scale=0.1)
    model.tensor("y", (1, 4), "int16", scale=0.1)
    model.operator("FULLY_CONNECTED", ["x", "w", "b"], ["y"], {0: ("b", 1)})
    file = read(model.file(["y"]))
    assert [file.constants[name].type for name in ("w", "b")] == ["int8", "int64"]
    assert file.inputs[0].type == "int16"
    assert {file.quantised[name] for node in file.nodes for name in node.outputs} == {"int16"}


@pytest.mark.parametrize("type_", ["int8", "int16"])
def test_what_is_left_of_a_norm_has_the_types_of_activations(tmp_path, type_):
    """A scale of each channel is trained, in as many bits as what it scales; positions are not."""
    model = Model()
    model.given("x", (1, 8, 8, 6), type_, scale=0.1)
    model.tensor("w", (1, 3, 3, 6), "int8", 0, scale=0.1)
    model.tensor("s", (1, 1, 1, 6), type_, 3, scale=0.1)
    for name in ("a", "y"):
        model.tensor(name, (1, 8, 8, 6), type_, scale=0.1)
    options = SAME | {1: ("i", 1), 2: ("i", 1), 3: ("i", 1), 4: ("b", 0)}
    model.operator("DEPTHWISE_CONV_2D", ["x", "w"], ["a"], options)
    model.operator("MUL", ["a", "s"], ["y"])
    path = tmp_path / "net.tflite"
    path.write_bytes(model.file(["y"]))
    net = load(path)
    bits = 8 if type_ == "int8" else 16
    assert [(one.op, one.norm, one.bits) for one in net.layers] == [
        ("dw", 0, 8),
        ("affine", 6, bits),
    ]


def test_a_size_that_is_left_open_stands_as_one():
    """A layer of 6 inputs is on each of the rows, however many; and no axis of them goes."""
    model = Model()
    model.given("x", (1, 1, 6), signature=(-1, -1, 6))
    model.tensor("w", (5, 6), "float32", 0)
    model.tensor("y", (1, 5), signature=(-1, 5))
    model.tensor("z", (6,))
    model.operator("FULLY_CONNECTED", ["x", "w"], ["y"])
    model.operator("SQUEEZE", ["x"], ["z"])
    file = read(model.file(["y", "z"]))
    assert [node.kind for node in file.nodes] == ["Reshape", "Gemm", "Squeeze"]
    assert [listed(file, file.nodes[place].inputs[1]) for place in (0, 2)] == [[-1, 6], []]


def test_quantised_weights_have_their_sizes_where_the_file_says_none(tmp_path):
    """A network that was trained for integers and converted without them: its converter leaves out
    what an operator on weights makes of their sizes."""
    model = Model()
    model.given("x", (1, 6))
    model.tensor("w", (5, 6), "float32", 0)
    for name, shape, type_ in (("few", (), "uint8"), ("wide", (), "float32")):
        model.tensor(name, shape, type_)
    model.tensor("y", (1, 5))
    model.operator("QUANTIZE", ["w"], ["few"])
    model.operator("DEQUANTIZE", ["few"], ["wide"])
    model.operator("FULLY_CONNECTED", ["x", "wide"], ["y"])
    path = tmp_path / "net.tflite"
    path.write_bytes(model.file(["y"]))
    assert (load(path).params, load(path).mult_adds) == (30, 30)


def test_a_batch_that_is_left_open():
    model = Model()
    model.given("x", (1, 8, 8, 3), signature=(-1, 8, 8, 3))
    model.tensor("y", (1, 8, 8, 3))
    model.operator("RELU", ["x"], ["y"])
    assert read(model.file(["y"])).inputs[0].shape == (None, 8, 8, 3)


def dilated(crops: list[int], stride: int = 1) -> list[Node]:
    model = Model()
    model.given("x", (1, 9, 9, 3))
    for name, values in (("block", [2, 2]), ("pads", [2, 3, 2, 3]), ("crops", crops)):
        model.tensor(name, (2,) if name == "block" else (2, 2), "int32", values)
    model.tensor("w", (4, 3, 3, 3), "float32", 0)
    for name in ("apart", "convolved", "back"):
        model.tensor(name, (1, 9, 9, 4))
    model.tensors[model.places["apart"]][0] = ("i", [4, 7, 7, 3])
    model.operator("SPACE_TO_BATCH_ND", ["x", "block", "pads"], ["apart"])
    options = VALID | {1: ("i", stride), 2: ("i", stride), 3: ("b", 1)}
    model.operator("CONV_2D", ["apart", "w"], ["convolved"], options)
    model.operator("BATCH_TO_SPACE_ND", ["convolved", "block", "crops"], ["back"])
    return read(model.file(["back"])).nodes


def test_a_dilated_convolution_in_three_operators_is_one():
    conv, relu = dilated([0, 1, 0, 1])
    assert (conv.inputs[0], relu.outputs) == ("x", ("back",))
    assert conv.attributes["dilations"] == (2, 2)
    assert conv.attributes["pads"] == (2, 2, 2, 2)
    assert "auto_pad" not in conv.attributes


def test_a_dilated_convolution_over_a_sequence(tmp_path):
    """A causal one, whose zeros stand before the sequence: put apart, made an image, and back."""
    model = Model()
    model.given("x", (1, 20, 8))
    for name, shape, values in (
        ("block", (1,), [2]), ("pads", (1, 2), [4, 0]), ("crops", (1, 2), [0, 0]),
        ("axis", (1,), [-3]), ("shape", (3,), [-1, 10, 6]),
    ):  # fmt: skip
        model.tensor(name, shape, "int32", values)
    model.tensor("w", (6, 1, 3, 8), "float32", 0)
    for name, shape in (
        ("apart", (2, 12, 8)), ("image", (2, 1, 12, 8)), ("convolved", (2, 1, 10, 6)),
        ("sequence", (2, 10, 6)), ("y", (1, 20, 6)),
    ):  # fmt: skip
        model.tensor(name, shape)
    model.operator("SPACE_TO_BATCH_ND", ["x", "block", "pads"], ["apart"])
    model.operator("EXPAND_DIMS", ["apart", "axis"], ["image"])
    options = VALID | {1: ("i", 1), 2: ("i", 1), 3: ("b", 0)}
    model.operator("CONV_2D", ["image", "w"], ["convolved"], options)
    model.operator("RESHAPE", ["convolved", "shape"], ["sequence"])
    model.operator("BATCH_TO_SPACE_ND", ["sequence", "block", "crops"], ["y"])
    path = tmp_path / "net.tflite"
    path.write_bytes(model.file(["y"]))
    net = load(path)
    assert [one.op for one in net.layers] == ["to_map", "conv"]
    assert (net.layers[-1].output.size, net.mult_adds) == (20 * 6, 20 * 6 * 8 * 3)


def test_zeros_before_a_sequence_move_nothing_else(tmp_path):
    """Its first axis is positions, not channels: 20 of 8 with 4 before them are 24 of 8."""
    model = Model()
    model.given("x", (1, 20, 8))
    model.tensor("pads", (3, 2), "int32", [0, 0, 4, 0, 0, 0])
    model.tensor("y", (1, 24, 8))
    model.operator("PAD", ["x", "pads"], ["y"])
    path = tmp_path / "net.tflite"
    path.write_bytes(model.file(["y"]))
    (layer,) = load(path).layers
    assert (layer.op, layer.output) == ("zero_pad", (24, 1, 8))


@pytest.mark.parametrize("image", [False, True])
def test_a_dilated_convolution_whose_zeros_are_computed(image, tmp_path):
    """Of an open length the file computes what it adds so that dilations divide it, and cuts that
    off again: nothing is left of that, and of 4 zeros before it all."""
    model = Model()
    axes = 2 if image else 1
    model.given("x", (1,) * (axes + 1) + (8,), signature=(-1,) * (axes + 1) + (8,))
    for name, shape, values in (
        ("block", (axes,), [3] * axes), ("one", (1,), [1]), ("end", (1,), [1 + axes]),
        ("four", (axes,), [4] * axes), ("zero", (axes,), [0] * axes), ("axis", (1,), [-3]),
        ("shape", (3,), [-1, 10, 6]),
    ):  # fmt: skip
        model.tensor(name, shape, "int32", values)
    for name in ("sizes", "space", "longer", "rest", "less", "more"):
        model.tensor(name, (axes + 2 if name == "sizes" else axes,), "int32")
    for name in ("pads", "crops"):
        model.tensor(name, (axes, 2), "int32")
    model.tensor("w", (6, 3 if image else 1, 3, 8), "float32", 0)
    for name in ("apart", "image", "convolved", "sequence", "y"):
        channels = (8,) if name in ("apart", "image") else (6,)
        shape = (1,) * (3 if image or name in ("image", "convolved") else 2) + channels
        model.tensor(name, shape, signature=(-1,) * (len(shape) - 1) + channels)
    model.operator("SHAPE", ["x"], ["sizes"])
    model.operator("STRIDED_SLICE", ["sizes", "one", "end", "one"], ["space"])
    model.operator("ADD", ["space", "four"], ["longer"])
    model.operator("FLOOR_MOD", ["longer", "block"], ["rest"])
    model.operator("SUB", ["block", "rest"], ["less"])
    model.operator("FLOOR_MOD", ["less", "block"], ["more"])
    model.operator("PACK", ["four", "more"], ["pads"], {0: ("i", 2), 1: ("i", 1)})
    model.operator("PACK", ["zero", "more"], ["crops"], {0: ("i", 2), 1: ("i", 1)})
    model.operator("SPACE_TO_BATCH_ND", ["x", "block", "pads"], ["apart"])
    options = VALID | {1: ("i", 1), 2: ("i", 1), 3: ("b", 0)}
    if image:
        model.operator("CONV_2D", ["apart", "w"], ["convolved"], options)
        model.operator("BATCH_TO_SPACE_ND", ["convolved", "block", "crops"], ["y"])
    else:
        model.operator("EXPAND_DIMS", ["apart", "axis"], ["image"])
        model.operator("CONV_2D", ["image", "w"], ["convolved"], options)
        model.operator("RESHAPE", ["convolved", "shape"], ["sequence"])
        model.operator("BATCH_TO_SPACE_ND", ["sequence", "block", "crops"], ["y"])
    path = tmp_path / "net.tflite"
    path.write_bytes(model.file(["y"]))
    for size in (20, 21):
        net = load(path, **{"res" if image else "length": size})
        made = (size + 4 - 2 * 3) ** axes  # a window of three at a dilation of three is seven long
        assert net.mult_adds == made * 6 * 8 * 3**axes
        assert {one.op for one in net.layers} <= {"zero_pad", "to_map", "conv"}


@pytest.mark.parametrize(("crops", "stride"), [([0, 4, 0, 1], 1), ([0, 1, 0, 1], 2)])
def test_three_operators_that_are_no_dilated_convolution_stay_apart(crops, stride):
    kinds = {node.kind for node in dilated(crops, stride)}
    assert {"[SPACE_TO_BATCH_ND]", "[BATCH_TO_SPACE_ND]"} <= kinds


def test_weights_of_a_large_file_stand_behind_its_tables():
    model = Model()
    model.given("x", (1, 4))
    model.tensor("w", (3,), "int32", [7, 8, 9])
    model.tensor("y", (1, 4))
    model.operator("ADD", ["x", "w"], ["y"])
    size = len(model.file(["y"])) - 12
    model.buffers[1] = {1: ("Q", size + size % 8), 2: ("Q", 12)}
    data = model.file(["y"])
    model.buffers[1] = {1: ("Q", len(data)), 2: ("Q", 12)}
    data = model.file(["y"]) + struct.pack("<3i", 7, 8, 9)
    assert listed(read(data), "w") == [7, 8, 9]
    with pytest.raises(Malformed, match="beyond the end"):
        read(data[:-1])


def test_a_norm_whose_means_lose_their_axes_for_a_while(tmp_path):
    """What LiteRT makes of PyTorch's layer norm: means over a batch of one, too, whose axes
    come back when they meet the tensor; x * d + (0 - mean * d), with a scale and a shift."""
    model = Model()
    model.given("x", (1, 10, 8))
    for name, shape, type_, values in (
        ("over", (2,), "int32", [0, 2]), ("kept", (3,), "int32", [1, 10, 1]),
        ("least", (), "float32", [1e-5]), ("none", (), "float32", [0.0]),
        ("scale", (8,), "float32", range(8)), ("shift", (8,), "float32", range(8, 16)),
    ):  # fmt: skip
        model.tensor(name, shape, type_, values)
    for word, read, made, shape in (
        ("MEAN", ["x", "over"], "mean", (10,)),
        ("RESHAPE", ["mean", "kept"], "m", (1, 10, 1)),
        ("SQUARED_DIFFERENCE", ["x", "m"], "square", (1, 10, 8)),
        ("MEAN", ["square", "over"], "variance", (10,)),
        ("ADD", ["variance", "least"], "v", (10,)),
        ("RSQRT", ["v"], "d", (10,)),
        ("MUL", ["d", "mean"], "md", (10,)),
        ("SUB", ["none", "md"], "back", (10,)),
        ("RESHAPE", ["d", "kept"], "dd", (1, 10, 1)),
        ("MUL", ["x", "dd"], "xd", (1, 10, 8)),
        ("RESHAPE", ["back", "kept"], "b", (1, 10, 1)),
        ("ADD", ["xd", "b"], "norm", (1, 10, 8)),
        ("MUL", ["norm", "scale"], "scaled", (1, 10, 8)),
        ("ADD", ["scaled", "shift"], "y", (1, 10, 8)),
    ):
        model.tensor(made, shape)
        model.operator(word, read, [made], {0: ("?", 0)} if word == "MEAN" else None)
    path = tmp_path / "net.tflite"
    path.write_bytes(model.file(["y"]))
    assert [(one.op, one.norm) for one in load(path).layers] == [("layer_norm", 16)]
    assert load(path, length=12).params == 16


@pytest.mark.parametrize(("over", "is_norm"), [([2, 3], True), ([3], False)])
def test_a_norm_of_groups_of_channels(over, is_norm, tmp_path):
    """What LiteRT makes of PyTorch's group norm: 8 channels as two groups of 4, deviations by a
    scale and their means by both, and these for each channel again: x * s + (-mean * s + b)."""
    model, kept = Model(), [1, 2, *(1 if axis in over else (4, 30)[axis - 2] for axis in (2, 3))]
    model.given("x", (1, 8, 5, 6))
    for name, shape, type_, values in (
        ("over", (len(over),), "int32", over), ("kept", (4,), "int32", kept),
        ("groups", (4,), "int32", [1, 2, 4, 30]), ("channels", (4,), "int32", [1, 8, 1, 1]),
        ("least", (), "float32", [1e-5]), ("minus", (), "float32", [-1.0]),
        ("scale", (1, 2, 4, 1), "float32", range(8)), ("shift", (1, 2, 4, 1), "float32", range(8)),
    ):  # fmt: skip
        model.tensor(name, shape, type_, values)
    each, short = (1, 2, 4, 30), (1, 2) if is_norm else (1, 2, 4)
    for word, read, made, shape in (
        ("RESHAPE", ["x", "groups"], "g", each),
        ("MEAN", ["g", "over"], "mean", kept),
        ("SUB", ["g", "mean"], "less", each),
        ("MUL", ["less", "less"], "square", each),
        ("MEAN", ["square", "over"], "variance", short),
        ("ADD", ["variance", "least"], "v", short),
        ("RESHAPE", ["v", "kept"], "w", kept),
        ("RSQRT", ["w"], "d", kept),
        ("MUL", ["d", "scale"], "s", (1, 2, 4, 1)),
        ("MUL", ["mean", "minus"], "back", kept),
        ("MUL", ["back", "s"], "ms", (1, 2, 4, 1)),
        ("ADD", ["ms", "shift"], "b", (1, 2, 4, 1)),
        ("RESHAPE", ["s", "channels"], "ss", (1, 8, 1, 1)),
        ("RESHAPE", ["b", "channels"], "bb", (1, 8, 1, 1)),
        ("MUL", ["x", "ss"], "xs", (1, 8, 5, 6)),
        ("ADD", ["xs", "bb"], "y", (1, 8, 5, 6)),
    ):
        model.tensor(made, shape)
        keeps = {0: ("?", made == "mean")} if word == "MEAN" else None
        model.operator(word, read, [made], keeps)
    path = tmp_path / "net.tflite"
    path.write_bytes(model.file(["y"]))
    layers = load(path).layers
    norms = [(one.op, one.arguments["g"], one.norm) for one in layers if one.op == "group_norm"]
    assert norms == ([("group_norm", 2, 16)] if is_norm else [])
    assert (len(layers) == 1) == is_norm


def test_an_image_that_is_not_square_is_resized_along_its_own_axes(tmp_path):
    model = Model()
    model.given("x", (1, 10, 8, 3))
    model.tensor("sizes", (2,), "int32", [20, 9])
    model.tensor("y", (1, 20, 9, 3))
    model.operator("RESIZE_BILINEAR", ["x", "sizes"], ["y"])
    path = tmp_path / "net.tflite"
    path.write_bytes(model.file(["y"]))
    assert load(path).layers[-1].output == (20, 9, 3)


def test_zeros_behind_channels(tmp_path):
    """BlazeFace's shortcuts: a maximum, and zeros for the channels that are new."""
    model = Model()
    model.given("x", (1, 8, 8, 3))
    for name, shape in (("pooled", (1, 4, 4, 3)), ("y", (1, 4, 4, 5))):
        model.tensor(name, shape)
    model.tensor("pads", (4, 2), "int32", [0, 0, 0, 0, 0, 0, 0, 2])
    model.operator("MAX_POOL_2D", ["x"], ["pooled"],
                   SAME | dict.fromkeys((1, 2, 3, 4), ("i", 2)))  # fmt: skip
    model.operator("PAD", ["pooled", "pads"], ["y"])
    path = tmp_path / "net.tflite"
    path.write_bytes(model.file(["y"]))
    layers = load(path).layers
    assert [one.op for one in layers] == ["maxpool", "zero_channels"]
    assert layers[-1].output == (4, 4, 5)


@pytest.mark.parametrize("spelled", ["minus", "minus and shift", "shift less"])
@pytest.mark.parametrize(
    ("shape", "axes", "scale", "op", "params"),
    [
        ((1, 16, 32), (2,), (1, 1, 32), "layer_norm", 32),
        ((1, 8, 8, 2, 2), (1, 2, 4), (1, 1, 1, 2, 2), "group_norm", 4),
        ((1, 8, 8, 4), (1, 2), (1, 1, 1, 4), "instance_norm", 4),
    ],
)
def test_norms_as_tensorflow_spells_them(tmp_path, spelled, shape, axes, scale, op, params):
    """x * s / deviation - mean * s / deviation, or with a shift in place of the minus."""
    model = Model()
    image = shape if len(shape) != 5 else (1, 8, 8, 4)
    model.given("image", image)
    small = [1 if axis in axes else size for axis, size in enumerate(shape)]
    for name in ("x", "y", "squares", "xs"):
        model.tensor(name, shape)
    for name in ("mean", "neg", "var", "vare", "dev"):
        model.tensor(name, small)
    for name in ("scaled", "ms", "shifted"):
        model.tensor(name, [max(a, b) for a, b in zip(small, scale, strict=True)])
    model.tensor("shape", (len(shape),), "int32", shape)
    model.tensor("axes", (len(axes),), "int32", axes)
    model.tensor("e", (), values=0.001)
    model.tensor("s", scale, values=0.5)
    model.tensor("b", scale, values=0.25)
    model.operator("RESHAPE", ["image", "shape"], ["x"])
    model.operator("MEAN", ["x", "axes"], ["mean"], {0: ("?", 1)})
    model.operator("SQUARED_DIFFERENCE", ["x", "mean"], ["squares"])
    model.operator("MEAN", ["squares", "axes"], ["var"], {0: ("?", 1)})
    model.operator("ADD", ["var", "e"], ["vare"])
    model.operator("RSQRT", ["vare"], ["dev"])
    model.operator("MUL", ["dev", "s"], ["scaled"])
    model.operator("MUL", ["x", "scaled"], ["xs"])
    if spelled.startswith("minus"):
        model.operator("NEG", ["mean"], ["neg"])
        model.operator("MUL", ["neg", "scaled"], ["ms"])
        if spelled == "minus":
            model.operator("ADD", ["xs", "ms"], ["y"])
        else:
            model.operator("ADD", ["ms", "b"], ["shifted"])
            model.operator("ADD", ["xs", "shifted"], ["y"])
    else:
        model.operator("MUL", ["mean", "scaled"], ["ms"])
        model.operator("SUB", ["b", "ms"], ["shifted"])
        model.operator("ADD", ["xs", "shifted"], ["y"])
    path = tmp_path / "net.tflite"
    path.write_bytes(model.file(["y"]))
    net = load(path)
    assert [one.op for one in net.layers if one.op != "fixed"] == [op]
    assert net.params == params * (1 if spelled == "minus" else 2)


def test_what_prepares_an_image_is_no_parameter(tmp_path):
    """The mean and deviation of colours; what is left of a normalisation is trained, and what is
    behind a layer."""
    model = Model()
    model.given("x", (1, 8, 8, 3))
    for name in ("centred", "prepared", "scaled", "again"):
        model.tensor(name, (1, 8, 8, 3))
    for name in ("mean", "arith.constant", "stem/batchnorm/mul", "factor"):
        model.tensor(name, (1, 1, 1, 3) if name != "arith.constant" else (), values=0.5)
    model.tensor("w", (3, 1, 1, 3), values=0.5)
    model.operator("SUB", ["x", "mean"], ["centred"])
    model.operator("MUL", ["centred", "arith.constant"], ["prepared"])
    model.operator("MUL", ["prepared", "stem/batchnorm/mul"], ["scaled"])
    model.operator("CONV_2D", ["scaled", "w"], ["again"],
                   SAME | {1: ("i", 1), 2: ("i", 1), 3: ("b", 0)})  # fmt: skip
    model.tensor("y", (1, 8, 8, 3))
    model.operator("MUL", ["again", "factor"], ["y"])
    path = tmp_path / "net.tflite"
    path.write_bytes(model.file(["y"]))
    net = load(path)
    assert [one.op for one in net.layers] == [
        "elementwise", "elementwise", "affine", "conv", "affine",
    ]  # fmt: skip
    assert net.params == 3 + 9 + 3


# What is no such file.


def small() -> bytes:
    model = Model()
    model.given("x", (1, 8, 8, 3), scale=0.5)
    model.tensor("w", (4, 3, 3, 3), "int8", 0, scale=0.5)
    model.tensor("shape", (2,), "int32", [1, 256])
    for name, shape in (("y", (1, 8, 8, 4)), ("z", (1, 256)), ("s", (1, 256))):
        model.tensor(name, shape, "int8", scale=0.5)
    model.operator("CONV_2D", ["x", "w"], ["y"], SAME | {1: ("i", 1), 2: ("i", 1), 3: ("b", 1)})
    model.operator("RESHAPE", ["y", "shape"], ["z"])
    model.operator("SOFTMAX", ["z"], ["s"], {0: ("f", 1.0)})
    return model.file(["s"])


def refusal(data: bytes) -> str:
    with pytest.raises((CostcalcError, Malformed)) as error:
        read(data)
    return str(error.value)


def test_another_version_is_refused():
    model = Model()
    model.given("x", (1,))
    assert "TFLite of version 2" in refusal(model.file(["x"], version=2))
    assert "TFL3" in refusal(b"no such file at all")
    assert refusal(small()[:8])


def test_sizes_that_do_not_fit_the_bytes():
    model = Model()
    model.given("x", (1, 4))
    model.tensor("w", (4, 4), "float32", 0)
    model.tensors[1][0] = ("i", [4, 5])
    assert "'w' of 4x5 float32 has 64 bytes, not 80" in refusal(model.file(["x"]))
    model.tensors[1][0] = ("i", [4, -5])
    assert "sizes of the tensor 'w'" in refusal(model.file(["x"]))
    model.tensors[1][0] = ("i", [1] * 33)
    assert "a vector of 33 numbers" in refusal(model.file(["x"]))


def test_what_is_read_before_it_is_written():
    model = Model()
    model.given("x", (1, 4))
    for name in ("a", "b"):
        model.tensor(name, (1, 4))
    model.operator("RELU", ["b"], ["a"])
    model.operator("RELU", ["a"], ["b"])
    assert "reads 'b', which nothing has written" in refusal(model.file(["b"]))
    model.operators = model.operators[:1] * 2
    model.operators[0] = model.operators[0] | {1: ("i", [0])}
    model.operators[1] = model.operators[0]
    assert "once more" in refusal(model.file(["a"]))


def test_many_offsets_to_the_same_bytes_make_no_large_file():
    """A thousand tables that are one, with a text of 60 kB: it is not read a thousand times."""
    data = Flat({0: [{}] * 999 + [{0: "n" * 60_000}]}).data
    start, length = flatbuffer.Flat(memoryview(data)).root().blob(0) or (0, 0)
    last = start + 4 * (length - 1)
    target = last + struct.unpack_from("<I", data, last)[0]
    for place in range(start, last, 4):
        struct.pack_into("<I", data, place, target - place)
    tables = flatbuffer.Flat(memoryview(data)).root().tables(0, 1000)
    assert (len(tables), tables[0].at) == (1000, tables[-1].at)
    with pytest.raises(Malformed, match="more to read"):
        [table.text(0) for table in tables]


@pytest.mark.exhaustive
def test_mutated_files_are_read_or_refused():
    """Bytes set to anything, pieces cut out, doubled or exchanged: 900 files."""
    generator = random.Random(20261129)
    files = [small(), (MODELS / "resnet8_int8.tflite").read_bytes()]
    tables = [(0, len(files[0])), (len(files[1]) - 22_000, len(files[1]))]
    outcomes = {"read": 0, "refused": 0}
    for number in range(900):
        which = number % 2
        data, (low, high) = bytearray(files[which]), tables[which]
        for _ in range(generator.choice((1, 1, 2, 8))):
            at = generator.randrange(low, high - 4)
            if generator.random() < 0.4:
                struct.pack_into("<I", data, at - at % 4, generator.choice(
                    (0, 1, 2**31, 2**32 - 1, 2**16, generator.randrange(len(data)))
                ))  # fmt: skip
            else:
                data[at] = generator.randrange(256)
        if generator.random() < 0.1:
            del data[generator.randrange(len(data)) :]
        try:
            assert isinstance(read(bytes(data)), ModelFile)
            outcomes["read"] += 1
        except (CostcalcError, Malformed) as error:
            assert str(error)
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 100, outcomes
