"""A network with its costs: what the library hands out."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from costcalc.cost.totals import Totals, describe, each, total
from costcalc.errors import CostcalcError
from costcalc.frames import Framed
from costcalc.graph.build import build
from costcalc.graph.execution import DEFAULT, Execution, execution
from costcalc.graph.model import Graph, Layer
from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Value
from costcalc.language.references import as_text, split_reference
from costcalc.language.settings import settle
from costcalc.language.spec import Spec
from costcalc.library import load_spec
from costcalc.numbers.dimensions import Shape

if TYPE_CHECKING:
    from costcalc.conventions.convention import Convention
    from costcalc.conventions.counting import Counted, CountedTotals
    from costcalc.memory.arena import Arena
    from costcalc.memory.patches import Patched
    from costcalc.memory.peak import Peak
    from costcalc.memory.storage import Stored


class Network(Framed):
    """A network under one choice of hyperparameters, as `load` returns it.

    Shapes are (height, width, channels) of one example; costs are exact integers: `params`
    under the paper's own convention, `weights`, `biases` and `norm` as facts, `mult_adds` of
    convolutions, fully connected layers and matrix products, `memory_access` in elements
    (ShuffleNet v2, arXiv:1807.11164, equation 1). They are those of one example with
    normalisation and activation fused, unless an `execution` says otherwise.
    """

    def __init__(
        self,
        spec: Spec,
        given: Mapping[str, Any],
        convention: Convention | None = None,
        execution: Execution = DEFAULT,
    ) -> None:
        """Build the network; `load` is the short way.

        Args:
            spec: what `load_spec` reads.
            given: hyperparameters; the others are at their defaults.
            convention: says what is counted; None for what the spec's paper counts.
            execution: types, batch, and what is fused.

        Raises:
            CostcalcError: for settings that the spec does not allow.
        """
        self._set(build(spec, settle(spec, given)), execution)
        self.counted: Counted | None = None if convention is None else self.count(convention)

    def _set(self, built: Graph, execution: Execution) -> None:
        self._built = built
        self.spec: Spec = built.spec
        self.hyperparameters: Mapping[str, Value] = built.hyperparameters
        self.execution = execution = execution.of(built.spec.dtype)
        self.graph: Graph = execution.apply(built)

    def with_execution(
        self, dtype: str | None = None, batch: int = 1, fused: bool = True, flash: bool = False
    ) -> Network:
        """The same network run otherwise: mult_adds and memory access of the whole batch.

        Args:
            dtype: a type ("fp16"), or one for weights and one for activations ("int8:fp16");
                else the spec's own, 32 bit floats where it says none.
            batch: how many examples run at once; weights are read once for all of them.
            fused: whether normalisations and activations ride on a convolution's output.
            flash: whether attention is computed without its map of scores in memory.

        Returns:
            Another `Network`; this one stays as it is.

        Raises:
            CostcalcError: for an unknown type or a batch below 1, and where the network is counted
                under a convention, for a batch or an unfused run.

        >>> costcalc.load("mobilenet").with_execution(dtype="int8", batch=8).memory_access_bytes
        86120704
        """
        run = execution(dtype, batch, fused, flash).of(self.spec.dtype)
        if run == self.execution:
            return self
        other = Network.__new__(Network)
        other._set(self._built, run)  # what is built does not depend on how it is run
        other.counted = None if self.counted is None else other.count(self.counted.convention)
        return other

    def count(self, convention: Convention) -> Counted:
        """The network under a convention.

        Args:
            convention: what is counted, such as `counted.convention` of another network.

        Returns:
            Params, the convention's figures, and what each layer has of them.

        Raises:
            CostcalcError: where the convention demands a rule that it does not have, and for a
                batch or an unfused run: a convention is about one example of the network as it is.

        >>> thop = costcalc.load("mobilenet", convention="thop").counted.convention
        >>> costcalc.load("mobilenet_v2").count(thop).figures["macs"]
        327486720
        """
        from costcalc.conventions.counting import apply  # nothing to pay unless asked for

        if self.execution.batch > 1 or not self.execution.fused:
            raise CostcalcError(
                f"convention {convention.key} counts one example of a network as it is\n"
                "leave out the batch and unfused with it, or the convention"
            )
        return apply(convention, self.graph, self.spec.counts)

    @property
    def convention(self) -> str:
        """The name of the convention that params follow."""
        return "paper" if self.counted is None else self.counted.convention.key

    @property
    def convention_label(self) -> str:
        """The convention in words, for a header."""
        if self.counted is None:
            return f"convention paper: {describe(self.spec.counts, self.layers)}"
        return self.counted.label

    @property
    def unit(self) -> str | None:
        """The unit of the convention's headline number, None where it has none."""
        return None if self.counted is None else self.counted.unit

    def sum_up(self, layers: Iterable[Layer]) -> Totals | CountedTotals:
        """What some layers cost together.

        Args:
            layers: some of this network's.

        Returns:
            A record with `params`, `weights`, `mult_adds`, …; with a `cost` under a convention.

        >>> network = costcalc.load("mobilenet")
        >>> network.sum_up(network.layers[:3]).mult_adds
        10838016
        """
        if self.counted is None:
            return total(layers, self.spec.counts)
        return self.counted.totals(layers)

    def costs_of_each(self, layers: Sequence[Layer]) -> Totals | CountedTotals:
        """What each of some layers costs.

        Args:
            layers: some of this network's.

        Returns:
            The record of `sum_up`, of lists: one value a layer.

        >>> network = costcalc.load("mobilenet")
        >>> network.costs_of_each(network.layers[:3]).mult_adds
        [10838016, 0, 0]
        """
        if self.counted is None:
            return each(layers, self.spec.counts)
        return self.counted.each(layers)

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
        """Height, width and channels of the (first) input."""
        return self.graph.input

    @property
    def inputs(self) -> Mapping[str, Shape]:
        """Height, width and channels of every input, by name."""
        return self.graph.inputs

    @property
    def output(self) -> Shape:
        """Height, width and channels of the (last) output."""
        return list(self.outputs.values())[-1]

    @property
    def outputs(self) -> Mapping[str, Shape]:
        """Height, width and channels of every output, by name."""
        return {name: self.graph.shape(index) for name, index in self.graph.outputs.items()}

    @functools.cached_property
    def totals(self) -> Totals | CountedTotals:
        """All sums in one record; under a convention its headline number too, as `cost`."""
        return self.sum_up(self.layers) if self.counted is None else self.counted.total

    @property
    def params(self) -> int:
        """Parameters as the convention has them: as a rule the spec's `counts`."""
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
        """Multiply-adds of every convolution, fully connected layer and matrix product."""
        return int(self.totals.mult_adds)

    @property
    def memory_access(self) -> int:
        """Elements read and written, weights included; fused layers move nothing."""
        return int(self.totals.memory_access)

    @property
    def memory_access_bytes(self) -> int:
        """Memory access in bytes, of weights and activations in the types they have."""
        return int(self.execution.bytes_moved(self.layers))

    @property
    def size(self) -> int:
        """Bytes of the params, each in the type that weights have."""
        return self.params * self.execution.weight_bytes

    def peak_memory(self, definition: str = "separate", order: str = "spec") -> Peak:
        """The most activation memory alive at one step, with that step and its tensors.

        Args:
            definition: what counts as alive: "separate" (inputs and outputs of each step and
                whatever later steps read), "in-place" (depthwise and element-wise steps overwrite
                their input) or "blocks" (block by block, recomputing what is inside).
            order: the order of steps, the spec's own ("spec") or the "best".

        Returns:
            The peak, in elements and bytes, and what is alive at every step.

        Raises:
            CostcalcError: for another word.

        >>> network = costcalc.load("mobilenet_v2").with_execution(dtype="int8")
        >>> network.peak_memory("in-place").peak_bytes
        1404928
        """
        from costcalc.memory.peak import peak_memory

        return peak_memory(self.graph, self.execution, definition, order)

    def arena(self, order: str = "spec") -> Arena:
        """Where every tensor lies in one block of memory, as TFLite Micro lays it out.

        Args:
            order: the order of steps, the spec's own ("spec") or the "best".

        Returns:
            Offsets, the bytes that they take, and the smallest layout that is found.

        Raises:
            CostcalcError: for another word.

        >>> network = costcalc.load("mobilenet", alpha=0.25, res=96)
        >>> network.with_execution(dtype="int8").arena().bytes
        73728
        """
        from costcalc.memory.arena import arena

        return arena(self.graph, self.execution, order)

    def in_patches(self, along: int, definition: str = "separate") -> Patched:
        """The network with its first stage run patch by patch, as MCUNetV2 does.

        Args:
            along: patches along each axis.
            definition: what counts as alive, "separate" or "in-place".

        Returns:
            The peak in elements, the stage, and the multiply-adds with what is computed twice.

        Raises:
            CostcalcError: where no first layers can be run so, and for another word.

        >>> network = costcalc.load("mobilenet_v2")
        >>> network.in_patches(4, "in-place").peak
        200704
        """
        from costcalc.memory.patches import patched

        return patched(self.graph, definition, along)

    def stored(self, folded: bool = True) -> Stored:
        """What a file for inference holds of the network, in the types that it is run in.

        Args:
            folded: whether batch normalisations behind convolutions are part of these.

        Returns:
            Weights, biases, normalisations that are left, their bits and bytes in all.

        >>> network = costcalc.load("mobilenet", alpha=0.25, classes=2)
        >>> network.with_execution(dtype="int8").stored().bytes
        219064
        """
        from costcalc.memory.storage import storage

        return storage(self.graph, types=self.execution, folded=folded)[-1]

    def settings(self, separator: str = ", ") -> str:
        """The hyperparameters as one would type them.

        Args:
            separator: what stands between two of them.

        Returns:
            Name=value for each, in the order of the spec.

        >>> costcalc.load("mobilenet", alpha=0.5).settings(" ")
        'alpha=0.5 res=224 classes=1000 body=separable'
        """
        return separator.join(f"{k}={show_value(v)}" for k, v in self.hyperparameters.items())

    def __repr__(self) -> str:
        return (
            f"<Network {self.name}({self.settings()}): {self.params:,} params,"
            f" {self.mult_adds:,} Mult-Adds, {self.memory_access:,} elements moved>"
        )


def load(
    reference: str | os.PathLike[str], /, *, convention: str | None = None, **hyperparameters: Any
) -> Network:
    """A built-in network by name, or one's own spec by path.

    Args:
        reference: a name ("mobilenet") or the path of a spec.
        convention: what is counted: as a tool does ("fvcore", "thop", …), as a file of your own
            says, or None for what the paper counts.
        hyperparameters: settings of the spec; floats mean the decimals that they print as. The
            others are at their defaults.

    Returns:
        The network with its costs.

    Raises:
        CostcalcError: for what is no network or no setting of it; where a spec is wrong it is
            a `SpecError`, with file, line and column.

    >>> costcalc.load("mobilenet", alpha=0.5, res=160).mult_adds
    76524800
    """
    return Network(load_spec(reference), hyperparameters, read_convention(convention))


def of_graph(graph: Graph) -> Network:
    """The network of a graph that is built already, run and counted as its spec says."""
    network = Network.__new__(Network)
    network._set(graph, DEFAULT)
    network.counted = None
    return network


def read_convention(reference: str | None) -> Convention | None:
    """The convention of a name or path. Raises `CostcalcError` for what is none."""
    if reference is None:
        return None
    reference = as_text(reference)
    from costcalc.conventions.reading import load_convention

    return load_convention(reference)


def parse_reference(
    text: str,
    convention: Convention | None = None,
    execution: Execution = DEFAULT,
    settings: Mapping[str, Any] | None = None,
) -> Network:
    """The network a reference names: `mobilenet`, `mobilenet:alpha=0.5,res=160`, a path.

    `settings` are further ones, for what the reference leaves open.

    Raises `CostcalcError` for what is no network or no setting of it.
    """
    name, values = split_reference(text)
    return Network(load_spec(name), {**(settings or {}), **values}, convention, execution)
