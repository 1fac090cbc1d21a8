"""Repeats that only some configurations have are counted in one structure, exactly."""

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
  n: {default: 1, min: 0, max: 4}
  m: {default: 1, min: 0, max: 4}
  k: {default: [3, 3, 3, 3], min: 1}
  g: 1
  res: 16
input: [res, res, 8]
defaults: {conv: {norm: batch}}
blocks:
  residual:
    args: [out, s]
    columns: [op, k, s, out]
    rows:
    - add:
      - {when: s == 1 and cin == out, rows: []}
      - [[conv, 1x1, s, 2 * cin], [conv, "k[i]", 1, out]]
network:
- columns: [op, n, k, out, s]
  first: [s]
  rows:
"""

ONE, SEVERAL = 1, 4  # structures that all n from 1 to 4 take
BODIES = {
    "a row": ("  - [conv, n, 3x3, 8]\n  - [relu]", ONE),
    "an activation": ("  - [conv, -, 3x3, 8]\n  - [relu, n]\n  - [relu]", ONE),
    "a normalisation alone": ("  - [conv, -, 3x3, 8]\n  - [batch_norm, n]", ONE),
    "rows": ("  - n x: [[conv, -, 3x3, 4], [relu], [conv, -, 1x1, 8]]", ONE),
    "a size of its own": ('  - [conv, n, "k[i]", 8]\n  - [conv, -, 1x1, 16]', ONE),
    "two behind each other": ("  - [conv, n, 3x3, 8]\n  - [conv, m, 5x5, 8]\n  - [relu]", ONE),
    "one in another": ("  - n x: [[conv, m, 3x3, 8], [relu]]", ONE),
    "a join behind it": ("  - [conv, n, 3x3, 8]\n  - add: [[], [[relu], [conv, -, 1x1, 8]]]", ONE),
    "the first one is another": ("  - [residual, n, -, 8, 2]\n  - [relu]", SEVERAL),
    "all but the first are alike": ("  - [residual, -, -, 8, 2]\n  - [residual, n, -, 8]", ONE),
    "in a branch": ("  - add: [[], [[conv, n, 3x3, 8]]]\n  - [relu]", ONE),
    "a block in a branch": (  # its second one is alive beside what the branch begins with
        "  - add: [[], [{n x: [{add: [[], [[conv, -, 3, 32], [conv, -, 1, 8]]]}]}]]\n  - [relu]",
        ONE,
    ),
    "in the second branch": ("  - add: [[[relu]], [[conv, n, 3x3, 8]]]\n  - [relu]", SEVERAL),
    "it widens": ("  - [conv, n, 3x3, 2 * c]\n  - [relu]", ONE),
    "it shrinks": ("  - [conv, n, 3x3, 8, {pad: valid}]\n  - [gpool]", ONE),
    "it halves": ("  - n x: [[maxpool, -, 2x2, -, 2]]\n  - [conv, -, 3x3, 8]", ONE),
    "two widen behind each other": ("  - [conv, n, 3x3, 2 * c]\n  - [conv, m, 3x3, c + 4]", ONE),
    "one widens in another": ("  - n x: [[conv, m, 3x3, c + 2], [relu]]\n  - [relu]", ONE),
    "each adds to all before": (
        "  - n x: [{concat: [[], [[conv, -, 3x3, 4 * g]]]}]\n  - [conv, -, 1x1, floor(c / 2)]",
        ONE,
    ),
    "it widens in a branch": ("  - concat: [[], [[conv, n, 3x3, c + 4]]]\n  - [relu]", ONE),
    "it widens to the end": ("  - [conv, n, 3x3, 2 * c]", ONE),
    "what widens is seen in part": (
        "  - n x: [[conv, -, 3x3, c + 4], {op: crop, size: [2, 2]}]\n  - [relu]",
        SEVERAL,
    ),
    "the first one shrinks": ("  - [conv, n, 3x3, 8, 2]", ONE),
    "a place too many": ('  - [conv, n, 3x3, "8 * k[2 * i - 1] / k[2 * i - 1]"]', SEVERAL),
    "groups that do not divide in some": ('  - [conv, n, 3x3, 8, {g: "k[i]"}]', ONE),
    "groups that divide nowhere": ("  - [conv, n, 3x3, 8, {g: g * i}]", SEVERAL),
}


@pytest.mark.parametrize("body", mostly([*BODIES][:4], [*BODIES]))
def test_every_point_agrees_with_the_network_by_itself(body, tmp_path, monkeypatch):
    text, structures = BODIES[body]
    path = tmp_path / "spec.yaml"
    path.write_text(HEAD + text + "\n")
    counted = []

    def count(spec, fixed, *rest):
        found = counting.count(spec, fixed, *rest)
        counted.append(fixed)
        return found

    monkeypatch.setattr(splitting, "count", count)
    device = load_device("i9_10940x").timing_of()
    choices = list(itertools.product(range(1, 5), range(1, 4), (1, 2, 3), (15, 16)))
    n, m, g, res = np.array(choices).T
    k = np.stack([(g + i) % 3 * 2 + 1 for i in range(4)], axis=1)
    found = points(str(path), n=n, m=m, g=g, res=res, k=k, metrics=[*METRICS, "peak_memory"])
    tool = points(
        str(path), n=n, m=m, g=g, res=res, k=k, metrics=["params", "cost"], convention="onnx-tool"
    )
    timed = points(str(path), n=n, m=m, g=g, res=res, k=k, metrics=["time"], device="i9_10940x")
    for row, (n_, m_, g_, res_) in enumerate(choices):
        if (n_ + m_ + g_ + res_) % 2:  # half of them, in which any two values meet
            continue
        try:
            net = costcalc.load(str(path), n=n_, m=m_, g=g_, res=res_, k=k[row].tolist())
        except costcalc.CostcalcError:
            assert not found.valid[row]
        else:
            assert found.valid[row]
            assert [found[metric][row] for metric in METRICS] == list(net.totals)
            assert found["peak_memory"][row] == net.peak_memory().peak
            under = net.count(load_convention("onnx-tool"))
            assert (tool["params"][row], tool["cost"][row]) == (under.params, under.cost)
            assert timed["time"][row] == predict(net, device).milliseconds
    assert len(counted) == 3 * structures


def test_no_repeat_is_another_structure(tmp_path):
    """What follows is then behind another layer."""
    path = tmp_path / "spec.yaml"
    path.write_text(HEAD + "  - [maxpool, -, 3x3, -, 1]\n  - [conv, n, 3x3, 8]\n  - [relu]\n")
    found = points(str(path), n=[0, 1, 2], metrics=METRICS)
    for n in (0, 1, 2):
        assert found["memory_access"][n] == costcalc.load(str(path), n=n).memory_access
