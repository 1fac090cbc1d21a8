"""Patches: what each needs against positions followed one by one, and the paper's network."""

from __future__ import annotations

import itertools
import json

import pytest

from costcalc import load
from costcalc.errors import CostcalcError
from costcalc.memory.patches import MOST, Interval, _Stages, every_patched, patched

SMALL = """\
name: Small
input: [{h}, {w}, 2]
network:
- columns: [name, from, op, k, s, out, pad, d]
  rows:
  - [a, ~, conv, 3x3, 2, 4, {pad}]
  - [b, ~, dw, 3x3, 1, ~, {pad}, {d}]
  - [c, ~, conv, 1x1, 1, 4]
  - {{name: sum, add: [b, c]}}
  - [p, ~, maxpool, 2x2, 2, ~, valid]
  - [e, ~, conv, 3x5, 1, 6, {pad}]
  - [~, ~, gpool]
  - [~, ~, fc, ~, ~, 3]
"""
PADS = ["same", "valid", "1", "[0, 1, 1, 0]"]


def small(tmp_path, h=33, w=29, pad="same", d=1):
    """A stage with strides, a dilation, a skip and windows that are not square."""
    path = tmp_path / "small.yaml"
    path.write_text(SMALL.format(h=h, w=w, pad=pad, d=d))
    return load(str(path)).graph


def positions(stages, axis, steps, output, wanted):
    """What positions of every tensor a part of the output needs, followed one by one."""
    needed = {output: set(wanted)}
    for number in reversed(range(steps)):
        step, layer = stages.plan.steps[number], stages.layers[number]
        for tensor in step.reads:
            size = int(stages.shapes[tensor][axis])
            for place in needed.get(step.writes[0], ()):
                needed.setdefault(tensor, set()).update(seen(layer, axis, size, place))
    return needed


def seen(layer, axis, size, place):
    """The positions of its input that one position of a layer's output sees."""
    if layer.op not in ("conv", "dw", "maxpool"):
        return {place}
    kernel, stride = layer.arguments["k"][axis], layer.arguments.get("s", 1)
    dilation = layer.arguments.get("d", 1)
    stride, dilation = (
        value[axis] if isinstance(value, tuple) else value for value in (stride, dilation)
    )
    pad = layer.arguments.get("pad", "same")
    before = {"valid": 0}.get(pad) if isinstance(pad, str) else pad[axis]
    if before is None:
        before = max(0, (layer.output[axis] - 1) * stride + dilation * (kernel - 1) + 1 - size) // 2
    at = [place * stride - before + dilation * tap for tap in range(kernel)]
    return {position for position in at if 0 <= position < size}


@pytest.mark.parametrize(("pad", "axis", "d"), [*itertools.product(PADS, (0, 1), (1, 2))])
def test_what_a_patch_needs_of_every_layer(tmp_path, pad, axis, d):
    """All that it needs, and no more; a dilated window may miss a border that is counted."""
    stages = _Stages(small(tmp_path, pad=pad, d=d), "separate")
    assert len(stages.cuts) > 2
    for steps, output in stages.cuts:
        size = stages.shapes[output][axis]
        for start, stop in itertools.combinations(range(size + 1), 2):
            found = stages._needs(axis, steps, output, Interval(start, stop))
            for tensor, places in positions(
                stages, axis, steps, output, range(start, stop)
            ).items():
                low, high = min(places), max(places) + 1
                if d == 1:
                    assert found[tensor] == (low, high)
                assert found[tensor].start <= low
                assert found[tensor].stop >= high


def test_what_is_computed_twice_by_hand(tmp_path):
    """Two 3x3 convolutions over 8 x 8 in 2 x 2 patches: the first one's halo is a row."""
    path = tmp_path / "two.yaml"
    path.write_text(
        "name: Two\ninput: [8, 8, 1]\nnetwork:\n- columns: [op, k, out]\n"
        "  rows: [[conv, 3x3, 5], [conv, 3x3, 2], [gpool]]\n"
    )
    found = next(one for one in _all(load(str(path)).graph, 2) if one.until.endswith("conv2"))
    # each patch of 4 x 4 needs 5 x 5 of the first convolution's output and 6 x 6 of the input
    assert found.recomputed == (4 * 5 * 5 - 8 * 8) * 9 * 5
    assert found.held == 8 * 8 * 2
    assert found.stage == found.held + max(6 * 6 + 5 * 5 * 5, 5 * 5 * 5)
    assert found.rest == 8 * 8 * 2 + 2


def _all(graph, along):
    """Every stage in so many patches."""
    stages = _Stages(graph, "separate")
    return [stages._patched(along, *cut) for cut in stages.cuts]


def test_the_best_stage_is_the_best_of_all(tmp_path):
    for graph in (small(tmp_path), load("mobilenet", alpha=0.25, res=96).graph):
        for along in (1, 2, 3):
            found = patched(graph, "separate", along)
            every = [one for one in _all(graph, along) if one.held]
            assert found.peak == min(one.peak for one in every)


def test_mobilenet_v2_of_the_paper():
    """1372 kB whole; in 4 x 4 patches the layers after them decide."""
    net = load("mobilenet_v2")
    found = patched(net.graph, "in-place", 4)
    assert net.peak_memory("in-place").peak == 1_404_928
    assert found.peak == found.rest == 28 * 28 * (32 + 192 + 32)
    assert found.stage < 175_616
    assert 0.09 < found.recomputed / found.once < 0.1
    assert patched(net.graph, "in-place", 1).recomputed == 0


def test_more_patches_recompute_more():
    found = every_patched(load("mobilenet", alpha=0.25, res=96).graph, "separate")
    assert [one.along for one in found] == list(range(1, MOST + 1))
    assert found[0].mult_adds == found[0].once
    whole = load("mobilenet", alpha=0.25, res=96).peak_memory().peak
    assert found[0].peak == whole
    assert min(one.peak for one in found) < whole


def test_what_cannot_be_run_in_patches(costcalc, tmp_path):
    net = load("mobilenet")
    with pytest.raises(CostcalcError, match="no first stage has 200 x 200 patches"):
        patched(net.graph, "separate", 200)
    for options, said in (
        (["--definition", "blocks"], "do not go with the definition blocks"),
        (["--order", "best"], "does not go with --order best"),
        (["--arena"], "give it or --patches"),
    ):
        ran = costcalc("memory", "mobilenet", "--patches", "2", *options)
        assert (ran.code, said in ran.err) == (2, True)
    ran = costcalc("memory", "vit", "--patches", "300")
    assert (ran.code, "no first stage" in ran.err) == (2, True)


def test_the_command(costcalc):
    line = ["memory", "squeezenet", "--dtype", "int8:fp16", "--patches", "3"]
    found = json.loads(costcalc(*line, "--format", "json").out)
    by_hand = patched(load("squeezenet").graph, "separate", 3)
    assert found["patches"]["peak_bytes"] == 2 * by_hand.peak
    assert found["patches"]["recomputed_mult_adds"] == by_hand.recomputed
    least = min(one["peak_bytes"] for one in found["every_count"])
    assert found["best_patches"]["peak_bytes"] == least
    assert "recomputed: " in costcalc(*line).out
