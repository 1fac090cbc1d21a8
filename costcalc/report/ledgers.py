"""What `check` shows: every paper's lines with their verdicts, and what could not be checked."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from costcalc.claims.ledger import VERDICTS, Checked, Ledger
from costcalc.errors import CostcalcError, SpecError
from costcalc.language.hyperparameters import show_value
from costcalc.language.settings import plain
from costcalc.numbers.dimensions import Shape
from costcalc.report.document import Column, Document, Sheet
from costcalc.report.objects import SCHEMA_VERSION
from costcalc.report.views import claims_sheet

NO_CLAIMS = "no claims"
NOT_CHECKED = "not checked"
"""Where data has a verdict a line: of a spec that claims nothing, of an error."""


def ledger_of(checked: Sequence[Checked]) -> Ledger:
    """The lines of all specs."""
    return Ledger(line for one in checked for line in one.lines)


def without_claims(checked: Sequence[Checked]) -> list[str]:
    """The specs that were read and print nothing that could be checked."""
    return [one.reference for one in checked if not one.lines and not one.errors]


def message(error: CostcalcError) -> str:
    """What is wrong, in one line without its place."""
    return error.message if isinstance(error, SpecError) else str(error).partition("\n")[0]


def place(error: CostcalcError) -> str:
    """file:line:column, empty where the message itself names what cannot be read."""
    return str(error.mark) if isinstance(error, SpecError) else ""


def check_document(checked: Sequence[Checked], verbose: bool, convention: str) -> Document:
    """How many lines of each paper have each verdict, every line that fails, every error."""
    summary = ledger_of(checked).summary()
    errors = [(one.reference, error) for one in checked for error in one.errors]
    columns = [
        Column("network", "network"),
        Column("paper", "paper"),
        Column("lines", "lines", "count"),
        *(Column(verdict, verdict, "count") for verdict in summary),
    ]
    rows: list[list[Any]] = []
    for one in checked:
        counted = one.lines.summary()
        name, paper = (one.spec.key, one.spec.paper) if one.spec else (one.reference, "")
        rows.append([name, paper, len(one.lines), *(counted.get(v) for v in summary)])
        if errors:
            rows[-1].append(len(one.errors) or None)
    if errors:
        columns.append(Column(NOT_CHECKED, NOT_CHECKED, "count"))
    totals = ["total", "", sum(summary.values()), *summary.values()]
    totals += [len(errors)] if errors else []
    notes = [f"{NO_CLAIMS}: {', '.join(bare)}"] if (bare := without_claims(checked)) else []
    sheets = [Sheet(columns, rows, totals=totals if len(checked) > 1 else None, notes=notes)]
    shown = Ledger(line for line in ledger_of(checked) if verbose or line.failed)
    if shown:
        sheet = claims_sheet(shown, "every line" if verbose else "discrepancies")
        if not verbose:
            sheet.notes = [
                f"{line.claim.mark}: {line.verdict}: {VERDICTS[line.verdict]}" for line in shown
            ]
        sheets.append(sheet)
    if errors:
        heads = [Column("spec", "spec"), Column("place", "at"), Column("error", "error")]
        found = [[reference, place(error), message(error)] for reference, error in errors]
        sheets.append(Sheet(heads, found, NOT_CHECKED))
    under = f"convention {convention}" if convention else "each under the convention it states"
    return Document(["Published numbers beside computed ones", under], sheets)


def check_data(checked: Sequence[Checked]) -> Document:
    """Every line of the ledger for data formats, then a line an error, a line a bare spec."""
    ledger = ledger_of(checked)
    sheet = claims_sheet(ledger)
    sheet.columns = [
        Column("model", "model"),
        Column("hyperparameters", "hyperparameters"),
        *sheet.columns,
        Column("note", "note"),
    ]
    sheet.rows = [
        [
            line.model,
            ", ".join(f"{k}={show_value(v)}" for k, v in line.hyperparameters.items()),
            *row,
            line.note,
        ]
        for line, row in zip(ledger, sheet.rows, strict=True)
    ]
    for one in checked:
        name = one.spec.key if one.spec else one.reference
        sheet.rows += [
            [name, None, place(error), None, None, None, NOT_CHECKED, message(error)]
            for error in one.errors
        ]
        if not one.lines and not one.errors:
            sheet.rows.append([name, *[None] * 5, NO_CLAIMS, None])
    sheet.notes = []
    return Document([], [sheet])


def check_object(checked: Sequence[Checked]) -> dict[str, Any]:
    """The ledger, a claim a line; how many have each verdict; each spec; what was not checked."""
    ledger = ledger_of(checked)
    return {
        "schema_version": SCHEMA_VERSION,
        "claims": [
            {
                "model": line.model,
                "where": line.where,
                "hyperparameters": {k: plain(v) for k, v in line.hyperparameters.items()},
                "metric": line.metric,
                "printed": line.printed,
                "computed": _computed(line.computed),
                "verdict": line.verdict,
                "note": line.note,
                "spec": line.spec.key,
                "at": str(line.claim.mark),
            }
            for line in ledger
        ],
        "summary": ledger.summary(),
        "specs": [
            {"spec": one.reference, "claims": len(one.lines), "errors": len(one.errors)}
            for one in checked
        ],
        "errors": [
            {
                "spec": one.reference,
                "at": place(error) or None,
                "message": message(error),
                "text": str(error),
            }
            for one in checked
            for error in one.errors
        ],
    }


def _computed(value: Any) -> Any:
    if isinstance(value, Shape):
        return str(value)
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return value
