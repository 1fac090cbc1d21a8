"""What `list` shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Hyperparameter, Spec
from costcalc.language.settings import plain
from costcalc.network import Network
from costcalc.report.document import Column, For
from costcalc.report.network import cost_heads
from costcalc.report.result import Result, Table, only


def list_result(networks: Sequence[tuple[Spec, Network]]) -> Result:
    """Every built-in network: paper, hyperparameters, costs at the defaults."""
    first = networks[0][1]
    costs = {key: head for key, head in cost_heads(first).items() if key != "memory_access"}
    columns = [
        Column("year", "year"),
        Column("paper", "paper"),
        Column("network", "network", json="model"),
        Column("hyperparameters", "hyperparameters", seen=For.TABLES),
        *(Column(head, key, "count", seen=For.TABLES) for key, head in costs.items()),
        *only(For.JSON, "name"),
        Column("", "parameters", seen=For.JSON, json="hyperparameters"),
        *only(For.JSON, "totals"),
    ]
    label = "convention paper" if first.counted is None else first.convention_label
    return Result(
        ["Built-in networks", f"costs at the default hyperparameters (*), {label}"],
        [Table(columns, (_row(spec, network) for spec, network in networks), "models")],
    )


def _row(spec: Spec, network: Network) -> dict[str, Any]:
    parameters = spec.hyperparameters.values()
    totals = network.totals._asdict()
    return {
        "year": spec.year,
        "paper": spec.paper,
        "network": spec.key,
        "hyperparameters": " ".join(f"--{p.name} {_values(p)}" for p in parameters),
        **totals,
        "name": spec.name,
        "parameters": {p.name: _parameter(p) for p in parameters},
        "totals": totals,
    }


def _values(parameter: Hyperparameter) -> str:
    """The values a hyperparameter takes, in short, the default marked."""
    if parameter.choices:
        return "|".join(
            f"{show_value(c)}*" if c == parameter.default else show_value(c)
            for c in parameter.choices
        )
    return f"{show_value(parameter.default)}*" + (f" (by {parameter.by})" if parameter.by else "")


def _parameter(parameter: Hyperparameter) -> dict[str, Any]:
    """A hyperparameter in JSON."""
    by = {show_value(value): plain(default) for value, default in parameter.defaults.items()}
    return {
        "default": plain(parameter.default),
        "by": {parameter.by: by} if parameter.by else {},
        "help": parameter.help,
        "choices": [plain(choice) for choice in parameter.choices],
        "min": None if parameter.min is None else plain(parameter.min),
        "max": None if parameter.max is None else plain(parameter.max),
    }
