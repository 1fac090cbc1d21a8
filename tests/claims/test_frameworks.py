"""Framework implementations, to the last integer, where the network is the same."""

from __future__ import annotations

import csv
import json

import pytest

import costcalc
from tests.conftest import TESTS
from tests.covering import by_name_of, of_one_spec

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
    "densenet161": ("densenet", {"depth": 161}),
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


def facts(name):
    with (TESTS / "facts" / f"{name}.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", facts("frameworks"), ids=lambda row: row["model"])
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


def written_as(layer):
    """As what timm writes a layer with weights: a 1x1 convolution and a linear layer are one."""
    own = "linear" if layer.op == "fc" else "conv"
    return layer.form if layer.form in ("linear", "conv") else own


@pytest.mark.parametrize("rows", by_name_of("spec", facts("timm")))
def test_equal_to_timm(rows):
    """Convolutions and linear layers apart, and without attention's products."""
    load = of_one_spec(rows[0]["spec"])
    for row in rows:
        side = int(row["input_hw"].partition("x")[0])
        net = load(res=side, **json.loads(row["settings"]))
        layers = [layer for layer in net.layers if layer.op in ("conv", "dw", "tconv", "fc")]
        linear = [layer for layer in layers if written_as(layer) == "linear"]
        conv = [layer for layer in layers if written_as(layer) == "conv"]
        got = {
            "params": net.weights + net.biases + net.norm,
            "conv_weights": sum(layer.weights for layer in conv),
            "linear_weights": sum(layer.weights for layer in linear),
            "batchnorm_affine": sum(layer.norm for layer in net.layers if layer.op == "batch_norm"),
            "conv_mult_adds": sum(layer.mult_adds for layer in conv),
            "depthwise_mult_adds": sum(layer.mult_adds for layer in conv if layer.op == "dw"),
            "linear_mult_adds": sum(layer.mult_adds for layer in linear),
            "activations_conv_linear": sum(layer.output.size for layer in layers),
        }
        assert got == {fact: int(row[fact]) for fact in got}, row["model"]


@pytest.mark.parametrize("rows", by_name_of("spec", facts("grid")))
def test_equal_on_other_widths_variants_and_sizes(rows):
    load = of_one_spec(rows[0]["spec"])
    for row in rows:
        net = load(**json.loads(row["settings"]))
        got = {fact: getattr(net, fact) for fact in ("weights", "biases", "norm", "mult_adds")}
        assert got == {fact: int(row[fact]) for fact in got}, row["settings"]


@pytest.mark.parametrize("rows", by_name_of("spec", facts("keras")))
def test_equal_to_keras(rows):
    """What prepares the image is no part of a network: EfficientNet's mean, variance and count."""
    for row in rows:
        side, settings = int(row["input_hw"].partition("x")[0]), json.loads(row["settings"])
        net = costcalc.load(row["spec"], res=side, convention="keras", **settings)
        layers = [layer for layer in net.layers if layer.op in ("conv", "dw", "fc")]
        got = {
            "params": net.params + int(row["preparing"]),
            "trained": net.weights + net.biases + net.norm,
            "mult_adds": sum(layer.mult_adds for layer in layers),
            "activations": sum(layer.output.size for layer in layers),
        }
        assert got == {fact: int(row[fact]) for fact in got}, (row["model"], row["arguments"])
