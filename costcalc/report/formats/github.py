"""GitHub annotations: a discrepancy shown at its own line of the YAML."""

from __future__ import annotations

from costcalc.claims.ledger import VERDICTS, Ledger, Line
from costcalc.report.document import exact
from costcalc.report.views import printed, quantity
from costcalc.safe_text import visible


def render(ledger: Ledger, verbose: bool) -> str:
    """An error for each failing line; if verbose, a notice for each recorded discrepancy."""
    lines = [
        _annotation("error" if line.failed else "notice", line)
        for line in ledger
        if line.failed or (verbose and line.verdict != "reproduced")
    ]
    counted = ", ".join(f"{count} {verdict}" for verdict, count in ledger.summary().items())
    return "\n".join([*lines, f"{len(ledger)} published numbers: {counted}"]) + "\n"


def _annotation(level: str, line: Line) -> str:
    mark = line.claim.mark
    message = visible(
        f"{line.where}: {quantity(line)} is printed {printed(line)}, computed"
        f" {exact(line.computed)}: {line.note or VERDICTS[line.verdict]}"
    )
    place = f"file={_value(mark.source.shown)},line={mark.line + 1},col={mark.column + 1}"
    return f"::{level} {place},title={_value(line.verdict)}::{_data(message)}"


def _data(text: str) -> str:
    """As a workflow command carries it: a path may hold anything, and must arrive as it is."""
    return visible(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _value(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
