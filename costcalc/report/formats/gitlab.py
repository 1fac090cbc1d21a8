"""GitLab's Code Quality report: what a merge request shows beside its lines.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import json

from costcalc.report.finding import BROKEN, ERROR, NOTE, WARNING, Report, fingerprints, worst_first
from costcalc.safe_text import visible, visible_json

_SEVERITIES = {ERROR: "major", WARNING: "minor", NOTE: "info"}


def render(report: Report) -> str:
    """The findings as a list, the worst first."""
    issues = [
        {
            "description": visible(finding.message),
            "check_name": finding.rule,
            "fingerprint": fingerprint,
            "severity": "critical" if finding.rule == BROKEN else _SEVERITIES[finding.level],
            "location": {
                "path": finding.place.path,
                "lines": {"begin": finding.place.line},
            },
        }
        for finding, fingerprint in fingerprints(worst_first(report.findings, *_SEVERITIES))
    ]
    return visible_json(json.dumps(issues, indent=2, ensure_ascii=False)) + "\n"
