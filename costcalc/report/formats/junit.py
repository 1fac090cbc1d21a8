"""JUnit's XML, which CI services list as tests: a case for all that was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from costcalc.report.finding import BROKEN, ERROR, NOTE, WARNING, Finding, Report
from costcalc.safe_text import visible


def render(report: Report) -> str:
    """One suite. What is broken is an error, what fails a failure, the rest has passed."""
    counts = {
        "tests": len(report.findings),
        "failures": sum(_element(finding) == "failure" for finding in report.findings),
        "errors": sum(_element(finding) == "error" for finding in report.findings),
        "skipped": 0,
    }
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites{_attributes(counts)}>",
        f"  <testsuite{_attributes({'name': f'costcalc {report.name}', **counts})}>",
        *(line for finding in report.findings for line in _case(report.name, finding)),
        "  </testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _element(finding: Finding) -> str:
    if finding.level == ERROR:
        return "error" if finding.rule == BROKEN else "failure"
    return "system-out"


def _case(name: str, finding: Finding) -> list[str]:
    place = finding.place
    about = {
        "classname": f"costcalc.{name}",
        "name": f"{finding.about}: {finding.rule}",
        "file": place.path,
        "line": place.line,
    }
    element, text = _element(finding), visible(finding.message)
    body = f"{visible(str(place))}: {text}"
    if element != "system-out":
        said = f"<{element}{_attributes({'type': finding.rule, 'message': text})}>"
    elif finding.level in (WARNING, NOTE):
        said, body = "<system-out>", f"{finding.level}: {body}"
    else:
        return [f"    <testcase{_attributes(about)}/>"]
    return [
        f"    <testcase{_attributes(about)}>",
        f"      {said}{escape(body)}</{element}>",
        "    </testcase>",
    ]


def _attributes(values: Mapping[str, object]) -> str:
    return "".join(f" {key}={quoteattr(visible(str(value)))}" for key, value in values.items())
