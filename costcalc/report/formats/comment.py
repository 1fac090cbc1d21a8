"""Markdown for a pull request: what is wrong, and the details to unfold.

A hidden marker at its top is what a comment is found by, so that one is updated and none is added.
However much there is to say, it stays under the size that a comment may have.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from costcalc.report.document import Document, Sheet
from costcalc.report.finding import ERROR, WARNING, Finding, Report, worst_first
from costcalc.report.formats import markdown
from costcalc.safe_text import visible

COMMENT = 65_536
"""The most bytes of a comment on GitHub; GitLab takes more."""
SUMMARY = 1_048_576
"""The most bytes of the summary that a step writes on GitHub."""
LONGEST = 1_000
"""The most characters of one text."""
DETAILS = "details"
_CUTS = (10_000, 1_000, 300, 100, 50, 20, 10, 5, 2, 1, 0)
"""How many lines of each list and table are tried, the most first."""
_CALLS = re.compile(r"@(?=[\w-])|#(?=\d)|\bGH-(?=\d)")
"""What a page would call somebody by, or take for an issue."""


def render(report: Report, limit: int = COMMENT) -> str:
    """The report as Markdown of at most so many bytes."""
    parts = report.sections or [(DETAILS, report.result)]
    sections = [(title, result.for_people()) for title, result in parts]
    for most in _CUTS:
        text = _rendered(report, sections, most)
        if len(text.encode(errors="surrogatepass")) <= limit:
            return text
    return f"{marker(report)}\n**costcalc {report.name}**: too much to be shown here\n"


def marker(report: Report) -> str:
    """What the comment is known by: a repository may have several projects."""
    known = " ".join(filter(None, (report.name, quote(report.about, errors="surrogateescape"))))
    return f"<!-- costcalc {known} -->"


def _rendered(report: Report, sections: Sequence[tuple[str, Document]], most: int) -> str:
    found = worst_first(report.findings, ERROR, WARNING)
    parts = [f"**{_cell(f'costcalc {report.name}: {report.headline}')}**"]
    if found:
        parts.append("\n".join([*map(_line, found[:most]), *_rest(len(found), most, "- ")]))
    if report.notes:
        notes = map(markdown.escaped, map(visible, report.notes[:most]))
        parts.append("  \n".join([*notes, *_rest(len(report.notes), most)]))
    for title, document in sections[:most]:
        sheets = [_cut(sheet, most) for sheet in document.sheets]
        if report.sections:
            parts += _folded(title, document.header, sheets)
        elif sheets:  # of a single result the first table is there to be seen
            parts += [_tables([], sheets[:1]), *_folded(title, [], sheets[1:])]
    parts += _rest(len(sections), most)
    body = _CALLS.sub(lambda call: f"{call[0]}<!-- -->", "\n\n".join(parts))
    return f"{marker(report)}\n{body}\n"


def _cell(text: str) -> str:
    return markdown.escaped_cell(visible(text))


def _line(finding: Finding) -> str:
    message = _cell(_shortened(finding.message))
    return f"- **{finding.level}**: {message} ({_cell(_shortened(str(finding.place)))})"


def _rest(count: int, most: int, bullet: str = "") -> list[str]:
    return [f"{bullet}… and {count - most} more"] if count > most else []


def _folded(title: str, header: Sequence[str], sheets: list[Sheet]) -> list[str]:
    """What is unfolded by its title."""
    if not header and not sheets:
        return []
    summary = f"<details><summary>{escape(visible(title))}</summary>"
    return [summary, _tables(header, sheets), "</details>"]


def _tables(header: Sequence[str], sheets: list[Sheet]) -> str:
    return "".join(markdown.render(Document(header, sheets))).strip()


def _cut(sheet: Sheet, most: int) -> Sheet:
    more = _rest(sheet.height, most)
    cells = [[_shortened(cell) for cell in column[:most]] for column in sheet.cells]
    return sheet._replace(cells=cells, notes=[*more, *map(_shortened, sheet.notes[:most])])


def _shortened(value: Any) -> Any:
    """A text that nobody reads to its end, without its end."""
    long = isinstance(value, str) and len(value) > LONGEST
    return f"{value[:LONGEST]}…" if long else value
