"""What `fit` shows: the largest setting within a budget, and what the next larger one costs."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from costcalc.language.hyperparameters import show_value
from costcalc.language.settings import plain
from costcalc.report.document import Column, Document, Sheet, exact, share
from costcalc.report.objects import SCHEMA_VERSION
from costcalc.search.budgets import Budget
from costcalc.search.fit import SHOWN, Fit, Point, exceeded, why_not

NEXT = {"largest": "next"}
"""What heads a column in the second table."""
NOTES = 8
"""So many rows in which something is to be said are told one by one."""


def fit_document(
    found: Sequence[Fit], budgets: Sequence[Budget], convention: str | None, command: bool
) -> Document:
    """One line a combination with the largest value; below it the next one, over the budget.

    With `command` the last line is the command that shows the network found.
    """
    names = list(dict.fromkeys(fit.grows for fit in found))
    steps = {show_value(fit.candidates.step) for fit in found if _stepped(fit)}
    within = " and ".join(f"{metric} {exact(most)}" for metric, most in budgets)
    head = [
        f"Largest {' or '.join(names)} within {within}",
        f"batch 1 · convention {convention or 'paper'} · memory in elements"
        + "".join(f" · steps of {step}" for step in sorted(steps)),
    ]
    notes = [f"{_label(fit)}{_said(fit, budgets)}" for fit in found if _said(fit, budgets)]
    more = [f"... and so for {len(notes) - NOTES:,} more"] if len(notes) > NOTES else []
    columns = _columns(found, budgets)
    sheets = [Sheet(columns, [_row(fit, fit.largest, found, budgets) for fit in found])]
    exceeding = [fit for fit in found if fit.largest is not None and fit.beyond is not None]
    if exceeding:
        rows = [_row(fit, fit.beyond, found, budgets) for fit in exceeding]
        columns = [column._replace(head=NEXT.get(column.head, column.head)) for column in columns]
        sheets.append(Sheet(columns, rows, "the next larger one is over the budget"))
    sheets[-1].notes = [*notes[:NOTES], *more]
    fitting = [fit for fit in found if fit.largest is not None]
    footer = [_command(fitting[0], convention, len(found) > 1)] if command and fitting else []
    return Document(head, sheets, footer=footer)


def fit_data(found: Sequence[Fit], budgets: Sequence[Budget], convention: str | None) -> Document:
    """The same for CSV: one line a combination, with what the next larger value costs."""
    given = _given(found)
    metrics = list(dict.fromkeys(metric for fit in found for metric in _metrics(fit, budgets)))
    keys = [
        "network", *given, "over", "value", *metrics, *(f"{metric}_used" for metric, _ in budgets),
        "next", *(f"next_{metric}" for metric in metrics), "over_in",
    ]  # fmt: skip
    rows: list[list[Any]] = []
    for fit in found:
        row: list[Any] = [fit.spec.key, *(_setting(fit, name) for name in given), fit.grows]
        row += [_value(fit.largest), *_costs(fit.largest, metrics)]
        row += [
            share(fit.largest.costs[metric], most) if fit.largest else None
            for metric, most in budgets
        ]
        row += [_value(fit.beyond), *_costs(fit.beyond, metrics), _exceeded(fit, budgets)]
        rows.append(row)
    about: dict[str, Any] = {f"max_{metric}": most for metric, most in budgets}
    about["convention"] = convention or "paper"
    return Document([], [Sheet([Column(key, key) for key in keys], rows)], about)


def fit_object(
    found: Sequence[Fit], budgets: Sequence[Budget], convention: str | None
) -> dict[str, Any]:
    """The same for JSON; `next` is null where no larger value is a network."""
    return {
        "schema_version": SCHEMA_VERSION,
        "max": dict(budgets),
        "convention": convention or "paper",
        "rows": [
            {
                "model": fit.spec.key,
                "given": {name: plain(value) for name, value in fit.given.items()},
                "over": fit.grows,
                **_point(fit.largest),
                "used": {
                    metric: float(share(fit.largest.costs[metric], most) or 0)
                    for metric, most in budgets
                    if fit.largest is not None
                },
                "next": None
                if fit.beyond is None
                else {
                    **_point(fit.beyond),
                    "over_in": [metric for metric, _ in exceeded(fit.beyond, budgets)],
                },
                **({"reason": why_not(fit, budgets)} if fit.largest is None else {}),
            }
            for fit in found
        ],
    }


def _point(point: Point | None) -> dict[str, Any]:
    if point is None:
        return {"value": None, "costs": None}
    return {"value": plain(point.value), "costs": point.costs}


def _columns(found: Sequence[Fit], budgets: Sequence[Budget]) -> list[Column]:
    names = list(dict.fromkeys(fit.grows for fit in found))
    columns = [Column("network", "network")] if _several(found) else []
    columns += [Column(name, name) for name in _given(found)]
    columns.append(Column(names[0] if len(names) == 1 else "largest", "value"))
    for metric in _metrics(found[0], budgets):
        limited = any(metric == budget.metric for budget in budgets)
        # what has no budget only accompanies: a narrow window may leave it out
        columns.append(Column(metric, metric, "count", "" if limited else "dim"))
        if limited:
            columns.append(Column("used", f"{metric}_used", "percent"))
    return columns


def _row(
    fit: Fit, point: Point | None, found: Sequence[Fit], budgets: Sequence[Budget]
) -> list[Any]:
    """The settings, the value and its costs; those with a budget with the share they use."""
    one = len({fit.grows for fit in found}) == 1
    row: list[Any] = [fit.spec.key] if _several(found) else []
    row += [_setting(fit, name) for name in _given(found)]
    value = _value(point)
    row.append("none" if value is None else value if one else f"{fit.grows}={value}")
    most = dict(budgets)
    for metric in _metrics(fit, budgets):
        cost = None if point is None else point.costs[metric]
        row.append(cost)
        if metric in most:
            row.append(None if cost is None else share(cost, most[metric]))
    return row


def _metrics(fit: Fit, budgets: Sequence[Budget]) -> list[str]:
    """What is shown: metrics with a budget as they were given, then the others."""
    point = fit.largest or fit.beyond
    counted = SHOWN if point is None else tuple(point.costs)
    return list(dict.fromkeys([*(metric for metric, _ in budgets), *counted]))


def _several(found: Sequence[Fit]) -> bool:
    return len({fit.spec.key for fit in found}) > 1


def _given(found: Sequence[Fit]) -> list[str]:
    return list(dict.fromkeys(name for fit in found for name in fit.given))


def _setting(fit: Fit, name: str) -> str | None:
    return show_value(fit.given[name]) if name in fit.given else None


def _value(point: Point | None) -> str | None:
    return None if point is None else show_value(point.value)


def _costs(point: Point | None, metrics: Sequence[str]) -> list[int | None]:
    return [None if point is None else point.costs[metric] for metric in metrics]


def _exceeded(fit: Fit, budgets: Sequence[Budget]) -> str:
    exceeding = [] if fit.beyond is None else exceeded(fit.beyond, budgets)
    return ", ".join(metric for metric, _ in exceeding)


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


def _command(fit: Fit, convention: str | None, several: bool) -> str:
    """The network found, as one would type it."""
    words = ["costcalc", fit.reference]
    for name, value in fit.settings.items():
        words += [f"--{name.replace('_', '-')}", show_value(value)]
    if convention is not None:
        words += ["--convention", convention]
    return f"{'the first: ' if several else ''}{shlex.join(words)}"
