"""Framework implementations, to the last integer, where the network is the same."""

from __future__ import annotations

import csv
import itertools
import json

import pytest

import costcalc
from tests.conftest import TESTS
from tests.covering import mostly

TORCHVISION = {"reading": "torchvision"}
SAME = {
    "alexnet": ("alexnet", TORCHVISION),
    "vgg11": ("vgg", {**TORCHVISION, "depth": 11}),
    "vgg16": ("vgg", {**TORCHVISION, "depth": 16}),
    "vgg16_bn": ("vgg", {**TORCHVISION, "depth": 16, "bn": True}),
    "googlenet": ("googlenet", TORCHVISION),
    "inception_v3": ("inception_v3", TORCHVISION),
    "squeezenet1_0": ("squeezenet", TORCHVISION),
    "resnet18": ("resnet", {**TORCHVISION, "depth": 18}),
    "resnet50": ("resnet", {**TORCHVISION, "depth": 50}),
    "resnet152": ("resnet", {**TORCHVISION, "depth": 152}),
    "resnext50_32x4d": ("resnext", {"depth": 50}),
    "wide_resnet50_2": ("resnet", {**TORCHVISION, "depth": 50, "widening": 2}),
    "densenet121": ("densenet", {"depth": 121}),
    "densenet161": ("densenet", {"depth": 161, "growth": 48}),
    "mobilenet_v2": ("mobilenet_v2", {}),
    "mobilenet_v3_large": ("mobilenet_v3_large", TORCHVISION),
    "shufflenet_v2_x0_5": ("shufflenet_v2", {**TORCHVISION, "scale": 0.5}),
    "shufflenet_v2_x1_0": ("shufflenet_v2", {**TORCHVISION, "scale": 1}),
    "mnasnet1_0": ("mnasnet", {}),
    "efficientnet_b0": ("efficientnet", {}),
    "mobilenetv1_100": ("mobilenet", {}),
    "mobilenetv2_140": ("mobilenet_v2", {"alpha": 1.4}),
    "legacy_xception": ("xception", {}),
}


def rows():
    with (TESTS / "facts" / "frameworks.csv").open() as file:
        return list(csv.DictReader(file))


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


def grid():
    with (TESTS / "facts" / "grid.csv").open() as file:
        return list(csv.DictReader(file))


FIRST = [next(of_spec) for _, of_spec in itertools.groupby(grid(), key=lambda row: row["spec"])]
"""A row of every spec."""


@pytest.mark.parametrize(
    "row", mostly(FIRST, grid()), ids=lambda row: f"{row['spec']}-{row['settings']}"
)
def test_equal_on_other_widths_variants_and_sizes(row):
    net = costcalc.load(row["spec"], **json.loads(row["settings"]))
    got = {fact: getattr(net, fact) for fact in ("weights", "biases", "norm", "mult_adds")}
    assert got == {fact: int(row[fact]) for fact in got}


def test_keras_inception_has_norms_without_scale():
    """keras.applications prints 23,851,784 parameters, 23,817,352 of them trained."""
    settings = {"reading": "torchvision", "scales": False}
    assert costcalc.load("inception_v3", **settings).params == 23_817_352
    assert costcalc.load("inception_v3", convention="keras", **settings).params == 23_851_784
