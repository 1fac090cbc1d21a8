"""Operators that join branches."""

from __future__ import annotations

from functools import partial, reduce
from operator import add as plus
from typing import Any

from costcalc.numbers.conditions import ShapeError, require_everywhere
from costcalc.numbers.dimensions import Shape, is_one, larger
from costcalc.numbers.protocol import is_array
from costcalc.numbers.symbol import value_of
from costcalc.ops.operator import Facts, Result, op

COMMUTING = ("add", "mul", "maximum")
"""Joins whose branches may stand in any order."""


def _same(what: str, a: Shape, b: Shape, axes: str) -> None:
    """Raise `ShapeError` unless a and b agree along the axes."""
    for axis in axes:
        _require(value_of(getattr(a, axis)) == value_of(getattr(b, axis)), what, a, b, axis)


def _require(agree: Any, what: str, a: Shape, b: Shape, axis: str) -> None:
    """Raise `ShapeError` unless a and b agree along an axis."""
    if not require_everywhere(agree):
        name = {"h": "height", "w": "width", "c": "channels"}[axis]
        raise ShapeError(f"{what} needs branches of equal {name}, but they are {a} and {b}")


Side = str
"""`h`, `w` or `c`: a side of a map."""


@op("Concat", moves=True)
def concat(*xs: Shape, axis: Side = "c") -> Result:
    """The channels (or with `axis` the rows or columns) of all branches one after another.

    The other sides agree.
    """
    for x in xs[1:]:
        _same("concat", xs[0], x, "hwc".replace(axis, ""))
    whole = reduce(plus, (getattr(x, axis) for x in xs))
    y = xs[0]._replace(**{axis: whole})
    return y, Facts(reads=reduce(plus, (x.size for x in xs)), writes=y.size)


def _spread(what: str, y: Shape, x: Shape) -> Shape:
    """The shape of element-wise arithmetic on both: along each axis a size of 1 is repeated.

    Raises `ShapeError` where two sizes differ and neither is 1.
    """
    return Shape(*(_spread_side(what, y, x, axis) for axis in "hwc"))


def _spread_side(what: str, y: Shape, x: Shape, axis: Side) -> Any:
    a, b = getattr(y, axis), getattr(x, axis)
    if is_one(a) or is_one(b):
        return b if is_one(a) else a
    agree = value_of(a) == value_of(b)
    if not (is_array(a) or is_array(b)) or (agree.all() if is_array(agree) else agree):
        _require(agree, what, y, x, axis)
        return a
    _require(1 - (1 - agree) * (1 - (a == 1)) * (1 - (b == 1)), what, y, x, axis)
    return larger(a, b)  # of those that agree: either they are equal, or one is 1


def _elementwise(what: str, xs: tuple[Shape, ...]) -> Result:
    y = reduce(partial(_spread, what), xs)
    return y, Facts(
        reads=reduce(plus, (x.size for x in xs)),
        writes=y.size,
        elementwise={what: (len(xs) - 1) * y.size},
    )


@op("Add")
def add(*xs: Shape) -> Result:
    """The sum of branches, element by element; a size of 1 is repeated along its axis."""
    return _elementwise("add", xs)


@op("Multiply")
def mul(*xs: Shape) -> Result:
    """The product of branches, element by element; a size of 1 is repeated along its axis.

    So a 1 x 1 branch gates whole channels (SENet, arXiv:1709.01507), and one of a single channel
    positions (CBAM, arXiv:1807.06521).
    """
    return _elementwise("mul", xs)


@op("Divide")
def div(*xs: Shape) -> Result:
    """One branch divided by the others, element by element; a size of 1 is repeated."""
    return _elementwise("div", xs)


@op("Maximum")
def maximum(*xs: Shape) -> Result:
    """The largest of branches, element by element; a size of 1 is repeated along its axis."""
    return _elementwise("max", xs)
