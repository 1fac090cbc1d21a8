"""Every tool's number, to the last integer, from the spec."""

from __future__ import annotations

import csv
import functools

import pytest

import costcalc
from costcalc.conventions.reading import load_convention
from tests.conftest import TESTS
from tests.covering import mostly

TV = {"reading": "torchvision"}
MODELS = {
    "alexnet": ("alexnet", TV),
    "squeezenet1_0": ("squeezenet", TV),
    "squeezenet1_1": ("squeezenet", {**TV, "version": "1.1"}),
    "googlenet": ("googlenet", TV),
    "inception_v3": ("inception_v3", TV),
    "mobilenet_v2": ("mobilenet_v2", {}),
    "mobilenet_v2_0.5": ("mobilenet_v2", {"alpha": 0.5}),
    "mnasnet0_5": ("mnasnet", {"alpha": 0.5}),
    "mnasnet1_0": ("mnasnet", {}),
    "shufflenet_v2_x0_5": ("shufflenet_v2", {**TV, "scale": 0.5}),
    "shufflenet_v2_x1_0": ("shufflenet_v2", TV),
    "mobilenet_v3_large": ("mobilenet_v3_large", TV),
    "mobilenet_v3_small": ("mobilenet_v3_small", TV),
    "efficientnet_b0": ("efficientnet", {}),
    "efficientnet_b1": ("efficientnet", {"variant": "b1"}),
    "convnext_tiny": ("convnext", {}),
    "resnext50_32x4d": ("resnext", {}),
    "wide_resnet50_2": ("resnet", {**TV, "widening": 2}),
    "regnet_y_400mf": ("regnet", {"design": "y", "flops": "400mf"}),
    "regnet_x_400mf": ("regnet", {"design": "x", "flops": "400mf"}),
    "regnet_x_800mf": ("regnet", {"design": "x", "flops": "800mf"}),
    **{f"resnet{d}": ("resnet", {**TV, "depth": d}) for d in (18, 34, 50)},
    **{f"densenet{d}": ("densenet", {"depth": d}) for d in (121, 169)},
    **{f"vgg{d}": ("vgg", {**TV, "depth": d}) for d in (11, 16, 19)},
    "sequencer2d_s": ("sequencer", {}),
    "vgg11_bn": ("vgg", {**TV, "depth": 11, "bn": True}),
}
CONVENTIONS = {
    "torchinfo": "torchinfo", "fvcore": "fvcore", "thop": "thop", "calflops": "calflops",
    "torchprofile": "torchprofile", "onnx-tool": "onnx-tool", "ptflops (pytorch)": "ptflops",
    "ptflops (aten)": "ptflops-aten", "FlopCounterMode": "flop-counter-mode",
}  # fmt: skip


@functools.cache
def rows():
    with (TESTS / "facts" / "tools.csv").open() as file:
        return list(csv.DictReader(file))


FEW = ("convnext_tiny", "mobilenet_v2", "resnet18")


@pytest.mark.parametrize("model", mostly(FEW, [*MODELS]))
def test_number(model):
    built = {}
    found = [row for row in rows() if row["model"] == model]
    assert found
    for row in found:
        name, settings = MODELS[model]
        if row["res"] not in built:
            built[row["res"]] = costcalc.load(name, res=int(row["res"]), **settings)
        got = built[row["res"]].count(load_convention(CONVENTIONS[row["tool"]]))
        value = got.params if row["figure"] == "params" else got.figures[row["figure"]]
        assert value == int(float(row["value"])), row


def test_every_row_is_of_a_model():
    assert {row["model"] for row in rows()} == set(MODELS)
