"""Nodes in the words of ONNX, written one after another by a reader of another format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from costcalc.importers.records import Constant, Node

MAIN = ("Conv", "ConvTranspose", "Gemm", "MatMul", "Einsum")
"""Of the nodes that an operation becomes, which one has its name; the first where none is one."""

NUMBERS = {
    "float32": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7,
    "string": 8, "bool": 9, "float16": 10, "float64": 11, "uint32": 12, "uint64": 13,
    "complex64": 14, "bfloat16": 16,
}  # fmt: skip
"""Types of elements by ONNX's numbers, for `Cast`."""

RECURRENT = 8
"""How many inputs a recurrent layer of ONNX has at the most."""

LARGEST = (1 << 63) - 1
"""An end of a slice that is the end of every axis."""


class Composer:
    """A graph that grows: its nodes, its constants, and which tensors are stored in fewer bits."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.constants: dict[str, Constant] = {}
        self.quantised: dict[str, str] = {}
        self._taken: set[str] = set()
        self._writers: dict[str, Node] = {}
        self._made: dict[tuple[Any, ...], str] = {}
        self._name = ""

    def tensor(self, name: str) -> str:
        """The name for a tensor of the file, made the only one of its kind."""
        unique, number = name, 1
        while unique in self._taken or not unique:
            number += 1
            unique = f"{name or 'tensor'}:{number}"
        self._taken.add(unique)
        return unique

    @contextmanager
    def operation(self, name: str, stored: str | None = None) -> Iterator[None]:
        """What is emitted meanwhile is one operation of the file, of this name.

        `stored` is the type in which the tensors inside of it are stored.
        """
        self._name, first = name, len(self.nodes)
        yield
        mine = self.nodes[first:]
        main = next((node for node in mine if node.kind in MAIN), mine[0] if mine else None)
        for node in mine:
            node.name = name if node is main else f"{name}.{node.kind.lower()}"
            for output in node.outputs if stored else ():
                self.quantised.setdefault(output, str(stored))

    def emit(
        self, kind: str, *inputs: str, out: str | Sequence[str] = "", **attributes: Any
    ) -> str:
        """Add a node; the name of its first output, which is made where none is given."""
        outputs = (out,) if isinstance(out, str) else tuple(out)
        if not outputs[:1] or not outputs[0]:
            outputs = (self.tensor(f"{self._name}/{kind}"), *outputs[1:])
        while inputs and not inputs[-1]:
            inputs = inputs[:-1]
        node = Node(kind, self._name, inputs, outputs, attributes)
        self.nodes.append(node)
        self._writers |= dict.fromkeys(outputs, node)
        return outputs[0]

    def recurrent(
        self, kind: str, name: str, weights: Sequence[str], vectors: Sequence[str], *,
        out: str | Sequence[str], state: Sequence[str] = (), **said: Any,
    ) -> str:  # fmt: skip
        """A recurrent layer that is stored in more parts than ONNX has: matrices, then vectors of
        biases, behind all inputs of ONNX. Attributes say what it is made of."""
        before = [name, "", "", "", "", *state]
        before += [""] * (RECURRENT - len(before))
        return self.emit(kind, *before, *weights, *vectors, out=out, vectors=len(vectors), **said)

    def writer(self, name: str) -> Node | None:
        """The node that writes a tensor."""
        return self._writers.get(name)

    def integers(self, values: Iterable[int]) -> str:
        """The constant that is a list of whole numbers."""
        return self._constant("int64", tuple(values), vector=True)

    def integer(self, value: int) -> str:
        """The constant that is one whole number."""
        return self._constant("int64", (value,), vector=False)

    def numbers(self, values: Iterable[float]) -> str:
        """The constant that is a list of numbers."""
        return self._constant("float32", tuple(values), vector=True)

    def number(self, value: float) -> str:
        """The constant that is one number."""
        return self._constant("float32", (value,), vector=False)

    def _constant(self, type_: str, values: tuple[Any, ...], vector: bool) -> str:
        key = (type_, values, vector)
        if key not in self._made:
            name = self.tensor(str(list(values)) if vector else str(values[0]))
            shape = (len(values),) if vector else ()
            self.constants[name] = Constant(name, shape, type_, values, untrained=True)
            self._made[key] = name
        return self._made[key]

    @staticmethod
    def type(word: str) -> int:
        """ONNX's number of a type; one that it does not have is as a float to `Cast`."""
        return NUMBERS.get(word, 1)

    def values(self, name: str) -> tuple[Any, ...] | None:
        """The elements of a constant, None where they are computed or too many."""
        constant = self.constants.get(name)
        return None if constant is None else constant.values

    def view(self, name: str, shape: Sequence[int], out: str = "") -> str:
        """A constant whose elements are those of another one, under other sizes."""
        key = (name, tuple(shape), out)
        if key not in self._made:
            seen = self.constants[name]
            out = out or self.tensor(f"{name}/{'x'.join(map(str, shape))}")
            kept = seen.values if tuple(shape) == seen.shape else None
            self.constants[out] = Constant(out, tuple(shape), seen.type, kept, seen.owner)
            if name in self.quantised:
                self.quantised[out] = self.quantised[name]
            self._made[key] = out
        return self._made[key]

    def transposed(self, name: str, order: Sequence[int]) -> str:
        """A tensor with its axes in another order: where it is constant, that is a view of it."""
        constant = self.constants.get(name)
        if constant is None or len(constant.shape) != len(order):
            return self.emit("Transpose", name, perm=tuple(order))
        if tuple(order) == tuple(range(len(order))):
            return name
        return self.view(name, [constant.shape[axis] for axis in order])

    def chain(self, name: str, steps: Sequence[tuple[str, tuple[str, ...]]], out: str) -> None:
        """Nodes one after another, each of what the one before gave and of inputs of its own."""
        for number, (kind, more) in enumerate(steps or [("Identity", ())], start=1):
            name = self.emit(kind, name, *more, out=out if number >= len(steps) else "")

    def flipped(self, name: str, axes: Sequence[int], out: str = "") -> str:
        """The tensor with some axes from their ends to their beginnings."""
        bounds = [self.integers([number] * len(axes)) for number in (-1, -LARGEST)]
        steps = self.integers([-1] * len(axes))
        return self.emit("Slice", name, *bounds, self.integers(axes), steps, out=out)

    def clip(self, name: str, low: float, high: float, out: str = "") -> str:
        """The tensor held between two numbers."""
        return self.emit("Clip", name, self.number(low), self.number(high), out=out)
