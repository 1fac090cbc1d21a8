"""What is shown in a text: what is wrong, the size and cost behind each row, sums above tables."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Any

from costcalc.claims.checker import ClaimChecker
from costcalc.cost.totals import total
from costcalc.errors import Mark, SpecError
from costcalc.graph.model import Layer
from costcalc.language.model import Join, Row, Table, steps
from costcalc.lsp.analysis import Analysis
from costcalc.lsp.lines import Span
from costcalc.numbers.dimensions import Shape
from costcalc.records import NamedTuple
from costcalc.safe_text import safe_message

ERROR, WARNING = 1, 2
_UNITS = (("G", 10**9), ("M", 10**6), ("k", 10**3))


class Shown(NamedTuple):
    """A text at a place: an error, a hint, a sum. `level` is that of an error."""

    span: Span
    text: str
    level: int = ERROR


def diagnostics(analysis: Analysis) -> list[Shown]:
    """All that is wrong, as the command line says it."""
    return [_error(analysis, error) for error in analysis.diagnosis.errors]


def _error(analysis: Analysis, error: SpecError) -> Shown:
    """An error where it stands; one of a file that this one uses, in full at the first line."""
    if error.mark.source.path != analysis.source.path:
        return Shown(Span(0, 0, 0, 0), str(error))
    said = f"{error.message}\n{error.hint}" if error.hint else error.message
    return Shown(analysis.lines.span(error.mark), safe_message(said))


def disagreements(analysis: Analysis) -> list[Shown]:
    """Claims that do not hold, which `check` finds: other networks may have to be built."""
    network = analysis.diagnosis.network
    if network is None:
        return []
    checked = ClaimChecker().check(analysis.source.path, network.spec)
    found = [
        Shown(
            analysis.lines.span(line.claim.mark),
            f"{line.metric} is printed {line.printed}, computed {short(line.computed)}",
            WARNING,
        )
        for line in checked.lines
        if line.failed and _place(line.claim.mark) not in analysis.checked
    ]
    errors = [error for error in checked.errors if isinstance(error, SpecError)]
    return [*found, *(_error(analysis, error) for error in errors)]


def _place(mark: Mark) -> tuple[int, int]:
    return mark.line, mark.column


def hints(analysis: Analysis) -> list[Shown]:
    """Behind each row: what comes out, its Mult-Adds, whether the print agrees."""
    found = []
    for row in analysis.rows:
        text = _hint(analysis, row)
        if text:
            number = analysis.lines.span(row.mark).line
            end = analysis.lines.units(_without_comment(analysis.lines.line(number)))
            found.append(Shown(Span(number, end, number, end), text))
    return found


def _without_comment(line: str) -> str:
    """A line up to its comment."""
    return re.sub(r"\s+#.*$|\s+$", "", line)


def _hint(analysis: Analysis, row: Row | Join) -> str:
    """A row that stands for several, as in a block, has their sum, and the first and last size."""
    visits = analysis.visits.get(id(row), [])
    sizes = dict.fromkeys(size(visit.output) for visit in (*visits[:1], *visits[-1:]))
    counted = _sum(analysis.layers(visits), "mult_adds") if visits else None
    parts = ["" if "" in sizes or not sizes else f"→ {' … '.join(sizes)}"]
    parts[0] = f"{len(visits)}× {parts[0]}" if len(visits) > 1 and parts[0] else parts[0]
    parts.append(short(counted) if counted else "")
    checks = row.checks.values() if isinstance(row, Row) else ()
    lines = [
        line
        for printed in checks
        if (line := analysis.checked.get(_place(printed.mark))) is not None
    ]
    if lines:
        parts.append("✗" if any(line.failed for line in lines) else "✓")
    return " · ".join(filter(None, parts[:2])) + "".join(f" {mark}" for mark in parts[2:])


def size(shape: Shape) -> str:
    """A shape as 112×112×32; nothing where not all of it is known."""
    return "×".join(map(str, shape)) if all(map(is_known, shape)) else ""


def is_known(number: Any) -> bool:
    """Whether it is a number, and not what is unknown behind an error."""
    return isinstance(number, int)


def _sum(layers: Iterable[Layer], metric: str) -> int | None:
    found = getattr(total(layers, ()), metric)
    return found if is_known(found) else None


def short(number: Any) -> str:
    """A count in three digits: 10.8 M; a shape as it is.

    >>> short(10838016), short(999), short(1000)
    ('10.8 M', '999', '1 k')
    """
    if not is_known(number):
        return str(number)
    for unit, scale in _UNITS:
        if number >= scale:
            return f"{number / scale:.3g} {unit}" if number < 1000 * scale else f"{number:,}"
    return str(number)


def sums(analysis: Analysis) -> Iterator[Shown]:
    """Above each table what its rows cost, above the first what all do."""
    spec, graph = analysis.spec, analysis.made.graph
    if spec is None or graph is None:
        return
    for number, table in enumerate(spec.network):
        visits = (analysis.visits.get(id(step), ()) for step in steps(table.body))
        layers = analysis.layers(itertools.chain.from_iterable(visits))
        if number == 0 and analysis.made.network is not None:
            yield from _totals(analysis, table, "the network", graph.layers)
        yield from _totals(analysis, table, "this table", layers)


def _totals(analysis: Analysis, table: Table, what: str, layers: list[Layer]) -> Iterator[Shown]:
    """What layers cost, nothing where an error leaves all of it unknown."""
    assert analysis.spec is not None
    found = total(layers, analysis.spec.counts)
    said = [
        f"{short(count)} {of}"
        for count, of in ((found.params, "params"), (found.mult_adds, "Mult-Adds"))
        if is_known(count)
    ]
    if layers and said:
        yield Shown(analysis.lines.span(table.mark), f"{what}: {' · '.join(said)}")
