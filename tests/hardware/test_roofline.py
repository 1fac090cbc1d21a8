"""The roofline: exact times, and the order that Mult-Adds do not predict."""

from __future__ import annotations

from fractions import Fraction

import pytest

import costcalc
from costcalc.hardware import devices
from costcalc.hardware.roofline import Efficiency, read_efficiency, roofline
from costcalc.report.roofline import inversions, ranks

DEVICE = """\
source: a test
peak: {fp32: 2 GFLOP/s, int8: 4 Gmult_adds/s}
bandwidth: {value: 1 GB/s, source: another}
on_chip: 1 KiB
"""


@pytest.fixture
def device(tmp_path):
    path = tmp_path / "device.yaml"
    path.write_text(DEVICE)
    return devices.load_device(str(path))


def test_units(device):
    assert device.peak["fp32"].value == 10**9  # two operations are one multiply-add
    assert device.peak["int8"].value == 4 * 10**9
    assert device.bandwidth.value == 10**9
    assert device.on_chip.value == 1024
    assert device.name == device.key == "device"
    assert device.bandwidth.source == "another"
    assert device.on_chip.source == device.peak["fp32"].source == "a test"


def test_each_layer_takes_the_longer_of_the_two(device):
    net = costcalc.load("mobilenet")
    found = roofline(net, device)
    for bound in found.bounds:
        assert bound.compute == Fraction(bound.layer.mult_adds, 10**9)
        assert bound.traffic == Fraction(4 * bound.layer.memory_access, 10**9)
        assert bound.seconds == max(bound.compute, bound.traffic) > 0
        assert bound.by == ("compute" if bound.compute > bound.traffic else "bandwidth")
    assert found.seconds == sum(bound.seconds for bound in found.bounds)
    assert found.share("compute") + found.share("bandwidth") == 1
    assert sum(bound.bytes for bound in found.bounds) == net.memory_access_bytes
    half = roofline(net, device, Efficiency(Fraction(1, 2), Fraction(1, 2)))
    assert half.seconds == 2 * found.seconds
    assert roofline(net.with_execution("int8"), device).seconds < found.seconds


@pytest.mark.parametrize("name", devices.names())
def test_every_device_that_ships(name):
    device = devices.load_device(name)
    assert device.source
    for dtype in device.peak:
        assert roofline(costcalc.load("squeezenet").with_execution(dtype), device).seconds > 0


def test_fewer_mult_adds_can_take_longer():
    """ShuffleNet v1 has fewer multiply-adds than MobileNet and moves more."""
    device = devices.load_device("jetson_nano")
    mobilenet, shufflenet = costcalc.load("mobilenet"), costcalc.load("shufflenet", scale=2)
    slow, fast = roofline(shufflenet, device), roofline(mobilenet, device)
    assert shufflenet.mult_adds < mobilenet.mult_adds
    assert slow.seconds > fast.seconds
    (words,) = inversions([[slow], [fast]])
    assert words.startswith("jetson_nano: the order by time is not that by Mult-Adds: shufflenet")
    (agreed,) = inversions([[fast], [fast]])
    assert agreed.endswith("is that by Mult-Adds")


def test_ranks_share_ties():
    assert ranks([3, 1, 2, 1]) == [4, 1, 3, 1]


def test_efficiency():
    assert read_efficiency("0.5") == Efficiency(Fraction(1, 2), Fraction(1, 2))
    assert read_efficiency("0.4:0.8") == Efficiency(Fraction(2, 5), Fraction(4, 5))
    for bad in ("0", "1.1", "half", "1:", "", "-1", "1/0", "1e-99999999999", "nan"):
        with pytest.raises(costcalc.CostcalcError, match="is no efficiency"):
            read_efficiency(bad)
