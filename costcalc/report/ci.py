"""What `ci` shows: what a change costs, which budgets it breaks, and whether the lock knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from costcalc.control.changes import Diff
from costcalc.control.review import Review
from costcalc.report import budgets, lock
from costcalc.report.diff import changes_told, diff_findings, diff_result, heads_of
from costcalc.report.document import Column, For, plural
from costcalc.report.finding import (
    ERROR,
    NOTE,
    WARNING,
    Finding,
    Report,
    broken,
    fingerprints,
    path_of,
    summed_up,
    worst_first,
)
from costcalc.report.result import Fact, Result, Table, only


def ci_report(review: Review) -> Report:
    """Everything about a change, for a review."""
    findings = _findings(review)
    sections = [
        (f"{name}: {_change(diff)}", diff_result(diff))
        for name, diff in review.diffs.items()
        if not diff.same
    ]
    if review.budgets:
        limits = f"Budgets: {budgets.summed_up(review.budgets)}"
        sections.append((limits, budgets.budgets_result(review.budgets)))
    if review.lock is not None:
        title = f"Lock: {'stale' if review.lock.stale else 'up to date'}"
        sections.append((title, lock.lock_result(review.lock, written=False)))
    same = [name for name, diff in review.diffs.items() if diff.same]
    notes = [*review.notes, *([f"unchanged: {', '.join(same)}"] if same else [])]
    result = _result(review, findings, notes)
    about = path_of(review.project.source)
    return Report("ci", about, summed_up(findings), findings, result, sections, notes)


def _findings(review: Review) -> list[Finding]:
    """All findings; what is broken is said once, whoever met it."""
    marks = {target.name: target.mark for target in review.project.targets}
    found = [broken(error, "the project", review.project.source) for error in review.errors]
    found += budgets.limits_findings(review.budgets, review.diffs)
    if review.lock is not None:
        found += lock.networks_findings(review.lock)
    rows: dict[object, list[Finding]] = {}
    for name, diff in review.diffs.items():
        whole, *of_rows = diff_findings(diff, name, marks[name])
        found.append(whole)
        for layer, finding in zip(diff.layers, of_rows, strict=False):
            rows.setdefault((finding.place, layer.name, layer.why), []).append(finding)
    return found + [_together(alike) for alike in rows.values()]


def _together(alike: Sequence[Finding]) -> Finding:
    """What happened to a row under several settings of its network, told once."""
    worst = max(alike, key=lambda finding: finding.weight)
    more = len(alike) - 1
    likewise = f"; likewise in {plural(more, 'more network')}" if more else ""
    return worst._replace(message=worst.message + likewise)


def _change(diff: Diff) -> str:
    """What a network costs other than before, in a few words."""
    if diff.a is None:
        return "new"
    return "; ".join(changes_told(diff.totals, heads_of(diff))) or "changed"


_COLUMNS = [
    Column("", "level"),
    Column("", "rule", seen=For.DATA),
    Column("", "about", seen=For.DATA),
    Column("", "message"),
    Column("at", "place", seen=For.PEOPLE),
    *only(For.DATA, "path", "line", "column"),
    *only(For.JSON, "fingerprint"),
]


def _result(review: Review, findings: Sequence[Finding], notes: Sequence[str]) -> Result:
    """People read what is wrong, then every part; data has all findings, JSON all parts too."""
    wrong = worst_first(findings, ERROR, WARNING)
    everything = worst_first(findings, ERROR, WARNING, NOTE)
    return Result(
        [f"{review.project.source.shown}: {summed_up(findings)}", *notes],
        [
            Table(_COLUMNS, _rows(wrong), seen=For.PEOPLE if wrong else For.NOBODY),
            Table(_COLUMNS, _rows(everything), "findings", seen=For.DATA),
        ],
        [
            Fact("project", review.project.source.shown, For.JSON),
            Fact("base", review.base or None, For.JSON),
            Fact("failed", review.failed, For.JSON),
            Fact("notes", review.notes, For.JSON),
            Fact("errors", list(map(str, review.errors)), For.JSON),
            Fact("diffs", _diffs(review), For.JSON),
            Fact("budgets", budgets.budgets_result(review.budgets).for_json(), For.JSON),
            Fact(
                "lock",
                None if review.lock is None else lock.lock_result(review.lock, False).for_json(),
                For.JSON,
            ),
        ],
    )


def _rows(findings: Sequence[Finding]) -> Iterator[dict[str, Any]]:
    for finding, fingerprint in fingerprints(findings):
        place = finding.place
        yield {
            **finding._asdict(),
            "path": place.path,
            "line": place.line,
            "column": place.column,
            "fingerprint": fingerprint,
        }


def _diffs(review: Review) -> Iterator[dict[str, Any]]:
    for name, diff in review.diffs.items():
        yield {"network": name, "diff": diff_result(diff).for_json()}
