"""What is being built: the network so far, and what all who build it decide alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from costcalc.graph import cells
from costcalc.graph.bounds import Bounds
from costcalc.graph.calls import Calls
from costcalc.graph.layers import Layers
from costcalc.graph.model import ExpandedRow, OptionalStep
from costcalc.graph.repeats import RepeatCount, read_times
from costcalc.graph.scope import Scope
from costcalc.graph.tensors import Names, Tensor
from costcalc.language.expressions import StructureDiffers, Truth, decided
from costcalc.language.model import Cell, Join, Row, Step
from costcalc.language.settings import is_plain
from costcalc.language.spec import Spec
from costcalc.numbers.protocol import Undecided
from costcalc.numbers.symbol import value_of
from costcalc.ops import OPERATORS
from costcalc.recovery import is_collecting

if TYPE_CHECKING:
    from costcalc.graph.visits import Visits


Body = Callable[[list[Step], Tensor, Scope], Tensor]
"""Builds steps one after another: what comes out of the last one."""


class Building:
    """The layers, names and rows so far of a spec under hyperparameters.

    `known` are calls of blocks that need not be built again, `visits` what each row became, None
    where nobody wants to know; `optional` are steps that not all configurations have.
    """

    def __init__(
        self,
        spec: Spec,
        hyperparameters: Mapping[str, Any],
        visits: Visits | None,
        known: Calls,
    ) -> None:
        self.spec, self.hyperparameters = spec, dict(hyperparameters)
        self.visits, self.known = visits, known
        self.optional: list[OptionalStep] = []
        self.names = Names((*OPERATORS, *spec.blocks))
        plain = not is_collecting() and all(map(is_plain, self.hyperparameters.values()))
        self.built = Layers(spec, self.names, known.results if plain else None)
        self.layers, self.marks = self.built.all, self.built.marks
        self.bounds = Bounds(self.layers)
        self.rows: dict[int, ExpandedRow] = {}

    # What is there, and how often.

    def truth(self, when: Cell, x: Tensor, scope: Scope) -> Truth:
        """Whether something exists; where not all configurations have it, in which ones."""
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

    def exists(self, when: Cell | None, x: Tensor, scope: Scope) -> bool:
        """Whether something exists in all configurations, or in none."""
        exists = when is None or self.truth(when, x, scope)
        if isinstance(exists, Undecided):
            raise StructureDiffers(exists.present)
        return exists

    @contextmanager
    def optionally(self, here: Any) -> Iterator[Any]:
        """While a step is built that is only where `here` is 1; what its layers have for that."""
        outer = self.names.present
        with self.names.only(here, StructureDiffers(here)) as present:
            self.optional.append(OptionalStep(present, outer))
            yield present

    def times(self, cell: Cell, x: Tensor, scope: Scope) -> RepeatCount:
        """How often something is there."""
        return read_times(cells.computed(cell, scope.at(x.shape)), cell)

    def name_last(self, scope: Scope, times: RepeatCount, names: Iterable[str] = ()) -> None:
        """Names of a repeat, or of all that stands in its body, mean the last one from here on."""
        if times.most > 1:
            differs = times.differs if times.least < times.most else None
            for name in names or scope.names.values():
                path = f"{scope.path}{name}{scope.index}"
                self.names.add_last(path, f"{path}.{times.most}", differs)

    # Rows of the network's tables, and what they became.

    def enter(self, step: Row | Join, name: str, x: Tensor, scope: Scope) -> ExpandedRow:
        """Begin, or go on with, a row of the network's tables."""
        run = self.rows.get(id(step))
        if run is None:
            run = self.rows[id(step)] = ExpandedRow(name, step, x.shape)
        scope.row = run
        run.times += 1
        return run

    def leave(self, run: ExpandedRow, y: Tensor, scope: Scope) -> None:
        """End a row that was entered."""
        run.output = y.shape
        scope.row = None

    def name(self, step: Row | Join, path: str, begin: int, y: Tensor) -> None:
        """Name what comes out of a step, whose layers are those from `begin` on."""
        layers = range(begin, len(self.layers))
        self.names.give(path, y, layers)
        if self.visits is not None:
            self.visits.add(step, layers, y.shape)
