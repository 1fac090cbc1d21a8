"""What an operator is: a function whose signature is its schema.

`@op` registers the function under its own name in `OPERATORS`. Its keyword-only arguments are
the columns a spec may write for it, their annotations say how a cell is read, their defaults
are the operator's, and the docstring is its page in docs/ops.md.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from costcalc.numbers.dimensions import Dim, Shape
from costcalc.records import NamedTuple

Result = tuple[Shape, "Facts"]
REQUIRED = inspect.Parameter.empty


class Facts(NamedTuple):
    """What one layer costs for one example. Opinions (what counts as "params") come later.

    `weights` and `biases` are those of convolutions and fully connected layers, and trained
    numbers that are no layer's (class tokens, position embeddings); `norm` the trained scales,
    shifts and slopes of a channel; `buffers` what is stored and no parameter: its running means and
    variances, and `weight_buffers` and `bias_buffers`, which stand in for weights and biases, as
    the filter of a blur does; `mult_adds` the multiply-adds of activations with weights and with
    one another, of which the latter are `products`; `reads` and `writes` elements moved, weights
    included; `shared` those among `reads` that are parameters of another layer; `scratch` elements
    in memory only while it runs, written and read once; `elementwise` the other arithmetic by kind
    (add, mul, max, div, exp, ...).
    """

    weights: Dim = 0
    biases: Dim = 0
    norm: Dim = 0
    buffers: Dim = 0
    weight_buffers: Dim = 0
    bias_buffers: Dim = 0
    mult_adds: Dim = 0
    products: Dim = 0
    reads: Dim = 0
    writes: Dim = 0
    shared: Dim = 0
    scratch: Dim = 0
    elementwise: Mapping[str, Dim] = MappingProxyType({})

    @property
    def parameters_read(self) -> Dim:
        """What is stored among `reads`: once for all examples of a batch, and in its own type."""
        return self.weights + self.weight_buffers + self.norm + self.shared

    @property
    def moves_only(self) -> bool:
        """Whether nothing is computed and no parameter stored: elements move, at the most."""
        counts = (self.weights, self.biases, self.norm, self.buffers, self.mult_adds)
        return not self.elementwise and all(type(n) is int and n == 0 for n in counts)

    def without_scratch(self) -> Facts:
        """The same where what is needed only in between is never written out."""
        reads, writes = self.reads - self.scratch, self.writes - self.scratch
        return self._replace(reads=reads, writes=writes, scratch=0)

    def times(self, n: Dim, single: Dim = 0) -> Facts:
        """Those of n examples: parameters, and `single` elements beside them, are read once."""

        def of_all(count: Dim) -> Dim:
            return count if type(count) is int and count == 0 else n * count

        once = self.parameters_read + single
        return self._replace(
            mult_adds=of_all(self.mult_adds),
            products=of_all(self.products),
            reads=of_all(self.reads - once) + once,
            writes=of_all(self.writes),
            scratch=of_all(self.scratch),
            elementwise={kind: n * count for kind, count in self.elementwise.items()},
        )

    def with_shared_parameters(self) -> Facts:
        """The same where another layer owns the parameters: read as ever, stored there."""
        return self._replace(**NOT_STORED, shared=self.parameters_read)

    def with_buffers(self, weights: Fraction, biases: Fraction) -> Facts:
        """The same where these shares of weights and biases are no parameters, rounded down."""
        of_weights, of_biases = _part(self.weights, weights), _part(self.biases, biases)
        return self._replace(
            weights=self.weights - of_weights,
            biases=self.biases - of_biases,
            buffers=self.buffers + of_weights + of_biases,
            weight_buffers=of_weights,
            bias_buffers=of_biases,
        )

    def where(self, present: Dim) -> Facts:
        """The same times 1 or 0: nothing where the layer is not."""
        counts = {
            name: present * count
            for name, count in zip(self._fields[:-1], self, strict=False)
            if type(count) is not int or count  # most are 0, and stay so
        }
        kinds = {kind: present * count for kind, count in self.elementwise.items()}
        return self._replace(**counts, elementwise=kinds)


NOT_STORED: Mapping[str, Any] = dict.fromkeys(
    ("weights", "biases", "norm", "buffers", "weight_buffers", "bias_buffers"), 0
)
"""The facts of a layer that stores nothing."""


def _part(count: Dim, share: Fraction) -> Dim:
    return count * share.numerator // share.denominator


class Argument(NamedTuple):
    """One column of an operator: how its cell is read, and its default."""

    name: str
    kind: str
    default: Any

    @property
    def required(self) -> bool:
        """Whether a spec must write it."""
        return self.default is REQUIRED


class Operator(NamedTuple):
    """A registered operator: `run(x, **arguments)` (a join: `run(*xs)`) gives shape and facts.

    `inputs` is how many tensors it takes, None for any number: all but those of one are joins. It
    may take so many more as are `optional`.
    `weighted` operators carry weights and may be followed by the columns `norm` and `act`;
    `pointwise` ones change no shape and fuse into a weighted layer before them. An operator is run
    for each of several maps alone, unless it looks at them `together`. Into the weights of a
    `nonlinear` one no norm behind it can be folded.
    One that `moves` elements, or looks at them as another shape, computes nothing and has no
    parameters. A `source` reads no tensor, whatever stands before it.
    """

    name: str
    run: Callable[..., Result]
    label: str
    arguments: Mapping[str, Argument]
    weighted: bool
    pointwise: bool
    inputs: int | None = 1
    optional: int = 0
    together: bool = False
    moves: bool = False
    source: bool = False
    nonlinear: bool = False

    def of(self, *shapes: Shape, **arguments: Any) -> Result:
        """Shape and facts of these tensors, however many maps each is."""
        if not self.together:
            for shape in shapes:
                if not shape.is_one_map:
                    from costcalc.ops.each import of_each

                    return of_each(self.run, shapes, arguments)
        return self.run(*shapes, **arguments)

    @property
    def join(self) -> bool:
        """Whether it takes the outputs of branches."""
        return self.inputs != 1

    def describe(self, arguments: Mapping[str, Any]) -> str:
        """The layer's type as a paper's table names it: "Conv DW 3x3", "Group Conv 1x1"."""
        group = "Group " if self.weighted and arguments.get("g", 1) != 1 else ""
        named = _named(self.label)
        values = {name: arguments.get(name, self.arguments[name].default) for name in named}
        return group + (self.label.format(**values) if named else self.label)


@functools.cache
def _named(label: str) -> tuple[str, ...]:
    """The arguments in a label's braces."""
    return tuple(re.findall(r"\{(\w+)\}", label))


OPERATORS: dict[str, Operator] = {}


def op(
    label: str,
    *,
    weighted: bool = False,
    pointwise: bool = False,
    together: bool = False,
    moves: bool = False,
    source: bool = False,
    nonlinear: bool = False,
) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Register an operator; `label` names its type, with its arguments in braces.

    What is `together` is given all maps of a tensor, and says how many come out. What `moves`
    elements, or looks at them as another shape, computes nothing and has no parameters. A `source`
    reads no tensor. A `nonlinear` one has activations inside, behind its weights.
    """

    def register(function: Callable[..., Result]) -> Callable[..., Result]:
        parameters = inspect.signature(function).parameters.values()
        any_number = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        named = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        required = sum(p.default is REQUIRED for p in named)
        name = function.__name__.rstrip("_")
        if name in OPERATORS:
            raise ValueError(f"there is an operator '{name}' already")
        OPERATORS[name] = Operator(
            name=name,
            run=function,
            label=label,
            arguments={
                p.name: Argument(p.name, str(p.annotation).removesuffix(" | None"), p.default)
                for p in parameters
                if p.kind is p.KEYWORD_ONLY
            },
            weighted=weighted,
            pointwise=pointwise,
            inputs=None if any_number else required,
            optional=len(named) - required,
            together=together,
            moves=moves,
            source=source,
            nonlinear=nonlinear,
        )
        return function

    return register
