"""Formulas that explain themselves: the operators' own code, run on symbols.

Nothing here knows a formula. A layer's operator is called again with symbols that carry the
layer's numbers; what it returns prints as a derivation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from costcalc.graph.build import build
from costcalc.graph.model import Layer
from costcalc.network import Network
from costcalc.numbers.dimensions import Kernel, Shape, is_one
from costcalc.numbers.symbol import Symbol, value_of
from costcalc.ops import Facts
from costcalc.ops.window import Sides

if TYPE_CHECKING:
    from costcalc.conventions.counting import Counted

_NAME = re.compile(r"[a-z_]+")
PARAMETERS = ("weights", "biases", "norm")
FACTS = (*PARAMETERS, "mult_adds")


@dataclass(frozen=True, slots=True)
class Step:
    """One line: a quantity, its formula in symbols, the same with numbers, the result."""

    quantity: str
    formula: str
    numbers: str
    result: Any


@dataclass(frozen=True, slots=True)
class Derivation:
    """How one layer comes to its costs; `same` are later layers with the very same steps."""

    layer: Layer
    steps: tuple[Step, ...]
    same: tuple[str, ...] = ()


def _named(name: str, value: Any) -> Any:
    """A hyperparameter as a symbol of its name; words and truth values decide, and stay."""
    if isinstance(value, tuple):
        return tuple(_named(f"{name}[{i}]", one) for i, one in enumerate(value, 1))
    return value if isinstance(value, str | bool) else Symbol.named(name, value)


def derive(network: Network, layers: Iterable[Layer]) -> list[Derivation]:
    """The derivations of these layers, repeats of the same steps in one row told once."""
    traced = build(
        network.spec,
        {name: _named(name, value) for name, value in network.hyperparameters.items()},
    )
    of_layer = {
        id(layer): trace for layer, trace in zip(network.layers, traced.layers, strict=True)
    }
    found: dict[Any, list[Layer]] = {}
    costs: dict[Any, tuple[Step, ...]] = {}
    for layer in layers:
        same = (layer.op, layer.input_shapes, *layer.arguments.items(), layer.fused)
        if same not in costs:
            costs[same] = tuple(_costs(layer))
        steps = (
            *_arguments(of_layer[id(layer)]),
            *costs[same],
            *_held(layer),
            *(_rules(network.counted, layer) if network.counted is not None else ()),
        )
        key = (layer.row, layer.op, layer.name if layer.row == layer.block else "", steps)
        found.setdefault(key, []).append(layer)
    return [
        Derivation(first, steps, tuple(layer.name for layer in later))
        for (*_, steps), (first, *later) in found.items()
    ]


def _arguments(trace: Layer) -> Iterable[Step]:
    """How arguments follow from hyperparameters, where they do."""
    for name, value in trace.arguments.items():
        parts = (
            {f"{name}_h": value.h, f"{name}_w": value.w}
            if isinstance(value, Kernel)
            else {name: value}
        )
        for part, number in parts.items():
            if isinstance(number, Symbol):
                definition = number.definition()
                if isinstance(definition, Symbol):
                    yield Step(part, definition.expanded(), definition.numbers(True), number.value)


def _costs(layer: Layer) -> Iterable[Step]:
    """The operator run on symbols named after its inputs and arguments."""
    output, facts = run_on_symbols(layer)
    named = {}
    for result in (*output, facts.weights, facts.mult_adds):
        if isinstance(result, Symbol):
            named.update({str(symbol): symbol for symbol in result.names()})
    for name, symbol in named.items():
        definition = symbol.definition()
        if isinstance(definition, Symbol) and str(definition) != name:
            yield Step(name, str(definition), definition.numbers(), symbol.value)
    for fact in FACTS:
        value = getattr(facts, fact)
        if fact not in named and not (isinstance(value, int) and value == 0):
            yield _step(fact, value)
    moved = facts.reads + facts.writes
    if layer.fused:
        yield Step("memory_access", f"fused into the layer before; by itself {moved}", "0", 0)
    elif isinstance(moved, int):
        yield Step("memory_access", "a view: nothing moves", "0", 0)
    else:
        yield _step("memory_access", moved)


def _held(layer: Layer) -> Iterable[Step]:
    """Which of its parameters a layer is counted with, where these are not all that it uses."""
    used = layer.operator.of(*layer.input_shapes, **layer.arguments)[1]
    for fact in PARAMETERS:
        whole, held = getattr(used, fact), getattr(layer.facts, fact)
        if whole == held:
            continue
        those = "buffers" if layer.buffers and layer.shares is None else "those of another layer"
        numbers = f"{whole} - {whole - held}"
        yield Step(f"{fact} counted", f"{fact} less {those}", numbers, held)


def _rules(counted: Counted, layer: Layer) -> Iterable[Step]:
    """What the network's convention makes of the layer's facts."""
    cost = counted.by_layer[id(layer)]
    for figure, cell in (cost.rule.costs if cost.rule is not None else {}).items():
        name = f"{counted.convention.key} {figure}"
        numbers = _NAME.sub(lambda found: str(cost.facts.get(found[0], found[0])), cell.text)
        formula = cell.text
        if not is_one(cost.facts.times):
            formula, numbers = f"n * ({formula})", f"{cost.facts.times} * ({numbers})"
        yield Step(name, formula, numbers, cost.figures[figure])


def run_on_symbols(layer: Layer) -> tuple[Shape, Facts]:
    """The shape and facts of a layer as formulas in h, w, c and its arguments' names."""
    many = len(layer.input_shapes) > 1
    shapes = [
        Shape(
            *(
                Symbol.named(f"{axis}_{i}" if many else axis, size)
                for axis, size in zip("hwcn", shape, strict=False)  # of one map there is no n
            )
        )
        for i, shape in enumerate(layer.input_shapes, start=1)
    ]
    arguments = {name: _symbolic(name, value) for name, value in layer.arguments.items()}
    return layer.operator.of(*shapes, **arguments)


def _symbolic(name: str, value: Any) -> Any:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, Sides):
        return Sides(*(_symbolic(f"{name}_{side}", n) for side, n in value._asdict().items()))
    if isinstance(value, Kernel):
        return Kernel(_symbolic(f"{name}_h", value.h), _symbolic(f"{name}_w", value.w))
    return Symbol.named(name, value)


def _step(quantity: str, value: Any) -> Step:
    return Step(quantity, str(value), _numbers(value), value_of(value))


def _numbers(value: Any) -> str:
    return value.numbers() if isinstance(value, Symbol) else str(value)
