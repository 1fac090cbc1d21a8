"""A network with its costs: what the library hands out."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from costcalc.count.totals import Totals, total
from costcalc.dimensions import Shape
from costcalc.errors import CostcalcError
from costcalc.graph.build import build
from costcalc.graph.model import Graph, Layer
from costcalc.spec.hyperparameters import show_value
from costcalc.spec.library import load_spec
from costcalc.spec.model import Spec, Value
from costcalc.spec.settings import settle

_REFERENCE = re.compile(r"(.+?)(?::(\w+=.*))?", re.DOTALL)


class Network:
    """A network under one choice of hyperparameters.

    Shapes are (height, width, channels) of one example; costs are exact integers: `params`
    under the paper's own convention, `weights`, `biases` and `norm` as facts, `mult_adds` of
    convolutions and fully connected layers, `memory_access` in elements (ShuffleNet v2,
    arXiv:1807.11164, equation 1).
    """

    def __init__(self, spec: Spec, given: Mapping[str, Any]) -> None:
        """Build the network. Raises `CostcalcError` for settings the spec does not allow."""
        self.spec = spec
        self.hyperparameters: dict[str, Value] = settle(spec, given)
        self.graph: Graph = build(spec, self.hyperparameters)

    @property
    def name(self) -> str:
        """The name of the spec, as on the command line."""
        return self.spec.key

    @property
    def layers(self) -> list[Layer]:
        """Every layer in execution order."""
        return self.graph.layers

    @property
    def input(self) -> Shape:
        """Height, width and channels of the input."""
        return self.graph.input

    @property
    def output(self) -> Shape:
        """Height, width and channels of the output."""
        return self.layers[self.graph.output].output

    @functools.cached_property
    def totals(self) -> Totals:
        """All sums in one record."""
        return total(self.layers, self.spec.counts)

    @property
    def params(self) -> int:
        """Parameters as the spec's paper counts them (`counts` in the spec)."""
        return int(self.totals.params)

    @property
    def weights(self) -> int:
        """Weights of convolutions and fully connected layers."""
        return int(self.totals.weights)

    @property
    def biases(self) -> int:
        """Biases of convolutions and fully connected layers."""
        return int(self.totals.biases)

    @property
    def norm(self) -> int:
        """Trainable scales and shifts of normalisations."""
        return int(self.totals.norm)

    @property
    def mult_adds(self) -> int:
        """Multiply-adds of every convolution and fully connected layer."""
        return int(self.totals.mult_adds)

    @property
    def memory_access(self) -> int:
        """Elements read and written, weights included; fused layers move nothing."""
        return int(self.totals.memory_access)

    def settings(self, separator: str = ", ") -> str:
        """The hyperparameters as one would type them: alpha=0.5, res=160."""
        return separator.join(f"{k}={show_value(v)}" for k, v in self.hyperparameters.items())

    def __repr__(self) -> str:
        return (
            f"<Network {self.name}({self.settings()}): {self.params:,} params,"
            f" {self.mult_adds:,} Mult-Adds, {self.memory_access:,} elements moved>"
        )


def load(reference: str, **hyperparameters: Any) -> Network:
    """A built-in network by name, or a spec's own by path.

    >>> load("mobilenet", alpha=0.5, res=160).mult_adds
    76524800

    Raises `CostcalcError` (with file, line and column where a spec is wrong).
    """
    return Network(load_spec(reference), hyperparameters)


def parse_reference(text: str) -> Network:
    """The network a reference names: `mobilenet`, `mobilenet:alpha=0.5,res=160`, a path.

    Raises `CostcalcError` for what is no network or no setting of it.
    """
    match = _REFERENCE.fullmatch(text)
    name, settings = match.groups() if match else (text, None)
    values = {}
    for setting in (settings or "").split(","):
        key, equals, value = setting.partition("=")
        if setting and not equals:
            raise CostcalcError(
                f"'{setting}' in '{text}' is no setting\nwrite NETWORK:name=value,name=value"
            )
        if key in values:
            raise CostcalcError(f"'{key}' is set twice in '{text}'")
        if setting:
            values[key] = value
    return Network(load_spec(name), values)
