"""What `fit` shows: the largest setting within a budget, and what the next larger one costs."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Sequence
from typing import Any

from costcalc.graph.execution import DEFAULT, Execution
from costcalc.hardware.devices import Device
from costcalc.language.hyperparameters import show_value
from costcalc.language.settings import plain
from costcalc.report.document import Column, For, exact, share
from costcalc.report.result import Fact, Result, Table, only
from costcalc.report.time import time_header
from costcalc.search.budgets import BYTES, Budget
from costcalc.search.fit import SHOWN, Fit, why_not
from costcalc.search.upward import Point, exceeded
from costcalc.sweeps.costs import TIME
from costcalc.sweeps.points import outside_of

NOTES = 8
"""So many rows in which something is to be said are told one by one."""


def fit_result(
    found: Sequence[Fit],
    budgets: Sequence[Budget],
    convention: str | None,
    run: Execution,
    device: Device | None,
    command: bool,
) -> Result:
    """One line a combination with the largest value; below it the next one, over the budget.

    With `command` the last line is the command that shows the network found.
    """
    names = _grown(found)
    steps = {show_value(fit.candidates.step) for fit in found if _stepped(fit)}
    units = {TIME: " ms"}
    within = " and ".join(f"{m} {exact(most)}{units.get(m, '')}" for m, most in budgets)
    head = [
        f"Largest {' or '.join(names)} within {within}",
        f"batch 1 · convention {convention or 'paper'} · {_units(budgets, run)}"
        + "".join(f" · steps of {step}" for step in sorted(steps)),
    ]
    head += [] if device is None else time_header(device, (fit.spec.key for fit in found))
    rows = [_row(fit, len(names) == 1, budgets) for fit in found]
    beyond = [None] * len(found) if device is None else _outside(found, device)
    for row, said in zip(rows, beyond, strict=True):
        row["outside"] = "; ".join(said or [])
    tables = [Table(_columns(found, budgets, device is not None), rows, seen=For.TABLES)]
    exceeding = [
        row
        for row, fit in zip(rows, found, strict=True)
        if fit.largest is not None and fit.beyond is not None
    ]
    if exceeding:
        title = "the next larger one is over the budget"
        tables.append(Table(_next_columns(found, budgets), exceeding, title=title, seen=For.PEOPLE))
    notes = [f"{_label(fit)}{text}" for fit in found if (text := _said(fit, budgets))]
    notes += [
        f"{_label(fit)}{fit.grows} {show_value(fit.largest.value)} is outside of what was measured:"
        f" {'; '.join(said)}"
        for fit, said in zip(found, beyond, strict=True)
        if said and fit.largest is not None
    ]
    more = [f"... and so for {len(notes) - NOTES:,} more"] if len(notes) > NOTES else []
    tables[-1] = tables[-1]._replace(notes=[*notes[:NOTES], *more])
    fitting = [fit for fit in found if fit.largest is not None]
    return Result(
        head,
        tables,
        [
            *(Fact(f"max_{metric}", most, For.CSV) for metric, most in budgets),
            Fact("max", dict(budgets), For.JSON),
            Fact("convention", convention or "paper"),
            Fact("dtype", run.dtype),
            Fact("device", None if device is None else device.key, For.JSON),
            *([] if device is None else [Fact("device", device.key, For.CSV)]),
            Fact(
                "rows",
                (_object(*one, budgets) for one in zip(found, beyond, strict=True)),
                For.JSON,
            ),
        ],
        [_command(fitting[0], convention, run, len(found) > 1)] if command and fitting else [],
    )


def _units(budgets: Sequence[Budget], run: Execution) -> str:
    """What memory is counted in."""
    in_bytes = [metric for metric, _ in budgets if metric in BYTES]
    if not in_bytes:
        return "memory in elements"
    return f"memory_access in elements, {' and '.join(in_bytes)} in bytes of {run.dtype}"


def _columns(found: Sequence[Fit], budgets: Sequence[Budget], on_device: bool) -> list[Column]:
    """Of the largest values; CSV has what the next larger ones cost in the same line."""
    metrics = list(dict.fromkeys(metric for fit in found for metric in _metrics(fit, budgets)))
    used = [f"{metric}_used" for metric, _ in budgets]
    columns = [
        *_settings(found),
        *only(For.CSV, "over"),
        Column(_head(found, "largest"), "largest", seen=For.PEOPLE),
        *only(For.CSV, "value"),
    ]
    for column in _costs(found, budgets):
        is_share = column.key in used
        columns.append(column._replace(seen=For.PEOPLE if is_share else For.TABLES))
    shown = [column.key for column in columns]
    columns += only(For.CSV, *(metric for metric in metrics if metric not in shown), *used)
    columns += only(For.CSV, "outside") if on_device else []
    return columns + only(For.CSV, "next", *(f"next_{metric}" for metric in metrics), "over_in")


def _next_columns(found: Sequence[Fit], budgets: Sequence[Budget]) -> list[Column]:
    return [
        *_settings(found),
        Column(_head(found, "next"), "next_largest"),
        *(column._replace(key=f"next_{column.key}") for column in _costs(found, budgets)),
    ]


def _settings(found: Sequence[Fit]) -> list[Column]:
    several = len({fit.spec.key for fit in found}) > 1
    given = dict.fromkeys(name for fit in found for name in fit.given)
    network = Column("network", "network", seen=For.TABLES if several else For.CSV)
    return [network, *(Column(name, name) for name in given)]


def _costs(found: Sequence[Fit], budgets: Sequence[Budget]) -> list[Column]:
    """The metrics of a point; those with a budget with the share of it that they use."""
    columns = []
    limited = dict(budgets)
    for metric in _metrics(found[0], budgets):
        # what has no budget only accompanies: a narrow window may leave it out
        columns.append(Column(metric, metric, "count", "" if metric in limited else "dim"))
        if metric in limited:
            columns.append(Column("used", f"{metric}_used", "percent"))
    return columns


def _row(fit: Fit, one: bool, budgets: Sequence[Budget]) -> dict[str, Any]:
    """A combination: its settings, the largest value and the next one, with their costs.

    Whether it is always `one` hyperparameter that grows: then nobody has to be told which.
    """
    row: dict[str, Any] = {
        "network": fit.spec.key,
        **{name: show_value(value) for name, value in fit.given.items()},
        "over": fit.grows,
        "value": _value(fit.largest),
        "next": _value(fit.beyond),
        "over_in": [] if fit.beyond is None else [m for m, _ in exceeded(fit.beyond, budgets)],
    }
    for key, before, point in (("largest", "", fit.largest), ("next_largest", "next_", fit.beyond)):
        value = _value(point)
        row[key] = "none" if value is None else value if one else f"{fit.grows}={value}"
        if point is not None:
            row |= {f"{before}{metric}": cost for metric, cost in point.costs.items()}
            row |= {f"{before}{m}_used": share(point.costs[m], most) for m, most in budgets}
    return row


def _outside(found: Sequence[Fit], device: Device) -> list[list[str] | None]:
    """Where the largest networks lie outside of what was measured on a device, in words."""
    said: list[list[str] | None] = [[] for _ in found]
    fitting = [row for row, fit in enumerate(found) if fit.largest is not None]
    for _, alike in itertools.groupby(fitting, lambda row: (found[row].spec.key, found[row].grows)):
        rows = list(alike)
        settings = [found[row].settings for row in rows]
        for row, words in zip(rows, outside_of(found[rows[0]].spec, settings, device), strict=True):
            said[row] = words
    return said


def _object(fit: Fit, outside: list[str] | None, budgets: Sequence[Budget]) -> dict[str, Any]:
    """A combination in JSON; `next` is null where no larger value is a network."""
    used = {} if fit.largest is None else {m: share(fit.largest.costs[m], n) for m, n in budgets}
    beyond = None
    if fit.beyond is not None:
        over_in = [metric for metric, _ in exceeded(fit.beyond, budgets)]
        beyond = {**_point(fit.beyond), "over_in": over_in}
    return {
        "model": fit.spec.key,
        "given": {name: plain(value) for name, value in fit.given.items()},
        "over": fit.grows,
        **_point(fit.largest),
        "used": {metric: part or 0 for metric, part in used.items()},
        "next": beyond,
        **({} if outside is None else {"outside": outside}),
        **({"reason": why_not(fit, budgets)} if fit.largest is None else {}),
    }


def _point(point: Point | None) -> dict[str, Any]:
    if point is None:
        return {"value": None, "costs": None}
    return {"value": plain(point.value), "costs": point.costs}


def _grown(found: Sequence[Fit]) -> list[str]:
    """The hyperparameters that grow."""
    return list(dict.fromkeys(fit.grows for fit in found))


def _head(found: Sequence[Fit], otherwise: str) -> str:
    names = _grown(found)
    return names[0] if len(names) == 1 else otherwise


def _metrics(fit: Fit, budgets: Sequence[Budget]) -> list[str]:
    """What is shown: metrics with a budget as they were given, then the others."""
    point = fit.largest or fit.beyond
    counted = SHOWN if point is None else tuple(point.costs)
    return list(dict.fromkeys([*(metric for metric, _ in budgets), *counted]))


def _value(point: Point | None) -> str | None:
    return None if point is None else show_value(point.value)


def _stepped(fit: Fit) -> bool:
    return not fit.candidates.parameter.choices


def _label(fit: Fit) -> str:
    settings = ", ".join(f"{name} {show_value(value)}" for name, value in fit.given.items())
    return f"{fit.spec.key} {settings}: " if settings else f"{fit.spec.key}: "


def _said(fit: Fit, budgets: Sequence[Budget]) -> str:
    """What is to be said of a line: why nothing fits, or that nothing larger exists."""
    if fit.largest is None:
        return why_not(fit, budgets)
    if fit.beyond is None:
        value = show_value(fit.largest.value)
        return f"{fit.grows} {value} is the largest there is, and is within the budget"
    return ""


def _command(fit: Fit, convention: str | None, run: Execution, several: bool) -> str:
    """The network found, as one would type it."""
    words = ["costcalc", fit.reference]
    for name, value in fit.settings.items():
        words += [f"--{name.replace('_', '-')}", show_value(value)]
    if convention is not None:
        words += ["--convention", convention]
    if run.dtype != DEFAULT.dtype:
        words += ["--dtype", run.dtype]
    return f"{'the first: ' if several else ''}{shlex.join(words)}"
