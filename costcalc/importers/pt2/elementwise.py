"""PyTorch's operators element by element in the words of ONNX, and changes of type."""

from __future__ import annotations

from collections.abc import Callable

from costcalc.importers.composer import Composer
from costcalc.importers.pt2.call import Call
from costcalc.importers.pt2.program import Reference

Write = Callable[[Call, Composer], None]
"""How a call is written: nodes into the composer."""

INFINITY = float("inf")


def chain(*kinds: str) -> Write:
    """Nodes of these kinds, each of what the one before gave."""

    def write(call: Call, to: Composer) -> None:
        to.chain(call.tensor(), [(kind, ()) for kind in kinds], call.out)

    return write


def chain_of_two(first: str, second: str) -> Write:
    """A node of two tensors, and one of what it gives."""

    def write(call: Call, to: Composer) -> None:
        to.emit(second, to.emit(first, call.operand(0, to), call.operand(1, to)), out=call.out)

    return write


def clip(low: tuple[str, float], high: tuple[str, float]) -> Write:
    """Between two arguments, which have a name and a default; infinity is no bound."""

    def write(call: Call, to: Composer) -> None:
        if any(isinstance(call.option(name), Reference) for name, _ in (low, high)):
            _between(call, to, low[0], high[0])
            return
        bounds = []
        for name, default in (low, high):
            value = call.option(name, default)
            if not isinstance(value, (int, float)):
                raise call.error(f"computes '{name}', which has to stand in the program")
            bounds.append(float(value))
        to.clip(call.tensor(), bounds[0], bounds[1], out=call.out)

    return write


def _between(call: Call, to: Composer, low: str, high: str) -> None:
    """Between two tensors, one of which may be left out."""
    steps = [
        (kind, (call.operand(name, to),))
        for kind, name in (("Max", low), ("Min", high))
        if call.option(name) is not None
    ]
    to.chain(call.tensor(), steps, call.out)


def sum_of(kind: str) -> Write:
    """A sum or a difference, whose second part may be multiplied by a number first."""

    def write(call: Call, to: Composer) -> None:
        a, b = call.operand(0, to), call.operand(1, to)
        alpha = call.option("alpha", 1)
        if alpha != 1:
            b = to.emit("Mul", b, call.operand("alpha", to))
        to.emit(kind, *((b, a) if call.word == "rsub" else (a, b)), out=call.out)

    return write


def divide(call: Call, to: Composer) -> None:
    """A quotient, rounded where an argument says so."""
    rounded = call.option("rounding_mode")
    name = to.emit("Div", call.operand(0, to), call.operand(1, to), out="" if rounded else call.out)
    if rounded:
        to.emit("Floor", name, out=call.out)


def square(call: Call, to: Composer) -> None:
    """A tensor by itself."""
    to.emit("Mul", call.tensor(), call.tensor(), out=call.out)


def unequal(call: Call, to: Composer) -> None:
    """Whether elements differ."""
    to.emit("Not", to.emit("Equal", call.operand(0, to), call.operand(1, to)), out=call.out)


def addcmul(call: Call, to: Composer) -> None:
    """A sum with a product of two others."""
    product = to.emit("Mul", call.tensor("tensor1"), call.tensor("tensor2"))
    to.emit("Add", call.tensor(), product, out=call.out)


def addcdiv(call: Call, to: Composer) -> None:
    """A sum with a quotient of two others."""
    quotient = to.emit("Div", call.tensor("tensor1"), call.tensor("tensor2"))
    to.emit("Add", call.tensor(), quotient, out=call.out)


def lerp(call: Call, to: Composer) -> None:
    """So far on the way from one tensor to another."""
    way = to.emit("Sub", call.tensor(1), call.tensor())
    to.emit("Add", call.tensor(), to.emit("Mul", way, call.operand(2, to)), out=call.out)


def outer(call: Call, to: Composer) -> None:
    """Every element of a vector by every element of another one."""
    rows, columns = (
        to.emit("Unsqueeze", call.tensor(place), to.integers((1 - place,))) for place in range(2)
    )
    to.emit("Mul", rows, columns, out=call.out)


def without_nan(call: Call, to: Composer) -> None:
    """A number in place of what is none."""
    bad = to.emit("IsNaN", call.tensor())
    to.emit("Where", bad, to.number(0.0), call.tensor(), out=call.out)


def masked(call: Call, to: Composer) -> None:
    """A number in place of the elements that a mask says."""
    to.emit("Where", call.tensor("mask"), call.operand("value", to), call.tensor(), out=call.out)


def where(call: Call, to: Composer) -> None:
    """One of two tensors; of a softmax that is guarded against rows without a key, the softmax."""
    condition, name = to.writer(call.tensor()), call.at(2)
    for kind in ("Not", "ReduceMax", "Not"):
        if condition is None or condition.kind != kind:
            break
        condition = to.writer(condition.inputs[0])
    else:
        compared = condition.inputs[1] if condition and condition.kind == "Equal" else ""
        if to.values(compared) == (-INFINITY,):
            to.emit("Identity", str(name), out=call.out)
            return
    to.emit("Where", *(call.operand(place, to) for place in range(3)), out=call.out)


def prelu(call: Call, to: Composer) -> None:
    """A trained slope below zero, one for each channel or for all."""
    slope, rank = call.tensor("weight"), call.rank()
    shape = [*call.sizes("weight"), *(1,) * max(0, rank - 2)]
    if slope in to.constants and all(isinstance(size, int) for size in shape):
        slope = to.view(slope, [int(size) for size in shape])
    to.emit("PRelu", call.tensor(), slope, out=call.out)


def copied(call: Call, to: Composer) -> None:
    """A tensor in place of another one, whose sizes it has then."""
    if call.sizes(1) == call.sizes():
        to.emit("Identity", call.tensor(1), out=call.out)
    else:
        to.emit("Expand", call.tensor(1), to.emit("Shape", call.tensor()), out=call.out)


def glu(call: Call, to: Composer) -> None:
    """One half of a tensor, gated by the other."""
    axis = call.axis("dim", -1)
    halves = [to.tensor(f"{call.out}/Split") for _ in range(2)]
    to.emit("Split", call.tensor(), out=halves, axis=axis, num_outputs=2)
    to.emit("Mul", halves[0], to.emit("Sigmoid", halves[1]), out=call.out)


def softmax(kind: str) -> Write:
    """A softmax along an axis, or its logarithm."""

    def write(call: Call, to: Composer) -> None:
        to.emit(kind, call.tensor(), out=call.out, axis=call.axis("dim"))

    return write


def block(kind: str, argument: str) -> Write:
    """Squares of positions to channels or back, as PyTorch orders them."""

    def write(call: Call, to: Composer) -> None:
        size = call.number(argument, 1)
        to.emit(kind, call.tensor(), out=call.out, blocksize=size, mode="CRD")

    return write


def stored(kind: str) -> Write:
    """Another type for the same elements: of what is stored, that is no operation.

    Weights that are quantised stand in a program as buffers, in the place of the parameters.
    """

    def write(call: Call, to: Composer) -> None:
        constant = to.constants.get(call.tensor())
        if constant is None:
            to.emit(kind, call.tensor(), out=call.out)
        else:
            to.constants[constant.owner].untrained = False
            to.view(constant.name, constant.shape, out=call.out)

    return write


def scalar(call: Call, to: Composer) -> None:
    """A number as a tensor."""
    to.emit("Identity", call.operand(0, to), out=call.out)
