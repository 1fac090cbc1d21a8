"""The layer graph: what a spec becomes once its hyperparameters have values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from costcalc.language.model import Join, Row
from costcalc.language.spec import Spec
from costcalc.numbers.dimensions import Dim, Shape, is_one
from costcalc.ops import Facts, Operator
from costcalc.records import NamedTuple

INPUT = -1
"""The index of the network's first input where a layer names its inputs; others are -2, -3, …"""


class Bypass(NamedTuple):
    """What passes by a step: where the array `here` is 0, its output is that of another `layer`.

    That is an index, as layers name their inputs. `present` is what the step's layers have.
    """

    layer: int
    here: Any
    present: Any


class OptionalStep(NamedTuple):
    """A step that not all configurations of an array have: where it is `present`, as its layers
    have it, and where the one that it is in is (None: everywhere)."""

    present: Any
    outer: Any


class Layer(NamedTuple):
    """One operator at its place.

    Shapes are height x width x channels in elements, for one example. `inputs` are indices of
    layers (negative ones of the network's inputs, from INPUT down). `form` is how a framework's
    implementation writes the layer, where a tool that counts it cares: "module", "functional",
    "mean", ... A layer is `fused` if it is a normalisation or activation of a convolution's output
    that nothing else reads: it then moves no memory (an array says where that is). `shares` are the
    facts of a layer that uses another one's parameters as if they were its own, None where they
    are. `present` is 1 in those configurations of an array that have the layer and 0 in the others,
    None where all have it; what comes out of a step that some do not have has a `bypass`. Of its
    weights and of its biases these shares are `buffers`, if any: stored, and no parameters.
    """

    name: str
    operator: Operator
    arguments: Mapping[str, Any]
    inputs: tuple[int, ...]
    input_shapes: tuple[Shape, ...]
    output: Shape
    facts: Facts
    row: str
    block: str
    keep: Any = 1
    bits: Any = 32
    bias_bits: Any = 32
    form: str = "module"
    fused: Any = False
    follows: int | None = None
    shares: Facts | None = None
    present: Any = None
    bypass: Bypass | None = None
    buffers: Sequence[Fraction] = ()

    @property
    def op(self) -> str:
        """The operator's name."""
        return self.operator.name

    @property
    def alike(self) -> tuple[int, int, str]:
        """What is equal for layers that are alike to whoever counts: they differ in their place."""
        return id(self.arguments), id(self.facts), self.form

    @property
    def type(self) -> str:
        """The kind of layer as a paper's table names it, such as "Conv DW 3x3"."""
        name = self.operator.describe(self.arguments)
        return f"{name} (broadcast)" if self.broadcasts else name

    @property
    def broadcasts(self) -> bool:
        """Whether element-wise arithmetic repeats an input along an axis, as a gate's."""
        return self.op in ("add", "mul") and any(
            is_one(own) and not is_one(size)
            for shape in self.input_shapes
            for own, size in zip(shape.all, self.output.all, strict=True)
        )

    @property
    def input(self) -> Shape:
        """The shape of the (first) input."""
        return self.input_shapes[0]

    @property
    def times(self) -> Dim:
        """How many maps it runs on, one by one."""
        return 1 if self.operator.together else self.output.n

    def of_one(self) -> Layer:
        """The same of one of the maps."""
        shapes = tuple(shape._replace(n=1) for shape in self.input_shapes)
        output, facts = self.operator.run(*shapes, **self.arguments)
        if self.buffers:
            facts = facts.with_buffers(*self.buffers)
        return self._replace(input_shapes=shapes, output=output, facts=facts, shares=None)

    @property
    def weights(self) -> Dim:
        """Weights of a convolution or fully connected layer."""
        return self.facts.weights

    @property
    def biases(self) -> Dim:
        """Biases of a convolution or fully connected layer."""
        return self.facts.biases

    @property
    def norm(self) -> Dim:
        """Trainable scale and shift of a normalisation."""
        return self.facts.norm

    @property
    def mult_adds(self) -> Dim:
        """Multiply-adds of weights with activations."""
        return self.facts.mult_adds

    @property
    def memory_access(self) -> Dim:
        """Elements read and written, weights included (ShuffleNet v2, arXiv:1807.11164, eq. 1)."""
        return self._unless_fused(self.facts.reads + self.facts.writes)

    @property
    def weights_read(self) -> Dim:
        """Elements of memory access that are weights or an unfused layer's norm parameters."""
        return self._unless_fused(self.facts.parameters_read)

    def _unless_fused(self, count: Dim) -> Dim:
        if self.fused is False:
            return count
        return 0 if self.fused is True else (1 - self.fused) * count

    @property
    def is_view(self) -> bool:
        """Whether it moves nothing: its output is a part of its input, or all of it."""
        return not self.facts.reads and not self.facts.writes

    @property
    def runs(self) -> Dim:
        """1 where it is a step of its own, 0 in configurations of an array where it is not."""
        own = 1 if self.fused is False else 1 - self.fused
        return own if self.present is None else self.present * own

    @property
    def pruned(self) -> Dim:
        """Weights kept by pruning, rounded up, and all biases."""
        from costcalc.numbers.dimensions import ceil

        return ceil(self.facts.weights * self.keep) + self.facts.biases


class ExpandedRow:
    """A row of the paper's table, and the layers it became."""

    def __init__(self, name: str, row: Row | Join, begins: Shape) -> None:
        self.name, self.row = name, row
        self.layers: list[int] = []
        self.times = 0
        self.input, self.output = begins, begins

    @property
    def op(self) -> str:
        """The operator or block the row calls."""
        return self.row.operation.text


class Graph:
    """Layers in execution order; every layer comes after its inputs.

    `inputs` are the shapes of the network's inputs by name, in the spec's order; `outputs` the
    indices of the layers (or inputs) whose outputs the network hands out, likewise. `optional`
    are the steps that not all configurations of an array have.
    """

    def __init__(
        self,
        spec: Spec,
        hyperparameters: Mapping[str, Any],
        inputs: Mapping[str, Shape],
        layers: list[Layer],
        rows: list[ExpandedRow],
        outputs: Mapping[str, int],
        optional: Sequence[OptionalStep] = (),
    ) -> None:
        self.spec, self.hyperparameters = spec, hyperparameters
        self.inputs, self.outputs = inputs, outputs
        self.layers, self.rows, self.optional = layers, rows, optional

    def of(self, layers: list[Layer]) -> Graph:
        """The same graph of other layers, each in the place of its like."""
        around = self.spec, self.hyperparameters, self.inputs
        return Graph(*around, layers, self.rows, self.outputs, self.optional)

    @property
    def input(self) -> Shape:
        """The (first) input."""
        return next(iter(self.inputs.values()))

    def shape(self, index: int) -> Shape:
        """The shape of a layer's output, or of an input."""
        return list(self.inputs.values())[INPUT - index] if index < 0 else self.layers[index].output
