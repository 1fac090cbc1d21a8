"""Parts of PyTorch's tensors along an axis, and tensors put together of parts, in the words of
ONNX."""

from __future__ import annotations

from costcalc.importers.composer import LARGEST, Composer
from costcalc.importers.pt2.call import Call


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


def scatter(call: Call, to: Composer) -> None:
    """A tensor with a part of it exchanged for another one."""
    to.emit("ScatterND", call.tensor(), call.tensor(1), call.tensor(1), out=call.out)


def flip(call: Call, to: Composer) -> None:
    """Axes from their ends to their beginnings."""
    to.flipped(call.tensor(), call.axes("dims"), out=call.out)


def cat(call: Call, to: Composer) -> None:
    """Tensors one after another along an axis."""
    to.emit("Concat", *call.listed("tensors"), out=call.out, axis=call.number("dim", 0))


def stack(call: Call, to: Composer) -> None:
    """Tensors one after another along a new axis."""
    axis = call.number("dim", 0)
    along = to.integers((axis,))
    each = [to.emit("Unsqueeze", name, along) for name in call.listed("tensors")]
    to.emit("Concat", *each, out=call.out, axis=axis)


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
