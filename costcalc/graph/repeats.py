"""How often something repeats, where the configurations of an array differ in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from costcalc.errors import SpecError
from costcalc.graph import cells
from costcalc.graph.model import Layer
from costcalc.language import limits
from costcalc.language.expressions import StructureDiffers, single_value
from costcalc.language.model import Cell
from costcalc.numbers.dimensions import Shape, is_array
from costcalc.numbers.protocol import ArrayOverAxes
from costcalc.numbers.symbol import value_of


class RepeatCount(NamedTuple):
    """From so often to so often: where these differ, `array` has the configurations' own."""

    least: int
    most: int
    array: Any = None

    @property
    def differs(self) -> StructureDiffers:
        """What is raised where the configurations have to be built one structure after another."""
        return StructureDiffers(self.array)


def read_times(value: Any, cell: Cell, partly: bool) -> RepeatCount:
    """How often a cell says.

    Raises `StructureDiffers` where that differs, unless a part may have a repeat.

    All have the first one: what follows is then behind the same layer everywhere.
    """
    array = value_of(cells.size(value, cell, "a repeat"))
    if partly and isinstance(array, ArrayOverAxes):
        counts = array.spread(array.axes())
        least, most = int(counts.min()), int(counts.max())
        if 1 <= least < most <= limits.LAYERS:
            return RepeatCount(least, most, array)
    times = int(single_value(array))
    if not 0 <= times <= limits.LAYERS:
        raise SpecError(
            f"a repeat must be between 0 and {limits.LAYERS:,}, not {times:,}", cell.mark
        )
    return RepeatCount(times, times)


def same_shape(a: Shape, b: Shape) -> bool:
    """Whether two shapes are equal in every configuration."""
    equal = (value_of(x == y) for x, y in zip(a, b, strict=True))
    return all(one.all() if is_array(one) else one for one in equal)


def same_structure(layers: Sequence[Layer], first: int, second: int) -> bool:
    """Whether the layers from the second on are like those between the first and the second.

    Then what fuses with a layer behind the one also does behind the other.
    """
    before, after = (
        [(layer.operator.name, [index - begin for index in layer.inputs]) for layer in part]
        for begin, part in ((first, layers[first:second]), (second, layers[second:]))
    )
    return before == after
