"""Operators that join branches."""

from __future__ import annotations

from functools import partial, reduce
from operator import add as plus

from costcalc.numbers.dimensions import Shape, ShapeError, is_one, require_everywhere
from costcalc.numbers.symbol import value_of
from costcalc.ops.operator import Facts, Result, op


def _same(what: str, a: Shape, b: Shape, axes: str) -> None:
    """Raise `ShapeError` unless a and b agree along the axes."""
    for axis in axes:
        if not require_everywhere(value_of(getattr(a, axis)) == value_of(getattr(b, axis))):
            name = {"h": "height", "w": "width", "c": "channels"}[axis]
            raise ShapeError(f"{what} needs branches of equal {name}, but they are {a} and {b}")


Side = str
"""`h`, `w` or `c`: a side of a map."""


@op("Concat")
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
    repeated = [is_one(a) or is_one(b) for a, b in zip(y, x, strict=True)]
    _same(what, y, x, "".join(axis for axis, one in zip("hwc", repeated, strict=True) if not one))
    return Shape(*(b if is_one(a) else a for a, b in zip(y, x, strict=True)))


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
