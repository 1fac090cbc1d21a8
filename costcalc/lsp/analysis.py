"""A text as an editor has it: what could be made of it, and where each piece of it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from costcalc.claims.checker import ClaimChecker
from costcalc.claims.ledger import Line
from costcalc.diagnosis import Diagnosis, diagnose
from costcalc.errors import Mark, Source
from costcalc.graph.model import Layer
from costcalc.graph.visits import Visit
from costcalc.language.model import Cell, Join, Repeat, Row, Step, Unreadable, steps
from costcalc.language.spec import Spec
from costcalc.lsp.lines import Lines, utf16
from costcalc.records import NamedTuple

REPAIRS = 3
"""How many lines that are no YAML are left out, to make something of the others."""


class Piece(NamedTuple):
    """What stands at a mark: a cell under its column, of a row or a join."""

    mark: Mark
    column: str
    text: str
    step: Row | Join


class Analysis:
    """One version of a text. What takes longer than a keystroke is made when it is asked for."""

    def __init__(self, source: Source, units: Callable[[str], int] = utf16) -> None:
        self.source = source
        self.lines = Lines(source.text, units)
        self.diagnosis = diagnose(source)
        self.made = _repaired(self.diagnosis)

    @property
    def spec(self) -> Spec | None:
        """The spec as far as it could be read, without lines that are no YAML."""
        return self.made.spec

    @cached_property
    def visits(self) -> Mapping[int, list[Visit]]:
        """What each row became, once or again and again, by the identity of the row."""
        visits = self.made.visits
        return {} if self.made.graph is None or visits is None else visits.by_step()

    def layers(self, visits: Iterable[Visit]) -> list[Layer]:
        """The layers of some visits."""
        assert self.made.graph is not None
        return [self.made.graph.layers[index] for visit in visits for index in visit.layers]

    @cached_property
    def rows(self) -> list[Row | Join]:
        """Every row and join that is written in the text."""
        if self.spec is None:
            return []
        return [
            step
            for body in bodies(self.spec, self.source.path)
            for step in steps(body)
            if isinstance(step, Row | Join)
        ]

    @cached_property
    def pieces(self) -> list[Piece]:
        """Every cell of the text."""
        return [
            Piece(cell.mark, column, cell.text, step)
            for step in self.rows
            for column, cell in _cells(step)
        ]

    def piece(self, line: int, column: int) -> Piece | None:
        """The cell at a place."""
        for piece in self.pieces:
            mark = piece.mark
            if mark.line == line and mark.column <= column <= mark.column + mark.length:
                return piece
        return None

    @cached_property
    def checked(self) -> dict[tuple[int, int], Line]:
        """What is printed in the tables of the network, by its place, held to what is computed."""
        network = self.made.network
        lines = [] if network is None else ClaimChecker().checked_cells(network)
        return {(line.claim.mark.line, line.claim.mark.column): line for line in lines}


def _repaired(found: Diagnosis) -> Diagnosis:
    """The same, without lines at which the text is no YAML; its errors are those of a whole one."""
    made = found
    for _ in range(REPAIRS):
        if made.spec is not None or not made.errors:
            break
        number = made.errors[0].mark.line
        lines = made.source.text.splitlines(keepends=True)
        if number >= len(lines):
            break
        lines[number] = "#\n"
        made = diagnose(Source(found.source.path, "".join(lines)))
    return made


def bodies(spec: Spec, path: str) -> Iterator[list[Step]]:
    """The steps of the network together, then those of each block that is written there."""
    yield [step for table in spec.network for step in table.body]
    for block in spec.blocks.values():
        if block.mark.source.path == path:
            yield block.table.body


def _cells(step: Row | Join) -> Iterator[tuple[str, Cell]]:
    yield "op", step.operation
    yield from step.cells.items()
    if isinstance(step, Join):
        for branch in step.branches:
            if branch.source is not None:
                yield "from", branch.source
        return
    for column, choices in step.variants.items():
        yield from ((column, cell) for _, cell in choices if cell is not None)
    for quantity, printed in step.checks.items():
        yield f"check({quantity})", Cell(printed.text, False, printed.mark)


def names(body: list[Step]) -> dict[str, Mark]:
    """The tensors that the rows of a body name, each with where."""
    found = {}
    for step in steps(body):
        name = None if isinstance(step, Repeat) else step.cells.get("name")
        if name is not None and not isinstance(step, Unreadable):
            found[name.text] = name.mark
    return found
