"""What is asked at a place: what a cell means, and where a name is from."""

from __future__ import annotations

import collections
import inspect
import re
from collections.abc import Iterator

from costcalc.claims.checker import ClaimChecker
from costcalc.claims.ledger import FAILURES, VERDICTS, Line
from costcalc.cost.totals import total
from costcalc.errors import CostcalcError, Mark
from costcalc.explain.derivation import derive
from costcalc.graph.visits import Visit
from costcalc.language import claims, columns, find, tables
from costcalc.language.claim import Claim
from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Hyperparameter, Row, steps
from costcalc.language.quantities import REPORTED
from costcalc.language.spec import KEYS
from costcalc.lsp.analysis import Analysis, Piece, bodies, names
from costcalc.lsp.shown import short, size
from costcalc.numbers.unknown import Unknown
from costcalc.ops import OPERATORS
from costcalc.report.document import exact

_WORD = re.compile(r"[A-Za-z_][\w./-]*")
_KEY = re.compile(r"([\s-]*)(\w+):")
_KEYS = {**claims.SINGLE, **claims.TABLE, **tables.BLOCK, **tables.TABLE}
"""The keys within the sections of a spec that begin a line."""
_LAYERS = 4
"""How many layers of a row are derived in a hover."""
_LISTED = 8
"""How many values of a cell, and calls of a row, a hover lists."""


def word_at(analysis: Analysis, line: int, column: int) -> str:
    """The word at a place, "" where there is none."""
    text = analysis.source.line(line)
    for found in _WORD.finditer(text):
        if found.start() <= column <= found.end():
            return found[0]
    return ""


def hover(analysis: Analysis, line: int, column: int) -> str:
    """What stands at a place, in Markdown; "" where nothing is known of it."""
    printed = analysis.checked.get((line, column)) or _printed_at(analysis, line, column)
    word = word_at(analysis, line, column)
    parts: list[str] = []
    if printed is not None:
        parts.append(_verdict(printed))
    piece = analysis.piece(line, column)
    if piece is not None:
        parts += _cell(analysis, piece)
    if analysis.spec is not None and word in analysis.spec.hyperparameters:
        parts.append(_hyperparameter(analysis.spec.hyperparameters[word]))
    key = _KEY.match(analysis.source.line(line))
    if not parts and key is not None and key[2] == word and column <= key.end(2):
        known = _KEYS if key[1] else KEYS
        parts += [f"**{word}**: {known[word]}"] if word in known else []
    return "\n\n".join(parts)


def _printed_at(analysis: Analysis, line: int, column: int) -> Line | None:
    """The verdict on what is printed at a place, in a table of the network or in a claim."""
    for (number, start), checked in analysis.checked.items():
        if number == line and start <= column <= start + checked.claim.mark.length:
            return checked
    network = analysis.made.network
    for claim in analysis.spec.claims if analysis.spec is not None else ():
        mark = claim.mark
        if mark.line == line and mark.column <= column <= mark.column + mark.length:
            return None if network is None else _held(analysis, claim)
    return None


def _held(analysis: Analysis, claim: Claim) -> Line | None:
    assert analysis.spec is not None
    if claim.quantity in REPORTED:  # nobody computes what was measured by training
        return None
    try:
        return ClaimChecker().line(analysis.spec, claim)
    except CostcalcError:  # what is wrong there is a diagnostic
        return None


def _verdict(line: Line) -> str:
    means = line.note or VERDICTS[line.verdict]
    sign = "✗" if line.verdict in FAILURES else "✓"
    computed = "" if line.computed is None else f", computed {short(line.computed)}"
    exact = f" ({line.computed:,})" if isinstance(line.computed, int) else ""
    return f"{sign} **{line.verdict}**: printed {line.printed}{computed}{exact}\n\n{means}"


def _cell(analysis: Analysis, piece: Piece) -> Iterator[str]:
    """What a cell means, and how the row comes to its costs."""
    called = piece.step.operation.text
    spec = analysis.spec
    assert spec is not None
    if piece.column == "op" and called in OPERATORS:
        yield f"**{called}**: {_page(called)}"
    elif piece.column == "op" and called in spec.blocks:
        arguments = ", ".join(spec.blocks[called].arguments) or "none"
        yield f"**{called}**: a block; arguments: {arguments}"
    elif piece.column in columns.COMMON or piece.column in columns.FOLLOWERS:
        said = columns.COMMON.get(piece.column) or columns.FOLLOWERS[piece.column]
        yield f"**{piece.column}**: {said}"
    elif not piece.column.startswith("check("):
        yield f"**{piece.column}** of {called}{_value(analysis, piece)}"
    yield from _formulas(analysis, piece)


def _page(operator: str) -> str:
    text = inspect.getdoc(OPERATORS[operator].run) or ""
    return text.partition("\n\n")[0].replace("\n", " ")


def _value(analysis: Analysis, piece: Piece) -> str:
    """The value that a cell has where its row calls an operator, each where it has several."""
    if piece.step.operation.text not in OPERATORS:
        return ""
    visits = [visit for visit in analysis.visits.get(id(piece.step), ()) if visit.layers]
    first = (analysis.layers([visit])[0] for visit in visits)
    values = [layer.arguments.get(piece.column) for layer in first]
    said = dict.fromkeys(str(v) for v in values if v is not None and not isinstance(v, Unknown))
    return f" = {_listed([*said], ', ')}" if said else ""


def _formulas(analysis: Analysis, piece: Piece) -> Iterator[str]:
    """The derivation of the row's layers, as `explain` has it.

    A row that stands for several is derived where it is first; of the others it has the outputs.
    """
    network, visits = analysis.made.network, analysis.visits.get(id(piece.step))
    if network is None or not visits:
        return
    lines = []
    alike = [_cost(analysis, visit) for visit in visits]
    shown = visits if len(set(alike)) == 1 else visits[:1]
    for derivation in derive(network, analysis.layers(shown))[:_LAYERS]:
        times = f" {len(derivation.same) + 1}x" if derivation.same else ""
        lines.append(f"{derivation.layer.name} ({derivation.layer.type}){times}")
        for step in derivation.steps:
            if step.quantity != "memory_access" or not derivation.layer.fused:
                right = [step.formula, step.numbers, exact(step.result)]
                lines.append(f"  {step.quantity} = {' = '.join(dict.fromkeys(right))}")
    if lines:
        yield "```\n" + "\n".join(lines) + "\n```"
    if len(shown) < len(visits):
        counts = collections.Counter(alike)
        each = [f"{f'{count}× ' * (count > 1)}{cost}" for cost, count in counts.items()]
        yield f"{len(visits)} times, the first of them above: {_listed(each, '; ')}"


def _cost(analysis: Analysis, visit: Visit) -> str:
    """What comes out of a row, and its multiply-adds."""
    counted = total(analysis.layers([visit]), ()).mult_adds
    return f"→ {size(visit.output)}" + (f" · {short(counted)}" if counted else "")


def _listed(said: list[str], between: str) -> str:
    """The first few of a list."""
    return between.join([*said[:_LISTED], "…"] if len(said) > _LISTED else said)


def _hyperparameter(one: Hyperparameter) -> str:
    said = [f"default {'?' if isinstance(one.default, Unknown) else show_value(one.default)}"]
    if one.choices:
        said.append(f"one of {', '.join(map(show_value, one.choices))}")
    said += [f"at least {show_value(one.min)}"] if one.min is not None else []
    said += [f"at most {show_value(one.max)}"] if one.max is not None else []
    return f"**{one.name}**: {one.help or 'a hyperparameter'} ({'; '.join(said)})"


def definition(analysis: Analysis, line: int, column: int) -> Mark | str | None:
    """Where the name at a place is from: a mark, or the path of another spec's file."""
    spec = analysis.spec
    word = word_at(analysis, line, column)
    if spec is None or not word:
        return None
    piece = analysis.piece(line, column)
    if word in spec.blocks and (piece is None or piece.column == "op"):
        return spec.blocks[word].mark
    for body in bodies(spec, analysis.source.path):
        inside = piece is None or any(step is piece.step for step in steps(body))
        named = names(body)
        head = re.split(r"[/.]", word, maxsplit=1)[0]
        if inside and (word in named or head in named):
            return named.get(word) or named[head]
    argument = _argument(analysis, piece, word)
    if argument is not None:
        return argument
    if word in spec.hyperparameters:
        return spec.hyperparameters[word].mark
    return _file(analysis, word)


def _argument(analysis: Analysis, piece: Piece | None, word: str) -> Mark | None:
    """The block that takes an argument of this name, where the cell stands in one."""
    assert analysis.spec is not None
    for block in analysis.spec.blocks.values():
        if piece is None or word not in block.arguments:
            continue
        if isinstance(piece.step, Row) and piece.step.table is block.table:
            return block.mark
        if any(step is piece.step for step in steps(block.table.body)):
            return block.mark
    return None


def _file(analysis: Analysis, word: str) -> str | None:
    """The file of another spec that a claim, or `use`, names."""
    try:
        path = find.find(word, analysis.source.path)
    except CostcalcError:
        return None
    return path
