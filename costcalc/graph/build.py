"""Spec + hyperparameters -> graph: repeats, blocks and branches unrolled into named layers.

Structure (repeats, `when`, variant columns) is decided by plain values; sizes may be ints,
arrays or symbols, and pass through. A repeat that only some configurations of an array have may
pass through too: it costs nothing in the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from costcalc.errors import Mark, SpecError
from costcalc.graph import cells, compression
from costcalc.graph.arguments import chosen_cells, scaled
from costcalc.graph.blocks import add_call, environment
from costcalc.graph.bounds import Bounds
from costcalc.graph.calls import Call, Calls, sources_of
from costcalc.graph.ends import inputs_of, require_read
from costcalc.graph.fusion import fuse
from costcalc.graph.layers import Layers
from costcalc.graph.model import INPUT, ExpandedRow, Graph, OptionalStep
from costcalc.graph.optional import PartialBranch, past, require_alike
from costcalc.graph.repeats import RepeatCount, read_times, repeated
from costcalc.graph.scope import Scope
from costcalc.graph.sharing import share, share_once
from costcalc.graph.tensors import EVERY, Names, Tensor
from costcalc.language.expressions import StructureDiffers, Truth, decided
from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Block, Branch, Cell, Join, Repeat, Row, Step, Unreadable
from costcalc.language.settings import changed, holds_array, is_plain
from costcalc.language.spec import INPUT as INPUT_NAME
from costcalc.language.spec import Spec
from costcalc.numbers.dimensions import Shape
from costcalc.numbers.protocol import Undecided
from costcalc.numbers.symbol import value_of
from costcalc.numbers.unknown import UNKNOWN, Unshowable
from costcalc.ops import OPERATORS
from costcalc.recovery import FollowUp, is_collecting, keep, kept

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
    builder = _Builder(spec, hyperparameters, visits, calls or Calls(spec))
    begin = len(kept())
    try:
        graph = builder.run()
        for found in kept(begin):
            _add_settings(found, spec, hyperparameters)
        return graph
    except SpecError as error:
        if builder.optional:  # it may be none of those that do not have this step
            raise StructureDiffers(builder.optional[0].present) from None
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
    def __init__(
        self,
        spec: Spec,
        hyperparameters: Mapping[str, Any],
        visits: Visits | None,
        known: Calls,
    ) -> None:
        self.spec, self.hyperparameters = spec, dict(hyperparameters)
        self.visits = visits
        self.optional: list[OptionalStep] = []
        self.names = Names((*OPERATORS, *spec.blocks))
        plain = not is_collecting() and all(map(is_plain, self.hyperparameters.values()))
        self.built = Layers(spec, self.names, known.results if plain else None)
        self.layers, self.marks = self.built.all, self.built.marks
        self.bounds = Bounds(self.layers)
        self.rows: dict[int, ExpandedRow] = {}
        self.known = known

    def run(self) -> Graph:
        inputs = inputs_of(self.spec, self.hyperparameters)
        for number, (name, shape) in enumerate(inputs.items()):
            self.names.give(name, Tensor(INPUT - number, shape), range(0))
        body = [step for table in self.spec.network for step in table.body]
        scope = Scope(dict(self.hyperparameters), body)
        scope.taken |= set(inputs)
        x = Tensor(INPUT, next(iter(inputs.values())))
        for table in self.spec.network:
            if self._exists(table.when, x, scope):
                x = self._body(table.body, x, scope)
        if not self.layers and not kept():
            marks = (step.mark for step in body)
            raise SpecError("the network has no layers", next(marks, Mark(self.spec.source, 0, 0)))
        outputs = self._outputs(x, scope)
        if kept():  # what nothing reads may be read by what is wrong
            rows = list(self.rows.values())
            return Graph(self.spec, self.hyperparameters, inputs, self.layers, rows, outputs)
        require_read(self.spec, self.layers, self.marks, outputs.values())
        if self.optional:
            require_alike(self.layers, outputs.values(), self.optional)
            if self.spec.once:  # by names of layers
                raise StructureDiffers(self.optional[0].present)
        share_once(self.layers, self.spec.once)
        fuse(self.layers, outputs.values())
        rows = list(self.rows.values())
        return Graph(
            self.spec, self.hyperparameters, inputs, self.layers, rows, outputs, self.optional
        )

    def _outputs(self, x: Tensor, scope: Scope) -> dict[str, int]:
        """The layers whose outputs the network hands out, by the spec's names."""
        if not self.spec.outputs:
            return {"output": x.layer}
        found = {}
        for output in self.spec.outputs:
            try:
                if self._exists(output.when, x, scope):
                    tensor = self.names.tensor(output.source, scope)
                    found[output.source.text] = tensor.layer
            except SpecError as error:
                keep(error)
        if not found and not kept():
            raise SpecError("no output exists here", self.spec.outputs[0].source.mark)
        return found

    # Bodies: what stands one after another.

    def _body(self, body: list[Step], x: Tensor, scope: Scope) -> Tensor:
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
        exists = self._truth(step.when, x, scope)
        if not isinstance(exists, Undecided):
            return self._existing(step, x, scope) if exists else x
        begin, here = len(self.layers), exists.present
        with self._optionally(here) as present, scope.only_some(StructureDiffers(here)):
            y = self._existing(step, x, scope)
        return past(self.layers, begin, x, y, here, present)

    @contextmanager
    def _optionally(self, here: Any) -> Iterator[Any]:
        """While a step is built that is only where `here` is 1; what its layers have for that."""
        outer = self.names.present
        with self.names.only(here, StructureDiffers(here)) as present:
            self.optional.append(OptionalStep(present, outer))
            yield present

    def _existing(self, step: Step, x: Tensor, scope: Scope) -> Tensor:
        if isinstance(step, Row):
            given = chosen_cells(step, self.hyperparameters)
            return self._row(step, given, self._start(given, x, scope), scope)
        if isinstance(step, Repeat):
            return self._repeat(step, x, scope)
        if isinstance(step, Unreadable):
            raise FollowUp(step.mark)
        return self._join(step, self._start(step.cells, x, scope), scope)

    def _unknown(self, step: Step, scope: Scope) -> Tensor:
        """What comes out of a step with a kept error. Its name stands for the same."""
        x = Tensor(INPUT, Shape(UNKNOWN, UNKNOWN, UNKNOWN))
        if not scope.path and scope.row is not None:
            self._leave(scope.row, x, scope)
        if not isinstance(step, Repeat):
            name = step.cells.get("name")
            self.names.give_unknown(scope.path, name.text if name is not None else "", x)
        return x

    def _start(self, given: Mapping[str, Cell], x: Tensor, scope: Scope) -> Tensor:
        """The tensor where a step starts: the one it names, or the one before it."""
        return self.names.tensor(given["from"], scope) if "from" in given else x

    def _truth(self, when: Cell | None, x: Tensor, scope: Scope) -> Truth:
        """Whether something exists; where not all configurations have it, in which ones."""
        if when is None:
            return True
        value = value_of(cells.computed(when, scope.at(x.shape)))
        if not isinstance(value, Undecided):
            return cells.truth(value, when, "when")
        around = self.names.present
        if around is None:
            return value
        for truth in (True, False):  # of all that have what this is in
            if decided(around * (value.present if truth else 1 - value.present)) is False:
                return not truth
        return value

    def _exists(self, when: Cell | None, x: Tensor, scope: Scope) -> bool:
        """Whether something exists in all configurations, or in none."""
        exists = self._truth(when, x, scope)
        if isinstance(exists, Undecided):
            raise StructureDiffers(exists.present)
        return exists

    def _row_times(self, row: Row, given: dict[str, Cell], x: Tensor, scope: Scope) -> RepeatCount:
        value, cell = scaled("n", row, given, scope.at(x.shape), cells.computed)
        return read_times(value, cell)

    def _times(self, cell: Cell, x: Tensor, scope: Scope) -> RepeatCount:
        return read_times(cells.computed(cell, scope.at(x.shape)), cell)

    def _repeat(self, step: Repeat, x: Tensor, scope: Scope) -> Tensor:
        if step.times is None:
            return self._body(step.body, x, scope)
        outer_index, outer_i = scope.index, scope.env.get("i")
        times = self._times(step.times, x, scope)
        self.bounds.expect(times.least, step.mark)

        def once(i: int, x: Tensor) -> Tensor:
            self.bounds.step(step.mark)
            scope.repeat(i)
            scope.index = f"{outer_index}.{i}" if times.most > 1 else outer_index
            return self._body(step.body, x, scope)

        x = repeated(times, x, once, self.layers, self.names)
        scope.index = outer_index
        scope.repeat(outer_i)
        self._name_last(scope, times)
        return x

    def _name_last(self, scope: Scope, times: RepeatCount, names: Iterable[str] = ()) -> None:
        """Names of a repeat, or of all that stands in its body, mean the last one from here on."""
        if times.most > 1:
            differs = times.differs if times.least < times.most else None
            for name in names or scope.names.values():
                path = f"{scope.path}{name}{scope.index}"
                self.names.add_last(path, f"{path}.{times.most}", differs)

    def _join(self, join: Join, x: Tensor, scope: Scope) -> Tensor:
        self.bounds.descend(join.mark)
        ends, partial = self._ends(join, x, scope)
        self.bounds.ascend()
        y = ends[0] if ends else x
        name = scope.name(join)
        run = self._enter(join, name, x, scope) if scope.row is None else None
        full = f"{scope.path}{name}{scope.index}"
        begin = len(self.layers)
        operator = OPERATORS[join.operation.text]
        if partial is not None:  # where its branch is not, nor is the join: the other one passes
            with self._optionally(partial.here) as present:
                y = self.built.add(join, join.cells, ends, full, scope)
            y = past(self.layers, begin, ends[1 - partial.branch], y, partial.here, present)
        elif len(ends) > 1 or operator.inputs is not None or operator.together:
            self._require_inputs(join, len(ends))
            y = self.built.add(join, join.cells, ends, full, scope)
        y = self.built.followers(join, join.cells, y, full, scope)
        layers = range(begin, len(self.layers))
        self.names.give(full, y, layers)
        if self.visits is not None:
            self.visits.add(join, layers, y.shape)
        if run is not None:
            self._leave(run, y, scope)
        return y

    def _ends(
        self, join: Join, x: Tensor, scope: Scope
    ) -> tuple[list[Tensor], PartialBranch | None]:
        """The outputs of the branches, and which one of two some configurations do not have."""
        ends: list[Tensor] = []
        partial: list[PartialBranch] = []
        for branch in join.branches:
            self.bounds.step(join.mark)
            exists = self._truth(branch.when, x, scope)
            if isinstance(exists, Undecided):
                partial.append(PartialBranch(len(ends), exists.present))
                with self._optionally(exists.present):
                    ends += self._branch(join, branch, x, scope)
            elif exists:
                ends += self._branch(join, branch, x, scope)
        if not partial:
            return ends, None
        operator = OPERATORS[join.operation.text]
        two = len(partial) == 1 and len(ends) == 2
        if not two or operator.inputs is not None or operator.together:
            raise StructureDiffers(partial[0].here)
        return ends, partial[0]

    def _branch(self, join: Join, branch: Branch, x: Tensor, scope: Scope) -> Iterator[Tensor]:
        """The output of a branch, of each where it stands there several times."""
        starts = self._starts(branch, x, scope)
        if branch.times is None and len(starts) == 1:
            yield self._body(branch.body, starts[0], scope)
            return
        outer_index, outer_i = scope.index, scope.env.get("i")
        for i, start in enumerate(starts, start=1):
            self.bounds.step(join.mark)
            scope.repeat(i)
            scope.index = f"{outer_index}.{i}" if len(starts) > 1 else outer_index
            yield self._body(branch.body, start, scope)
        scope.index = outer_index
        scope.repeat(outer_i)
        self._name_last(scope, RepeatCount(len(starts), len(starts)))

    def _starts(self, branch: Branch, x: Tensor, scope: Scope) -> list[Tensor]:
        """Where a branch starts: once for each time that it stands there."""
        starts = [x]
        if branch.source is not None and EVERY in branch.source.text:
            starts = self.names.every(branch.source, scope)
        elif branch.source is not None:
            starts = [self.names.tensor(branch.source, scope)]
        if branch.times is None:
            return starts
        times = self._times(branch.times, x, scope)
        if times.least < times.most:
            raise times.differs
        return [start for start in starts for _ in range(times.most)]

    def _require_inputs(self, join: Join, ends: int) -> None:
        called = join.operation.text
        wanted, optional = OPERATORS[called].inputs, OPERATORS[called].optional
        if wanted is not None and not wanted <= ends <= wanted + optional:
            known = f"{wanted} or {wanted + optional}" if optional else wanted
            raise SpecError(f"{called} takes {known} tensors, not {ends}", join.operation.mark)

    # Rows: one operator or block, perhaps several times.

    def _row(self, row: Row, given: dict[str, Cell], x: Tensor, scope: Scope) -> Tensor:
        name = scope.name(row)
        if "n" not in given:
            return self._once(row, name, given, x, scope)
        first = row.table.first
        later = {k: c for k, c in given.items() if k not in first} if first else given
        times = self._row_times(row, given, x, scope)
        self.bounds.expect(times.least, row.mark)
        outer_index, outer_i = scope.index, scope.env.get("i")

        def once(i: int, x: Tensor) -> Tensor:
            self.bounds.step(row.mark)
            scope.repeat(i)
            if times.most > 1:
                scope.index = f"{outer_index}.{i}"
            return self._once(row, name, given if i == 1 else later, x, scope, i)

        x = repeated(times, x, once, self.layers, self.names)
        scope.index = outer_index
        scope.repeat(outer_i)
        self._name_last(scope, times, [name])
        return x

    def _once(
        self, row: Row, name: str, given: dict[str, Cell], x: Tensor, scope: Scope, i: int = 1
    ) -> Tensor:
        """What comes out of a row, of the repeat `i` of it."""
        run = self._enter(row, name, x, scope) if scope.row is None else None
        full = f"{scope.path}{name}{scope.index}"
        begin = len(self.layers)
        if row.operation.text in self.spec.blocks:
            x = self._block(row, given, x, full, scope, later=i > 1)
        else:
            x = self.built.of_row(row, given, x, full, scope)
        if "shares" in given:
            self._share(given["shares"], given.get("own"), name, i, begin, scope)
        elif "own" in given:
            mark = given["own"].mark
            keep(SpecError("a row has parameters of its own, unless it shares others'", mark))
        layers = range(begin, len(self.layers))
        self.names.give(full, x, layers)
        if self.visits is not None:
            self.visits.add(row, layers, x.shape)
        if run is not None:
            self._leave(run, x, scope)
        return x

    def _share(
        self, cell: Cell, own: Cell | None, name: str, i: int, begin: int, scope: Scope
    ) -> None:
        """The layers from `begin` on use the weights of the row that the cell names, but for those
        of an operator that is its `own`.

        A row that names itself uses those of its first repeat.
        """
        if cell.text == name and i == 1:
            return
        if cell.text == name:
            layers = self.names.at(f"{scope.path}{name}{scope.index.rpartition('.')[0]}.1").layers
        else:
            layers = self.names.named(cell, scope).layers
        share(self.layers, layers, range(begin, len(self.layers)), cell, own)

    def _enter(self, step: Row | Join, name: str, x: Tensor, scope: Scope) -> ExpandedRow:
        """Begin, or go on with, a row of the network's tables."""
        run = self.rows.get(id(step))
        if run is None:
            run = self.rows[id(step)] = ExpandedRow(name, step, x.shape)
        scope.row = run
        run.times += 1
        return run

    def _leave(self, run: ExpandedRow, y: Tensor, scope: Scope) -> None:
        run.output = y.shape
        scope.row = None

    # Calls.

    def _block(
        self, row: Row, given: dict[str, Cell], x: Tensor, name: str, scope: Scope, later: bool
    ) -> Tensor:
        block = self.spec.blocks[row.operation.text]
        inner = environment(row, block, given, x, scope, self.hyperparameters, self.names, later)
        handed = compression.handed_down(given, scope)
        sources = sources_of(block, x, inner)
        key = self.known.key(block, x, sources, inner, handed, self.names.present)
        known = None if kept() else self.known.find(key)  # what is unknown agrees with everything
        if known is not None and self.bounds.have_room(known):
            return self._moved(known, sources, name, scope)
        inside = Scope(
            inner, block.table.body, f"{name}/", scope.block or name, scope.row, handed=handed
        )
        inside.taken.add(INPUT_NAME)
        bounds, begin = self.bounds, len(self.layers)
        steps, deepest, depth = bounds.steps, bounds.deepest, len(bounds.calls)
        visited = 0 if self.visits is None else len(self.visits)
        bounds.deepest = depth
        y = self._inside(row, block, x, inside)
        if not kept():
            call = Call(
                names=self.names,
                path=inside.path,
                begin=begin,
                sources=sources,
                layers=self.layers[begin:],
                marks=self.marks[begin:],
                output=y,
                steps=bounds.steps - steps,
                depth=bounds.deepest - depth,
                environment=inner,
            )
            self.known.add(key, call)
            if self.visits is not None:
                self.visits.end_call(call, visited)
        bounds.deepest = max(bounds.deepest, deepest)
        return y

    def _inside(self, row: Row, block: Block, x: Tensor, inside: Scope) -> Tensor:
        """What comes out of a block's body. Errors say which call they are in."""
        self.bounds.descend(row.operation.mark, block.name)
        begin = len(kept())
        try:
            y = self._body(block.table.body, x, inside)
        except SpecError as error:
            add_call(error, block, row)
            raise
        for found in kept(begin):
            add_call(found, block, row)
        self.bounds.ascend()
        return y

    def _moved(self, call: Call, sources: Sequence[int], name: str, scope: Scope) -> Tensor:
        """What comes out of a call that is like one before, whose layers are added again."""
        begin = len(self.layers)
        move = call.move(begin, sources)
        row, path = scope.row, f"{name}/"
        assert row is not None  # a block is called by a row
        self.layers += call.layers_at(move, path, row.name, scope.block or name)
        self.marks += call.marks
        row.layers += range(begin, len(self.layers))
        self.bounds.repeat(call)
        self.names.give_moved(path, move)
        if self.visits is not None:
            self.visits.repeat_call(call, begin)
        return move.tensor(call.output)
