"""Steps that only some configurations have are counted with the others, exactly."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import costcalc
from costcalc.conventions.reading import load_convention
from costcalc.cost.totals import METRICS
from costcalc.hardware.devices import load_device
from costcalc.hardware.timing import predict
from costcalc.sweeps import costs as counting
from costcalc.sweeps import structures as splitting
from costcalc.sweeps.points import points
from tests.covering import mostly

HEAD = """
hyperparameters:
  a: 1
  b: 1
  n: {default: 1, min: 0}
  res: 16
input: [res, res, 8]
blocks:
  told:
    args: [out, on]
    columns: [op, k, out, s, when]
    rows:
    - [conv, 3x3, out]
    - [reorder, {when: on}]
    - [conv, 1x1, out]
network:
- columns: [op, k, out, s, when, n, on]
  rows:
"""
BODIES = """
one: a convolution before one
- [conv, 3x3, c, 1, a > 1]
- [conv, 3x3, 8]

one: a pad
- [zero_pad, -, -, -, h % 2 > 0, {pad: [0, 0, h % 2, w % 2]}]
- [conv, 3x3, 8, 2]

one: a pad, and what is cropped
- [zero_pad, -, -, -, h % 2 > 0, {pad: [0, 0, h % 2, w % 2]}]
- [conv, 3x3, 8]
- [crop, {size: [h - 1, w], when: h > 8}]

one: two that stand for one another
- [reorder, {when: a > 1}]
- [reorder, {when: h > 8}]
- [conv, 1x1, 8]

one: before a normalisation that rides on a convolution
- [conv, 1x1, 8]
- [reorder, {when: a > 1}]
- [reorder, {when: h > 8}]
- [layer_norm]
- [relu]
- [conv, 1x1, 8]

several: before one that is folded into a convolution
- [conv, 1x1, 8]
- [reorder, {when: a > 1}]
- [batch_norm]

one: an activation
- [conv, 3x3, 8]
- [relu, {when: a > 1}]
- [conv, 1x1, 4]

one: an activation that rides on it, or on nothing
- [dropout]
- [conv, 3x3, 8, 1, a > 1]
- [relu]

one: a view
- [conv, 3x3, 8]
- [dropout, {when: a > 1}]
- [conv, 1x1, 4]

one: a shortcut
- add: [[[conv, 3x3, 8], [conv, 3x3, 8]], {when: "h % 2 == 0", rows: []}]
- [conv, 1x1, 4]

one: a shortcut that comes first
- add: [{when: "h % 2 == 0", rows: []}, [[conv, 3x3, 8]]]
- [conv, 1x1, 4]

one: a shortcut with layers
- add: [[[conv, 3x3, 8]], {when: "h % 2 == 0", rows: [[conv, 1x1, 8]]}]
- [conv, 1x1, 4]

one: a branch that waits for a larger one
- add: [{when: "h % 2 == 0", rows: [[conv, 1x1, 8]]}, [[conv, 3x3, 64], [conv, 3x3, 8]]]
- [conv, 1x1, 4]

several: one of three branches
- add: [{when: "h % 2 == 0", rows: [[conv, 1x1, 8]]}, [[conv, 3x3, 8]], []]
- [conv, 1x1, 4]

one: a layer in a branch
- add: [[], [[conv, 3x3, 8], [conv, 1x1, 8, 1, a > 1]]]
- [conv, 1x1, 4]

one: a whole join
- {add: [[], [[conv, 3x3, 8]]], when: a > 1}
- [conv, 1x1, 4]

one: a repeat
- [conv, 3x3, 8, 1, a > 1, 2]
- [conv, 1x1, 4]

one: a repeat of which some have more
- [conv, 3x3, 8, 1, a > 1, n + 1]
- [conv, 1x1, 4]

one: in a repeat of which some have more
- n + 1 x: [[conv, 3x3, 8], [reorder, {when: a > 1}], [conv, 1x1, 8]]
- [conv, 1x1, 4]

several: at the end of one
- n + 1 x: [[conv, 3x3, 8], [reorder, {when: a > 1}]]
- [conv, 1x1, 4]

one: one in another
- {add: [[], [[conv, 3x3, 8], [reorder, {when: h > 8}], [conv, 3x3, 8]]], when: a > 1}
- [conv, 1x1, 4]

one: one that is never in another
- {add: [[], [[conv, 3x3, 8], [reorder, {when: a == 1}]]], when: a > 1}
- [conv, 1x1, 4]

several: a width that would be of two axes
- [conv, 3x3, 2 * c, 1, h > 8]
- [conv, 1x1, 4 * b]
- [conv, 1x1, c + b, 1, h > 8]

one: what a block is told
- [told, -, 8, -, -, -, h % 2 == 0 and a > 1]

one: a division where it is not by zero
- [conv, 3x3, 8, 1, a > 1 and 8 / (a - 1) > 4]
- [conv, 1x1, 4]

one: one or the other
- [conv, 3x3, 8, 1, a > 2 or not h > 8]
- [conv, 1x1, 4]

several: a name that some have
- {op: conv, k: 3x3, out: 8, name: p, when: a > 1}
- [conv, 1x1, 8]
- {op: conv, k: 1x1, out: 4, from: p}

several: names that are numbers of rows
- [conv, 3x3, 8, 1, a > 1]
- [conv, 3x3, 8]
- [relu]
- add: [{from: conv2}, []]

one: no network where it is
- [conv, 3x3, 8 - 4 * a, 1, a > 1]
- [conv, 3x3, 8]

several: an error where it is not
- {op: conv, k: 3x3, out: 8, name: p}
- {op: conv, k: 3x3, out: 8, from: p, when: a > 1}
- {op: conv, k: 3x3, out: 8, from: p, when: b > 1}

several: all there is
- [conv, 3x3, 8, 1, a > 1]

several: all that is no view
- [dropout]
- [conv, 3x3, 8, 1, a > 1]

several: whose weights others use
- {op: conv, k: 3x3, out: 8, name: p, when: a > 1}
- {op: conv, k: 3x3, out: 8, shares: p}

one: none, but a size that is repeated along its axis where it is 1
- add: [[], [{op: maxpool, k: 5x5, s: 9, pad: valid}]]
- [conv, 1x1, 8]
"""
SPECS = {
    head.partition(": ")[2]: (head.startswith("one"), rows.splitlines())
    for head, _, rows in (body.partition("\n") for body in BODIES.strip().split("\n\n"))
}
"""Rows by what some have of them, and whether they are one structure."""


AXES = {"a": [1, 2, 3], "b": [1, 2], "n": [0, 1, 3], "res": [7, 8, 9, 12, 16, 17]}
CHOICES = list(itertools.product(*AXES.values()))
TOOLS = ("onnx-tool", "thop")


def require_agreement(path):
    """All points in a grid and row by row, against each network by itself."""
    columns = dict(zip(AXES, map(list, zip(*CHOICES, strict=True)), strict=True))
    device = load_device("i9_10940x").timing_of()
    metrics = [*METRICS, "peak_memory"]
    found = points(path, metrics=metrics, **columns)
    grid = costcalc.sweep(path, metrics=metrics, **AXES)
    for metric in metrics:
        assert (grid[metric].reshape(-1) == found[metric]).all(), metric
    tools = {
        tool: points(path, metrics=["params", "cost"], convention=tool, **columns) for tool in TOOLS
    }
    timed = points(path, metrics=["time"], device="i9_10940x", **columns)["time"]
    for row, chosen in enumerate(CHOICES):
        if sum(np.unravel_index(row, [*map(len, AXES.values())])) % 2:
            continue  # in half of them any two values meet
        try:
            net = costcalc.load(path, **dict(zip(AXES, chosen, strict=True)))
        except costcalc.CostcalcError:
            assert not found.valid[row], chosen
            continue
        assert found.valid[row], chosen
        assert [found[metric][row] for metric in METRICS] == list(net.totals), chosen
        assert found["peak_memory"][row] == net.peak_memory().peak, chosen
        for tool in TOOLS:
            under = net.count(load_convention(tool))
            counted = tools[tool]["params"][row], tools[tool]["cost"][row]
            assert counted == (under.params, under.cost), (tool, chosen)
        assert timed[row] == predict(net, device).milliseconds, chosen


@pytest.mark.parametrize("body", mostly([*SPECS][::8], [*SPECS]))
def test_every_point_agrees_with_the_network_by_itself(body, tmp_path, monkeypatch):
    counted = []

    def count(spec, fixed, *rest):
        counted.append(fixed)
        return counting.count(spec, fixed, *rest)

    monkeypatch.setattr(splitting, "count", count)
    is_one, rows = SPECS[body]
    path = tmp_path / "spec.yaml"
    path.write_text(HEAD + "".join(f"  {row}\n" for row in rows))
    require_agreement(str(path))
    measures = 5  # rows and a grid of all metrics, rows of two tools' and of times
    assert (len(counted) == measures) == is_one, len(counted)
