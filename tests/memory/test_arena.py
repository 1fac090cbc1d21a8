"""Arenas: TFLite Micro's plans, layouts that overlap nowhere, and the smallest by brute force."""

from __future__ import annotations

import itertools
import json
import random

import pytest

from costcalc import load
from costcalc.memory import layout
from costcalc.memory.layout import PLANNERS, best_layout
from costcalc.memory.planners import Buffer, alive, by_size, in_order
from tests.conftest import TESTS
from tests.covering import at_once, built, networks

# What TFLite Micro's RecordingMicroAllocator printed for int8 files (ds_cnn also in fp32): the
# head of the arena, and its tail on a computer with pointers of 64 bits.
DS_CNN = """\
name: DS-CNN
input: [49, 10, 1]
defaults: {conv: {bias: true}, dw: {bias: true, k: 3x3}, fc: {bias: true}}
network:
- columns: [op, k, s, out, act]
  rows:
  - [conv, 10x4, 2, 64, relu]
  - [dw, ~, ~, ~, relu]
  - [conv, 1x1, ~, 64, relu]
  - [dw, ~, ~, ~, relu]
  - [conv, 1x1, ~, 64, relu]
  - [dw, ~, ~, ~, relu]
  - [conv, 1x1, ~, 64, relu]
  - [dw, ~, ~, ~, relu]
  - [conv, 1x1, ~, 64, relu]
  - [gpool]
  - [fc, ~, ~, 12]
  - [softmax]
"""
RESNET_8 = """\
name: ResNet-8
input: [32, 32, 3]
defaults: {conv: {bias: true, k: 3x3}, fc: {bias: true}}
blocks:
  same:
    args: [out]
    columns: [op, out, act]
    rows:
    - add:
      - rows: [[conv, out, relu], [conv, out]]
      - []
    - [relu]
  down:
    args: [out]
    columns: [op, k, out, s, act]
    rows:
    - add:
      - rows: [[conv, ~, out, 2, relu], [conv, ~, out]]
      - rows: [[conv, 1x1, out, 2]]
    - [relu]
network:
- columns: [op, out]
  rows: [[conv, 16], [relu], [same, 16], [down, 32], [down, 64], [gpool], [fc, 10], [softmax]]
"""
UNET = "unet:width=8,res=96,padding=same,colors=3,classes=1"
MOBILENET = "mobilenet:alpha=0.25,res=96,classes=2"
RECORDED = [
    (DS_CNN, "int8", 16_000, 8_224), (DS_CNN, "fp32", 64_000, 8_064),
    (RESNET_8, "int8", 49_152, 6_784), (MOBILENET, "int8", 73_728, 29_968),
]  # fmt: skip


def network(text, dtype, tmp_path):
    """A network of a reference, or of a spec's text."""
    if "\n" in text:
        path = tmp_path / "net.yaml"
        path.write_text(text)
        text = str(path)
    name, _, settings = text.partition(":")
    given = dict(setting.split("=") for setting in settings.split(",") if setting)
    return load(name, **given).with_execution(dtype=dtype)


def overlap(buffers, offsets):
    """Two buffers that are alive at once and lie on one another, or None."""
    placed = sorted(zip(buffers, offsets, strict=True), key=lambda pair: pair[1])
    for (one, at), (other, after) in itertools.combinations(placed, 2):
        together = one.first <= other.last and other.first <= one.last
        if together and at + one.bytes > after:
            return one, other
    return None


def some_buffers(random_, most=7):
    """Buffers of a few sizes over a few steps."""
    end = random_.randint(1, 7)
    found = []
    for number in range(random_.randint(1, most)):
        first = random_.randint(0, end)
        last = min(end, first + random_.choice([0, 1, 1, 2, 4]))
        found.append(Buffer(str(number), 16 * random_.randint(1, 9), first, last))
    return found


@pytest.mark.parametrize(("spec", "dtype", "head", "tail"), RECORDED)
def test_plans_are_those_that_tflite_micro_records(spec, dtype, head, tail, tmp_path):
    found = network(spec, dtype, tmp_path).arena()
    assert found.bytes == head
    assert found.interpreter.least < tail <= found.interpreter.most
    assert overlap(found.buffers, found.planned.offsets) is None


def test_transposed_convolutions_need_scratch(tmp_path):
    found = network(UNET, "int8", tmp_path).arena()
    assert found.scratch_bytes == 4 * 96 * 96 * 8  # the last one's output, 4 bytes an element
    # its input, its output, the tensor that the skip keeps, and the scratch
    assert found.bytes == 48 * 48 * 16 + 2 * (96 * 96 * 8) + found.scratch_bytes == 479_232
    assert found.lower_bound == found.tensors_only == 294_912
    wider = network(UNET, "int8:int16", tmp_path).arena()
    assert wider.scratch_bytes == 8 * 96 * 96 * 8
    assert network(UNET, "fp32", tmp_path).arena().scratch_bytes == 0


def test_a_chain_by_hand():
    """The largest lies at 0; whoever is alive beside it above it; ties from the last."""
    found = [Buffer("x", 27_648, 0, 1), Buffer("a", 18_432, 1, 2), Buffer("b", 18_432, 2, 3),
             Buffer("c", 36_864, 3, 4)]  # fmt: skip
    # c at 0; x is alive with neither and lies at 0 too; then b, later than a, above c; a beside
    # x and b, where the gap between x and b is too small for it
    assert by_size(found).offsets == (0, 55_296, 36_864, 0)
    assert by_size(found).bytes == 73_728
    earlier_first = in_order(found, [3, 0, 1, 2], "")
    assert earlier_first.bytes == 64_512


def test_offsets_are_aligned():
    found = [Buffer("x", 17, 0, 1), Buffer("y", 5, 1, 1)]
    assert by_size(found).offsets == (0, 32)
    assert by_size(found).bytes == 48


@pytest.mark.exhaustive
@at_once("seed", range(60))
def test_the_best_layout_is_the_smallest(seed):
    found = some_buffers(random.Random(seed))
    smallest = min(
        in_order(found, order, "").bytes for order in itertools.permutations(range(len(found)))
    )
    best = best_layout(found)
    assert best.layout.bytes == smallest
    assert best.proof
    assert overlap(found, best.layout.offsets) is None


@pytest.mark.exhaustive
def test_the_exhaustive_search_finds_what_the_planners_miss(monkeypatch):
    """With no planner but the first, the search alone finds the smallest layouts."""
    monkeypatch.setattr(layout, "PLANNERS", ())
    searched = 0
    for seed in range(300):
        found = some_buffers(random.Random(seed), most=6)
        best = best_layout(found)
        searched += best.layout.planner == "exhaustive search"
        smallest = min(
            in_order(found, order, "").bytes for order in itertools.permutations(range(len(found)))
        )
        assert best.layout.bytes == smallest
        assert overlap(found, best.layout.offsets) is None
    assert searched > 3


def test_a_search_that_is_given_up_says_so(monkeypatch):
    found = [Buffer("x", 27_648, 0, 1), Buffer("a", 18_432, 1, 2), Buffer("b", 18_432, 2, 3),
             Buffer("c", 36_864, 3, 4)]  # fmt: skip
    monkeypatch.setattr(layout, "PLANNERS", ())
    monkeypatch.setattr(layout, "LOOKS", 1)
    assert best_layout(found).proof == ""
    monkeypatch.setattr(layout, "LOOKS", 1000)
    assert best_layout(found).layout.bytes == 55_296


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", networks(5))
def test_layouts_of_networks(name):
    net = built(name).with_execution(dtype="int8")
    found = net.arena()
    for planned in (found.planned, found.best.layout, *(p(found.buffers) for p in PLANNERS)):
        assert overlap(found.buffers, planned.offsets) is None
        assert max(alive(found.buffers)) <= planned.bytes
    assert found.best.layout.bytes <= found.bytes
    assert found.lower_bound == net.peak_memory().peak_bytes


def test_a_batch_and_an_order():
    net = load("ghostnet").with_execution(dtype="int8", batch=3)
    assert net.arena().lower_bound == 3 * net.with_execution(dtype="int8").arena().lower_bound
    assert net.arena("best").lower_bound == net.peak_memory(order="best").peak_bytes


def test_reductions_need_sums(tmp_path):
    text = (
        "name: N\ninput: [8, 8, 4]\nnetwork:\n- columns: [op, axis, k, out]\n"
        "  rows: [[conv, ~, 3x3, 6], [reduce, hw], [fc, ~, ~, 2]]\n"
    )
    found = network(text, "int8", tmp_path).arena()
    assert [(one.layer, one.bytes) for one in found.kernels if one.bytes] == [("reduce1", 4 * 6)]
    assert found.scratch[0].first == found.scratch[0].last == 2


def test_json_has_a_place_for_every_tensor(costcalc):
    line = ["memory", "mobilenet", "--alpha", "0.25", "--res", "96", "--dtype", "int8", "--arena"]
    found = json.loads(costcalc(*line, "--format", "json").out)
    assert (found["arena_bytes"], found["lower_bound_bytes"]) == (73_728, 55_296)
    assert (found["best"]["bytes"], found["best"]["proven"]) == (55_296, True)
    assert found["fragmentation"]["bytes"] == 18_432
    tensors = found["tensors"]
    assert tensors[0] == {"name": "input", "offset": 0, "bytes": 96 * 96 * 3, "first": 0, "last": 1,
                          "best_offset": tensors[0]["best_offset"]}  # fmt: skip
    assert len(tensors) == 30
    assert max(t["offset"] + t["bytes"] for t in tensors) == 73_728
    csv = costcalc(*line, "--format", "csv").out.splitlines()
    assert len(csv) == 31


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--arena", "--definition", "blocks"], "does not go with --definition blocks"),
        (["--arena", "--top", "3"], "does not go with --top"),
        (["--plot-file", "a.svg"], "it needs --arena"),
        (["--arena", "--plot-file", "a.jpeg"], "the ending must be one of"),
    ],
)
def test_options_that_mean_nothing(costcalc, options, said):
    ran = costcalc("memory", "squeezenet", *options)
    assert ran.code == 2
    assert said in ran.err


@pytest.mark.exhaustive
def test_a_picture(costcalc, tmp_path):
    path = tmp_path / "arena.svg"
    ran = costcalc("memory", "alexnet", "--dtype", "int8", "--arena", "--plot-file", str(path))
    assert ran.code == 0, ran.err
    text = path.read_text()
    found = load("alexnet").with_execution(dtype="int8").arena()
    assert text.count('aria-roledescription="rect mark"') == len(found.buffers)


def test_the_picture_in_characters(costcalc, golden, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    ran = costcalc("memory", "mobilenet", "--alpha", "0.25", "--res", "96", "--dtype", "int8",
                   "--arena")  # fmt: skip
    golden(TESTS / "golden" / "memory_mobilenet_arena.txt", ran.out)
