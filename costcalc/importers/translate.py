"""A model file's graph as rows: what the translation of every operator uses.

The nodes are walked in order. Each tensor is `Data` (a map and its axes), a `Constant`, or
`Scores` (a product that may turn out to be attention). Operators run as in every other network,
on sizes that hyperparameters decide, so that a row that cannot be is refused at its node.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from costcalc.errors import Mark, Source, SpecError
from costcalc.importers import READ, arrange, constants
from costcalc.importers.constants import NotComputed
from costcalc.importers.layout import (
    Atom,
    Atoms,
    Cut,
    Data,
    Sides,
    atoms_of,
    equal,
    example,
    joined,
    like,
    reshape,
    settled,
    whole_axes,
)
from costcalc.importers.pieces import piece
from costcalc.importers.records import BITS, Constant, ModelFile, Node
from costcalc.importers.scores import Scores
from costcalc.importers.sizes import Size
from costcalc.numbers.dimensions import Kernel, Shape, ShapeError
from costcalc.ops import OPERATORS
from costcalc.safe_text import shortened

if TYPE_CHECKING:
    from costcalc.importers.weights import Weights

FULL = 32
"""Bits of a weight where a file says nothing else."""
_WORD = re.compile(r"[a-z][a-z_]+")
COORDINATES = 4
"""The most channels that say where something is, or how far away."""
TABLES = 64
"""The most trained tables that a bias is looked up in."""
_NAMED_AFTER = re.compile(r"(?:weight|kernel|w|W|bias|gamma)(?:_quantized|_q)?")
_UNFIT = re.compile(r"[^A-Za-z0-9_.\-]+")


@dataclass(slots=True)
class Row:
    """A row of the spec to be: an operator on the rows it reads, with its cells."""

    name: str
    op: str
    arguments: dict[str, Any]
    inputs: list[str]
    shape: Shape
    node: Node
    cells: dict[str, str] = field(default_factory=dict)


def _path(words: Sequence[str]) -> str:
    """A module's path from its scopes: layer1, layer1.0 and conv1 are layer1.0.conv1."""
    path: list[str] = []
    for word in words:
        if path and word.startswith(f"{path[-1]}."):
            path.pop()
        path.append(word)
    return ".".join(path)


Handler = Callable[["Translator", Node], None]


class Translator:
    """The rows of a model file so far, and what each of its tensors is."""

    def __init__(self, file: ModelFile, source: Source, given: dict[str, Data]) -> None:
        self.file, self.source = file, source
        self.constants: dict[str, Constant] = dict(file.constants)
        self.stored = dict(file.constants)
        self.wholes: dict[str, str] = {}
        sizes = [a.size for one in given.values() for axis in one.axes for a in axis if a.batch]
        self.says_all_sizes = all(
            isinstance(size, int) for one in file.inputs for size in one.shape[1:]
        )
        self.batch = max((size for size in sizes if isinstance(size, int)), default=1)
        self.tensors: dict[str, Data | Scores] = dict(given)
        self.rows: dict[str, Row] = {}
        self.start = next(iter(given.values()))
        self.inputs = {data.row: data.shape for data in given.values()}
        self.shapes = dict(self.inputs)
        self.names = Counter(self.shapes)
        self.dequantised = {
            name
            for node in file.nodes
            for name in node.inputs[:4:3]  # of QLinearAdd and its like the second tensor is the 4th
            if node.kind in ("DequantizeLinear", "QLinearAdd", "QLinearMul")
        }
        self.computed: Counter[str] = Counter()
        self.ends: list[str] = []
        self.scales: set[str] = set()
        self.within: dict[str, tuple[tuple[str, str], ...]] = {}
        self.owners: dict[str, list[str]] = {}
        self.copied: dict[str, int] = {}
        self.features: dict[tuple[Any, ...], Data] = {}
        self.learned_by: dict[str, list[Constant]] = {}
        self.arranged: dict[tuple[Any, ...], tuple[str, Sides]] = {}
        self.readers = Counter(name for node in file.nodes for name in node.inputs)
        self.readers.update(file.outputs)
        self.reader = {name: node for node in file.nodes for name in node.inputs}

    @functools.cached_property
    def _weights(self) -> Weights:
        from costcalc.importers.weights import Weights

        return Weights(self.file)

    # What a node reads.

    def error(self, node: Node, message: str, hint: str = "") -> SpecError:
        """What is wrong, at a node."""
        return SpecError(f"{node.shown}: {message}", self.mark(node), hint)

    def mark(self, node: Node) -> Mark:
        """Where a node stands in the listing of the file."""
        return Mark(self.source, node.line, 0, max(1, len(node.kind)))

    def constant(self, node: Node, place: int) -> Constant | None:
        """An input that is the same for every example; None for others, and for one left out."""
        return self.constants.get(self._input(node, place))

    def has(self, node: Node, place: int) -> bool:
        """Whether an input is given."""
        return bool(self._input(node, place))

    def _input(self, node: Node, place: int) -> str:
        return node.inputs[place] if place < len(node.inputs) else ""

    def weights(self, node: Node, place: int) -> Constant:
        """An input that has to be a constant. Raises `SpecError` where it is computed."""
        constant = self.constant(node, place)
        if constant is None:
            raise self.error(node, "its weights are no constant of the file")
        return constant

    def data(self, node: Node, place: int = 0) -> Data:
        """An input that depends on the example. Raises `SpecError` for a constant."""
        name = self._input(node, place)
        found = self.tensors.get(name)
        if isinstance(found, Scores):
            return self.product(found)
        if found is None:
            what = "a constant" if name in self.constants else f"'{shortened(name)}'"
            raise self.error(node, f"cannot read {what} there")
        return found

    def tensor(self, node: Node, place: int) -> Data | Scores | None:
        """An input that depends on the example, as it is; None for a constant."""
        return self.tensors.get(self._input(node, place))

    def known(self, node: Node) -> list[Constant | None]:
        """All inputs, of which those that are no constants are None."""
        return [self.constants.get(name) for name in node.inputs]

    def listed(self, node: Node, name: str, place: int) -> tuple[Any, ...] | None:
        """Whole numbers that stand as an attribute or an input; None where neither is given."""
        if name not in node.attributes and not self.has(node, place):
            return None
        try:
            if name not in node.attributes:
                return constants.whole_numbers(self.constant(node, place))
            return tuple(constants.listed(node, self.known(node), name, place))
        except NotComputed:
            raise self.error(node, f"its '{name}' depends on the input's values") from None

    def computed_of(self, node: Node, made: Constant) -> None:
        """Note a constant that a node makes of constants; a piece of a stored one is stored too."""
        self.constants[made.name] = made
        self.computed[node.kind] += math.prod(made.shape)
        if not self.scales.isdisjoint(node.inputs):
            self.scales.add(made.name)
        if node.kind == "DequantizeLinear":
            self.dequantised.add(made.owner)
        source = self.constant(node, 0)
        if source is not None and node.kind in ("Expand", "Tile"):
            self._note_copies(made, source.shape)
        if source is None or made.owner == source.owner or made.owner in self.stored:
            return
        whole = self.stored.get(source.owner)
        along = constants.pieces_of(node, self.known(node))
        if whole is None or not along:
            return
        place = next(i for i, name in enumerate(node.outputs) if name == made.name)
        self.stored[made.owner] = piece(whole, made.owner, made.shape, along[place])
        self.wholes[made.owner] = self.wholes.get(whole.name, whole.name)
        if whole.name in self.file.quantised:
            self.file.quantised[made.owner] = self.file.quantised[whole.name]

    def _note_copies(self, made: Constant, once: tuple[int, ...]) -> None:
        """Note behind how many elements a constant is repeated for every example of a batch."""
        old = (1,) * (len(made.shape) - len(once)) + once
        for axis, (before, after) in enumerate(zip(old, made.shape, strict=True)):
            if before == 1 and after == self.batch > 1:
                self.copied[made.owner] = math.prod(made.shape[:axis])
                return

    def whole_of(self, constant: Constant) -> Constant:
        """A constant by what it is a piece of: of tables, masks and factors no piece is trained."""
        owner = self.wholes.get(constant.owner)
        return constant if owner is None else replace(constant, of=owner)

    def shape_of(self, row: str) -> Shape:
        """The shape of what a row, or an input, is."""
        return self.rows[row].shape if row in self.rows else self.shapes[row]

    # What a node writes.

    def give(self, node: Node, tensor: Data | Scores, place: int = 0) -> None:
        """Say what an output of a node is."""
        if place < len(node.outputs) and node.outputs[place]:
            self.tensors[node.outputs[place]] = tensor

    def emit(
        self,
        node: Node,
        op: str,
        inputs: Sequence[Data],
        weights: Iterable[tuple[str, Constant | None]] = (),
        named_after: Iterable[tuple[str, Constant]] = (),
        **arguments: Any,
    ) -> Row:
        """Write a row, whose name and shape it has then.

        `weights` are the stored parts of it: one that another row has already is shared. Where
        these have no names of their own, it is `named_after` what belongs to it besides.
        """
        arguments = {
            name: given
            for name, given in arguments.items()
            if given is not None and given != OPERATORS[op].arguments[name].default
        }
        try:
            shape, _ = OPERATORS[op].run(*(data.shape for data in inputs), **arguments)
        except ShapeError as error:
            raise self.error(node, str(error)) from None
        parts = [(part, constant) for part, constant in weights if constant is not None]
        row = Row(
            self.name(node, [*parts, *named_after]),
            op,
            arguments,
            [d.row for d in inputs],
            shape,
            node,
        )
        self.rows[row.name] = row
        learned = self.learned(inputs)
        if 0 < len(learned) <= TABLES and op != "attention":
            self.learned_by[row.name] = learned
        for part, constant in parts:
            self.own(row, part, constant)
        return row

    def own(self, row: Row, part: str, constant: Constant) -> None:
        """Say that a part of a row is stored, as that constant; twice or more, then once."""
        uses = self.owners.setdefault(constant.owner, [])
        uses.append(f"{row.name}/{part}")
        if len(uses) == 1 and not OPERATORS[row.op].join:
            stored = self.stored.get(constant.owner, constant)
            bits = BITS.get(self.file.quantised.get(stored.name) or stored.type, FULL)
            if READ.zeros and part == "weights":
                share = self._weights.kept(stored)
                row.cells |= {} if share == "1" else {"keep": share}
            word = "bits" if part in ("weights", "scale") else "bias_bits"
            if bits and str(bits) != row.cells.get("bits", str(FULL)):
                row.cells.setdefault(word, str(bits))

    def name(self, node: Node, parts: Sequence[tuple[str, Constant]] = ()) -> str:
        """A name for a row: that of its weights' module, of its node, or of its operator."""
        written = ""
        for part, constant in parts:
            if part not in ("weights", "scale", "bias") or constant.owner in self.owners:
                continue
            stem, dot, last = constant.owner.rpartition(".")
            if dot and _NAMED_AFTER.fullmatch(last) and not stem.startswith("onnx::"):
                written = stem
                break
        if not written:
            words = [word for word in re.split(r"[/;]", node.name) if word]
            if len(words) > 1 and re.fullmatch(rf"{re.escape(node.kind)}(_\d+)?", words[-1]):
                words.pop()
            written = _path(words).removeprefix("node_") or node.kind.lower()
        written = _UNFIT.sub("_", written).strip("._-")[:60] or node.kind.lower()
        if not written[0].isalpha():
            written = f"n{written}"
        while True:
            self.names[written] += 1
            count = self.names[written]
            name = written if count == 1 else f"{written}_{count}"
            if count == 1 or not self.names[name]:
                self.names[name] += count > 1
                return name

    def added(self, node: Node) -> list[tuple[str, Constant]]:
        """What a node alone reads an output of this one for: to add a constant to it."""
        name = node.outputs[0]
        after = self.reader.get(name)
        if after is None or after.kind != "Add" or self.readers[name] != 1:
            return []
        return [("bias", self.constants[one]) for one in after.inputs if one in self.constants]

    def once(self) -> list[list[str]]:
        """The parts of rows that are the same constant of the file."""
        return [uses for uses in self.owners.values() if len(uses) > 1]

    def feature(self, node: Node, place: int, channels: int = -1, table: bool = False) -> Data:
        """A constant that is worked on: trained queries, or features of positions.

        What is trained is a row, all else is read as an input is. A trained `table` is a part of
        the attention whose biases are looked up in it.
        """
        name = node.inputs[place]
        found = self.tensors.get(name)
        if isinstance(found, Data):
            return found
        constant = self.whole_of(self.constants[name])
        content = (constant.shape, channels, constant.values or constant.owner or name)
        if content in self.features:
            self.tensors[name] = self.features[content]
            return self.features[content]
        stored = self.stored.get(constant.owner)
        axes = self._for_each_example(constant)
        own = [example(axis) for axis in axes]
        last = own.pop(channels)
        long = [axis for axis in own if axis]
        h = tuple(atom for axis in (*long[:1], *long[2:]) for atom in axis)
        sides = Sides(h, long[1] if len(long) > 1 else (), last)
        word = constant.owner.rpartition(".")[2]
        if stored is not None and not table and self._is_query(stored, sides):
            named = replace(node, name=constant.owner)
            shape = sides.shape
            row = self.emit(
                named, "parameter", [self.start], [("weights", constant)],
                size=Kernel(shape.h, shape.w), out=shape.c,
            ).name  # fmt: skip
        else:
            fits = _WORD.fullmatch(word) and word != name
            row = self.name(Node("", word if fits else "constant"))
            self.shapes[row] = sides.shape
            if table and stored is not None and not stored.untrained:
                self.learned_by[row] = [constant]
            self.inputs[row] = sides.shape
        self.tensors[name] = self.features[content] = data = Data(row, tuple(axes), sides)
        return data

    def _for_each_example(self, constant: Constant) -> list[Atoms]:
        """The axes of a constant that is the same for every example of a batch: where the file
        repeats it, else along its first axis, of sequences the second."""
        shape, batch = constant.shape, self.batch
        axes = [atoms_of(size) for size in shape]
        if batch == 1 or len(shape) < 2:
            return axes
        before = self.copied.get(constant.owner)
        if before is None:
            before = shape[0] if len(shape) == 3 and batch not in shape[:1] else 1
        outer = 1  # elements before this axis; the copies follow one another after so many
        for axis, size in enumerate(shape):
            inner, part = divmod(before, outer)
            if inner and not part and size % (inner * batch) == 0:
                after = atoms_of(size // (inner * batch))
                axes[axis] = (*atoms_of(inner), Atom(batch, True), *after)
                break
            outer *= size
        return axes

    def _is_query(self, stored: Constant, sides: Sides) -> bool:
        """Whether a constant is trained, each element once; coordinates are not, of two or three
        channels."""
        known = self.file.tells_trained
        return (
            not stored.untrained
            and stored.type.startswith(("float", "bfloat"))
            and math.prod(stored.shape) == sides.shape.size
            and (known or sides.shape.c > COORDINATES)
        )

    def learned(self, tensors: Iterable[Data]) -> list[Constant]:
        """The trained tables that tensors were looked up in, which no row has yet."""
        found = {one.owner: one for data in tensors for one in self.learned_by.get(data.row, ())}
        return [one for owner, one in found.items() if owner not in self.owners]

    # Maps as an operator needs them.

    def rearranged(self, node: Node, data: Data, want: Sides) -> Data:
        """The same tensor whose map has these sides."""
        key = (data.row, *(tuple(map(id, side)) for side in want))
        known = self.arranged.get(key)
        if known is not None:
            return Data(known[0], data.axes, want)
        source = data.row
        for op, arguments in arrange.rows(data.sides, want):
            row = self.emit(node, op, [data], **arguments)
            data = Data(row.name, data.axes, data.sides)  # the sides are right after the last one
        if data.row != source:
            self.arranged[key] = (data.row, want)  # which keeps the atoms, and so their ids, alive
        return Data(data.row, data.axes, want)

    def channels(self, node: Node, data: Data, wanted: Atoms) -> Data:
        """The same tensor with these atoms as its channels, all others as positions."""
        sides = data.sides
        if equal(sides.c, wanted):
            return data
        chosen = {id(atom) for atom in wanted}
        left = tuple(
            atom for axis in data.axes for atom in axis if not atom.batch and id(atom) not in chosen
        )
        unseen = tuple(a for side in sides for a in side if id(a) not in chosen and a not in left)
        return self.rearranged(node, data, Sides(left + unseen, (), wanted))

    def fixed(self, node: Node, data: Data) -> Data:
        """The same tensor, whose size the file fixes here: other settings are an error."""
        if not any(isinstance(size, Size) for size in data.shape):
            return data
        now = settled(data)
        row = self.emit(node, "fixed", [data], size=Kernel(now.shape.h, now.shape.w))
        return Data(row.name, now.axes, now.sides)

    def reshaped(self, node: Node, data: Data, targets: Sequence[Any], again: bool = True) -> Data:
        """The same elements under axes of these sizes.

        Where the file says a number and the size depends on settings, it is fixed from here on.
        Where the sizes cut the factors of an axis in two, the elements move first (`again`).
        """
        try:
            result = reshape(data, targets)
            if result.pins:
                data = self.fixed(node, data)
                result = reshape(data, targets)
        except Cut:
            sides = whole_axes(data) if again else None
            if sides is None:
                have, want = ("x".join(map(str, sizes)) for sizes in (data.sizes, targets))
                raise self.error(node, f"{have} elements are not rearranged to {want}") from None
            data = joined(self.rearranged(node, data, sides))
            return self.reshaped(node, data, targets, again=False)
        return result.data

    def product(self, scores: Scores) -> Data:
        """Scores that are no attention: the matrix product itself, and what was done to it."""
        from costcalc.importers.operators import HANDLERS
        from costcalc.importers.operators.attention import written

        made = scores.written
        name = scores.node.outputs[0]
        if name not in made:
            made[name] = written(self, scores)
        for step in scores.steps:
            if step.outputs[0] not in made:
                for read in step.inputs:
                    before = self.tensors.get(read)
                    if isinstance(before, Scores) and before.written is made:
                        self.tensors[read] = made[before.name]
                HANDLERS[step.kind](self, step)
                made[step.outputs[0]] = self.data(Node("", "", step.outputs[:1], ()))
        return made[scores.name]

    def pointwise(self, node: Node, op: str, *, weights: Any = (), **arguments: Any) -> Row:
        """A row that treats each element by itself."""
        data = self.data(node)
        row = self.emit(node, op, [data], weights, **arguments)
        self.give(node, like(row.name, data))
        return row
