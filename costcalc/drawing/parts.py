"""Stretches of layers while a graph is folded, and when two of them are the same."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from costcalc.graph.model import Graph, Layer
from costcalc.importers import is_model


@dataclass(slots=True)
class Part:
    """Layers from `begin` up to `end`, of which `inside` are the parts if it is no operator.

    `repeats` is how many equal stretches these layers are, `inside` then what the first is made of.
    """

    begin: int
    end: int
    key: str
    label: str
    type: str
    inside: list[Part] = field(default_factory=list)
    repeats: int = 1
    reveals: bool = False
    closable: bool = True
    step: bool = False
    times: int = 1

    def content(self) -> list[Part]:
        """What one of several like this part is made of."""
        return self.inside if self.repeats == 1 else [self]


class Looks:
    """What tells the layers of a graph apart, as numbers that are quick to compare.

    With `together` false, nothing that is equal is put together.
    """

    def __init__(self, graph: Graph, together: bool = True) -> None:
        self.graph = graph
        self.together = together
        layers = graph.layers
        known: dict[Any, int] = {}
        self.of_layer = [known.setdefault(_look(layer), len(known)) for layer in layers]
        self.flat = is_model(graph.spec.source.path)
        self.shared = _words_of_all(layers) if self.flat else 0
        self.readers: list[list[int]] = [[] for _ in layers]
        for index, inputs in enumerate(
            [*(layer.inputs for layer in layers), graph.outputs.values()]
        ):
            for source in inputs:
                if source >= 0:
                    self.readers[source].append(index)

    def short(self, name: str) -> str:
        """A dotted name without what all names begin with, as model files have it."""
        words = name.split(".")
        return ".".join(words[self.shared :]) if len(words) > self.shared else name

    def alike(self, first: Part, second: Part, following: bool) -> bool:
        """Whether two parts are the same operators at the same sizes, wired the same way.

        Parts that are `following` each other read, beside their own layers, what stands as far
        before them; parts side by side the very same tensors.
        """
        size = first.end - first.begin
        if second.end - second.begin != size:
            return False
        a, b = first.begin, second.begin
        if self.of_layer[a : a + size] != self.of_layer[b : b + size]:
            return False
        layers = self.graph.layers
        for own, other in zip(layers[a : a + size], layers[b : b + size], strict=True):
            for x, y in zip(own.inputs, other.inputs, strict=True):
                inside = x >= a
                if (x - a != y - b) if inside or following else (x != y):
                    return False
        return True

    def readers_of(self, parts: Sequence[Part]) -> set[int]:
        """The layers behind these parts that read something of them."""
        begin, end = parts[0].begin, parts[-1].end
        return {reader for own in self.readers[begin:end] for reader in own if reader >= end}


def _words_of_all(layers: Sequence[Layer]) -> int:
    """How many words of their names all layers have in common whose names have dots."""
    paths = [layer.name.split(".")[:-1] for layer in layers if "." in layer.name]
    ends = zip(min(paths), max(paths), strict=False) if paths else ()
    return len([*itertools.takewhile(lambda words: words[0] == words[1], ends)])


def _look(layer: Layer) -> Any:
    """What is drawn of a layer; whose parameters it uses is not."""
    facts = layer.facts
    return (
        layer.type, layer.output, layer.fused, len(layer.inputs), layer.keep, layer.bits,
        facts.mult_adds, facts.reads, facts.writes,
    )  # fmt: skip
