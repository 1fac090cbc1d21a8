"""GitHub annotations: each finding shown at its own line, the worst first.

A step shows ten errors, ten warnings and ten notices; what is beyond that is only counted here.
"""

from __future__ import annotations

from costcalc.report.finding import ERROR, NOTE, WARNING, Finding, Report, worst_first
from costcalc.safe_text import visible

MOST = 10
"""How many annotations of a kind a step shows."""
_COMMANDS = {ERROR: "error", WARNING: "warning", NOTE: "notice"}


def render(report: Report) -> str:
    """An annotation for each finding, then what was found in all."""
    lines = []
    for level, command in _COMMANDS.items():
        found = worst_first(report.findings, level)
        lines += [_annotation(command, finding) for finding in found[:MOST]]
        if len(found) > MOST:
            lines.append(f"{len(found) - MOST} more of level {command}: GitHub shows {MOST}")
    return "\n".join([*lines, *map(visible, report.notes), visible(report.headline)]) + "\n"


def _annotation(command: str, finding: Finding) -> str:
    place = finding.place
    at = f"file={_value(place.path)},line={place.line},col={place.column}"
    return f"::{command} {at},title={_value(finding.rule)}::{_data(visible(finding.message))}"


def _data(text: str) -> str:
    """As a workflow command carries it: a path may hold anything, and must arrive as it is."""
    return visible(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _value(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
