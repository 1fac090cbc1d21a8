"""PyTorch's elements by their indices in the words of ONNX."""

from __future__ import annotations

from costcalc.importers.composer import Composer
from costcalc.importers.pt2.call import Call
from costcalc.importers.pt2.program import Reference


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
