"""An operator on several maps at once, as on regions of an image: on each of them by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from costcalc.numbers.conditions import ShapeError, require_everywhere
from costcalc.numbers.dimensions import Dim, Shape, is_one
from costcalc.numbers.symbol import value_of
from costcalc.ops.operator import Result


def of_each(
    run: Callable[..., Result], shapes: Sequence[Shape], arguments: Mapping[str, Any]
) -> Result:
    """Shape and facts of n maps, of which each costs what one does; parameters are read once.

    What is one map among several, as a trained one, is the same for all of them, and read once.
    Raises `ShapeError` where tensors have different numbers of maps, neither of them one.
    """
    n = _number(shapes)
    y, facts = run(*(shape._replace(n=1) for shape in shapes), **arguments)
    single = sum(shape.size for shape in shapes if is_one(shape.n) and len(shapes) > 1)
    return y._replace(n=n), facts.times(n, single)


def _number(shapes: Sequence[Shape]) -> Dim:
    several = [shape for shape in shapes if not is_one(shape.n)]
    for other in several[1:]:
        if not require_everywhere(value_of(other.n) == value_of(several[0].n)):
            raise ShapeError(f"{several[0]} and {other} are not equally many maps")
    return several[0].n if several else shapes[0].n
