"""Rows of a model file to the tree of a spec."""

from __future__ import annotations

from collections.abc import Iterable

from costcalc.errors import Mark, Source
from costcalc.importers.records import ModelFile
from costcalc.importers.row import Row
from costcalc.importers.sizes import text
from costcalc.language.nodes import Mapping, Scalar, Sequence
from costcalc.language.nodes import Node as Tree
from costcalc.language.spec import INPUT
from costcalc.numbers.dimensions import Kernel
from costcalc.ops import OPERATORS
from costcalc.ops.window import Sides as Zeros
from costcalc.records import NamedTuple


class Program(NamedTuple):
    """A network as rows one after another, before anybody reads them as a spec.

    `parameters` are hyperparameters with what is said of each, `inputs` the sizes of each input
    as cells, `once` groups of parts of rows (`conv1/bias`) that the file stores once, `dtype`
    the types of weights and activations ("" for the usual ones), `uncounted` the operators that
    are left out and how often each stands in the file, `constants` the elements that are computed
    of constants alone, by operator, `loose` those that the file stores and no row has, `within`
    what nodes a row is, each with the fact that says how many elements it is on, `batch` how many
    examples the file takes at once, `alone` the rows that are the same for all of them.
    """

    file: ModelFile
    source: Source
    parameters: dict[str, dict[str, str]]
    inputs: dict[str, list[str]]
    rows: list[Row]
    outputs: list[str]
    once: list[list[str]]
    dtype: str
    uncounted: dict[str, int]
    constants: dict[str, int]
    loose: int
    within: dict[str, tuple[tuple[str, str], ...]]
    batch: int
    alone: set[str]


class _Writer:
    """Pieces of a tree, all at one mark."""

    def __init__(self, mark: Mark) -> None:
        self.mark = mark

    def word(self, written: str, quoted: bool = False) -> Scalar:
        return Scalar(written, quoted, self.mark)

    def words(self, written: Iterable[str]) -> Sequence:
        return Sequence([self.word(one) for one in written], self.mark)

    def mapping(self, entries: dict[str, Tree]) -> Mapping:
        return Mapping(entries, dict.fromkeys(entries, self.mark), self.mark)


def tree_of(program: Program) -> Mapping:
    """The tree of the spec."""
    write = _Writer(Mark(program.source, 0, 0))
    last = next(iter(program.inputs))
    written: list[Tree] = []
    for row in program.rows:
        written.append(_row(program, row, last))
        last = row.name
    inputs = {name: write.words(sizes) for name, sizes in program.inputs.items()}
    entries: dict[str, Tree] = {
        "paper": write.word(program.file.format, quoted=True),
        "hyperparameters": write.mapping(
            {
                name: write.mapping({key: write.word(value) for key, value in said.items()})
                for name, said in program.parameters.items()
            }
        ),
        "input": inputs[INPUT] if list(inputs) == [INPUT] else write.mapping(dict(inputs)),
    }
    if not program.parameters:
        del entries["hyperparameters"]
    entries["implementation"] = write.mapping({"biases": write.word("stored")})
    if program.dtype:
        entries["dtype"] = write.word(program.dtype)
    if program.outputs != [last]:
        entries["outputs"] = write.words(program.outputs)
    table = write.mapping({"rows": Sequence(written, write.mark)})
    entries["network"] = Sequence([table], write.mark)
    if program.once:
        entries["once"] = Sequence([write.words(group) for group in program.once], write.mark)
    return write.mapping(entries)


def cells_of(row: Row) -> dict[str, str | list[str]]:
    """What a row says in each column, a list where it is one."""
    cells: dict[str, str | list[str]] = {}
    for name, given in row.arguments.items():
        if isinstance(given, Zeros):
            cells[name] = list(map(text, given))
        elif isinstance(given, Kernel):
            sizes = list(map(text, given))
            plain = isinstance(given.h, int) and isinstance(given.w, int)
            cells[name] = "x".join(sizes) if plain else sizes
        elif isinstance(given, bool):
            cells[name] = str(given).lower()
        else:
            cells[name] = given if isinstance(given, str) else text(given)
    return cells | row.cells


def _row(program: Program, row: Row, last: str) -> Mapping:
    write = _Writer(Mark(program.source, row.node.line, 0, max(1, len(row.node.kind))))
    join = OPERATORS[row.op].join
    entries: dict[str, Tree] = {}
    if join:
        entries[row.op] = write.words(row.inputs)
    else:
        entries["op"] = write.word(row.op)
    entries["name"] = write.word(row.name)
    if not join and row.inputs[0] != last:
        entries["from"] = write.word(row.inputs[0])
    for name, cell in cells_of(row).items():
        entries[name] = write.word(cell) if isinstance(cell, str) else write.words(cell)
    return write.mapping(entries)
