"""What a repeat of a block takes from the one before it."""

from __future__ import annotations

import pytest

from costcalc.errors import Source, SpecError
from costcalc.graph.build import build
from costcalc.language.grammar import parse
from costcalc.language.settings import settle
from costcalc.network import Network

BLOCKS = """\
input: [32, 32, 8]
hyperparameters: {cells: {default: 3, min: 1, max: 9}, width: {default: 8, min: 1}}
outputs: [out3, out4]
blocks:
  cell:
    args: [p4, by]
    next: {input: o3, p4: o4}
    columns: [name, from, op, k, s, out]
    rows:
    - [up, p4, upsample]
    - {name: o3, add: [input, up]}
    - [dn, o3, conv, 3x3, 2, width]
    - [by, dn, conv, by, 1, width]
    - {name: o4, add: [[], p4]}
network:
- columns: [name, from, op, k, s, out, n, p4, by]
  rows:
  - [a, ~, conv, 3x3, 1, width]
  - [b, ~, conv, 3x3, 2, width]
"""
REPEATED = f"""\
{BLOCKS}\
  - [f, a, cell, ~, ~, ~, cells, b, "2 * min(i, 2) - 1"]
  - [out3, f/o3, relu]
  - [out4, f/o4, relu]
"""


def written_out(cells):
    """The same without a repeat."""
    rows = "".join(
        f"  - [f{i}, {f'f{i - 1}/o3' if i > 1 else 'a'}, cell, ~, ~, ~, 1,"
        f" {f'f{i - 1}/o4' if i > 1 else 'b'}, {2 * min(i, 2) - 1}]\n"
        for i in range(1, cells + 1)
    )
    outputs = "".join(f"  - [out{p}, f{cells}/o{p}, relu]\n" for p in (3, 4))
    return BLOCKS + rows + outputs


def network(text, **given):
    return Network(parse(Source("net.yaml", text)), given)


@pytest.mark.parametrize("cells", [1, 2, 3, 6])
def test_it_is_what_is_written_out(cells):
    repeated, apart = network(REPEATED, cells=cells), network(written_out(cells))
    assert [layer.inputs for layer in repeated.layers] == [layer.inputs for layer in apart.layers]
    assert [layer.facts for layer in repeated.layers] == [layer.facts for layer in apart.layers]
    assert [layer.output for layer in repeated.layers] == [layer.output for layer in apart.layers]
    assert repeated.outputs == apart.outputs
    assert repeated.peak_memory().peak == apart.peak_memory().peak


def test_it_is_found_by_its_number():
    names = [layer.name for layer in network(REPEATED, cells=2).layers]
    inside = ("up", "o3", "dn", "by", "o4")
    assert names == ["a", "b", *(f"f.{i}/{n}" for i in (1, 2) for n in inside), "out3", "out4"]


def test_what_went_in_may_be_passed_on():
    """As NASNet's cells read the two before them."""
    text = (
        "input: [8, 8, 4]\nblocks:\n  cell:\n    args: [before]\n    next: {before: input}\n"
        "    rows: [{add: [[{op: conv, k: 3x3, out: 4}], before]}]\n"
        "network:\n- rows:\n  - {name: x, op: relu}\n  - {op: cell, n: 4, before: x}\n"
    )
    inputs = [layer.inputs for layer in network(text).layers]
    # x, then of each cell a convolution of the cell before it, and its sum with the one before that
    assert inputs == [(-1,), (0,), (1, 0), (2,), (3, 0), (4,), (5, 2), (6,), (7, 4)]


def test_repeats_inside_of_repeats_pass_on_their_own():
    text = (
        "input: [8, 8, 4]\nblocks:\n  cell:\n    args: [before]\n    next: {before: sum}\n"
        "    rows:\n    - {name: sum, add: [input, before]}\n    - {op: relu}\n"
        "network:\n- rows:\n  - {name: x, op: relu}\n"
        "  - 2x: [{op: cell, n: 2, before: x}, {op: tanh}]\n"
    )
    inputs = [layer.inputs for layer in network(text).layers]
    assert inputs == [(-1,), (0, 0), (1,), (2, 1), (3,), (4,), (5, 0), (6,), (7, 6), (8,), (9,)]


def test_a_sweep_counts_what_each_has(costcalc, tmp_path):
    (tmp_path / "net.yaml").write_text(REPEATED)
    swept = costcalc("sweep", "./net.yaml", "--cells", "1:5", "--width", "8,16", "--format", "csv",
                     cwd=tmp_path).out  # fmt: skip
    rows = [line.split(",")[1:] for line in swept.splitlines()[1:]]
    assert len(rows) == 10
    for cells, width, params, mult_adds, *_ in rows:
        one = network(REPEATED, cells=int(cells), width=int(width))
        assert (one.params, one.mult_adds) == (int(params), int(mult_adds))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("next: {input: o3, p4: o5}", "no tensor is named 'o5'"),
        ("next: {input: o3, p5: o4}", "unknown key 'p5' in next of cell"),
        ("next: [o3]", "next of cell must be a mapping"),
        ("next: {input: o3, p4: by/dn}", "no tensor is named 'by/dn'"),
    ],
)
def test_what_cannot_be_next(line, message):
    with pytest.raises(SpecError, match=message) as caught:
        network(REPEATED.replace("next: {input: o3, p4: o4}", line))
    assert caught.value.mark.line == 6


def test_it_is_not_looked_for_where_nothing_repeats():
    spec = parse(Source("net.yaml", REPEATED.replace("p4: o4}", "p4: o9}")))
    assert build(spec, settle(spec, {"cells": 1})).layers
