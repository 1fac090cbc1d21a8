"""Graphs folded: rows, blocks and repeats, and blocks where nobody names them."""

from __future__ import annotations

import pytest

import costcalc
from costcalc.drawing.box import all_boxes
from costcalc.drawing.costs import HEADS, costs
from costcalc.drawing.folding import fold
from costcalc.drawing.node import Node, all_of
from costcalc.drawing.opening import Opening, opened
from costcalc.drawing.picture import picture
from costcalc.drawing.structure import MANY, ROWS
from costcalc.errors import CostcalcError
from tests.covering import built, networks


def brief(nodes: list[Node] | tuple[Node, ...]) -> list[str]:
    return [f"{node.times}x {node.label}" if node.times > 1 else node.label for node in nodes]


def spec(tmp_path, network: str) -> costcalc.Network:
    path = tmp_path / "own.yaml"
    table = f"network:\n- columns: [op, out, k, s]\n  rows:\n{network}"
    path.write_text(f"name: own\ninput: [32, 32, 8]\n{table}")
    return costcalc.load(path)


def test_a_row_that_repeats_is_one_and_opens_to_what_differs():
    nodes = fold(built("mobilenet_v2").graph)
    assert brief(nodes)[2:5] == ["2x bottleneck2", "3x bottleneck3", "4x bottleneck4"]
    third = nodes[3]
    assert third.reveals
    assert brief(third.children) == ["bottleneck3.1", "2x bottleneck3.2–3"]
    first, others = third.children
    assert brief(first.children) == ["conv1", "dw1", "conv2"]
    assert brief(others.children) == ["conv1", "dw1", "conv2", "add1"]
    assert len(others.children[0].layers) == 2 * 3  # with normalisation and activation, of both
    assert third.output == built("mobilenet_v2").graph.layers[third.layers[-1]].output


def test_a_repeated_body_is_one_frame():
    nodes = {node.key: node for node in fold(costcalc.load("mobilenet").graph)}
    body = nodes["dw7.1…conv8.1"]
    assert (body.times, body.closable) == (5, False)
    assert brief(body.children) == ["dw7", "conv8"]


def test_equal_branches_are_one_only_where_the_same_reads_them(tmp_path):
    equal = spec(tmp_path, "  - concat: [[[conv, 8, 1x1]], [[conv, 8, 1x1]]]\n")
    assert brief(fold(equal.graph)) == ["2x conv1", "concat1"]
    tapped = spec(tmp_path, "  - concat: [[[conv, 8, 1x1]], [[conv, 8, 1x1], [conv, 8, 3x3]]]\n")
    assert brief(fold(tapped.graph)) == ["conv1", "conv2", "conv3", "concat1"]


def test_a_round_reads_what_is_its_own(tmp_path):
    """What the next round reads of this one is no edge within either."""
    rows = "".join(f"    - [conv, 8, {k}]\n" for k in ("3x3", "1x1", "5x5"))
    network = spec(tmp_path, f"  - 4x:\n{rows}")
    layers = network.layers
    for third in range(5, 12, 3):  # behind the one before it, it reads the first of the last round
        layers[third] = layers[third]._replace(inputs=(third - 1, third - 5))
    nodes = fold(network.graph)
    assert [node.times for node in nodes] == [1, 1, 1, 3]
    boxes, edges = opened(network.graph, nodes, Opening())
    first, second, third = (box.key for box in boxes[-1].inside)
    inside = {(e.source, e.target) for e in edges if e.source in (first, second, third)}
    assert inside == {(first, second), (second, third)}
    assert (boxes[1].key, third) in {(e.source, e.target) for e in edges}


def test_what_is_read_from_outside_of_a_repeat_stays_by_itself(tmp_path):
    network = spec(
        tmp_path,
        "  - [conv, 8, 3x3, {n: 4, name: c}]\n  - add: [c, c.2]\n",
    )
    labels = brief(fold(network.graph)[0].children)
    assert "4x" not in " ".join(labels)


def test_a_model_file_without_blocks_has_them_by_its_structure(chain_of_blocks):
    nodes = fold(chain_of_blocks.graph)
    assert len(nodes) <= MANY
    assert any(node.times > 5 and node.children for node in nodes)


@pytest.fixture
def chain_of_blocks(tmp_path):
    rows = ["  - [conv, 8, 3x3]\n"]
    for number in range(60):
        rows.append("  - add: [[[conv, 8, 3x3], [relu], [conv, 8, 3x3]], []]\n")
        if number == 30:
            rows.append("  - [maxpool, ~, 2x2, 2]\n")
    return spec(tmp_path, "".join(rows))


@pytest.mark.parametrize("name", networks(0))
def test_every_layer_is_in_one_box_however_far_it_is_opened(name):
    network = built(name)
    graph = network.graph
    for together in (True, False):
        nodes = fold(graph, together)
        assert len({node.key for node in all_of(nodes)}) == len(list(all_of(nodes)))
        assert len(nodes) <= ROWS
        for node in all_of(nodes):
            if node.children:
                inside = sorted(index for child in node.children for index in child.layers)
                assert inside == sorted(node.layers), node.key
    for opening in (Opening(), Opening(2), Opening(99), Opening(steps=True)):
        nodes = fold(graph, not opening.steps)
        boxes, edges = opened(graph, nodes, opening)
        leaves = [box for box in all_boxes(boxes) if not box.inside]
        layers = [index for box in leaves for index in box.layers]
        assert sorted(layers) == list(range(len(graph.layers)))
        order = {box.key: number for number, box in enumerate(leaves)}
        assert all(order[edge.source] < order[edge.target] for edge in edges)
        ends = {edge.target for edge in edges} | {box.key for box in leaves if box.kind == "input"}
        assert ends == set(order)  # nothing stands alone
    assert len(leaves) >= len(graph.layers)  # every step: layer by layer


@pytest.mark.parametrize("name", networks(1))
def test_every_network_is_laid_out(name):
    network = built(name)
    made = picture(network, costs(network), Opening(2))
    boxes = [box for box in all_boxes(made.boxes) if not box.inside]
    assert sum(made.costs.of(box.layers) for box in boxes) == network.mult_adds
    assert made.width > 0
    assert len(made.wires) >= len(made.edges)


def test_what_is_named_is_opened_and_nothing_else():
    network = built("mobilenet_v2")
    made = picture(network, costs(network), Opening(named=("bottleneck3.2",)))
    frames = [box.label for box in all_boxes(made.boxes) if box.inside]
    assert frames == ["bottleneck3", "bottleneck3.2–3"]
    made = picture(network, costs(network), Opening(named=("bottleneck7",)))
    assert [box.label for box in all_boxes(made.boxes) if box.inside] == ["bottleneck7"]


def test_a_name_that_is_none_is_said_with_the_nearest():
    network = built("mobilenet_v2")
    with pytest.raises(CostcalcError, match=r"no row or block 'botleneck3'\n.*'bottleneck3'"):
        picture(network, costs(network), Opening(named=("botleneck3",)))


@pytest.mark.parametrize("by", [by for by in HEADS if by not in ("cost", "time")])
def test_costs_of_layers_are_those_of_the_network(by):
    network = built("shufflenet_v2").with_execution(dtype="int8:fp16", batch=2)
    found = costs(network, by)
    assert sum(found.of_layers) == found.total
    whole = network.memory_access_bytes if by == "bytes" else getattr(network.totals, by)
    assert found.total == whole


def test_a_convention_has_a_cost_and_a_device_times():
    network = costcalc.load("mobilenet_v2", convention="thop")
    assert costs(network, "cost").total == network.counted.cost
    found = costs(built("mobilenet_v2"), "time", "pixel_1")
    predicted = costcalc.time("mobilenet_v2", device="pixel_1").milliseconds
    assert found.total == pytest.approx(predicted)


@pytest.mark.parametrize(
    ("by", "device", "said"),
    [
        ("speed", None, "no picture is by 'speed'"),
        ("time", None, "needs --device"),
        ("params", "pixel_1", "not for --by params"),
        ("cost", None, "needs --convention"),
    ],
)
def test_a_cost_that_is_none_is_said(by, device, said):
    with pytest.raises(CostcalcError, match=said):
        costs(built("mobilenet_v2"), by, device)
