"""What a change costs, and why: edits of a spec, each with the words it is told in."""

from __future__ import annotations

import itertools
import json

import pytest

import costcalc
from costcalc.control.diff import diff
from costcalc.control.quantities import TOTALS, measure
from tests.benchmarks.speed import spec as chain
from tests.conftest import TESTS
from tests.covering import FEW, built, mostly, pairwise
from tests.measures import calls

SPEC = """
hyperparameters: {{alpha: {alpha}, res: 32}}
input: [res, res, 3]
defaults: {{conv: {{norm: {norm}, act: relu, bias: {bias}}}}}
blocks:
  cell:
    args: [t, out]
    columns: [op, k, out]
    rows:
    - add: [[], [[conv, 1x1, t * cin], [dw, 3x3], [conv, 1x1, out]]]
network:
- columns: [name, op, k, s, out]
  scale: {{out: alpha * out}}
  rows:
{rows}
- columns: [op, t, out, n]
  rows: [[cell, {t}, 16 * alpha, {n}]]
- columns: [op, out]
  rows: [[gpool], [fc, 10]]
"""
STEM = ["[stem, conv, 3x3, 2, 8]", "[~, conv, 1x1, 1, 12]", "[last, conv, 3x3, 1, 16]"]


def written(folder, name, rows=STEM, **changed):
    values = {"alpha": 1, "norm": "batch", "bias": "false", "t": 6, "n": 2, **changed}
    text = SPEC.format(rows="\n".join(f"  - {row}" for row in rows), **values)
    path = folder / f"{name}.yaml"
    path.write_text(text)
    return costcalc.load(path)


def row(number, text):
    return [text if place == number else line for place, line in enumerate(STEM)]


WHY = {
    "wider": ({"rows": row(1, "[~, conv, 1x1, 1, 24]")},
              {"conv1": "wider: 12 to 24 channels", "last": "reads 12 to 24 channels"}),
    "narrower": ({"rows": row(0, "[stem, conv, 3x3, 2, 4]")},
                 {"stem": "narrower: 8 to 4 channels", "conv1": "reads 8 to 4 channels"}),
    "kernel": ({"rows": row(0, "[stem, conv, 5x5, 2, 8]")}, {"stem": "kernel 3x3 to 5x5"}),
    "resolution": ({"rows": row(2, "[last, conv, 3x3, 2, 16]")},
                   {"last": "stride 1 to 2; resolution 16x16 to 8x8",
                    "cell1": "resolution 16x16 to 8x8", "gpool1": "reads 16x16x16 to 8x8x16"}),
    "added": ({"rows": [STEM[0], "[~, conv, 1x1, 1, 8]", *STEM[1:]]}, {"conv1": "an added row"}),
    "removed": ({"rows": [STEM[0], STEM[2]]},
                {"conv1": "a removed row", "last": "reads 12 to 8 channels"}),
    "operator": ({"rows": row(2, "[last, maxpool, 3x3, 1, ~]"), "n": 0}, None),
    "repeats": ({"n": 4}, {"cell1": "2 to 4 repeats"}),
    "inside": ({"t": 4}, {"cell1": "conv1 narrower: 96 to 64 channels"}),
    "without norm": ({"norm": "none"}, {
        "stem": "without batch_norm", "conv1": "without batch_norm", "last": "without batch_norm",
        "cell1": "conv1 without batch_norm; conv2 without batch_norm"}),
    "folded norm": ({"norm": "none", "bias": "true"}, {
        "stem": "folded norm: a bias in place of it", "conv1": "folded norm: a bias in place of it",
        "last": "folded norm: a bias in place of it",
        "cell1": "conv1 folded norm: a bias in place of it;"
                 " conv2 folded norm: a bias in place of it"}),
    "buffers": ({"rows": row(0, "[stem, conv, 3x3, 2, 8, {buffers: 50%}]")},
                {"stem": "weights from parameters to in part buffers"}),
    "renamed": ({"rows": row(0, "[entry, conv, 3x3, 2, 8]")}, {}),
}  # fmt: skip


@pytest.mark.parametrize("edit", WHY)
def test_why(edit, tmp_path):
    changed, why = WHY[edit]
    a, b = written(tmp_path, "before"), written(tmp_path, "after", **changed)
    found = diff(a, b)
    if why is not None:
        assert {change.name: "; ".join(change.why) for change in found.layers} == why
    assert found.unchanged + sum(c.b is not None for c in found.layers) == len(b.graph.rows)
    if edit == "operator":
        assert found.layers[0].why[0] == "Max Pool 3x3 in place of Conv 3x3"


def test_a_row_that_moved(tmp_path):
    rows = [
        f"[{name}, conv, {k}, 1, 16]"
        for name, k in zip("abcd", ("1x1", "3x3", "3x3", "3x3"), strict=False)
    ]
    before = written(tmp_path, "before", rows)
    after = written(tmp_path, "after", [*rows[1:], rows[0]])
    found = {change.name: change.why for change in diff(before, after).layers}
    assert found["a"] == ("moved", "reads 3 to 16 channels")
    assert found["b"] == ("reads 16 to 3 channels",)


def consistent(found):
    """Rows add up to the totals, and every quantity is what the networks say."""
    for quantity, change in found.totals.items():
        assert change.b == measure(found.b, quantity)
        assert change.a == (None if found.a is None else measure(found.a, quantity))
    for metric in ("params", "weights", "mult_adds", "memory_access"):
        of_layers = sum(change.of(metric).change for change in found.layers)
        before = 0 if found.a is None else getattr(found.a, metric)
        assert of_layers == getattr(found.b, metric) - before


@pytest.mark.parametrize(
    ("network", "other", "by"),
    mostly(
        list(zip(FEW, [*FEW[1:], FEW[-1]], itertools.cycle(["row", "layer"]), strict=False)),
        pairwise(FEW, FEW, ["row", "layer"])[::6],
    ),
)
def test_what_changed_adds_up(network, other, by):
    found = diff(built(network), built(other), by=by)
    consistent(found)
    assert found.same == (network == other)
    for change in found.layers:
        assert change.why
        assert (change.status == "added") == (change.a is None)
        assert (change.status == "removed") == (change.b is None)


def test_beside_nothing_everything_is_new():
    found = diff(None, "squeezenet")
    consistent(found)
    assert {change.status for change in found.layers} == {"added"}
    assert not found.same


def test_layer_by_layer(tmp_path):
    a, b = written(tmp_path, "a"), written(tmp_path, "b", t=4)
    changed = [c.name for c in diff(a, b, by="layer").layers]
    assert changed[0] == "cell1.1/conv1"
    assert not any(name.startswith(("stem", "fc")) for name in changed)


def test_of_one_spec_every_row_is_itself():
    found = diff("mobilenet", "mobilenet:alpha=0.5,res=96")
    assert not [change for change in found.layers if change.status != "changed"]
    assert all(change.a.name == change.b.name for change in found.layers)
    assert found.why == ("alpha 1 to 0.5", "res 224 to 96", "input 224x224x3 to 96x96x3")


def test_rows_that_read_something_else(tmp_path):
    loaded = []
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(
            "input: [8, 8, 4]\nnetwork:\n- columns: [name, op, k, out]\n  rows:\n"
            "  - [one, conv, 1x1, 4]\n  - [two, conv, 1x1, 4]\n  - [three, conv, 1x1, 4]\n"
            f"  - {{name: sum, add: [three, {name}]}}\n"
        )
        loaded.append(costcalc.load(tmp_path / f"{name}.yaml"))
    found = diff(*loaded)
    assert [(c.name, c.why) for c in found.layers] == [("sum", ("reads two in place of one",))]
    assert not found.same


def test_the_same_rows_counted_otherwise(tmp_path):
    a = written(tmp_path, "a")
    (tmp_path / "b.yaml").write_text(
        f"counts: {{params: [weights]}}\n{(tmp_path / 'a.yaml').read_text()}"
    )
    found = diff(a, costcalc.load(tmp_path / "b.yaml"))
    consistent(found)
    assert found.why == ("params are weights + biases + norm to weights",)
    assert {c.why for c in found.layers} == {("counted otherwise",)}
    assert found.totals["mult_adds"].change == 0 > found.totals["params"].change


def test_run_otherwise():
    net = costcalc.load("mobilenet_v2")
    found = diff(net, net.with_execution(dtype="int8"))
    assert found.why == ("dtype fp32 to int8",)
    assert not found.layers
    assert found.totals["size"].a == 4 * found.totals["size"].b == 4 * net.params
    assert found.totals["peak_memory"].a == 4 * found.totals["peak_memory"].b
    assert found.totals["memory_access"].change == 0
    assert not found.same


def test_conventions():
    found = diff(*(costcalc.load(name, convention="thop") for name in ("resnet", "resnext")))
    assert found.totals["cost"].b == found.b.totals.cost
    assert tuple(found.totals) == TOTALS


@pytest.mark.exhaustive
def test_of_two_large_networks_what_is_equal_is_looked_at_once(tmp_path):
    """Ten times as many rows take ten times the steps, with a change at both ends."""
    counted = []
    for rows in (200, 2_000):
        text = chain(rows, 1)
        lines = text.splitlines()
        lines[6:6], lines[-2:-2] = ["    - [conv, 1x1, 8]"], ["    - [conv, 1x1, 14]"]
        loaded = []
        for name, edited in (("a", text), ("b", "\n".join(lines))):
            (tmp_path / f"{name}{rows}.yaml").write_text(edited)
            loaded.append(costcalc.load(tmp_path / f"{name}{rows}.yaml"))
        found = diff(*loaded)
        assert [change.status for change in found.layers] == ["added", "added", "changed"]
        counted.append(calls(lambda loaded=loaded: diff(*loaded)))
    assert counted[1] < 10 * counted[0] * 1.2


def test_json_has_the_documented_keys(costcalc):
    ran = costcalc("diff", "mobilenet", "mobilenet_v2:alpha=0.5", "--res", "96", "--format", "json")
    assert ran.code == 0
    got = json.loads(ran.out)
    assert {"a", "b", "totals", "layers"} <= set(got)
    assert (got["a"]["input"], got["b"]["input"]) == ([96, 96, 3], [96, 96, 3])
    assert got["b"]["hyperparameters"]["alpha"] == 0.5
    for totals in got["totals"].values():
        assert set(totals) == {"a", "b", "change"}
        assert totals["change"] == totals["b"] - totals["a"]
        assert all(type(number) is int for number in totals.values())
    for layer in got["layers"]:
        assert set(layer) == {"status", "a", "b", "why"}
        assert layer["status"] in ("added", "removed", "changed")
        assert isinstance(layer["why"], str)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["mobilenet"], "two networks"),
        (["mobilenet", "mobilnet"], "did you mean 'mobilenet'"),
        (["mobilenet", "mobilenet_v2", "--g", "3"], "no such option"),
        (["mobilenet", "mobilenet:alpha=1,res"], "is no setting"),
        (["mobilenet", "mobilenet:beta=1"], "no hyperparameter 'beta'"),
        (["mobilenet", "--base"], "requires an argument"),
        (["mobilenet", "mobilenet", "--base", "main"], "two networks, A and B; or one file"),
    ],
)
def test_bad_input(arguments, expected, costcalc):
    ran = costcalc("diff", *arguments)
    assert ran.code == 2
    assert expected in ran.err
    assert "Traceback" not in ran.err


def test_a_setting_of_one_side_wins(costcalc):
    given = ("diff", "--alpha", "0.75", "mobilenet:alpha=0.5", "--format", "json", "mobilenet")
    got = json.loads(costcalc(*given).out)
    assert [got[side]["hyperparameters"]["alpha"] for side in "ab"] == [0.5, 0.75]


def test_the_grouping_is_a_word():
    with pytest.raises(costcalc.CostcalcError, match="unknown grouping 'blok'"):
        diff("mobilenet", "mobilenet", by="blok")


def test_a_users_spec(costcalc):
    spec = str(TESTS / "cli" / "user_net.yaml")
    ran = costcalc("diff", spec, f"{spec}:width=2,se=false")
    assert ran.code == 0
    assert "se true to false" in ran.out


def test_what_is_written_otherwise_and_means_the_same(tmp_path):
    """A padding by half a window, the order of a sum, where a trained tensor stands."""
    rows = """
input: [16, 16, 8]
network:
- columns: [op, name, k, out]
  rows:
  - [conv, a, 3x3, 8{pad}]
  - [conv, b, 3x3, 8]
  - {{op: parameter, name: p, size: 1x1, out: 8, from: {source}}}
  - {{mul: [{first}]}}
"""
    files = []
    for number, said in enumerate(
        [("", "b", "b, p"), (", {pad: 1x1}", "input", "p, b"), (", {pad: valid}", "b", "b, p")]
    ):
        files.append(str(tmp_path / f"{number}.yaml"))
        text = rows.format(**dict(zip(("pad", "source", "first"), said, strict=True)))
        (tmp_path / f"{number}.yaml").write_text(text)
    assert diff(*files[:2], by="layer").layers == []
    assert diff(*files[:2]).layers == []
    reasons = [why for change in diff(files[0], files[2]).layers for why in change.why]
    assert reasons[0] == "padding same to valid"
