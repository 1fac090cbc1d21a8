"""PyTorch's operators along axes in the words of ONNX: views, slices, reductions."""

from __future__ import annotations

import math
from typing import Any

from costcalc.importers.composer import LARGEST, Composer
from costcalc.importers.pt2.call import Call
from costcalc.importers.pt2.program import Reference


def reshape(call: Call, to: Composer) -> None:
    """Other sizes for the same elements."""
    sizes = call.option("size", call.option("shape", []))
    to.emit("Reshape", call.tensor(), call.vector(sizes, to), out=call.out)


def reshape_as(call: Call, to: Composer) -> None:
    """Another tensor's sizes for the same elements."""
    to.emit("Reshape", call.tensor(), to.emit("Shape", call.tensor("other")), out=call.out)


def as_strided(call: Call, to: Composer) -> None:
    """The same elements under other sizes, where none is left out or seen twice."""
    sizes, old = call.numbers("size"), call.sizes()
    if call.option("storage_offset") or math.prod(sizes) != math.prod(map(int, old)):
        to.emit(f"[{call.word}]", call.tensor(), out=call.outputs)
    else:
        to.emit("Reshape", call.tensor(), to.integers(sizes), out=call.out)


def scatter(call: Call, to: Composer) -> None:
    """A tensor with a part of it exchanged for another one."""
    to.emit("ScatterND", call.tensor(), call.tensor(1), call.tensor(1), out=call.out)


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


def slice_(call: Call, to: Composer) -> None:
    """A part of an axis."""
    axis, start, end = call.axis("dim"), call.option("start", 0), call.option("end", LARGEST)
    if "length" in call.arguments:  # narrow says how long it is
        length = call.option("length")
        if not isinstance(start, int) or not isinstance(length, int):
            raise call.error("computes where it begins or how long it is")
        end = start + length if start + length else LARGEST
    step = call.number("step", 1)
    if (start, step) == (0, 1) and isinstance(end, int) and end >= LARGEST:
        to.emit("Identity", call.tensor(), out=call.out)
        return
    bounds = [call.vector((bound,), to) for bound in (start, end)]
    more = [to.integers((axis,)), *([to.integers((step,))] if step != 1 else [])]
    to.emit("Slice", call.tensor(), *bounds, *more, out=call.out)


def select(call: Call, to: Composer) -> None:
    """One place of an axis, which goes."""
    index = call.operand("index", to)
    to.emit("Gather", call.tensor(), index, out=call.out, axis=call.axis("dim"))


def split(call: Call, to: Composer) -> None:
    """Parts along an axis: as many as there are outputs, or of lengths that are said."""
    axis, size = call.axis("dim"), call.sizes()[call.axis("dim")]
    lengths = call.option("split_sizes", call.option("split_size"))
    count = len(call.outputs)
    if isinstance(lengths, list):
        inputs = [call.vector(lengths, to)]
    elif isinstance(size, int):
        each = lengths if isinstance(lengths, int) else -(-size // max(1, count))
        inputs = [to.integers([each] * (count - 1) + [size - each * (count - 1)])]
    else:
        inputs = []
    said = {} if inputs else {"num_outputs": count}
    to.emit("Split", call.tensor(), *inputs, out=call.outputs, axis=axis, **said)


def unbind(call: Call, to: Composer) -> None:
    """A tensor taken apart along an axis, which goes."""
    axis, count = call.axis("dim"), len(call.outputs)
    parts = [to.tensor(f"{name}/Split") for name in call.outputs]
    to.emit("Split", call.tensor(), out=parts, axis=axis, num_outputs=count)
    for part, out in zip(parts, call.outputs, strict=True):
        to.emit("Squeeze", part, to.integers((axis,)), out=out)


def cat(call: Call, to: Composer) -> None:
    """Tensors one after another along an axis."""
    to.emit("Concat", *call.listed("tensors"), out=call.out, axis=call.number("dim", 0))


def stack(call: Call, to: Composer) -> None:
    """Tensors one after another along a new axis."""
    axis = call.number("dim", 0)
    along = to.integers((axis,))
    each = [to.emit("Unsqueeze", name, along) for name in call.listed("tensors")]
    to.emit("Concat", *each, out=call.out, axis=axis)


def expand(call: Call, to: Composer) -> None:
    """Axes of one element repeated; -1 is as it was."""
    sizes, old = call.option("size", []), call.sizes()
    if len(sizes) == len(old) and all(a in (-1, b) for a, b in zip(sizes, old, strict=True)):
        to.emit("Identity", call.tensor(), out=call.out)
        return
    sizes = [1 if size == -1 else size for size in sizes]
    to.emit("Expand", call.tensor(), call.vector(sizes, to), out=call.out)


def expand_as(call: Call, to: Composer) -> None:
    """Axes of one element repeated to another tensor's sizes."""
    sizes = to.emit("Shape", call.tensor("other"))
    to.emit("Expand", call.tensor(), sizes, out=call.out)


def repeat(call: Call, to: Composer) -> None:
    """Axes repeated as a whole, with new ones before them where more are said."""
    repeats, data = call.option("repeats", call.option("dims", [])), call.tensor()
    more = len(repeats) - call.rank()
    repeats = [1] * -more + repeats
    if more > 0:
        data = to.emit("Unsqueeze", data, to.integers(range(more)))
    to.emit("Tile", data, call.vector(repeats, to), out=call.out)


def repeat_each(call: Call, to: Composer) -> None:
    """Every element along an axis so many times, one after another."""
    if not isinstance(call.option("repeats"), int) or call.option("dim") is None:
        raise call.error("repeats elements as a tensor says, or all as one row")
    axis, times, sizes = call.axis("dim"), call.number("repeats", 1), call.sizes()
    if not all(isinstance(size, int) for size in sizes):
        raise call.error("repeats a tensor of open sizes")
    apart = to.emit("Unsqueeze", call.tensor(), to.integers((axis + 1,)))
    shape = [int(size) * (times if place == axis else 1) for place, size in enumerate(sizes)]
    spread = [1] * (len(sizes) + 1)
    spread[axis + 1] = times
    grown = to.emit("Tile", apart, to.integers(spread))
    to.emit("Reshape", grown, to.integers(shape), out=call.out)


def roll(call: Call, to: Composer) -> None:
    """Axes turned around their ends: the last part comes first."""
    shifts, axes = call.numbers("shifts"), call.numbers("dims")
    if len(shifts) != len(axes):
        raise call.error("rolls all elements as one row")
    name = call.tensor()
    for index, (shift, axis) in enumerate(zip(shifts, axes, strict=True), start=1):
        along = to.integers((axis,))
        last = to.emit("Slice", name, to.integers((-shift,)), to.integers((LARGEST,)), along)
        first = to.emit("Slice", name, to.integers((0,)), to.integers((-shift,)), along)
        out = call.out if index == len(axes) else ""
        name = to.emit("Concat", last, first, out=out, axis=axis)


def pad(call: Call, to: Composer) -> None:
    """A border: the program has the last axis first, each with both of its ends."""
    given = call.option("pad", call.option("padding", []))
    axes = len(given) // 2
    before, after = [0] * (call.rank() - axes), [0] * (call.rank() - axes)
    for axis in reversed(range(axes)):
        before.append(given[2 * axis])
        after.append(given[2 * axis + 1])
    mode = call.option("mode", call.word.split("_")[0])
    mode = {"reflection": "reflect", "replication": "edge", "replicate": "edge"}.get(mode, mode)
    mode = mode if mode in ("reflect", "edge") else "constant"
    to.emit("Pad", call.tensor(), call.vector(before + after, to), out=call.out, mode=mode)


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
    """The mean of the squares of what is left without the mean, or its root."""
    axes, keep = to.integers(call.axes("dim")), int(bool(call.option("keepdim")))
    mean = to.emit("ReduceMean", call.tensor(), axes, keepdims=1)
    left = to.emit("Sub", call.tensor(), mean)
    squares = to.emit("Mul", left, left)
    deviation = call.word == "std"
    name = to.emit("ReduceMean", squares, axes, out="" if deviation else call.out, keepdims=keep)
    if deviation:
        to.emit("Sqrt", name, out=call.out)


def index(call: Call, to: Composer) -> None:
    """Elements by their indices along one axis."""
    given = call.option("indices", [])
    axes = [axis for axis, one in enumerate(given) if one is not None]
    if not axes or not all(isinstance(given[axis], Reference) for axis in axes):
        to.emit(f"[{call.word}]", call.tensor(), out=call.outputs)
    elif len(axes) > 1 and axes == list(range(len(axes))):
        last = to.integers((-1,))
        places = [to.emit("Unsqueeze", str(given[axis]), last) for axis in axes]
        to.emit("GatherND", call.tensor(), to.emit("Concat", *places, axis=-1), out=call.out)
    elif len(axes) > 1:
        to.emit(f"[{call.word}]", call.tensor(), out=call.outputs)
    else:
        to.emit("Gather", call.tensor(), str(given[axes[0]]), out=call.out, axis=axes[0])


def index_select(call: Call, to: Composer) -> None:
    """Elements by their indices along an axis."""
    to.emit("Gather", call.tensor(), call.tensor("index"), out=call.out, axis=call.axis("dim"))


def embedding(call: Call, to: Composer) -> None:
    """Rows of a table by their indices."""
    to.emit("Gather", call.tensor("weight"), call.tensor("indices"), out=call.out, axis=0)


def filled(call: Call, to: Composer) -> None:
    """A tensor of given sizes, or of another one's, whose elements are all the same."""
    if call.word.endswith("_like"):
        sizes = to.emit("Shape", call.tensor())
    else:
        sizes = call.vector(call.option("size", []), to)
    value: Any = call.option("fill_value", float("ones" in call.word))
    to.emit("Expand", to.number(float(value)), sizes, out=call.out)


def eye(call: Call, to: Composer) -> None:
    """A matrix with ones where row and column are the same."""
    n = call.number("n", 1)
    to.emit("Expand", to.number(1.0), to.integers((n, call.number("m", n))), out=call.out)


def arange(call: Call, to: Composer) -> None:
    """Whole numbers in a row."""
    bounds = [
        call.operand(name, to) if name in call.arguments else to.integer(default)
        for name, default in (("start", 0), ("end", 0), ("step", 1))
    ]
    to.emit("Range", *bounds, out=call.out)


def sym_size(call: Call, to: Composer) -> None:
    """The size of an axis, as a number."""
    sizes = to.emit("Shape", call.tensor())
    to.emit("Gather", sizes, to.integer(call.axis("dim")), out=call.out, axis=0)
