"""What a model file stores: which row each constant is of, and what is computed of them."""

from __future__ import annotations

import functools
import math
import operator
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from costcalc.errors import Source
from costcalc.importers import READ, constants, eight_bits
from costcalc.importers.constants import growing
from costcalc.importers.constants.work import work
from costcalc.importers.layout import Data
from costcalc.importers.pieces import piece
from costcalc.importers.reading import Reading
from costcalc.importers.records import BITS, Constant, ModelFile, Node
from costcalc.importers.row import Row
from costcalc.ops import OPERATORS

if TYPE_CHECKING:
    from costcalc.importers.weights import Weights

BUFFERS = {"weights": "buffers", "bias": "bias_buffers"}
"""The column that says which share of a row's part is no parameter."""
SIZED = ("ConstantOfShape", "Expand", "Range", "Reshape", "Tile")
"""Operators that read a size among what they work on."""
FULL = 32
"""Bits of a weight where a file says nothing else."""


class Stored(Reading):
    """A graph, and what of the file's constants rows have so far.

    `wholes` are the constants that pieces are of, `owners` the parts of rows that each one is;
    `learned_by` are trained tables that a row's elements were looked up in. `scales` are what
    tensors in eight bits are multiplied by, `repeats` how many more elements kernels have than they
    are stored as, `joined` the stored constants that one is put together of, `copied` behind how
    many elements a constant is repeated for every example of a batch, `grown` the sizes of
    constants that follow the settings, `in_part` which share of a vector that is put together is no
    parameter.
    """

    def __init__(self, file: ModelFile, source: Source, given: dict[str, Data]) -> None:
        super().__init__(file, source, given)
        self.stored = dict(file.constants)
        self.wholes: dict[str, str] = {}
        self.owners: dict[str, list[str]] = {}
        self._parts: dict[tuple[str, ...], list[str]] = {}
        self.computed: Counter[str] = Counter()
        self.scales: set[str] = set()
        self.repeats = 0
        self.copied: dict[str, int] = {}
        self.grown: dict[str, growing.Sizes] = {}
        self.in_part: dict[str, Fraction] = {}
        self.joined: dict[str, list[str]] = {}
        self._together: dict[tuple[str | int, ...], str] = {}
        self.learned_by: dict[str, list[Constant]] = {}
        self.dequantised = eight_bits.stored(file)

    def scale(self, name: str) -> None:
        """Say that a tensor is what another one in eight bits is multiplied by."""
        self.constants[name] = Constant(name, (), "float32")
        self.scales.add(name)

    def compute(self, node: Node) -> None:
        """A node that reads constants alone: what it makes of them is constant too."""
        try:
            inputs = self.known(node)
            made = constants.compute(node, inputs)
        except constants.NotComputed:
            raise self.error(node, "what it makes of constants is not computed") from None
        for kind, elements in work(node, inputs, made, self.constants):
            self.computed[kind] += elements
        for one in made:
            self._note(node, one)
            self._note_sizes(node, inputs, one)

    def _note_sizes(self, node: Node, inputs: list[Constant | None], made: Constant) -> None:
        """Note the sizes of a constant where they follow the settings."""
        if node.kind not in SIZED and self.grown.keys().isdisjoint(node.inputs):
            return
        sizes = [self.grown.get(one.name, one.shape) for one in inputs if one is not None]
        found = growing.grown(node, inputs, sizes, made)
        if found is not None:
            self.grown[made.name] = found

    def _note(self, node: Node, made: Constant) -> None:
        """Note a constant that a node makes of constants; a piece of a stored one is stored too."""
        self.constants[made.name] = made
        if not self.scales.isdisjoint(node.inputs):
            self.scales.add(made.name)
        if node.kind == "DequantizeLinear":
            self.dequantised.add(made.owner)
        source = self.constant(node, 0)
        if self.batch > 1:
            self._note_copies(node, made)
        if node.kind == "Concat":
            self._note_parts(node, made)
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

    def _note_parts(self, node: Node, made: Constant) -> None:
        """Note a constant that several stored ones are together, each of them whole, as tables of
        positions are; a row that has it has them all."""
        parts = [self.constants[name] for name in node.inputs]
        stored = [self.stored.get(one.owner) for one in parts]
        whole = all(
            own is not None and not own.untrained
            and (own.name in self.dequantised or own.type.startswith(("float", "bfloat")))
            and math.prod(own.shape) == math.prod(one.shape)
            for own, one in zip(stored, parts, strict=True)
        )  # fmt: skip
        owners = [one.owner for one in parts]
        if not whole and len(made.shape) == 1 and self.file.tells_trained:
            self._note_in_part(made, parts)
        if whole and len(set(owners)) == len(owners) > 1:
            made.of = self._together.setdefault((*owners, *made.shape), made.name)
            made.untrained = False
            self.stored[made.owner] = replace(made, name=made.owner, of="", values=None)
            self.joined[made.owner] = self._leaves(owners)

    def _leaves(self, owners: Iterable[str]) -> list[str]:
        """The stored constants of which these are put together, however often."""
        return [leaf for owner in owners for leaf in self.joined.get(owner, [owner])]

    def _note_in_part(self, made: Constant, parts: Sequence[Constant]) -> None:
        """Note a vector that parameters and others are together, as biases of queries, keys and
        values are of which those of the keys are zeros."""
        learned = [one for one in parts if self._is_parameter(one)]
        if not 0 < len(learned) < len(parts):
            return
        made.of = ""
        count = sum(math.prod(one.shape) for one in learned)
        self.in_part[made.owner] = 1 - Fraction(count, math.prod(made.shape))
        self.joined[made.owner] = [one.owner for one in learned]

    def _is_parameter(self, constant: Constant) -> bool:
        stored = self.stored.get(constant.owner)
        whole = stored is not None and math.prod(stored.shape) == math.prod(constant.shape)
        return whole and stored is not None and not stored.untrained

    def _note_copies(self, node: Node, made: Constant) -> None:
        """Note behind how many elements a constant is repeated for every example of a batch."""
        read = [one for one in self.known(node) if one is not None]
        if read and node.kind in ("Expand", "Tile"):
            once = (1,) * (len(made.shape) - len(read[0].shape)) + read[0].shape
            for axis, (old, new) in enumerate(zip(once, made.shape, strict=True)):
                if old == 1 and new == self.batch:
                    self.copied[made.name] = math.prod(made.shape[:axis])
                    return
        for one in read:
            if one.name in self.copied:
                before = _moved(node, self.copied[one.name], one.shape, made.shape)
                if before is not None:
                    self.copied[made.name] = before
                return

    def whole_of(self, constant: Constant) -> Constant:
        """A constant by what it is a piece of: of tables, masks and factors no piece is trained,
        but of a vector, as biases of several layers are."""
        owner = self.wholes.get(constant.owner)
        if owner is None or len(self.stored[owner].shape) == 1:
            return constant
        return replace(constant, of=owner)

    def elements(self, owner: str) -> int:
        """How many elements are stored under a name."""
        return math.prod(self.stored[owner].shape) if owner in self.stored else 0

    def own(self, row: Row, part: str, constants: Sequence[Constant]) -> None:
        """Say that a part of a row is stored, as these constants; twice or more, then once. Of
        several that are one part together, one that others have too is counted with each."""
        owners = [constant.owner for constant in constants]
        if len(owners) == 1:
            again = [*self.joined.get(owners[0], ())]
            again += owners if self.owners.get(owners[0]) == [] else []
            uses = self.owners.setdefault(owners[0], [])
        else:
            again, uses = self._leaves(owners), self._parts.setdefault(tuple(owners), [])
        uses.append(f"{row.name}/{part}")
        for owner in again:
            if len(uses) == 1 and owner in self.owners:  # two that are equal, stored once
                self.repeats += self.elements(owner)
            self.owners.setdefault(owner, [])
        if len(uses) == 1 and not OPERATORS[row.op].join:
            self._say(row, part, constants)

    def _say(self, row: Row, part: str, constants: Sequence[Constant]) -> None:
        """Say in a row's cells how a part of it is stored."""
        stored = [self.stored.get(one.owner, one) for one in constants]
        bits = BITS.get(self.file.quantised.get(stored[0].name) or stored[0].type, FULL)
        if READ.zeros and part == "weights":
            share = self._weights.kept(stored)
            row.cells |= {} if share == "1" else {"keep": share}
        word = "bits" if part in ("weights", "scale") else "bias_bits"
        if bits and str(bits) != row.cells.get("bits", str(FULL)):
            row.cells.setdefault(word, str(bits))
        column = BUFFERS.get(part)
        if column is not None and self.file.tells_trained:
            sizes = [math.prod(one.shape) for one in constants]
            held = sum(map(operator.mul, map(self._buffers, constants), sizes))
            row.cells |= {column: str(Fraction(held) / sum(sizes))} if held else {}

    def _buffers(self, constant: Constant) -> Fraction:
        """The share of a constant's elements that is stored and no parameter."""
        stored = self.stored.get(constant.owner)
        if stored is None:
            return self.in_part.get(constant.owner, Fraction(1))
        return Fraction(stored.untrained)

    @functools.cached_property
    def _weights(self) -> Weights:
        from costcalc.importers.weights import Weights

        return Weights(self.file)

    def once(self) -> list[list[str]]:
        """The parts of rows that are the same constant of the file."""
        return [uses for uses in (*self.owners.values(), *self._parts.values()) if len(uses) > 1]

    def learned(self, tensors: Iterable[Data]) -> list[Constant]:
        """The trained tables that tensors were looked up in, which no row has yet."""
        found = {one.owner: one for data in tensors for one in self.learned_by.get(data.row, ())}
        return [one for owner, one in found.items() if owner not in self.owners]


def _moved(node: Node, before: int, old: tuple[int, ...], new: tuple[int, ...]) -> int | None:
    """Behind how many elements of what a node makes lies what is behind so many before; None where
    it makes something else of the axes until there."""
    axis, outer = 0, 1
    while axis < len(old) and outer * old[axis] <= before:
        outer *= old[axis]
        axis += 1
    if node.kind == "Transpose" and axis < len(old):
        order = node.attributes.get("perm") or tuple(reversed(range(len(old))))
        return math.prod(new[: order.index(axis)]) * (before // outer)
    same = math.prod(old) == math.prod(new) or old[: axis + 1] == new[: axis + 1]
    return before if same else None
