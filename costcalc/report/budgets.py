"""What `budget` shows: every limit with what is left, and what to do where it is exceeded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from costcalc.control.budgets import OVER, UNKNOWN, WITHIN, Budgets, Held
from costcalc.control.changes import Diff
from costcalc.report.document import Column, For, exact, plural, rounded, share
from costcalc.report.finding import NOTE, PASS, Finding, Report, broken, path_of, place_of
from costcalc.report.result import Fact, Result, Table, only


def budgets_report(budgets: Budgets) -> Report:
    """The limits, for a review."""
    return Report(
        "budget",
        path_of(budgets.project.source),
        summed_up(budgets),
        [
            *(broken(error, "budgets", budgets.project.source) for error in budgets.errors),
            *limits_findings(budgets),
        ],
        budgets_result(budgets),
        notes=budgets.notes,
    )


def budgets_result(budgets: Budgets) -> Result:
    """A line for each limit; below, the exceeded ones in words."""
    notes = [explained(held) for held in budgets if held.status == OVER]
    notes += dict.fromkeys(filter(None, map(extrapolated, budgets)))
    columns = [
        column for column in COLUMNS if column.key != "beyond" or any(map(_outside, budgets))
    ]
    table = Table(columns, map(_row, budgets), "budgets", notes=[*notes, summed_up(budgets)])
    header = [f"Budgets of {budgets.project.source.shown}", *_times(budgets), *budgets.notes]
    if not budgets:
        header.append(summed_up(budgets))
        table = table._replace(seen=For.DATA)
    return Result(
        header,
        [table],
        [
            Fact("project", budgets.project.source.shown, For.JSON),
            Fact("failed", budgets.failed, For.JSON),
            Fact("notes", budgets.notes, For.JSON),
            Fact("errors", list(map(str, budgets.errors)), For.JSON),
        ],
    )


COLUMNS = [
    Column("network", "network"),
    Column("quantity", "quantity"),
    Column("", "kind", seen=For.JSON),
    Column("value", "value", "count"),
    Column("limit", "limit", seen=For.TABLES),
    Column("", "bare_limit", seen=For.JSON, json="limit"),
    Column("at most", "most", "count", "dim"),
    *only(For.JSON, "before", "base"),
    Column("left", "margin", "signed"),
    Column("%", "margin_share", "signed percent", "dim", seen=For.TABLES),
    Column("", "status", seen=For.TABLES),
    Column("", "bare_status", seen=For.JSON, json="status"),
    Column("", "beyond", seen=For.PEOPLE),
    Column("because", "because"),
    *only(For.DATA, "error"),
    Column("", "outside", seen=For.CSV),
    Column("", "all_outside", seen=For.JSON, json="outside"),
    *only(For.JSON, "level", "advice", "at"),
]


def _row(held: Held) -> dict[str, Any]:
    return {
        "network": held.target.name,
        "quantity": held.limit.quantity,
        "kind": "grow" if held.growth else "max",
        "value": held.value,
        "limit": limit_text(held),
        "bare_limit": held.limit.text,
        "most": held.most,
        "before": held.before,
        "base": held.baseline,
        "margin": held.margin,
        "margin_share": None if held.margin is None else share(held.margin, held.most or 0),
        "status": status_text(held),
        "bare_status": held.status,
        "because": held.budget.because,
        "error": held.predicted and held.predicted.error,
        "outside": "; ".join(_outside(held)),
        "all_outside": _outside(held),
        "beyond": "outside" if _outside(held) else "",
        "level": held.budget.level,
        "advice": held.advice,
        "at": str(held.limit.mark),
    }


def status_text(held: Held) -> str:
    """The status, as a warning where it is no more than that."""
    warning = held.status == OVER and held.budget.level == "warning"
    return f"{held.status} (warning)" if warning else held.status


def limit_text(held: Held) -> str:
    """A limit as it is written: of growth, with what it is measured from."""
    return f"{held.baseline or 'base'} + {held.limit.text}" if held.growth else held.limit.text


def explained(held: Held) -> str:
    """An exceeded limit in one line: by how much, why it is there, how to get back."""
    assert held.margin is not None
    assert held.most is not None
    over = -held.margin
    percent = f" ({rounded(Fraction(100 * over, held.most), 2)} %)" if held.most else ""
    text = (
        f"{held.target.name}: {held.limit.quantity} {exact(held.value)} is over"
        f" {limit_text(held)} by {exact(over)}{percent}{f' at {held.layer}' if held.layer else ''}"
    )
    return "; ".join(filter(None, (text, held.budget.because, held.advice)))


def extrapolated(held: Held) -> str:
    """In what a time lies outside of what was measured on its device; else nothing."""
    said = _said_outside(held)
    return said and f"{held.target.name}: {said}"


def _said_outside(held: Held) -> str:
    said = "; ".join(_outside(held))
    return said and f"its time is outside of what was measured: {said}"


def _outside(held: Held) -> list[str]:
    return [] if held.predicted is None else held.predicted.outside


def _times(budgets: Budgets) -> Iterable[str]:
    """What the times are of, a line a device."""
    names = {held.target.device: None for held in budgets if held.predicted is not None}
    if not names:
        return []
    from costcalc.hardware.devices import load_device  # nothing to pay without times
    from costcalc.report.time import times_line

    return [times_line(load_device(name)) for name in names if name is not None]


def summed_up(budgets: Budgets) -> str:
    """How many limits there are, and how many have each status."""
    counted: dict[str, int] = {}
    for held in budgets:
        counted[status_text(held)] = counted.get(status_text(held), 0) + 1
    said = ", ".join(f"{count} {status}" for status, count in counted.items())
    return f"{plural(len(budgets), 'limit')}: {said}" if budgets else "no budgets"


def limits_findings(budgets: Budgets, diffs: Mapping[str, Diff] | None = None) -> list[Finding]:
    """A finding for each limit of what is not broken.

    An exceeded one stands at the limit, or where that is known at the row that is responsible: the
    one at which memory peaks, or that grew most (of `diffs`, by network).
    """
    diffs = diffs or {}
    return [_finding(held, diffs.get(held.target.name)) for held in budgets if held.error is None]


def _finding(held: Held, diff: Diff | None) -> Finding:
    about = f"{held.target.name}: {held.limit.quantity}"
    rule = "grown" if held.growth else "over budget"
    if held.status == UNKNOWN:
        message = f"{about} may grow by {held.limit.text}: {UNKNOWN}"
        return Finding("no base", NOTE, about, message, place_of(held.limit.mark))
    if held.status == WITHIN:
        message = f"{about} {exact(held.value)}, {exact(held.margin)} left of {limit_text(held)}"
        message = "; ".join(filter(None, (message, _said_outside(held))))
        return Finding(rule, PASS, about, message, place_of(held.limit.mark))
    assert held.margin is not None
    message = explained(held)
    row = None if diff is None else diff.grown_most(held.limit.quantity)
    if row is not None:
        message = f"{message}; {row.name} added most: {'; '.join(row.why)}"
    message = "; ".join(filter(None, (message, _said_outside(held))))
    return Finding(
        rule,
        held.budget.level,
        about,
        message,
        place_of(held.row, row and row.mark, held.limit.mark),
        Fraction(-held.margin, max(1, held.most or 0)),
    )
