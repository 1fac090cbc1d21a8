"""What a review looks at: one list of findings, whichever command found them.

`check`, `budget`, `lock --check`, `diff` and `ci` each make a `Report`; what CI services read
(`formats/github.py`, `gitlab.py`, `sarif.py`, `junit.py`) and comments (`comment.py`) are written
from it.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from costcalc.claims.ledger import FAILURES, VERDICTS
from costcalc.errors import CostcalcError, Mark, Source, SpecError
from costcalc.importers import is_model
from costcalc.records import NamedTuple
from costcalc.report.document import plural
from costcalc.report.result import Result

ERROR, WARNING, NOTE, PASS = LEVELS = ("error", "warning", "note", "pass")
"""How bad a finding is, the worst first; a pass is what was looked at and is fine."""

BROKEN = "not checked"
NO_CLAIMS = "no claims"
RULES = {
    BROKEN: "a spec, claim, lock or project file cannot be read, or its network not be built",
    "over budget": "a network exceeds the most that its project allows",
    "grown": "a network grew by more than its project allows",
    "no base": "growth has nothing to be measured against",
    "stale lock": "a network does not cost what is locked of it",
    **FAILURES,
    "network": "a network differs: its totals, its settings, its input, how it is run or counted",
    "row": "a row was added to a network, removed from it, or changed",
    NO_CLAIMS: "a spec prints no number that could be held against the computed one",
    **VERDICTS,
}
"""What each kind of finding is about, the worst first."""


class Place(NamedTuple):
    """A stretch of a file, lines and columns counted from 1.

    The path is that inside of the repository, with `/`; of a file outside of it, as a user would
    type it.
    """

    path: str
    line: int
    column: int
    end: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Finding(NamedTuple):
    """One thing that was looked at.

    `about` names it, so that it is the same one in another run: a network and a quantity, a row.
    `weight` says how bad it is among those of its rule.
    """

    rule: str
    level: str
    about: str
    message: str
    place: Place
    weight: Fraction = Fraction(0)


class Report(NamedTuple):
    """What a command found, for whoever reviews it.

    `name` is the command's and `about` the path of the project or network that it looked at, ""
    for several; `headline` sums the findings up, `notes` are lines beside it. `result` is what it
    shows to everybody else; where that has several parts, `sections` are these, each with its
    title.
    """

    name: str
    about: str
    headline: str
    findings: Sequence[Finding]
    result: Result
    sections: Sequence[tuple[str, Result]] = ()
    notes: Sequence[str] = ()


def worst_first(findings: Iterable[Finding], *levels: str) -> list[Finding]:
    """The findings of these levels: by level, in the order of the rules, then by weight."""
    order = {rule: number for number, rule in enumerate(RULES)}
    found = [finding for finding in findings if finding.level in levels]
    return sorted(found, key=lambda f: (LEVELS.index(f.level), order[f.rule], -f.weight))


def summed_up(findings: Iterable[Finding]) -> str:
    """How many errors and warnings there are, in words."""
    levels = [finding.level for finding in findings]
    said = [plural(levels.count(level), level) for level in (ERROR, WARNING) if level in levels]
    return ", ".join(said) or "nothing is wrong"


def fingerprints(findings: Iterable[Finding]) -> Iterator[tuple[Finding, str]]:
    """Each finding with what it is known by from run to run: neither lines nor numbers are in it.

    Of several that are alike, the second has another than the first.
    """
    met: dict[str, int] = {}
    for finding in findings:
        known = f"{finding.rule}\0{finding.about}"
        met[known] = met.get(known, 0) + 1
        text = f"{known}\0{met[known]}"
        yield finding, hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def broken(error: CostcalcError, about: str, source: Source) -> Finding:
    """An error at its place, or where it has none at the beginning of what it is about."""
    mark = error.mark if isinstance(error, SpecError) else Mark(source, 0, 0)
    return Finding(BROKEN, ERROR, about, message(error), place_of(mark))


def message(error: CostcalcError) -> str:
    """What is wrong, in one line without its place."""
    return error.message if isinstance(error, SpecError) else str(error).partition("\n")[0]


def place_of(*marks: Mark | None) -> Place:
    """Where the first mark is that is in the repository; else where the last one is.

    A network that is built in stands in no repository of its users. Model files have no lines.
    """
    given = [mark for mark in marks if mark is not None]
    mark = next((mark for mark in given if _is_inside(mark.source)), given[-1])
    if is_model(mark.source.path):
        return Place(path_of(mark.source), 1, 1, 2)
    column = mark.column + 1
    return Place(path_of(mark.source), mark.line + 1, column, column + max(1, mark.length))


def path_of(source: Source) -> str:
    """A file's path inside of the repository that the command runs in."""
    try:
        inside = _inside(source.path, os.getcwd())
    except (OSError, ValueError):  # no working directory, or another drive
        return source.path
    return source.shown if inside is None else inside


def _is_inside(source: Source) -> bool:
    try:
        return _inside(source.path, os.getcwd()) is not None
    except (OSError, ValueError):
        return False


@functools.cache
def _inside(path: str, folder: str) -> str | None:
    """A path as seen from the top of the repository that a folder is in; None outside of it."""
    inside = os.path.relpath(os.path.realpath(path), _top(os.path.realpath(folder)))
    return None if inside.split(os.sep)[0] == os.pardir else inside.replace(os.sep, "/")


@functools.cache
def _top(folder: str) -> str:
    """The top of the repository that a folder is in; the folder itself where it is in none."""
    above = folder
    while not os.path.exists(os.path.join(above, ".git")):
        if above == os.path.dirname(above):
            return folder
        above = os.path.dirname(above)
    return above
