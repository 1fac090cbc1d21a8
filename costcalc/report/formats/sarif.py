"""SARIF 2.1.0, which code scanning of several services reads.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import quote

from costcalc import __version__
from costcalc.report.finding import (
    ERROR,
    NOTE,
    RULES,
    WARNING,
    Finding,
    Place,
    Report,
    fingerprints,
    worst_first,
)
from costcalc.safe_text import visible, visible_json

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_OF_GITHUB = "primaryLocationLineHash"
"""The one fingerprint that GitHub looks at; by itself it would be made from the line's text."""
_LEVELS = (ERROR, WARNING, NOTE)


def render(report: Report) -> str:
    """One run with the findings, the worst first, and the rules that they break."""
    found = worst_first(report.findings, *_LEVELS)
    rules = [rule for rule in RULES if any(finding.rule == rule for finding in found)]
    run = {
        "tool": {
            "driver": {
                "name": "costcalc",
                "version": __version__,
                "rules": [
                    {"id": _id(rule), "name": rule, "shortDescription": {"text": RULES[rule]}}
                    for rule in rules
                ],
            }
        },
        "automationDetails": {"id": f"costcalc {report.name}/{visible(report.about)}"},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, fingerprint, rules.index(finding.rule))
            for finding, fingerprint in fingerprints(found)
        ],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return visible_json(json.dumps(log, indent=2, ensure_ascii=False)) + "\n"


def _id(rule: str) -> str:
    return rule.replace(" ", "-")


def _result(finding: Finding, fingerprint: str, rule: int) -> dict[str, Any]:
    return {
        "ruleId": _id(finding.rule),
        "ruleIndex": rule,
        "level": finding.level,
        "message": {"text": visible(finding.message)},
        "locations": [_location(finding.place)],
        "partialFingerprints": {"costcalc/v1": fingerprint, _OF_GITHUB: fingerprint},
    }


def _location(place: Place) -> dict[str, Any]:
    region = {"startLine": place.line, "startColumn": place.column, "endColumn": place.end}
    return {"physicalLocation": {"artifactLocation": _artifact(place.path), "region": region}}


def _artifact(path: str) -> dict[str, str]:
    """Relative to the repository; a file outside of it by its own address."""
    written = quote(path.replace(os.sep, "/"), errors="surrogateescape")
    if os.path.isabs(path) or path.startswith(".."):
        return {"uri": f"file://{quote(os.path.abspath(path), errors='surrogateescape')}"}
    return {"uri": written, "uriBaseId": "%SRCROOT%"}
