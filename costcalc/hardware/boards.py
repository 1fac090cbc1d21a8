"""Boards: flash, RAM by its regions, and what a runtime takes of both, each with its source.

A board is a YAML file, read like a device.
"""

from __future__ import annotations

import os

from costcalc.errors import CostcalcError, Source, SpecError, suggest
from costcalc.hardware.devices import BYTES, quantity
from costcalc.language import fields
from costcalc.language.find import EXTENSION, is_path
from costcalc.language.nodes import Mapping, Node, read
from costcalc.language.reader import read_source
from costcalc.records import NamedTuple
from costcalc.recovery import read_or, read_whole

KEYS = {
    "name": "what it is called in headers; else the file's name",
    "source": "where its numbers were read",
    "flash": "what holds the program and the weights",
    "ram": "what holds activations: one region, or several by name",
    "runtime": "what a runtime takes of both",
}
"""The keys of a board."""
RUNTIME = {"flash": "its code", "ram": "its stack, heap and records"}
"""The keys of a runtime."""
OVERHEAD = {
    "least": "bytes that it takes at least",
    "most": "bytes that it takes at most",
    "note": "what they are of",
    "source": "where they were read",
}
"""The keys of what a runtime takes of a memory."""


class Memory(NamedTuple):
    """Bytes that a board has: all of its flash, or a region of its RAM in one piece."""

    name: str
    text: str
    bytes: int
    note: str
    source: str


class Overhead(NamedTuple):
    """The least and the most bytes that a runtime takes beside a network."""

    least: int
    most: int
    note: str
    source: str


class Board(NamedTuple):
    """What a network has to fit into. Regions of RAM stand in the order of the file."""

    key: str
    name: str
    source: str
    flash: Memory
    regions: list[Memory]
    runtime: dict[str, Overhead]

    @property
    def ram(self) -> int:
        """Bytes of all regions together."""
        return sum(region.bytes for region in self.regions)

    @property
    def largest(self) -> Memory:
        """The largest region: nothing that has to lie in one piece is larger."""
        return max(self.regions, key=lambda region: region.bytes)


def _folder() -> str:
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "boards")


def names() -> list[str]:
    """The names of the boards that ship, in alphabetical order."""
    return sorted(
        entry.removesuffix(EXTENSION)
        for entry in os.listdir(_folder())
        if entry.endswith(EXTENSION)
    )


def load_board(reference: str) -> Board:
    """A board that ships by its name, or one's own by path.

    Raises `CostcalcError` for an unknown name, `SpecError` where the file is wrong.

    >>> load_board("stm32f746").ram
    327680
    """
    if reference in names():
        path = os.path.join(_folder(), reference + EXTENSION)
    elif is_path(reference):
        path = reference
    else:
        raise CostcalcError(f"unknown board '{reference}'\n{suggest(reference, names(), 'boards')}")
    return read_whole(read_source(path, "a board is a YAML file"), _board)


def _board(file: Source) -> Board:
    root = fields.mapping(read(file, "a board is a mapping with its flash and its RAM"), "a board")
    fields.known_keys(root, KEYS, "a board")
    key = os.path.basename(file.path).rpartition(".")[0] or file.path
    source = read_or(lambda: fields.required_text(root, "source", "a board"), "")
    unknown = Memory("", "", 0, "", "")
    return Board(
        key=key,
        name=read_or(lambda: fields.text(root.get("name"), "name"), "") or key,
        source=source,
        flash=read_or(
            lambda: _memory("flash", fields.required(root, "flash", "a board"), source), unknown
        ),
        regions=read_or(lambda: _regions(fields.required(root, "ram", "a board"), source), []),
        runtime=read_or(lambda: _runtime(root.get("runtime")), {}),
    )


def _regions(node: Node, source: str) -> list[Memory]:
    """RAM in one piece, or regions by name."""
    if not isinstance(node, Mapping) or "value" in node.entries:
        return [_memory("ram", node, source)]
    if not node.entries:
        raise SpecError("ram needs at least one region", node.mark, "ram: {sram: 320 KiB}")
    regions = node.entries
    found = fields.each(regions, lambda name: _memory(name, regions[name], source), node.mark)
    return [*found.values()]


def _memory(name: str, node: Node, source: str) -> Memory:
    found = quantity(node, BYTES, source)
    return Memory(name, found.text, int(found.value), found.note, found.source)


def _runtime(node: Node | None) -> dict[str, Overhead]:
    """What a runtime takes; nothing where the file says nothing of it."""
    none = Overhead(0, 0, "", "the board's file says nothing of a runtime")
    if node is None:
        return dict.fromkeys(RUNTIME, none)
    root = fields.mapping(node, "runtime")
    fields.known_keys(root, RUNTIME, "runtime")
    said = [name for name in RUNTIME if name in root.entries]
    found = fields.each(said, lambda name: _overhead(name, root.entries[name]), root.mark)
    return {name: found.get(name, none) for name in RUNTIME}


def _overhead(name: str, node: Node) -> Overhead:
    what = f"the {name} of a runtime"
    root = fields.mapping(node, what)
    fields.known_keys(root, OVERHEAD, what)
    source = read_or(lambda: fields.required_text(root, "source", what), "")
    least, most = fields.each(
        ("least", "most"),
        lambda key: int(quantity(fields.required(root, key, what), BYTES, source).value),
        root.mark,
    ).values()
    if least > most:
        raise SpecError(
            f"{what} is {least:,} bytes at least and {most:,} at most", root.mark, "swap the two"
        )
    return Overhead(least, most, fields.text(root.get("note"), "note"), source)
