"""Which layers each row of the text became, call after call: what an editor shows beside it.

The graph knows the rows of the network's own tables. A row of a block, or of a repeat, stands for
layers in several places; who asks for those hands a `Visits` to the builder.
"""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.graph.calls import Call
from costcalc.language.model import Join, Row
from costcalc.numbers.dimensions import Shape
from costcalc.records import NamedTuple


class Visit(NamedTuple):
    """One time that a row was come by: its layers, as indices, and its output."""

    layers: range
    output: Shape


class Visits:
    """Every visit, in the order in which rows were left."""

    def __init__(self) -> None:
        self._steps: list[Row | Join] = []
        self._visits: list[Visit] = []
        self._within: dict[int, range] = {}

    def __len__(self) -> int:
        return len(self._steps)

    def add(self, step: Row | Join, layers: range, output: Shape) -> None:
        """A row was left."""
        self._steps.append(step)
        self._visits.append(Visit(layers, output))

    def end_call(self, call: Call, begin: int) -> None:
        """The visits from number `begin` on were within a call."""
        self._within[id(call)] = range(begin, len(self))

    def repeat_call(self, call: Call, begin: int) -> None:
        """What was within a call is there again, its first layer at `begin`."""
        offset = begin - call.begin
        for number in self._within[id(call)]:
            layers, output = self._visits[number]
            again = range(layers.start + offset, layers.stop + offset)
            self.add(self._steps[number], again, output)

    def by_step(self) -> Mapping[int, list[Visit]]:
        """The visits of each row, by its identity."""
        found: dict[int, list[Visit]] = {}
        for step, visit in zip(self._steps, self._visits, strict=True):
            found.setdefault(id(step), []).append(visit)
        return found
