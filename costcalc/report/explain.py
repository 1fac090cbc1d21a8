"""What `explain` shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from costcalc.claims.ledger import Ledger
from costcalc.explain.derivation import Derivation
from costcalc.explain.separable import Pair
from costcalc.network import Network
from costcalc.report.claims import claims_table
from costcalc.report.document import Column, For
from costcalc.report.network import header, network_facts
from costcalc.report.result import Fact, Result, Table, only

STEP = [
    Column("layer", "layer", once=True, seen=For.TABLES),
    Column("quantity", "quantity"),
    Column("formula", "formula"),
    Column("with numbers", "numbers"),
    Column("result", "result", "exact"),
]


def explain_result(network: Network, derivations: Sequence[Derivation]) -> Result:
    """One line a step; repeats of a row are told once. JSON has the steps layer by layer."""
    alone = len(derivations) == 1
    total = network.totals
    notes = [
        f"{_params(network)} = {total.params:,} · Mult-Adds = {total.mult_adds:,}"
        f" · memory access = {total.memory_access:,} elements, over all layers"
    ]
    if not alone and any(derivation.layer.fused for derivation in derivations):
        notes.append("a normalisation or activation fused into the layer before moves no memory")

    def rows() -> Iterator[dict[str, Any]]:
        for derivation in derivations:
            moves_nothing = derivation.layer.fused and not alone
            for step in steps_of(derivation):
                if step["quantity"] != "memory_access" or not moves_nothing:
                    yield step

    layers = (
        {
            "name": derivation.layer.name,
            "op": derivation.layer.op,
            "type": derivation.layer.type,
            "same": derivation.same,
            "steps": Table(STEP, steps_of(derivation)).records(),
        }
        for derivation in derivations
    )
    return Result(
        header(network),
        [Table(STEP, rows(), notes=notes, seen=For.TABLES)],
        [*network_facts(network), Fact("layers", layers, For.JSON)],
    )


def _params(network: Network) -> str:
    """What params are: a convention's cannot be said as a sum of facts."""
    if network.counted is None:
        return f"params = {' + '.join(network.spec.counts)}"
    return f"params, as {network.counted.convention.key} counts them"


def steps_of(derivation: Derivation) -> Iterator[dict[str, Any]]:
    """The steps of a derivation, by the keys of `STEP`."""
    layer = derivation.layer
    times = f" {len(derivation.same) + 1}x" if derivation.same else ""
    for step in derivation.steps:
        yield {
            "layer": f"{layer.name} ({layer.type}){times}",
            "quantity": step.quantity,
            "formula": step.formula,
            "numbers": step.numbers,
            "result": step.result,
        }


def separable_result(network: Network, pairs: Sequence[Pair], claims: Ledger) -> Result:
    """Every depthwise + pointwise pair against the standard convolution; ratios are exact."""
    columns = [
        Column("pair", "pair", seen=For.TABLES),
        *only(For.JSON, "depthwise", "pointwise"),
        Column("Dk", "kernel"),
        Column("M", "in_channels", "count"),
        Column("N", "out_channels", "count"),
        Column("Df", "size", seen=For.TABLES),
        *only(For.JSON, "output"),
        Column("standard", "standard_mult_adds", "count", seen=For.TABLES),
        Column("separable", "separable_mult_adds", "count", seen=For.TABLES),
        *only(For.JSON, "standard", "separable"),
        Column("ratio", "ratio"),
        Column("1/N + 1/Dk²", "rule", seen=For.TABLES),
        Column("", "bare_rule", seen=For.JSON, json="rule"),
        Column("", "equal", seen=For.TABLES),
        Column("", "is_equal", seen=For.JSON, json="equal"),
        Column("times less", "times_less", "ratio", seen=For.TABLES),
    ]
    total = None
    note = "no depthwise convolution is followed by a 1x1 convolution here"
    if pairs:
        standard = sum(pair.standard.mult_adds for pair in pairs)
        separable = sum(pair.mult_adds for pair in pairs)
        total = {
            "pair": "total",
            "standard_mult_adds": standard,
            "separable_mult_adds": separable,
            "times_less": Fraction(standard, separable),
        }
        weights = sum(pair.standard.weights for pair in pairs)
        note = (
            f"weights: standard {weights:,}, separable {sum(p.weights for p in pairs):,};"
            " each pair's weights have the same ratio"
        )
    heading = "Mult-Adds of each depthwise separable convolution"
    table = Table(columns, map(_pair, pairs), "pairs", heading, total, [note])
    title = "published for single layers, each in the configuration it names"
    published = [claims_table(claims, title)] if claims else []
    return Result(header(network), [table, *published], network_facts(network))


def _pair(pair: Pair) -> dict[str, Any]:
    n, k = pair.pointwise.output.c, pair.kernel
    return {
        "pair": f"{pair.depthwise.name} + {pair.pointwise.name}",
        "depthwise": pair.depthwise.name,
        "pointwise": pair.pointwise.name,
        "kernel": k,
        "in_channels": pair.depthwise.input.c,
        "out_channels": n,
        "size": f"{pair.depthwise.output.h}x{pair.depthwise.output.w}",
        "output": pair.pointwise.output,
        "standard_mult_adds": pair.standard.mult_adds,
        "separable_mult_adds": pair.mult_adds,
        "standard": {"mult_adds": pair.standard.mult_adds, "weights": pair.standard.weights},
        "separable": {"mult_adds": pair.mult_adds, "weights": pair.weights},
        "ratio": str(pair.ratio),
        "rule": f"1/{n} + 1/{k.h * k.w} = {pair.rule}",
        "bare_rule": str(pair.rule),
        "equal": "equal" if pair.ratio == pair.rule else "differs",
        "is_equal": pair.ratio == pair.rule,
        "times_less": 1 / pair.ratio,
    }
