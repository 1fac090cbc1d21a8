"""Spec + hyperparameters -> graph: repeats, blocks and branches unrolled into named layers.

Structure (repeats, `when`, variant columns) is decided by plain values; sizes may be ints,
arrays or symbols, and pass through. A repeat that only some configurations of an array have may
pass through too: it costs nothing in the others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from costcalc.errors import Mark, SpecError
from costcalc.graph.arguments import chosen_cells
from costcalc.graph.building import Building
from costcalc.graph.calls import Calls
from costcalc.graph.ends import inputs_of, require_read
from costcalc.graph.fusion import fuse
from costcalc.graph.joins import Joins
from costcalc.graph.model import INPUT, Graph
from costcalc.graph.optional import past, require_alike
from costcalc.graph.repeats import repeated
from costcalc.graph.rows import Rows
from costcalc.graph.scope import Scope
from costcalc.graph.sharing import share_once
from costcalc.graph.tensors import Tensor
from costcalc.language.expressions import StructureDiffers
from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Cell, Repeat, Row, Step, Unreadable
from costcalc.language.settings import changed, holds_array
from costcalc.language.spec import Spec
from costcalc.numbers.dimensions import Shape
from costcalc.numbers.protocol import Undecided
from costcalc.numbers.unknown import UNKNOWN, Unshowable
from costcalc.recovery import FollowUp, keep, kept

if TYPE_CHECKING:
    from costcalc.graph.visits import Visits


def build(
    spec: Spec,
    hyperparameters: Mapping[str, Any],
    visits: Visits | None = None,
    calls: Calls | None = None,
) -> Graph:
    """The graph of a spec under complete hyperparameters.

    What some configurations over axes do not have, a repeat or a step, is there for all, and the
    facts of its layers are 0 in these. `visits` are filled with what each row became;
    `calls` know what blocks became in other networks of the spec, and learn those of this one.

    Raises `SpecError` at the cell that cannot be what it says: a channel count that is not
    whole, groups that do not divide, branches that do not match, and so on. Where errors are
    collected the graph has what could be built; sizes behind an error are unknown.
    """
    building = Building(spec, hyperparameters, visits, calls or Calls(spec))
    begin = len(kept())
    try:
        graph = _Builder(building).run()
        for found in kept(begin):
            _add_settings(found, spec, hyperparameters)
        return graph
    except SpecError as error:
        if building.optional:  # it may be none of those that do not have this step
            raise StructureDiffers(building.optional[0].present) from None
        _add_settings(error, spec, hyperparameters)
        error.found_in = (spec.source, hyperparameters)
        raise


def _add_settings(error: SpecError, spec: Spec, hyperparameters: Mapping[str, Any]) -> None:
    """Say which settings an error happens under."""
    settings = [
        f"{name} = {show_value(value)}"
        for name, value in changed(spec, hyperparameters).items()
        if not holds_array(value)
    ]
    if settings:
        error.add(f"with {', '.join(settings)}")


class _Builder:
    """Walks over the steps of a spec; rows, joins and calls of blocks are each another's work."""

    def __init__(self, building: Building) -> None:
        self.building, self.bounds, self.names = building, building.bounds, building.names
        self.joins, self.rows = Joins(building), Rows(building)

    def run(self) -> Graph:
        """The graph of all that there is."""
        building, spec = self.building, self.building.spec
        layers, hyperparameters = building.layers, building.hyperparameters
        inputs = inputs_of(spec, hyperparameters)
        for number, (name, shape) in enumerate(inputs.items()):
            self.names.give(name, Tensor(INPUT - number, shape), range(0))
        body = [step for table in spec.network for step in table.body]
        scope = Scope(dict(hyperparameters), body)
        scope.taken |= set(inputs)
        x = Tensor(INPUT, next(iter(inputs.values())))
        for table in spec.network:
            if building.exists(table.when, x, scope):
                x = self._body(table.body, x, scope)
        if not layers and not kept():
            marks = (step.mark for step in body)
            raise SpecError("the network has no layers", next(marks, Mark(spec.source, 0, 0)))
        outputs = self._outputs(x, scope)
        rows = list(building.rows.values())
        if not kept():  # else what nothing reads may be read by what is wrong
            self._finish(outputs.values())
        return Graph(spec, hyperparameters, inputs, layers, rows, outputs, building.optional)

    def _finish(self, outputs: Collection[int]) -> None:
        """What is known of layers when all are there."""
        building, spec, layers = self.building, self.building.spec, self.building.layers
        require_read(spec, layers, building.marks, outputs)
        if building.optional:
            require_alike(layers, outputs, building.optional)
            if spec.once:  # by names of layers
                raise StructureDiffers(building.optional[0].present)
        share_once(layers, spec.once)
        fuse(layers, outputs)

    def _outputs(self, x: Tensor, scope: Scope) -> dict[str, int]:
        """The layers whose outputs the network hands out, by the spec's names."""
        outputs = self.building.spec.outputs
        if not outputs:
            return {"output": x.layer}
        found = {}
        for output in outputs:
            try:
                if self.building.exists(output.when, x, scope):
                    tensor = self.names.tensor(output.source, scope)
                    found[output.source.text] = tensor.layer
            except SpecError as error:
                keep(error)
        if not found and not kept():
            raise SpecError("no output exists here", outputs[0].source.mark)
        return found

    def _body(self, body: list[Step], x: Tensor, scope: Scope) -> Tensor:
        """What comes out of steps, one after another."""
        calls, index, i = len(self.bounds.calls), scope.index, scope.env.get("i")
        for step in body:
            try:
                x = self._step(step, x, scope)
                continue
            except SpecError as error:
                keep(error)
            except Unshowable:
                keep(FollowUp(step.mark))
            del self.bounds.calls[calls:]
            scope.index = index
            scope.repeat(i)
            x = self._unknown(step, scope)
        return x

    def _step(self, step: Step, x: Tensor, scope: Scope) -> Tensor:
        self.bounds.step(step.mark)
        when = step.when
        exists = when is None or self.building.truth(when, x, scope)
        if not isinstance(exists, Undecided):
            return self._existing(step, x, scope) if exists else x
        layers, here = self.building.layers, exists.present
        begin = len(layers)
        with self.building.optionally(here) as present, scope.only_some(StructureDiffers(here)):
            y = self._existing(step, x, scope)
        return past(layers, begin, x, y, here, present)

    def _existing(self, step: Step, x: Tensor, scope: Scope) -> Tensor:
        if isinstance(step, Row):
            given = chosen_cells(step, self.building.hyperparameters)
            return self.rows.add(step, given, self._start(given, x, scope), scope, self._body)
        if isinstance(step, Repeat):
            return self._repeat(step, x, scope)
        if isinstance(step, Unreadable):
            raise FollowUp(step.mark)
        return self.joins.add(step, self._start(step.cells, x, scope), scope, self._body)

    def _unknown(self, step: Step, scope: Scope) -> Tensor:
        """What comes out of a step with a kept error. Its name stands for the same."""
        x = Tensor(INPUT, Shape(UNKNOWN, UNKNOWN, UNKNOWN))
        if not scope.path and scope.row is not None:
            self.building.leave(scope.row, x, scope)
        if not isinstance(step, Repeat):
            name = step.cells.get("name")
            self.names.give_unknown(scope.path, name.text if name is not None else "", x)
        return x

    def _start(self, given: Mapping[str, Cell], x: Tensor, scope: Scope) -> Tensor:
        """The tensor where a step starts: the one it names, or the one before it."""
        return self.names.tensor(given["from"], scope) if "from" in given else x

    def _repeat(self, step: Repeat, x: Tensor, scope: Scope) -> Tensor:
        if step.times is None:
            return self._body(step.body, x, scope)
        outer_index, outer_i = scope.index, scope.env.get("i")
        times = self.building.times(step.times, x, scope)
        self.bounds.expect(times.least, step.mark)

        def once(i: int, x: Tensor) -> Tensor:
            self.bounds.step(step.mark)
            scope.repeat(i)
            scope.index = f"{outer_index}.{i}" if times.most > 1 else outer_index
            return self._body(step.body, x, scope)

        x = repeated(times, x, once, self.building.layers, self.names)
        scope.index = outer_index
        scope.repeat(outer_i)
        self.building.name_last(scope, times)
        return x
