"""PyTorch's views in the words of ONNX: other axes for the same elements."""

from __future__ import annotations

import math
from collections.abc import Sequence

from costcalc.importers.composer import LARGEST, Composer
from costcalc.importers.pt2.call import Call


def reshape(call: Call, to: Composer) -> None:
    """Other sizes for the same elements."""
    sizes = call.option("size", call.option("shape", []))
    to.emit("Reshape", call.tensor(), call.vector(sizes, to), out=call.out)


def reshape_as(call: Call, to: Composer) -> None:
    """Another tensor's sizes for the same elements."""
    to.emit("Reshape", call.tensor(), to.emit("Shape", call.tensor("other")), out=call.out)


def as_strided(call: Call, to: Composer) -> None:
    """The same elements under other sizes, where none is left out or seen twice."""
    made = call.metas.get(call.out)
    whole = made is not None and _elements(made.sizes) == _elements(call.sizes())
    if call.option("storage_offset") or not whole:
        to.emit(f"[{call.word}]", call.tensor(), out=call.outputs)
    else:
        to.emit("Reshape", call.tensor(), call.vector(call.option("size", []), to), out=call.out)


def _elements(sizes: Sequence[int | str]) -> tuple[int, list[str]]:
    """How many elements there are: the product of the sizes that are known, and the open ones."""
    known = math.prod(size for size in sizes if isinstance(size, int))
    return known, sorted(size for size in sizes if isinstance(size, str))


def flatten(call: Call, to: Composer) -> None:
    """Several axes as one."""
    rank = max(1, call.rank())
    first, last = call.number("start_dim", 0) % rank, call.number("end_dim", -1) % rank
    if first == 1 and last == rank - 1:
        to.emit("Flatten", call.tensor(), out=call.out, axis=1)
    else:
        _regrouped(call, to, first, last + 1, (-1,))


def unflatten(call: Call, to: Composer) -> None:
    """One axis as several."""
    axis = call.axis("dim")
    _regrouped(call, to, axis, axis + 1, call.numbers("sizes"))


def _regrouped(call: Call, to: Composer, first: int, end: int, new: tuple[int, ...]) -> None:
    """Some axes as others: those before stay, and those behind, by their sizes or their number."""
    behind = call.sizes()[end:]
    if all(isinstance(size, int) for size in behind):
        shape = to.integers((*(0,) * first, *new, *map(int, behind)))
    else:
        whole = to.emit("Shape", call.tensor())
        bounds = (to.integers((end,)), to.integers((LARGEST,)), to.integers((0,)))
        rest = to.emit("Slice", whole, *bounds)
        shape = to.emit("Concat", to.integers((*(0,) * first, *new)), rest, axis=0)
    to.emit("Reshape", call.tensor(), shape, out=call.out)


def permute(call: Call, to: Composer) -> None:
    """The axes in another order."""
    to.emit("Transpose", call.tensor(), out=call.out, perm=call.axes("dims"))


def transpose(call: Call, to: Composer) -> None:
    """Two axes change places."""
    order = list(range(call.rank()))
    if len(order) > 1:
        named = list(call.arguments)[1:3] or ("dim0", "dim1")  # or axis0 and axis1; t has none
        a, b = (call.axis(name, default) for name, default in zip(named, (-1, -2), strict=True))
        order[a], order[b] = order[b], order[a]
    to.emit("Transpose", call.tensor(), out=call.out, perm=tuple(order))


def unsqueeze(call: Call, to: Composer) -> None:
    """With an axis of one element more."""
    axis = call.axis("dim", more=1)
    to.emit("Unsqueeze", call.tensor(), to.integers((axis,)), out=call.out)


def squeeze(call: Call, to: Composer) -> None:
    """Without axes of one element: of those that are named, or of all."""
    wanted = call.axes("dim")
    axes = [axis for axis in wanted if call.sizes()[axis] == 1]
    steps = [("Squeeze", (to.integers(axes),))] if axes else []
    to.chain(call.tensor(), steps, call.out)


def sym_size(call: Call, to: Composer) -> None:
    """The size of an axis, as a number."""
    sizes = to.emit("Shape", call.tensor())
    to.emit("Gather", sizes, to.integer(call.axis("dim")), out=call.out, axis=0)


def movedim(call: Call, to: Composer) -> None:
    """Some axes at other places, the others in their order."""
    rank = call.rank()
    source, wanted = (
        [place % rank for place in call.numbers(name)] for name in ("source", "destination")
    )
    order = [axis for axis in range(rank) if axis not in source]
    for place, axis in sorted(zip(wanted, source, strict=True)):
        order.insert(place, axis)
    to.emit("Transpose", call.tensor(), out=call.out, perm=tuple(order))
