"""The whole of a spec: from its tree to what it says."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

from costcalc.errors import CostcalcError, Mark, Source, SpecError, at, suggest
from costcalc.language import aliases, claims, fields, tables
from costcalc.language.find import find
from costcalc.language.forms import read_implementation
from costcalc.language.hyperparameters import NAMES, can_name, read_hyperparameters
from costcalc.language.model import Block, Cell, Output, Spec, Table
from costcalc.language.nodes import Mapping, Node, Sequence, read
from costcalc.language.quantities import DTYPES
from costcalc.language.reader import read_source
from costcalc.ops import OPERATORS

KEYS = (
    "name",
    "paper",
    "family",
    "task",
    "hyperparameters",
    "input",
    "outputs",
    "counts",
    "dtype",
    "defaults",
    "implementation",
    "use",
    "blocks",
    "network",
    "once",
    "claims",
)


TASKS = (
    "classification",
    "detection",
    "segmentation",
    "embedding",
    "keywords",
    "anomalies",
)
"""What a network may be for."""


ReadFile = Callable[[str], Source]
"""What reads the specs whose blocks another one uses: from a disk, or of a revision."""


def parse(source: Source, read_file: ReadFile = read_source) -> Spec:
    """The spec a source holds. Raises `CostcalcError` with the place of what is wrong."""
    return parse_tree(read(source), source, read_file)


def parse_tree(root: Node, source: Source, read_file: ReadFile = read_source) -> Spec:
    """The spec that a tree says, wherever that is from.

    Raises `CostcalcError` with the place of what is wrong.
    """
    key = os.path.splitext(os.path.basename(source.path))[0]
    if not isinstance(root, Mapping):
        raise SpecError(
            "a spec must be a mapping (key: value)", root.mark, f"keys: {', '.join(KEYS)}"
        )
    fields.known_keys(root, KEYS, "a spec")
    hyperparameters = read_hyperparameters(root.get("hyperparameters"))
    block_nodes = _block_nodes(root, source, read_file)
    scope = tables.Scope(hyperparameters, _calls(block_nodes))
    return Spec(
        key=key,
        name=fields.text(root.get("name"), "name") or key,
        paper=fields.text(root.get("paper"), "paper"),
        source=source,
        hyperparameters=hyperparameters,
        inputs=_inputs(fields.required(root, "input", "a spec")),
        outputs=_outputs(root.get("outputs")),
        counts=_counts(root.get("counts")),
        dtype=_dtype(root.get("dtype")),
        defaults=_defaults(root.get("defaults"), scope),
        implementation=read_implementation(root.get("implementation")),
        blocks=_blocks(block_nodes, scope),
        network=_network(fields.required(root, "network", "a spec"), scope),
        claims=claims.read_claims(root.get("claims"), hyperparameters),
        family=fields.text(root.get("family"), "family"),
        tasks=_tasks(root.get("task")),
        once=_once(root.get("once")),
    )


def _tasks(node: Node | None) -> tuple[str, ...]:
    """What the network is for: a word of `TASKS`, or several."""
    if node is None:
        return ()
    items = node.items if isinstance(node, Sequence) else [node]
    words = [fields.scalar(item, "task") for item in items]
    for word in words:
        if word.text not in TASKS:
            hint = suggest(word.text, TASKS, "tasks")
            raise SpecError(f"unknown task '{word.text}'", word.mark, hint)
    return tuple(word.text for word in words)


def _block_nodes(root: Mapping, source: Source, read_file: ReadFile) -> Mapping:
    """The blocks of the spec itself, and those it uses of others, as if they stood here."""
    own = root.get("blocks")
    blocks = Mapping({}, {}, root.mark)
    if own is not None:
        written = fields.mapping(own, "blocks")
        blocks = Mapping(dict(written.entries), dict(written.keys), written.mark)
    use = root.get("use")
    if use is None:
        return blocks
    used = fields.mapping(use, "use")
    for reference, wanted in used.entries.items():
        theirs = _blocks_of(reference, used.keys[reference], source, read_file)
        for item in fields.sequence(wanted, f"the blocks of {reference}"):
            name = fields.scalar(item, "a block")
            node = theirs.entries.get(name.text)
            if node is None:
                hint = suggest(name.text, theirs.entries, "its blocks")
                raise SpecError(f"{reference} has no block '{name.text}'", name.mark, hint)
            if name.text in blocks.entries:
                raise SpecError(f"a second block '{name.text}'", name.mark)
            blocks.entries[name.text] = node
            blocks.keys[name.text] = theirs.keys[name.text]
    return blocks


def _blocks_of(reference: str, mark: Mark, source: Source, read_file: ReadFile) -> Mapping:
    """The blocks another spec writes: a built-in one, or a file beside this one."""
    try:
        root = root_of_another(reference, source.path, read_file)
    except CostcalcError as error:
        raise at(mark, error) from None
    blocks = root.get("blocks")
    return Mapping({}, {}, mark) if blocks is None else fields.mapping(blocks, "blocks")


def root_of_another(reference: str, beside: str, read_file: ReadFile = read_source) -> Mapping:
    """The tree of a spec that the spec `beside` names.

    That one may be a stranger's, and name any file of its reader's. So an error shows nothing of a
    file that is no spec. Raises `CostcalcError` for one.
    """
    source = read_file(find(reference, beside))
    root: Node | None = None
    with contextlib.suppress(SpecError):
        root = read(source)
    if not isinstance(root, Mapping) or not root.entries.keys() <= set(KEYS):
        raise CostcalcError(
            f"'{reference}' is no spec\n'costcalc {source.shown}' says what is wrong there"
        )
    return root


def _calls(blocks: Mapping) -> dict[str, tuple[str, ...]]:
    """What can be called, with the columns each takes."""
    calls = {
        name: (*operator.arguments, *(tables.FOLLOWERS if operator.weighted else ()))
        for name, operator in OPERATORS.items()
    }
    for name, node in blocks.entries.items():
        if name in calls:
            raise SpecError(f"'{name}' is an operator already", blocks.keys[name])
        calls[name] = _arguments(fields.mapping(node, f"block {name}").get("args"))
    return calls


def _arguments(node: Node | None) -> tuple[str, ...]:
    """The arguments of a block, none of which hides a name that is always in sight."""
    for item in fields.sequence(node, "args") if node is not None else ():
        word = fields.scalar(item, "an argument")
        if not can_name(word.text):
            raise SpecError(
                f"'{word.text}' cannot name an argument",
                word.mark,
                NAMES,
            )
        join = word.text in OPERATORS and OPERATORS[word.text].join
        if join or word.text in (*tables.COMMON, *tables.FOLLOWERS):
            says = "a row of that key is a join" if join else "every row may have that column"
            raise SpecError(
                f"'{word.text}' cannot name an argument: {says}",
                word.mark,
                "name it otherwise, so that a cell has one meaning",
            )
    return fields.word_list(node, "args")


def _blocks(nodes: Mapping, scope: tables.Scope) -> dict[str, Block]:
    blocks = {}
    for name, node in nodes.entries.items():
        entries = fields.mapping(node, f"block {name}")
        arguments = scope.calls[name]
        defaults_node = entries.get("defaults")
        defaults = {}
        if defaults_node is not None:
            given = fields.mapping(defaults_node, "defaults")
            fields.known_keys(given, arguments, f"the defaults of {name}")
            defaults = {k: fields.cell_or_list(value, k) for k, value in given.entries.items()}
        body = tables.table(node, scope._replace(in_block=True), f"block {name}")
        blocks[name] = Block(name, arguments, defaults, body, nodes.keys[name])
    return blocks


def _network(node: Node, scope: tables.Scope) -> list[Table]:
    sections = [tables.table(item, scope, "a table") for item in fields.sequence(node, "network")]
    if not sections:
        raise SpecError("the network has no tables", node.mark)
    return sections


INPUT = "input"
"""What the one input of a spec that does not name it is called."""


def _inputs(node: Node) -> dict[str, tuple[Cell, Cell, Cell]]:
    """`[height, width, channels]`, or a mapping of names to such."""
    if not isinstance(node, Mapping):
        return {INPUT: _sizes(node, "input")}
    if not node.entries:
        raise SpecError("the network has no inputs", node.mark)
    for name, mark in node.keys.items():
        tables.tensor_name(name, mark)
    return {name: _sizes(sizes, f"input '{name}'") for name, sizes in node.entries.items()}


def _sizes(node: Node, what: str) -> tuple[Cell, Cell, Cell]:
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


def _defaults(node: Node | None, scope: tables.Scope) -> dict[str, dict[str, Cell]]:
    if node is None:
        return {}
    result = {}
    entries = fields.mapping(node, "defaults")
    for name, given_node in entries.entries.items():
        if name not in OPERATORS:
            raise aliases.unknown_operator(name, entries.keys[name], tuple(OPERATORS), "operators")
        given = fields.mapping(given_node, f"the defaults of {name}")
        fields.known_keys(given, scope.calls[name], f"the defaults of {name}")
        result[name] = {k: fields.cell_or_list(value, k) for k, value in given.entries.items()}
    return result
