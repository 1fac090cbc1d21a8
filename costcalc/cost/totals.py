"""Sums of facts, and the convention that says which of them are called params."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from costcalc.graph.model import Layer
from costcalc.numbers.dimensions import Dim, add_up
from costcalc.numbers.symbol import value_of
from costcalc.records import NamedTuple


class Totals(NamedTuple):
    """What some layers cost together, for one example; memory access in elements."""

    params: Dim
    weights: Dim
    biases: Dim
    norm: Dim
    mult_adds: Dim
    memory_access: Dim


METRICS = Totals._fields


def total(layers: Iterable[Layer], counts: tuple[str, ...]) -> Totals:
    """The sums over layers; `counts` lists the facts that are called params."""
    layers = list(layers)
    if len(layers) == 1:  # of a deep network one by one, nothing is to be added up
        (layer,) = layers
        own = layer.facts
        params = add_up(getattr(own, fact) for fact in counts)
        rest = own.weights, own.biases, own.norm, own.mult_adds, layer.memory_access
        return Totals(params, *rest)
    return Totals(*(add_up_one(metric, layers, counts) for metric in METRICS))


def each(layers: Sequence[Layer], counts: tuple[str, ...]) -> Totals:
    """What each of the layers costs: a column of every metric, for views of very many layers."""
    facts = [layer.facts for layer in layers]
    params: list[Dim] = [0] * len(facts)
    for fact in counts:
        params = [so_far + getattr(own, fact) for so_far, own in zip(params, facts, strict=True)]
    plain = {metric: [getattr(own, metric) for own in facts] for metric in METRICS[1:-1]}
    return Totals(params, **plain, memory_access=[layer.memory_access for layer in layers])


def add_up_one(metric: str, layers: Sequence[Layer], counts: tuple[str, ...]) -> Dim:
    """The sum of one metric over layers."""
    if metric == "params":
        return add_up(getattr(layer.facts, fact) for layer in layers for fact in counts)
    if metric == "memory_access":
        return add_up(layer.memory_access for layer in layers)
    return add_up(getattr(layer.facts, metric) for layer in layers)


def describe(counts: tuple[str, ...], layers: Iterable[Layer]) -> str:
    """What is counted of layers without a tool's convention, in words for a header."""
    have_products = any(value_of(layer.facts.products) for layer in layers)
    products = ", fully connected and matrix products" if have_products else " and fully connected"
    return f"params = {' + '.join(counts)}; Mult-Adds of convolutions{products}"
