"""How often something repeats, where the configurations of an array differ in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from costcalc.errors import SpecError
from costcalc.graph import cells
from costcalc.graph.model import Layer
from costcalc.graph.tensors import Names, Tensor
from costcalc.language import limits
from costcalc.language.expressions import StructureDiffers, single_value
from costcalc.language.model import Cell
from costcalc.numbers.dimensions import Shape, add_up
from costcalc.numbers.protocol import ArrayOverAxes, is_array
from costcalc.numbers.symbol import value_of
from costcalc.records import NamedTuple


class RepeatCount(NamedTuple):
    """From so often to so often: where these differ, `array` has the configurations' own."""

    least: int
    most: int
    array: Any = None

    @property
    def differs(self) -> StructureDiffers:
        """What is raised where the configurations have to be built one structure after another."""
        return StructureDiffers(self.array)


def read_times(value: Any, cell: Cell) -> RepeatCount:
    """How often a cell says.

    Raises `StructureDiffers` where that differs, and some have none.

    All others have the first one: what follows is then behind the same layer everywhere.
    """
    array = value_of(cells.size(value, cell, "a repeat"))
    if isinstance(array, ArrayOverAxes):
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


def repeated(
    times: RepeatCount,
    x: Tensor,
    once: Callable[[int, Tensor], Tensor],
    layers: list[Layer],
    names: Names,
) -> Tensor:
    """What comes out after so many times, in every configuration.

    Args:
        times: how often.
        x: what goes in.
        once: adds the repeat of a number to the `layers` and `names`.

    Raises `StructureDiffers` where a repeat that only some have is not like the one before it.
    """
    before = 0
    partial: list[tuple[Any, Shape, Shape]] = []
    for i in range(1, times.most + 1):
        begin = len(layers)
        if i <= times.least:
            x = once(i, x)
        else:
            here = times.array >= i
            with names.only(here, times.differs):
                y = once(i, x)
            if not _same_structure(layers, before, begin) or _bypassed(layers, x, y):
                raise times.differs
            partial.append((here, x.shape, y.shape))
            x = y
        before = begin
    if not partial:
        return x
    shape = shape_after(partial, x.shape)
    if shape is x.shape:
        return x
    if not _resize(layers, x.layer, before, shape):
        raise times.differs
    return Tensor(x.layer, shape)


def shape_after(partial: Sequence[tuple[Any, Shape, Shape]], last: Shape) -> Shape:
    """What comes out of repeats that not all configurations have.

    Args:
        partial: for each of them where it is (1, else 0), and the shapes before and after it.
        last: the shape after all of them.
    """
    sizes = []
    for axis, size in enumerate(last.all):
        steps = [
            here * (after.all[axis] - before.all[axis])
            for here, before, after in partial
            if not _equal(after.all[axis], before.all[axis])
        ]
        if steps:
            size = add_up([partial[0][1].all[axis], *steps])
            size = size.gathered() if isinstance(size, ArrayOverAxes) else size
        sizes.append(size)
    kept = all(own is size for own, size in zip(sizes, last.all, strict=True))
    return last if kept else Shape(*sizes)


def _equal(a: Any, b: Any) -> bool:
    """Whether two sizes are equal in every configuration."""
    if is_array(a) and is_array(b) and a.flat[0] != b.flat[0]:
        return False
    equal = a == b
    return bool(equal.all() if is_array(equal) else equal)


def _resize(layers: list[Layer], index: int, begin: int, shape: Shape) -> bool:
    """Let the output of a layer be of the shape that it, or what it stands for, has in each.

    `begin` is the first layer of the last repeat. What rides on another layer is in the memory of
    that one. Returns False where it is in that of a layer of another shape.
    """
    while index >= begin:
        layer = layers[index]
        if layer.is_view:
            return False
        layers[index] = layer._replace(output=shape)
        if not layer.operator.pointwise:
            return True
        index = layer.inputs[0]
    return False


def _same_structure(layers: Sequence[Layer], first: int, second: int) -> bool:
    """Whether the layers from the second on are like those between the first and the second.

    Then what fuses with a layer behind the one also does behind the other.
    """
    before, after = (
        [(layer.operator.name, [index - begin for index in layer.inputs]) for layer in part]
        for begin, part in ((first, layers[first:second]), (second, layers[second:]))
    )
    return before == after


def _bypassed(layers: Sequence[Layer], *tensors: Tensor) -> bool:
    """Whether one of the tensors stands for another one in some configurations."""
    return any(x.layer >= 0 and layers[x.layer].bypass is not None for x in tensors)
