"""Numbers over a mesh of axes, kept as sums of products of one factor an axis.

A network's totals over a grid of widths and resolutions are sums of terms, each a function of
the width times a function of the resolution. Arithmetic on a `Mesh` works on the axes alone, and
only the totals are spread over the mesh: by a matrix product. Every factor knows a bound of its
magnitude, so that an overflow of int64 is found before it happens.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
INT64 = 2**63 - 1
EXACT_FLOAT = 2**53
"""Up to here every whole number is a float64, in whatever order sums are taken."""
MANY_TERMS = 64
"""A product that would have more terms is spread over the mesh instead."""


class Overflow(OverflowError):
    """A count beyond int64. No `CostcalcError`: a space that is too large is no wrong network."""


class _Kind(NamedTuple):
    kind: str = "i"


class Factor(NamedTuple):
    """A function of one axis: its values, and a bound of their magnitude."""

    values: Ints
    bound: int


Term = tuple[int, dict[int, Factor]]
"""A coefficient times one factor for each of some axes."""


def _factor(values: Any) -> Factor:
    try:
        array = np.asarray(values, dtype=np.int64)
    except OverflowError:
        raise Overflow("a size does not fit in 64 bits") from None
    return Factor(array, int(np.abs(array).max(initial=0)))


def _checked(bound: int) -> int:
    if bound > INT64:
        raise Overflow(f"a count of up to {bound:,} does not fit in 64 bits")
    return bound


class Mesh:
    """A whole number at every point of a mesh; `sizes` are the lengths of its axes."""

    __array_ufunc__ = None
    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("sizes", "terms")
    dtype = _Kind()

    def __init__(self, sizes: Sequence[int], terms: list[Term]) -> None:
        self.sizes, self.terms = tuple(sizes), terms

    @classmethod
    def axis(cls, sizes: Sequence[int], number: int, values: Any) -> Mesh:
        """The values along one axis."""
        return cls(sizes, [(1, {number: _factor(values)})])

    # Sums and products stay on the axes.

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, _NUMBERS):
            return NotImplemented
        return Mesh(self.sizes, _merged([*self.terms, *self._terms(other)]))

    __radd__ = __add__

    def __neg__(self) -> Any:
        return Mesh(self.sizes, [(-c, factors) for c, factors in self.terms])

    def __sub__(self, other: Any) -> Any:
        if not isinstance(other, _NUMBERS):
            return NotImplemented
        return self + -Mesh(self.sizes, self._terms(other))

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, _NUMBERS):
            return NotImplemented
        others = self._terms(other)
        products = [_product(a, b) for a in self.terms for b in others]
        return Mesh(self.sizes, _merged(products))

    __rmul__ = __mul__

    # Everything else is taken value by value, on one axis where the operands have but one.

    def __floordiv__(self, other: Any) -> Any:
        return self.elementwise(operator.floordiv, self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return self.elementwise(operator.floordiv, other, self)

    def __mod__(self, other: Any) -> Any:
        return self.elementwise(operator.mod, self, other)

    def __rmod__(self, other: Any) -> Any:
        return self.elementwise(operator.mod, other, self)

    def __eq__(self, other: object) -> Any:
        return self.elementwise(operator.eq, self, other)

    def __lt__(self, other: Any) -> Any:
        return self.elementwise(operator.lt, self, other)

    def __le__(self, other: Any) -> Any:
        return self.elementwise(operator.le, self, other)

    def __gt__(self, other: Any) -> Any:
        return self.elementwise(operator.gt, self, other)

    def __ge__(self, other: Any) -> Any:
        return self.elementwise(operator.ge, self, other)

    def all(self) -> bool:
        """Whether no value is zero."""
        return bool(self.on_axis()[1].all())

    @property
    def flat(self) -> list[int]:
        """The first value, where an array has them all."""
        first = sum(
            c * functools.reduce(operator.mul, (int(f.values.flat[0]) for f in fs.values()), 1)
            for c, fs in self.terms
        )
        return [first]

    @property
    def bound(self) -> int:
        """A bound of the magnitude anywhere on the mesh."""
        return sum(
            abs(c) * functools.reduce(operator.mul, (f.bound for f in fs.values()), 1)
            for c, fs in self.terms
        )

    def axes(self) -> set[int]:
        """The axes the number depends on."""
        return {axis for _, factors in self.terms for axis in factors}

    def on_axis(self) -> tuple[int | None, Ints]:
        """The axis it depends on and its values along it; None and all values if on several."""
        axes = self.axes()
        if len(axes) > 1:
            return None, self.dense()
        axis = next(iter(axes), 0)
        return axis, self._along(axis)

    def _along(self, axis: int) -> Ints:
        _checked(self.bound)
        total = np.zeros(self.sizes[axis], dtype=np.int64)
        for c, factors in self.terms:
            total = total + (c * factors[axis].values if axis in factors else c)
        return total

    def _terms(self, other: Any) -> list[Term]:
        if isinstance(other, Mesh):
            return other.terms
        if isinstance(other, np.ndarray):
            return [(1, {ALL: _factor(other)})]
        return [(int(other), {})]

    def elementwise(self, function: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
        """A function of two numbers, value by value: along the one axis they depend on, if one."""
        if not (isinstance(a, _NUMBERS) and isinstance(b, _NUMBERS)):
            return NotImplemented
        axes = {axis for x in (a, b) if isinstance(x, Mesh) for axis in x.axes()}
        if len(axes) <= 1:
            axis = next(iter(axes), 0)
            x, y = (v._along(axis) if isinstance(v, Mesh) else v for v in (a, b))
            return Mesh(self.sizes, [(1, {axis: _factor(function(x, y))})])
        x, y = (v.dense() if isinstance(v, Mesh) else v for v in (a, b))
        return Mesh(self.sizes, [(1, {ALL: _factor(function(x, y))})])

    def block(self, start: int, stop: int) -> Mesh:
        """The part between two places of the first axis."""
        sizes = (stop - start, *self.sizes[1:])
        terms = []
        for c, factors in self.terms:
            cut = {
                axis: Factor(f.values[start:stop], f.bound) if axis in (0, ALL) else f
                for axis, f in factors.items()
            }
            terms.append((c, cut))
        return Mesh(sizes, terms)

    def dense(self) -> Ints:
        """The value at every point: an int64 array with the mesh's axes.

        Terms are contracted by a matrix product: in float64 where every partial sum is exact
        there, in int64 otherwise. Raises `Overflow` for what does not fit.
        """
        bound = _checked(self.bound)
        spread = [term for term in self.terms if ALL in term[1]]
        rest = [term for term in self.terms if ALL not in term[1]]
        result = _contracted(self.sizes, rest, np.float64 if bound < EXACT_FLOAT else np.int64)
        for c, factors in spread:
            product: Any = c * factors[ALL].values
            for axis, factor in factors.items():
                if axis != ALL:
                    product = product * factor.values.reshape(_shape(self.sizes, axis))
            result = result + product
        return result

    def at(self, points: Sequence[Ints], count: int) -> Ints:
        """The values at so many points: for each axis the index of every point along it."""
        _checked(self.bound)
        total = np.zeros(count, dtype=np.int64)
        for c, factors in self.terms:
            product: Any = c
            for axis, factor in factors.items():
                where = tuple(points) if axis == ALL else points[axis]
                product = product * factor.values[where]
            total += product
        return total


_NUMBERS = (Mesh, int, np.integer, np.ndarray)
"""What a mesh computes with; rationals have arithmetic of their own, with a mesh inside."""
ALL = -1
"""The "axis" of a factor that depends on several: its values are spread over the whole mesh."""


def _shape(sizes: Sequence[int], axis: int) -> list[int]:
    return [size if number == axis else 1 for number, size in enumerate(sizes)]


def _product(a: Term, b: Term) -> Term:
    factors = dict(a[1])
    for axis, factor in b[1].items():
        if axis in factors:
            bound = _checked(factors[axis].bound * factor.bound)
            factors[axis] = Factor(factors[axis].values * factor.values, bound)
        else:
            factors[axis] = factor
    return a[0] * b[0], factors


def _merged(terms: list[Term]) -> list[Term]:
    """Like terms in one: constants, those on the same single axis, those with the same factors."""
    merged: dict[Any, Term] = {}
    for c, factors in terms:
        if c == 0:
            continue
        if len(factors) <= 1:
            key: Any = next(iter(factors), None)
        else:
            key = tuple(sorted((axis, id(factor.values)) for axis, factor in factors.items()))
        if key not in merged:
            merged[key] = c, factors
        elif len(factors) == 1:
            ((axis, factor),) = factors.items()
            before, others = merged[key]
            other = others[axis]
            bound = _checked(abs(before) * other.bound + abs(c) * factor.bound)
            merged[key] = 1, {axis: Factor(before * other.values + c * factor.values, bound)}
        else:
            merged[key] = merged[key][0] + c, factors
    return list(merged.values())


def _contracted(sizes: Sequence[int], terms: list[Term], number: Any) -> Ints:
    """The sum of products of factors at every point of the mesh."""
    if not terms:
        return np.zeros(sizes, dtype=np.int64)
    if not sizes:
        return np.asarray(sum(c for c, _ in terms), dtype=np.int64)
    last = max(range(len(sizes)), key=lambda axis: sizes[axis])
    left_axes = [axis for axis in range(len(sizes)) if axis != last]
    left_sizes = [sizes[axis] for axis in left_axes]
    left = np.empty((len(terms), int(np.prod(left_sizes, dtype=np.int64))), dtype=number)
    right = np.empty((len(terms), sizes[last]), dtype=number)
    for index, (c, factors) in enumerate(terms):
        spread: Any = np.full([1] * len(left_axes), c, dtype=number)
        for place, axis in enumerate(left_axes):
            if axis in factors:
                shape = [-1 if p == place else 1 for p in range(len(left_axes))]
                spread = spread * factors[axis].values.astype(number).reshape(shape)
        left[index] = np.broadcast_to(spread, left_sizes).reshape(-1)
        right[index] = factors[last].values if last in factors else 1
    product = (left.T @ right).reshape([*left_sizes, sizes[last]])
    return np.moveaxis(product, -1, last).astype(np.int64)
