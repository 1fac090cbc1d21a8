"""What `explain` shows."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from costcalc.claims.ledger import Ledger
from costcalc.explain.derivation import Derivation
from costcalc.explain.separable import Pair
from costcalc.network import Network
from costcalc.report.document import Column, Document, Sheet
from costcalc.report.objects import SCHEMA_VERSION, summary_object
from costcalc.report.views import about, claims_sheet, header


def explain_document(network: Network, derivations: Sequence[Derivation]) -> Document:
    """One line a step; repeats of a row are told once."""
    columns = [
        Column("layer", "layer", once=True),
        Column("quantity", "quantity"),
        Column("formula", "formula"),
        Column("with numbers", "numbers"),
        Column("result", "result", "exact"),
    ]
    rows = []
    fused_ones = 0
    for derivation in derivations:
        steps = list(derivation.steps)
        if derivation.layer.fused and len(derivations) > 1:
            steps = [step for step in steps if step.quantity != "memory_access"]
            fused_ones += 1
        name = _names(derivation)
        rows += [[name, s.quantity, s.formula, s.numbers, s.result] for s in steps]
    total = network.totals
    notes = [
        f"{_params(network)} = {total.params:,} · Mult-Adds = {total.mult_adds:,}"
        f" · memory access = {total.memory_access:,} elements, over all layers"
    ]
    if fused_ones:
        notes.append("a normalisation or activation fused into the layer before moves no memory")
    return Document(header(network), [Sheet(columns, rows, notes=notes)], about(network))


def _params(network: Network) -> str:
    """What params are: a convention's cannot be said as a sum of facts."""
    if network.counted is None:
        return f"params = {' + '.join(network.spec.counts)}"
    return f"params, as {network.counted.convention.key} counts them"


def _names(derivation: Derivation) -> str:
    layer = derivation.layer
    times = f" {len(derivation.same) + 1}x" if derivation.same else ""
    return f"{layer.name} ({layer.type}){times}"


def explain_object(network: Network, derivations: Sequence[Derivation]) -> dict[str, Any]:
    """The derivations as data."""
    return {
        "schema_version": SCHEMA_VERSION,
        **summary_object(network),
        "layers": [
            {
                "name": d.layer.name,
                "op": d.layer.op,
                "type": d.layer.type,
                "same": list(d.same),
                "steps": [
                    {
                        "quantity": s.quantity,
                        "formula": s.formula,
                        "numbers": s.numbers,
                        "result": int(s.result),
                    }
                    for s in d.steps
                ],
            }
            for d in derivations
        ],
    }


def separable_document(network: Network, pairs: Sequence[Pair], claims: Ledger) -> Document:
    """Every depthwise + pointwise pair against the standard convolution."""
    columns = [
        Column("pair", "pair"),
        Column("Dk", "kernel"),
        Column("M", "in_channels", "count"),
        Column("N", "out_channels", "count"),
        Column("Df", "size"),
        Column("standard", "standard_mult_adds", "count"),
        Column("separable", "separable_mult_adds", "count"),
        Column("ratio", "ratio"),
        Column("1/N + 1/Dk²", "rule"),
        Column("", "equal"),
        Column("times less", "times_less", "ratio"),
    ]
    rows: list[list[Any]] = []
    for pair in pairs:
        n, k = pair.pointwise.output.c, pair.kernel
        rows.append(
            [
                f"{pair.depthwise.name} + {pair.pointwise.name}",
                str(k),
                pair.depthwise.input.c,
                n,
                f"{pair.depthwise.output.h}x{pair.depthwise.output.w}",
                pair.standard.mult_adds,
                pair.mult_adds,
                str(pair.ratio),
                f"1/{n} + 1/{k.h * k.w} = {pair.rule}",
                "equal" if pair.ratio == pair.rule else "differs",
                1 / pair.ratio,
            ]
        )
    sheets = [Sheet(columns, rows, "Mult-Adds of each depthwise separable convolution")]
    if pairs:
        standard = sum(pair.standard.mult_adds for pair in pairs)
        separable = sum(pair.mult_adds for pair in pairs)
        totals: dict[str, Any] = {
            "pair": "total",
            "standard_mult_adds": standard,
            "separable_mult_adds": separable,
            "times_less": Fraction(standard, separable),
        }
        sheets[0].totals = [totals.get(column.key) for column in columns]
        weights = sum(pair.standard.weights for pair in pairs)
        sheets[0].notes = [
            f"weights: standard {weights:,}, separable {sum(p.weights for p in pairs):,};"
            " each pair's weights have the same ratio"
        ]
    else:
        sheets[0].notes = ["no depthwise convolution is followed by a 1x1 convolution here"]
    if claims:
        sheets.append(
            claims_sheet(claims, "published for single layers, each in the configuration it names")
        )
    return Document(header(network), sheets, about(network))


def separable_object(network: Network, pairs: Sequence[Pair]) -> dict[str, Any]:
    """The pairs as data; ratios as exact fractions."""
    return {
        "schema_version": SCHEMA_VERSION,
        **summary_object(network),
        "pairs": [
            {
                "depthwise": p.depthwise.name,
                "pointwise": p.pointwise.name,
                "kernel": list(p.kernel),
                "in_channels": p.depthwise.input.c,
                "out_channels": p.pointwise.output.c,
                "output": list(p.pointwise.output),
                "standard": {"mult_adds": p.standard.mult_adds, "weights": p.standard.weights},
                "separable": {"mult_adds": p.mult_adds, "weights": p.weights},
                "ratio": str(p.ratio),
                "rule": str(p.rule),
                "equal": p.ratio == p.rule,
            }
            for p in pairs
        ],
    }
