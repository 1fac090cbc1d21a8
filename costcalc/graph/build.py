"""Spec + hyperparameters -> graph: repeats, blocks and branches unrolled into named layers.

Structure (repeats, `when`, variant columns) is decided by plain values; sizes may be ints,
arrays or symbols, and pass through. A repeat that only some configurations of an array have may
pass through too: it costs nothing in the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from costcalc.errors import Mark, SpecError
from costcalc.graph import cells, compression
from costcalc.graph.arguments import chosen_cells, operator_arguments, scaled
from costcalc.graph.calls import Call, Calls, sources_of
from costcalc.graph.fusion import fuse
from costcalc.graph.model import INPUT, ExpandedRow, Graph, Layer
from costcalc.graph.repeats import RepeatCount, read_times, resize, same_structure, shape_after
from costcalc.graph.scope import Scope
from costcalc.graph.sharing import share, share_once
from costcalc.graph.tensors import Names, Tensor, require_free
from costcalc.language import limits
from costcalc.language.grammar import INPUT as INPUT_NAME
from costcalc.language.hyperparameters import show_value
from costcalc.language.model import (
    Block,
    Branch,
    Cell,
    Join,
    Repeat,
    Row,
    Spec,
    Step,
    Unreadable,
)
from costcalc.language.settings import changed, holds_array
from costcalc.numbers.dimensions import Shape, ShapeError, constrained_to, require_everywhere
from costcalc.numbers.symbol import value_of
from costcalc.numbers.unknown import UNKNOWN, Unshowable
from costcalc.ops import ACTIVATIONS, NORMS, OPERATORS
from costcalc.recovery import FollowUp, keep, kept

if TYPE_CHECKING:
    from costcalc.graph.visits import Visits


def build(
    spec: Spec,
    hyperparameters: Mapping[str, Any],
    partly: bool = False,
    visits: Visits | None = None,
    calls: Calls | None = None,
) -> Graph:
    """The graph of a spec under complete hyperparameters.

    With `partly` a repeat that some configurations of an array do not have is there for all, and
    the facts of its layers are 0 in these. `visits` are filled with what each row became;
    `calls` know what blocks became in other networks of the spec, and learn those of this one.

    Raises `SpecError` at the cell that cannot be what it says: a channel count that is not
    whole, groups that do not divide, branches that do not match, and so on. Where errors are
    collected the graph has what could be built; sizes behind an error are unknown.
    """
    builder = _Builder(spec, hyperparameters, partly, visits, calls or Calls(spec))
    begin = len(kept())
    try:
        graph = builder.run()
        for found in kept(begin):
            _add_settings(found, spec, hyperparameters)
        return graph
    except SpecError as error:
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


_ENDS = (
    "to repeat it, write {5x: […]}; to nest it, hand it a number that ends it: a call with"
    " {depth: depth - 1, when: depth > 1}"
)


class _Builder:
    def __init__(
        self,
        spec: Spec,
        hyperparameters: Mapping[str, Any],
        partly: bool,
        visits: Visits | None,
        known: Calls,
    ) -> None:
        self.spec, self.hyperparameters = spec, dict(hyperparameters)
        self.partly, self.visits = partly, visits
        self.layers: list[Layer] = []
        self.marks: list[Mark] = []
        self.names = Names((*OPERATORS, *spec.blocks))
        self.rows: dict[int, ExpandedRow] = {}
        self.steps = 0
        self.calls: list[str] = []
        self.deepest = 0
        self.known = known
        self.stopped = False
        """Whether a limit is reached: what is beyond it follows from that."""

    def run(self) -> Graph:
        inputs = {name: self._input(sizes) for name, sizes in self.spec.inputs.items()}
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
        self._require_read(outputs.values())
        share_once(self.layers, self.spec.once)
        fuse(self.layers, outputs.values())
        rows = list(self.rows.values())
        return Graph(self.spec, self.hyperparameters, inputs, self.layers, rows, outputs)

    def _input(self, written: tuple[Cell, Cell, Cell]) -> Shape:
        return Shape(*map(self._input_size, written))

    def _input_size(self, cell: Cell) -> Any:
        what = "a size of the input"
        try:
            size = cells.size(cells.plain(cell, self.hyperparameters), cell, what)
            if not require_everywhere(value_of(size) >= 1):
                raise SpecError(f"{what} must be at least 1, not {value_of(size)}", cell.mark)
        except SpecError as error:
            keep(error)
            return UNKNOWN
        return size

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

    def _require_read(self, outputs: Iterable[int]) -> None:
        """Raise `SpecError` for a tensor that nothing reads and that is no output."""
        read = {index for layer in self.layers for index in layer.inputs} | set(outputs)
        for index, layer in enumerate(self.layers):
            if index not in read:
                keep(
                    SpecError(
                        f"nothing reads the output of {layer.name}, and it is no output",
                        self.marks[index],
                        "read it (from: its name, or as a branch), name it in outputs, or leave"
                        " it out",
                    )
                )
        for number, (name, sizes) in enumerate(self.spec.inputs.items()):
            if INPUT - number not in read:
                keep(SpecError(f"nothing reads the input '{name}'", sizes[0].mark))

    # Bodies: what stands one after another.

    def _body(self, body: list[Step], x: Tensor, scope: Scope) -> Tensor:
        calls, index, i = len(self.calls), scope.index, scope.env.get("i")
        for step in body:
            try:
                x = self._step(step, x, scope)
                continue
            except SpecError as error:
                keep(error)
            except Unshowable:
                keep(FollowUp(step.mark))
            del self.calls[calls:]
            scope.index = index
            scope.repeat(i)
            x = self._unknown(step, scope)
        return x

    def _step(self, step: Step, x: Tensor, scope: Scope) -> Tensor:
        self._count(step.mark)
        if not self._exists(step.when, x, scope):
            return x
        if isinstance(step, Repeat):
            return self._repeat(step, x, scope)
        if isinstance(step, Row):
            given = chosen_cells(step, self.hyperparameters)
            return self._rows(step, given, self._start(given, x, scope), scope)
        if isinstance(step, Unreadable):
            raise FollowUp(step.mark)
        return self._join(step, self._start(step.cells, x, scope), scope)

    def _unknown(self, step: Step, scope: Scope) -> Tensor:
        """What comes out of a step with a kept error. Its name stands for the same."""
        x = Tensor(INPUT, Shape(UNKNOWN, UNKNOWN, UNKNOWN))
        if not scope.path:
            self._leave(scope.row, x, scope)
        if not isinstance(step, Repeat):
            name = step.cells.get("name")
            self.names.give_unknown(scope.path, name.text if name is not None else "", x)
        return x

    def _start(self, given: Mapping[str, Cell], x: Tensor, scope: Scope) -> Tensor:
        """The tensor where a step starts: the one it names, or the one before it."""
        return self.names.tensor(given["from"], scope) if "from" in given else x

    def _count(self, mark: Mark) -> None:
        self.steps += 1
        if max(self.steps, len(self.layers)) > limits.LAYERS:
            if self.stopped:
                raise FollowUp(mark)
            self.stopped = True
            raise SpecError(
                f"unrolls to more than {limits.LAYERS:,} layers or rows, the limit", mark
            )

    def _exists(self, when: Cell | None, x: Tensor, scope: Scope) -> bool:
        if when is None:
            return True
        value = value_of(cells.computed(when, self._names(x, scope)))
        return cells.truth(value, when, "when")

    def _names(self, x: Tensor, scope: Scope) -> dict[str, Any]:
        scope.env["h"], scope.env["w"], scope.env["c"] = x.shape
        return scope.env

    def _row_times(self, row: Row, given: dict[str, Cell], x: Tensor, scope: Scope) -> RepeatCount:
        value, cell = scaled("n", row, given, self._names(x, scope), cells.computed)
        return read_times(value, cell, self.partly)

    def _times(self, cell: Cell, x: Tensor, scope: Scope) -> RepeatCount:
        return read_times(cells.computed(cell, self._names(x, scope)), cell, self.partly)

    def _repeated(
        self, times: RepeatCount, x: Tensor, once: Callable[[int, Tensor], Tensor]
    ) -> Tensor:
        """What comes out after so many times, in every configuration.

        Raises `StructureDiffers` where a repeat that only some have is not like the one before it.
        """
        before, outer, differs = 0, self.names.present, self.names.differs
        partial: list[tuple[Any, Shape, Shape]] = []
        for i in range(1, times.most + 1):
            begin = len(self.layers)
            if i <= times.least:
                x = once(i, x)
            else:
                here = times.array >= i
                self.names.present = here if outer is None else outer * here
                self.names.differs = times.differs
                try:
                    with constrained_to(self.names.present):
                        y = once(i, x)
                except SpecError:  # where it is not, this would be no error
                    raise times.differs from None
                self.names.present, self.names.differs = outer, differs
                if not same_structure(self.layers, before, begin):
                    raise times.differs
                partial.append((here, x.shape, y.shape))
                x = y
            before = begin
        shape = shape_after(partial, x.shape)
        if shape is x.shape:
            return x
        if not resize(self.layers, x.layer, before, shape):
            raise times.differs
        return Tensor(x.layer, shape)

    def _repeat(self, step: Repeat, x: Tensor, scope: Scope) -> Tensor:
        outer_index, outer_i = scope.index, scope.env.get("i")
        times = self._times(step.times, x, scope)

        def once(i: int, x: Tensor) -> Tensor:
            self._count(step.mark)
            scope.repeat(i)
            scope.index = f"{outer_index}.{i}" if times.most > 1 else outer_index
            return self._body(step.body, x, scope)

        x = self._repeated(times, x, once)
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
        self._descend(join.mark)
        ends = [end for branch in join.branches for end in self._branch(join, branch, x, scope)]
        self.calls.pop()
        y = ends[0] if ends else x
        name = scope.name(join)
        run = self._enter(join, name, x, scope)
        full = f"{scope.path}{name}{scope.index}"
        begin = len(self.layers)
        if len(ends) > 1 or OPERATORS[join.operation.text].inputs is not None:
            self._require_inputs(join, len(ends))
            arguments = self._arguments(join, join.operation, join.cells, y, scope)
            y = self._layer(join.operation, arguments, join.cells, ends, full, scope)
        y = self._followers(join, join.cells, y, full, scope)
        layers = range(begin, len(self.layers))
        self.names.give(full, y, layers)
        if self.visits is not None:
            self.visits.add(join, layers, y.shape)
        self._leave(run, y, scope)
        return y

    def _branch(self, join: Join, branch: Branch, x: Tensor, scope: Scope) -> Iterator[Tensor]:
        """The output of a branch, of each where it stands there several times."""
        self._count(join.mark)
        if not self._exists(branch.when, x, scope):
            return
        if branch.source is not None:
            x = self.names.tensor(branch.source, scope)
        if branch.times is None:
            yield self._body(branch.body, x, scope)
            return
        times = self._times(branch.times, x, scope)
        if times.least < times.most:
            raise times.differs
        outer_index, outer_i = scope.index, scope.env.get("i")
        for i in range(1, times.most + 1):
            self._count(join.mark)
            scope.repeat(i)
            scope.index = f"{outer_index}.{i}" if times.most > 1 else outer_index
            yield self._body(branch.body, x, scope)
        scope.index = outer_index
        scope.repeat(outer_i)
        self._name_last(scope, times)

    def _require_inputs(self, join: Join, ends: int) -> None:
        called = join.operation.text
        wanted, optional = OPERATORS[called].inputs, OPERATORS[called].optional
        if wanted is not None and not wanted <= ends <= wanted + optional:
            known = f"{wanted} or {wanted + optional}" if optional else wanted
            raise SpecError(f"{called} takes {known} tensors, not {ends}", join.operation.mark)

    def _descend(self, mark: Mark, block: str = "") -> None:
        """Go into a join or a call of a block. A block may call itself, under a condition."""
        again = block in self.calls
        self.calls.append(block)
        self.deepest = max(self.deepest, len(self.calls))
        if len(self.calls) > limits.BLOCK_DEPTH:
            if self.stopped:
                raise FollowUp(mark)
            self.stopped = True
            what = f"block '{block}' calls itself" if again else "blocks nested"
            raise SpecError(
                f"{what} deeper than {limits.BLOCK_DEPTH}, the limit", mark, _ENDS if again else ""
            )

    # Rows: one operator or block, perhaps several times.

    def _rows(self, row: Row, given: dict[str, Cell], x: Tensor, scope: Scope) -> Tensor:
        first = row.table.first
        later = {k: c for k, c in given.items() if k not in first} if first else given
        n = given.get("n")
        times = RepeatCount(1, 1) if n is None else self._row_times(row, given, x, scope)
        outer_index, outer_i = scope.index, scope.env.get("i")
        name = scope.name(row)

        def once(i: int, x: Tensor) -> Tensor:
            if n is not None:
                self._count(row.mark)
                scope.repeat(i)
            if times.most > 1:
                scope.index = f"{outer_index}.{i}"
            cells = given if i == 1 else later
            run = self._enter(row, name, x, scope)
            full = f"{scope.path}{name}{scope.index}"
            begin = len(self.layers)
            if row.operation.text in self.spec.blocks:
                x = self._block(row, cells, x, full, scope, later=i > 1)
            else:
                x = self._operator(row, cells, x, full, scope)
            if "shares" in cells:
                self._share(cells["shares"], name, i, begin, scope)
            layers = range(begin, len(self.layers))
            self.names.give(full, x, layers)
            if self.visits is not None:
                self.visits.add(row, layers, x.shape)
            self._leave(run, x, scope)
            return x

        x = self._repeated(times, x, once)
        scope.index = outer_index
        scope.repeat(outer_i)
        self._name_last(scope, times, [name])
        return x

    def _share(self, cell: Cell, name: str, i: int, begin: int, scope: Scope) -> None:
        """The layers from `begin` on use the weights of the row that the cell names.

        A row that names itself uses those of its first repeat.
        """
        if cell.text == name and i == 1:
            return
        if cell.text == name:
            layers = self.names.at(f"{scope.path}{name}{scope.index.rpartition('.')[0]}.1").layers
        else:
            layers = self.names.named(cell, scope).layers
        share(self.layers, layers, range(begin, len(self.layers)), cell)

    def _enter(self, step: Row | Join, name: str, x: Tensor, scope: Scope) -> ExpandedRow | None:
        """Begin, or go on with, a row of the network's tables; inside of one: None."""
        if scope.row is not None:
            return None
        run = self.rows.get(id(step))
        if run is None:
            run = self.rows[id(step)] = ExpandedRow(name, step, input=x.shape)
        scope.row = run
        run.times += 1
        return run

    def _leave(self, run: ExpandedRow | None, y: Tensor, scope: Scope) -> None:
        if run is not None:
            run.output = y.shape
            scope.row = None

    # Calls.

    def _operator(
        self, row: Row, given: dict[str, Cell], x: Tensor, name: str, scope: Scope
    ) -> Tensor:
        defaults = self.spec.defaults.get(row.operation.text, {})
        arguments = self._arguments(row, row.operation, given, x, scope)
        y = self._layer(row.operation, arguments, given, [x], name, scope)
        if defaults:
            given = {**{k: c for k, c in defaults.items() if k in ("norm", "act")}, **given}
        return self._followers(row, given, y, name, scope)

    def _arguments(
        self, step: Row | Join, operation: Cell, given: Mapping[str, Cell], x: Tensor, scope: Scope
    ) -> dict[str, Any]:
        defaults = self.spec.defaults.get(operation.text, {})
        return operator_arguments(step, operation, given, self._names(x, scope), defaults)

    def _followers(
        self, step: Row | Join, given: Mapping[str, Cell], y: Tensor, name: str, scope: Scope
    ) -> Tensor:
        """The normalisation and activation after a layer."""
        for column, known in (("norm", NORMS), ("act", ACTIVATIONS)):
            cell = given.get(column)
            if cell is None:
                continue
            word = cells.word(cell, self._names(y, scope))
            if word not in known:
                raise cells.unknown_word(word, cell, known, column)
            called = known[word]
            if called is not None:
                operation = Cell(called, False, cell.mark)
                said = called in self.spec.defaults  # none of them has to be told more
                arguments = self._arguments(step, operation, {}, y, scope) if said else {}
                y = self._layer(operation, arguments, {}, [y], f"{name}/{called}", scope)
        return y

    def _layer(
        self,
        operation: Cell,
        arguments: dict[str, Any],
        given: Mapping[str, Cell],
        xs: list[Tensor],
        name: str,
        scope: Scope,
    ) -> Tensor:
        operator = OPERATORS[operation.text]
        shapes = tuple(x.shape for x in xs)
        try:
            output, facts = operator.run(*shapes, **arguments)
        except ShapeError as error:
            at = given.get(error.argument or "", operation)
            raise SpecError(f"{name}: {error}", at.mark) from None
        for size in () if output is shapes[0] else output:
            if type(size) is int and size <= limits.NUMBER:  # of one network
                continue
            if not require_everywhere(value_of(size) <= limits.NUMBER):
                raise SpecError(
                    f"{name}: a size of its output is beyond {limits.NUMBER:,}, the limit",
                    operation.mark,
                )
        self.marks.append(operation.mark)
        self.layers.append(
            Layer(
                name=name,
                operator=operator,
                arguments=arguments,
                inputs=tuple(x.layer for x in xs),
                input_shapes=shapes,
                output=output,
                facts=facts if self.names.present is None else facts.where(self.names.present),
                present=self.names.present,
                row=scope.row.name if scope.row is not None else name,
                block=scope.block or name.partition("/")[0],
                keep=compression.keep(given, scope.env),
                form=given["form"].text
                if "form" in given
                else self.spec.implementation.get(operation.text, "module"),
                bits=compression.bits(given, scope.env),
                bias_bits=compression.bias_bits(given, scope.env),
            )
        )
        if scope.row is not None:
            scope.row.layers.append(len(self.layers) - 1)
        return Tensor(len(self.layers) - 1, output)

    def _block(
        self, row: Row, given: dict[str, Cell], x: Tensor, name: str, scope: Scope, later: bool
    ) -> Tensor:
        block = self.spec.blocks[row.operation.text]
        env = self._names(x, scope)
        inner = {INPUT_NAME: x, **self.hyperparameters, "cin": x.shape.c}
        if "i" in env:
            inner["i"] = env["i"]
        for argument in block.arguments:
            inner[argument] = self._block_argument(
                argument, block, row, given, x, scope, inner, later
            )
            if isinstance(inner[argument], Tensor):
                require_free(argument, block.table.body)
        annotations = compression.handed_down(given, env)
        inner |= annotations
        inside = Scope(
            inner, block.table.body, path=f"{name}/", block=scope.block or name, row=scope.row
        )
        inside.taken.add(INPUT_NAME)
        if kept():  # what is unknown agrees with everything
            return self._inside(row, block, x, inside)
        sources = sources_of(block, x, inner)
        key = self.known.key(block, x, sources, inner, annotations, self.names.present)
        known = self.known.find(key)
        if known is not None and self._has_room(known):
            return self._moved(known, sources, inside)
        begin, steps, deepest = len(self.layers), self.steps, self.deepest
        visited = 0 if self.visits is None else len(self.visits)
        self.deepest = len(self.calls)
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
                steps=self.steps - steps,
                depth=self.deepest - len(self.calls),
                environment=inner,
            )
            self.known.add(key, call)
            if self.visits is not None:
                self.visits.end_call(call, visited)
        self.deepest = max(self.deepest, deepest)
        return y

    def _inside(self, row: Row, block: Block, x: Tensor, inside: Scope) -> Tensor:
        """What comes out of a block's body. Errors say which call they are in."""
        self._descend(row.operation.mark, block.name)
        begin = len(kept())
        try:
            y = self._body(block.table.body, x, inside)
        except SpecError as error:
            _add_call(error, block, row)
            raise
        for found in kept(begin):
            _add_call(found, block, row)
        self.calls.pop()
        return y

    def _has_room(self, call: Call) -> bool:
        """Whether no limit is met where a call is made again."""
        return (
            self.steps + call.steps <= limits.LAYERS
            and len(self.layers) + len(call.layers) <= limits.LAYERS
            and len(self.calls) + call.depth <= limits.BLOCK_DEPTH
        )

    def _moved(self, call: Call, sources: Sequence[int], inside: Scope) -> Tensor:
        """What comes out of a call that is like one before, whose layers are added again."""
        begin = len(self.layers)
        move = call.move(begin, sources)
        row = inside.row
        assert row is not None  # a block is called by a row
        self.layers += call.layers_at(move, inside.path, row.name, inside.block)
        self.marks += call.marks
        row.layers += range(begin, len(self.layers))
        self.steps += call.steps
        self.deepest = max(self.deepest, len(self.calls) + call.depth)
        self.names.give_moved(inside.path, move)
        if self.visits is not None:
            self.visits.repeat_call(call, begin)
        return move.tensor(call.output)

    def _block_argument(
        self,
        argument: str,
        block: Block,
        row: Row,
        given: dict[str, Cell],
        x: Tensor,
        scope: Scope,
        inner: Mapping[str, Any],
        later: bool,
    ) -> Any:
        if argument in given:
            cell = given[argument]
            tensor = None if cell.quoted else self.names.handed(cell, scope)
            if tensor is not None:
                return tensor
            return scaled(argument, row, given, scope.env)[0]
        if argument in block.defaults:  # which may use the arguments before it
            around = {**inner, "h": x.shape.h, "w": x.shape.w, "c": x.shape.c}
            return cells.plain(block.defaults[argument], around)
        if later and argument in row.table.first:
            return 1  # "the first layer of each sequence has stride s, all others 1"
        raise SpecError(f"{block.name} needs '{argument}'", row.operation.mark)


def _add_call(error: SpecError, block: Block, row: Row) -> None:
    """Say which call of a block an error is in."""
    if error.hint.count("\nin block") < 3:  # the innermost calls say enough
        error.add(f"in block '{block.name}', called at {row.operation.mark}")
