"""What `list` shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Hyperparameter
from costcalc.language.settings import changed, plain
from costcalc.language.spec import TASKS, Spec
from costcalc.network import Network
from costcalc.report.document import Column, For, plural
from costcalc.report.network import cost_heads
from costcalc.report.result import Fact, Result, Table, only


def list_result(networks: Iterable[Network]) -> Result:
    """Built-in networks by task and family, with their costs at the defaults.

    Data has a line a network, with its paper and its hyperparameters. None is kept longer than
    it takes to make that line.
    """
    networks = iter(networks)
    first = next(networks)
    costs = {key: head for key, head in cost_heads(first).items() if key != "memory_access"}
    columns = [
        Column("year", "year", seen=For.DATA),
        Column("paper", "paper", seen=For.DATA),
        Column("family", "family", once=True),
        Column("network", "network", json="model"),
        Column("paper", "citation", seen=For.PEOPLE, spare=True),
        Column("hyperparameters", "hyperparameters", seen=For.CSV),
        *(Column(head, key, "count", seen=For.TABLES) for key, head in costs.items()),
        *only(For.CSV, "task"),
        *only(For.JSON, "name", "tasks"),
        Column("", "parameters", seen=For.JSON, json="hyperparameters"),
        *only(For.JSON, "totals"),
    ]
    rows = [_row(first), *map(_row, networks)]
    return Result(
        [
            "Built-in networks",
            f"costs at the defaults, {_convention(first)}; costcalc list NAME says more",
        ],
        [
            *_by_task(columns, rows),
            Table(columns, rows, "models", seen=For.DATA),
        ],
    )


def _by_task(columns: Sequence[Column], rows: Sequence[dict[str, Any]]) -> Iterable[Table]:
    """A table a task, for people; a network of several stands in each."""
    began: dict[str, int] = {}
    for row in rows:
        year = row["year"] or 0
        began[row["family"]] = min(began.get(row["family"], year), year)
    ordered = sorted(rows, key=lambda row: (began[row["family"]], row["family"]))
    for task in (*TASKS, ""):
        wanted = [row for row in ordered if task in row["tasks"] or not (task or row["tasks"])]
        if wanted:
            yield Table(columns, wanted, title=task or "other", seen=For.PEOPLE)


def one_result(network: Network) -> Result:
    """One network: its paper, what can be set, its costs at its settings.

    Data is a line of `list_result`.
    """
    spec = network.spec
    given = changed(spec, network.hyperparameters)
    at = ", ".join(f"{name} {show_value(value)}" for name, value in given.items()) or "the defaults"
    settings = [
        Column("option", "option"),
        Column("values", "values"),
        Column("", "help"),
    ]
    options = [
        {"option": f"--{p.name}", "values": _values(p), "help": p.help}
        for p in spec.hyperparameters.values()
    ]
    printed = plural(len(spec.claims), "published number")
    header = [
        f"{spec.key}: {spec.name}",
        spec.paper,
        ", ".join(filter(None, (spec.family, *spec.tasks))),
    ]
    costs = {
        head: f"{getattr(network.totals, key):,} {head}"
        for key, head in cost_heads(network).items()
    }
    listed = list_result([network])
    return Result(
        [line for line in header if line],
        [
            Table(settings, options, title="settings (default *)", seen=For.PEOPLE),
            *(table for table in listed.tables if table.key),
        ],
        [
            *listed.facts,
            Fact("at", {name: plain(value) for name, value in given.items()}, For.JSON),
            Fact("at", "" if not given else at, For.CSV),
        ],
        [
            f"at {at}: {', '.join(costs.values())}, {_convention(network)}",
            f"costcalc check {spec.key} holds {printed} beside the computed ones",
        ],
    )


def _convention(network: Network) -> str:
    return "convention paper" if network.counted is None else network.convention_label


def _row(network: Network) -> dict[str, Any]:
    spec = network.spec
    parameters = spec.hyperparameters.values()
    totals = network.totals._asdict()
    return {
        "year": spec.year,
        "paper": spec.paper,
        "citation": citation(spec),
        "family": spec.family,
        "task": " ".join(spec.tasks),
        "tasks": list(spec.tasks),
        "network": spec.key,
        "hyperparameters": " ".join(f"--{p.name} {_values(p)}" for p in parameters),
        **totals,
        "name": spec.name,
        "parameters": {p.name: _parameter(p) for p in parameters},
        "totals": totals,
    }


def citation(spec: Spec) -> str:
    """A paper by its first author and year, "Howard 2017"; of one without a year its beginning."""
    authors, found, _ = spec.paper.partition(f" {spec.year}")
    first = authors.partition(",")[0]
    return first.partition(" and ")[0].removesuffix(" et al.") + found if found else first


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
