"""What the nodes of a model file's graph read: data of the example, and constants."""

from __future__ import annotations

from collections import Counter
from typing import Any

from costcalc.errors import Mark, Source, SpecError
from costcalc.importers import constants
from costcalc.importers.constants import NotComputed
from costcalc.importers.layout import Data
from costcalc.importers.records import Constant, ModelFile, Node
from costcalc.importers.scores import Scores


class Reading:
    """A graph, and what each of its tensors is so far."""

    def __init__(self, file: ModelFile, source: Source, given: dict[str, Data]) -> None:
        self.file, self.source = file, source
        self.constants: dict[str, Constant] = dict(file.constants)
        self.tensors: dict[str, Data | Scores] = dict(given)
        sizes = [a.size for one in given.values() for axis in one.axes for a in axis if a.batch]
        self.batch = max((size for size in sizes if isinstance(size, int)), default=1)
        self.says_all_sizes = all(
            isinstance(size, int) for one in file.inputs for size in one.shape[1:]
        )
        self.readers = Counter(name for node in file.nodes for name in node.inputs)
        self.readers.update(file.outputs)
        self.reader = {name: node for node in file.nodes for name in node.inputs}
        self.writer = {name: node for node in file.nodes for name in node.outputs}

    def error(self, node: Node, message: str, hint: str = "") -> SpecError:
        """What is wrong, at a node."""
        return SpecError(f"{node.shown}: {message}", self.mark(node), hint)

    def mark(self, node: Node) -> Mark:
        """Where a node stands in the listing of the file."""
        return Mark(self.source, node.line, 0, max(1, len(node.kind)))

    def constant(self, node: Node, place: int) -> Constant | None:
        """An input that is the same for every example; None for others, and for one left out."""
        return self.constants.get(self._input(node, place))

    def has(self, node: Node, place: int) -> bool:
        """Whether an input is given."""
        return bool(self._input(node, place))

    def _input(self, node: Node, place: int) -> str:
        return node.inputs[place] if place < len(node.inputs) else ""

    def weights(self, node: Node, place: int) -> Constant:
        """An input that has to be a constant. Raises `SpecError` where it is computed."""
        constant = self.constant(node, place)
        if constant is None:
            raise self.error(node, "its weights are no constant of the file")
        return constant

    def tensor(self, node: Node, place: int) -> Data | Scores | None:
        """An input that depends on the example, as it is; None for a constant."""
        return self.tensors.get(self._input(node, place))

    def known(self, node: Node) -> list[Constant | None]:
        """All inputs, of which those that are no constants are None."""
        return [self.constants.get(name) for name in node.inputs]

    def listed(self, node: Node, name: str, place: int) -> tuple[Any, ...] | None:
        """Whole numbers that stand as an attribute or an input; None where neither is given."""
        if name not in node.attributes and not self.has(node, place):
            return None
        try:
            if name not in node.attributes:
                return constants.whole_numbers(self.constant(node, place))
            return tuple(constants.listed(node, self.known(node), name, place))
        except NotComputed:
            raise self.error(node, f"its '{name}' depends on the input's values") from None
