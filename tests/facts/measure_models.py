"""What torchvision's models, and DETR's, cost as PyTorch counts: the source of torchvision.csv.

Run it where they are installed, in the versions that README.md names:

    pip install torch torchvision
    python tests/facts/measure_models.py

Detectors are measured up to the outputs of their heads: what follows has no weights.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from torchvision import models
from torchvision.models import detection, segmentation


class Attends(nn.Module):
    """Attention and what follows it in a layer of DETR's transformer, or of its memory too."""

    def __init__(self, crosses: bool, width: int = 256) -> None:
        super().__init__()
        self.attentions = nn.ModuleList(
            nn.MultiheadAttention(width, 8, batch_first=True) for _ in range(1 + crosses)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 + crosses))
        self.hidden, self.back = nn.Linear(width, 2048), nn.Linear(2048, width)

    def forward(self, x: Tensor, places: Tensor, keys: Tensor, memory: Tensor) -> Tensor:
        seen = [(x + places, x), (keys, memory)]
        for attention, norm, (k, v) in zip(self.attentions, self.norms, seen, strict=False):
            x = norm(x + attention(x + places, k, v)[0])
        return self.norms[-1](x + self.back(self.hidden(x).relu()))


class DETR(nn.Module):
    """Carion et al. 2020, Figure 10, with positions of the image that are trained as well."""

    def __init__(self, weights: None = None, positions: int = 24 * 24, width: int = 256) -> None:
        super().__init__()
        self.reduced = nn.Conv2d(2048, width, 1)
        self.places = nn.Parameter(torch.rand(1, positions, width))
        self.queries = nn.Parameter(torch.rand(1, 100, width))
        self.encoder = nn.ModuleList(Attends(crosses=False) for _ in range(6))
        self.decoder = nn.ModuleList(Attends(crosses=True) for _ in range(6))
        self.norm = nn.LayerNorm(width)
        self.logits = nn.Linear(width, 92)
        sizes = [(width, width), (width, width), (width, 4)]
        self.boxes = nn.ModuleList(nn.Linear(*size) for size in sizes)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        x = self.reduced(image).flatten(2).transpose(1, 2)
        for layer in self.encoder:
            x = layer(x, self.places, x, x)
        memory, x = x, torch.zeros_like(self.queries)
        for layer in self.decoder:
            x = layer(x, self.queries, memory + self.places, memory)
        box = x = self.norm(x)
        for linear in self.boxes:
            box = linear(box.relu())
        return self.logits(x), box


NORMS = (nn.BatchNorm2d, nn.GroupNorm, nn.LayerNorm)
Settings = dict[str, Any]
Case = tuple[Callable[..., nn.Module], str, Settings]

SEGMENTATION: list[Case] = [
    (segmentation.fcn_resnet50, "fcn", {}),
    (segmentation.deeplabv3_resnet50, "deeplab_v3", {}),
    (segmentation.deeplabv3_mobilenet_v3_large, "deeplab_v3", {"backbone": "mobilenet_v3"}),
    (segmentation.lraspp_mobilenet_v3_large, "lraspp", {}),
]
DETECTION: list[Case] = [
    (detection.fcos_resnet50_fpn, "fcos", {"res": 640}),
    (detection.fcos_resnet50_fpn, "fcos", {"res": 352}),
    (detection.ssd300_vgg16, "ssd", {"res": 300}),
    (detection.ssdlite320_mobilenet_v3_large, "ssdlite_v3", {"res": 320}),
]
TWO_STAGES: list[Case] = [
    (detection.fasterrcnn_resnet50_fpn, "faster_rcnn", {"classes": 91}),
    (detection.fasterrcnn_resnet50_fpn_v2, "faster_rcnn", {"classes": 91, "version": 2}),
    (detection.maskrcnn_resnet50_fpn, "mask_rcnn", {"classes": 91}),
    (detection.maskrcnn_resnet50_fpn_v2, "mask_rcnn", {"classes": 91, "version": 2}),
    (detection.keypointrcnn_resnet50_fpn, "keypoint_rcnn", {}),
    (detection.fasterrcnn_mobilenet_v3_large_320_fpn, "faster_rcnn_mobilenet", {}),
]
CLASSIFICATION: list[Case] = [
    (models.maxvit_t, "maxvit", {"reading": "torchvision", "res": 224}),
    (models.swin_t, "swin", {"res": 200}),
    (models.swin_s, "swin", {"variant": "small", "res": 224}),
    (models.swin_b, "swin", {"variant": "base", "res": 256}),
    (models.swin_v2_t, "swin_v2", {"res": 256}),
    (models.swin_v2_s, "swin_v2", {"variant": "small", "res": 240}),
    (models.vit_b_32, "vit", {"patch": 32, "res": 224}),
]
OTHERS: list[Case] = [(DETR, "detr", {})]
"""A model, the spec that is the same (built in, or of tests/networks), and the spec's settings."""


def networks() -> Iterator[tuple[str, nn.Module, str, Settings, Any]]:
    """Name, model, spec, settings, and what the model is called with."""
    for make, spec, settings in SEGMENTATION:
        for res in (520, 230):
            net = make(weights=None, weights_backbone=None)
            yield make.__name__, net, spec, {**settings, "res": res}, torch.rand(1, 3, res, res)
    for make, spec, settings in DETECTION:
        net, res = make(weights=None, weights_backbone=None), settings["res"]
        net.transform.fixed_size = (res, res)  # type: ignore[union-attr]
        yield make.__name__, net, spec, settings, [torch.rand(3, res, res)]
    for make, spec, settings in TWO_STAGES:
        net = make(weights=None, weights_backbone=None, box_score_thresh=0.0)
        x = [torch.rand(3, 320, 320)]
        net.transform.min_size = (320,)  # type: ignore[union-attr]
        yield make.__name__, net, spec, {**settings, **regions(net, x)}, x
    for make, spec, settings in OTHERS:
        yield make.__name__, make(), spec, settings, torch.rand(1, 2048, 24, 24)
    for make, spec, settings in CLASSIFICATION:
        res = settings["res"]
        yield make.__name__, make(weights=None), spec, settings, torch.rand(1, 3, res, res)


def regions(net: nn.Module, x: Any) -> Settings:
    """How many regions each of a detector's heads looks at, and the size of its input."""
    found: Settings = {"res": 320, "wide": 320}
    for pool, name in (
        ("box_roi_pool", "proposals"),
        ("mask_roi_pool", "detections"),
        ("keypoint_roi_pool", "detections"),
    ):
        module = getattr(net.roi_heads, pool, None)
        if module is not None:
            module.register_forward_hook(
                lambda _, inputs, regions, name=name: found.update({name: len(regions)})
            )
    with torch.no_grad():
        net.eval()(x)
    return found


def biases(module: nn.Module) -> int:
    """Of a convolution, a linear layer or the projections of an attention."""
    if not isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear | nn.MultiheadAttention):
        return 0
    named = (getattr(module, name, None) for name in ("bias", "in_proj_bias"))
    return sum(bias.numel() for bias in named if bias is not None)


def norm(name: str, parameter: nn.Parameter, net: nn.Module) -> int:
    """The elements of a parameter that scales or shifts normalised ones."""
    owner = net.get_submodule(name.rpartition(".")[0])
    return parameter.numel() if isinstance(owner, NORMS) or "scale_weight" in name else 0


def multiply_adds(net: nn.Module, x: Any) -> int:
    """Those of convolutions, linear layers and products of activations."""
    written_out = sdpa_kernel(SDPBackend.MATH)  # a fused attention is not counted
    with torch.no_grad(), written_out, FlopCounterMode(display=False) as counter:
        net.eval()(x)
    return counter.get_total_flops() // 2


def main() -> None:
    torch.backends.mha.set_fastpath_enabled(False)  # one operator, which is not counted
    with Path(__file__).with_name("torchvision.csv").open("w") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["model", "spec", "settings", "weights", "biases", "norm", "mult_adds"])
        for name, net, spec, settings, x in networks():
            params = sum(parameter.numel() for parameter in net.parameters())
            shifted = sum(biases(module) for module in net.modules())
            scaled = sum(norm(n, parameter, net) for n, parameter in net.named_parameters())
            row = [params - shifted - scaled, shifted, scaled, multiply_adds(net, x)]
            writer.writerow([name, spec, json.dumps(settings), *row])


if __name__ == "__main__":
    main()
