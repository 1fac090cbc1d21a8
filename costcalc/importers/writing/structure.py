"""Rows one after another to the tables that a person writes: branches, blocks and repeats.

First branches: a join whose branches begin at one tensor, and are read nowhere else, holds them.
Then followers: a normalisation and an activation are columns of the layer before them. The order
of the layers stays what it was. What reads no tensor, as a trained number does, begins wherever the
other branches of its join do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from costcalc.importers.row import Row
from costcalc.importers.tree import Program, cells_of
from costcalc.ops import ACTIVATIONS, COMMUTING, NORMS, OPERATORS
from costcalc.ops.window import pads_as_same

Cells = dict[str, str | list[str]]

_NORMS = {op: word for word, op in NORMS.items() if op}
_ACTIVATIONS = {op: word for word, op in ACTIVATIONS.items() if op}


@dataclass(slots=True)
class Step:
    """A row, a join of branches, or the call of a block.

    `branches` are None for what is no join; one that is a name is the tensor of that name. `source`
    is the tensor where it starts, where that is not the one before; `name` is given where others
    refer to it. `channels` are those of the tensor that it reads, None where settings decide them.
    `comment` is what the file calls it.
    """

    op: str
    cells: Cells
    branches: list[list[Step] | str] | None = None
    source: str = ""
    name: str = ""
    channels: int | None = None
    comment: str = ""
    times: int = 1
    rows: list[Row] = field(default_factory=list)

    def lines(self) -> int:
        """How many rows it takes to write it."""
        inside = (branch for branch in self.branches or () if isinstance(branch, list))
        return 1 + sum(step.lines() for branch in inside for step in branch)


@dataclass(slots=True)
class _Chain:
    """Steps one after another from a tensor on; `first` and `last` are places of rows. What is
    `anywhere` reads no tensor."""

    source: str
    steps: list[Step]
    first: int
    last: int
    anywhere: bool = False


def structured(program: Program) -> list[Step]:
    """The steps of a network, in the order of its rows."""
    return _Structure(program).steps()


def flat(program: Program) -> list[Step]:
    """A step for each row, under its name."""
    before = next(iter(program.inputs))
    steps = []
    for row in program.rows:
        step = Step(row.op, cells_of(row), name=row.name, rows=[row])
        if OPERATORS[row.op].join:
            step.branches = list(row.inputs)
        elif row.inputs[0] != before:
            step.source = row.inputs[0]
        steps.append(step)
        before = row.name
    return steps


class _Structure:
    def __init__(self, program: Program) -> None:
        self.program = program
        reading = (row for row in program.rows if not OPERATORS[row.op].source)
        self.readers = Counter(name for row in reading for name in row.inputs)
        self.readers.update(program.outputs)
        self.outputs = set(program.outputs)
        self.channels = {name: _number(sizes[2]) for name, sizes in program.inputs.items()}
        self.channels |= {row.name: _number(row.shape.c) for row in program.rows}
        self.pending: dict[str, _Chain] = {}

    def steps(self) -> list[Step]:
        for place, row in enumerate(self.program.rows):
            self.pending[row.name] = (
                self._join(place, row) if OPERATORS[row.op].join else self._row(place, row)
            )
        chains = sorted(self.pending.items(), key=lambda item: item[1].first)
        named = self._named(chains)
        before = next(iter(self.program.inputs))
        steps: list[Step] = []
        for name, chain in chains:
            if chain.source and chain.source != before:
                chain.steps[0].source = chain.source
            if name in named:
                chain.steps[-1].name = name
            steps += chain.steps
            before = name
        return steps

    def _named(self, chains: list[tuple[str, _Chain]]) -> set[str]:
        """The tensors that somebody refers to by name."""
        last = chains[-1][0]
        found = self.outputs if self.outputs != {last} else set()
        before = next(iter(self.program.inputs))
        for name, chain in chains:
            if chain.source != before:
                found = found | {chain.source}
            found = found | set(_references(chain.steps))
            before = name
        return found

    def _step(self, row: Row) -> Step:
        return Step(
            row.op, plain(row, cells_of(row)), channels=self.channels[row.inputs[0]],
            comment=row.name, rows=[row],
        )  # fmt: skip

    def _row(self, place: int, row: Row) -> _Chain:
        (source,) = row.inputs
        if OPERATORS[row.op].source:
            return _Chain(source, [self._step(row)], place, place, anywhere=True)
        chain = self.pending.get(source)
        if chain is None or self.readers[source] > 1 or chain.last != place - 1:
            return _Chain(source, [self._step(row)], place, place)
        del self.pending[source]
        before = chain.steps[-1]
        if not self._follows(before, row):
            chain.steps.append(self._step(row))
        return _Chain(chain.source, chain.steps, chain.first, place)

    def _follows(self, before: Step, row: Row) -> bool:
        """Whether a row is the norm or activation of the layer before it, which has it then."""
        if row.arguments or row.cells or not self._takes(before):
            return False
        if row.op in _NORMS and not before.cells.keys() & {"norm", "act"}:
            before.cells["norm"] = _NORMS[row.op]
        elif row.op in _ACTIVATIONS and "act" not in before.cells:
            before.cells["act"] = _ACTIVATIONS[row.op]
        else:
            return False
        before.rows.append(row)
        return True

    def _takes(self, step: Step) -> bool:
        return OPERATORS[step.op].weighted

    def _join(self, place: int, row: Row) -> _Chain:
        branches = self._branches(row)
        sources = {source for source, _ in branches}
        step = self._step(row)
        if len(sources) == 1 and self._in_order(branches, place):
            (source,) = sources
            step.channels = self.channels[source]
            step.branches = [chain.steps if chain else [] for _, chain in branches]
            for name in row.inputs:
                if name != source:
                    self.pending.pop(name, None)
            first = min((chain.first for _, chain in branches if chain), default=place)
            before = self.pending.get(source)
            begin = [chain for _, chain in branches if chain is None or not chain.anywhere]
            whole = self.readers[source] == len(begin)
            if before is not None and whole and before.last == first - 1:
                del self.pending[source]
                return _Chain(before.source, [*before.steps, step], before.first, place)
            return _Chain(source, [step], first, place)
        step.branches = list(row.inputs)
        return _Chain("", [step], place, place)

    def _branches(self, row: Row) -> list[tuple[str, _Chain | None]]:
        """Where each branch of a join starts, and what it is from there."""
        branches = [self._branch(name) for name in row.inputs]
        places = [place for place, (_, chain) in enumerate(branches) if not _anywhere(chain)]
        if len(places) == 1 < len(branches):  # the others begin at that tensor
            (place,) = places
            branches[place] = (row.inputs[place], None)
        if places:
            source = branches[places[0]][0]
            branches = [(source if _anywhere(chain) else own, chain) for own, chain in branches]
        if row.op in COMMUTING:  # as their rows stand
            branches.sort(key=lambda branch: branch[1].first if branch[1] else -1)
        return branches

    def _branch(self, name: str) -> tuple[str, _Chain | None]:
        """Where the branch of a join starts, and what it is from there."""
        chain = self.pending.get(name)
        if chain is None or self.readers[name] > 1 or not chain.source:
            return name, None
        return chain.source, chain

    def _in_order(self, branches: list[tuple[str, _Chain | None]], place: int) -> bool:
        """Whether the branches' rows stand one branch after another, right before the join."""
        chains = [chain for _, chain in branches if chain]
        if not chains:  # a tensor that meets itself
            return False
        ends = [*(chain.first for chain in chains[1:]), place]
        return all(chain.last == end - 1 for chain, end in zip(chains, ends, strict=True)) and len(
            {id(chain) for chain in chains}
        ) == len(chains)


def _anywhere(chain: _Chain | None) -> bool:
    """Whether a branch may begin at any tensor."""
    return chain is not None and chain.anywhere


def _references(steps: list[Step]) -> Iterator[str]:
    for step in steps:
        for branch in step.branches or ():
            if isinstance(branch, str):
                yield branch
            else:
                yield from _references(branch)


def _number(size: object) -> int | None:
    if isinstance(size, int):
        return size
    return int(size) if isinstance(size, str) and size.isdigit() else None


def plain(row: Row, cells: Cells) -> Cells:
    """The cells without what goes without saying: padding by half a window is `same`."""
    if pads_as_same(OPERATORS[row.op], row.arguments):
        return {name: cell for name, cell in cells.items() if name != "pad"}
    return cells
