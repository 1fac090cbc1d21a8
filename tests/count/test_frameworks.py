"""Framework implementations, to the last integer, where the network is the same."""

from __future__ import annotations

import csv

import pytest

import costcalc
from tests.conftest import TESTS

SAME = {
    "alexnet": ("alexnet", {"reading": "torchvision"}),
    "vgg11": ("vgg", {"reading": "torchvision", "depth": 11}),
    "vgg16": ("vgg", {"reading": "torchvision", "depth": 16}),
    "vgg16_bn": ("vgg", {"reading": "torchvision", "depth": 16, "bn": True}),
    "googlenet": ("googlenet", {"reading": "torchvision"}),
    "inception_v3": ("inception_v3", {"reading": "torchvision"}),
    "squeezenet1_0": ("squeezenet", {}),
    "mobilenetv1_100": ("mobilenet", {}),
}


def rows():
    with (TESTS / "facts" / "frameworks.csv").open() as file:
        return [row for row in csv.DictReader(file) if row["model"] in SAME]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["model"])
def test_equal(row):
    name, settings = SAME[row["model"]]
    net = costcalc.load(name, res=int(row["input_hw"].partition("x")[0]), **settings)

    def fact(*columns):
        return sum(int(row[column]) for column in columns)

    def mult_adds(*ops):
        return sum(layer.mult_adds for layer in net.layers if layer.op in ops)

    assert net.weights == fact("conv_weights", "linear_weights")
    assert net.biases == fact("conv_biases", "linear_biases")
    assert net.norm == fact("batchnorm_affine")
    assert net.weights + net.biases + net.norm == fact("params")
    assert net.mult_adds == fact("conv_mult_adds", "linear_mult_adds")
    assert mult_adds("dw") == fact("depthwise_mult_adds")
    assert mult_adds("fc") == fact("linear_mult_adds")
    activations = sum(layer.output.size for layer in net.layers if layer.operator.weighted)
    assert activations == fact("activations_conv_linear")


def test_every_row_is_known_or_waits_for_its_spec():
    assert len(rows()) == len(SAME)
