"""A network with its costs: what the library hands out."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from costcalc.count.execution import DEFAULT, Execution, execution
from costcalc.count.totals import Totals, total
from costcalc.dimensions import Shape
from costcalc.errors import CostcalcError
from costcalc.graph.build import build
from costcalc.graph.model import Graph, Layer
from costcalc.spec.hyperparameters import show_value
from costcalc.spec.library import load_spec
from costcalc.spec.model import Spec, Value
from costcalc.spec.settings import settle

if TYPE_CHECKING:
    from costcalc.memory.peak import Peak

_REFERENCE = re.compile(r"(.+?)(?::(\w+=.*))?", re.DOTALL)


class Network:
    """A network under one choice of hyperparameters.

    Shapes are (height, width, channels) of one example; costs are exact integers: `params`
    under the paper's own convention, `weights`, `biases` and `norm` as facts, `mult_adds` of
    convolutions and fully connected layers, `memory_access` in elements (ShuffleNet v2,
    arXiv:1807.11164, equation 1). They are those of one example with normalisation and
    activation fused, unless an `execution` says otherwise.
    """

    def __init__(
        self, spec: Spec, given: Mapping[str, Any], execution: Execution = DEFAULT
    ) -> None:
        """Build the network. Raises `CostcalcError` for settings the spec does not allow."""
        self.spec = spec
        self.execution = execution
        self.hyperparameters: dict[str, Value] = settle(spec, given)
        self.graph: Graph = execution.apply(build(spec, self.hyperparameters))

    def under(self, dtype: str = "fp32", batch: int = 1, fused: bool = True) -> Network:
        """The same network run otherwise: mult_adds and memory access of the whole batch.

        `dtype` is a type ("fp16") or one for weights and one for activations ("int8:fp16").
        Raises `CostcalcError` for an unknown type or a batch below 1.

        >>> load("mobilenet").under(dtype="int8", batch=8).memory_access_bytes
        86120704
        """
        run = execution(dtype, batch, fused)
        return self if run == self.execution else Network(self.spec, self.hyperparameters, run)

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

    @property
    def memory_access_bytes(self) -> int:
        """Memory access in bytes, of weights and activations in the types they have."""
        return int(self.execution.bytes_moved(self.layers))

    def peak_memory(self, definition: str = "separate", order: str = "spec") -> Peak:
        """The most activation memory alive at one step, with that step and its tensors.

        `definition` says what counts as alive: "separate" (inputs and outputs of each step and
        whatever later steps read), "in-place" (depthwise and element-wise steps overwrite their
        input) or "blocks" (block by block, recomputing what is inside). `order` is the spec's
        own or the "best". Raises `CostcalcError` for another word.

        >>> load("mobilenet_v2").under(dtype="int8").peak_memory("in-place").peak_bytes
        1404928
        """
        from costcalc.memory.peak import peak_memory

        return peak_memory(self.graph, self.execution, definition, order)

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


def parse_reference(text: str, execution: Execution = DEFAULT) -> Network:
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
    return Network(load_spec(name), values, execution)
