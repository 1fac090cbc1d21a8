"""What `budget` shows: every limit with what is left, and what to do where it is exceeded."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from costcalc.control.budgets import OVER, Budgets, Held
from costcalc.report.document import Column, Document, Sheet, exact, rounded, share
from costcalc.report.objects import SCHEMA_VERSION


def budgets_document(budgets: Budgets) -> Document:
    """A line for each limit; below, the exceeded ones in words."""
    header = [f"Budgets of {budgets.project.source.shown}", *budgets.notes]
    if not budgets:
        return Document([*header, summed_up(budgets)], [])
    notes = [explained(held) for held in budgets if held.status == OVER]
    sheet = _sheet(budgets)
    sheet.notes = [*notes, summed_up(budgets)]
    return Document(header, [sheet])


def budgets_data(budgets: Budgets) -> Document:
    """The lines alone, for data formats."""
    return Document([], [_sheet(budgets)])


def _sheet(budgets: Budgets) -> Sheet:
    columns = [
        Column("network", "network"),
        Column("quantity", "quantity"),
        Column("value", "value", "count"),
        Column("limit", "limit"),
        Column("at most", "most", "count"),
        Column("left", "margin", "signed"),
        Column("%", "margin_share", "signed percent", "dim"),
        Column("", "status"),
        Column("because", "because"),
    ]
    rows = [
        [
            held.target.name,
            held.limit.quantity,
            held.value,
            limit_text(held),
            held.most,
            held.margin,
            None if held.margin is None else share(held.margin, held.most or 0),
            status_text(held),
            held.budget.because,
        ]
        for held in budgets
    ]
    return Sheet(columns, rows)


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
        f" {limit_text(held)} by {exact(over)}{percent}"
    )
    return "; ".join(filter(None, (text, held.budget.because, held.advice)))


def summed_up(budgets: Budgets) -> str:
    """How many limits there are, and how many have each status."""
    counted: dict[str, int] = {}
    for held in budgets:
        counted[status_text(held)] = counted.get(status_text(held), 0) + 1
    said = ", ".join(f"{count} {status}" for status, count in counted.items())
    return f"{len(budgets)} limits: {said}" if budgets else "no budgets"


def budgets_object(budgets: Budgets) -> dict[str, Any]:
    """Every limit, raw; what is wrong with specs beside them."""
    return {
        "schema_version": SCHEMA_VERSION,
        "project": budgets.project.source.shown,
        "failed": budgets.failed,
        "notes": budgets.notes,
        "budgets": [
            {
                "network": held.target.name,
                "quantity": held.limit.quantity,
                "kind": "grow" if held.growth else "max",
                "limit": held.limit.text,
                "most": held.most,
                "value": held.value,
                "before": held.before,
                "base": held.baseline,
                "margin": held.margin,
                "status": held.status,
                "level": held.budget.level,
                "because": held.budget.because,
                "advice": held.advice,
                "at": str(held.limit.mark),
            }
            for held in budgets
        ],
        "errors": [str(error) for error in budgets.errors],
    }
