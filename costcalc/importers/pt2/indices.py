"""PyTorch's elements by their indices in the words of ONNX."""

from __future__ import annotations

from costcalc.importers.composer import Composer
from costcalc.importers.pt2.call import Call
from costcalc.importers.pt2.program import Reference


def index(call: Call, to: Composer) -> None:
    """Elements by their indices along one axis, along the first ones together, or along several
    each by itself."""
    given = call.option("indices", [])
    axes = [axis for axis, one in enumerate(given) if one is not None]
    if not axes or not all(isinstance(given[axis], Reference) for axis in axes):
        to.emit(f"[{call.word}]", call.tensor(), out=call.outputs)
    elif len(axes) > 1 and axes == list(range(len(axes))):
        last = to.integers((-1,))
        places = [to.emit("Unsqueeze", str(given[axis]), last) for axis in axes]
        to.emit("GatherND", call.tensor(), to.emit("Concat", *places, axis=-1), out=call.out)
    elif len(axes) > 1 and not _each(call, to, axes):
        to.emit(f"[{call.word}]", call.tensor(), out=call.outputs)
    elif len(axes) == 1:
        to.emit("Gather", call.tensor(), str(given[axes[0]]), out=call.out, axis=axes[0])


def _each(call: Call, to: Composer, axes: list[int]) -> bool:
    """Rows by one tensor of indices and columns by another one, which meet at every place: look-ups
    one after the other. False where they are no such."""
    names = [str(call.option("indices")[axis]) for axis in axes]
    if any(name not in call.metas for name in names) or axes != list(range(axes[0], axes[-1] + 1)):
        return False
    sizes = [call.metas[name].sizes for name in names]
    rank = max(map(len, sizes))
    spread = [(1,) * (rank - len(one)) + tuple(one) for one in sizes]
    own = [[place for place in range(rank) if one[place] != 1] for one in spread]
    places = [place for one in own for place in one]
    if places != list(range(rank)) or not all(own):
        return False
    result, axis = call.tensor(), axes[0]
    for name, one, mine in zip(names, spread, own, strict=True):
        flat = to.emit("Reshape", name, to.integers(int(one[place]) for place in mine))
        out = call.out if name == names[-1] else ""
        result = to.emit("Gather", result, flat, out=out, axis=axis)
        axis += len(mine)
    return True


def index_select(call: Call, to: Composer) -> None:
    """Elements by their indices along an axis."""
    to.emit("Gather", call.tensor(), call.tensor("index"), out=call.out, axis=call.axis("dim"))


def embedding(call: Call, to: Composer) -> None:
    """Rows of a table by their indices."""
    to.emit("Gather", call.tensor("weight"), call.tensor("indices"), out=call.out, axis=0)


def gather(call: Call, to: Composer) -> None:
    """An element for each index along an axis."""
    index = call.tensor("index" if "index" in call.arguments else "indices")
    to.emit("GatherElements", call.tensor(), index, out=call.out, axis=call.axis("dim"))


def topk(call: Call, to: Composer) -> None:
    """The largest elements along an axis, or all of them in order, and their indices."""
    axis = call.axis("dim", -1)
    if call.word == "topk":
        count = call.vector([call.option("k")], to)
    else:
        sizes = to.emit("Shape", call.tensor())
        count = to.emit("Gather", sizes, to.integers((axis,)), axis=0)
    out = ("", call.out) if call.word == "argsort" else call.outputs
    to.emit("TopK", call.tensor(), count, out=out, axis=axis)
