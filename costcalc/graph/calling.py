"""Calls of blocks: built, or added again where one that is like it was built before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.errors import SpecError
from costcalc.graph import compression
from costcalc.graph.blocks import add_call, environment
from costcalc.graph.building import Body, Building
from costcalc.graph.calls import Call, sources_of
from costcalc.graph.scope import Scope
from costcalc.graph.tensors import Tensor
from costcalc.language.model import Block, Cell, Row
from costcalc.language.spec import INPUT
from costcalc.recovery import kept


class BlockCalls:
    """Adds what blocks become to what is being built."""

    def __init__(self, building: Building) -> None:
        self.building = building
        self._environments: dict[str, Mapping[str, Any]] = {}

    def call(
        self,
        row: Row,
        given: Mapping[str, Cell],
        x: Tensor,
        name: str,
        scope: Scope,
        body: Body,
        i: int = 1,
    ) -> Tensor:
        """What comes out of the block that a row calls.

        Args:
            row: what calls it, with these `given` cells.
            x: where it starts.
            name: the full path of the row.
            scope: where the row is.
            body: builds the steps of the block.
            i: which repeat of the row this is.
        """
        building, bounds, known = self.building, self.building.bounds, self.building.known
        block = building.spec.blocks[row.operation.text]
        passed = self._passed(row, block, name, i) if i > 1 and block.next else {}
        x = passed.get(INPUT, x)
        inner = environment(
            row, block, given, x, scope, building.hyperparameters, building.names, i > 1, passed
        )
        if block.next:
            self._environments[name] = inner
        handed = compression.handed_down(given, scope)
        sources = sources_of(block, x, inner)
        key = known.key(block, x, sources, inner, handed, building.names.present)
        found = None if kept() else known.find(key)  # what is unknown agrees with everything
        if found is not None and bounds.have_room(found):
            return self._again(found, sources, name, scope)
        inside = Scope(
            inner, block.table.body, f"{name}/", scope.block or name, scope.row, handed=handed
        )
        inside.taken.add(INPUT)
        begin, visits = len(building.layers), building.visits
        steps, deepest, depth = bounds.steps, bounds.deepest, len(bounds.calls)
        visited = 0 if visits is None else len(visits)
        bounds.deepest = depth
        y = self._built(row, block, x, inside, body)
        if not kept():
            call = Call(
                names=building.names,
                path=inside.path,
                begin=begin,
                sources=sources,
                layers=building.layers[begin:],
                marks=building.marks[begin:],
                output=y,
                steps=bounds.steps - steps,
                depth=bounds.deepest - depth,
                environment=inner,
            )
            known.add(key, call)
            if visits is not None:
                visits.end_call(call, visited)
        bounds.deepest = max(bounds.deepest, deepest)
        return y

    def _passed(self, row: Row, block: Block, name: str, i: int) -> dict[str, Tensor]:
        """What a repeat of a row takes of the one before it, by the names of its arguments."""
        before = f"{name.rpartition('.')[0]}.{i - 1}"
        environment = self._environments.pop(before)
        found = {}
        for argument, cell in block.next.items():
            tensor = environment.get(cell.text)
            try:
                if not isinstance(tensor, Tensor):
                    tensor = self.building.names.inside(f"{before}/", cell)
            except SpecError as error:
                add_call(error, block, row)
                raise
            found[argument] = tensor
        return found

    def _built(self, row: Row, block: Block, x: Tensor, inside: Scope, body: Body) -> Tensor:
        """What comes out of a block's body. Errors say which call they are in."""
        bounds, begin = self.building.bounds, len(kept())
        bounds.descend(row.operation.mark, block.name)
        try:
            y = body(block.table.body, x, inside)
        except SpecError as error:
            add_call(error, block, row)
            raise
        for found in kept(begin):
            add_call(found, block, row)
        bounds.ascend()
        return y

    def _again(self, call: Call, sources: Sequence[int], name: str, scope: Scope) -> Tensor:
        """What comes out of a call that is like one before, whose layers are added again."""
        building = self.building
        layers, begin = building.layers, len(building.layers)
        move = call.move(begin, sources)
        row, path = scope.row, f"{name}/"
        assert row is not None  # a block is called by a row
        layers += call.layers_at(move, path, row.name, scope.block or name)
        building.marks += call.marks
        row.layers += range(begin, len(layers))
        building.bounds.repeat(call)
        building.names.give_moved(path, move)
        if building.visits is not None:
            building.visits.repeat_call(call, begin)
        return move.tensor(call.output)
