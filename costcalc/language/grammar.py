"""The whole of a spec: from its tree to what it says."""

from __future__ import annotations

from functools import partial

from costcalc.errors import Mark, Source, SpecError, suggest
from costcalc.language import aliases, claims, columns, fields, tables
from costcalc.language.blocks import ReadFile, block_nodes, blocks, calls
from costcalc.language.forms import read_implementation
from costcalc.language.heading import heading
from costcalc.language.hyperparameters import read_hyperparameters
from costcalc.language.model import Cell, Hyperparameter, Table, unknown_cell
from costcalc.language.nodes import Mapping, Node, Sequence, read
from costcalc.language.quantities import DTYPES
from costcalc.language.reader import read_source
from costcalc.language.rows import tensor_name
from costcalc.language.spec import INPUT, KEYS, Output, Spec
from costcalc.ops import OPERATORS
from costcalc.recovery import keep, read_or


def parse(source: Source, read_file: ReadFile = read_source) -> Spec:
    """The spec a source holds. Raises `CostcalcError` with the place of what is wrong."""
    return parse_tree(read(source), source, read_file)


def parse_tree(root: Node, source: Source, read_file: ReadFile = read_source) -> Spec:
    """The spec that a tree says, wherever that is from.

    Raises `CostcalcError` with the place of what is wrong.
    """
    if not isinstance(root, Mapping):
        raise SpecError(
            "a spec must be a mapping (key: value)", root.mark, f"keys: {', '.join(KEYS)}"
        )
    fields.known_keys(root, KEYS, "a spec")
    hyperparameters: dict[str, Hyperparameter] = read_or(
        partial(read_hyperparameters, root.get("hyperparameters")), {}
    )
    written = block_nodes(root, source, read_file)
    scope = columns.Scope.of(hyperparameters, calls(written), written.missing)
    return Spec(
        heading=heading(root, source),
        source=source,
        hyperparameters=hyperparameters,
        inputs=read_or(partial(_inputs, root), {INPUT: _unknown_sizes(root.mark)}),
        outputs=read_or(partial(_outputs, root.get("outputs")), []),
        counts=read_or(partial(_counts, root.get("counts")), fields.TRAINED),
        dtype=read_or(partial(_dtype, root.get("dtype")), ""),
        defaults=read_or(partial(_defaults, root.get("defaults"), scope), {}),
        implementation=read_or(partial(read_implementation, root.get("implementation")), {}),
        blocks=blocks(written, scope),
        network=read_or(partial(_network, root, scope), []),
        claims=read_or(partial(claims.read_claims, root.get("claims"), hyperparameters), []),
        once=read_or(partial(_once, root.get("once")), []),
    )


def _network(root: Mapping, scope: columns.Scope) -> list[Table]:
    node = fields.required(root, "network", "a spec")
    items = fields.sequence(node, "network")
    if not items:
        raise SpecError("the network has no tables", node.mark)
    return [
        read_or(partial(tables.table, item, scope, "a table"), tables.unknown_table(item.mark))
        for item in items
    ]


Sizes = tuple[Cell, Cell, Cell]


def _unknown_sizes(mark: Mark) -> Sizes:
    unknown = unknown_cell(mark)
    return unknown, unknown, unknown


def _inputs(root: Mapping) -> dict[str, Sizes]:
    """`[height, width, channels]`, or a mapping of names to such."""
    node = fields.required(root, INPUT, "a spec")
    if not isinstance(node, Mapping):
        return {INPUT: _sizes(node, "input")}
    if not node.entries:
        raise SpecError("the network has no inputs", node.mark)
    for name, mark in node.keys.items():
        tensor_name(name, mark)
    return {
        name: read_or(partial(_sizes, sizes, f"input '{name}'"), _unknown_sizes(sizes.mark))
        for name, sizes in node.entries.items()
    }


def _sizes(node: Node, what: str) -> Sizes:
    items = node.items if isinstance(node, Sequence) else []
    if len(items) != 3:
        written = "an input is [height, width, channels]; several have names: {image: [...], ...}"
        raise SpecError(f"{what} needs three sizes", node.mark, written)
    h, w, c = (fields.cell(item, "a size of the input") for item in items)
    return h, w, c


def _outputs(node: Node | None) -> list[Output]:
    """Names of tensors; `{from: p6, when: …}` where one is not always there."""
    if node is None:
        return []
    found: dict[str, Output] = {}
    for item in fields.sequence(node, "outputs"):
        when = None
        source = item
        if isinstance(item, Mapping):
            fields.known_keys(item, ("from", "when"), "an output")
            source = fields.required(item, "from", "an output")
            when = fields.cell(item.entries["when"], "when") if "when" in item.entries else None
        cell = fields.cell(source, "an output")
        if cell.text in found:
            raise SpecError(f"'{cell.text}' is an output already", cell.mark)
        found[cell.text] = Output(cell, when)
    if not found:
        raise SpecError("outputs are at least one", node.mark, "leave it out for the last row's")
    return list(found.values())


def _dtype(node: Node | None) -> str:
    """The types that weights and activations are stored in, "" where a spec says nothing."""
    if node is None:
        return ""
    given = fields.scalar(node, "dtype")
    weights, colon, activations = given.text.partition(":")
    for name in (weights, activations) if colon else (weights,):
        if name not in DTYPES:
            hint = suggest(name, DTYPES, "types")
            raise SpecError(f"unknown type '{name}' in dtype", given.mark, hint)
    return given.text


def _once(node: Node | None) -> list[list[Cell]]:
    """Groups of parts of layers that are stored once: `- [conv1/bias, conv2/bias]`."""
    if node is None:
        return []
    groups = []
    for item in fields.sequence(node, "once"):
        cells = [fields.cell(one, "a part") for one in fields.sequence(item, "a group of once")]
        if len(cells) < 2:
            raise SpecError("a group of once has two parts or more", item.mark)
        groups.append(cells)
    return groups


def _counts(node: Node | None) -> tuple[str, ...]:
    """What the paper calls params; all trainable parameters unless it says otherwise."""
    if node is None:
        return fields.TRAINED
    entries = fields.mapping(node, "counts")
    fields.known_keys(entries, ("params",), "counts")
    return fields.countable(fields.required(entries, "params", "counts"))


def _defaults(node: Node | None, scope: columns.Scope) -> dict[str, dict[str, Cell]]:
    if node is None:
        return {}
    result = {}
    entries = fields.mapping(node, "defaults")
    for name, given_node in entries.entries.items():
        if name not in OPERATORS:
            mark = entries.keys[name]
            keep(aliases.unknown_operator(name, mark, tuple(OPERATORS), "operators"))
            continue
        result[name] = fields.cells(given_node, scope.calls[name], f"the defaults of {name}")
    return result
