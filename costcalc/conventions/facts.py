"""The names a convention's expressions may use: facts of one layer."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from costcalc.graph.model import Graph, Layer
from costcalc.language.forms import BIASES, STORED, TRAINED, ZEROS
from costcalc.numbers.dimensions import Dim, Shape, ceildiv, is_one, larger, smaller
from costcalc.ops.operator import Facts
from costcalc.ops.window import along_axes, zeros
from costcalc.records import NamedTuple

Within = tuple[tuple[str, str], ...]
"""What nodes are on (queries, keys, scores), and their operators."""


class LayerFacts(Mapping[str, Any]):
    """The facts of one layer, by name: each is worked out when a rule asks for it.

    `counts` are the facts that the spec's paper calls params, `folds` is whether an exporter folds
    the layer and its neighbour into one, `owned` whether its parameters are stored for it: also
    where they are another one's, but a normalisation of its own is folded into them. `start` is how
    biases start (a word of `STARTS`), `within` the nodes that the layer is in a model file, which
    runs it for so many `examples` at once. Of several maps they are those of one, which the layer
    runs on so many `times`.
    """

    __slots__ = (
        "_given", "_known", "counts", "examples", "facts", "folds", "layer", "owned", "start",
        "times", "within",
    )  # fmt: skip

    def __init__(
        self, layer: Layer, counts: tuple[str, ...], folds: bool, start: str, within: Within,
        examples: int, again: bool = False,
    ) -> None:  # fmt: skip
        self.times = layer.times
        if not is_one(self.times):
            layer = layer.of_one()
        self.layer, self.counts, self.folds, self.start = layer, counts, folds, start
        self.within, self.examples = within, examples
        self.owned = layer.shares is None or (again and start == TRAINED)
        self.facts = layer.facts if layer.shares is None else layer.shares
        self._given: Mapping[str, Any] | None = None
        self._known: dict[str, Any] = {}

    @property
    def given(self) -> Mapping[str, Any]:
        """The arguments of the layer's operator: as said, else by default."""
        if self._given is None:
            arguments = self.layer.operator.arguments.items()
            defaults = {name: argument.default for name, argument in arguments}
            self._given = {**defaults, **self.layer.arguments}
        return self._given

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = FACTS[name].of(self)
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        return name in FACTS

    def __iter__(self) -> Iterator[str]:
        return iter(FACTS)

    def __len__(self) -> int:
        return len(FACTS)


class Fact(NamedTuple):
    """A fact: what it is, the elements being those of one example, and how a layer has it."""

    about: str
    of: Callable[[LayerFacts], Any]


FACTS = {
    "mult_adds": Fact("multiply-adds of weights with activations", lambda of: of.facts.mult_adds),
    "products": Fact(
        "those of them of activations with activations, as attention's",
        lambda of: of.facts.products,
    ),
    "weights": Fact(
        "weights of a convolution or fully connected layer", lambda of: of.facts.weights
    ),
    "biases": Fact("its biases", lambda of: of.facts.biases),
    "norm": Fact("trained scale and shift of a normalisation", lambda of: of.facts.norm),
    "scales": Fact("the scales of these", lambda of: of.facts.norm - of["shifts"]),
    "shifts": Fact(
        "the shifts of these", lambda of: of.layer.input.c if of.given.get("shift") else 0
    ),
    "affine": Fact(
        "1 where a normalisation has a trained scale or shift, else 0",
        lambda of: int(is_some(of.facts.norm)),
    ),
    "buffers": Fact(
        "what is stored and not trained: its running mean and variance, or the filter of a blur",
        lambda of: of.facts.buffers,
    ),
    "counted": Fact(
        "what the spec's paper calls params",
        lambda of: sum(getattr(of.facts, fact) for fact in of.counts),
    ),
    "bias": Fact(
        "1 where the layer has biases, else 0",
        lambda of: int(is_some(of.facts.biases) or of.given.get("bias") is True),  # shared too
    ),
    "in": Fact("elements of the (first) input", lambda of: of.layer.input.size),
    "second": Fact(
        "elements of the second input, 0 where there is none",
        lambda of: of.layer.input_shapes[1].size if len(of.layer.input_shapes) > 1 else 0,
    ),
    "inputs": Fact(
        "elements of all inputs", lambda of: sum(shape.size for shape in of.layer.input_shapes)
    ),
    "out": Fact("elements of the output", lambda of: of.layer.output.size),
    "channels": Fact("channels of the input", lambda of: of.layer.input.c),
    "out_channels": Fact("channels of the output", lambda of: of.layer.output.c),
    "normalised": Fact(
        "means of a normalisation: one a position, or one a channel or group",
        lambda of: _normalised(of),
    ),
    "positions": Fact("height x width of the output", lambda of: _positions(of.layer.output)),
    "width": Fact(
        "width of the output; of tokens, one after another, it is 1", lambda of: of.layer.output.w
    ),
    "in_positions": Fact("height x width of the input", lambda of: _positions(of.layer.input)),
    "kernel": Fact(
        "height x width of the window, 1 where there is none",
        lambda of: of.given["k"].h * of.given["k"].w if "k" in of.given else 1,
    ),
    "steps": Fact(
        "positions of a convolution with that window, stride and padding",
        lambda of: (
            _steps(of.layer.input, of.given) if of.given.keys() >= {"k", "s", "d", "pad"} else 1
        ),
    ),
    "groups": Fact(
        "groups of channels that a convolution keeps apart",
        lambda of: of.layer.input.c if of.layer.op == "dw" else of.given.get("g", 1),
    ),
    "grouped": Fact(
        "1 where there are several of them, else 0", lambda of: smaller(1, of["groups"] - 1)
    ),
    "bilinear": Fact(
        "1 where each element of an enlarged map is weighed from four, else 0",
        lambda of: int(of.given.get("mode") == "bilinear"),
    ),
    "scores": Fact(
        "elements of the maps of an attention, all heads together",
        lambda of: of.facts.elementwise["exp"] if of.layer.op == "attention" else 0,
    ),
    "biased": Fact(
        "additions to each score of an attention: of a trained table, of a further input",
        lambda of: _biased(of.layer, of.facts) if of.layer.op == "attention" else 0,
    ),
    "queries": Fact(
        "elements of the queries of an attention",
        lambda of: of.layer.input.size if of.layer.op == "attention" else 0,
    ),
    "keys": Fact(
        "elements of its keys",
        lambda of: of.layer.input_shapes[1].size if of.layer.op == "attention" else 0,
    ),
    "indexed": Fact(
        "pairs of positions of an attention whose bias stands in a trained table",
        lambda of: _indexed(of.layer, of.facts, of.given) if of.layer.op == "attention" else 0,
    ),
    "hidden": Fact(
        "units of one direction of a recurrent layer, else 0", lambda of: of.given.get("hidden", 0)
    ),
    "directions": Fact(
        "2 where a recurrent layer goes through a sequence from its end too, else 1",
        lambda of: 1 + bool(of.given.get("bidirectional")),
    ),
    "span": Fact(
        "channels a local response normalisation looks at, else 0",
        lambda of: of.given.get("span", 0),
    ),
    "maps": Fact(
        "how many maps the layer runs on, as there are regions: other facts are those of one",
        lambda of: of.times,
    ),
    "branches": Fact("how many inputs a join has", lambda of: len(of.layer.inputs)),
    "elementwise": Fact(
        "arithmetic beside the multiply-adds, all kinds together",
        lambda of: sum(of.facts.elementwise.values()),
    ),
    "divisions": Fact("the divisions among it", lambda of: of.facts.elementwise.get("div", 0)),
    "multiplications": Fact(
        "the multiplications among it", lambda of: of.facts.elementwise.get("mul", 0)
    ),
    "exponentials": Fact(
        "the exponentials, powers and roots among it", lambda of: of.facts.elementwise.get("exp", 0)
    ),
    "folds": Fact(
        "1 where an exporter folds a batch normalisation into the convolution before it",
        lambda of: int(of.folds),
    ),
    "zero_biases": Fact(
        "biases, where they start as zeros (an exporter may store equal vectors once)",
        lambda of: 0 if of.start != ZEROS else of.facts.biases,
    ),
    "random_biases": Fact(
        "biases, where they do not", lambda of: of.facts.biases if of.start != ZEROS else 0
    ),
    "stored": Fact(
        "1 where a model file has the layer, which an exporter has written already, else 0",
        lambda of: int(of.start == STORED),
    ),
    "trained": Fact(
        "1 where no two vectors are equal, as in a trained model, else 0",
        lambda of: int(of.start in (TRAINED, STORED)),
    ),
}
"""Every fact by its name."""


@functools.lru_cache(maxsize=2)
def facts_of(graph: Graph, counts: tuple[str, ...], biases: str | None = None) -> list[LayerFacts]:
    """One environment a layer, in the graph's order; every convention reads the same.

    Layers that are alike have one and the same.
    `counts` are the facts that the spec's paper calls params; `biases` say how they start (a word
    of `STARTS`), where the spec's word for it is not to be taken.
    """
    start = biases or graph.spec.implementation.get(BIASES, ZEROS)
    folding = {} if start == STORED else _folding(graph)
    found: list[LayerFacts] = []
    known: dict[Any, LayerFacts] = {}
    for index, layer in enumerate(graph.layers):
        within = graph.spec.within.get(layer.row, ())
        examples = 1 if layer.row in graph.spec.alone else graph.spec.batch
        folds, again = index in folding, folding.get(index, False)
        key = layer.alike, folds, again, within, examples
        if key not in known:
            known[key] = LayerFacts(layer, counts, folds, start, within, examples, again)
        found.append(known[key])
    return found


def is_some(count: Dim) -> bool:
    """Whether there are any: an array's may be none in one of many configurations."""
    return not (isinstance(count, int) and count == 0)


def _steps(x: Shape, given: Mapping[str, Any]) -> Any:
    """Positions of a convolution's window, of none and fewer too: a tool may not look."""
    sides, k = zeros(given["pad"]), given["k"]
    (s_h, s_w), (d_h, d_w) = along_axes(given["s"]), along_axes(given["d"])
    if sides is None:
        return ceildiv(x.h, s_h) * ceildiv(x.w, s_w)
    h = (x.h + sides.top + sides.bottom - d_h * (k.h - 1) - 1) // s_h + 1
    w = (x.w + sides.left + sides.right - d_w * (k.w - 1) - 1) // s_w + 1
    return h * w


def _biased(layer: Layer, facts: Facts) -> Any:
    return smaller(1, facts.weights) + (len(layer.inputs) > len("qkv"))


def _indexed(layer: Layer, facts: Facts, given: Mapping[str, Any]) -> Any:
    """A table of one number a head, a temperature, is read without an index."""
    queries, keys = (_positions(shape) for shape in layer.input_shapes[:2])
    if given["window"] is not None:
        h, w = along_axes(given["window"])
        queries = keys = h * w
    return queries * keys * smaller(1, larger(0, facts.weights - given["heads"]))


def _normalised(of: LayerFacts) -> Any:
    own = {"instance_norm": "channels", "group_norm": "groups"}
    return of[own.get(of.layer.op, "in_positions")]


def _positions(shape: Shape) -> Any:
    return shape.h * shape.w


def _folding(graph: Graph) -> dict[int, bool]:
    """Batch normalisations right behind a convolution that nothing else reads, and these: each with
    whether it makes other weights of those that it folds into."""
    folding: dict[int, bool] = {}
    for index, layer in enumerate(graph.layers):
        before = layer.inputs[0]
        if (
            layer.op == "batch_norm"
            and layer.fused
            and before == layer.follows
            and graph.layers[before].op in ("conv", "dw")
        ):
            folding |= {index: False, before: layer.shares is None}
    return folding
