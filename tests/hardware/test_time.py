"""Times: the sums they are made of, coefficients from measurements, and how good they are."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

import costcalc
from costcalc.hardware.calibration import Measurement, calibrate, rank_correlation
from costcalc.hardware.devices import load_device, timed
from costcalc.hardware.sums import load_sums
from costcalc.hardware.timing import predict
from costcalc.hardware.timing_file import timing_text
from costcalc.ops import OPERATORS
from costcalc.tables.measurements import read_measurements
from tests.benchmarks.time import FACTS, GOALS, TABLES
from tests.covering import mostly, networks

SMALL = """\
name: Small
input: [8, 8, 4]
network:
- columns: [op, k, s, out, g]
  rows:
  - [conv, 3x3, 2, 8]
  - [conv, 1x1, 1, 8, 2]
  - [dw,   3x3]
  - [swish]
  - {concat: [[[conv, 1x1, 1, 4]], [[conv, 1x1, 1, 4]]]}
  - [gpool]
  - [fc, ~, ~, 10]
"""


def figures(network):
    return load_sums().of(network.graph).figures


def test_sums_by_hand(tmp_path):
    """8x8x4 -> 4x4x8 -> 4x4x8 in 2 groups -> depthwise -> swish -> two 4x4x4 -> pool -> 10."""
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    found = figures(costcalc.load(str(path)))
    first, grouped, depthwise, half = 9 * 4 * 8 * 16, 4 * 8 * 16, 9 * 8 * 16, 8 * 4 * 16
    assert found["dense_mult_adds"] == first + 2 * half + 8 * 10
    assert found["grouped_mult_adds"] == grouped
    assert found["depthwise_mult_adds"] == depthwise
    assert found["window_elements"] == 9 * 4 * 16 + 2 * (8 * 16)
    maps = (256 + 128) + 3 * (128 + 128) + 2 * (128 + 64) + (128 + 128)  # conv to concat
    assert found["moved_elements"] == maps + (128 + 8) + (8 + 10)
    assert found["normalised_elements"] == 0
    assert found["exponentials"] == 128
    assert found["weights"] == 9 * 4 * 8 + 4 * 8 + 9 * 8 + 2 * 8 * 4 + 8 * 10
    assert found["layers"] == 9
    assert found["fragments"] == 1


def test_sums_of_operators_of_ones_own_are_not_nothing():
    assert load_sums().rules.otherwise is not None
    assert set(load_sums().rules.otherwise.costs) >= {"moved_elements", "layers"}
    assert {op for op, _ in load_sums().rules.rules} <= set(OPERATORS)


@pytest.mark.parametrize("name", networks(2))
def test_no_multiply_add_is_lost(name):
    """Each is dense, of a group, or depthwise."""
    network = costcalc.load(name)
    found = figures(network)
    kinds = ("dense_mult_adds", "grouped_mult_adds", "depthwise_mult_adds")
    assert sum(found[kind] for kind in kinds) == network.mult_adds
    assert all(isinstance(value, int) and value >= 0 for value in found.values())


def measured(*milliseconds, families=None):
    """Networks of two sums that take 2 ms a layer and 1 ms a million weights."""
    names = load_sums().by_name
    found = []
    for number in range(12):
        sums = dict.fromkeys(names, 0)
        sums |= {"layers": 1 + number % 5, "weights": 10**6 * (1 + number * number)}
        ms = 2.0 * sums["layers"] + 1e-6 * sums["weights"]
        family = f"family{number % 4}" if families is None else families
        found.append(Measurement(f"net{number}", family, ms, 1, sums, sums["weights"]))
    return found


def test_what_is_exact_is_found_again():
    found = calibrate(measured())
    assert found.left_out == "family"
    kept = {one.sum.name: one.coefficient.milliseconds for one in found.sums if one.kept}
    assert kept == pytest.approx({"layers": 2.0, "weights": 1e-6}, rel=1e-5)
    assert found.error.worst < 1e-5
    assert found.rank_correlation == 1.0
    assert found.mult_adds_alone.mean > 0.2
    by_name = {one.sum.name: one for one in found.sums}
    assert by_name["layers"].without > 0.1 > by_name["exponentials"].without
    assert (by_name["layers"].coefficient.least, by_name["layers"].coefficient.most) == (1, 5)


def test_a_family_does_not_tell_its_own_time():
    """Every family but one is exact; that one is predicted as if it had never been measured."""
    several = [
        one._replace(milliseconds=3 * one.milliseconds) if one.family == "family1" else one
        for one in measured()
    ]
    found = calibrate(several)
    for one, predicted in zip(several, found.predicted, strict=True):
        if one.family == "family1":
            assert predicted == pytest.approx(one.milliseconds / 3, rel=1e-5)


def test_what_stands_out_is_told_with_a_guess():
    several = [one._replace(family=one.network) for one in measured()]
    several[11] = several[11]._replace(milliseconds=4 * several[11].milliseconds)
    (outlier,) = calibrate(several).outliers()
    assert outlier.network == "net11"
    assert outlier.error == pytest.approx(-3 / 4, rel=0.01)
    assert outlier.why == "it has 1.21x as many weights as the other families"


def test_of_one_family_every_network_is_predicted_from_the_others():
    several = measured(families="one")
    twice = [*several, several[0]._replace(milliseconds=100 * several[0].milliseconds)]
    found = calibrate(twice)
    assert found.left_out == "network"
    # a network that was measured twice does not tell its own time either
    for predicted in (found.predicted[0], found.predicted[-1]):
        assert predicted == pytest.approx(several[0].milliseconds)


def test_too_few_or_all_alike():
    several = measured()
    with pytest.raises(costcalc.CostcalcError, match="4 networks to calibrate with; at least 5"):
        calibrate(several[:4])
    with pytest.raises(costcalc.CostcalcError, match="1 network \\(measured 9 times\\)"):
        calibrate([several[0]] * 9)
    with pytest.raises(costcalc.CostcalcError, match="0 networks to calibrate with"):
        calibrate([])
    alike = [
        one._replace(sums={name: (number + 1) * value for name, value in several[3].sums.items()})
        for number, one in enumerate(several)
    ]
    with pytest.raises(costcalc.CostcalcError, match="differ in size alone"):
        calibrate(alike)


def test_it_is_deterministic_and_the_file_says_the_same(tmp_path):
    found = calibrate(measured())
    assert calibrate(measured()) == found
    timing = found.timing('a test: with "quotes", and a \'', runtime="by hand", layout="nhwc")
    path = tmp_path / "device.yaml"
    path.write_text(timing_text("A device: mine", timing))
    device = load_device(str(path))
    assert device.name == "A device: mine"
    assert device.timing == timing
    with pytest.raises(costcalc.CostcalcError, match="states no peak, only times"):
        device.peak_of("fp32")
    with pytest.raises(costcalc.CostcalcError, match="states no bandwidth"):
        device.bandwidth_of()


def test_time_is_the_sum_of_its_layers():
    timing = load_device("i9_10940x").timing_of()
    found = predict(costcalc.load("mobilenet_v3_large"), timing)
    assert sum(map(found.of_layer, found.layers)) == pytest.approx(found.milliseconds, rel=1e-5)
    assert sum(found.shares.values()) == pytest.approx(1)
    assert found.outside == []
    assert found.error == timing.error.mean


def test_a_batch_costs_examples_anew_and_the_run_once():
    timing = load_device("i9_10940x").timing_of()
    network = costcalc.load("mobilenet")
    one, two, four = (predict(network, timing, batch).milliseconds for batch in (1, 2, 4))
    assert 0 < two - one < one
    assert four - two == pytest.approx(2 * (two - one), rel=1e-5)
    assert predict(network.with_execution("int8", 8), timing, 1).milliseconds == one
    with pytest.raises(costcalc.CostcalcError, match="a batch is a whole number"):
        predict(network, timing, 0)


def test_outside_of_what_was_measured():
    phone = load_device("pixel_1").timing_of()
    found = predict(costcalc.load("mobilenet_v2", alpha=3), phone, 2)
    assert found.outside[0] == "batch 2, measured: 1"
    assert any(said.startswith("dense mult adds: 4.") for said in found.outside)
    (said,) = predict(costcalc.load("mobilenet_v3_large"), phone).outside
    assert said == "only mobilenet_v2 was measured: of another family the error is not known"


@pytest.mark.parametrize("device", timed())
def test_every_device_that_ships_says_where_it_is_from(device):
    timing = load_device(device).timing_of()
    assert device in TABLES
    assert timing.source
    assert timing.runtime
    assert timing.networks >= 5
    assert 0 < timing.error.mean <= timing.error.worst
    for name in ("mobilenet_v2", "resnet"):
        assert predict(costcalc.load(name), timing).milliseconds > 0


def in_part(device, folder):
    """A device's table; of a thousand rows a third, of the same networks in every such table."""
    table = TABLES[device]
    head, *rows = (FACTS / table.file).read_text().splitlines(keepends=True)
    if head.startswith("model,"):
        rows = [row for row in rows if zlib.crc32(",".join(row.split(",")[:2]).encode()) % 3 == 2]
    path = folder / table.file
    path.write_text("".join([head, *rows]))
    return calibrate(read_measurements(str(path), where=table.where).measurements)


@pytest.mark.parametrize("device", mostly(["pixel_1", "pixel_3"], TABLES))
def test_devices_that_ship_are_what_their_tables_say(device, tmp_path):
    """The zoo grows, and with it what a table tells: a prediction may move within its error.

    `python -m tests.benchmarks.time` reads all rows, which takes three times as long.
    """
    found = in_part(device, tmp_path)
    shipped = load_device(device).timing_of()
    now = found.timing(shipped.source)
    network = costcalc.load("mobilenet_v2")
    before, after = (predict(network, one).milliseconds for one in (shipped, now))
    assert after == pytest.approx(before, rel=shipped.error.mean)
    if device in GOALS:
        most, rank = GOALS[device]
        assert found.error.mean <= most
        assert found.rank_correlation >= rank
        assert found.error.mean < found.mult_adds_alone.mean / 2


def test_rank_correlation():
    assert rank_correlation([1, 2, 3], [10, 30, 20]) == 0.5
    assert rank_correlation([1, 2, 2, 3], [1, 2, 2, 3]) == pytest.approx(1)
    assert rank_correlation([1, 2], [2, 1]) == -1
    assert rank_correlation([1, 1], [1, 2]) == 0
    random = np.random.default_rng(0)
    values = random.random(50)
    assert rank_correlation(values, np.exp(values)) == pytest.approx(1)
