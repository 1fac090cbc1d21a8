"""What a network is given: the sizes of its inputs as hyperparameters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from costcalc.errors import Mark, SpecError
from costcalc.importers.layout import Atom, Atoms, Data, Sides, atoms_of, image, tokens, vector
from costcalc.importers.records import Input, ModelFile, Node
from costcalc.importers.sizes import Size
from costcalc.language.hyperparameters import can_name
from costcalc.language.spec import INPUT
from costcalc.numbers.dimensions import Shape
from costcalc.safe_text import shortened

OPEN = (224, 256, 384, 48, 32, 128, 320, 512, 640, 192, 96, 64)
"""The height and width of a map, and the length of a sequence, that a file leaves open: the first
of these at which it is a network."""
COLOURS = (1, 2, 3, 4)
"""Channels that an image may have."""

PREPARING = ("Sub", "Div", "Mul", "Add", "Cast", "QuantizeLinear", "DequantizeLinear",
             "DynamicQuantizeLinear", "Identity")  # fmt: skip
"""What is done to an image before it is one of a batch, or comes to the first layer."""
WINDOWS = ("Conv", "QLinearConv", "ConvInteger", "FusedConv", "ConvTranspose",
           "MaxPool", "AveragePool", "BatchNormalization")  # fmt: skip
"""What works on maps or sequences whose channels stand before their positions."""
RECURRENT = ("LSTM", "GRU", "RNN", "DynamicQuantizeLSTM")
"""What works on sequences whose steps stand before their examples, unless it says otherwise."""


class Inputs:
    """The inputs of a file: hyperparameters for what may vary, and each tensor as `Data`."""

    def __init__(self, file: ModelFile, mark: Mark, size: int = OPEN[0]) -> None:
        self.file, self.mark, self.open = file, mark, size
        self.hyperparameters: dict[str, dict[str, str]] = {}
        self.given: dict[str, Data] = {}
        self.sizes: dict[str, Shape] = {}
        read = {name for node in file.nodes for name in node.reads}
        inputs = [one for one in file.inputs if one.name in read]
        if not inputs:
            raise SpecError("nothing reads an input", mark)
        for number, one in enumerate(inputs):
            name = INPUT if len(inputs) == 1 else self._name(one, number)
            self._give(one, name)

    def _name(self, one: Input, number: int) -> str:
        name = "".join(c if c.isalnum() or c in "_.-" else "_" for c in one.name)[:60]
        return name if name and name not in self.sizes else f"{INPUT}_{number + 1}"

    def _give(self, one: Input, name: str) -> None:
        rank = len(one.shape)
        if rank > 5:
            raise SpecError(
                f"the input '{shortened(one.name)}' has {rank} axes", self.mark,
                "a batch of numbers, vectors, sequences, images or videos has one to five",
            )  # fmt: skip
        prefix = "" if not self.sizes else f"{name}_"
        if rank == 3 and self._is_one_image(one):
            h, w = self._map(one.shape[1:], prefix)
            alone = image(name, Shape(h, w, self._whole(one.shape[0])), ())
            self._known(one, alone.with_axes(alone.axes[1:]))
            return
        if rank == 0 or (rank == 1 and not self._is_for_each_example(one)):
            alone = vector(name, Shape(1, 1, self._whole(math.prod(one.shape))), ())
            self._known(one, alone.with_axes(alone.axes[2 - rank :]))
            return
        steps_first = rank == 3 and any(
            node.kind in RECURRENT and not node.attributes.get("layout")
            for node in self._readers(one)
        )
        first = one.shape[1 if steps_first else 0]
        batch: Atoms = (Atom(first if isinstance(first, int) and first > 0 else 1, True),)
        if not isinstance(first, int) or first < 1:
            batch = (Atom(Size.named("batch", 1), True),)
        if rank == 5:
            data = self._frames(one, name, prefix, batch)
        elif rank == 4:
            last = self._channels_last(one)
            channels = one.shape[3 if last else 1]
            h, w = self._map(one.shape[1:3] if last else one.shape[2:], prefix)
            shape = Shape(h, w, channels if self._is_said(channels) else 3)
            data = image(name, shape, batch, 3 if last else 1)
        elif rank == 3:
            if any(node.kind in WINDOWS for node in self._readers(one)):
                length = self._size(one.shape[2], f"{prefix}length", "length of the input")
                sides = Sides(atoms_of(length), (), atoms_of(self._whole(one.shape[1])))
                data = Data(name, (batch, sides.c, sides.h), sides)
            else:
                steps = one.shape[0 if steps_first else 1]
                length = self._size(steps, f"{prefix}length", "length of the input")
                data = tokens(name, Shape(length, 1, self._whole(one.shape[2])), batch)
                if steps_first:
                    data = data.with_axes((data.axes[1], data.axes[0], data.axes[2]))
        elif rank == 2 and not self._is_said(one.shape[1]):  # samples of a sound, one channel
            length = self._size(one.shape[1], f"{prefix}length", "length of the input")
            sides = Sides(atoms_of(length), (), ())
            data = Data(name, (batch, sides.h), sides)
        elif rank == 2:
            data = vector(name, Shape(1, 1, self._whole(one.shape[1])), batch)
        else:  # a number for each example, as a step of diffusion
            data = vector(name, Shape(1, 1, 1), batch).with_axes((batch,))
        self._known(one, data)

    def _frames(self, one: Input, name: str, prefix: str, batch: Atoms) -> Data:
        """A batch of videos, whose frames lie below one another, their channels before or behind
        the number of frames, or last."""
        sizes = one.shape[1:]
        at = next((place for place in (1, 3, 0) if sizes[place] in COLOURS), 1)
        channels = sizes[at]
        frames, *space = (size for place, size in enumerate(sizes) if place != at)
        count = self._size(frames, f"{prefix}frames", "frames of the input")
        h, w = self._map(tuple(space), prefix)
        sides = Sides(
            (*atoms_of(count), *atoms_of(h)), atoms_of(w),
            atoms_of(channels if self._is_said(channels) else 3),
        )  # fmt: skip
        axes = [sides.h[:1], sides.h[1:], sides.w]
        axes.insert(at, sides.c)
        return Data(name, (batch, *axes), sides)

    def _known(self, one: Input, data: Data) -> None:
        self.sizes[data.row] = data.shape
        self.given[one.name] = data

    def _is_for_each_example(self, one: Input) -> bool:
        """Whether one axis is that of a batch, as those of other inputs are."""
        (size,) = one.shape
        others = (other.shape[0] for other in self.file.inputs if len(other.shape) > 1)
        return not self._is_said(size) or size == 1 or size in others

    def _is_one_image(self, one: Input) -> bool:
        """Whether three axes are those of an image, which the graph makes a batch of."""
        if one.shape[0] not in COLOURS:
            return False
        name = one.name
        while True:
            readers = [node for node in self.file.nodes if name in node.inputs]
            for node in readers:
                if node.kind == "Unsqueeze" and self._axes(node) == (0,):
                    return True
            after = next((node for node in readers if node.kind in PREPARING), None)
            if after is None:
                return False
            name = after.outputs[0]

    def _axes(self, node: Node) -> tuple[Any, ...]:
        said = self.file.constants.get(node.inputs[1]) if len(node.inputs) > 1 else None
        return node.attributes.get("axes") or (said.values if said is not None else None) or ()

    def _is_said(self, size: Any) -> bool:
        return isinstance(size, int) and size > 0

    def _whole(self, size: Any) -> int:
        if not self._is_said(size):
            raise SpecError("the file leaves the channels of its input open", self.mark)
        return int(size)

    def _readers(self, one: Input) -> Iterator[Node]:
        """The nodes that read an input, whatever its type and its scale by then."""
        names = {one.name}
        for node in self.file.nodes:
            if names.isdisjoint(node.inputs[:1]):
                continue
            if node.kind in PREPARING:
                names.add(node.outputs[0])
            else:
                yield node

    def _channels_last(self, one: Input) -> bool:
        """Whether the last axis of a batch of images is the channels."""
        for node in self._readers(one):
            if node.kind == "Transpose":
                return tuple(node.attributes.get("perm", ())) == (0, 3, 1, 2)
            if node.attributes.get("channels_last"):
                return True
            if node.kind in WINDOWS:
                return False
        if any(node.attributes.get("channels_last") for node in self.file.nodes):
            return True
        return one.shape[1] not in COLOURS and one.shape[3] in COLOURS

    def _map(self, sizes: tuple[Any, ...], prefix: str) -> tuple[Any, Any]:
        """Height and width: one hyperparameter where they are equal, else one each."""
        if all(map(self._is_said, sizes)) and sizes[0] == sizes[1]:
            if prefix and self.hyperparameters.get("res", {}).get("default") == str(sizes[0]):
                return (Size.named("res", sizes[0]),) * 2
            return (self._parameter(f"{prefix}res", sizes[0], "height and width of the input"),) * 2
        names = [f"{prefix}height", f"{prefix}width"]
        said = [s for s in sizes if isinstance(s, str) and can_name(s) and len(s) > 1]
        if len(set(said)) == 2:
            names = said
        default: Any = self.open
        if not any(map(self._is_said, sizes)) and "res" not in self.hyperparameters:
            self._parameter("res", self.open, "height and width of the input")
            default = "res"
        h, w = (
            self._size(size, name, f"{what} of the input", default)
            for size, name, what in zip(sizes, names, ("height", "width"), strict=True)
        )
        return h, w

    def _size(self, size: Any, name: str, what: str, default: Any = None) -> Size:
        if name in self.hyperparameters:
            return Size.named(name, self._value(name))
        default = self.open if default is None else default
        return self._parameter(name, size if self._is_said(size) else default, what)

    def _value(self, name: str) -> int:
        default = self.hyperparameters[name]["default"]
        return int(default) if default.isdigit() else self._value(default)

    def _parameter(self, name: str, default: Any, what: str) -> Size:
        said = {"default": str(default), "help": what, "min": "1"}
        self.hyperparameters.setdefault(name, said)
        return Size.named(name, self._value(name))
