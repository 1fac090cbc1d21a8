"""Conventions are data: complete, exact, additive, and bridged term by term."""

from __future__ import annotations

import itertools
import json

import pytest

import costcalc
from costcalc import load
from costcalc.conventions.bridge import between, to_figure
from costcalc.conventions.counting import apply
from costcalc.conventions.facts import FACTS, facts_of
from costcalc.conventions.reading import load_convention, names
from costcalc.errors import CostcalcError
from costcalc.language import find
from costcalc.library import load_spec
from costcalc.network import Network
from costcalc.numbers import dimensions
from tests.covering import FEW, at_once, built, mostly, networks

NETWORKS = mostly(
    ["mobilenet_v2", "shufflenet_v2"], ["resnet", "densenet", "squeezenet", "convnext"]
)


@pytest.mark.parametrize(
    ("network", "conventions"),
    mostly(
        [(network, tuple(names())) for network in FEW],
        [(n, (c,)) for n, c in zip(find.names()[::4], itertools.cycle(names())) if n not in FEW],
    ),
)
def test_layers_add_up(network, conventions):
    for convention in conventions:
        try:
            counted = built(network).count(load_convention(convention))
        except CostcalcError as error:
            assert convention == "onnx-tool"
            assert any(op in str(error) for op in ("lrn", "rms_norm", "regions"))
        else:
            add_up(counted, network)


def add_up(counted, network):
    assert sum(cost.params for cost in counted.layers) + counted.once == counted.params
    for figure, value in counted.figures.items():
        assert sum(cost.figures[figure] for cost in counted.layers) == value
        assert value == int(value)
    assert counted.total.mult_adds == built(network).mult_adds  # the facts stay beside


@pytest.mark.parametrize("network", networks(5))
def test_paper_is_the_networks_own(network):
    plain, paper = built(network), built(network).count(load_convention("paper"))
    assert paper.params == plain.params
    assert paper.total.cost == plain.mult_adds
    assert paper.total[:6] == plain.totals


@pytest.mark.parametrize("network", NETWORKS)
@at_once("convention", names())
def test_terms_add_up_to_the_figure(network, convention):
    net = built(network)
    counted = net.count(load_convention(convention))
    for figure in counted.convention.figures:
        bridge = to_figure(counted, figure)
        assert bridge.start == net.mult_adds
        assert bridge.start + sum(term.difference for term in bridge.terms) == bridge.end
        assert bridge.end == counted.figures[figure]


@pytest.mark.parametrize("network", NETWORKS)
def test_every_bridge_adds_up(network):
    net = built(network)
    counts = [net.count(load_convention(name)) for name in names()]
    for first in counts:
        for second in counts:
            if first.cost is None or second.cost is None:
                continue
            bridge = between(first, second)
            assert (bridge.start, bridge.end) == (first.cost, second.cost)
            assert bridge.start + sum(term.difference for term in bridge.terms) == bridge.end
            if first is second:
                assert bridge.terms == ()


@pytest.mark.parametrize("network", FEW)
def test_every_layer_has_every_fact(network):
    net = built(network)
    for facts in facts_of(net.graph, net.spec.counts):
        assert facts.keys() == FACTS.keys()
        assert all(dimensions.is_whole(value) for value in facts.values())


def test_a_users_own_convention(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("""
figures: {energy: picojoules}
params: weights
otherwise: zero
rules:
- {op: [conv, dw, fc], energy: 4 * mult_adds + 640 * (in + out + weights)}
- {op: gpool, form: functional, energy: in}
- {op: gpool, energy: 7 * in}
""")
    net = costcalc.load("mobilenet", convention=str(path))
    weighted = [layer for layer in net.layers if layer.operator.weighted]
    moved = sum(layer.input.size + layer.output.size + layer.weights for layer in weighted)
    assert net.totals.cost == 4 * net.mult_adds + 640 * moved + 7 * 7 * 7 * 1024
    assert net.unit == "picojoules"
    functional = costcalc.load("mobilenet_v2")
    counted = apply(load_convention(str(path)), functional.graph, ("weights",))
    (gpool,) = (cost for cost in counted.layers if cost.layer.op == "gpool")
    assert gpool.figures["energy"] == 7 * 7 * 1280  # written as a function there


def test_what_starts_equal_is_stored_once():
    """VGG's biases start as zeros, AlexNet's do not: an exporter keeps one of equal vectors."""
    vgg = costcalc.load("vgg", convention="onnx-tool", reading="torchvision")
    assert vgg.params == vgg.weights + sum({64, 128, 256, 512, 4096, 1000})
    alexnet = costcalc.load("alexnet", convention="onnx-tool", reading="torchvision")
    assert alexnet.params == alexnet.weights + alexnet.biases


def test_command_line(costcalc):
    got = json.loads(costcalc("mobilenet_v2", "--convention", "thop", "--format", "json").out)
    assert got["convention"] == "thop"
    assert got["totals"]["cost"] == 327_486_720
    assert got["totals"]["unit"] == "multiply-adds"
    assert got["totals"]["params"] == 3_504_872
    assert got["totals"]["mult_adds"] == 300_774_272
    assert sum(layer["cost"] for layer in got["layers"]) == 327_486_720
    header = costcalc("mobilenet_v2", "--convention", "thop").out.splitlines()[3]
    assert header.startswith("convention thop 0.1.1.post2209072238: ")
    compared = costcalc("compare", "mobilenet_v2", "resnet", "--convention", "fvcore", "--format",
                        "json").out  # fmt: skip
    assert [m["convention"] for m in json.loads(compared)["models"]] == ["fvcore", "fvcore"]
    assert "keras" in costcalc("list", "--task", "keywords", "--convention", "keras").out
    layer = costcalc("explain", "mobilenet_v2", "--layer", "conv1", "--convention", "fvcore").out
    assert "in * (1 + affine)" in layer
    assert "401408 * (1 + 1)" in layer


@pytest.mark.exhaustive
def test_reconcile_with_chosen_conventions(costcalc, tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text(
        "params: weights\notherwise: zero\nfigures: {ops: operations}\n"
        "rules:\n- {op: conv, ops: mult_adds}\n"
    )
    command = ["reconcile", "mobilenet_v2", "--convention", str(own)]
    got = json.loads(costcalc(*command, "--convention", "thop", "--format", "json").out)
    assert [c["convention"] for c in got["conventions"]] == ["paper", "own", "thop"]
    number = got["conventions"][1]["figures"]["ops"]["value"]
    assert "own" in costcalc(*command, "--number", str(number)).out
    assert costcalc(*command, "--number", "327.5M").code == 1  # thop's, which is not compared
    ran = costcalc(*command, "--from", "fvcore", "--to", "thop")
    assert ran.code == 2
    assert "leave out --convention" in ran.err


def test_what_a_tool_refuses_is_said(costcalc):
    """onnx-tool cannot read local response normalisation: no number, and no zero for one."""
    ran = costcalc("reconcile", "alexnet", "--format", "json")
    got = json.loads(ran.out)
    assert [c["convention"] for c in got["conventions"]] == [n for n in names() if n != "onnx-tool"]
    (refused,) = got["refused"]
    assert refused["convention"] == "onnx-tool"
    assert "lrn" in refused["why"]
    assert refused["why"] in costcalc("reconcile", "alexnet").out
    asked = costcalc("reconcile", "alexnet", "--convention", "onnx-tool")
    assert asked.code == 2
    assert refused["why"] in asked.err


def test_reconcile_refuses_what_is_no_number(costcalc):
    assert costcalc("reconcile", "mobilenet_v2", "--number", "327.49 MMac").code == 0
    for number, message in (("many", "is no number"), ("9" * 5000, "5,000 characters")):
        ran = costcalc("reconcile", "mobilenet_v2", "--number", number)
        assert ran.code == 2
        assert message in ran.err


def test_reconcile(costcalc):
    bridge = json.loads(costcalc("reconcile", "mobilenet_v2", "--from", "fvcore", "--to", "thop",
                                 "--format", "json").out)  # fmt: skip
    assert bridge["from"]["value"] == 314_193_216
    assert bridge["to"]["value"] == 327_486_720
    total = sum(term["difference"] for term in bridge["terms"])
    assert bridge["from"]["value"] + total == bridge["to"]["value"]
    found = costcalc("reconcile", "mobilenet_v2", "--number", "327.5M")
    assert found.code == 0
    assert "thop" in found.out
    everything = json.loads(costcalc("reconcile", "mobilenet_v2", "--format", "json").out)
    assert [c["convention"] for c in everything["conventions"]] == names()
    thop = next(c for c in everything["conventions"] if c["convention"] == "thop")
    terms = thop["figures"]["macs"]["terms"]
    assert [(term["difference"], term["operators"]) for term in terms] == [
        (26_712_448, ["batch_norm"])
    ]


def test_an_implementation_may_be_told(costcalc):
    """A mean in place of a pooling module; what a reference says goes before the option."""
    command = ["reconcile", "mobilenet_v2", "--format", "json", "--implementation", "gpool=module"]
    chosen = ["--convention", "fvcore", "--convention", "fvcore:gpool=mean"]
    found = json.loads(costcalc(*command, *chosen).out)["conventions"]
    values = {c["convention"]: c["figures"].popitem()[1]["value"] for c in found[1:]}
    assert set(values) == {"fvcore", "fvcore:gpool=mean"}
    net = load("mobilenet_v2", convention="fvcore:gpool=mean")
    flops = {name: load("mobilenet_v2", convention=name).totals.cost for name in
             ("fvcore:gpool=mean", "fvcore:gpool=module")}  # fmt: skip
    assert flops["fvcore:gpool=module"] - flops["fvcore:gpool=mean"] == 7 * 7 * 1280
    assert net.convention == "fvcore:gpool=mean"


def test_classes_of_ones_own_have_no_hook():
    """thop sees neither them nor their parameters; ptflops' hooks not the work."""
    plain = load("mobilenet_v2")
    thop = load("mobilenet_v2", convention="thop:batch_norm=custom")
    assert thop.params == plain.weights + plain.biases
    ptflops = load("mobilenet_v2", convention="ptflops:fc=custom")
    assert ptflops.params == plain.weights + plain.biases + plain.norm
    hooked = load("mobilenet_v2", convention="ptflops").totals.cost
    assert hooked - ptflops.totals.cost == 1280 * 1000 + 1000


def test_what_has_no_rule_costs_what_otherwise_states(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("""
figures: {moved: elements}
params: weights
otherwise: {moved: in + out / 2}
rules:
- {op: [conv, dw, fc], moved: mult_adds / (kernel + 1)}
""")
    net = costcalc.load("mobilenet")
    for layer, cost in zip(net.layers, net.count(load_convention(str(path))).layers, strict=True):
        if layer.op == "gpool":
            assert cost.figures["moved"] == layer.input.size + layer.output.size // 2


def test_a_rule_may_divide_by_what_only_a_layer_knows(tmp_path):
    """`kernel - 1` is nothing for a fact of one, and something for the layers that are ruled."""
    path = tmp_path / "mine.yaml"
    path.write_text("""
figures: {macs: MACs}
params: weights
otherwise: zero
rules:
- {op: dw, macs: mult_adds / (kernel - 1)}
""")
    assert costcalc.load("mobilenet", convention=str(path)).totals.cost * 8 == sum(
        layer.mult_adds for layer in costcalc.load("mobilenet").layers if layer.op == "dw"
    )


def test_parts_of_one_are_shown_where_they_add_up(tmp_path, costcalc):
    path = tmp_path / "half.yaml"
    path.write_text("""
figures: {macs: MACs}
params: weights
otherwise: zero
rules:
- {op: conv, macs: 1 / 2}
""")
    (tmp_path / "net.yaml").write_text("""
input: [8, 8, 3]
network: [{columns: [op, k, out], rows: [[conv, 3x3, 8], [conv, 3x3, 8]]}]
""")
    net = str(tmp_path / "net.yaml")
    for command in (["--format", "json"], ["--format", "csv"], []):
        assert costcalc(net, "--convention", str(path), *command).code == 0
    assert "0.5" in costcalc(net, "--convention", str(path)).out
    bridge = to_figure(Network(load_spec(net), {}).count(load_convention(str(path))), "macs")
    assert bridge.start + sum(term.difference for term in bridge.terms) == bridge.end == 1


def test_conventions_of_large_networks(costcalc):
    """Facts have no limit: a network's billions times two are still exact."""
    assert costcalc("reconcile", "vgg", "--res", "4480").code == 0


def test_a_claim_may_be_a_tools_number(tmp_path, costcalc):
    path = tmp_path / "net.yaml"
    path.write_text("""
input: [8, 8, 3]
defaults: {conv: {norm: batch, act: relu}}
network: [{columns: [op, k, out], rows: [[conv, 3x3, 8]]}]
claims:
- table: a profiler's output
  columns: [convention, params, cost]
  rows:
  - [thop,  232, "15,872"]
  - [keras, 248, -]
- {where: a file, quantity: size, convention: keras, printed: 992}
- {where: a table, quantity: layers, convention: keras, printed: 1}
- where: a text
  quantity: ratio
  let: {a: {quantity: mult_adds}}
  is: 10000000000 * a
  printed: 138240000000000
""")
    assert costcalc("check", str(path)).code == 0


def test_a_convention_costs_nothing_unless_asked_for():
    import subprocess
    import sys

    code = ("import sys, costcalc\ncostcalc.load('mobilenet').params\n"
            "print([m for m in sys.modules if m.startswith('costcalc.conventions')])")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_check_under_another_convention(costcalc):
    """MobileNet's 4.2 M are its weights; with biases and normalisation they still print as 4.2."""
    assert costcalc("check", "mobilenet", "--convention", "paper").code == 0
    framework = costcalc("check", "resnext", "--convention", "keras")
    assert "convention keras" in framework.out
    shares = json.loads(costcalc("check", "mobilenet", "--convention", "framework", "--format",
                                 "json").out)["claims"]  # fmt: skip
    line = next(c for c in shares if c["printed"] == "74.59%")
    assert line["verdict"] == "mismatch"  # only weights give Table 2's shares


@pytest.mark.parametrize(
    ("network", "convention", "assumed"),
    [
        ("vit", "onnx-tool", ["biases=zeros", "gelu=module"]),
        ("vit", "onnx-tool:gelu=operator", ["biases=zeros"]),
        ("vit", "onnx-tool:biases=trained,gelu=module", []),
        ("squeezenet", "onnx-tool", ["biases=zeros"]),  # no GELU
        ("vit", "thop", []),
    ],
)
def test_what_a_convention_takes_for_granted_is_said(network, convention, assumed, costcalc):
    """Where the network has it, and nobody has said how it is."""
    lines = costcalc(network, "--convention", convention).out.splitlines()
    (line,) = [line for line in lines if line.startswith("convention ")]
    said = line.partition("; assuming ")[2].partition("; ")[0]
    assert said.split(", ") == assumed or (said, assumed) == ("", [])
    asked = ["reconcile", network, "--convention", convention]
    shown = costcalc(*asked).out
    found = json.loads(costcalc(*asked, "--format", "json").out)["conventions"][-1]
    assert [f"{one['of']}={one['is']}" for one in found["assumptions"]] == assumed
    for one in found["assumptions"]:
        other = f"{one['of']}={one['else']}"
        assert f"for granted: {one['why']}; else --implementation {other}" in shown
        # what it may be instead is another number, of params or of work
        told = costcalc(*asked, "--implementation", other, "--format", "json").out
        assert json.loads(told)["conventions"][-1] != found
        assert json.loads(told)["conventions"][-1]["params"] >= found["params"]


def test_a_spec_that_says_it_is_taken_at_its_word(tmp_path):
    path = tmp_path / "net.yaml"
    text = (
        "input: [8, 8, 3]\nnetwork:\n- columns: [op, k, out, bias]\n  rows: [[conv, 3, 8, true]]\n"
    )
    path.write_text(text)
    onnx = load_convention("onnx-tool")
    assert [str(one) for one in load(str(path)).count(onnx).assumed] == ["biases=zeros"]
    path.write_text(f"implementation: {{biases: zeros}}\n{text}")
    assert not load(str(path)).count(onnx).assumed


def test_plain_multiply_adds_say_what_they_are_of(costcalc):
    """Beside a tool's number they are never its own."""
    for network, words in (
        ("vit", "Mult-Adds of convolutions, fully connected and matrix products"),
        ("mobilenet", "Mult-Adds of convolutions and fully connected"),
    ):
        assert f"; {words}; memory access" in costcalc(network).out
    ran = costcalc("mobilenet", "--convention", "thop", "--format", "json")
    totals = json.loads(ran.out)["totals"]
    assert (totals["cost"], totals["unit"]) == (588_965_303, "multiply-adds")
    assert totals["mult_adds"] == 568_740_352
    for convention, words in (
        ("thop", "convention thop: cost = macs in multiply-adds; mult_adds are plain · memory"),
        ("keras", "convention keras · memory"),
    ):
        ran = costcalc("sweep", "mobilenet", "--convention", convention)
        assert words in ran.out.splitlines()[0]
