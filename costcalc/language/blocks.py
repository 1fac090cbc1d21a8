"""Blocks: a spec's own and those of other specs that it uses, and all that a row can call."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable
from functools import partial

from costcalc.errors import CostcalcError, Mark, Source, SpecError, at, suggest
from costcalc.language import columns, fields
from costcalc.language.find import find, is_path
from costcalc.language.hyperparameters import NAMES, can_name
from costcalc.language.model import Block, OtherSpec
from costcalc.language.nodes import Mapping, Node, Scalar, Sequence, read
from costcalc.language.reader import read_source
from costcalc.language.spec import INPUT, KEYS
from costcalc.language.tables import table, unknown_table
from costcalc.ops import OPERATORS
from costcalc.records import NamedTuple
from costcalc.recovery import FollowUp, is_collecting, keep, raising, read_or

ReadFile = Callable[[str], Source]
"""What reads the specs whose blocks another one uses: from a disk, or of a revision."""


class BlockNodes(NamedTuple):
    """The blocks of a spec, and those it uses of others, as if they stood here.

    Beside them from which other specs they are, and the names of `missing` ones: nothing is known
    of these, because of an error that was kept.
    """

    nodes: Mapping
    others: dict[str, OtherSpec]
    missing: set[str]


def block_nodes(root: Mapping, source: Source, read_file: ReadFile) -> BlockNodes:
    """Find the blocks of a spec. Raises `CostcalcError` for one that it uses and is not there."""
    blocks = Mapping({}, {}, root.mark)
    others: dict[str, OtherSpec] = {}
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
        return BlockNodes(blocks, others, {columns.ANY})
    for reference, wanted in used.entries.items():
        theirs: Mapping | None = None
        other: OtherSpec | None = None
        try:
            root_of_theirs = _another(reference, used.keys[reference], source, read_file)
            theirs = _section(root_of_theirs, "blocks")
            their_blocks = _referred(reference, root_of_theirs)
            other = OtherSpec(_undeclared(root_of_theirs, root), source, their_blocks)
        except SpecError as error:
            keep(error)
        what = f"the blocks of {reference}"
        items: list[Node] = read_or(partial(fields.sequence, wanted, what), [])
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
            if other is not None:
                others[name.text] = other
            missing.remove(name.text)
    return BlockNodes(blocks, others, missing)


def _another(reference: str, mark: Mark, source: Source, read_file: ReadFile) -> Mapping:
    """The tree of another spec: a built-in one, or a file beside this one."""
    try:
        return root_of_another(reference, source.path, read_file)
    except CostcalcError as error:
        raise at(mark, error) from None


def _undeclared(theirs: Mapping, own: Mapping) -> Mapping:
    """The hyperparameters of another spec that this one does not declare."""
    section, declared = _section(theirs, "hyperparameters"), own.get("hyperparameters")
    known = declared.entries if isinstance(declared, Mapping) else {}
    entries = {name: node for name, node in section.entries.items() if name not in known}
    return Mapping(entries, section.keys, section.mark)


def _referred(reference: str, root: Mapping) -> dict[str, str]:
    """The blocks of another spec and those that it uses, each by a reference from here."""
    blocks = dict.fromkeys(_section(root, "blocks").entries, reference)
    used = root.get("use")
    for further, names in used.entries.items() if isinstance(used, Mapping) else ():
        beside = os.path.dirname(reference) if is_path(further) else ""
        for name in names.items if isinstance(names, Sequence) else ():
            if isinstance(name, Scalar):
                blocks[name.text] = os.path.join(beside, further)
    return blocks


def _section(root: Mapping, key: str) -> Mapping:
    node = root.get(key)
    return Mapping({}, {}, root.mark) if node is None else fields.mapping(node, key)


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


def calls(written: BlockNodes) -> dict[str, tuple[str, ...]]:
    """What can be called, with the columns each takes.

    A block whose arguments have a kept error joins those that are missing.
    """
    blocks, missing = written.nodes, written.missing
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


def blocks(written: BlockNodes, scope: columns.Scope) -> dict[str, Block]:
    """The blocks that a spec writes and uses, by name, each in sight of all that it may call."""
    found = {}
    for name, node in written.nodes.entries.items():
        mark, other = written.nodes.keys[name], written.others.get(name)
        inside = scope._replace(in_block=True, from_other=other)
        try:
            entries = fields.mapping(node, f"block {name}")
            arguments = scope.calls[name]
            defaults = fields.cells(entries.get("defaults"), arguments, f"the defaults of {name}")
            next_ = fields.cells(entries.get("next"), (INPUT, *arguments), f"next of {name}")
            body = table(node, inside, f"block {name}")
        except SpecError as error:
            keep(error)
            arguments, defaults, next_ = scope.calls[name], {}, {}
            body = unknown_table(mark)
        found[name] = Block(name, arguments, defaults, body, mark, other, next_)
    return found
