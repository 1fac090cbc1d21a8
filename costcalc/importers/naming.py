"""Names for rows: those of the module that a layer is, or of its node."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Sequence

from costcalc.importers.records import Constant, Node

_NAMED_AFTER = re.compile(r"(?:weight|kernel|w|W|bias|gamma)(?:_quantized|_q)?")
_UNFIT = re.compile(r"[^A-Za-z0-9_.\-]+")
MOST = 60
"""The most characters of a name."""


def _path(words: Sequence[str]) -> str:
    """A module's path from its scopes: layer1, layer1.0 and conv1 are layer1.0.conv1."""
    path: list[str] = []
    for word in words:
        if path and word.startswith(f"{path[-1]}."):
            path.pop()
        path.append(word)
    return ".".join(path)


class Names:
    """The names of the rows so far, no two of which are the same."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.counts = Counter([*taken])  # of a mapping it would take the values as counts

    def of(
        self, node: Node, parts: Sequence[tuple[str, Constant]] = (), owned: Container[str] = ()
    ) -> str:
        """A name for a row: that of its weights' module, of its node, or of its operator.

        `parts` are its weights, of which those that are `owned` have another row's name.
        """
        written = ""
        for part, constant in parts:
            if part not in ("weights", "scale", "bias") or constant.owner in owned:
                continue
            stem, dot, last = constant.owner.rpartition(".")
            if dot and _NAMED_AFTER.fullmatch(last) and not stem.startswith("onnx::"):
                written = stem
                break
        if not written:
            words = [word for word in re.split(r"[/;]", node.name) if word]
            if len(words) > 1 and re.fullmatch(rf"{re.escape(node.kind)}(_\d+)?", words[-1]):
                words.pop()
            written = _path(words).removeprefix("node_") or node.kind.lower()
        written = _UNFIT.sub("_", written).strip("._-")[:MOST] or node.kind.lower()
        if not written[0].isalpha():
            written = f"n{written}"
        while True:
            self.counts[written] += 1
            count = self.counts[written]
            name = written if count == 1 else f"{written}_{count}"
            if count == 1 or not self.counts[name]:
                self.counts[name] += count > 1
                return name
