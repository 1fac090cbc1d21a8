"""A model file to a spec: its inputs become hyperparameters, its nodes rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from costcalc.errors import CostcalcError, Mark, Source
from costcalc.importers import constants
from costcalc.importers.constants import NotComputed
from costcalc.importers.formats import MALFORMED, read_file
from costcalc.importers.inputs import Inputs
from costcalc.importers.layout import Data
from costcalc.importers.operators import HANDLERS
from costcalc.importers.records import Branch, Constant, ModelFile, Node
from costcalc.importers.sizes import Size, is_said, text
from costcalc.importers.translate import Row, Scores, Translator
from costcalc.importers.types import dtype
from costcalc.language.grammar import parse_tree
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


def as_spec(file: ModelFile) -> Spec:
    """The spec of a graph."""
    file.nodes = _live(file)
    source = Source(file.path, _listing(file))
    _require_known(file, source)
    inputs = Inputs(file, Mark(source, 0, 0))
    translator = Translator(file, source, inputs.given)
    try:
        _translate(translator, file.nodes)
    except MALFORMED as error:
        raise CostcalcError(
            f"{file.path}: it cannot be read as a network: {visible(shortened(str(error)))}"
        ) from error
    return parse_tree(_tree(translator, inputs), source)


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
        if node.kind not in HANDLERS and node.kind not in (*constants.FUNCTIONS, "If"):
            unknown.setdefault(node.kind, []).append(node)
    if unknown:
        listed = [
            f"  {len(nodes)} {shortened(kind)}: "
            + ", ".join(shortened(n.name or n.outputs[0]) for n in nodes[:3])
            + (", …" if len(nodes) > 3 else "")
            for kind, nodes in sorted(unknown.items(), key=lambda item: -len(item[1]))
        ]
        raise CostcalcError(
            f"{source.shown}: operators that are not counted here\n" + "\n".join(listed)
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
            try:
                for made in constants.compute(node, t.known(node)):
                    t.constants[made.name] = made
                continue
            except NotComputed:
                raise t.error(node, "what it makes of constants is not computed") from None
        handler = HANDLERS.get(node.kind)
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
    data = t.product(found) if isinstance(found, Scores) else t.data(node)
    sizes = data.sizes[node.attributes.get("start", 0) : node.attributes.get("end")]
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


def _tree(t: Translator, inputs: Inputs) -> Mapping:
    """The tree of the spec."""
    outputs = _outputs(t)
    rows = _read_rows(t, outputs)
    if not rows:
        raise CostcalcError(f"{t.file.path}: the network has no layers")
    classes = _classes(t, rows, outputs)
    parameters = dict(inputs.hyperparameters)
    if classes is not None:
        count = classes.arguments["out"]
        parameters["classes"] = {"default": str(count), "help": "number of classes", "min": "1"}
        classes.cells["out"] = "classes"
    write = _Writer(Mark(t.source, 0, 0))
    last = inputs.first
    written: list[Tree] = []
    for row in rows:
        written.append(_row(t, row, last))
        last = row.name
    entries: dict[str, Tree] = {
        "paper": write.word(t.file.format, quoted=True),
        "hyperparameters": write.mapping(
            {
                name: write.mapping({key: write.word(value) for key, value in said.items()})
                for name, said in parameters.items()
            }
        ),
        "input": inputs.tree(write.words, write.mapping),
    }
    if not parameters:
        del entries["hyperparameters"]
    types = dtype(t.file, [t.stored[name] for name in t.owners if name in t.stored])
    if types:
        entries["dtype"] = write.word(types)
    if outputs != [rows[-1].name]:
        entries["outputs"] = write.words(outputs)
    table = write.mapping({"rows": Sequence(written, write.mark)})
    entries["network"] = Sequence([table], write.mark)
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
    return row if alone and not row.shares else None


def _row(t: Translator, row: Row, last: str) -> Mapping:
    write = _Writer(t.mark(row.node))
    join = OPERATORS[row.op].join
    entries: dict[str, Tree] = {}
    if join:
        entries[row.op] = write.words(row.inputs)
    else:
        entries["op"] = write.word(row.op)
    entries["name"] = write.word(row.name)
    if not join and row.inputs[0] != last:
        entries["from"] = write.word(row.inputs[0])
    for name, given in row.arguments.items():
        entries[name] = _cell(t, row, write, given)
    for name, cell in row.cells.items():
        entries[name] = write.word(cell)
    if row.shares:
        entries["shares"] = write.words(row.shares)
    return write.mapping(entries)


def _cell(t: Translator, row: Row, write: _Writer, given: Any) -> Tree:
    if isinstance(given, Zeros):
        return write.words(_said(t, row, size) for size in given)
    if isinstance(given, Kernel):
        if isinstance(given.h, Size) or isinstance(given.w, Size):
            return write.words(_said(t, row, size) for size in given)
        return write.word(f"{given.h}x{given.w}")
    if isinstance(given, bool):
        return write.word(str(given).lower())
    return write.word(given if isinstance(given, str) else _said(t, row, given))


def _said(t: Translator, row: Row, size: Any) -> str:
    if not is_said(size):
        raise t.error(row.node, f"how its size of {size} depends on the input's is not known")
    return text(size)
