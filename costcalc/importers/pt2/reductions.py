"""PyTorch's reductions along axes in the words of ONNX."""

from __future__ import annotations

from costcalc.importers.composer import Composer
from costcalc.importers.pt2.call import Call

REDUCTIONS = {
    "mean": "ReduceMean", "sum": "ReduceSum", "amax": "ReduceMax", "amin": "ReduceMin",
    "max": "ReduceMax", "min": "ReduceMin", "linalg_vector_norm": "ReduceL2", "norm": "ReduceL2",
    "logsumexp": "ReduceLogSumExp", "prod": "ReduceProd", "all": "ReduceMin", "any": "ReduceMax",
}  # fmt: skip


def reduce(call: Call, to: Composer) -> None:
    """A mean, sum, norm, minimum or maximum along axes, or of two tensors."""
    if call.overload == "other":
        to.emit(call.word.title(), call.tensor(), call.tensor("other"), out=call.out)
        return
    axes = to.integers(call.axes("dim"))
    keep = int(bool(call.option("keepdim")))
    to.emit(REDUCTIONS[call.word], call.tensor(), axes, out=call.out, keepdims=keep)


def arg(call: Call, to: Composer) -> None:
    """Where along an axis the largest or smallest element is."""
    kind, keep = {"argmax": "ArgMax", "argmin": "ArgMin"}[call.word], bool(call.option("keepdim"))
    to.emit(kind, call.tensor(), out=call.out, axis=call.axis("dim"), keepdims=int(keep))


def variance(call: Call, to: Composer) -> None:
    """The mean of the squares of what is left without the mean, or its root; and the mean."""
    axes, keep = to.integers(call.axes("dim")), int(bool(call.option("keepdim")))
    if call.word.endswith("_mean") and call.outputs[1:] and call.outputs[1]:
        to.emit("ReduceMean", call.tensor(), axes, out=call.outputs[1], keepdims=keep)
    if not call.out:
        return
    mean = to.emit("ReduceMean", call.tensor(), axes, keepdims=1)
    left = to.emit("Sub", call.tensor(), mean)
    squares = to.emit("Mul", left, left)
    deviation = call.word.startswith("std")
    name = to.emit("ReduceMean", squares, axes, out="" if deviation else call.out, keepdims=keep)
    if deviation:
        to.emit("Sqrt", name, out=call.out)
