"""An operator of a TFLite file: what it reads and writes, its options, what is fused into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from costcalc.errors import CostcalcError
from costcalc.importers.composer import Composer
from costcalc.importers.tflite.flatbuffer import Table
from costcalc.records import NamedTuple
from costcalc.safe_text import shortened

PRODUCTS = ("conv2d", "convolution", "depthwise", "matmul", "conv_transpose", "conv2d_transpose",
            "depthwiseconv2dnative")  # fmt: skip
OTHERS = ("add", "avgpool", "biasadd", "concat", "fusedbatchnorm", "maxpool", "maxpool2d", "mean",
          "mul", "pad", "relu", "relu6", "reshape", "sigmoid", "softmax", "sub")  # fmt: skip
"""Last parts of names that say what a layer does; the part before them says which one it is."""

UNNAMED = ("StatefulPartitionedCall", "PartitionedCall", "Identity")
"""How converters call what a model hands out, whatever wrote it."""


@dataclass(slots=True)
class Tensor:
    """A tensor of the file: its sizes as stored, and those that are left open as None."""

    name: str
    shape: tuple[int, ...]
    open: tuple[int | None, ...]
    type: str


class Folded(NamedTuple):
    """What SPACE_TO_BATCH_ND and its inverse around a convolution stand for.

    `pads` are the zeros before rows and columns, then behind them. Where a file computes them there
    are none; `computed` are then the tensors that say what is added and what is cut off again.
    """

    dilations: tuple[int, ...]
    pads: tuple[int, ...] = ()
    computed: tuple[str, ...] = ()


@dataclass(slots=True)
class Operation:
    """An operator of the file, with what its inputs are known to be.

    `custom` are the options of one that is not TFLite's own, as bytes.
    """

    word: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    options: Table | None
    tensors: Mapping[str, Tensor]
    custom: bytes = b""
    folded: Folded | None = None

    def option(self, slot: int, form: str = "i", default: Any = 0) -> Any:
        """An option by its slot."""
        return default if self.options is None else self.options.number(slot, form, default)

    def input(self, index: int) -> str:
        """The name of an input. Raises `CostcalcError` where it is left out."""
        return self.optional(index) or self._missing(index)

    def optional(self, index: int) -> str:
        """The name of an input, "" where it is left out."""
        return self.inputs[index] if index < len(self.inputs) else ""

    def _missing(self, index: int) -> NoReturn:
        raise self.error(f"has no input {index}")

    def shape(self, index: int) -> tuple[int, ...]:
        """The sizes of an input as the file has them."""
        return self.tensors[self.input(index)].shape

    def open(self, index: int) -> tuple[int | None, ...]:
        """The sizes of an input, None for those that the file leaves open."""
        return self.tensors[self.input(index)].open

    def axis(self, value: int, index: int = 0) -> int:
        """An axis of an input, counted from the first."""
        rank = len(self.shape(index))
        if not -rank <= value < rank:
            raise self.error(f"has the axis {value} of {rank}")
        return value % rank

    def fixed(self, index: int, composer: Composer) -> tuple[int, ...]:
        """The whole numbers of an input that has to stand in the file."""
        values = composer.values(self.input(index))
        if values is None or not all(isinstance(value, int) for value in values):
            raise self.error(f"computes its input {index}, which has to stand in the file")
        return values

    @property
    def name(self) -> str:
        """Which layer it is, by the name of what it writes: converters join those of all fused."""
        heavy = "CONV" in self.word or self.word == "FULLY_CONNECTED"
        names = (self.outputs[0], *self.inputs[1:2]) if heavy else self.outputs[:1]
        parts = [part for name in names for part in name.split(";") if _says(part)]
        if not parts or (not heavy and parts[0].startswith(UNNAMED)):
            return self.word.lower()
        mine = PRODUCTS if heavy else (self.word.lower().replace("_", ""), self.word.lower()[:6])
        chosen = next((part for part in parts if _says(part) in mine), parts[0])
        layer, slash, _ = chosen.rpartition("/")
        return layer if slash and _says(chosen) in (*PRODUCTS, *OTHERS) else chosen

    def error(self, message: str) -> CostcalcError:
        """An error with the operator's name."""
        return CostcalcError(f"{self.word} '{shortened((self.outputs or ('',))[0])}' {message}")


def _says(name: str) -> str:
    """The last part of a name, without the numbers that make it the only one."""
    last = name.rpartition("/")[2].lower()
    return last if last in OTHERS or last in PRODUCTS else last.rstrip("0123456789_")


ACTIVATIONS = ("", "Relu", "", "", "Tanh", "Sign")
"""Activations that are fused into an operator, by number; those between are of `CLIPS`."""

CLIPS = {2: (-1.0, 1.0), 3: (0.0, 6.0)}
"""Fused activations that hold a value between two numbers."""


def fused(op: Operation, to: Composer, slot: int, kind: str, *inputs: str, **said: Any) -> None:
    """A node, and one for the activation that an option fuses into the operator."""
    number, out = op.option(slot, "b"), op.outputs[0]
    if not number:
        to.emit(kind, *inputs, out=out, **said)
    elif number in CLIPS:
        to.clip(to.emit(kind, *inputs, **said), *CLIPS[number], out=out)
    elif 0 < number < len(ACTIVATIONS):
        to.emit(ACTIVATIONS[number], to.emit(kind, *inputs, **said), out=out)
    else:
        raise op.error(f"fuses an unknown activation ({number})")
