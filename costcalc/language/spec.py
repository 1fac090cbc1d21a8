"""A spec: a network as its paper tells it, before any hyperparameter has a value."""

from __future__ import annotations

import re

from costcalc.errors import Source
from costcalc.language.claim import Claim
from costcalc.language.model import Block, Cell, Hyperparameter, Table
from costcalc.records import NamedTuple

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
INPUT = "input"
"""What the one input of a spec that does not name it is called, and where a block starts."""


class Heading:
    """What a spec says of itself: where it is listed, and beside which others."""

    def __init__(
        self, key: str, name: str, paper: str, family: str, tasks: tuple[str, ...]
    ) -> None:
        self.key, self.name, self.paper, self.family, self.tasks = key, name, paper, family, tasks

    @property
    def year(self) -> int | None:
        """The year its paper says it is from."""
        found = re.search(r"\b(19|20)\d\d\b", self.paper)
        return int(found[0]) if found else None


class Output(NamedTuple):
    """A tensor that the network hands out."""

    source: Cell
    when: Cell | None = None


class Spec(Heading):
    """A network as its paper tells it.

    `inputs` are the sizes of each input by name; one that the spec does not name is `input`.
    `outputs` are names of tensors, none where the last row's output is the only one. `dtype` is
    the types that weights and activations are stored in, "" where nothing is said. `once` are
    groups of parts of layers' parameters (`conv1/bias`) that are stored once. `uncounted` are
    operators of a model file that were left out, and how often each stands there, `constants` what
    it computes of constants and sizes alone each time it is run: elements by operator. `loose` are
    elements that it stores and no layer has, `within` the nodes of the file that a layer is: the
    fact of it that says how many elements each is on, and its operator, by the layer. `batch` is
    how many examples the file takes at once, `alone` the layers that are the same for all of them.
    """

    def __init__(
        self,
        heading: Heading,
        source: Source,
        hyperparameters: dict[str, Hyperparameter],
        inputs: dict[str, tuple[Cell, Cell, Cell]],
        outputs: list[Output],
        counts: tuple[str, ...],
        dtype: str,
        defaults: dict[str, dict[str, Cell]],
        implementation: dict[str, str],
        blocks: dict[str, Block],
        network: list[Table],
        claims: list[Claim],
        once: list[list[Cell]],
    ) -> None:
        super().__init__(heading.key, heading.name, heading.paper, heading.family, heading.tasks)
        self.source = source
        self.hyperparameters, self.inputs, self.outputs = hyperparameters, inputs, outputs
        self.counts, self.dtype, self.defaults = counts, dtype, defaults
        self.implementation, self.once = implementation, once
        self.blocks, self.network, self.claims = blocks, network, claims
        self.uncounted: dict[str, int] = {}
        self.constants: dict[str, int] = {}
        self.loose = 0
        self.within: dict[str, tuple[tuple[str, str], ...]] = {}
        self.batch = 1
        self.alone: set[str] = set()

    def __repr__(self) -> str:
        return f"<Spec {self.key} ({self.source.shown})>"
