"""What each tool prints for networks of one layer: the source of layers.csv.

Run it where PyTorch and the tools are installed, in the versions that costcalc/conventions/ names:

    pip install torch torchinfo ptflops fvcore thop torchprofile onnx onnx-tool
    pip install calflops accelerate torchvision
    python tests/facts/measure_tools.py

A cell is empty where a tool was not asked, and where it fails, which stderr says.
"""

from __future__ import annotations

import contextlib
import copy
import csv
import io
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from layers import CASES, Case
from torch import Tensor, nn

Figures = dict[str, Any]


class Around(nn.Module):
    """A network with one module, or a function called in `forward`.

    Tools treat a module that is the whole network otherwise.
    """

    def __init__(self, inner: nn.Module | Callable[..., Tensor]) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.inner(*inputs)


def torchinfo(net: nn.Module, inputs: Sequence[Tensor]) -> Figures:
    from torchinfo import summary

    found = summary(net, input_data=inputs, verbose=0)
    return {"mult_adds": found.total_mult_adds, "params": found.total_params}


def ptflops(net: nn.Module, inputs: Sequence[Tensor]) -> Figures:
    return _ptflops(net, inputs, "pytorch")


def ptflops_aten(net: nn.Module, inputs: Sequence[Tensor]) -> Figures:
    return _ptflops(net, inputs, "aten")


def _ptflops(net: nn.Module, inputs: Sequence[Tensor], backend: str) -> Figures:
    from ptflops import get_model_complexity_info

    class Named(nn.Module):
        """ptflops hands over inputs by name alone."""

        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, **named: Tensor) -> Tensor:
            return self.net(*named.values())

    macs, params = get_model_complexity_info(
        _with_a_parameter(Named()),
        (1,),
        input_constructor=lambda _: {f"input{number}": x for number, x in enumerate(inputs)},
        as_strings=False,
        print_per_layer_stat=False,
        verbose=False,
        backend=backend,
    )
    return {"macs": macs, "params": params}


def _with_a_parameter(net: nn.Module) -> nn.Module:
    """Some tools ask the first parameter for its device: one that is not trained, for them."""
    net.register_parameter("anchor", nn.Parameter(torch.zeros(1), requires_grad=False))
    return net


def fvcore(net: nn.Module, inputs: Sequence[Tensor]) -> Figures:
    from fvcore.nn import ActivationCountAnalysis, FlopCountAnalysis, parameter_count

    figures = {
        name: analysis(net, tuple(inputs))
        .unsupported_ops_warnings(False)
        .uncalled_modules_warnings(False)
        .total()
        for name, analysis in (
            ("flops", FlopCountAnalysis),
            ("activations", ActivationCountAnalysis),
        )
    }
    return {**figures, "params": parameter_count(net)[""]}


def thop(net: nn.Module, inputs: Sequence[Tensor]) -> Figures:
    from thop import profile

    macs, params = profile(net, inputs=tuple(inputs), verbose=False)
    return {"macs": macs, "params": params}


def calflops(net: nn.Module, inputs: Sequence[Tensor]) -> Figures:
    from calflops import calculate_flops

    flops, macs, params = calculate_flops(
        _with_a_parameter(net),
        args=list(inputs),
        print_results=False,
        print_detailed=False,
        output_as_string=False,
    )
    return {"flops": flops, "macs": macs, "params": params}


def torchprofile(net: nn.Module, inputs: Sequence[Tensor]) -> Figures:
    from torchprofile import profile_macs

    return {"macs": profile_macs(net, tuple(inputs))}


def flop_counter_mode(net: nn.Module, inputs: Sequence[Tensor]) -> Figures:
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        net(*inputs)
    return {"flops": counter.get_total_flops()}


def onnx_tool(net: nn.Module, inputs: Sequence[Tensor], opset: int = 20) -> Figures:
    import onnx_tool as tool

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "net.onnx")
        torch.onnx.export(net, tuple(inputs), path, opset_version=opset, dynamo=False)
        model = tool.Model(path, {"verbose": False})
        model.graph.shape_infer()
        model.graph.profile()
        return {"macs": sum(model.graph.macs), "params": model.graph.params}


TOOLS: dict[str, tuple[Callable[..., Figures], str, tuple[str, ...]]] = {
    "torchinfo": (torchinfo, "torchinfo", ("mult_adds", "params")),
    "ptflops": (ptflops, "ptflops", ("macs", "params")),
    "ptflops-aten": (ptflops_aten, "ptflops", ("macs", "params")),
    "fvcore": (fvcore, "fvcore", ("flops", "activations", "params")),
    "thop": (thop, "thop", ("macs", "params")),
    "calflops": (calflops, "calflops", ("flops", "macs", "params")),
    "torchprofile": (torchprofile, "torchprofile", ("macs",)),
    "flop-counter-mode": (flop_counter_mode, "torch", ("flops",)),
    "onnx-tool": (onnx_tool, "onnx-tool", ("macs", "params")),
}
"""By convention: how to ask the tool, its package, and its figures."""


def started(net: nn.Module, starts: str) -> nn.Module:
    """The network with its vectors as a case has them."""
    torch.manual_seed(0)
    for module in net.modules():
        own = [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]
        for name, values in own:
            if starts == "trained" and values.is_floating_point():
                values.data = torch.rand_like(values) + 0.5
            elif starts == "zeros" and name == "bias":
                values.data.zero_()
    return net.eval()


def measure(case: Case) -> list[Any]:
    """The row of layers.csv: one cell a figure."""
    net = started(Around(case.module()), case.starts)
    inputs = [torch.randn(1, c, h, w) for h, w, c in case.inputs]
    opset = case.opset or ""
    row: list[Any] = [case.op, case.form, case.starts, opset, _inputs(case), case.rows]
    for name, (count, _, figures) in TOOLS.items():
        exported = name == "onnx-tool"
        found: Figures = {}
        plain = case.opset in (20, None) and case.starts == "random"
        if case.opset if exported else plain:
            said = io.StringIO()
            try:
                with (
                    torch.no_grad(),
                    contextlib.redirect_stdout(said),
                    contextlib.redirect_stderr(said),
                ):
                    more = [case.opset] if exported else []
                    found = count(copy.deepcopy(net), inputs, *more)
            except Exception as error:
                print(f"{name}: {case.rows} as {case.form}: {error!r:.200}", file=sys.stderr)
        row += [int(found[figure] or 0) if found else "" for figure in figures]
    return row


def _inputs(case: Case) -> str:
    """The inputs as a spec writes them."""
    shapes = [str(list(shape)) for shape in case.inputs]
    if len(shapes) == 1:
        return shapes[0]
    return "{" + ", ".join(f"{n}: {s}" for n, s in zip("abcd", shapes, strict=False)) + "}"


def header() -> list[str]:
    """The names of the columns: a tool's have its convention, its version and the figure."""
    columns = ["op", "form", "starts", "opset", "input", "rows"]
    for name, (_, package, figures) in TOOLS.items():
        number = version(package).partition("+")[0].replace("-", ".post")
        columns += [f"{name} {number} {figure}" for figure in figures]
    return columns


def main() -> None:
    warnings.simplefilter("ignore")
    with Path(__file__).with_name("layers.csv").open("w") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header())
        writer.writerows(measure(case) for cases in CASES for case in cases())


if __name__ == "__main__":
    main()
