"""What kernels need beside a network's tensors: scratch, which exists while one step runs.

It depends on the kernels that are linked. Those of TFLite Micro's reference are planned into the
arena; libraries of faster ones ask for other amounts, so scratch is a range.
"""

from __future__ import annotations

from collections.abc import Callable

from costcalc.graph.execution import Execution
from costcalc.graph.model import Graph, Layer
from costcalc.numbers.dimensions import Dim
from costcalc.records import NamedTuple

REFERENCE = "TFLite Micro, tensorflow/lite/micro/kernels"
CMSIS_NN = "CMSIS-NN, Source"
_BLOCK = 124
"""Channels that CMSIS-NN's depthwise convolution takes at once (`CH_IN_BLOCK_MVE`)."""
_REVERSED = 16
"""More input channels than this, and CMSIS-NN transposes by an ordinary convolution."""


class Scratch(NamedTuple):
    """A layer's scratch in bytes: what the reference kernel needs, and the least and the most of
    all kernels that `source` names."""

    layer: str
    what: str
    bytes: int
    least: int
    most: int
    source: str


def scratch(graph: Graph, execution: Execution) -> list[Scratch]:
    """The layers whose kernels may need scratch, in execution order.

    Args:
        graph: the network.
        execution: its types decide which kernels run; floating point ones need no scratch.

    Returns:
        A record for each layer of which some kernel needs any; bytes of the whole batch.
    """
    found = []
    for layer in graph.layers:
        rule = RULES.get((layer.op, execution.activations))
        if rule is not None and not layer.fused:
            found.append(Scratch(layer.name, *rule(layer, execution.batch)))
    return [one for one in found if one.most]


_Rule = Callable[[Layer, int], tuple[str, int, int, int, str]]


def _accumulators(each: int) -> _Rule:
    """A transposed convolution adds up every output element in a wider type, all at once."""

    def rule(layer: Layer, batch: int) -> tuple[str, int, int, int, str]:
        reference = int(each * batch * layer.output.size)
        least = min(reference, _rows(layer)) if each == 4 else reference
        source = f"{REFERENCE}/transpose_conv.cc"
        if each == 4:
            source += f"; {CMSIS_NN}/ConvolutionFunctions/arm_transpose_conv_get_buffer_sizes_s8.c"
        what = f"accumulators, {each} bytes an output element; else rows of them, or columns"
        return what if each == 4 else what.partition(";")[0], reference, least, reference, source

    return rule


def _rows(layer: Layer) -> int:
    """CMSIS-NN's transposed convolution: columns of the input, or rows of accumulators."""
    k, s = _window(layer)
    if max(s) <= 2 and layer.input.c > _REVERSED:
        return _columns(int(k[0] * k[1] * layer.input.c))
    width = (layer.input.w - 1) * s[1] + max(k[1], s[0])
    return int(4 * width * layer.output.c * max(k[0], s[0]))


def _columns(elements: int) -> int:
    """Four columns of a convolution's input, each up to a multiple of 16 bytes."""
    return 4 * (-(-elements // 16) * 16)


def _convolution(layer: Layer, batch: int) -> tuple[str, int, int, int, str]:
    k, _ = _window(layer)
    elements = k[0] * k[1] * layer.input.c // layer.arguments.get("g", 1)
    source = f"{CMSIS_NN}/ConvolutionFunctions/arm_convolve_get_buffer_sizes_s8.c"
    return "columns of the input", 0, 0, _columns(int(elements)), source


def _depthwise(layer: Layer, batch: int) -> tuple[str, int, int, int, str]:
    k, _ = _window(layer)
    most = max(2 * layer.input.c, 4 * _BLOCK) * k[0] * k[1]
    source = f"{CMSIS_NN}/ConvolutionFunctions/arm_depthwise_conv_get_buffer_sizes_s8.c"
    return "channels of the weights, or a block of the input", 0, 0, int(most), source


def _pool(layer: Layer, batch: int) -> tuple[str, int, int, int, str]:
    source = f"{CMSIS_NN}/PoolingFunctions/arm_avgpool_s8.c"
    return "sums, 4 bytes a channel", 0, 0, int(4 * layer.output.c), source


def _mean(layer: Layer, batch: int) -> tuple[str, int, int, int, str]:
    """Exporters write a global pool as AVERAGE_POOL_2D, without scratch, or as MEAN."""
    source = f"{REFERENCE}/reduce_common.cc"
    return "sums, 4 bytes an output element, if it is a MEAN", 0, 0, _sums(layer, batch), source


def _reduction(layer: Layer, batch: int) -> tuple[str, int, int, int, str]:
    sums = _sums(layer, batch)
    return "sums, 4 bytes an output element", sums, sums, sums, f"{REFERENCE}/reduce_common.cc"


def _sums(layer: Layer, batch: int) -> int:
    return int(4 * batch * layer.output.size)


def _window(layer: Layer) -> tuple[tuple[Dim, Dim], tuple[Dim, Dim]]:
    """Kernel and stride, each as height and width."""
    return layer.arguments["k"], _pair(layer.arguments.get("s", 1))


def _pair(value: Dim | tuple[Dim, Dim]) -> tuple[Dim, Dim]:
    return value if isinstance(value, tuple) else (value, value)


RULES: dict[tuple[str, str], _Rule] = {
    ("tconv", "int8"): _accumulators(4),
    ("tconv", "int16"): _accumulators(8),
    ("conv", "int8"): _convolution,
    ("dw", "int8"): _depthwise,
    ("avgpool", "int8"): _pool,
    ("gpool", "int8"): _mean,
    ("reduce", "int8"): _reduction,
    ("reduce", "int16"): _reduction,
}
"""By operator and type of the activations."""
