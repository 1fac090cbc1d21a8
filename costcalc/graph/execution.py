"""How a network is run: element types, batch, fusion. It decides bytes, never parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from costcalc.errors import CostcalcError, suggest
from costcalc.graph.model import Graph, Layer
from costcalc.language.numerals import whole_number
from costcalc.language.quantities import DTYPES
from costcalc.numbers.dimensions import Dim
from costcalc.ops import Facts
from costcalc.records import NamedTuple


class Execution(NamedTuple):
    """One run of a network: `batch` examples at once, weights and activations in these types.

    Costs of a run are those of the whole batch; weights are read once for all its examples.
    Where `fused` is false, every normalisation and activation reads and writes its tensor. With
    `flash` attention never holds, writes or reads its scores (FlashAttention, arXiv:2205.14135).
    Types that nobody `asked` for give way to those that a spec says it is stored in.
    """

    weights: str = "fp32"
    activations: str = "fp32"
    batch: int = 1
    fused: bool = True
    flash: bool = False
    asked: bool = False

    def of(self, dtype: str) -> Execution:
        """The run of a spec that is stored in these types, where it says any."""
        if self.asked:
            return self
        weights, _, activations = (dtype or self.dtype).partition(":")
        return self._replace(weights=weights, activations=activations or weights, asked=True)

    @property
    def weight_bytes(self) -> int:
        """Bytes of one weight."""
        return DTYPES[self.weights]

    @property
    def activation_bytes(self) -> int:
        """Bytes of one element of an activation."""
        return DTYPES[self.activations]

    @property
    def dtype(self) -> str:
        """The types as one would type them: `fp16`, or `int8:fp16` for weights:activations."""
        same = self.weights == self.activations
        return self.weights if same else f"{self.weights}:{self.activations}"

    @property
    def bytes_per_element(self) -> int | str:
        """Bytes of a weight and of an activation: 4, or "1:2" where they differ."""
        weight, activation = self.weight_bytes, self.activation_bytes
        return weight if weight == activation else f"{weight}:{activation}"

    def bytes_moved(self, layers: Iterable[Layer]) -> Dim:
        """Memory access of layers in bytes: weights and activations in their own types."""
        total = 0
        for layer in layers:
            weights = layer.weights_read
            total = total + self.weight_bytes * weights
            total = total + self.activation_bytes * (layer.memory_access - weights)
        return total

    def apply(self, graph: Graph) -> Graph:
        """The graph whose layers cost what this run costs: shapes stay those of one example."""
        if self.batch == 1 and self.fused and not self.flash:
            return graph
        own: dict[str, Any] = {} if self.fused else {"fused": False, "follows": None}
        return graph.of([layer._replace(facts=self._facts(layer), **own) for layer in graph.layers])

    def _facts(self, layer: Layer) -> Facts:
        facts = layer.facts
        held = layer.operator.nonlinear  # the state of a recurrent layer is what it is
        if self.flash and not held:
            facts = facts.without_scratch()
        elif not (self.fused or held):  # the softmax is a pass of its own over the scores
            more = facts.scratch
            facts = facts._replace(reads=facts.reads + more, writes=facts.writes + more)
        # what is held in between is of one example, as shapes are
        return facts.times(self.batch)._replace(scratch=facts.scratch)

    def __str__(self) -> str:
        sizes = (
            f"{_bytes(self.weight_bytes)} per element"
            if self.weight_bytes == self.activation_bytes
            else f"{_bytes(self.weight_bytes)} per weight,"
            f" {_bytes(self.activation_bytes)} per activation"
        )
        all_ = " (costs of all of it, weights read once)" if self.batch > 1 else ""
        return f"batch {self.batch}{all_} · {sizes}" + (
            ("" if self.fused else " · unfused") + (" · flash attention" if self.flash else "")
        )


def runs(of: Mapping[str, Execution]) -> str:
    """How several networks are run: once for all, or with the types that each is stored in."""
    first, *others = of.values()
    if all(run == first for run in others):
        return str(first)
    types = ", ".join(f"{run.dtype} of {name}" for name, run in of.items())
    words = str(first).split(" · ")
    return " · ".join([words[0], types, *words[2:]])


def _bytes(number: int) -> str:
    return f"{number} byte{'s' if number != 1 else ''}"


DEFAULT = Execution()
"""One example, 32 bit floats, normalisation and activation fused."""


def execution(
    dtype: str | None = None, batch: int = 1, fused: bool = True, flash: bool = False
) -> Execution:
    """A run by its options: `dtype` is `fp16`, or `int8:fp16` for weights:activations.

    Where none is given it is what a spec says, `fp32` where that says nothing. Raises
    `CostcalcError` for an unknown type or no batch of 1 or more.
    """
    weights, colon, activations = ("fp32" if dtype is None else dtype).partition(":")
    for name in (weights, activations) if colon else (weights,):
        if name not in DTYPES:
            raise CostcalcError(
                f"unknown type '{name}' in dtype '{dtype}'\n{suggest(name, DTYPES, 'types')}"
                "\nwrite TYPE, or WEIGHTS:ACTIVATIONS as in int8:fp16"
            )
    batch = whole_number(batch, "a batch")
    both = (weights, activations if colon else weights)
    return Execution(*both, batch, fused, flash, asked=dtype is not None)
