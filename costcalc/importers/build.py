"""A model file to a spec: its inputs become hyperparameters, its nodes rows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from costcalc.errors import CostcalcError, Mark, Source
from costcalc.importers import LEFT_OUT, constants
from costcalc.importers.constants import NotComputed
from costcalc.importers.formats import MALFORMED, read_data, read_file
from costcalc.importers.inputs import Inputs
from costcalc.importers.layout import Data
from costcalc.importers.operators import HANDLERS
from costcalc.importers.operators.elementwise import alias
from costcalc.importers.operators.products import works_on_features
from costcalc.importers.patterns import recognised
from costcalc.importers.records import Branch, Constant, ModelFile, Node
from costcalc.importers.scores import Scores
from costcalc.importers.sizes import Size, is_said, text
from costcalc.importers.translate import Row, Translator
from costcalc.importers.types import dtype, folded
from costcalc.language.grammar import INPUT, parse_tree
from costcalc.language.model import Spec
from costcalc.language.nodes import Mapping, Scalar, Sequence
from costcalc.language.nodes import Node as Tree
from costcalc.numbers.dimensions import Kernel
from costcalc.ops import OPERATORS
from costcalc.ops.window import Sides as Zeros
from costcalc.safe_text import shortened, visible

LINE = 200
"""The longest line of a listing."""


def read_model(path: str) -> Spec:
    """The spec that a model file is. Raises `CostcalcError` for what cannot be read or counted."""
    return as_spec(read_file(path))


def read_content(path: str, data: bytes) -> Spec:
    """The spec that a model file's content is, called by a path. Raises `CostcalcError`."""
    return as_spec(read_data(path, memoryview(data)))


class Program(NamedTuple):
    """A network as rows one after another, before anybody reads them as a spec.

    `parameters` are hyperparameters with what is said of each, `inputs` the sizes of each input
    as cells, `once` groups of parts of rows (`conv1/bias`) that the file stores once, `dtype`
    the types of weights and activations ("" for the usual ones), `uncounted` the operators that
    are left out and how often each stands in the file, `constants` the elements that are computed
    of constants alone, by operator, `loose` those that the file stores and no row has.
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


def as_spec(file: ModelFile) -> Spec:
    """The spec of a graph."""
    return spec_of(as_program(file))


def spec_of(program: Program) -> Spec:
    """The spec that rows are, with the file's own name for each."""
    spec = parse_tree(_tree(program), program.source)
    spec.uncounted, spec.constants = program.uncounted, program.constants
    spec.loose = program.loose
    return spec


def as_program(file: ModelFile) -> Program:
    """The rows that a graph is.

    Raises `CostcalcError` for operators that nobody here knows, `SpecError` at a node that cannot
    be what it says.
    """
    file.nodes = _live(file)
    file.nodes = recognised(file)
    file.nodes = _live(file)  # what the spelled-out operators were made of is read no more
    source = Source(file.path, _listing(file))
    _require_known(file, source)
    uncounted = Counter(shortened(node.kind) for node in file.nodes if node.kind in LEFT_OUT)
    inputs = Inputs(file, Mark(source, 0, 0))
    translator = Translator(file, source, inputs.given)
    try:
        _translate(translator, file.nodes)
    except MALFORMED as error:
        raise CostcalcError(
            f"{file.path}: it cannot be read as a network: {visible(shortened(str(error)))}"
        ) from error
    outputs = _outputs(translator)
    rows = _read_rows(translator, outputs)
    if not rows:
        raise CostcalcError(f"{file.path}: the network has no layers")
    parameters = dict(inputs.hyperparameters)
    classes = _classes(translator, rows, outputs)
    if classes is not None:
        count = str(classes.arguments.pop("out"))
        parameters["classes"] = {"default": count, "help": "number of classes", "min": "1"}
        classes.arguments = {"out": "classes", **classes.arguments}
    for row in rows:
        _require_said(translator, row)
    read = {name for row in rows for name in row.inputs}
    features = {one.row: one.shape for one in translator.features.values() if one.row in read}
    given = inputs.sizes | features
    sizes = {name: [text(size) for size in shape] for name, shape in given.items()}
    stored = [translator.stored[name] for name in translator.owners if name in translator.stored]
    types = dtype(file, stored)
    left = folded(file, translator.owners)
    if left:
        file.format += f" · {left:,} params in computed constants, not counted"
    once = translator.once()
    left_out = dict(sorted(uncounted.items()))
    return Program(
        file, source, parameters, sizes, rows, outputs, once, types, left_out,
        dict(translator.computed), _loose(translator),
    )  # fmt: skip


def _loose(t: Translator) -> int:
    """How many elements a file stores that no row has: axes, shapes, masks."""
    return sum(
        math.prod(one.shape)
        for name, one in t.file.constants.items()
        if one.shape and not one.inline and not one.of and name not in t.owners
    )


def _live(file: ModelFile) -> list[Node]:
    """The nodes on which an output depends, in the file's order, each after those that it reads.

    Raises `CostcalcError` for nodes that read one another in a circle.
    """
    needed = _needed(file)
    live = {id(node) for node in needed}
    in_order = [node for node in file.nodes if id(node) in live]
    pending = {name for node in in_order for name in node.outputs if name}
    for node in in_order:
        if not pending.isdisjoint(node.reads):
            return needed
        pending.difference_update(node.outputs)
    return in_order


def _needed(file: ModelFile) -> list[Node]:
    """The nodes on which an output depends, in an order that follows what they read."""
    writers = {name: node for node in file.nodes for name in node.outputs if name}
    state: dict[int, int] = {}
    ordered: list[Node] = []
    stack = [writers[name] for name in reversed(file.outputs) if name in writers]
    while stack:
        node = stack[-1]
        seen = state.get(id(node), 0)
        if seen:
            stack.pop()
            if seen == 1:
                state[id(node)] = 2
                ordered.append(node)
            continue
        state[id(node)] = 1
        for name in reversed(node.reads):
            writer = writers.get(name)
            if writer is None:
                continue
            if state.get(id(writer), 0) == 1:
                raise CostcalcError(f"{file.path}: {writer.shown} depends on its own output")
            if id(writer) not in state:
                stack.append(writer)
    return ordered


def _listing(file: ModelFile) -> str:
    """The file as text, a node a line: what errors show."""
    lines = [f"# {visible(file.format)}"]
    for node in file.nodes:
        node.line = len(lines)
        reads = ", ".join(shortened(name) for name in node.inputs[:4])
        line = f"{node.kind} '{shortened(node.name)}' ({reads}) -> {', '.join(node.outputs[:2])}"
        lines.append(visible(line[:LINE]))
    return "\n".join(lines)


def _require_known(file: ModelFile, source: Source) -> None:
    """Raise `CostcalcError` for operators that nobody here knows, all of them."""
    unknown: dict[str, list[Node]] = {}
    for node in file.nodes:
        if node.kind in LEFT_OUT:
            continue
        if node.kind not in HANDLERS and node.kind not in (*constants.FUNCTIONS, "If"):
            unknown.setdefault(node.kind, []).append(node)
    if unknown:
        listed = [
            f"  {len(nodes)} {visible(shortened(kind))}: "
            + ", ".join(visible(shortened(n.name or n.outputs[0])) for n in nodes[:3])
            + (", …" if len(nodes) > 3 else "")
            for kind, nodes in sorted(unknown.items(), key=lambda item: -len(item[1]))
        ]
        raise CostcalcError(
            f"{source.shown}: operators that are not counted here\n"
            + "\n".join(listed)
            + f"\n--uncounted {shortened(next(iter(unknown)))} leaves one out"
        )


def _translate(t: Translator, nodes: list[Node]) -> None:
    """Every node, constants computed and others written as rows."""
    for node in nodes:
        if node.kind == "If":
            _decided(t, node)
            continue
        if node.kind == "Shape" and t.tensor(node, 0) is not None:
            _shape(t, node)
            continue
        reads = [name for name in node.inputs if name]
        if node.kind != "Constant" and all(name in t.constants for name in reads):
            if works_on_features(t, node):
                t.feature(node.inputs[0], channels=1 if node.kind == "Conv" else -1)
                del t.constants[node.inputs[0]]
                HANDLERS[node.kind](t, node)
                continue
            try:
                for made in constants.compute(node, t.known(node)):
                    t.constants[made.name] = made
                    t.computed[node.kind] += math.prod(made.shape)
                continue
            except NotComputed:
                raise t.error(node, "what it makes of constants is not computed") from None
        handler = alias if node.kind in LEFT_OUT else HANDLERS.get(node.kind)
        if handler is None:
            raise t.error(node, "what it computes from the input is not counted")
        handler(t, node)


def _decided(t: Translator, node: Node) -> None:
    """The branch of an `If` whose condition is constant."""
    condition = t.constant(node, 0)
    if condition is None or not condition.values:
        raise t.error(node, "which way it goes depends on the input's values")
    branch = node.attributes.get("then_branch" if condition.values[0] else "else_branch")
    if not isinstance(branch, Branch):
        raise t.error(node, "it has no such branch")
    t.constants |= branch.constants
    t.stored |= branch.constants
    for inner in branch.nodes:
        inner.line = node.line
        t.readers.update(inner.inputs)
        t.reader |= dict.fromkeys(inner.inputs, inner)
    unknown = [
        inner for inner in branch.nodes if inner.kind not in (*HANDLERS, *constants.FUNCTIONS, "If")
    ]
    if unknown:
        raise t.error(unknown[0], "it is not counted here")
    _translate(t, branch.nodes)
    for name, output in zip(branch.outputs, node.outputs, strict=False):
        if name in t.tensors:
            t.tensors[output] = t.tensors[name]
        elif name in t.constants:
            t.constants[output] = t.constants[name]


def _shape(t: Translator, node: Node) -> None:
    found = t.tensor(node, 0)
    sizes = (found if isinstance(found, Scores) else t.data(node)).sizes
    sizes = sizes[node.attributes.get("start", 0) : node.attributes.get("end")]
    t.constants[node.outputs[0]] = Constant(node.outputs[0], (len(sizes),), "int64", tuple(sizes))


# Rows to a tree.


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


def _tree(program: Program) -> Mapping:
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


def _outputs(t: Translator) -> list[str]:
    """The rows whose output the network hands out."""
    found: dict[str, None] = {}
    for name in t.file.outputs:
        tensor = t.tensors.get(name)
        data = t.product(tensor) if isinstance(tensor, Scores) else tensor
        if isinstance(data, Data) and data.row in t.rows:
            found[data.row] = None
    return list(found)


def _read_rows(t: Translator, outputs: list[str]) -> list[Row]:
    """The rows that lead to an output: parts of a tensor that nobody reads are none."""
    needed = set(outputs)
    for row in reversed(t.rows.values()):
        if row.name in needed:
            needed.update(row.inputs)
    return [row for row in t.rows.values() if row.name in needed]


PASSING = ("gpool", "flatten", "reorder", "softmax", "sigmoid", "to_tokens", "relu")
"""Operators behind the last layer that leave its channels what they are."""


def _classes(t: Translator, rows: list[Row], outputs: list[str]) -> Row | None:
    """The layer whose channels are the classes, if the network ends in one."""
    if len(outputs) != 1:
        return None
    readers = Counter(name for row in rows for name in row.inputs)
    row = t.rows[outputs[0]]
    while row.op in PASSING and row.inputs[0] in t.rows and readers[row.inputs[0]] == 1:
        row = t.rows[row.inputs[0]]
    alone = row.op in ("fc", "conv") and isinstance(row.arguments.get("out"), int)
    shared = any(f"{row.name}/" in use for uses in t.once() for use in uses)
    return row if alone and not shared else None


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


def _require_said(t: Translator, row: Row) -> None:
    """Raise `SpecError` for a size that no expression of the language says."""
    for given in row.arguments.values():
        for size in given if isinstance(given, Kernel | Zeros) else (given,):
            if isinstance(size, Size) and not is_said(size):
                raise t.error(row.node, f"how its size of {size} depends on the input's is unknown")


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
