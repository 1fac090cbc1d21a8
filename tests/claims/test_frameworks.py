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


TIMM = {
    "mobilenetv1_100": ("mobilenet", {}),
    "mobilenetv2_050": ("mobilenet_v2", {"alpha": 0.5}),
    "mobilenetv2_100": ("mobilenet_v2", {}),
    "mnasnet_050": ("mnasnet", {"alpha": 0.5}),
    "mnasnet_100": ("mnasnet", {}),
    "ghostnet_050": ("ghostnet", {"width": 0.5}),
    "ghostnet_130": ("ghostnet", {"width": 1.3}),
    "ghostnetv2_130": ("ghostnet_v2", {"width": 1.3}),
    "densenet161": ("densenet", {"depth": 161}),
    "densenet201": ("densenet", {"depth": 201}),
    "inception_v3": ("inception_v3", TORCHVISION),
    "inception_resnet_v2": ("inception_resnet_v2", {"reading": "released"}),
    "convnext_tiny": ("convnext", {}),
    "resnet50": ("resnet", TORCHVISION),
    "efficientnet_b1": ("efficientnet", {"variant": "b1"}),
    "hrnet_w18_small_v2": ("hrnet", {"variant": "w18_small_v2"}),
    "darknet53": ("darknet53", {}),
    "dla34": ("dla", {"variant": "dla34"}),
    "dla60": ("dla", {"variant": "dla60"}),
    "mixnet_m": ("mixnet", {"variant": "m"}),
    "mobileone_s0": ("mobileone", {"variant": "s0", "form": "train"}),
    "mobileone_s2": ("mobileone", {"variant": "s2", "form": "train"}),
    "mobileone_s4": ("mobileone", {"variant": "s4", "form": "train"}),
    "edgenext_xx_small": ("edgenext", {}),
    "mobilevit_xs": ("mobilevit", {"variant": "xs"}),
    "xception41": ("xception_aligned", {"variant": "x41"}),
    "xception71": ("xception_aligned", {"variant": "x71"}),
    "mobilenetv3_small_100": ("mobilenet_v3_small", {}),
    "tf_mobilenetv3_small_100": ("mobilenet_v3_small", {}),
    "mobilenetv3_large_100": ("mobilenet_v3_large", {}),
    "tf_mobilenetv3_large_075": ("mobilenet_v3_large", {"alpha": 0.75}),
    "tf_mobilenetv3_large_minimal_100": ("mobilenet_v3_large", {"minimalistic": True}),
    "mnasnet_small": ("mnasnet", {"variant": "small"}),
    "semnasnet_075": ("mnasnet", {"variant": "a1", "alpha": 0.75}),
    "semnasnet_140": ("mnasnet", {"variant": "a1", "alpha": 1.4}),
    "spnasnet_100": ("single_path_nas", {}),
    "efficientnet_b3": ("efficientnet", {"variant": "b3"}),
    "tf_efficientnet_b0": ("efficientnet", {}),
    "efficientnet_lite1": ("efficientnet_lite", {"variant": "lite1"}),
    "efficientnet_lite3": ("efficientnet_lite", {"variant": "lite3"}),
    "tf_efficientnet_lite0": ("efficientnet_lite", {"variant": "lite0"}),
    "tf_efficientnet_lite2": ("efficientnet_lite", {"variant": "lite2"}),
    "tf_efficientnet_lite4": ("efficientnet_lite", {"variant": "lite4"}),
    "hardcorenas_b": ("hardcore_nas", {"variant": "b"}),
    "hardcorenas_d": ("hardcore_nas", {"variant": "d"}),
    "hardcorenas_f": ("hardcore_nas", {"variant": "f"}),
    "seresnext50_32x4d": ("senet", {"body": "resnext"}),
    "vovnet39a": ("vovnet", {}),
    "lcnet_035": ("pp_lcnet", {"width": 0.35}),
    "lcnet_075": ("pp_lcnet", {"width": 0.75}),
    "lcnet_150": ("pp_lcnet", {"width": 1.5}),
    "tinynet_b": ("tinynet", {"variant": "b"}),
    "tinynet_d": ("tinynet", {"variant": "d"}),
    "repvgg_a1": ("repvgg", {"variant": "a1", "form": "train"}),
    "repvgg_b0": ("repvgg", {"variant": "b0", "form": "train"}),
    "convnext_atto": ("convnext", {"variant": "atto"}),
    "convnext_pico": ("convnext", {"variant": "pico"}),
    "regnetx_004": ("regnet", {"design": "x", "reading": "paper"}),
    "regnety_004": ("regnet", {}),
    "starnet_s1": ("starnet", {}),
    "hardcorenas_a": ("hardcore_nas", {"variant": "a"}),
    "tinynet_a": ("tinynet", {"variant": "a"}),
    "hardcorenas_c": ("hardcore_nas", {"variant": "c"}),
    "tinynet_c": ("tinynet", {"variant": "c"}),
    "hardcorenas_e": ("hardcore_nas", {"variant": "e"}),
    "tinynet_e": ("tinynet", {"variant": "e"}),
    "lcnet_100": ("pp_lcnet", {}),
    "fbnetc_100": ("fbnet", {}),
    "repvgg_a0": ("repvgg", {"variant": "a0", "form": "train"}),
    "repvgg_a2": ("repvgg", {"variant": "a2", "form": "train"}),
    "repvgg_b1": ("repvgg", {"variant": "b1", "form": "train"}),
    "repvgg_b1g4": ("repvgg", {"variant": "b1g4", "form": "train"}),
    "repvgg_b2": ("repvgg", {"variant": "b2", "form": "train"}),
    "vovnet57a": ("vovnet", {"variant": "v57"}),
    "starnet_s2": ("starnet", {"variant": "s2"}),
    "starnet_s3": ("starnet", {"variant": "s3"}),
    "starnet_s4": ("starnet", {"variant": "s4"}),
    "tf_efficientnetv2_s": ("efficientnet_v2", {"variant": "s"}),
    "tf_efficientnetv2_m": ("efficientnet_v2", {"variant": "m"}),
    "tf_efficientnetv2_b0": ("efficientnet_v2", {"variant": "b0"}),
    "tf_efficientnetv2_b1": ("efficientnet_v2", {"variant": "b1"}),
    "tf_efficientnetv2_b2": ("efficientnet_v2", {"variant": "b2"}),
    "tf_efficientnetv2_b3": ("efficientnet_v2", {"variant": "b3"}),
    "mobilenetv4_conv_small": ("mobilenet_v4", {"variant": "conv_s"}),
    "mobilenetv4_conv_medium": ("mobilenet_v4", {"variant": "conv_m"}),
    "mobilenetv4_conv_large": ("mobilenet_v4", {"variant": "conv_l"}),
    "res2net50_26w_4s": ("res2net", {}),
    "res2net50_14w_8s": ("res2net", {"width": 14, "scale": 8}),
    "res2net101_26w_4s": ("res2net", {"depth": 101}),
    "res2net50_48w_2s": ("res2net", {"width": 48, "scale": 2}),
    "res2next50": ("res2net", {"width": 4, "cardinality": 8}),
    "cspdarknet53": ("cspdarknet53", {}),
    "inception_v4": ("inception_v4", {}),
    "nasnetalarge": ("nasnet", {"variant": "large"}),
    "xception65": ("xception_aligned", {}),
    "convnext_femto": ("convnext", {"variant": "femto"}),
    "convnext_nano": ("convnext", {"variant": "nano"}),
}


def written_as(layer):
    """As what timm writes a layer with weights: a 1x1 convolution and a linear layer are one."""
    own = "linear" if layer.op == "fc" else "conv"
    return layer.form if layer.form in ("linear", "conv") else own


TIMM_FIRST = [facts("timm")[index] for index in range(0, len(facts("timm")), 5)]
"""A fifth of them."""


@pytest.mark.parametrize("row", mostly(TIMM_FIRST, facts("timm")), ids=lambda row: row["model"])
def test_equal_to_timm(row):
    """Convolutions and linear layers apart, and without attention's products."""
    name, settings = TIMM[row["model"]]
    net = costcalc.load(name, res=int(row["input_hw"].partition("x")[0]), **settings)
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
    assert got == {fact: int(row[fact]) for fact in got}


FIRST = [next(rows) for _, rows in itertools.groupby(facts("grid"), key=lambda row: row["spec"])]
"""A row of every spec."""


@pytest.mark.parametrize(
    "row", mostly(FIRST, facts("grid")), ids=lambda row: f"{row['spec']}-{row['settings']}"
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
