"""Fits agree with counting every value by itself, and say what they found and what they did not."""

from __future__ import annotations

import csv
import io
import json
import shlex
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costcalc
from costcalc.control.quantities import measure
from costcalc.errors import CostcalcError
from costcalc.graph.execution import execution
from costcalc.library import load_spec
from costcalc.search.budgets import Budget, read_budgets
from costcalc.search.candidates import candidates
from costcalc.search.fit import fit, search
from costcalc.search.growing import growing, is_factor, width
from tests.conftest import TESTS
from tests.covering import at_once, examples, mostly, of_one_spec

USER_SPEC = str(TESTS / "cli" / "user_net.yaml")


def largest_by_hand(name, over, values, budget, **fixed):
    """The largest value within the budget, every network counted by itself."""
    best, load = None, of_one_spec(name)
    for value in values:
        try:
            net = load(**{over: value}, **fixed)
        except CostcalcError:
            continue
        if all(getattr(net, metric) <= most for metric, most in budget.items()):
            best = value
    return best


LARGEST = [
    ("mobilenet", "alpha", Fraction(1, 20), 2, {"mult_adds": 10**8}, {"res": 160}),
    ("mobilenet", "res", 32, 640, {"mult_adds": 10**8}, {"alpha": Fraction(1, 2)}),
    ("mobilenet_v2", "alpha", Fraction(1, 20), 2, {"mult_adds": 2 * 10**8}, {}),
    ("mobilenet_v3_large", "alpha", Fraction(1, 10), 3, {"params": 9 * 10**6}, {}),
    ("shufflenet", "scale", Fraction(1, 20), 4, {"mult_adds": 10**9, "params": 5 * 10**6}, {}),
    ("resnet_cifar", "depth", 1, 120, {"params": 400_000}, {}),
    ("densenet", "compression", Fraction(1, 20), 1, {"params": 10**7}, {}),
    ("senet", "ratio", 1, 1024, {"params": 30 * 10**6}, {}),
]


@pytest.mark.parametrize(
    ("name", "over", "step", "top", "budget", "fixed"),
    mostly(LARGEST[:2], LARGEST),
)
def test_the_largest_is_the_largest(name, over, step, top, budget, fixed):
    values = [step * i for i in range(1, int(top / step) + 1)]
    net = costcalc.fit(name, budget, grow=over, step=step, **fixed)
    assert net.hyperparameters[over] == largest_by_hand(name, over, values, budget, **fixed)


UNEVEN = """
name: Uneven
hyperparameters:
  t:     {default: 1.0, min: 0.1, max: 4, help: width multiplier}
  depth: 2
  kind:  one
input: [8, 8, 3]
network:
- columns: [op, k, out]
  rows:
  - [conv, 1x1, "divisible(64 * t, 8)"]
  - [conv, 1x1, 8]
  - [conv, 1x1, "max(1, 40 - floor(20 * t) % 7)"]
"""


@pytest.fixture
def uneven(tmp_path):
    path = tmp_path / "uneven.yaml"
    path.write_text(UNEVEN)
    return str(path)


def test_costs_that_rise_and_fall(uneven):
    values = [Fraction(i, 100) for i in range(10, 401)]
    costs = [costcalc.load(uneven, t=value).params for value in values]
    assert costs != sorted(costs)
    for most in sorted(set(costs))[::5]:
        found = costcalc.fit(uneven, {"params": most}, step=0.01).hyperparameters["t"]
        assert found == max(v for v, cost in zip(values, costs, strict=True) if cost <= most)


@examples(5)
@given(
    most=st.integers(10**5, 10**9),
    res=st.sampled_from([96, 128, 160, 224]),
    step=st.sampled_from(["0.001", "0.01", "0.003", "0.0625"]),
    name=st.sampled_from(["mobilenet", "shufflenet"]),
)
def test_nothing_larger_fits(most, res, step, name):
    spec = load_spec(name)
    values = candidates(growing(spec, {}), step)
    (found,) = search(name, read_budgets({"mult_adds": most}, None), values, {"res": [res]})
    over = found.grows
    if found.largest is None:
        start = found.beyond.value
        assert found.beyond.costs["mult_adds"] > most
    else:
        start = found.largest.value
        assert found.largest.costs["mult_adds"] <= most
        net = costcalc.load(name, res=res, **{over: start})
        assert {m: getattr(net, m) for m in found.largest.costs} == found.largest.costs
        assert Fraction(start) % Fraction(step) == 0
    above = [Fraction(start) + i * Fraction(step) for i in range(1, 500)]
    grid = costcalc.sweep(name, metrics=["mult_adds"], res=res, **{over: above})
    assert not (grid.valid & (grid["mult_adds"] <= most)).any()
    if found.largest is not None:
        first = above[grid.valid[0].tolist().index(True)]
        assert found.beyond.value == first


def test_the_boundary_is_exact():
    cost = costcalc.load("mobilenet", alpha=0.5, res=160).mult_adds
    assert costcalc.fit("mobilenet", {"mult_adds": cost}, res=160).hyperparameters["alpha"] == (
        Fraction(1, 2)
    )
    less = costcalc.fit("mobilenet", {"mult_adds": cost - 1}, res=160)
    assert less.hyperparameters["alpha"] < Fraction(1, 2)


def test_every_budget_holds():
    both = costcalc.fit("mobilenet", {"mult_adds": "100M", "params": "1.5M"}, res=128)
    assert both.params <= 1_500_000
    alone = costcalc.fit("mobilenet", {"mult_adds": "100M"}, res=128)
    assert both.hyperparameters["alpha"] < alone.hyperparameters["alpha"]
    net = costcalc.fit("mobilenet", {"weights": "2M", "norm": 9000, "biases": "1k"})
    assert (net.weights <= 2_000_000, net.norm <= 9000, net.biases) == (True, True, 1000)


def test_choices_have_a_largest():
    net = costcalc.fit("shufflenet_v2", {"mult_adds": "400M"})
    assert net.hyperparameters["scale"] == Fraction(3, 2)
    assert costcalc.fit("vgg", {"params": "140M"}, grow="depth").hyperparameters["depth"] == 16
    with pytest.raises(CostcalcError, match="no depth fits: at 11 params is already 132,863,336"):
        costcalc.fit("vgg", {"params": "1M"}, grow="depth")


def test_a_declared_maximum_is_the_end():
    spec = load_spec("densenet")
    values = candidates(spec.hyperparameters["compression"])
    (found,) = search("densenet", read_budgets({"params": "1G"}, None), values, {})
    assert found.largest.value == 1
    assert found.beyond is None


def test_conventions_count():
    net = costcalc.fit("mobilenet", {"cost": "300M"}, convention="fvcore", step=0.01)
    assert net.totals.cost <= 300_000_000
    larger = net.hyperparameters["alpha"] + Fraction(1, 100)
    assert costcalc.load("mobilenet", convention="fvcore", alpha=larger).totals.cost > 300_000_000


def test_rows_do_not_depend_on_one_another():
    spec = load_spec("mobilenet")
    budgets = read_budgets({"mult_adds": "100M"}, None)
    axes = {"res": [32, 96, 224], "body": ["separable", "full"]}
    together = search("mobilenet", budgets, candidates(spec.hyperparameters["alpha"], 0.01), axes)
    assert len(together) == 6
    for one in together:
        alone = {name: [value] for name, value in one.given.items()}
        (single,) = search(
            "mobilenet", budgets, candidates(spec.hyperparameters["alpha"], 0.01), alone
        )
        assert single == one


def test_blocks_do_not_change_the_answer(monkeypatch):
    from costcalc.search import fit

    whole = costcalc.fit("mobilenet", {"mult_adds": "100M"}).settings()
    monkeypatch.setattr(fit, "CHUNK", 37)
    assert costcalc.fit("mobilenet", {"mult_adds": "100M"}).settings() == whole


@pytest.mark.parametrize(
    ("name", "factors"),
    [
        ("efficientnet", ["width", "depth"]), ("ghostnet", ["width"]), ("mobilenet", ["alpha"]),
        ("mobilenet_v3_large", ["alpha"]), ("shufflenet", ["scale"]), ("wide_resnet", ["widening"]),
        ("densenet", []), ("googlenet", []), ("vgg", []),
    ],
)  # fmt: skip
def test_what_grows_by_default(name, factors):
    assert [p.name for p in load_spec(name).hyperparameters.values() if is_factor(p)] == factors


@pytest.mark.parametrize(
    ("name", "integer"),
    [
        ("densenet", "growth"), ("hrnet", "width"), ("resnext", "width"), ("unet", "width"),
        ("vit", "width"), ("retinanet", None), ("squeezenet", None), ("vgg", None),
    ],
)  # fmt: skip
def test_integers_that_are_widths(name, integer):
    """Not depths, resolutions, groups or classes; and none that widens only a head."""
    found = width(load_spec(name), {})
    assert (found and found.name) == integer


PLAIN = """
hyperparameters: {{depth: 3, res: 32, g: 4, base: {base}, classes: 10, ratio: 2}}
input: [res, res, 4]
network:
- columns: [op, k, out, g, n]
  rows:
  - [conv, 3, base, ~, depth]
  - [conv, 3, base, g]
  - [conv, 1, ratio * base]
  - [gpool]
  - [fc, ~, classes]
"""


@pytest.mark.parametrize("base", ["16", "{default: 16, choices: [8, 16, 32, 64, 96]}"])
def test_an_integer_width_is_found_by_itself(base, tmp_path, costcalc):
    path = tmp_path / "plain.yaml"
    path.write_text(PLAIN.format(base=base))
    ran = costcalc("fit", str(path), "--max", "params=200K")
    assert ran.out.splitlines()[0] == "Largest base within params 200,000"
    assert ran.out.splitlines()[-1] == f"costcalc {path} --base {largest_by_trying(path, base)}"


def largest_by_trying(path, base):
    """By trying each."""
    values = [8, 16, 32, 64, 96] if "choices" in base else range(4, 500, 4)  # of 4 groups
    return max(v for v in values if costcalc.load(str(path), base=v).params <= 200_000)


def test_nothing_that_could_grow_is_said(tmp_path, costcalc):
    path = tmp_path / "fixed.yaml"
    path.write_text("input: [8, 8, 3]\nnetwork:\n- columns: [op, k, out]\n  rows: [[conv, 1, 8]]\n")
    ran = costcalc("fit", str(path), "--max", "params=1M")
    assert (ran.code, ran.out) == (2, "")
    assert "say what grows with --grow: none is left" in ran.err


@at_once(
    ("amount", "most"),
    [
        ("100M", 10**8), ("4.2M", 4_200_000), ("250k", 250_000), ("1Ki", 1024), ("1e8", 10**8),
        ("4,209,088", 4_209_088), ("1.5", 1), (".5M", 500_000), (7, 7), (1.5e6, 1_500_000),
        (Fraction(7, 2), 3), ("2 million", 2_000_000), ("2 * 1.5M", 3_000_000),
        ("10M / 3", 3_333_333),
    ],
)  # fmt: skip
def test_amounts(amount, most):
    assert read_budgets({"params": amount}, None)[0].most == most


@pytest.mark.parametrize(("amount", "most"), [("250KB", 250_000), ("1 KiB", 1024), ("64", 64)])
def test_amounts_in_bytes(amount, most):
    assert read_budgets({"peak_memory": amount}, None)[0].most == most


@pytest.mark.parametrize(
    ("metric", "amount", "said"),
    [
        ("params", "1MiB", "params is a count: '1MiB' are bytes\nsuch as 300M"),
        (
            "memory_access",
            "2 MB",
            "memory_access is a count: '2 MB' are bytes\nmemory_access_bytes",
        ),
        ("peak_memory", "3M", "peak_memory is in bytes: '3M' counts\nsuch as 512KiB"),
        ("mult_adds", "3ms", "mult_adds is a count: '3ms' is a time\nsuch as 300M"),
        ("size", "800us", "size is in bytes: '800us' is a time\nsuch as 512KiB"),
    ],
)
def test_a_unit_of_something_else(metric, amount, said):
    with pytest.raises(costcalc.CostcalcError) as failed:
        read_budgets({metric: amount}, None)
    assert str(failed.value).startswith(said)


@at_once(
    ("arguments", "message"),
    [
        (["mobilenet"], "Missing option '--max'"),
        (["--max", "params=1M"], "the networks come first, then the options"),
        (["mobilenet", "--max", "parms=1M"], "unknown metric 'parms'\ndid you mean 'params'?"),
        (["mobilenet", "--max", "cost=1M"], "cost is what a convention with a unit counts"),
        (["mobilenet", "--max", "params"], "'params' is no budget\nwrite METRIC=VALUE"),
        (["mobilenet", "--max", "params=many"], "params:1:1: unknown name 'many'"),
        (["mobilenet", "--max", "params=1,00"], "params:1:2: ',' follows a complete expression"),
        (["mobilenet", "--max", "params=-5"], "params: '-5' is no amount"),
        (["mobilenet", "--max", "params=9e19"], "'9e19' is more than any count of 64 bits"),
        (["mobilenet", "--max", "params=1M", "--max", "params=2M"],
         "params has two budgets: 1M and 2M"),
        (["mobilenet", "--max", "params=1M", "--grow", "alhpa"], "did you mean 'alpha'?"),
        (["mobilenet", "--max", "params=1M", "--grow", "body"],
         "body of mobilenet has no largest value\nthese have: alpha, res, classes"),
        (["shufflenet", "--max", "params=1M", "--grow", "se"], "se of shufflenet has no largest"),
        (["mobilenet", "--max", "params=1M", "--alpha", "1"],
         "no width multiplier but alpha, given already\nsay what grows with --grow: res, classes"),
        (["mobilenet", "--max", "params=1M", "--alpha", "1", "--grow", "alpha"],
         "alpha is to be found: it cannot be given too"),
        (["squeezenet", "--max", "params=1M"],
         "no width multiplier, and no integer that is the width of its layers\n"
         "say what grows with --grow: version, res, classes, sr, pct3x3"),
        (["mobilenet", "--max", "params=1M", "--step", "0"], "must be a number above 0, not 0"),
        (["mobilenet", "--max", "params=1M", "--step", "x"], "must be a number above 0, not x"),
        (["mobilenet", "--max", "params=1M", "--step", "1e-8"],
         "49,000,001 values in steps of 0.00000001 up to half of its default"),
        (["mobilenet", "--max", "params=1M", "--step", "0.00000001"], "the limit is 1,000,000"),
        (["mobilenet", "--max", "mult_adds=1M", "--grow", "res", "--step", "0.5"],
         "the step of res must be a whole number, not 0.5"),
        (["densenet", "--max", "params=1M", "--grow", "compression", "--step", "3"],
         "compression has no multiple of 3 in its bounds"),
        (["shufflenet_v2", "--max", "params=1M", "--step", "0.5"],
         "scale has choices, not steps: 0.5, 1, 1.5, 2"),
        (["mobilenet", "--max", "params=10M", "--grow", "res"],
         "params does not depend on res: every res fits"),
        (["mobilenet", "--max", "params=10M", "--max", "norm=1M", "--grow", "res"],
         "params and norm do not depend on res"),
        (["vgg", "--max", "mult_adds=9e18", "--grow", "res", "--step", "100000000"],
         "does not fit in 64 bits\nname a smaller budget or sizes"),
        (["mobilenet", "--max", "mult_adds=1M", "--res", "32:20000"],
         "19,969 combinations to fit; the limit is 10,000"),
        (["mobilenet", "--max", "mult_adds=1M", "--rse", "32"], "no such option '--rse'"),
        (["mobilenet", "shufflenet", "--max", "mult_adds=1M", "--grow", "alpha"],
         "shufflenet has no hyperparameter 'alpha'"),
    ],
)  # fmt: skip
def test_wrong_fits(arguments, message, costcalc):
    ran = costcalc("fit", *arguments)
    assert ran.code == 2
    assert message in ran.err
    assert ran.out == ""


def test_a_search_without_an_end_ends(costcalc, monkeypatch):
    from costcalc.search import candidates

    monkeypatch.setattr(candidates, "VALUES", 3000)
    ran = costcalc("fit", "mobilenet", "--max", "mult_adds=9e18")
    assert (ran.code, ran.out) == (2, "")
    assert "mobilenet: alpha 2 still fits, and the search ends there\nname a smaller" in ran.err


@pytest.mark.parametrize(
    ("budget", "settings_", "message"),
    [
        ({}, {}, "no budget is given"),
        ({"params": True}, {}, "params: 'True' is no amount"),
        ({"params": float("nan")}, {}, "is no amount"),
        ({"params": None}, {}, "is no amount"),
        ({"params": 10**6}, {"alhpa": 1}, "no hyperparameter 'alhpa'\ndid you mean 'alpha'"),
        ({"params": 10**6}, {"res": [128, 160]}, "res must be one value, not list"),
        ({"params": 10**6}, {"step": float("inf")}, "must be a number above 0, not inf"),
        ({"params": 10**6}, {"step": True}, "must be a number above 0, not True"),
        ({"mult_adds": 1000}, {}, "no alpha fits: at 0.032 mult_adds is already 1,440,848, over"),
        ({"mult_adds": 1000, "params": 10**7}, {}, "is already 1,440,848, over 1,000$"),
    ],
)
def test_wrong_fits_of_the_library(budget, settings_, message):
    with pytest.raises(CostcalcError, match=message):
        costcalc.fit("mobilenet", budget, **settings_)


def test_where_no_value_makes_a_network(tmp_path):
    path = tmp_path / "never.yaml"
    path.write_text(
        "name: Never\nhyperparameters: {t: 1.0}\ninput: [8, 8, 3]\n"
        "network:\n- columns: [op, k, out, g]\n  rows: [[conv, 1x1, floor(10 * t) + 1, 2]]\n"
    )
    with pytest.raises(CostcalcError, match=r"^never: no t makes a network, such as: .*groups"):
        costcalc.fit(str(path), {"params": 10**6})


def test_nothing_fits_is_exit_1_and_something_0(costcalc):
    none = costcalc("fit", "mobilenet", "--max", "mult_adds=1000")
    assert none.code == 1
    assert "mobilenet: no alpha fits: at 0.032 mult_adds is already 1,440,848" in none.out
    assert "costcalc mobilenet" not in none.out
    some = costcalc("fit", "mobilenet", "--res", "32,224", "--max", "mult_adds=500K")
    assert some.code == 0
    assert "mobilenet res 224: no alpha fits" in some.out
    many = costcalc("fit", "mobilenet", "--res", "224:320", "--max", "mult_adds=1K")
    assert many.out.count("no alpha fits") == 8
    assert "... and so for 89 more" in many.out


def test_the_last_line_is_a_command_that_fits(costcalc):
    out = costcalc("fit", "mobilenet", "--res", "160", "--max", "mult_adds=100M").out
    last = out.splitlines()[-1]
    assert last == "costcalc mobilenet --alpha 0.578 --res 160"
    shown = json.loads(costcalc(*last.split()[1:], "--format", "json").out)
    assert shown["totals"]["mult_adds"] == 99_513_000
    several = costcalc("fit", USER_SPEC, "--grow", "width", "--max", "cost=1M",
                       "--convention", "fvcore", "--se", "all").out  # fmt: skip
    assert several.splitlines()[-1].startswith(f"the first: costcalc {USER_SPEC} --width ")
    assert several.splitlines()[-1].endswith(" --se false --convention fvcore")


def test_data_formats_say_the_same(costcalc):
    fit = ["fit", "mobilenet", "shufflenet", "--res", "32,224", "--max", "mult_adds=1M"]
    rows = list(csv.DictReader(io.StringIO(costcalc(*fit, "--format", "csv").out)))
    found = json.loads(costcalc(*fit, "--format", "json").out)
    assert (found["schema_version"], found["max"]) == (1, {"mult_adds": 1_000_000})
    assert len(rows) == len(found["rows"]) == 4
    for row, one in zip(rows, found["rows"], strict=True):
        assert (row["network"], row["over"]) == (one["model"], one["over"])
        assert int(row["res"]) == one["given"]["res"]
        assert (row["over_in"], one["next"]["over_in"]) == ("mult_adds", ["mult_adds"])
        assert int(row["next_params"]) == one["next"]["costs"]["params"]
        if one["value"] is None:
            assert row["value"] == row["params"] == ""
            assert "fits: at" in one["reason"]
        else:
            assert float(row["value"]) == one["value"]
            assert int(row["mult_adds"]) == one["costs"]["mult_adds"]
            assert float(row["mult_adds_used"]) == one["used"]["mult_adds"] <= 1
    assert any(one["value"] is None for one in found["rows"])


def test_a_step_is_for_the_networks_without_choices(costcalc):
    out = costcalc("fit", "mobilenet", "shufflenet_v2", "--max", "params=3M", "--step", "0.25").out
    assert "alpha=0.75" in out
    assert "scale=1" in out


def test_lists_are_lines(costcalc, tmp_path):
    (tmp_path / "net.yaml").write_text(
        "name: Lists\nhyperparameters: {t: 1.0, k: [3, 3]}\ninput: [8, 8, 3]\n"
        "network:\n- columns: [op, k, out]\n"
        '  rows: [[conv, "k[1]", floor(10 * t)], [conv, "k[2]", floor(20 * t)]]\n'
    )
    fit = ["fit", "./net.yaml", "--max", "params=10K"]
    every = json.loads(costcalc(*fit, "--k", "3,5", "--format", "json", cwd=tmp_path).out)
    assert [row["given"]["k"] for row in every["rows"]] == [[3, 3], [3, 5], [5, 3], [5, 5]]
    one = costcalc(*fit, "--k", "5", cwd=tmp_path).out
    assert one.splitlines()[-1].startswith("costcalc ./net.yaml --t ")
    assert costcalc(*shlex.split(one.splitlines()[-1])[1:], cwd=tmp_path).code == 0
    largest = [row["value"] for row in every["rows"]]
    assert largest == [2.299, 1.399, 2.199, 1.399]
    ran = costcalc(*fit, "--grow", "k", cwd=tmp_path)
    assert "k of net has no largest value\nthese have: t" in ran.err
    ran = costcalc(*fit, "--k", "1:200", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "k of net: more than 10,000 lists to fit" in ran.err


def test_a_hyperparameter_cannot_be_called_like_an_option(costcalc, tmp_path):
    (tmp_path / "net.yaml").write_text(UNEVEN.replace("depth: 2", "grow: 2"))
    ran = costcalc("fit", "./net.yaml", "--max", "params=1M", cwd=tmp_path)
    assert ran.code == 2
    assert "'grow' of net is an option of fit already" in ran.err


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("dtype", "metric", "of"),
    [
        ("int8", "peak_memory", lambda net: net.peak_memory().peak_bytes),
        ("fp32", "peak_memory", lambda net: net.peak_memory().peak_bytes),
        ("int8:int16", "peak_memory", lambda net: net.peak_memory().peak_bytes),
        ("int8:int16", "size", lambda net: net.size),
        ("int8", "memory_access_bytes", lambda net: net.memory_access_bytes),
    ],
)
def test_budgets_in_bytes(dtype, metric, of):
    """The largest network by bytes of its types, counted one by one."""
    given_, most = {"res": 96}, 1 << 19
    found = costcalc.fit("mobilenet", {metric: "512KiB"}, step="0.05", dtype=dtype, **given_)
    values = [
        alpha
        for alpha in (Fraction(n, 20) for n in range(1, 60))
        if of(costcalc.load("mobilenet", alpha=alpha, **given_).with_execution(dtype=dtype)) <= most
    ]
    assert found.hyperparameters["alpha"] == max(values)
    assert found.execution.dtype == dtype


def test_budgets_in_bytes_say_of_what(costcalc):
    ran = costcalc("fit", "mobilenet", "--res", "96", "--max", "peak_memory=256KiB",
                   "--dtype", "int8")  # fmt: skip
    assert "peak_memory in bytes of int8" in ran.out
    assert "258,048" in ran.out
    assert ran.out.endswith("--res 96 --dtype int8\n")


def tiny(folder, name, **more):
    """A spec whose width is a hyperparameter, with further keys."""
    path = folder / f"{name}.yaml"
    path.write_text(
        "".join(f"{key}: {value}\n" for key, value in more.items())
        + "hyperparameters: {alpha: {default: 1.0}}\ninput: [32, 32, 3]\nnetwork:\n"
        "- columns: [op, k, out, norm, act]\n  scale: {out: round(alpha * out)}\n"
        "  rows: [[conv, 3x3, 40, batch, relu], [conv, 1x1, 20, ~, relu]]\n"
    )
    return str(path)


def test_a_fit_is_in_the_types_that_a_spec_says(costcalc, tmp_path):
    quantised, plain = tiny(tmp_path, "a", dtype="int8"), tiny(tmp_path, "b")
    limit = {"peak_memory": "256KiB"}
    assert fit(quantised, limit).settings() == fit(plain, limit, dtype="int8").settings()
    ran = costcalc("fit", quantised, plain, "--max", "peak_memory=256KiB")
    assert (ran.code, "networks in several types: a in int8, b in fp32" in ran.err) == (2, True)


RUNS = [
    {"batch": 8},
    {"fused": False},
    {"batch": 3, "fused": False, "dtype": "int8:fp16"},
    {"batch": 2, "flash": True, "dtype": "fp16"},
]


@pytest.mark.parametrize("run", RUNS, ids=str)
@pytest.mark.parametrize("metric", ["mult_adds", "memory_access", "memory_access_bytes",
                                    "peak_memory", "size"])  # fmt: skip
def test_a_search_counts_the_run_that_is_asked_for(tmp_path, run, metric):
    """Beside every width counted by itself."""
    path = tiny(tmp_path, "tiny")

    def costs(alpha):
        return measure(costcalc.load(path, alpha=alpha).with_execution(**run), metric)

    widths = [Fraction(n, 10) for n in range(1, 31)]
    most = costs(Fraction(3, 2)) + 1
    spec = costcalc.load(path).spec
    (found,) = search(path, [Budget(metric, most)], candidates(spec.hyperparameters["alpha"], 0.1),
                      {}, run=execution(**run))  # fmt: skip
    within = [width for width in widths if costs(width) <= most]
    assert found.largest.value == max(within) < max(widths)
    assert found.largest.costs[metric] == costs(max(within))


def test_a_budget_of_time_beside_brute_force():
    """The largest width whose time is within, and no larger one is."""
    most, step = 20, 0.01
    found = costcalc.fit("mobilenet", {"time": f"{most}ms"}, device="pixel_1", step=step, res=160)
    widths = [round(step * index, 2) for index in range(1, 151)]
    times = costcalc.points("mobilenet", metrics=["time"], device="pixel_1", alpha=widths, res=160)[
        "time"
    ]
    within = [w for w, ms in zip(widths, times, strict=True) if 0 < ms <= most]
    assert float(found.hyperparameters["alpha"]) == max(within)


def test_a_budget_of_time_is_in_milliseconds():
    for wrong in ("20MB", "20M", "-1ms", "fast"):
        with pytest.raises(costcalc.CostcalcError, match="time"):
            costcalc.fit("mobilenet_v2", {"time": wrong}, device="pixel_1")
    with pytest.raises(costcalc.CostcalcError, match="time is that of a device"):
        costcalc.fit("mobilenet_v2", {"time": "20ms"})
    with pytest.raises(costcalc.CostcalcError, match=r"time is already .* ms, over 0\.001 ms"):
        costcalc.fit("mobilenet_v2", {"time": "1us"}, device="pixel_1")
