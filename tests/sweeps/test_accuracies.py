"""Printed accuracies as columns: of the right configuration, of the network itself, or nothing."""

from __future__ import annotations

import itertools
import json
import re
from fractions import Fraction

import numpy as np
import pytest

from costcalc.claims.reported import reported, reported_for
from costcalc.language.find import names
from costcalc.language.quantities import REPORTED
from costcalc.library import load_spec
from costcalc.network import load
from costcalc.sweeps import accuracies as column
from costcalc.sweeps.query import Query
from costcalc.sweeps.space import Space, read_axes
from costcalc.sweeps.where import Filter
from tests.sweeps.walking import walk


def swept(*keys, columns=("accuracy",), **axes):
    spaces = []
    for spec in map(load_spec, keys):
        own = {name: text for name, text in axes.items() if name in spec.hyperparameters}
        read = (read_axes(spec.hyperparameters[name], text) for name, text in own.items())
        spaces.append(Space(spec, {k: v for one in read for k, v in one.items()}))
    return walk(spaces, Query(columns)).columns


def test_mobilenets_tables_6_7_and_9():
    columns = swept("mobilenet", alpha="0.25:1:0.25", res="128:224:32")
    found = columns["accuracy"]
    assert found.dtype == np.float64
    printed = {
        (alpha, res): value
        for alpha, res, value in zip(columns["alpha"], columns["res"], found, strict=True)
        if not np.isnan(value)
    }
    assert printed == {
        (1.0, 224): 70.6, (0.75, 224): 68.4, (0.5, 224): 63.7, (0.25, 224): 50.6,
        (1.0, 192): 69.1, (1.0, 160): 67.2, (1.0, 128): 64.4, (0.5, 160): 60.2,
    }  # fmt: skip


def test_other_tasks_are_not_the_networks_own():
    """Faces (Tables 12 and 14) were told apart by another classifier; dogs by 120 classes."""
    mobilenet = load_spec("mobilenet")
    assert column.measurements(mobilenet, "mean_ap") == []
    settings = [s for s, _ in column.measurements(mobilenet, "accuracy")]
    assert not any(s["alpha"] == Fraction(3, 4) and s["res"] == 128 for s in settings)
    columns = swept("mobilenet", classes="120,1000", res="224")
    assert columns["accuracy"].tolist() == [83.3, 70.6]
    assert reported_for(load("mobilenet", alpha="0.75", res=128)) == {}


def test_words_and_truth_values_are_told_apart():
    columns = swept("mobilenet", body="all")
    found = dict(zip(columns["body"], columns["accuracy"].tolist(), strict=True))
    assert str(found.pop("headed")) == "nan"  # no paper says one
    assert found == {"separable": 70.6, "full": 71.7, "shallow": 65.3}
    columns = swept("shufflenet", columns=("error",), scale="2", se="all")
    assert columns["error"].tolist() == [26.3, 24.7]


def test_the_error_is_100_minus_the_accuracy():
    columns = swept("mobilenet", "shufflenet", columns=REPORTED, g="1,2,3")
    assert columns["accuracy"].tolist() == [70.6, 66.4, 67.3, 67.4]
    assert columns["error"].tolist() == [29.4, 33.6, 32.7, 32.6]
    assert np.isnan(columns["top5_accuracy"]).all()


def test_of_two_printed_values_the_first_stands():
    """MobileNetV2's paper has 72.0, its authors' README 71.8."""
    values = [x.value for x in reported(load_spec("mobilenet_v2")) if x.settings["alpha"] == 1
              and x.settings["res"] == 224 and x.quantity == "accuracy"]  # fmt: skip
    assert values == [72, Fraction(718, 10)]
    assert swept("mobilenet_v2")["accuracy"].tolist() == [72.0]


def column_of(value):
    return np.array([float(value) if isinstance(value, Fraction) else value])


@pytest.mark.exhaustive
def test_every_printed_value_is_found_where_it_is_printed():
    for spec, quantity in itertools.product(map(load_spec, names()), REPORTED):
        for settings, value in column.measurements(spec, quantity):
            arrays = {key: tuple(map(column_of, v)) if isinstance(v, tuple) else column_of(v)
                      for key, v in settings.items()}  # fmt: skip
            found = column.printed(spec, quantity, arrays)
            assert found.tolist() == [float(value)], (spec.key, quantity, settings)
            assert 0 < value < 100


def test_a_mesh_is_broadcast():
    settings = {
        "alpha": np.array([0.5, 1.0]).reshape(2, 1), "res": np.array([160, 192, 224]),
        "classes": np.asarray(1000), "body": np.asarray("separable", dtype=object),
    }  # fmt: skip
    found = column.printed(load_spec("mobilenet"), "accuracy", settings)
    np.testing.assert_equal(found, [[60.2, np.nan, 63.7], [67.2, 69.1, 70.6]])


def test_rows_are_filtered_and_sorted_by_what_is_printed():
    space = Space(load_spec("mobilenet"), {"res": [128, 160, 176, 192, 224]})
    query = Query(("accuracy",), Filter("accuracy > 65", "--where"), Filter("accuracy", "--sort"))
    assert walk([space], query).columns["accuracy"].tolist() == [67.2, 69.1, 70.6]
    rest = walk([space], query._replace(where=None)).columns["accuracy"]
    np.testing.assert_equal(rest, [64.4, 67.2, 69.1, 70.6, np.nan])  # without a value: last


def test_rows_without_a_value_are_said(costcalc, tmp_path):
    """Those that a filter, an order or a front passes over since no source prints anything."""
    alphas = ["sweep", "mobilenet", "--alpha", "0.25:1:0.05"]  # 4 of 16 have an accuracy
    for wanted, found in (
        (["--where", "accuracy > 60"], "3 of 16 configurations; 12 have no accuracy"),
        (["--sort=-accuracy", "--top", "2"], "2 of 16 configurations; 12 have no accuracy"),
        (["--pareto", "mult_adds,-accuracy"], "4 of 16 configurations; 12 have no accuracy"),
        # of the rows that the filter leaves: 0.75 and 1 have one
        (["--where", "alpha > 0.7", "--sort", "error"], "6 of 16 configurations; 4 have no error"),
        (["--where", "alpha > 0.7 and accuracy > 0", "--sort", "top5_accuracy"],
         "2 of 16 configurations; 12 have no accuracy, 2 have no top5_accuracy"),
        (["--sort", "params / 0"], "16 of 16 configurations; 16 have no params / 0"),
        (["--sort", "params / (alpha-0.5)"],
         "16 of 16 configurations; 1 have no params / (alpha-0.5)"),
        (["--pareto", "params, mult_adds % (res-224)"],
         "0 of 16 configurations; 16 have no mult_adds % (res-224)"),
        (["--where", "accuracy / (alpha-0.5) < 0 and divisible(params, res-192) > 0"],
         "1 of 16 configurations; 12 have no accuracy, 1 have no accuracy / (alpha-0.5)"),
        (["--where", "divisible(params, res-224) > 0", "--top", "3"],
         "0 of 16 configurations; 16 have no divisible(params, res-224)"),
        (["--metrics", "accuracy"], "16 of 16 configurations"),
    ):  # fmt: skip
        ran = costcalc(*alphas, *wanted)
        assert ran.out.splitlines()[-1] == found
        path = tmp_path / "rows.csv"
        assert costcalc(*alphas, *wanted, "-o", str(path)).err.splitlines()[-1] == found
        as_json = json.loads(costcalc(*alphas, *wanted, "--format", "json").out)
        assert bool(as_json["without"]) == ("have no" in found)
    assert as_json["without"] == {}


def test_a_network_without_a_column_is_said(costcalc):
    ran = costcalc("sweep", "mobilenet", "vgg", "--alpha", "0.5,1", "--where", "alpha < 1")
    assert ran.out.splitlines()[-1] == "1 of 3 configurations; 1 have no alpha"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_tally_is_the_same_whoever_counts(workers, costcalc):
    space = ["sweep", "mobilenet", "--alpha", "0.01:1:0.001", "--res", "96:256"]
    wanted = ["--pareto", "mult_adds,-accuracy", "--metrics", "params", "--workers", workers]
    (footer,) = costcalc(*space, *wanted).out.splitlines()[-1:]
    assert footer.startswith("8 of 159,551 configurations; ")
    invalid = int(re.search(r"([\d,]+) left out as no networks", footer)[1].replace(",", ""))
    lacking = int(re.search(r"([\d,]+) have no accuracy", footer)[1].replace(",", ""))
    assert lacking + invalid + 8 == 159_551
