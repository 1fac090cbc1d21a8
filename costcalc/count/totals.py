"""Sums of facts, and the convention that says which of them are called params."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from costcalc.dimensions import Dim
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


def total(layers: Iterable[Layer], counts: tuple[str, ...]) -> Totals:
    """The sums over layers; `counts` lists the facts that are called params."""
    weights = biases = norm = mult_adds = memory_access = 0
    for layer in layers:
        facts = layer.facts
        weights = weights + facts.weights
        biases = biases + facts.biases
        norm = norm + facts.norm
        mult_adds = mult_adds + facts.mult_adds
        memory_access = memory_access + layer.memory_access
    called = {"weights": weights, "biases": biases, "norm": norm}
    params = sum(called[fact] for fact in counts)
    return Totals(params, weights, biases, norm, mult_adds, memory_access)


def describe(counts: tuple[str, ...]) -> str:
    """The convention in words, for a header."""
    return "params = " + " + ".join(counts) + "; Mult-Adds of convolutions and fully connected"
