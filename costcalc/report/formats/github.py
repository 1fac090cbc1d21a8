"""GitHub annotations: a discrepancy or an error shown at its own line of the YAML."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.claims.ledger import VERDICTS, Checked, Line
from costcalc.errors import CostcalcError, Mark, SpecError
from costcalc.report.check import NO_CLAIMS, NOT_CHECKED, ledger_of, message, without_claims
from costcalc.report.claims import printed, quantity
from costcalc.report.document import exact
from costcalc.safe_text import visible


def render(checked: Sequence[Checked], verbose: bool) -> str:
    """An error for each failing line and each spec or claim that could not be checked.

    If verbose, a notice for each recorded discrepancy.
    """
    ledger = ledger_of(checked)
    lines = [
        _of_line("error" if line.failed else "notice", line)
        for line in ledger
        if line.failed or (verbose and line.verdict != "reproduced")
    ]
    lines += [_of_error(error) for one in checked for error in one.errors]
    lines += [visible(f"{NO_CLAIMS}: {reference}") for reference in without_claims(checked)]
    counted = ", ".join(f"{count} {verdict}" for verdict, count in ledger.summary().items())
    found = f"{len(ledger)} published numbers" + (f": {counted}" if counted else "")
    return "\n".join([*lines, found]) + "\n"


def _of_line(level: str, line: Line) -> str:
    text = (
        f"{line.where}: {quantity(line)} is printed {printed(line)}, computed"
        f" {exact(line.computed)}: {line.note or VERDICTS[line.verdict]}"
    )
    return _annotation(level, line.claim.mark, line.verdict, text)


def _of_error(error: CostcalcError) -> str:
    if isinstance(error, SpecError):
        return _annotation("error", error.mark, NOT_CHECKED, message(error))
    return f"::error title={_value(NOT_CHECKED)}::{_data(visible(message(error)))}"


def _annotation(level: str, mark: Mark, title: str, text: str) -> str:
    place = f"file={_value(mark.source.shown)},line={mark.line + 1},col={mark.column + 1}"
    return f"::{level} {place},title={_value(title)}::{_data(visible(text))}"


def _data(text: str) -> str:
    """As a workflow command carries it: a path may hold anything, and must arrive as it is."""
    return visible(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _value(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
