"""What `compare` shows."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from costcalc.graph.execution import runs
from costcalc.network import Network
from costcalc.report.document import Column, For, share
from costcalc.report.network import (
    MOVED,
    cost_heads,
    moved,
    network_object,
    references,
    run_facts,
    shapes,
)
from costcalc.report.result import Fact, Result, Table


def compare_result(
    networks: Sequence[Network],
    reported: Sequence[dict[str, Fraction]],
    first: Network,
    shown: Sequence[str] = (),
) -> Result:
    """Networks side by side: costs, ratios to `first`, accuracy where the paper reports it.

    `reported` has for each network what its source reports of it, in percent; `shown` are keys of
    `MOVED`.
    """
    costs = cost_heads(networks[0])
    accuracies = [_accuracy(found) for found in reported]
    has_accuracy = any(value is not None for value in accuracies)
    columns = [Column("network", "network"), Column("input", "input", spare=True)]
    for key, head in costs.items():
        columns += [Column(head, key, "count"), Column("ratio", f"{key}_ratio", "ratio", "dim")]
    columns += [MOVED[key] for key in shown]
    columns += [Column("accuracy %", "accuracy", "decimal")] if has_accuracy else []

    called = references(networks)
    to = called[[*networks].index(first)]

    def row(name: str, network: Network, accuracy: Fraction | None) -> dict[str, Any]:
        totals = network.totals._asdict()
        return {
            "network": name,
            "input": shapes(network.inputs),
            "accuracy": accuracy,
            **totals,
            **{f"{k}_ratio": share(totals[k], getattr(first.totals, k)) for k in costs},
            **(moved(network, network.layers, network.mult_adds) if shown else {}),
        }

    ran = {name: network.execution for name, network in zip(called, networks, strict=True)}
    models = (
        {**network_object(network), "reported": found}
        for network, found in zip(networks, reported, strict=True)
    )
    return Result(
        [
            "Comparison",
            f"{runs(ran)} · memory access in elements · ratios to {to}",
            _conventions(networks, called),
        ],
        [Table(columns, map(row, called, networks, accuracies), seen=For.TABLES)],
        [
            *(fact._replace(seen=For.CSV) for fact in run_facts(first)),
            Fact("convention", networks[0].convention, For.CSV),
            Fact("models", models, For.JSON),
        ],
    )


def _conventions(networks: Sequence[Network], called: Sequence[str]) -> str:
    """The convention; if it is the papers', what each calls params, those that agree together."""
    if networks[0].counted is not None:
        return networks[0].convention_label
    counted: dict[str, dict[str, None]] = {}
    for network, name in zip(networks, called, strict=True):
        counted.setdefault(" + ".join(network.spec.counts), {})[name.partition(":")[0]] = None
    if len(counted) == 1:
        return f"convention paper: params = {next(iter(counted))}"
    return "convention paper: " + "; ".join(
        f"params of {', '.join(who)} = {what}" for what, who in counted.items()
    )


def _accuracy(found: dict[str, Fraction]) -> Fraction | None:
    """Top-1 accuracy in percent; papers that print the error print 100 minus it."""
    if "accuracy" in found:
        return found["accuracy"]
    return 100 - found["error"] if "error" in found else None
