"""Operators that join branches."""

from __future__ import annotations

from functools import reduce
from operator import add as plus

from costcalc.numbers.dimensions import Shape, ShapeError, require_everywhere
from costcalc.numbers.symbol import value_of
from costcalc.ops.operator import Facts, Result, op


def _same(what: str, a: Shape, b: Shape, axes: str) -> None:
    """Raise `ShapeError` unless a and b agree along the axes."""
    for axis in axes:
        if not require_everywhere(value_of(getattr(a, axis)) == value_of(getattr(b, axis))):
            name = {"h": "height", "w": "width", "c": "channels"}[axis]
            raise ShapeError(f"{what} needs branches of equal {name}, but they are {a} and {b}")


@op("Concat")
def concat(*xs: Shape) -> Result:
    """The channels of all branches one after another; heights and widths agree."""
    for x in xs[1:]:
        _same("concat", xs[0], x, "hw")
    y = Shape(xs[0].h, xs[0].w, reduce(plus, (x.c for x in xs)))
    return y, Facts(reads=reduce(plus, (x.size for x in xs)), writes=y.size)


@op("Add")
def add(*xs: Shape) -> Result:
    """The sum of branches of equal shape, element by element."""
    for x in xs[1:]:
        _same("add", xs[0], x, "hwc")
    return xs[0], Facts(
        reads=reduce(plus, (x.size for x in xs)),
        writes=xs[0].size,
        elementwise={"add": (len(xs) - 1) * xs[0].size},
    )


@op("Multiply")
def mul(*xs: Shape) -> Result:
    """The product of branches; a 1 x 1 branch gates whole channels (SENet, arXiv:1709.01507)."""
    y = xs[0]
    for x in xs[1:]:
        gate = require_everywhere(value_of(x.h) == 1) and require_everywhere(value_of(x.w) == 1)
        _same("mul", y, x, "c" if gate else "hwc")
    return y, Facts(
        reads=reduce(plus, (x.size for x in xs)),
        writes=y.size,
        elementwise={"mul": (len(xs) - 1) * y.size},
    )
