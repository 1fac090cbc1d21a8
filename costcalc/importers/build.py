"""A model file to a spec: its inputs become hyperparameters, its nodes rows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from copy import copy
from typing import Any

from costcalc.errors import CostcalcError, Mark, Source, SpecError
from costcalc.importers import LEFT_OUT, constants, overlooked
from costcalc.importers.eight_bits import measured, plain
from costcalc.importers.features import feature
from costcalc.importers.formats import MALFORMED, read_data, read_file
from costcalc.importers.inputs import OPEN, Inputs
from costcalc.importers.layout import Data
from costcalc.importers.live import left_out, live
from costcalc.importers.noted import note_unread, settle
from costcalc.importers.operators import HANDLERS
from costcalc.importers.operators.products import works_on_features
from costcalc.importers.operators.sizes import is_table
from costcalc.importers.patterns import recognised
from costcalc.importers.records import Branch, Constant, ModelFile, Node
from costcalc.importers.row import Row
from costcalc.importers.scores import Scores
from costcalc.importers.sizes import Size, is_said, text
from costcalc.importers.translate import Translator
from costcalc.importers.tree import Program, tree_of
from costcalc.importers.types import dtype, folded, unread
from costcalc.importers.unknown import require_known
from costcalc.language.grammar import parse_tree
from costcalc.language.spec import Spec
from costcalc.numbers.dimensions import Kernel
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


def as_spec(file: ModelFile) -> Spec:
    """The spec of a graph."""
    return spec_of(as_program(file))


def spec_of(program: Program) -> Spec:
    """The spec that rows are, with the file's own name for each."""
    spec = parse_tree(tree_of(program), program.source)
    spec.uncounted, spec.constants = program.uncounted, program.constants
    spec.loose, spec.within = program.loose, program.within
    spec.batch, spec.alone = program.batch, program.alone
    return spec


def as_program(file: ModelFile) -> Program:
    """The rows that a graph is.

    Raises `CostcalcError` for operators that nobody here knows and for what no exporter writes,
    `SpecError` at a node that cannot be what it says.
    """
    is_open = any(not isinstance(size, int) for one in file.inputs for size in one.shape[1:])
    first: SpecError | None = None
    for size in OPEN if is_open else OPEN[:1]:
        try:
            return _program(copy(file), size)
        except SpecError as error:  # a window that does not divide this size, perhaps
            if first is not None and str(first) == str(error):
                break  # it is wrong at any size
            first = first or error
        except MALFORMED as error:
            raise CostcalcError(
                f"it cannot be read as a network: {visible(shortened(str(error)))}",
                file.path,
            ) from error
    assert first is not None
    raise first


def _program(file: ModelFile, size: int) -> Program:
    """The rows that a graph is where sizes that it leaves open are this one."""
    every, file.nodes = file.nodes, live(file)
    idle = unread(file)
    read = {id(node) for node in file.nodes}
    left = left_out(file)
    scales = measured(file)
    file.nodes = [node for node in file.nodes if scales.isdisjoint(node.outputs)]
    file.nodes = recognised(file)
    file.nodes = live(file)  # what the spelled-out operators were made of is read no more
    source = Source(file.path, _listing(file))
    require_known(file, source)
    inputs = Inputs(file, Mark(source, 0, 0), size)
    translator = Translator(file, source, inputs.given)
    for name in scales:
        translator.scale(name)
    _translate(translator, file.nodes)
    note_unread(translator, [node for node in every if id(node) not in read])
    outputs = _outputs(translator)
    rows = _read_rows(translator, outputs)
    if not rows:
        raise CostcalcError("the network has no layers", file.path)
    settle(translator, rows)
    parameters = dict(inputs.hyperparameters)
    classes = _classes(translator, rows, outputs)
    if classes is not None:
        count = str(classes.arguments.pop("out"))
        parameters["classes"] = {"default": count, "help": "number of classes", "min": "1"}
        classes.arguments = {"out": "classes", **classes.arguments}
    for row in rows:
        _require_said(translator, row)
    used = {name for row in rows for name in row.inputs}
    given = {
        name: shape for name, shape in translator.inputs.items()
        if name in used or name in inputs.sizes
    }  # fmt: skip
    sizes = {name: [text(size) for size in shape] for name, shape in given.items()}
    stored = [translator.stored[name] for name in translator.owners if name in translator.stored]
    types = dtype(file, stored)
    owned = {translator.wholes.get(owner, owner) for owner in translator.owners}
    for hidden, where in (
        (folded(file, owned), "in computed constants"),
        (idle, "that nothing reads"),
    ):
        if hidden:
            file.format += f" · {hidden:,} params {where}, not counted"
    once = translator.once()
    return Program(
        file, source, parameters, sizes, rows, outputs, once, types, left,
        dict(translator.computed), _loose(translator), translator.within,
        translator.batch, translator.alone,
    )  # fmt: skip


def _loose(t: Translator) -> int:
    """How many elements a file stores that no row has: axes, shapes, masks; less those that rows
    have and it does not. Single numbers without an axis are none, trained ones too, nor is what
    stands in a node."""
    pieces: Counter[str] = Counter()
    for owner in t.owners:
        if owner in t.wholes:
            pieces[t.wholes[owner]] += math.prod(t.stored[owner].shape)
    owned = (t.stored[owner] for owner in t.owners if owner in t.stored)
    none = sum(math.prod(one.shape) for one in owned if one.inline or not one.shape)
    return (
        -none
        - t.repeats
        + sum(
            max(0, math.prod(one.shape) - pieces[name])
            for name, one in t.file.constants.items()
            if one.shape and not one.inline and not one.of and name not in t.owners
        )
    )


def _listing(file: ModelFile) -> str:
    """The file as text, a node a line: what errors show."""
    lines = [f"# {visible(file.format)}"]
    for node in file.nodes:
        node.line = len(lines)
        reads = ", ".join(shortened(name) for name in node.inputs[:4])
        line = f"{node.kind} '{shortened(node.name)}' ({reads}) -> {', '.join(node.outputs[:2])}"
        lines.append(visible(line[:LINE]))
    return "\n".join(lines)


def _translate(t: Translator, nodes: list[Node]) -> None:
    """Every node, constants computed and others written as rows."""
    for node in map(plain, nodes):
        if node.kind == "If":
            _decided(t, node)
            continue
        if node.kind == "Shape" and (t.tensor(node, 0) is not None or node.inputs[0] in t.grown):
            _shape(t, node)
            continue
        reads = [name for name in node.inputs if name]
        if node.kind != "Constant" and all(name in t.constants for name in reads):
            table = is_table(t, node)
            if table or works_on_features(t, node):
                image = table or node.kind.startswith("Conv")
                feature(t, node, 0, channels=1 if image else -1, pieces=table)
                del t.constants[node.inputs[0]]
                HANDLERS[node.kind](t, node)
                continue
            t.compute(node)
            if node.kind == overlooked.NORM or t.overlooked:
                overlooked.note_computed(t, node)
            continue
        if node.kind in LEFT_OUT:
            _left_out(t, node)
            continue
        handler = HANDLERS.get(node.kind)
        if handler is None:
            raise t.error(node, "what it computes from the input is not counted")
        handler(t, node)
        if node.kind in overlooked.REDUCED or t.overlooked:
            overlooked.note(t, node)


def _left_out(t: Translator, node: Node) -> None:
    """A node as if it changed nothing of the first tensor that it reads; others end at it."""
    first, *others = (name for name in node.inputs if name in t.tensors)
    for place in range(len(node.outputs)):
        t.give(node, t.data(Node("", "", (first,))), place)
    t.ends += others


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
    sizes: Sequence[Any]
    if node.inputs[0] in t.grown:
        sizes = t.grown[node.inputs[0]]
    else:
        sizes = (found if isinstance(found, Scores) else t.data(node)).sizes
    sizes = sizes[node.attributes.get("start", 0) : node.attributes.get("end")]
    t.constants[node.outputs[0]] = Constant(node.outputs[0], (len(sizes),), "int64", tuple(sizes))


def _outputs(t: Translator) -> list[str]:
    """The rows whose output the network hands out."""
    found: dict[str, None] = {}
    for name in (*t.file.outputs, *t.ends):
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


def _require_said(t: Translator, row: Row) -> None:
    """Raise `SpecError` for a size that no expression of the language says."""
    for given in row.arguments.values():
        for size in given if isinstance(given, Kernel | Zeros) else (given,):
            if isinstance(size, Size) and not is_said(size):
                raise t.error(row.node, f"how its size of {size} depends on the input's is unknown")
