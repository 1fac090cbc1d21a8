"""What `check` shows: every paper's lines with their verdicts, and what could not be checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from costcalc.claims.ledger import VERDICTS, Checked, Ledger, Line
from costcalc.errors import CostcalcError, Mark, Source, SpecError
from costcalc.language.spec import Spec
from costcalc.report.claims import COLUMNS, claim_row, claims_table, printed, quantity
from costcalc.report.document import Column, For, exact
from costcalc.report.finding import (
    BROKEN,
    ERROR,
    NO_CLAIMS,
    NOTE,
    PASS,
    Finding,
    Report,
    broken,
    message,
    place_of,
)
from costcalc.report.result import Fact, Result, Table, only

ERRORS = [
    Column("spec", "spec"),
    Column("place", "place", seen=For.PEOPLE),
    *only(For.JSON, "at"),
    Column("error", "message"),
    *only(For.JSON, "text"),
]
NOT_CHECKED = BROKEN
"""Where data has a verdict a line: of a spec that claims nothing, of an error."""


def ledger_of(checked: Sequence[Checked]) -> Ledger:
    """The lines of all specs."""
    return Ledger(line for one in checked for line in one.lines)


def without_claims(checked: Sequence[Checked]) -> list[Checked]:
    """The specs that were read and print nothing that could be checked."""
    return [one for one in checked if not one.lines and not one.errors]


def place(error: CostcalcError) -> str:
    """file:line:column, empty where the message itself names what cannot be read."""
    return str(error.mark) if isinstance(error, SpecError) else ""


def check_report(checked: Sequence[Checked], verbose: bool, convention: str) -> Report:
    """The ledger, for a review. If verbose, recorded discrepancies are worth a note."""
    ledger = ledger_of(checked)
    counted = ", ".join(f"{count} {verdict}" for verdict, count in ledger.summary().items())
    return Report(
        "check",
        "",
        f"{len(ledger)} published numbers" + (f": {counted}" if counted else ""),
        [
            *(_finding(line, verbose) for line in ledger),
            *(
                broken(error, one.reference, Source(one.reference, ""))
                for one in checked
                for error in one.errors
            ),
            *(_bare(one.spec) for one in without_claims(checked) if one.spec is not None),
        ],
        check_result(checked, verbose, convention),
    )


def _bare(spec: Spec) -> Finding:
    return Finding(NO_CLAIMS, NOTE, spec.key, f"{spec.key}: {NO_CLAIMS}",
                   place_of(Mark(spec.source, 0, 0)))  # fmt: skip


def _finding(line: Line, verbose: bool) -> Finding:
    recorded = NOTE if verbose and line.verdict != "reproduced" else PASS
    return Finding(
        line.verdict,
        ERROR if line.failed else recorded,
        f"{line.spec.key}: {line.where}: {quantity(line)}",
        f"{line.where}: {quantity(line)} is printed {printed(line)}, computed"
        f" {exact(line.computed)}: {line.note or VERDICTS[line.verdict]}",
        place_of(line.claim.mark),
    )


def check_result(checked: Sequence[Checked], verbose: bool, convention: str) -> Result:
    """How many lines of each paper have each verdict, every line that fails, every error.

    Data has every line of the ledger; CSV then a line an error and a line a spec without claims.
    """
    ledger = ledger_of(checked)
    shown = Ledger(line for line in ledger if verbose or line.failed)
    lines = claims_table(shown, "every line" if verbose else "discrepancies")
    if not verbose:
        notes = [f"{line.claim.mark}: {line.verdict}: {VERDICTS[line.verdict]}" for line in shown]
        lines = lines._replace(notes=notes)
    under = f"convention {convention}" if convention else "each under the convention it states"
    return Result(
        ["Published numbers beside computed ones", under],
        [
            _papers(checked),
            *([lines] if shown else []),
            _errors(checked),
            Table(COLUMNS, map(claim_row, ledger), "claims", seen=For.JSON),
            Table(COLUMNS, _everything(checked), seen=For.CSV),
        ],
        [Fact("summary", ledger.summary(), For.JSON), Fact("specs", map(_spec, checked), For.JSON)],
    )


def _papers(checked: Sequence[Checked]) -> Table:
    """A line a paper."""
    summary = ledger_of(checked).summary()
    errors = sum(len(one.errors) for one in checked)
    several = len(checked) > 1
    columns = [
        Column("network", "network"),
        Column("paper", "paper", seen=For.NOBODY if several else For.PEOPLE, spare=True),
        Column("lines", "lines", "count"),
        *(Column(verdict, verdict, "count") for verdict in summary),
        Column(NOT_CHECKED, NOT_CHECKED, "count", seen=For.PEOPLE if errors else For.NOBODY),
    ]
    rows = [
        {
            "network": one.spec.key if one.spec else one.reference,
            "paper": one.spec.paper if one.spec else "",
            "lines": len(one.lines),
            **one.lines.summary(),
            NOT_CHECKED: len(one.errors) or None,
        }
        for one in checked
    ]
    total = {"network": "total", "lines": sum(summary.values()), **summary, NOT_CHECKED: errors}
    bare = ", ".join(one.reference for one in without_claims(checked))
    notes = [f"{NO_CLAIMS}: {bare}"] if bare else []
    return Table(columns, rows, total=total if several else None, notes=notes, seen=For.PEOPLE)


def _errors(checked: Sequence[Checked]) -> Table:
    rows = [
        {
            "spec": one.reference,
            "place": place(error),
            "at": place(error) or None,
            "message": message(error),
            "text": str(error),
        }
        for one in checked
        for error in one.errors
    ]
    seen = For.PEOPLE | For.JSON if rows else For.JSON
    return Table(ERRORS, rows, "errors", NOT_CHECKED, seen=seen)


def _everything(checked: Sequence[Checked]) -> Iterator[dict[str, Any]]:
    """Every line of the ledger; then for each spec its errors, or that it claims nothing."""
    yield from map(claim_row, ledger_of(checked))
    for one in checked:
        name = one.spec.key if one.spec else one.reference
        for error in one.errors:
            yield {
                "model": name,
                "where": place(error),
                "verdict": NOT_CHECKED,
                "note": message(error),
            }
        if not one.lines and not one.errors:
            yield {"model": name, "verdict": NO_CLAIMS}


def _spec(one: Checked) -> dict[str, Any]:
    return {"spec": one.reference, "claims": len(one.lines), "errors": len(one.errors)}
