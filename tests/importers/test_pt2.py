"""PyTorch's exported programs: what the reader makes of their JSON, and of what is none."""

from __future__ import annotations

import copy
import itertools
import json
import random
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from costcalc.conversion import convert
from costcalc.errors import CostcalcError
from costcalc.importers import pt2
from costcalc.importers.pt2 import archive as archives
from costcalc.importers.pt2.operators import OPERATORS
from costcalc.importers.records import ModelFile, Node
from costcalc.importers.wire import Malformed
from costcalc.memory.storage import storage
from costcalc.network import load
from tests.conftest import TESTS
from tests.covering import at_once
from tests.importers.pt2_file import Name, Program, archive

MODELS = TESTS / "facts" / "models"


def read(path) -> ModelFile:
    return pt2.read(str(path), memoryview(Path(path).read_bytes()))


@pytest.fixture
def one(tmp_path):
    """The nodes that one call becomes, on an input of these sizes."""

    def nodes_of(target: str, sizes, /, *arguments, **said) -> tuple[list[Node], ModelFile]:
        program = Program()
        x = program.given("x", sizes)
        arguments = tuple(x if value == "x" else value for value in arguments)
        parts = {
            name: program.stored(f"m.{name}", value[1:]) if value[:1] == ("stored",) else value
            for name, value in said.items()
            if isinstance(value, tuple)
        }
        out = said.pop("out", "y")
        program.call(target, *arguments, **(said | parts), out=out, module="m")
        outputs = [out] if isinstance(out, str) else out
        file = read(program.write(tmp_path / "one.pt2", outputs))
        return file.nodes, file

    return nodes_of


def listed(file: ModelFile, name: str) -> list:
    return list(file.constants[name].values or ())


def kinds(nodes: list[Node]) -> list[str]:
    return [node.kind for node in nodes]


# Facts of three files.


def test_a_program_of_pytorch():
    file = read(MODELS / "mobilenet_v2.pt2")
    assert file.format.startswith("PyTorch exported program, schema 8, by PyTorch 2.")
    assert Counter(kinds(file.nodes)) == {
        "Conv": 52, "BatchNormalization": 52, "Clip": 35, "Add": 10, "GlobalAveragePool": 1,
        "Flatten": 1, "Identity": 1, "Gemm": 1,
    }  # fmt: skip
    names = [node.name for node in file.nodes]
    assert names[:3] == ["features.0.0", "features.0.1", "features.0.2"]
    assert [name for name in names if "add" in name][:2] == ["features.3.add", "features.5.add_1"]
    weights = file.constants["features.1.conv.0.0.weight"]
    assert (weights.shape, weights.type, weights.values) == ((32, 1, 3, 3), "float32", None)


def test_sizes_that_are_open_have_their_names():
    (given,) = read(MODELS / "mobilenet_v2_dynamic_hw.pt2").inputs
    assert given.shape == (1, 3, "s53", "s0")


# Operators, one at a time.

IMAGE = (1, 6, 8, 8)


def test_convolution(one):
    nodes, _ = one("conv2d", IMAGE, "x", weight=("stored", 4, 3, 3, 5), stride=[2], groups=2)
    assert nodes[0].inputs == ("x", "m.weight")
    assert nodes[0].attributes == {
        "kernel_shape": (3, 5), "strides": (2, 2), "dilations": (1, 1), "group": 2,
        "pads": (0, 0, 0, 0),
    }  # fmt: skip
    nodes, _ = one(
        "convolution", IMAGE, "x", weight=("stored", 6, 4, 3, 3), bias=("stored", 8),
        stride=[2, 2], padding=[1, 0], dilation=[1, 1], transposed=True, output_padding=[1, 1],
        groups=2,
    )  # fmt: skip
    assert (nodes[0].kind, nodes[0].inputs) == ("ConvTranspose", ("x", "m.weight", "m.bias"))
    assert nodes[0].attributes["pads"] == (1, 0, 1, 0)
    assert nodes[0].attributes["output_padding"] == (1, 1)
    nodes, _ = one("conv2d", IMAGE, "x", weight=("stored", 4, 6, 3, 3), padding="same")
    assert nodes[0].attributes["auto_pad"] == "SAME_LOWER"
    nodes, _ = one("conv1d", (1, 6, 8), "x", weight=("stored", 4, 6, 3), padding=[1])
    assert nodes[0].attributes["pads"] == (1, 1)


def test_linear(one):
    nodes, _ = one("linear", (2, 6), "x", weight=("stored", 4, 6), bias=("stored", 4))
    assert [(node.kind, node.attributes) for node in nodes] == [("Gemm", {"transB": 1})]
    nodes, file = one("linear", (2, 9, 6), "x", weight=("stored", 4, 6), bias=("stored", 4))
    assert kinds(nodes) == ["MatMul", "Add"]
    shown = file.constants[nodes[0].inputs[1]]
    assert (shown.shape, shown.of) == ((6, 4), "m.weight")
    assert [node.name for node in nodes] == ["m", "m.add"]


def test_pools(one):
    nodes, _ = one("max_pool2d", IMAGE, "x", kernel_size=[3, 3], padding=[1, 1], ceil_mode=True)
    assert nodes[0].attributes == {
        "kernel_shape": (3, 3), "strides": (3, 3), "pads": (1, 1, 1, 1), "ceil_mode": 1,
        "dilations": (1, 1),
    }  # fmt: skip
    nodes, _ = one("avg_pool2d", IMAGE, "x", kernel_size=[2], stride=[])
    assert nodes[0].attributes["strides"] == (2, 2)
    assert nodes[0].attributes["count_include_pad"] == 1
    nodes, _ = one("adaptive_avg_pool2d", IMAGE, "x", output_size=[1, 1])
    assert kinds(nodes) == ["GlobalAveragePool"]
    nodes, _ = one("adaptive_avg_pool2d", IMAGE, "x", output_size=[3, 3])
    assert (nodes[0].kind, nodes[0].attributes) == (
        "[adaptive_avg_pool2d]", {"output_size": (3, 3)}
    )  # fmt: skip


def test_resizing(one):
    nodes, file = one("upsample_nearest2d", IMAGE, "x", output_size=None, scale_factors=[2.0, 3.0])
    assert listed(file, nodes[0].inputs[2]) == [1.0, 1.0, 2.0, 3.0]
    nodes, file = one("upsample_bilinear2d", IMAGE, "x", output_size=[16, 9], align_corners=False)
    assert listed(file, nodes[0].inputs[3]) == [16, 9]
    assert (nodes[0].attributes["mode"], nodes[0].attributes["axes"]) == ("linear", (2, 3))


@at_once(
    ("target", "arguments", "said"),
    [
        ("relu_", {}, [("Relu", [], {})]),
        ("silu", {}, [("Swish", [], {})]),
        ("hardtanh_", {"min_val": 0.0, "max_val": 6.0}, [("Clip", [[0.0], [6.0]], {})]),
        ("hardtanh", {}, [("Clip", [[-1.0], [1.0]], {})]),
        ("clamp", {"min": 0}, [("Clip", [[0.0], [float("inf")]], {})]),
        ("leaky_relu", {"negative_slope": 0.1}, [("LeakyRelu", [], {"alpha": 0.1})]),
        ("rsqrt", {}, [("Sqrt", [], {}), ("Reciprocal", [], {})]),
        ("softmax", {"dim": -1}, [("Softmax", [], {"axis": 3})]),
        ("mul", {"other": 2.5}, [("Mul", [[2.5]], {})]),
        ("flatten", {"start_dim": 1}, [("Flatten", [], {"axis": 1})]),
        ("flatten", {"start_dim": 2}, [("Reshape", [[0, 0, -1]], {})]),
        ("flatten", {"start_dim": 1, "end_dim": 2}, [("Reshape", [[0, -1, 8]], {})]),
        ("unflatten", {"dim": 1, "sizes": [2, 3]}, [("Reshape", [[0, 2, 3, 8, 8]], {})]),
        ("view", {"size": [1, -1]}, [("Reshape", [[1, -1]], {})]),
        ("permute", {"dims": [0, 2, 3, -3]}, [("Transpose", [], {"perm": (0, 2, 3, 1)})]),
        ("transpose", {"dim0": 1, "dim1": -1}, [("Transpose", [], {"perm": (0, 3, 2, 1)})]),
        ("unsqueeze", {"dim": -1}, [("Unsqueeze", [[4]], {})]),
        ("squeeze", {"dim": 0}, [("Squeeze", [[0]], {})]),
        ("squeeze", {"dim": 1}, [("Identity", [], {})]),
        ("slice", {"dim": 1, "start": 0, "end": 2**63 - 1}, [("Identity", [], {})]),
        ("slice", {"dim": 1, "start": 2}, [("Slice", [[2], [2**63 - 1], [1]], {})]),
        ("slice", {"dim": 3, "end": -1, "step": 2}, [("Slice", [[0], [-1], [3], [2]], {})]),
        ("narrow", {"dim": 1, "start": 2, "length": 3}, [("Slice", [[2], [5], [1]], {})]),
        ("select", {"dim": 1, "index": -1}, [("Gather", [[-1]], {"axis": 1})]),
        ("mean", {"dim": [2, 3], "keepdim": True}, [("ReduceMean", [[2, 3]], {"keepdims": 1})]),
        ("sum", {}, [("ReduceSum", [[0, 1, 2, 3]], {"keepdims": 0})]),
        ("constant_pad_nd", {"pad": [1, 2, 3, 4]},
         [("Pad", [[0, 0, 3, 1, 0, 0, 4, 2]], {"mode": "constant"})]),
        ("reflection_pad2d", {"padding": [1, 1, 1, 1]},
         [("Pad", [[0, 0, 1, 1, 0, 0, 1, 1]], {"mode": "reflect"})]),
        ("expand", {"size": [4, -1, -1, -1]}, [("Expand", [[4, 1, 1, 1]], {})]),
        ("repeat", {"repeats": [2, 1, 1, 1, 3]},
         [("Unsqueeze", [[0]], {}), ("Tile", [[2, 1, 1, 1, 3]], {})]),
        ("pixel_shuffle", {"upscale_factor": 2},
         [("DepthToSpace", [], {"blocksize": 2, "mode": "CRD"})]),
        ("dropout_", {"p": 0.5, "train": False}, [("Identity", [], {})]),
        ("layer_norm", {"normalized_shape": [8, 8]}, [("LayerNormalization", [], {"axis": -2})]),
        ("group_norm", {"num_groups": 3}, [("GroupNormalization", [], {"num_groups": 3})]),
        ("roll", {"shifts": [-3], "dims": [2]},
         [("Slice", [[3], [2**63 - 1], [2]], {}), ("Slice", [[0], [3], [2]], {}),
          ("Concat", [], {"axis": 2})]),
        ("ones_like", {}, [("Shape", [], {}), ("Expand", [], {})]),
        ("channel_shuffle", {"groups": 3},
         [("Reshape", [[0, 3, 2, -1]], {}), ("Transpose", [], {"perm": (0, 2, 1, 3)}),
          ("Reshape", [[0, 6, 8, 8]], {})]),
        ("adaptive_max_pool2d", {"output_size": [1, 1]}, [("GlobalMaxPool", [], {})]),
        ("expand", {"size": [-1, 6, 8, -1]}, [("Identity", [], {})]),
        ("as_strided", {"size": [1, 384], "stride": [384, 1], "made": (1, 384)},
         [("Reshape", [[1, 384]], {})]),
        ("as_strided", {"size": [1, 6], "stride": [6, 1], "made": (1, 6)},
         [("[as_strided]", [], {})]),
        ("max_pool3d_of_mine", {}, [("[max_pool3d_of_mine]", [], {})]),
    ],
)  # fmt: skip
def test_operators(one, target, arguments, said):
    nodes, file = one(target, IMAGE, "x", **arguments)
    assert [
        (
            node.kind,
            [listed(file, name) for name in node.inputs if name in file.constants],
            dict(node.attributes),
        )
        for node in nodes
        if node.kind != "Expand" or target == "expand"
    ] == [each for each in said if each[0] != "Expand" or target == "expand"]
    assert nodes[-1].outputs == ("y",)


@pytest.mark.parametrize(
    ("target", "arguments", "lengths"),
    [
        ("split", {"split_size": 4}, [4, 2]),
        ("split_with_sizes", {"split_sizes": [1, 5]}, [1, 5]),
        ("chunk", {"chunks": 2}, [3, 3]),
    ],
)
def test_parts(one, target, arguments, lengths):
    nodes, file = one(target, IMAGE, "x", **arguments, dim=1, out=["a", "b"])
    assert (nodes[0].kind, nodes[0].outputs) == ("Split", ("a", "b"))
    assert listed(file, nodes[0].inputs[1]) == lengths


def test_attention_is_its_products(tmp_path):
    program = Program()
    q, k, v = (program.given(name, (1, 2, 5, 4)) for name in "qkv")
    mask = program.given("mask", (5, 5))
    program.call(
        "scaled_dot_product_attention", query=q, key=k, value=v, attn_mask=mask, out="y"
    )  # fmt: skip
    nodes = read(program.write(tmp_path / "a.pt2", ["y"])).nodes
    assert kinds(nodes) == ["Transpose", "MatMul", "Add", "Softmax", "MatMul"]
    assert nodes[0].attributes["perm"] == (0, 1, 3, 2)


def test_sizes_that_are_computed(tmp_path):
    """view(x, [batch, 2, channels // 2, -1]), with the batch left open."""
    program = Program()
    x = program.given("x", ("s0", 6, 8, 8))
    batch = program.call("sym_size", x, dim=0, out="sym_batch")
    double = program.call("_operator.mul", batch, 2, out="sym_double")
    program.call("_operator.ge", double, 0, out="sym_checked")
    program.call("view", x, size=[double, 3, -1], out="y", made=("s0", 3, 64))
    file = read(program.write(tmp_path / "a.pt2", ["y"]))
    assert kinds(file.nodes) == ["Shape", "Gather", "Mul", "Unsqueeze", "Concat", "Reshape"]
    assert file.inputs[0].shape == ("s0", 6, 8, 8)
    concat = file.nodes[-2]
    assert [listed(file, name) for name in concat.inputs[1:]] == [[3], [-1]]


def test_a_strided_view_of_an_open_batch(tmp_path):
    """What PyTorch 2.3 makes of the mean of a map: all of its elements, whatever the batch."""
    program = Program()
    x = program.given("x", ("s0", 6, 1))
    batch = program.call("sym_size", x, dim=0, out="sym_batch")
    size = [batch, 6, 1, 1]
    x = program.call("as_strided", x, size=size, stride=[6, 1, 6, 6], made=("s0", 6, 1, 1))
    program.call("relu", x, out="y", made=("s0", 6, 1, 1))
    assert kinds(read(program.write(tmp_path / "a.pt2", ["y"])).nodes)[-2:] == ["Reshape", "Relu"]


def test_tied_weights_are_one(tmp_path):
    program = Program()
    x = program.given("x", (1, 6))
    first = program.stored("a.weight", (6, 6), place="weight_0")
    again = program.stored("b.weight", (6, 6), place="weight_0")
    other = program.stored("c.weight", (6, 6), place="weight_1")
    for weight in (first, again, other):
        x = program.call("linear", x, weight=weight, made=(1, 6))
    constants = read(program.write(tmp_path / "a.pt2", [x])).constants
    assert [constants[f"{name}.weight"].owner for name in "abc"] == [
        "a.weight", "a.weight", "c.weight"
    ]  # fmt: skip


def test_a_graph_that_only_turns_gradients_off_is_part_of_the_one_around(tmp_path):
    inner = Program()
    inner.given("arg0", (1, 6))
    inner.call("relu", Name("arg0"), out="inside", made=(1, 6))
    program = Program()
    x = program.given("x", (1, 6))
    graph = {"as_graph": {"name": "submod_1", "graph": inner.graph(["inside"])}}
    target = "torch.ops.higher_order.wrap_with_set_grad_enabled"
    y = program.call(target, False, graph, x, out=["y"], made=(1, 6))
    program.call("sigmoid", y, out="z", made=(1, 6))
    nodes = read(program.write(tmp_path / "a.pt2", ["z"])).nodes
    assert [(node.kind, node.inputs) for node in nodes] == [
        ("Relu", ("x",)),
        ("Sigmoid", ("inside",)),
    ]


@pytest.mark.exhaustive
def test_an_operator_without_arguments_is_refused_or_read(one):
    """Whatever is missing is said; nothing goes wrong in another way."""
    for word, count in itertools.product(sorted(OPERATORS), range(4)):
        try:
            one(word, IMAGE, *["x"] * count)
        except (CostcalcError, Malformed) as error:
            assert str(error)


# What is no such file.


def small() -> Program:
    program = Program()
    x = program.given("x", (1, 3, 8, 8))
    weight = program.stored("conv.weight", (4, 3, 3, 3))
    x = program.call("conv2d", x, weight=weight, stride=[1, 1], padding=[1, 1], out="a",
                     made=(1, 4, 8, 8), module="conv")  # fmt: skip
    x = program.call("relu", x, out="b", made=(1, 4, 8, 8))
    program.call("flatten", x, start_dim=1, out="y", made=(1, 256))
    return program


def refusal(path) -> str:
    with pytest.raises((CostcalcError, Malformed)) as error:
        read(path)
    return str(error.value)


@pytest.mark.parametrize(
    ("major", "advice"), [(4, "with PyTorch 2.3 or newer"), (9, "with an older PyTorch")]
)
def test_another_schema_is_refused(major, advice, tmp_path):
    program = small()
    program.version = {"major": major, "minor": 3}
    said = refusal(program.write(tmp_path / "a.pt2", ["y"]))
    assert f"schema is {major}.3; 5 to 8 are read" in said
    assert said.endswith(advice)


@pytest.mark.parametrize("major", range(5, 9))
def test_schemas_since_2_3(major, tmp_path):
    program = small()
    program.version = {"major": major, "minor": 1}
    file = read(program.write(tmp_path / "a.pt2", ["y"]))
    assert kinds(file.nodes) == ["Conv", "Relu", "Flatten"]
    assert f"schema {major}" in file.format


def test_an_index_as_2_3_writes_it(tmp_path):
    """Of a list in which some tensors are left out, the others are their names alone."""
    program = Program()
    x = program.given("x", (1, 3, 8, 8))
    rows = program.stored("rows", (4, 1), kind="buffer", type_="int64")
    columns = program.stored("columns", (4,), kind="buffer", type_="int64")
    some = [{"as_none": []}, {"as_none": []}, {"as_tensor": rows}, {"as_tensor": columns}]
    x = program.call("index", x, indices={"as_optional_tensors": some}, made=(1, 3, 4, 4))
    program.call("conv2d", x, weight=program.stored("w", (2, 3, 1, 1)), out="y", made=(1, 2, 4, 4))
    program.version = {"major": 5, "minor": 1}
    assert counted(program, tmp_path, ["y"]).mult_adds == 16 * 6


def test_an_archive_as_releases_before_2_8_write_it(tmp_path):
    record = small().record(["y"])
    path = archive(tmp_path / "a.pt2", record, member="serialized_exported_program.json")
    assert kinds(read(path).nodes) == ["Conv", "Relu", "Flatten"]


def test_archives_of_something_else(tmp_path):
    path = tmp_path / "a.pt2"
    path.write_bytes(b"PK no zip archive at all")
    assert "no zip archive" in refusal(path)
    archive(path, {}, member="data.pkl")
    assert "weights or TorchScript" in refusal(path)
    assert "torch.export.save" in refusal(path)
    archive(path, {}, member="else.txt")
    assert "something else" in refusal(path)
    with zipfile.ZipFile(path, "w") as two:
        for name in "ab":
            two.writestr(f"net/models/{name}.json", "{}")
    assert "2 programs in one archive" in refusal(path)


def test_bombs(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST", 1 << 16)
    path = archive(tmp_path / "a.pt2", b"[" + b" " * (1 << 17) + b"]")
    assert "more than 65,536, the limit" in refusal(path)
    monkeypatch.undo()
    archive(tmp_path / "a.pt2", b"[" * 1_000_000)
    assert "nested too deeply" in refusal(path)
    # a header that says less than there is
    archive(tmp_path / "a.pt2", b" " * 1_000_000)
    data = bytearray((tmp_path / "a.pt2").read_bytes())
    size = (1_000_000).to_bytes(4, "little")
    (tmp_path / "a.pt2").write_bytes(bytes(data).replace(size, (1000).to_bytes(4, "little")))
    assert "cannot be read" in refusal(path)


@at_once(
    "change",
    [
        lambda record: record.pop("schema_version"),
        lambda record: record.update(graph_module=[]),
        lambda record: graph(record).update(nodes={}),
        lambda record: graph(record)["nodes"].__setitem__(0, None),
        lambda record: graph(record)["nodes"][0].update(inputs=[{"arg": 5}]),
        lambda record: graph(record)["nodes"][0].update(target=7),
        lambda record: graph(record)["nodes"].append(graph(record)["nodes"][0]),
        lambda record: graph(record)["nodes"].reverse(),
        lambda record: graph(record)["tensor_values"]["x"].update(dtype=99),
        lambda record: graph(record)["tensor_values"]["x"].update(sizes=[{"as_int": -1}]),
        lambda record: graph(record)["tensor_values"]["x"].update(sizes=[{"as_int": 10**30}]),
        lambda record: graph(record)["tensor_values"].clear(),
    ],
)
def test_json_of_another_structure(tmp_path, change):
    record = small().record(["y"])
    change(record)
    assert refusal(archive(tmp_path / "a.pt2", record))


def graph(record):
    return record["graph_module"]["graph"]


@pytest.mark.exhaustive
def test_mutated_programs_are_read_or_refused(tmp_path):
    """Values exchanged for others anywhere in the JSON: 600 programs."""
    generator = random.Random(20261130)
    text = json.dumps(small().record(["y"]))
    values = [None, True, -1, 0, 2**63, 10**40, 1.5, "", "x", "y", [], {}, [[]], {"as_int": 3}]
    outcomes = {"read": 0, "refused": 0}
    for _ in range(600):
        record = json.loads(text)
        for _ in range(generator.choice((1, 1, 2, 4))):
            at = record
            while True:
                key = generator.choice(list(at) if isinstance(at, dict) else range(len(at)))
                if not isinstance(at[key], (dict, list)) or not at[key] or generator.random() < 0.1:
                    at[key] = copy.deepcopy(generator.choice(values))
                    break
                at = at[key]
            if not isinstance(record, dict) or not record:
                break
        try:
            assert isinstance(read(archive(tmp_path / "a.pt2", record)), ModelFile)
            outcomes["read"] += 1
        except (CostcalcError, Malformed) as error:
            assert str(error)
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 100, outcomes


def test_mutated_archives_are_read_or_refused(tmp_path):
    generator = random.Random(20261131)
    whole = (MODELS / "mobilenet_v2.pt2").read_bytes()
    path = tmp_path / "a.pt2"
    path.write_bytes(whole)
    small_one = archive(path, small().record(["y"]), {"config": small().weights})
    whole = path.read_bytes()
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(generator.choice((1, 4, 16))):
            data[generator.randrange(len(data))] = generator.randrange(256)
        if generator.random() < 0.1:
            del data[generator.randrange(len(data)) :]
        path.write_bytes(data)
        try:
            assert isinstance(read(small_one), ModelFile)
        except (CostcalcError, Malformed) as error:
            assert str(error)


# What the translation makes of them.


def counted(program: Program, path, outputs: list[str]):
    return load(program.write(path / "net.pt2", outputs))


def test_weights_along_positions_are_params(tmp_path):
    """A scale of each channel behind a layer over positions, as ResMLP has: 6 params, not none."""
    program = Program()
    x = program.given("x", (1, 9, 6))
    x = program.call("transpose", x, dim0=1, dim1=2, made=(1, 6, 9))
    x = program.call("linear", x, weight=program.stored("mix.weight", (9, 9)), made=(1, 6, 9))
    x = program.call("transpose", x, dim0=1, dim1=2, made=(1, 9, 6))
    program.call("mul", program.stored("gamma", (6,)), x, out="y", made=(1, 9, 6))
    assert counted(program, tmp_path, ["y"]).params == 81 + 6


@pytest.mark.parametrize("place", ["a part of it", "elements of it"])
def test_a_table_of_positions_of_which_some_are_used(place, tmp_path):
    """A table for 25 positions, of which 9 are there: all of it is stored, and 54 are added."""
    program = Program()
    x = program.given("x", (1, 9, 6))
    table = program.stored("positions", (25, 6))
    if place == "a part of it":
        own = program.call("slice", table, dim=0, start=0, end=9, made=(9, 6))
    else:
        which = program.stored("which", (9,), kind="buffer", type_="int64")
        own = program.call("index", table, indices=[which], made=(9, 6))
    program.call("add", x, own, out="y", made=(1, 9, 6))
    net = counted(program, tmp_path, ["y"])
    (layer,) = (one for one in net.layers if one.op == "position_embedding")
    assert (net.params, layer.facts.reads) == (25 * 6, 2 * 54)


def test_attention_of_an_einsum_that_is_spelled_out(tmp_path):
    """Axes of one come and go between a product and its softmax: it is attention, with the biases
    of a table that are looked up for each pair of 4 positions, in 2 heads of 3 channels."""
    program = Program()
    table = program.stored("table", (7, 2))
    which = program.stored("which", (16,), kind="buffer", type_="int64")
    heads = []
    for name in "qkv":
        each = program.given(name, (1, 4, 6))
        each = program.call("view", each, size=[1, 4, 2, 3], made=(1, 4, 2, 3))
        heads.append(program.call("permute", each, dims=[0, 2, 1, 3], made=(1, 2, 4, 3)))

    def matrices(x, order, *, made):
        """An einsum's operand: a further axis of one, and all in its order, as matrices."""
        shape = (1, 2, 4, 3, 1)
        x = program.call("unsqueeze", x, dim=4, made=shape)
        x = program.call("permute", x, dims=order, made=tuple(shape[axis] for axis in order))
        return program.call("view", x, size=list(made), made=made)

    q, k, v = heads
    x = program.call("bmm", matrices(q, [1, 2, 3, 0, 4], made=(2, 4, 3)),
                     matrices(k, [1, 3, 2, 4, 0], made=(2, 3, 4)), made=(2, 4, 4))  # fmt: skip
    x = program.call("view", x, size=[2, 4, 1, 1, 4], made=(2, 4, 1, 1, 4))
    x = program.call("permute", x, dims=[3, 0, 1, 4, 2], made=(1, 2, 4, 4, 1))
    x = program.call("view", x, size=[1, 2, 4, 4], made=(1, 2, 4, 4))
    bias = program.call("index", table, indices=[which], made=(16, 2))
    bias = program.call("view", bias, size=[4, 4, 2], made=(4, 4, 2))
    bias = program.call("permute", bias, dims=[2, 0, 1], made=(2, 4, 4))
    x = program.call("add", x, bias, made=(1, 2, 4, 4))
    x = program.call("softmax", x, dim=-1, made=(1, 2, 4, 4))
    x = program.call("unsqueeze", x, dim=4, made=(1, 2, 4, 4, 1))
    x = program.call("permute", x, dims=[0, 1, 2, 4, 3], made=(1, 2, 4, 1, 4))
    x = program.call("permute", x, dims=[1, 2, 4, 3, 0], made=(2, 4, 4, 1, 1))
    x = program.call("view", x, size=[2, 4, 4], made=(2, 4, 4))
    x = program.call("bmm", x, matrices(v, [1, 2, 3, 4, 0], made=(2, 4, 3)), made=(2, 4, 3))
    program.call("view", x, size=[1, 2, 4, 3], out="y", made=(1, 2, 4, 3))
    net = counted(program, tmp_path, ["y"])
    (layer,) = (one for one in net.layers if one.op == "attention")
    assert (net.params, net.mult_adds) == (14, 2 * 4 * 4 * 6)
    assert (layer.arguments["heads"], layer.arguments["table"]) == (2, 14)


def test_a_table_of_biases_that_a_mask_was_added_to(tmp_path):
    """Shifted windows, where PyTorch adds both to the scores as one: in 2 windows of 4 positions
    and 2 heads of 3 channels, biases from a table of 7 for each head."""
    program = Program()
    table = program.stored("table", (7, 2))
    which = program.stored("which", (16,), kind="buffer", type_="int64")
    mask = program.stored("mask", (2, 1, 4, 4), kind="buffer")
    q, k, v = (
        program.call(
            "permute",
            program.call("view", program.given(name, (1, 8, 6)), size=[2, 4, 2, 3],
                         made=(2, 4, 2, 3)),
            dims=[0, 2, 1, 3], made=(2, 2, 4, 3),
        )
        for name in "qkv"
    )  # fmt: skip
    bias = program.call("index", table, indices=[which], made=(16, 2))
    bias = program.call("view", bias, size=[1, 4, 4, 2], made=(1, 4, 4, 2))
    bias = program.call("permute", bias, dims=[0, 3, 1, 2], made=(1, 2, 4, 4))
    bias = program.call("add", bias, mask, made=(2, 2, 4, 4))
    program.call("scaled_dot_product_attention", query=q, key=k, value=v, attn_mask=bias, out="y",
                 made=(2, 2, 4, 3))  # fmt: skip
    net = counted(program, tmp_path, ["y"])
    (layer,) = (one for one in net.layers if one.op == "attention")
    assert (net.params, net.mult_adds, layer.arguments["table"]) == (14, 2 * 2 * 4 * 4 * 6, 14)


def test_a_kernel_that_is_made_larger(tmp_path):
    """A 1x1 kernel with a border, as one that is added to a 3x3 one: the layer's is 3x3."""
    program = Program()
    x = program.given("x", (1, 3, 8, 8))
    weight = program.stored("w", (4, 3, 1, 1))
    weight = program.call("constant_pad_nd", weight, pad=[1, 1, 1, 1], made=(4, 3, 3, 3))
    program.call("conv2d", x, weight=weight, out="y", made=(1, 4, 6, 6))
    net = counted(program, tmp_path, ["y"])
    assert (net.params, net.mult_adds) == (12 * 9, 36 * 12 * 9)


def test_weights_by_their_norms(tmp_path):
    """A direction and a length of each weight; the largest singular value, by two vectors."""
    program = Program()
    x = program.given("x", (1, 3, 8, 8))
    direction, length = program.stored("v", (4, 3, 1, 1)), program.stored("g", (4, 1, 1, 1))
    weight = program.call("_weight_norm", direction, length, 0, made=(4, 3, 1, 1))
    x = program.call("conv2d", x, weight=weight, made=(1, 4, 8, 8))
    whole = program.stored("w", (5, 4, 1, 1))
    left = program.stored("left", (5,), kind="buffer")
    right = program.stored("right", (4,), kind="buffer")
    rows = program.call("flatten", whole, start_dim=1, made=(5, 4))
    most = program.call("vdot", left, program.call("mv", rows, right, made=(5,)), made=())
    program.call("conv2d", x, weight=program.call("div", whole, most, made=(5, 4, 1, 1)),
                 out="y", made=(1, 5, 8, 8))  # fmt: skip
    net = counted(program, tmp_path, ["y"])
    assert (net.params, net.mult_adds) == (12 + 20, 64 * (12 + 20))


@pytest.mark.parametrize(("indexing", "lengths"), [("ij", (8, 4)), ("xy", (4, 8))])
def test_a_grid(indexing, lengths, tmp_path):
    """Rows and columns of every place, which are the same for every example."""
    program = Program()
    x = program.given("x", (1, 3, 8, 4))
    each = [program.call("arange", end=n, made=(n,), type_="int64") for n in lengths]
    program.call("meshgrid", tensors=each, indexing=indexing, out=["h", "w"], made=(8, 4))
    program.call("add", x, Name("h"), out="y", made=(1, 3, 8, 4))
    layer = counted(program, tmp_path, ["y"]).layers[-1]
    assert (layer.op, layer.output) == ("elementwise", (8, 4, 3))


def test_params_that_are_folded_are_said(tmp_path):
    """Standardised weights have a gain of each channel, which is part of them at inference."""
    program = Program()
    x = program.given("x", (1, 3, 8, 8))
    weight, gain = program.stored("w", (4, 3, 1, 1)), program.stored("gain", (4, 1, 1, 1))
    scaled = program.call("mul", weight, gain, made=(4, 3, 1, 1))
    program.call("conv2d", x, weight=scaled, out="y", made=(1, 4, 8, 8))
    net = counted(program, tmp_path, ["y"])
    assert net.params == 12
    assert net.spec.paper.endswith("4 params in computed constants, not counted")


def test_params_that_nothing_reads_are_said(tmp_path):
    """Auxiliary heads are in the module, and not in what runs after training."""
    program = Program()
    x = program.given("x", (1, 3, 8, 8))
    program.stored("aux.weight", (7, 3))
    program.stored("aux.mean", (7,), kind="buffer")
    weight = program.stored("w", (4, 3, 1, 1))
    program.call("conv2d", x, weight=weight, out="y", made=(1, 4, 8, 8))
    net = counted(program, tmp_path, ["y"])
    assert net.params == 12
    assert net.spec.paper.endswith(" · 21 params that nothing reads, not counted")


def test_buffers_are_no_params(tmp_path):
    program = Program()
    x = program.given("x", (1, 6, 4, 4))
    mean = program.stored("mean", (1, 6, 1, 1), kind="buffer")
    program.call("mul", x, program.stored("gain", (1, 6, 1, 1)), out="a", made=(1, 6, 4, 4))
    program.call("sub", Name("a"), mean, out="y", made=(1, 6, 4, 4))
    assert counted(program, tmp_path, ["y"]).params == 6


def test_buffers_in_the_place_of_weights_are_multiplied_and_stored(tmp_path):
    """A blur, whose filter is no parameter, and biases of which those of the keys are zeros."""
    program = Program()
    x = program.given("x", (1, 6, 8, 8))
    blur = program.stored("blur", (6, 1, 3, 3), kind="buffer")
    x = program.call(
        "conv2d", x, weight=blur, stride=[2, 2], padding=[1, 1], groups=6, made=(1, 6, 4, 4)
    )
    x = program.call("flatten", x, start_dim=2, made=(1, 6, 16))
    x = program.call("transpose", x, dim0=1, dim1=2, made=(1, 16, 6))
    parts = [program.stored(name, (6,), kind) for name, kind in QKV.items()]
    bias = program.call("cat", tensors=parts, made=(18,))
    weight = program.stored("w", (18, 6))
    program.call("linear", x, weight=weight, bias=bias, out="y", made=(1, 16, 18))
    net = counted(program, tmp_path, ["y"])
    first, last = (layer.facts for layer in net.layers if layer.operator.weighted)
    assert (first.weights, first.weight_buffers, first.mult_adds) == (0, 54, 54 * 16)
    assert (last.weights, last.biases, last.bias_buffers) == (108, 12, 6)
    assert net.params == 108 + 12
    path = str(tmp_path / "net.pt2")
    assert load(path, convention="keras").params == 108 + 18 + 54  # which are all that is stored
    assert first.parameters_read == 54
    assert storage(net.graph)[-1].bits == storage(net.graph, folded=True)[-1].bits
    assert storage(net.graph)[-1].bits == 32 * (54 + 108 + 18)
    again = tmp_path / "again.yaml"
    again.write_text(convert(tmp_path / "net.pt2"))
    assert [layer.facts for layer in load(again).layers] == [layer.facts for layer in net.layers]


def test_quantised_weights_are_buffers_in_the_place_of_parameters(tmp_path):
    """The program of a quantised module has the parameters too, which nothing reads any more."""
    program = Program()
    x = program.given("x", (1, 3, 8, 8))
    program.stored("weight", (4, 3, 1, 1))
    low = program.stored("_frozen_param0", (4, 3, 1, 1), kind="buffer", type_="int8")
    scales, zeros = (program.stored(name, (4,), kind="buffer") for name in ("scale", "zero"))
    per_channel = "torch.ops.quantized_decomposed.dequantize_per_channel.default"
    weight = program.call(per_channel, low, scales, zeros, 0, -128, 127, out="w", made=(4, 3, 1, 1))
    per_tensor = "torch.ops.quantized_decomposed.{}_per_tensor.default"
    for word in ("quantize", "dequantize"):
        x = program.call(per_tensor.format(word), x, 0.5, 0, -128, 127, made=(1, 3, 8, 8))
    program.call("conv2d", x, weight=weight, out="y", made=(1, 4, 8, 8))
    net = counted(program, tmp_path, ["y"])
    assert (net.params, net.mult_adds, [one.bits for one in net.layers]) == (12, 12 * 64, [8])
    assert "not counted" not in net.spec.paper


QKV = {"q": "parameter", "k": "buffer", "v": "parameter"}
"""Biases of queries, keys and values, and what each is."""


def test_noise_of_a_program_for_training(tmp_path):
    """Whole branches are dropped at random: what decides it is the same as a constant's work."""
    program = Program()
    x = program.given("x", (1, 3, 4, 4))
    noise = program.call("new_empty", x, size=[1, 1, 1, 1], made=(1, 1, 1, 1))
    noise = program.call("torch.ops.aten.bernoulli_.float", noise, p=0.5, made=(1, 1, 1, 1))
    program.call("mul", x, noise, out="y", made=(1, 3, 4, 4))
    assert [layer.op for layer in counted(program, tmp_path, ["y"]).layers] == ["elementwise"]


def test_a_gate_of_two_branches(tmp_path):
    """Selective kernels: two maps in a stack, each with a weight for each of its channels."""
    program = Program()
    x = program.given("x", (1, 6, 4, 4))
    both = program.call("stack", tensors=[x, x], dim=1, made=(1, 2, 6, 4, 4))
    gate = program.call("mean", both, dim=[3, 4], keepdim=True, made=(1, 2, 6, 1, 1))
    gate = program.call("softmax", gate, dim=1, made=(1, 2, 6, 1, 1))
    product = program.call("mul", both, gate, made=(1, 2, 6, 4, 4))
    program.call("sum", product, dim=[1], out="y", made=(1, 6, 4, 4))
    (mul,) = (one for one in counted(program, tmp_path, ["y"]).layers if one.op == "mul")
    assert mul.output.size == 2 * 6 * 4 * 4


@pytest.mark.parametrize(
    ("equation", "sizes", "weights", "mult_adds", "params"),
    [
        ("bhid,bhjd->bhij", ((1, 2, 5, 4), (1, 2, 7, 4)), None, 2 * 5 * 7 * 4, 0),
        ("bihd,bjhd->bhij", ((1, 5, 2, 4), (1, 7, 2, 4)), None, 2 * 5 * 7 * 4, 0),
        ("bnc,cd->bnd", ((1, 5, 6),), (6, 8), 5 * 6 * 8, 48),
        ("bnc,dc->bnd", ((1, 5, 6),), (8, 6), 5 * 6 * 8, 48),
        ("...c,chd->...hd", ((1, 5, 6),), (6, 2, 4), 5 * 6 * 8, 48),
        ("bnhc,hcd->bnd", ((1, 5, 2, 3),), (2, 3, 8), 5 * 6 * 8, 48),
    ],
)
def test_products_by_letters(tmp_path, equation, sizes, weights, mult_adds, params):
    program = Program()
    given = [program.given(f"x{index}", size) for index, size in enumerate(sizes)]
    given += [program.stored("w", weights)] if weights else []
    program.call("einsum", equation=equation, tensors=given, out="y", made=(1,))
    net = counted(program, tmp_path, ["y"])
    assert (sum(int(one.mult_adds) for one in net.layers), net.params) == (mult_adds, params)


def test_a_reshape_that_cuts_what_another_one_joined(tmp_path):
    """MaxViT: 56 rows as 8 windows of 7, then as a grid of 7 by 8: the elements move between."""
    program = Program()
    x = program.given("x", (1, 3, 56, 56))
    for high, low in ((8, 7), (7, 8)):
        x = program.call("view", x, size=[1, 3, high, low, high, low], made=(1, 3, *(1,) * 4))
        x = program.call("permute", x, dims=[0, 2, 4, 3, 5, 1], made=(1, *(1,) * 4, 3))
        x = program.call("layer_norm", x, normalized_shape=[3], made=(1, high, high, low, low, 3))
        x = program.call("permute", x, dims=[0, 5, 1, 3, 2, 4], made=(1, 3, *(1,) * 4))
        x = program.call("view", x, size=[1, 3, 56, 56], made=(1, 3, 56, 56))
    weight = program.stored("w", (4, 3, 1, 1))
    program.call("conv2d", x, weight=weight, out="y", made=(1, 4, 56, 56))
    net = counted(program, tmp_path, ["y"])
    assert net.mult_adds == 56 * 56 * 12
    assert [one.op for one in net.layers].count("layer_norm") == 2


def test_areas_of_a_map_that_are_put_together_again(tmp_path):
    """YOLOv12: 6 rows of 6 as 4 areas of 9, each in 2 heads of 5; then as a map once more. No row
    ends where an area does, so the elements move."""
    program = Program()
    x = program.given("x", (1, 6, 6, 3))
    weight = program.stored("w", (10, 3))
    x = program.call("linear", x, weight=weight, made=(1, 6, 6, 10))
    x = program.call("view", x, size=[4, 9, 2, 5], made=(4, 9, 2, 5))
    x = program.call("softmax", x, dim=1, made=(4, 9, 2, 5))
    x = program.call("view", x, size=[1, 6, 6, 10], made=(1, 6, 6, 10))
    program.call("linear", x, weight=program.stored("v", (3, 10)), out="y", made=(1, 6, 6, 3))
    net = counted(program, tmp_path, ["y"])
    assert (net.mult_adds, net.layers[-1].output.size) == (2 * 36 * 30, 36 * 3)


def test_weights_that_are_repeated_for_every_example(tmp_path):
    """A linear layer as core operators spell it: its matrix transposed and repeated, a product."""
    program = Program()
    x = program.given("x", (5, 2, 6))
    weight = program.stored("w", (8, 6))
    turned = program.call("permute", weight, dims=[1, 0], made=(6, 8))
    each = program.call("expand", turned, size=[5, 6, 8], made=(5, 6, 8))
    program.call("bmm", x, each, out="y", made=(5, 2, 8))
    net = counted(program, tmp_path, ["y"])
    assert (net.weights, net.mult_adds) == (48, 2 * 48)


def test_a_softmax_that_is_guarded(tmp_path):
    """What PyTorch makes of attention when it is taken apart: rows without a key become zeros."""
    program = Program()
    sizes = (1, 2, 5, 5)
    x = program.given("x", sizes)
    softmax = program.call("softmax", x, dim=-1, made=sizes)
    never = {"as_float": "-Infinity"}
    empty = program.call("eq", x, other=never, made=sizes, type_="bool")
    full = program.call("logical_not", empty, made=sizes, type_="bool")
    some = program.call("any", full, dim=-1, keepdim=True, made=(1, 2, 5, 1), type_="bool")
    none = program.call("logical_not", some, made=(1, 2, 5, 1), type_="bool")
    zeros = program.call("full_like", x, fill_value=0, made=sizes)
    program.call("where", none, zeros, softmax, out="y", made=sizes)
    assert [one.op for one in counted(program, tmp_path, ["y"]).layers] == ["softmax"]


def test_zeros_along_any_axis(tmp_path):
    program = Program()
    x = program.given("x", (1, 6, 4, 4))
    x = program.call("view", x, size=[1, 2, 3, 4, 4], made=(1, 2, 3, 4, 4))
    program.call("constant_pad_nd", x, pad=[0, 0, 0, 0, 1, 0], out="y", made=(1, 2, 4, 4, 4))
    *_, pad = counted(program, tmp_path, ["y"]).layers
    assert (pad.op, pad.output.size) == ("zero_pad", 2 * 4 * 4 * 4)


def test_a_part_that_is_written_in_place(tmp_path):
    """Who reads a tensor behind `x[:, :2] = y` reads y, too."""
    program = Program()
    x = program.given("x", (1, 4, 8, 8))
    weights = program.stored("w", (2, 4, 1, 1))
    more = program.call("conv2d", x, weight=weights, made=(1, 2, 8, 8))
    part = program.call("slice", x, 1, 0, 2, made=(1, 2, 8, 8))
    program.call("copy_", part, more, made=(1, 2, 8, 8))
    out = program.call("relu", x, made=(1, 4, 8, 8))
    path = program.write(tmp_path / "written.pt2", [out])
    net = load(path)
    assert [layer.op for layer in net.layers] == ["conv", "split", "concat", "relu"]
    assert net.params == 8


@pytest.mark.parametrize(
    ("word", "arguments", "expected"),
    [
        ("flip", {"dims": [3]}, ["Slice"]),
        ("movedim", {"source": [1], "destination": [3]}, ["Transpose"]),
        ("log_sigmoid", {}, ["Sigmoid", "Log"]),
        ("var_mean", {"dim": [1], "out": ["a", "b"]},
         ["ReduceMean", "ReduceMean", "Sub", "Mul", "ReduceMean"]),
        ("nan_to_num", {}, ["IsNaN", "Where"]),
        ("hardshrink", {}, ["Shrink"]),
    ],
)  # fmt: skip
def test_words(word, arguments, expected, one):
    nodes, _ = one(word, IMAGE, "x", **arguments)
    assert kinds(nodes) == expected


def test_two_tensors(tmp_path):
    program = Program()
    x, z = (program.given(name, (1, 6, 8, 8)) for name in "xz")
    a = program.call("lerp", x, z, 0.5, made=(1, 6, 8, 8))
    b = program.call("addcdiv", x, tensor1=z, tensor2=a, made=(1, 6, 8, 8))
    c = program.call("clamp", x, min=b, max=z, made=(1, 6, 8, 8))
    d = program.call("atan2", x, c, made=(1, 6, 8, 8))
    e = program.call("outer", d, c, made=(1, 6, 8, 8))
    nodes = read(program.write(tmp_path / "two.pt2", [e])).nodes
    assert " ".join(kinds(nodes)) == (
        "Sub Mul Add Div Add Max Min Div Atan Unsqueeze Unsqueeze Mul"
    )


def test_rows_and_columns_that_are_looked_up(tmp_path):
    """How a decomposed interpolation reads its neighbours."""
    program = Program()
    x = program.given("x", (1, 3, 8, 8))
    rows = program.stored("rows", (6, 1), "buffer", type_="int64")
    columns = program.stored("columns", (5,), "buffer", type_="int64")
    out = program.call("index", x, indices=[None, None, rows, columns], made=(1, 3, 6, 5))
    path = program.write(tmp_path / "looked.pt2", [out])
    looked = [node for node in read(path).nodes if node.kind == "Gather"]
    assert [node.attributes["axis"] for node in looked] == [2, 3]
    assert str(load(path).layers[-1].output) == "6x5x3"


def test_a_piece_of_a_vector_is_a_bias(tmp_path):
    program = Program()
    x = program.given("x", (1, 6, 8))
    bias = program.stored("bias", (12,))
    program.call("split", bias, split_size=4, out=["p", "q", "r"], made=(4,))
    program.call("linear", x, weight=program.stored("w", (4, 8)), out="a", made=(1, 6, 4))
    b = program.call("relu", Name("a"), made=(1, 6, 4))
    out = program.call("add", b, Name("q"), made=(1, 6, 4))
    net = load(program.write(tmp_path / "piece.pt2", [out]))
    assert net.params == 32 + 4
