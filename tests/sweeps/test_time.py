"""Time as a metric: the same as by itself, exact filters and fronts, wherever it is computed."""

from __future__ import annotations

import csv
import io
import itertools
import json
from fractions import Fraction

import numpy as np
import pytest

import costcalc as library
from costcalc.hardware.devices import load_device
from costcalc.hardware.timing import predict
from costcalc.library import load_spec
from costcalc.network import Network
from costcalc.sweeps.journal import identity
from costcalc.sweeps.points import outside_of
from costcalc.sweeps.query import Query
from costcalc.sweeps.space import Space
from costcalc.sweeps.tasks import Job
from tests.covering import mostly

SPACES = [
    ("mobilenet_v2", {"alpha": [0.35, 0.5, 1.0], "res": [96, 160, 224]}),
    ("mobilenet_v3_small", {"alpha": [0.75, 1.0], "minimalistic": [False, True]}),
    ("densenet", {"depth": [121, 169], "growth": [12, 32]}),
    ("vit", {"depth": [2, 4], "res": [32, 64]}),
]


@pytest.mark.exhaustive
@pytest.mark.parametrize(("name", "space"), SPACES, ids=[name for name, _ in SPACES])
@pytest.mark.parametrize("device", ["i9_10940x", "pixel_1"])
def test_a_network_has_the_same_time_in_a_grid_as_by_itself(name, space, device):
    """To the last digit; where depth varies and where structure differs, too."""
    grid = library.sweep(name, metrics=["time", "mult_adds"], device=device, **space)
    assert grid["time"].dtype == np.float64
    assert grid["mult_adds"].dtype == np.int64
    for index in np.ndindex(grid["time"].shape):
        settings = {axis: space[axis][i] for axis, i in zip(space, index, strict=True)}
        alone = library.time(name, device=device, **settings).milliseconds
        assert grid["time"][index] == alone > 0


def test_points_and_samples():
    widths = [0.35, 0.517, 0.75, 1.3]
    found = library.points("mobilenet_v2", metrics=["time"], device="pixel_2", alpha=widths)
    alone = [library.time("mobilenet_v2", device="pixel_2", alpha=w).milliseconds for w in widths]
    assert found["time"].tolist() == alone
    drawn = library.sample(
        "mobilenet_v2", 5, metrics=["time"], device="pixel_2", alpha="0.3:1:0.1", res="96:224:32"
    )
    assert (drawn["time"] > 0).all()


def test_what_is_no_network_has_no_time():
    grid = library.sweep(
        "shufflenet", metrics=["time"], device="i9_10940x", g=[3], scale=[0.01, 1.0]
    )
    assert grid.valid.tolist() == [[False, True]]
    assert grid["time"][0, 0] == -1 < grid["time"][0, 1]


def rows(ran):
    assert ran.code == 0, ran
    return json.loads(ran.out)["rows"]


def test_filters_and_fronts_are_exact(costcalc):
    """A row is filtered by what it prints: its own time lets it in, a billionth less does not."""
    sweep = ["sweep", "mobilenet_v2", "--alpha", "0.3:1:0.05", "--res", "96:224:32",
             "--device", "pixel_1", "--format", "json"]  # fmt: skip
    every = rows(costcalc(*sweep))
    middle = sorted(row["time"] for row in every)[len(every) // 2]
    assert all(round(row["time"], 6) == row["time"] for row in every)
    at_most = [row for row in every if row["time"] <= middle]
    assert rows(costcalc(*sweep, "--where", f"time <= {middle:.6f}ms")) == at_most
    below = [row for row in every if row["time"] < middle]
    assert rows(costcalc(*sweep, "--where", f"time < {1000 * middle:.3f}us")) == below
    front = rows(costcalc(*sweep, "--pareto", "time,-params"))
    beaten = [
        row for row in every
        if any(o["time"] <= row["time"] and o["params"] >= row["params"]
               and (o["time"], o["params"]) != (row["time"], row["params"]) for o in every)
    ]  # fmt: skip
    assert [row for row in every if row not in beaten and row in front] == front
    best = min(every, key=lambda row: row["time"])
    assert rows(costcalc(*sweep, "--sort", "time", "--top", "1")) == [best]
    assert rows(costcalc(*sweep, "--workers", "2")) == every


@pytest.mark.parametrize(("name", "device", "factor", "values"), mostly(
                         [("mobilenet_v2", "pixel_1", "alpha", [0.1, 0.5, 1.5])],
                         [("shufflenet_v2", "pixel_1", "scale", [0.5, 2.0]),
                          ("densenet_cifar", "i9_10940x", "depth", [40, 100, 250])]))  # fmt: skip
def test_a_network_outside_of_what_was_measured_is_said_as_such(name, device, factor, values):
    """In a grid, row by row, as by itself; and so in filters."""
    sizes = [32, 96, 224, 512]
    space = {factor: values, "res": sizes}
    grid = library.sweep(name, metrics=["outside"], device=device, **space)
    alone = [[bool(library.time(name, device=device, **{factor: v, "res": s}).outside)
              for s in sizes] for v in values]  # fmt: skip
    assert grid["outside"].dtype == bool
    assert grid["outside"].tolist() == alone
    assert name != "mobilenet_v2" or {*itertools.chain.from_iterable(alone)} == {True, False}


def test_rows_outside_are_marked_and_can_be_left_out(costcalc):
    sweep = ["sweep", "mobilenet_v2", "--alpha", "0.1,1", "--res", "96", "--device", "pixel_1"]
    marked = costcalc(*sweep).out
    assert [line.endswith("outside") for line in marked.splitlines()[5:7]] == [True, False]
    assert "costcalc time says in what" in marked
    ran = costcalc(*sweep, "--where", "not outside", "--format", "csv")
    assert [row["alpha"] for row in csv.DictReader(io.StringIO(ran.out))] == ["1"]
    assert "outside" not in costcalc(*sweep, "--where", "not outside").out


@pytest.mark.exhaustive
def test_a_fit_outside_of_what_was_measured_says_so(costcalc):
    fit = ["fit", "mobilenet_v2", "--res", "320", "--max", "time=300ms", "--device", "pixel_1"]
    assert "is outside of what was measured: dense mult adds: 2." in costcalc(*fit).out
    (row,) = json.loads(costcalc(*fit, "--format", "json").out)["rows"]
    assert row["outside"][0].startswith("dense mult adds: 2.")
    (row,) = csv.DictReader(io.StringIO(costcalc(*fit, "--format", "csv").out))
    assert row["outside"].startswith("dense mult adds: 2.")


def test_without_a_device_there_is_no_time(costcalc):
    for words in (["--where", "time < 20ms"], ["--sort", "time"], ["--pareto", "time,params"],
                  ["--metrics", "time"]):  # fmt: skip
        ran = costcalc("sweep", "mobilenet", *words)
        assert ran.code == 2
        assert "time is that of a device" in ran.err
    with pytest.raises(library.CostcalcError, match="that of a device: name one, as pixel_1"):
        library.sweep("mobilenet", metrics=["time"])
    with pytest.raises(library.CostcalcError, match="states no times"):
        library.sweep("mobilenet", metrics=["time"], device="jetson_nano")


def test_a_sweep_that_goes_on_is_of_the_same_device(tmp_path):
    """Another coefficient is another sweep."""
    spec = library.load("mobilenet").spec
    text = load_device("pixel_1").file.text
    found = []
    other = text.replace("milliseconds: 2", "milliseconds: 3")
    assert other != text
    for written in (text, text, other):
        path = tmp_path / "device.yaml"
        path.write_text(written)
        query = Query(("time",), device=load_device(str(path)))
        found.append(identity(Job([Space(spec, {"alpha": [1]})], query), {}))
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize(
    ("name", "axes"),
    [
        ("mobilenet_v2", {"alpha": [Fraction(1, 4), 1, 9], "res": [96, 224, 2048]}),
        ("mobilenet", {"body": ["separable", "full"], "alpha": [1, 3]}),
        ("ofa_mobilenet_v3", {"d": [(2, 2, 2, 2, 2), (4, 3, 2, 3, 4)], "res": [160, 161]}),
    ],
)
def test_what_is_outside_is_said_of_all_as_of_each(name, axes):
    spec, device = load_spec(name), load_device("pixel_1")
    settings = [dict(zip(axes, one, strict=True)) for one in itertools.product(*axes.values())]
    wanted = [predict(Network(spec, one), device.timing_of()).outside for one in settings]
    assert outside_of(spec, settings, device) == wanted
    assert any(wanted)
