"""Rows: one operator or block, perhaps several times."""

from __future__ import annotations

from costcalc.errors import SpecError
from costcalc.graph import cells
from costcalc.graph.arguments import scaled
from costcalc.graph.building import Body, Building
from costcalc.graph.calling import BlockCalls
from costcalc.graph.repeats import read_times, repeated
from costcalc.graph.scope import Scope
from costcalc.graph.sharing import share
from costcalc.graph.tensors import Tensor
from costcalc.language.model import Cell, Row
from costcalc.recovery import keep


class Rows:
    """Adds rows to what is being built."""

    def __init__(self, building: Building) -> None:
        self.building = building
        self.calls = BlockCalls(building)

    def add(self, row: Row, given: dict[str, Cell], x: Tensor, scope: Scope, body: Body) -> Tensor:
        """What comes out of a row of these cells that starts from a tensor.

        `body` builds the steps of a block that it calls.
        """
        name = scope.name(row)
        if "n" not in given:
            return self._once(row, name, given, x, scope, body)
        first = row.table.first
        later = {k: c for k, c in given.items() if k not in first} if first else given
        building = self.building
        value, cell = scaled("n", row, given, scope.at(x.shape), cells.computed)
        times = read_times(value, cell)
        building.bounds.expect(times.least, row.mark)
        outer_index, outer_i = scope.index, scope.env.get("i")

        def once(i: int, x: Tensor) -> Tensor:
            building.bounds.step(row.mark)
            scope.repeat(i)
            if times.most > 1:
                scope.index = f"{outer_index}.{i}"
            return self._once(row, name, given if i == 1 else later, x, scope, body, i)

        x = repeated(times, x, once, building.layers, building.names)
        scope.index = outer_index
        scope.repeat(outer_i)
        building.name_last(scope, times, [name])
        return x

    def _once(
        self,
        row: Row,
        name: str,
        given: dict[str, Cell],
        x: Tensor,
        scope: Scope,
        body: Body,
        i: int = 1,
    ) -> Tensor:
        """What comes out of a row, of the repeat `i` of it."""
        building = self.building
        run = building.enter(row, name, x, scope) if scope.row is None else None
        full = f"{scope.path}{name}{scope.index}"
        begin = len(building.layers)
        if row.operation.text in building.spec.blocks:
            x = self.calls.call(row, given, x, full, scope, body, i)
        else:
            x = building.built.of_row(row, given, x, full, scope)
        if "shares" in given:
            self._share(given["shares"], given.get("own"), name, i, begin, scope)
        elif "own" in given:
            mark = given["own"].mark
            keep(SpecError("a row has parameters of its own, unless it shares others'", mark))
        building.name(row, full, begin, x)
        if run is not None:
            building.leave(run, x, scope)
        return x

    def _share(
        self, cell: Cell, own: Cell | None, name: str, i: int, begin: int, scope: Scope
    ) -> None:
        """The layers from `begin` on use the weights of the row that the cell names, but for those
        of an operator that is its `own`.

        A row that names itself uses those of its first repeat.
        """
        names, layers = self.building.names, self.building.layers
        if cell.text == name and i == 1:
            return
        if cell.text == name:
            owner = names.at(f"{scope.path}{name}{scope.index.rpartition('.')[0]}.1").layers
        else:
            owner = names.named(cell, scope).layers
        share(layers, owner, range(begin, len(layers)), cell, own)
