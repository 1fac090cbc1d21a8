"""A model file as a spec: the same layers in the same order, to the integer, on a page."""

from __future__ import annotations

import pytest

import costcalc
from costcalc.errors import Source
from costcalc.importers import is_model
from costcalc.language.grammar import parse
from costcalc.network import Network, load
from tests.conftest import TESTS
from tests.covering import at_once, mostly
from tests.importers.making import model, saved
from tests.importers.test_traps import TRAPS

MODELS = sorted(p for p in (TESTS / "facts" / "models").iterdir() if is_model(p.name))


def layers(net):
    return [(layer.op, layer.output, layer.facts, reads(layer)) for layer in net.layers]


def reads(layer):
    """What it reads: sums and products in any order, and a trained tensor nothing."""
    if layer.operator.source:
        return ()
    return sorted(layer.inputs) if layer.op in ("add", "mul", "maximum") else layer.inputs


def read_back(text, **settings):
    return Network(parse(Source("spec.yaml", text)), settings)


@pytest.mark.parametrize("path", mostly(MODELS[::5], MODELS), ids=lambda path: path.name)
def test_file(path):
    text = costcalc.convert(str(path))
    assert layers(read_back(text)) == layers(load(str(path)))
    assert "\t" not in text
    assert max(map(len, text.splitlines())) <= 160


@pytest.mark.parametrize("size", [96, 160, 320])
def test_at_other_sizes(size):
    path = str(TESTS / "facts" / "models" / "mobilenet_v2.onnx")
    assert layers(read_back(costcalc.convert(path), res=size)) == layers(load(path, res=size))


@pytest.mark.parametrize(
    ("file", "lines", "blocks"),
    [
        ("mobilenet_v2_dynamo.onnx", 50, 2), ("resnet50.onnx", 70, 2),
        ("googlenet_dynamo.onnx", 45, 1),
        ("vit_b_16_dynamo.onnx", 60, 1), ("shufflenet_v2_x1_0.onnx", 70, 2),
        ("swin_t.onnx", 180, 2),
    ],
)  # fmt: skip
def test_a_page_not_three_hundred_rows(file, lines, blocks):
    text = costcalc.convert(str(TESTS / "facts" / "models" / file))
    assert text.count("\n") <= lines
    assert text.count("columns:") >= blocks + 1


SCALED = "".join(
    f"c{i} = Conv<pads=[1,1,1,1]>({x}, w{i})\nm{i} = Mul(c{i}, s{i})\na{i} = Add(m{i}, t{i})\n"
    for i, x in enumerate(["x", "a0", "a1", "a2"])
)


def test_trained_numbers_are_branches_of_their_joins(tmp_path):
    """As in a repeat of PP-LCNetV3's: convolution, scale and shift, four times."""
    weights = {f"w{i}": (3, 3, 3, 3) for i in range(4)}
    numbers = {f"{name}{i}": (1,) for i in range(4) for name in "st"}
    proto = model(f"{SCALED}y = Relu(a3)", weights | numbers)
    for one in proto.graph.initializer:
        if one.name[0] in "st":
            one.name = f"m.{one.name}"  # a module's
    for node in proto.graph.node:
        node.input[:] = [f"m.{name}" if name[:1] in "st" else name for name in node.input]
    path = saved(proto, tmp_path)
    text = costcalc.convert(path)
    assert layers(read_back(text)) == layers(load(path))
    assert (text.count("[conv"), text.count("[parameter"), text.count("from")) == (1, 2, 0)
    assert load(path).params == 4 * (81 + 2)


def test_repeats_are_written_once():
    text = costcalc.convert(str(TESTS / "facts" / "models" / "googlenet_dynamo.onnx"))
    assert text.count("concat:") == 1
    assert text.count("[block1") == 9


@at_once("row", TRAPS)
def test_small(row, tmp_path):
    _, nodes, weights, options, *_ = row
    path = saved(model(nodes, weights, **options), tmp_path)
    assert layers(read_back(costcalc.convert(path))) == layers(load(path))


def test_command(tmp_path, costcalc, golden):
    path = TESTS / "facts" / "models" / "mobilenet_v2_dynamo.onnx"
    shown = costcalc("convert", str(path))
    assert (shown.code, shown.err) == (0, "")
    golden(TESTS / "golden" / "convert_mobilenet_v2.yaml", shown.out)
    written = tmp_path / "ours.yaml"
    assert costcalc("convert", str(path), "-o", str(written)).code == 0
    assert written.read_text() == shown.out
    assert costcalc(str(written), "--format", "json").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mobilenet"], "is no model file"),
        (["./specs/mobilenet.yaml"], "is no model file"),
        (["./nowhere.onnx"], "nowhere.onnx: "),
        ([], "Missing argument 'FILE'"),
    ],
)
def test_what_cannot_be_converted(arguments, message, costcalc):
    ran = costcalc("convert", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_names_from_the_file_are_text(tmp_path):
    proto = model("a = Relu(x)\nb = Sigmoid(a)\ny = Add(a, b)")
    for node, name in zip(proto.graph.node, ("a: [b", "#x\ny", '"q" \x1b[31m'), strict=True):
        node.name = name
    path = saved(proto, tmp_path)
    assert layers(read_back(costcalc.convert(path))) == layers(load(path))


def test_branches_stand_as_their_rows_do(tmp_path):
    """The file adds what it computed last first, as TensorFlow does with padded channels."""
    nodes = "".join(
        f"a{i} = Relu({x})\nc{i} = Conv<pads=[1,1,1,1]>(a{i}, w{i})\n"
        f"p{i} = MaxPool<kernel_shape=[3,3], pads=[1,1,1,1]>(a{i})\nb{i} = Add(p{i}, c{i})\n"
        for i, x in enumerate(["x", "b0", "b1", "b2"])
    )
    proto = model(f"{nodes}y = Sigmoid(b3)", {f"w{i}": (3, 3, 3, 3) for i in range(4)})
    path = saved(proto, tmp_path)
    text = costcalc.convert(path)
    assert (text.count("conv"), text.count("[block1, 4]"), text.count("from:")) == (1, 1, 0)
    assert [one.op for one in read_back(text).layers] == [one.op for one in load(path).layers]


@pytest.mark.parametrize("path", mostly(MODELS[::4], MODELS), ids=lambda path: path.name)
def test_what_is_written_is_the_same_network(path, tmp_path):
    """Its blocks are held against the file's rows layer by layer, a padding by what it does."""
    path, written = str(path), tmp_path / "ours.yaml"
    written.write_text(costcalc.convert(path))
    found = costcalc.diff(path, str(written))
    assert (found.layers, found.unchanged) == ([], len(load(path).layers))
