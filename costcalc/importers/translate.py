"""A model file's graph as rows: what the translation of every operator uses.

The nodes are walked in order. Each tensor is `Data` (a map and its axes), a `Constant`, or
`Scores` (a product that may turn out to be attention). Operators run as in every other network,
on sizes that hyperparameters decide, so that a row that cannot be is refused at its node.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from costcalc.errors import Source
from costcalc.importers import arrange
from costcalc.importers.layout import (
    Atoms,
    Cut,
    Data,
    Sides,
    equal,
    joined,
    like,
    merged,
    reshape,
    settled,
    whole_axes,
)
from costcalc.importers.naming import Names
from costcalc.importers.patterns import SPREAD, WHOLE
from costcalc.importers.records import Constant, ModelFile, Node
from costcalc.importers.row import Row
from costcalc.importers.scores import Scores
from costcalc.importers.sizes import Size, Whole, product, value
from costcalc.importers.stored import Stored
from costcalc.numbers.conditions import ShapeError
from costcalc.numbers.dimensions import Kernel, Shape
from costcalc.ops import OPERATORS
from costcalc.safe_text import shortened

TABLES = 64
"""The most trained tables that a bias is looked up in."""

STORED_OTHERWISE = (
    "conv", "dw", "tconv", "deform_conv", "fc", "parameter", "class_token", "position_embedding",
    "affine",
)  # fmt: skip
"""Operators whose weights may be computed of other elements than they have: a blur's, once stored
and repeated for every channel; a token, stored for every example of a batch."""

Handler = Callable[["Translator", Node], None]


class Translator(Stored):
    """The rows of a model file so far, and what each of its tensors is.

    `given` are the inputs of the model, `repeated` rows that only repeat a tensor along an axis of
    its own, `apart` the several maps that a row looks at as one, `overlooked` sizes of tensors to a
    tool that overlooks by which axes they were reduced.
    `noted` are nodes that are no rows, each with the row of what it is on and how many elements it
    is on, as text where a tool has that otherwise; `alone` are rows that are the same for every
    example of a batch.
    """

    def __init__(self, file: ModelFile, source: Source, given: dict[str, Data]) -> None:
        super().__init__(file, source, given)
        self.rows: dict[str, Row] = {}
        self.start = next(iter(given.values()))
        self.inputs = {data.row: data.shape for data in given.values()}
        self.given = frozenset(self.inputs)
        self.shapes = dict(self.inputs)
        self.names = Names(self.shapes)
        self.ends: list[str] = []
        self.within: dict[str, tuple[tuple[str, str], ...]] = {}
        self.overlooked: dict[str, tuple[int, ...]] = {}
        self.noted: list[tuple[str, Node, Whole | str]] = []
        self.alone: set[str] = set()
        self.features: dict[tuple[Any, ...], Data] = {}
        self.repeated: dict[str, tuple[Data, Atoms]] = {}
        self.arranged: dict[tuple[Any, ...], tuple[str, Sides]] = {}
        self.apart: dict[str, Data] = {}

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

    def shape_of(self, row: str) -> Shape:
        """The shape of what a row, or an input, is."""
        return self.rows[row].shape if row in self.rows else self.shapes[row]

    # What a node writes.

    def give(self, node: Node, tensor: Data | Scores, place: int = 0) -> None:
        """Say what an output of a node is."""
        if place < len(node.outputs) and node.outputs[place]:
            self.tensors[node.outputs[place]] = tensor

    def passed(self, node: Node, data: Data) -> None:
        """Say that a node leaves a tensor what it is, and note it for who counts it anyway."""
        self.noted.append((data.row, node, data.shape.size))
        self.give(node, data)

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
            shape, facts = OPERATORS[op].of(*(data.shape for data in inputs), **arguments)
        except ShapeError as error:
            raise self.error(node, str(error)) from None
        parts = [(part, constant) for part, constant in weights if constant is not None]
        row = Row(
            self.names.of(node, [*parts, *named_after], self.owners),
            op,
            arguments,
            [d.row for d in inputs],
            shape,
            node,
        )
        self.rows[row.name] = row
        if self.batch > 1 and not any(a.batch for one in inputs for axis in one.axes for a in axis):
            self.alone.add(row.name)
        learned = self.learned(inputs)
        if 0 < len(learned) <= TABLES and op != "attention":
            self.learned_by[row.name] = learned
        for part, constant in parts:
            if op in STORED_OTHERWISE and part != "bias" and constant.owner not in self.owners:
                own = facts.norm if op == "affine" else facts.weights
                self.repeats += value(own) - self.elements(constant.owner)
        for part in dict.fromkeys(part for part, _ in parts):
            self.own(row, part, [constant for word, constant in parts if word == part])
        return row

    def spell(self, row: Row, node: Node, on: str = "in") -> Row:
        """Note what a row is: a node on so many elements, or the nodes that spell it out.

        One of these that others read too is a row of its own.
        """
        within = node.attributes.get("within")
        if within is None:
            self.within[row.name] = ((on, node.kind),)
            return row
        if row.op in ("gelu", "rms_norm"):
            row.cells["form"] = "operator"
        own = (one for one in within if one.name in node.outputs or one.name not in self.tensors)
        spread = "channels" if row.op in ("group_norm", "instance_norm") else WHOLE
        self.within[row.name] = tuple(
            (spread if one.on == SPREAD else one.on, one.kind) for one in own
        )
        return row

    def added(self, node: Node) -> list[tuple[str, Constant]]:
        """What a node alone reads an output of this one for: to add a constant to it."""
        name = node.outputs[0]
        after = self.reader.get(name)
        if after is None or after.kind != "Add" or self.readers[name] != 1:
            return []
        return [("bias", self.constants[one]) for one in after.inputs if one in self.constants]

    def pointwise(self, node: Node, op: str, *, weights: Any = (), **arguments: Any) -> Row:
        """A row that treats each element by itself."""
        row, data = self.each(node, op, self.data(node), weights, **arguments)
        self.give(node, data)
        return row

    def each(
        self, node: Node, op: str, data: Data, weights: Any = (), **arguments: Any
    ) -> tuple[Row, Data]:
        """A row that keeps a map as it is, or the maps that lie below one another in it, and what
        it makes."""
        apart = self.apart.get(data.row)
        if apart is None or not equal(apart.sides.c, data.sides.c):
            row = self.emit(node, op, [data], weights, **arguments)
            return row, like(row.name, data)
        row = self.emit(node, op, [apart], weights, **arguments)
        return row, self.below(node, like(row.name, apart)).with_axes(data.axes)

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

    # Maps as an operator needs them.

    def several(self, node: Node, data: Data, maps: Atoms) -> Data:
        """A tensor as so many maps, which lie below one another in the one that it is."""
        known = self.apart.get(data.row)
        if known is None or not equal(known.maps, maps):
            count = product(atom.size for atom in maps)
            row = self.emit(node, "to_maps", [data], count=count)
            sides = data.sides._replace(h=data.sides.h[len(maps) :])
            known = Data(row.name, data.axes, sides, maps)
        return replace(known, axes=data.axes)

    def below(self, node: Node, data: Data) -> Data:
        """Several maps as one, each below the one before it."""
        row = self.emit(node, "to_rows", [data])
        self.apart[row.name] = data
        return Data(row.name, data.axes, data.sides._replace(h=data.maps + data.sides.h))

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

    def fixed(self, node: Node, data: Data, only: Atoms = ()) -> Data:
        """The same tensor, whose size the file fixes here: other settings are an error. Where it
        fixes `only` some atoms, other sizes remain what settings make of them."""
        if not any(isinstance(size, Size) for size in data.shape):
            return data
        now = settled(data, only)
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
                whole = all(any(one is atom for side in data.sides for one in side)
                            for atom in result.pinned)  # fmt: skip
                data = self.fixed(node, data, result.pinned if whole else ())
                result = reshape(data, targets)
        except Cut:
            elements = {math.prod(map(value, sizes)) for sizes in (data.sizes, targets)}
            together = merged(data, targets) if again and len(elements) == 1 else None
            sides = None if together is None else whole_axes(together)
            if together is None or sides is None:
                have, want = ("x".join(map(str, sizes)) for sizes in (data.sizes, targets))
                raise self.error(node, f"{have} elements are not rearranged to {want}") from None
            data = joined(self.rearranged(node, together, sides))
            return self.reshaped(node, data, targets, again=False)
        return result.data
