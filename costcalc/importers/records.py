"""What a model file says, whatever its format: tensors, and the nodes between them.

The operators are ONNX's (github.com/onnx/onnx, docs/Operators.md), since they are public,
specified, and the most: a reader of another format says its own in them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from costcalc.records import NamedTuple

KNOWN = 4096
"""The most elements of a constant whose values are read: shapes, axes, scalars, small tables."""

BITS = {
    "float32": 32, "float16": 16, "bfloat16": 16, "float64": 64, "float8": 8,
    "int2": 2, "int4": 4, "uint4": 4, "int8": 8, "uint8": 8, "int16": 16, "uint16": 16, "int32": 32,
    "uint32": 32, "int64": 64, "uint64": 64, "bool": 8, "string": 0, "complex64": 64,
}  # fmt: skip
"""How many bits an element of each type takes."""


def few(shape: Sequence[int]) -> bool:
    """Whether a tensor of these sizes has so few elements that their values are kept.

    An empty one is walked as well, over the sizes that are not 0; a file may say sizes below it.
    """
    return all(size >= 0 for size in shape) and math.prod(max(size, 1) for size in shape) <= KNOWN


class Beside(NamedTuple):
    """Bytes in another file: its name, as this one has it, and where they stand in it."""

    name: str
    start: int
    length: int | None


@dataclass(slots=True)
class Constant:
    """A tensor that stands in the file: its sizes, and its values where they are few.

    `of` is the constant whose elements these are where a reader shows them in another order of
    axes. `values` are in row-major order, None where there are more than `KNOWN` or they are
    somewhere else. What is `untrained` is a buffer, or a number that a reader says by it; what is
    `inline` stands in a node, not among what the file stores. `place` is where its bytes are, None
    where they are in none or as something else than plain numbers.
    """

    name: str
    shape: tuple[int, ...]
    type: str
    values: tuple[Any, ...] | None = None
    of: str = ""
    untrained: bool = False
    inline: bool = False
    place: memoryview | Beside | None = field(default=None, repr=False, compare=False)

    @property
    def owner(self) -> str:
        """The constant that is stored."""
        return self.of or self.name


@dataclass(slots=True)
class Input:
    """A tensor that the model is given. An open size is a name, or None where it has none."""

    name: str
    shape: tuple[int | str | None, ...]
    type: str = "float32"


@dataclass(slots=True)
class Node:
    """One operation: names of what it reads ("" for what is left out) and of what it writes.

    `kind` is an operator of ONNX, or the word of the file in brackets where there is none such.
    An image operator whose channels are its last axis has the attribute `channels_last`.
    """

    kind: str
    name: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0

    @property
    def shown(self) -> str:
        """The node in a message: `Conv 'features.0'`."""
        return f"{self.kind} '{self.name or (self.outputs or self.inputs or ('',))[0]}'"

    @property
    def reads(self) -> tuple[str, ...]:
        """What it reads, inside of its branches too."""
        branches = (one for one in self.attributes.values() if isinstance(one, Branch))
        return self.inputs + tuple(
            name
            for branch in branches
            for name in (*(n for node in branch.nodes for n in node.reads), *branch.outputs)
        )


RULE = ("", "")
"""Among the nodes that a row is: all that its operator is, with further ones beside it."""


class Within(NamedTuple):
    """A node of those that spell an operator out: the elements it is `on` are as many as the
    operator's input has, or as a mean along axes of it. `name` is the tensor that it writes."""

    on: str
    kind: str
    name: str


@dataclass(slots=True)
class Branch:
    """A graph inside of a node, which reads tensors around it: one way that an `If` may go."""

    nodes: list[Node]
    constants: dict[str, Constant]
    outputs: list[str]


@dataclass(slots=True)
class ModelFile:
    """A graph: nodes in an order in which everything is written before it is read.

    `format` says what the file is ("ONNX, opset 17, by pytorch 2.5"), `opset` the version of
    ONNX's operators that its nodes follow. `quantised` are the types of tensors that are stored
    in fewer bits than they are computed in. `tells_trained` is whether the format says which
    constants are trained, by those that are not.
    """

    path: str
    format: str
    opset: int
    inputs: list[Input]
    outputs: list[str]
    constants: dict[str, Constant]
    nodes: list[Node]
    quantised: dict[str, str] = field(default_factory=dict)
    tells_trained: bool = False
