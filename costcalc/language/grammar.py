"""The whole of a spec: from its tree to what it says."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from costcalc.errors import CostcalcError, Mark, Source, SpecError, at, suggest
from costcalc.language import aliases, claims, columns, fields, tables
from costcalc.language.find import find
from costcalc.language.forms import read_implementation
from costcalc.language.hyperparameters import NAMES, can_name, read_hyperparameters
from costcalc.language.model import (
    Block,
    Cell,
    Hyperparameter,
    Output,
    Spec,
    Table,
    Unreadable,
    unknown_cell,
)
from costcalc.language.nodes import Mapping, Node, Sequence, read
from costcalc.language.quantities import DTYPES
from costcalc.language.reader import read_source
from costcalc.ops import OPERATORS
from costcalc.recovery import FollowUp, is_collecting, keep, raising

Read = TypeVar("Read")

KEYS = {
    "name": "what it is called in headers; else the file's name",
    "paper": "author, year and address of the paper",
    "family": "the networks beside which it is listed",
    "task": "what it is for, or several of these",
    "hyperparameters": "typed, bounded settings: options of the command, names in every cell",
    "input": "[height, width, channels] of one example, or several inputs by name",
    "outputs": "names of tensors that the network hands out; else the last row's",
    "counts": "what the paper calls params",
    "dtype": "the type of weights and activations, or weights:activations",
    "defaults": "cells that rows of an operator have unless they say otherwise",
    "implementation": "the form of an operator's layers, as tools see it; what biases start as",
    "use": "blocks of other specs: {mobilenet_v2: [bottleneck]}",
    "blocks": "rows with arguments that a row can call",
    "network": "the tables, in the order in which they are run",
    "once": "groups of parts of layers that are stored once: [conv1/bias, conv2/bias]",
    "claims": "what is printed about the network, to be held against what is computed",
}
"""The keys of a spec."""


TASKS = {
    "classification": "one label an image",
    "detection": "boxes with labels",
    "segmentation": "a label a pixel",
    "embedding": "a vector that is compared with others",
    "keywords": "words in sound",
    "anomalies": "whether something is unusual",
}
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
    hyperparameters: dict[str, Hyperparameter] = _or(
        partial(read_hyperparameters, root.get("hyperparameters")), {}
    )
    block_nodes, missing = _block_nodes(root, source, read_file)
    scope = columns.Scope.of(hyperparameters, _calls(block_nodes, missing), missing)
    return Spec(
        key=key,
        name=_text(root, "name") or key,
        paper=_text(root, "paper"),
        source=source,
        hyperparameters=hyperparameters,
        inputs=_or(partial(_inputs, root), {INPUT: _unknown_sizes(root.mark)}),
        outputs=_or(partial(_outputs, root.get("outputs")), []),
        counts=_or(partial(_counts, root.get("counts")), fields.TRAINED),
        dtype=_or(partial(_dtype, root.get("dtype")), ""),
        defaults=_or(partial(_defaults, root.get("defaults"), scope), {}),
        implementation=_or(partial(read_implementation, root.get("implementation")), {}),
        blocks=_blocks(block_nodes, scope),
        network=_or(partial(_network, root, scope), []),
        claims=_or(partial(claims.read_claims, root.get("claims"), hyperparameters), []),
        family=_text(root, "family"),
        tasks=_or(partial(_tasks, root.get("task")), ()),
        once=_or(partial(_once, root.get("once")), []),
    )


def _or(read_section: Callable[[], Read], otherwise: Read) -> Read:
    """What a section says, something else where it has a kept error."""
    try:
        return read_section()
    except SpecError as error:
        keep(error)
        return otherwise


def _text(root: Mapping, key: str) -> str:
    return _or(partial(fields.text, root.get(key), key), "")


def _tasks(node: Node | None) -> tuple[str, ...]:
    """What the network is for: a word of `TASKS`, or several."""
    if node is None:
        return ()
    items = node.items if isinstance(node, Sequence) else [node]
    words = [fields.scalar(item, "task") for item in items]
    for word in words:
        if word.text not in TASKS:
            hint = suggest(word.text, TASKS, "tasks")
            keep(SpecError(f"unknown task '{word.text}'", word.mark, hint))
    return tuple(word.text for word in words)


def _block_nodes(root: Mapping, source: Source, read_file: ReadFile) -> tuple[Mapping, set[str]]:
    """The blocks of the spec itself, and those it uses of others, as if they stood here.

    With them the names of those of which nothing is known, because of an error that was kept.
    """
    blocks = Mapping({}, {}, root.mark)
    missing: set[str] = set()
    try:
        if (own := root.get("blocks")) is not None:
            written = fields.mapping(own, "blocks")
            blocks = Mapping(dict(written.entries), dict(written.keys), written.mark)
        used = Mapping({}, {}, root.mark)
        if (use := root.get("use")) is not None:
            used = fields.mapping(use, "use")
    except SpecError as error:
        keep(error)
        return blocks, {columns.ANY}
    for reference, wanted in used.entries.items():
        theirs: Mapping | None = None
        try:
            theirs = _blocks_of(reference, used.keys[reference], source, read_file)
        except SpecError as error:
            keep(error)
        items: list[Node] = _or(partial(fields.sequence, wanted, f"the blocks of {reference}"), [])
        for item in items:
            try:
                name = fields.scalar(item, "a block")
                if name.text in blocks.entries:
                    raise SpecError(f"a second block '{name.text}'", name.mark)
                missing.add(name.text)
                if theirs is None:
                    continue
                node = theirs.entries.get(name.text)
                if node is None:
                    hint = suggest(name.text, theirs.entries, "its blocks")
                    raise SpecError(f"{reference} has no block '{name.text}'", name.mark, hint)
            except SpecError as error:
                keep(error)
                continue
            blocks.entries[name.text] = node
            blocks.keys[name.text] = theirs.keys[name.text]
            missing.remove(name.text)
    return blocks, missing


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
    read_tree = read if is_collecting() else _tree  # who collects mends trees as they go
    with contextlib.suppress(SpecError), raising():
        root = read_tree(source)
    if not isinstance(root, Mapping) or not root.entries.keys() <= set(KEYS):
        raise CostcalcError(
            f"'{reference}' is no spec\n'costcalc {source.shown}' says what is wrong there"
        )
    return root


@functools.lru_cache(maxsize=32)
def _tree(source: Source) -> Node:
    """The tree of a spec that others use, most often several."""
    return read(source)


def _calls(blocks: Mapping, missing: set[str]) -> dict[str, tuple[str, ...]]:
    """What can be called, with the columns each takes.

    A block whose arguments have a kept error joins those of which nothing is known, `missing`.
    """
    calls = {
        name: (*operator.arguments, *(columns.FOLLOWERS if operator.weighted else ()))
        for name, operator in OPERATORS.items()
    }
    for name in missing:
        calls.setdefault(name, ())
    for name, node in blocks.entries.items():
        if name in OPERATORS:
            keep(SpecError(f"'{name}' is an operator already", blocks.keys[name]))
            missing.add(name)
            continue
        try:
            calls[name] = _arguments(fields.mapping(node, f"block {name}").get("args"))
        except SpecError as error:
            keep(error)
            calls[name] = ()
            missing.add(name)
    return calls


def _arguments(node: Node | None) -> tuple[str, ...]:
    """The arguments of a block, none of which hides a name that is always in sight."""
    if node is None:
        return ()
    words = fields.word_list(node, "args")
    wrong = False
    for word, item in zip(words, fields.sequence(node, "args"), strict=True):
        try:
            _require_argument(word, item.mark)
        except SpecError as error:
            keep(error)
            wrong = True
    if wrong:
        raise FollowUp(node.mark)
    return words


def _require_argument(word: str, mark: Mark) -> None:
    if not can_name(word):
        raise SpecError(f"'{word}' cannot name an argument", mark, NAMES)
    join = word in OPERATORS and OPERATORS[word].join
    if join or word in (*columns.COMMON, *columns.FOLLOWERS):
        says = "a row of that key is a join" if join else "every row may have that column"
        raise SpecError(
            f"'{word}' cannot name an argument: {says}",
            mark,
            "name it otherwise, so that a cell has one meaning",
        )


def _blocks(nodes: Mapping, scope: columns.Scope) -> dict[str, Block]:
    blocks = {}
    inside = scope._replace(in_block=True)
    for name, node in nodes.entries.items():
        mark = nodes.keys[name]
        try:
            entries = fields.mapping(node, f"block {name}")
            arguments = scope.calls[name]
            defaults = _given(entries.get("defaults"), arguments, f"the defaults of {name}")
            body = tables.table(node, inside, f"block {name}")
        except SpecError as error:
            keep(error)
            arguments, defaults, body = scope.calls[name], {}, _unreadable(mark)
        blocks[name] = Block(name, arguments, defaults, body, mark)
    return blocks


def _given(node: Node | None, takes: tuple[str, ...], what: str) -> dict[str, Cell]:
    """Cells by the columns that they are for."""
    if node is None:
        return {}
    given = fields.mapping(node, "defaults")
    fields.known_keys(given, takes, what)
    return {k: fields.cell_or_list(value, k) for k, value in given.entries.items()}


def _unreadable(mark: Mark) -> Table:
    """A table of which nothing is known but that it is there."""
    return Table("", [Unreadable(mark, {})], {}, (), None, mark)


def _network(root: Mapping, scope: columns.Scope) -> list[Table]:
    node = fields.required(root, "network", "a spec")
    items = fields.sequence(node, "network")
    if not items:
        raise SpecError("the network has no tables", node.mark)
    return [
        _or(partial(tables.table, item, scope, "a table"), _unreadable(item.mark)) for item in items
    ]


INPUT = "input"
"""What the one input of a spec that does not name it is called, and where a block starts."""


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
        tables.tensor_name(name, mark)
    return {
        name: _or(partial(_sizes, sizes, f"input '{name}'"), _unknown_sizes(sizes.mark))
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
        result[name] = _given(given_node, scope.calls[name], f"the defaults of {name}")
    return result
