"""PyTorch's windows as tensors, in the words of ONNX: look-ups of places, and their sums back."""

from __future__ import annotations

from costcalc.importers.composer import Composer
from costcalc.importers.pt2.call import Call


def _looked_up(
    to: Composer, name: str, axis: int, length: int, count: int, stride: int, dilation: int
) -> str:
    """A tensor with two axes in place of one: `count` windows of `length` elements each."""
    places = [
        window * stride + place * dilation for window in range(count) for place in range(length)
    ]
    indices = to.emit("Reshape", to.integers(places), to.integers((count, length)))
    return to.emit("Gather", name, indices, axis=axis)


def unfold(call: Call, to: Composer) -> None:
    """Windows along one axis, the elements of each as the last axis."""
    axis, rank = call.axis("dimension"), call.rank()
    size, length, step = call.sizes()[axis], call.number("size", 1), call.number("step", 1)
    if not isinstance(size, int) or not 0 < length <= size or step < 1:
        raise call.error(f"has windows of {length}, {step} apart, of {size}")
    count = (size - length) // step + 1
    apart = _looked_up(to, call.tensor(), axis, length, count, step, 1)
    order = [*range(axis + 1), *range(axis + 2, rank + 1), axis + 1]
    to.emit("Transpose", apart, out=call.out, perm=tuple(order))


def im2col(call: Call, to: Composer) -> None:
    """Every window of an image as the channels of one position."""
    kernel, stride, dilation, pad = _window(call)
    _, channels, *space = call.sizes()
    if len(space) != 2 or not all(isinstance(size, int) for size in (channels, *space)):
        raise call.error("has windows of an image of open sizes")
    name = call.tensor()
    if any(pad):
        name = to.emit("Pad", name, to.integers((0, 0, *pad, 0, 0, *pad)))
    counts = []
    for axis in range(2):
        room = int(space[axis]) + 2 * pad[axis] - dilation[axis] * (kernel[axis] - 1) - 1
        if room < 0 or stride[axis] < 1:
            raise call.error(f"has windows of {kernel[axis]} of {space[axis]}")
        counts.append(room // stride[axis] + 1)
        # the first axis is two by now
        name = _looked_up(
            to, name, 2 + 2 * axis, kernel[axis], counts[axis], stride[axis], dilation[axis]
        )
    apart = to.emit("Transpose", name, perm=(0, 1, 3, 5, 2, 4))
    shape = (0, int(channels) * kernel[0] * kernel[1], counts[0] * counts[1])
    to.emit("Reshape", apart, to.integers(shape), out=call.out)


def col2im(call: Call, to: Composer) -> None:
    """Windows back to their image, where they overlap added."""
    kernel, stride, dilation, pad = _window(call)
    to.emit(
        "Col2Im", call.tensor(), call.vector(call.option("output_size", []), to),
        to.integers(kernel), out=call.out, strides=stride, dilations=dilation, pads=pad * 2,
    )  # fmt: skip


def _window(call: Call) -> tuple[tuple[int, ...], ...]:
    """Kernel, stride, dilation and padding along both axes."""
    return (
        call.numbers("kernel_size", (1,), 2),
        call.numbers("stride", (1,), 2),
        call.numbers("dilation", (1,), 2),
        call.numbers("padding", (0,), 2),
    )
