"""Calls of blocks that are alike are built once, and nobody sees it: as if each had been built."""

from __future__ import annotations

import gc
import itertools

import pytest

import costcalc
from costcalc.errors import SpecError
from costcalc.graph import build, building, calling
from costcalc.graph.calls import Calls
from costcalc.language import limits
from costcalc.language.settings import complete
from costcalc.library import load_spec
from tests.covering import built, networks

EVERYTHING = """
name: everything that decides what becomes of a call
hyperparameters: {wide: 8, bias: false, kind: {default: a, choices: [a, b]}}
input: [16, 16, 8]
outputs: [last, fewer, skip1, skip2, b.2/inner1/point, b/inner2, unit2.2, sees2, lists2]
blocks:
  inner:
    args: [out]
    columns: [name, op, k, out]
    rows: [[point, conv, 1x1, out], [-, conv, 1x1, c, {shares: point}]]
  unit:
    args: [out]
    columns: [op, k, out]
    rows: [[conv, 1x1, out], [inner, ~, out], [inner, ~, out], [relu]]
  sees: {columns: [op, k, out], rows: [[conv, 1x1, c, {bias: bias}], [chosen]]}
  chosen: {columns: [op, k(kind=a), k(kind=b), out], rows: [[conv, 1x1, 3x3, c]]}
  counted: {columns: [op, k, out], rows: [[conv, 3x3, 4 * i]]}
  lists: {columns: [op, k, out], rows: [[conv, [i, wide], c]]}
  counts_inside: {columns: [op], rows: [[counted]]}
  skip: {args: [a, b], rows: [add: [[], a, b]]}
  stops:
    args: [depth]
    columns: [op, depth, k, out, when]
    rows: [[conv, ~, 3x3, 8], [stops, depth - 1, ~, ~, depth > 1]]
network:
- columns: [name, op, out, n]
  rows:
  - [b, unit, wide, 3]
  - {op: unit, out: 8}
  - [owner, unit, 8]
  - [user, unit, 8, ~, {shares: owner}]              # what is shared is no owner's
  - [again, unit, 8]
  - [fewer, unit, 8, ~, {bits: 4bit, keep: 50%}]
  - {op: skip, from: again, a: owner, b: owner}
  - {op: skip, from: again, a: owner, b: user}       # the same shapes, of other layers
  - {op: skip, from: owner, a: again, b: user}
  - {op: counted, n: 3}
  - {op: counts_inside, n: 4}
  - {op: stops, depth: 2}
  - {op: stops, depth: 3}
  - {op: stops, depth: 2}
  - 2x: [{op: unit, out: 8}, {op: unit, out: 16}, {op: unit, out: 8}]
  - {op: sees}
  - {op: sees}
  - {op: lists, n: 2}
  - {op: lists, n: 3}
  - {name: last, from: b.2/relu1, op: relu}
"""


@pytest.fixture
def apart(monkeypatch):
    """No call is known: each is built by itself."""

    def switch():
        monkeypatch.setattr(Calls, "find", lambda self, key: None)

    return switch


def content(graph):
    """All that a graph says, whoever made its layers."""
    layers = [list(layer) for layer in graph.layers]
    rows = [(r.name, r.layers, r.times, r.input, r.output) for r in graph.rows]
    return layers, rows, graph.inputs, graph.outputs


def test_every_part_of_the_key_decides(tmp_path, apart):
    path = tmp_path / "net.yaml"
    path.write_text(EVERYTHING)
    together = content(costcalc.load(path).graph)
    apart()
    assert content(costcalc.load(path).graph) == together


def test_a_list_that_counts_repeats_is_of_each_of_them(tmp_path):
    """Windows of 1x1, 1x2 and 1x3 over 4 channels: 4 x 4 weights for each of their elements."""
    path = tmp_path / "net.yaml"
    block = "{columns: [op, k, out], rows: [[conv, [1, i], 4]]}"
    table = "{columns: [op], rows: [{3x: [[grows]]}]}"
    path.write_text(f"input: [8, 8, 4]\nblocks: {{grows: {block}}}\nnetwork: [{table}]\n")
    assert [layer.weights for layer in costcalc.load(path).layers] == [16, 32, 48]


def test_networks_of_a_spec_have_calls_in_common(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(EVERYTHING)
    spec = load_spec(path)
    calls = Calls(spec)
    choices = itertools.product((8, 4, 8), (False, True), "ab")
    for wide, bias, kind in choices:
        settings = {"wide": wide, "bias": bias, "kind": kind}
        assert content(build.build(spec, settings, calls=calls)) == content(
            build.build(spec, settings)
        )


@pytest.mark.parametrize("name", networks(3))
def test_built_in_networks_are_the_same(name, apart):
    together = content(built(name)._built)
    apart()
    spec = load_spec(name)
    assert content(build.build(spec, complete(spec, {}))) == together


def test_what_is_alike_is_built_once(monkeypatch):
    counted = []
    original = calling.BlockCalls._built

    def counting(self, row, block, x, inside, body):
        counted.append(block.name)
        return original(self, row, block, x, inside, body)

    monkeypatch.setattr(calling.BlockCalls, "_built", counting)
    spec = load_spec("resnet_cifar")
    graph = build.build(spec, complete(spec, {"depth": 110}))
    assert len(graph.layers) > 300
    assert len(counted) < 20


def test_what_was_built_goes_with_its_network():
    """At once: whoever builds many has the memory of one, until somebody looks for cycles."""
    spec = load_spec("resnet_cifar")
    gc.collect()
    gc.disable()
    try:
        build.build(spec, complete(spec, {"depth": 20}))
        assert not [left for left in gc.get_objects() if isinstance(left, building.Building)]
    finally:
        gc.enable()


DEEP = """
input: [8, 8, 4]
blocks:
  unit: {columns: [op, k, out, n], rows: [[conv, 3x3, 4, 10]]}
  nested:
    args: [depth]
    columns: [op, depth, when]
    rows: [[unit], [nested, depth - 1, depth > 1]]
  followed: {columns: [op, k, out, norm, act], rows: [[conv, 3x3, 4, batch, relu], [conv, 3x3, 4]]}
  within: {args: [depth], columns: [op, depth], rows: [[nested, depth]]}
  around: {args: [depth], columns: [op, depth], rows: [[within, depth]]}
network:
- columns: [op, n, depth]
  rows:
"""


@pytest.mark.parametrize(
    ("rows", "limit"),
    [
        ("  - [unit, 40]\n", ("LAYERS", 200)),
        ("  - [followed, 40]\n", ("LAYERS", 100)),
        ("  - [nested, 1, 9]\n  - [nested, 1, 9]\n  - 3x: [[nested, 1, 9]]\n", ("LAYERS", 300)),
        ("  - [nested, 1, 3]\n  - [within, 1, 3]\n", ("BLOCK_DEPTH", 4)),
        ("  - [nested, 1, 3]\n  - [within, 1, 3]\n  - [around, 1, 3]\n", ("BLOCK_DEPTH", 5)),
    ],
)
def test_limits_are_where_they_were(rows, limit, tmp_path, monkeypatch, apart):
    path = tmp_path / "net.yaml"
    path.write_text(DEEP + rows)
    monkeypatch.setattr(limits, *limit)
    messages = []
    for switch in (lambda: None, apart):
        switch()
        with pytest.raises(SpecError) as caught:
            costcalc.load(path)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    assert "the limit" in messages[0]
