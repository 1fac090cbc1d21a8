"""Sweeps agree with the network counted by itself, to the integer, and leave out what is none."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

import costcalc
from costcalc.conventions.reading import load_convention
from costcalc.conventions.reading import names as conventions
from costcalc.cost.totals import METRICS
from costcalc.errors import SpecError
from costcalc.language.find import names
from costcalc.language.quantities import REPORTED
from costcalc.library import load_spec
from costcalc.sweeps import chunks, structures
from costcalc.sweeps.costs import known_metrics
from costcalc.sweeps.grid import sweep
from costcalc.sweeps.order import front
from costcalc.sweeps.query import Query
from costcalc.sweeps.space import Space, library_space, read_axes
from costcalc.sweeps.where import Filter
from tests.covering import FEW, mostly, of_one_spec
from tests.sweeps.walking import rows_of, walk

PRUNING = ("bits", "sr", "pct3x3")


def axes_of(spec):
    """A few values of every hyperparameter: sizes, words and what changes the structure."""
    axes = {}
    for p in spec.hyperparameters.values():
        if p.length is not None:
            axes[p.name] = [(choice,) * p.length for choice in p.choices[:2]]
        elif p.choices:
            axes[p.name] = list(p.choices)[:2]
        elif p.kind == "boolean":
            axes[p.name] = [False, True]
        elif p.name == "res":
            sizes = (p.default, p.default - 3, 2 * p.default)
            axes[p.name] = [size for size in sizes if suits(p, size)]
        elif p.kind == "decimal" and p.name not in PRUNING:
            values = (Fraction(1, 2), Fraction(3, 4), Fraction(1))
            axes[p.name] = [v for v in values if suits(p, v)] or [p.default]
    return axes


def grids_of(spec):
    """Sizes with two of the other axes each, in turn: each value, and many that meet.

    Of what is no network with operators of its own, sizes with one other axis, another one each.
    """
    axes = axes_of(spec)
    sizes = {name: axes.pop(name) for name in {"res"} & axes.keys()}
    others = list(axes.items())
    if spec.key not in FEW:
        start = names().index(spec.key) % max(1, len(others))
        return [{**dict(others[start : start + 1]), **sizes}]
    starts = range(0, max(1, len(others)), 2)
    return [{**dict(others[start : start + 2]), **sizes} for start in starts]


def suits(parameter, value):
    low, high = parameter.min, parameter.max
    return (low is None or value >= low) and (high is None or value <= high)


@pytest.mark.parametrize("name", mostly(FEW[::4], names()))
def test_every_network_agrees_with_itself(name):
    load = of_one_spec(name)
    for axes in grids_of(load_spec(name)):
        agrees_with_itself(name, axes, load)


def agrees_with_itself(name, axes, load):
    # the peak takes as long as all else: a third of what has no operators of its own stands for all
    peak = ["peak_memory"] if name in FEW or names().index(name) % 3 == 0 else []
    grid = sweep(name, metrics=[*METRICS, *peak], **axes)
    assert grid.shape == tuple(map(len, axes.values()))
    places = list(itertools.product(*map(range, grid.shape)))
    for place in places[:: -(-len(places) // (3 if name in FEW else 2))]:
        chosen = {key: axes[key][i] for key, i in zip(axes, place, strict=True)}
        try:
            net = load(**chosen)
        except costcalc.CostcalcError:
            assert not grid.valid[place]
            assert grid["params"][place] == -1
        else:
            assert grid.valid[place]
            assert [int(grid[m][place]) for m in METRICS] == [getattr(net, m) for m in METRICS]
            assert not peak or grid["peak_memory"][place] == net.peak_memory().peak


WINDOWS = """
input: [res, res, 3]
hyperparameters:
  res: {default: 32, min: 8}
  side: {default: 4, min: 1}
  out: {default: 8, min: 1}
network:
- columns: [op, k, s, out, when]
  rows:
  - [conv, 3x3, 2, out, ~]
  - [conv, 1x1, 1, c + 1, h % side != 0]
  - [conv, 3x3, 2, 2 * c, ~]
  - [conv, 1x1, 1, c, h % 2 == 0 and c > 12]
"""


@pytest.fixture
def windows(tmp_path):
    """A network whose structure comes and goes along its sizes."""
    path = tmp_path / "windows.yaml"
    path.write_text(WINDOWS)
    return str(path)


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("chunk", "held"), [(7, structures.HELD), (64, 1), (chunks.CHUNK, structures.HELD)]
)
def test_structures_that_come_and_go_are_counted_once(windows, chunk, held, monkeypatch):
    counted = []
    original = structures.count
    monkeypatch.setattr(
        structures, "count", lambda *given: counted.append(given) or original(*given)
    )
    monkeypatch.setattr(chunks, "CHUNK", chunk)
    monkeypatch.setattr(structures, "HELD", held)
    axes = {"out": range(4, 9), "res": range(16, 76), "side": [3, 4]}
    grid = costcalc.sweep(windows, **axes)
    if held > 1:
        assert len(counted) < 30  # of 60 sizes, which alone would be as many
    for place in itertools.product(range(5), range(0, 60, 7), range(2)):
        chosen = {name: axes[name][i] for name, i in zip(axes, place, strict=True)}
        assert grid["mult_adds"][place] == costcalc.load(windows, **chosen).mult_adds
        assert grid["params"][place] == costcalc.load(windows, **chosen).params


def test_structures_that_come_and_go_leave_the_order_of_sizes(windows, monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK", 50)
    space = library_space(load_spec(windows), {"res": range(16, 46), "out": [4, 5]})
    found = rows_of(walk([space], Query(("params",))))
    assert [row[1] for row in found] == [res for res in range(16, 46) for _ in range(2)]
    assert [row[3] for row in found] == [4, 5] * 30


def test_a_fine_grid_agrees_at_random_points():
    alphas, sizes = [Fraction(i, 1000) for i in range(50, 1001)], range(96, 321)
    grid = sweep("mobilenet", alpha=alphas, res=sizes)
    random = np.random.default_rng(0)
    for i, j in zip(random.integers(951, size=25), random.integers(225, size=25), strict=True):
        net = costcalc.load("mobilenet", alpha=alphas[i], res=sizes[j])
        assert grid["mult_adds"][i, j] == net.mult_adds
        assert grid["params"][i, j] == net.params
        assert grid["memory_access"][i, j] == net.memory_access
    assert grid["mult_adds"].dtype == np.int64


@pytest.mark.parametrize("convention", mostly(["thop"], conventions()))
def test_every_convention_is_swept(convention):
    """What an exporter stores once per different vector too, which widths decide."""
    for name, axis, values in (
        ("mobilenet_v2", "alpha", [Fraction(1, 2), Fraction(29, 40), 1]),
        ("densenet", "growth", [12, 32]),
    ):
        try:
            grid = sweep(name, convention=convention, metrics=["params"], **{axis: values})
        except costcalc.CostcalcError as refused:
            with pytest.raises(costcalc.CostcalcError, match=str(refused).partition("\n")[0]):
                costcalc.load(name, convention=convention)
            continue
        costs = [costcalc.load(name, convention=convention, **{axis: v}).totals for v in values]
        assert grid["params"].tolist() == [cost.params for cost in costs]
        if costs[0].cost is not None:
            grid = sweep(name, convention=convention, metrics=["cost"], **{axis: values})
            assert grid["cost"].tolist() == [cost.cost for cost in costs]


def test_floats_mean_the_decimals_they_print_as():
    grid = costcalc.sweep("mobilenet", alpha=np.linspace(0.25, 1, 4), res=[224])
    assert grid.axes["alpha"] == [Fraction(i, 4) for i in (1, 2, 3, 4)]
    assert grid["mult_adds"][1, 0] == 149497088


@pytest.mark.parametrize(
    "values",
    [
        np.array([0.25, 0.35, 1.0]),
        np.array([0.35, 0.25], dtype=np.float32),
        np.random.default_rng(4).uniform(0.25, 1, size=5),
        np.array([1, 2]),
        np.array([2, 1], dtype=np.uint8),
        np.array(0.5),
    ],
)
def test_an_array_means_the_same_as_its_list(values):
    array, listed = (costcalc.sweep("mobilenet", alpha=a) for a in (values, [*values.reshape(-1)]))
    assert array.axes["alpha"] == listed.axes["alpha"]
    assert all(np.array_equal(array[metric], listed[metric]) for metric in listed)


def test_a_grid_without_axes_is_one_configuration():
    grid = costcalc.sweep("mobilenet")
    assert grid["params"].shape == ()
    assert {name: column.tolist() for name, column in grid.records().items()} == {
        name: [int(getattr(costcalc.load("mobilenet"), name))] for name in grid
    }


def test_the_values_of_axes_are_shown():
    axes = costcalc.sweep("mobilenet", alpha=[0.5, 1], res=range(96, 200)).axes
    assert repr(axes) == "{'alpha': [0.5, 1], 'res': [96, 97, 98, 99, 100, 101, …]}"


SCALED = """
hyperparameters: {alpha: 1.0, res: 8}
input: [res, res, 3]
network:
- columns: [op, k, out]
  rows:
  - [conv, 3x3, floor(100 * alpha)]
  - [conv, 1x1, "divisible(70 * alpha, 7)"]
"""


@pytest.mark.parametrize("sizes", [[8, 9], [8]])
def test_floats_of_all_digits_along_an_axis(sizes, tmp_path):
    """Computed with as floats, but for the few that these do not decide: 100 * 0.29 is 29."""
    path = tmp_path / "spec.yaml"
    path.write_text(SCALED)
    random = np.random.default_rng(4)
    values = np.concatenate([random.uniform(0.01, 1.5, 12), np.arange(23, 60) / 100])
    random.shuffle(values)
    axes = {"alpha": values, "res": sizes}
    grid = sweep(str(path), metrics=METRICS, **axes)
    drawn = costcalc.sample(str(path), 20, metrics=METRICS, **axes)
    found = [
        ((values[i], sizes[j]), [grid[metric][i, j] for metric in METRICS])
        for i, j in np.ndindex(grid.shape)
    ]
    columns = [drawn.hyperparameters[each] for each in axes]
    counts = [drawn[metric] for metric in METRICS]
    found += zip(zip(*columns, strict=True), zip(*counts, strict=True), strict=True)
    for settings, costs_ in found:
        network = costcalc.load(path, **dict(zip(axes, settings, strict=True)))
        assert [*map(int, costs_)] == [getattr(network, metric) for metric in METRICS]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.array([0.5, 0.25, 0.5]), "alpha has a value twice"),
        (np.array([0.5, np.nan]), "must be a number, not nan"),
        (np.array([0.5, 0.0]), "must be at least 0.01, not 0"),
        (np.array([]), "alpha has no values"),
    ],
)
def test_what_an_array_must_not_have(values, message):
    with pytest.raises(costcalc.CostcalcError, match=message):
        costcalc.sweep("mobilenet", alpha=values)


def test_overflow_is_an_error():
    with pytest.raises(costcalc.CostcalcError, match="does not fit in 64 bits"):
        sweep("vgg", res=[224, 3_000_000_000])
    with pytest.raises(costcalc.CostcalcError, match="does not fit in 64 bits"):
        sweep("vgg", res=[224, 10**11])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"metrics": ["parms"]}, "unknown metric 'parms'\ndid you mean 'params'"),
        ({"alhpa": [1]}, "no hyperparameter 'alhpa'\ndid you mean 'alpha'"),
        ({"alpha": []}, "alpha has no values"),
        ({"alpha": [1, 1]}, "alpha has a value twice"),
        ({"alpha": [0]}, "alpha must be at least 0.01, not 0"),
    ],
)
def test_wrong_sweeps(arguments, message):
    with pytest.raises(costcalc.CostcalcError, match=message):
        sweep("mobilenet", **arguments)


def query(**changes):
    return Query(("params", "mult_adds", "memory_access"), **changes)


def spaces():
    return [
        Space(load_spec("mobilenet"), {
            "alpha": [Fraction(i, 50) for i in range(10, 51)], "res": list(range(128, 225, 8)),
        }),
        Space(load_spec("shufflenet"), {
            "g": [1, 2, 8], "scale": [Fraction(i, 12) for i in range(3, 15)],
        }),
    ]  # fmt: skip


def test_every_row_once_and_the_invalid_counted():
    found = walk(spaces(), query())
    valid = 0
    for space in spaces():
        grid = sweep(space.spec.key, **space.axes)
        valid += int(grid.valid.sum())
    assert len(rows_of(found)) == valid
    assert found.tally.configurations == 41 * 13 + 3 * 12
    assert found.tally.invalid == found.tally.configurations - valid > 0
    assert "out is not a whole number" in found.tally.example


def test_where_sort_and_top_agree_with_a_plain_list():
    everything = rows_of(walk(spaces(), query()))
    columns = list(walk(spaces(), query()).columns)
    params, cost = columns.index("params"), columns.index("mult_adds")
    found = walk(
        spaces(),
        query(
            where=Filter("mult_adds <= 150M and params < 1.5M", "--where"),
            sort=Filter("mult_adds", "--sort"),
            descending=True,
            top=7,
        ),
    )
    wanted = [r for r in everything if r[cost] <= 150_000_000 and r[params] < 1_500_000]
    wanted.sort(key=lambda row: -row[cost])
    assert rows_of(found) == wanted[:7]


def test_the_front_is_what_nothing_beats():
    everything = rows_of(walk(spaces(), query()))
    names_ = list(walk(spaces(), query()).columns)
    for wanted in (("mult_adds", "params"), ("mult_adds", "params", "memory_access")):
        chosen = [names_.index(name) for name in wanted]
        numbers = {tuple(row[i] for i in chosen) for row in everything}
        best = {
            a for a in numbers
            if not any(b != a and all(y <= x for x, y in zip(a, b, strict=True)) for b in numbers)
        }  # fmt: skip
        keys = tuple(Filter(name, "--pareto") for name in wanted)
        found = rows_of(walk(spaces(), query(pareto=keys)))
        assert sorted(tuple(row[i] for i in chosen) for row in found) == sorted(best)


@pytest.mark.parametrize("key", ["params", "-res", "mult_adds", "params % 11"])
@pytest.mark.parametrize("costs", ["params % 103,mult_adds % 101", "mult_adds,-(params % 101)"])
def test_the_first_of_a_front_are_on_that_of_all(key, costs, monkeypatch):
    """What comes first on the front of a block may be beaten by what a later one has."""
    some = library_space(load_spec("mobilenet"), {"alpha": "0.25:1:0.01", "res": "96:195"})
    front = query(sort=Filter(key, "--sort"), pareto=Filter.several(costs, "--pareto"))
    in_order = rows_of(walk([some], front, sample=3000))
    assert len(in_order) > 1
    monkeypatch.setattr(chunks, "CHUNK", 64)
    for top in (1, 2):
        monkeypatch.setattr("costcalc.sweeps.query.BATCH", 10 * top)
        first = front._replace(top=top)
        assert rows_of(walk([some], first, sample=3000, workers=top)) == in_order[:top]


def test_a_front_of_what_is_better_higher():
    """MobileNet's printed networks: none has fewer Mult-Adds and a higher accuracy."""
    space = Space(load_spec("mobilenet"), {
        "alpha": [Fraction(i, 4) for i in (1, 2, 3, 4)], "res": [128, 160, 192, 224],
    })  # fmt: skip
    keys = (Filter("mult_adds", "--pareto"), Filter("-accuracy", "--pareto"))
    found = walk([space], Query(("mult_adds", "accuracy"), pareto=keys)).columns
    front = sorted(zip(found["mult_adds"].tolist(), found["accuracy"].tolist(), strict=True))
    assert [accuracy for _, accuracy in front] == [50.6, 60.2, 63.7, 64.4, 67.2, 68.4, 69.1, 70.6]


def test_integers_beside_floats_keep_their_last_digit():
    costs = [np.array([2**60 + 1, 2**60, 2**60 + 2]), np.array([0.5, 0.5, 0.25])]
    assert front(costs).tolist() == [1, 2]


def test_neither_blocks_nor_workers_change_the_rows(monkeypatch):
    everything = query(sort=Filter("params", "--sort"), top=50)
    once = rows_of(walk(spaces(), everything))
    assert rows_of(walk(spaces(), everything, workers=2)) == once
    monkeypatch.setattr(chunks, "CHUNK", 64)
    assert rows_of(walk(spaces(), everything)) == once


def test_what_an_axis_has_too_many_of_stays_in_order(monkeypatch):
    axes = {"g": [3], "scale": [Fraction(i, 4) for i in range(1, 5)], "res": [96, 112, 128, 160]}
    space = [Space(load_spec("shufflenet"), axes)]
    in_order = rows_of(walk(space, query()))
    monkeypatch.setattr(structures, "LONGEST", 3)
    assert rows_of(walk(space, query())) == in_order
    monkeypatch.setattr(chunks, "CHUNK", 7)
    assert rows_of(walk(space, query())) == in_order


def test_samples_are_rows_of_the_space():
    everything = set(rows_of(walk(spaces(), query())))
    found = walk(spaces(), query(), sample=40, seed=3)
    assert found.tally.configurations == 80
    assert set(rows_of(found)) <= everything
    assert rows_of(found) == rows_of(walk(spaces(), query(), sample=40, seed=3))
    assert rows_of(found) != rows_of(walk(spaces(), query(), sample=40, seed=4))


def test_neither_blocks_nor_workers_change_a_sample(monkeypatch):
    drawn = rows_of(walk(spaces(), query(), sample=40, seed=3))
    first = [row for row in drawn if row[0] == "mobilenet"]
    space = spaces()[0]
    library = costcalc.sample("mobilenet", 40, seed=3, **space.axes)
    columns = list(walk(spaces(), query(), sample=40, seed=3).columns)
    assert library["mult_adds"].tolist() == [row[columns.index("mult_adds")] for row in first]
    monkeypatch.setattr(chunks, "CHUNK", 7)
    assert rows_of(walk(spaces(), query(), sample=40, seed=3)) == drawn
    assert rows_of(walk(spaces(), query(), workers=2, sample=40, seed=3)) == drawn


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a <= 1.5K", [True, False]),
        ("a == 1_500", [True, False]),
        ("x == 0.3", [True, False]),
        ("a > 1KiB and not x > 0.3", [True, False]),
        ("a * a * a * a * a * a > 0", [True, True]),  # beyond 64 bits, not wrapped
        ("divisible(a, 8) == 1504 or max(a, 9) < 0", [True, False]),
        ("word == 'in'", [True, False]),
    ],
)
def test_filters(text, value):
    columns = {
        "a": np.array([1500, 2_000_000]),
        "x": np.array([0.3, 0.31]),
        "word": np.array(["in", "out"], dtype=object),
    }
    found = Filter(text, "--where")
    found.require(columns)
    assert np.broadcast_to(found(columns), 2).tolist() == value


def test_a_filter_with_an_unknown_name_says_where():
    with pytest.raises(SpecError, match="--where:1:13: unknown name 'parms'"):
        Filter("alpha < 1 + parms", "--where").require({"params", "alpha"})


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0.25:1:0.25", [Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), 1]),
        ("0.1:0.3:0.1", [Fraction(1, 10), Fraction(1, 5), Fraction(3, 10)]),
        ("0.5,0.75:1:0.25", [Fraction(1, 2), Fraction(3, 4), 1]),
    ],
)
def test_ranges_are_exact_and_include_both_ends(text, values):
    parameter = load_spec("mobilenet").hyperparameters["alpha"]
    assert read_axes(parameter, text) == {"alpha": values}


@pytest.mark.parametrize("name", ["network", *known_metrics(load_convention("thop")), *REPORTED])
def test_no_hyperparameter_is_called_like_a_column(tmp_path, name):
    path = tmp_path / "net.yaml"
    path.write_text(
        f"hyperparameters: {{{name}: 4}}\ninput: [8, 8, 3]\nnetwork: [{{rows: [{{op: relu}}]}}]\n"
    )
    with pytest.raises(SpecError, match=f"'{name}' cannot name a hyperparameter"):
        costcalc.load(path)
