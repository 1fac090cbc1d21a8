"""Sums of facts, and the convention that says which of them are called params."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from costcalc.dimensions import Dim, add_up
from costcalc.graph.model import Layer


class Totals(NamedTuple):
    """What some layers cost together, for one example; memory access in elements."""

    params: Dim
    weights: Dim
    biases: Dim
    norm: Dim
    mult_adds: Dim
    memory_access: Dim


METRICS = Totals._fields
FACTS = ("weights", "biases", "norm", "mult_adds")
"""What is a sum of the operators' own facts."""


def total(layers: Iterable[Layer], counts: tuple[str, ...]) -> Totals:
    """The sums over layers; `counts` lists the facts that are called params."""
    layers = list(layers)
    weights, biases, norm, mult_adds = (
        add_up(getattr(layer.facts, fact) for layer in layers) for fact in FACTS
    )
    called = {"weights": weights, "biases": biases, "norm": norm}
    params = sum(called[fact] for fact in counts)
    memory_access = add_up(layer.memory_access for layer in layers)
    return Totals(params, weights, biases, norm, mult_adds, memory_access)


def describe(counts: tuple[str, ...]) -> str:
    """The convention in words, for a header."""
    return "params = " + " + ".join(counts) + "; Mult-Adds of convolutions and fully connected"
