"""What an interpreter of TFLite files runs: tensors with their bytes, and operators in order.

A spec says what a network computes. A runtime's memory depends on how the file says it: which
tensors there are, in which order and in which types.
"""

from __future__ import annotations

from math import prod

from costcalc.errors import CostcalcError
from costcalc.importers.formats import MALFORMED, map_file
from costcalc.importers.records import BITS
from costcalc.importers.tflite import IDENTIFIER, MOST, RANK, TYPES, stored_bytes, word
from costcalc.importers.tflite.flatbuffer import Flat, Table
from costcalc.importers.tflite.operation import Operation
from costcalc.importers.wire import Malformed
from costcalc.records import NamedTuple


class Held(NamedTuple):
    """A tensor that is computed or given: bytes and type of its elements."""

    name: str
    elements: int
    type: str

    @property
    def bytes(self) -> int:
        """What it takes, whole bytes."""
        return -(-self.elements * BITS.get(self.type, 0) // 8)


class Operator(NamedTuple):
    """An operator: the tensors it reads and writes by their numbers; constants are left out.

    `name` is the layer's. `rank` is that of its first input; `second` how many elements its second
    input has, weights or axes, and `second_type` their type.
    """

    word: str
    name: str
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    rank: int
    second: int
    second_type: str


class Program(NamedTuple):
    """Tensors in the file's order, those that are given and handed out, operators in order."""

    tensors: list[Held]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    operators: list[Operator]


def program(path: str) -> Program | None:
    """What is run of a TFLite file; None for another format and for a file of several graphs.

    Raises `CostcalcError` for a damaged file.
    """
    data = map_file(path)
    if bytes(data[4:8]) != IDENTIFIER:
        return None
    try:
        model = Flat(data).root()
        graphs = model.tables(2, MOST)
        return _program(model, graphs[0]) if len(graphs) == 1 else None
    except MALFORMED as error:
        raise CostcalcError(f"no model file, or a damaged one: {error}", path) from None


def _program(model: Table, graph: Table) -> Program:
    buffers = model.tables(4, MOST)
    words = [word(code) for code in model.tables(1, MOST)]
    tables = graph.tables(0, MOST)
    shapes = [table.numbers(0, "i", RANK) or () for table in tables]
    number: dict[int, int] = {}  # of a tensor of the file, among those that are computed
    names = [table.text(3) for table in tables]
    tensors: list[Held] = []
    for index, (table, shape) in enumerate(zip(tables, shapes, strict=True)):
        constant = stored_bytes(buffers[table.number(2, "I")])[1]
        variable = table.number(5, "?")
        if not constant and not variable and 0 not in shape:
            number[index] = len(tensors)
            tensors.append(Held(names[index], prod(shape), TYPES[table.number(1, "B")]))

    def computed(indices: tuple[int, ...] | None) -> tuple[int, ...]:
        return tuple(number[index] for index in indices or () if index in number)

    operators = []
    for table in graph.tables(3, MOST):
        reads, writes = (table.numbers(slot, "i", MOST) or () for slot in (1, 2))
        if any(not -1 <= index < len(shapes) for index in (*reads, *writes)):
            raise Malformed("a tensor that is not there")
        kind = words[table.number(0, "I")]
        read, written = (
            tuple(names[i] if i >= 0 else "" for i in side) for side in (reads, writes)
        )
        sizes = [shapes[index] if index >= 0 else () for index in (*reads[:2], -1, -1)]
        other = tables[reads[1]].number(1, "B") if len(reads) > 1 and reads[1] >= 0 else 0
        operators.append(
            Operator(
                kind,
                Operation(kind, read, written, None, {}).name if writes else kind.lower(),
                computed(reads),
                computed(writes),
                len(sizes[0]),
                prod(sizes[1]),
                TYPES[other],
            )
        )
    return Program(
        tensors,
        computed(graph.numbers(1, "i", MOST)),
        computed(graph.numbers(2, "i", MOST)),
        operators,
    )
