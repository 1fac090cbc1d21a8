"""What timm's models cost, by hooks on their modules: the source of timm.csv.

Run it where timm is installed, in the version that README.md names; it measures the models that
the file lists, and those named on the command line as `MODEL SPEC SETTINGS`:

    pip install timm
    python tests/facts/measure_timm.py [mobilenetv1_100h mobilenet '{"body": "headed"}']

No weight is made or read: PyTorch's meta device has shapes alone. Attention's products are not
among the multiply-adds, since they belong to no module.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import timm
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

FILE = Path(__file__).with_name("timm.csv")
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.ConvTranspose2d)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


class Calls(TorchFunctionMode):
    """The outputs of linear layers by weight: Swin V2 calls the function, not the module."""

    def __init__(self, outputs: dict[int, Tensor]) -> None:
        super().__init__()
        self.outputs = outputs

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if func is nn.functional.linear:
            self.outputs[id(kwargs["weight"] if "weight" in kwargs else args[1])] = result
        return result


def measure(name: str, side: int | None = None) -> dict[str, Any]:
    """The facts of a model on square images, of its own size where none is given."""
    with torch.device("meta"):
        net = timm.create_model(name, num_classes=1000).eval()
        side = side or net.default_cfg["input_size"][1]
        image = torch.empty(1, 3, side, side)
    layers = [module for module in net.modules() if isinstance(module, (*CONVOLUTIONS, nn.Linear))]
    norms = [module for module in net.modules() if isinstance(module, NORMS)]
    facts = {
        "input_hw": f"{side}x{side}",
        "params": sum(parameter.numel() for parameter in net.parameters()),
        "conv_weights": sum(m.weight.numel() for m in layers if isinstance(m, CONVOLUTIONS)),
        "linear_weights": sum(m.weight.numel() for m in layers if isinstance(m, nn.Linear)),
        "batchnorm_affine": sum(p.numel() for module in norms for p in module.parameters()),
        "conv_mult_adds": 0,
        "depthwise_mult_adds": 0,
        "linear_mult_adds": 0,
        "activations_conv_linear": 0,
    }

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        functional.pop(id(module.weight), None)
        facts["activations_conv_linear"] += output.numel()
        if isinstance(module, nn.Linear):
            facts["linear_mult_adds"] += output.numel() * module.in_features
            return
        assert isinstance(module, CONVOLUTIONS)
        swept = inputs[0] if isinstance(module, nn.ConvTranspose2d) else output
        mult_adds = module.weight.numel() * (swept.numel() // swept.shape[1])
        facts["conv_mult_adds"] += mult_adds
        if module.groups == module.in_channels > 1:
            facts["depthwise_mult_adds"] += mult_adds

    for module in layers:
        module.register_forward_hook(count)
    functional: dict[int, Tensor] = {}
    with torch.no_grad(), Calls(functional):
        net(image)
    for module in layers:
        if isinstance(module, nn.Linear) and id(module.weight) in functional:
            count(module, (), functional[id(module.weight)])
    return facts


def main() -> None:
    with FILE.open() as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row |= measure(row["model"], int(row["input_hw"].partition("x")[0]))
    for model, spec, settings in zip(*[iter(sys.argv[1:])] * 3, strict=True):
        rows.append({"model": model, "spec": spec, "settings": settings, **measure(model)})
    with FILE.open("w") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: (row["spec"], row["model"])))


if __name__ == "__main__":
    main()
