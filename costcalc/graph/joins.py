"""Joins: an operator of what comes out of branches."""

from __future__ import annotations

from collections.abc import Iterator

from costcalc.errors import SpecError
from costcalc.graph.building import Body, Building
from costcalc.graph.optional import PartialBranch, past
from costcalc.graph.repeats import RepeatCount
from costcalc.graph.scope import Scope
from costcalc.graph.tensors import EVERY, Tensor
from costcalc.language.expressions import StructureDiffers
from costcalc.language.model import Branch, Join
from costcalc.numbers.protocol import Undecided
from costcalc.ops import OPERATORS


class Joins:
    """Adds joins to what is being built."""

    def __init__(self, building: Building) -> None:
        self.building = building

    def add(self, join: Join, x: Tensor, scope: Scope, body: Body) -> Tensor:
        """What comes out of a join that starts from a tensor; `body` builds its branches."""
        building = self.building
        layers, built = building.layers, building.built
        building.bounds.descend(join.mark)
        ends, partial = self._ends(join, x, scope, body)
        building.bounds.ascend()
        y = ends[0] if ends else x
        name = scope.name(join)
        run = building.enter(join, name, x, scope) if scope.row is None else None
        full = f"{scope.path}{name}{scope.index}"
        begin = len(layers)
        operator = OPERATORS[join.operation.text]
        if partial is not None:  # where its branch is not, nor is the join: the other one passes
            with building.optionally(partial.here) as present:
                y = built.add(join, join.cells, ends, full, scope)
            y = past(layers, begin, ends[1 - partial.branch], y, partial.here, present)
        elif len(ends) > 1 or operator.inputs is not None or operator.together:
            _require_inputs(join, len(ends))
            y = built.add(join, join.cells, ends, full, scope)
        y = built.followers(join, join.cells, y, full, scope)
        building.name(join, full, begin, y)
        if run is not None:
            building.leave(run, y, scope)
        return y

    def _ends(
        self, join: Join, x: Tensor, scope: Scope, body: Body
    ) -> tuple[list[Tensor], PartialBranch | None]:
        """The outputs of the branches, and which one of two some configurations do not have."""
        building = self.building
        ends: list[Tensor] = []
        partial: list[PartialBranch] = []
        for branch in join.branches:
            building.bounds.step(join.mark)
            exists = branch.when is None or building.truth(branch.when, x, scope)
            if isinstance(exists, Undecided):
                partial.append(PartialBranch(len(ends), exists.present))
                with building.optionally(exists.present):
                    ends += self._branch(join, branch, x, scope, body)
            elif exists:
                ends += self._branch(join, branch, x, scope, body)
        if not partial:
            return ends, None
        operator = OPERATORS[join.operation.text]
        two = len(partial) == 1 and len(ends) == 2
        if not two or operator.inputs is not None or operator.together:
            raise StructureDiffers(partial[0].here)
        return ends, partial[0]

    def _branch(
        self, join: Join, branch: Branch, x: Tensor, scope: Scope, body: Body
    ) -> Iterator[Tensor]:
        """The output of a branch, of each where it stands there several times."""
        starts = self._starts(branch, x, scope)
        if branch.times is None and len(starts) == 1:
            yield body(branch.body, starts[0], scope)
            return
        outer_index, outer_i = scope.index, scope.env.get("i")
        for i, start in enumerate(starts, start=1):
            self.building.bounds.step(join.mark)
            scope.repeat(i)
            scope.index = f"{outer_index}.{i}" if len(starts) > 1 else outer_index
            yield body(branch.body, start, scope)
        scope.index = outer_index
        scope.repeat(outer_i)
        self.building.name_last(scope, RepeatCount(len(starts), len(starts)))

    def _starts(self, branch: Branch, x: Tensor, scope: Scope) -> list[Tensor]:
        """Where a branch starts: once for each time that it stands there."""
        starts = [x]
        if branch.source is not None and EVERY in branch.source.text:
            starts = self.building.names.every(branch.source, scope)
        elif branch.source is not None:
            starts = [self.building.names.tensor(branch.source, scope)]
        if branch.times is None:
            return starts
        times = self.building.times(branch.times, x, scope)
        if times.least < times.most:
            raise times.differs
        return [start for start in starts for _ in range(times.most)]


def _require_inputs(join: Join, ends: int) -> None:
    called = join.operation.text
    wanted, optional = OPERATORS[called].inputs, OPERATORS[called].optional
    if wanted is not None and not wanted <= ends <= wanted + optional:
        known = f"{wanted} or {wanted + optional}" if optional else wanted
        raise SpecError(f"{called} takes {known} tensors, not {ends}", join.operation.mark)
