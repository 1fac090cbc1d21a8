"""Numbers over a mesh of axes, kept as sums of products of functions of few axes.

A network's totals over a grid of widths and resolutions are sums of terms, each a function of
the width times a function of the resolution. Arithmetic on a `FactoredArray` works on the axes
alone, and only the totals are spread over the mesh: by a matrix product. Every factor knows a bound
of its magnitude, so that an overflow of int64 is found before it happens.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from costcalc.numbers.arrays import Ints, Selection, Stretch
from costcalc.numbers.at_points import Taken, sum_at
from costcalc.numbers.column import Column, is_long
from costcalc.numbers.contraction import dense, spread
from costcalc.numbers.elementwise import ends_of
from costcalc.numbers.factor import (
    INT64,
    Axes,
    Factor,
    Integers,
    Overflow,
    between,
    factor_of,
    times,
    union,
)
from costcalc.numbers.protocol import ArrayOverAxes
from costcalc.numbers.sums import Sum
from costcalc.numbers.terms import COMPARED, Term, by_shared, merged, product
from costcalc.numbers.workspace import Workspace


def _checked(bound: int) -> int:
    if bound > INT64:
        raise Overflow(f"a count of up to {bound:,} does not fit in 64 bits")
    return bound


class AxisSpace(Workspace):
    """Makes the numbers over a mesh of axes."""

    def axis(self, number: int, values: npt.ArrayLike) -> FactoredArray:
        """A mesh of the values along one axis."""
        return self.along(number, factor_of(values))

    def along(self, axis: int, factor: Factor) -> FactoredArray:
        """A mesh of a function of one axis."""
        return FactoredArray(self, [(1, {(axis,): factor})])

    def constant(self, value: int) -> FactoredArray:
        """A mesh of the same value everywhere."""
        return FactoredArray(self, [(int(value), {})])


class FactoredArray(ArrayOverAxes):
    """A whole number at every point of a space."""

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("_identity", "_range", "_sum", "space")

    def __init__(self, space: AxisSpace, terms: list[Term] | Sum) -> None:
        self.space = space
        self._sum = terms if isinstance(terms, Sum) else Sum(terms)
        self._identity: Any = None
        self._range: tuple[int, int] | None = None

    @property
    def terms(self) -> list[Term]:
        """The terms whose sum it is, no two of them alike."""
        return self._sum.unlike(self.space.once)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return self.space.sizes

    # Sums and products stay on the axes.

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, _NUMBERS):
            return NotImplemented
        return self._plus(self, other)

    __radd__ = __add__

    def __neg__(self) -> Any:
        return FactoredArray(self.space, self._sum.scaled(-1))

    def __sub__(self, other: Any) -> Any:
        if not isinstance(other, _NUMBERS):
            return NotImplemented
        return self._plus(self, -other)

    def __rsub__(self, other: Any) -> Any:
        return self._plus(-self, other)

    def _plus(self, *numbers: Any) -> FactoredArray:
        total = self.plus_all(numbers)
        if total._sum.is_long:
            total._sum.unlike(self.space.once)
        return total

    def plus_all(self, numbers: Iterable[Any]) -> FactoredArray:
        """The sum of many numbers, like terms looked for once."""
        return FactoredArray(self.space, Sum.of(map(_sum_of, numbers)))

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, _NUMBERS):
            return NotImplemented
        if not isinstance(other, FactoredArray):
            scaled = self._sum.scaled(int(other)) if other else Sum([])
            return FactoredArray(self.space, scaled)
        truth = self._sum.truth
        if truth is not None:  # how often each layer of a repeat is there
            return FactoredArray(self.space, other._sum.where(truth, self.space.once))
        key = "product", id(self), id(other)
        return self.space.once(key, (self, other), lambda: self._times(other))

    def _times(self, other: FactoredArray) -> FactoredArray:
        products = [product(self.space.once, a, b) for a in self.terms for b in other.terms]
        return FactoredArray(self.space, Sum(products, True))

    __rmul__ = __mul__

    # Everything else is taken value by value, on the axes that the operands depend on.

    def __floordiv__(self, other: Any) -> Any:
        if isinstance(other, int) and other == 1:
            return self
        if self._is(other):
            return 1
        return self.elementwise(operator.floordiv, self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return self.elementwise(operator.floordiv, other, self)

    def __mod__(self, other: Any) -> Any:
        if (isinstance(other, int) and other == 1) or self._is(other):
            return 0
        return self.elementwise(operator.mod, self, other)

    def __rmod__(self, other: Any) -> Any:
        return self.elementwise(operator.mod, other, self)

    def _is(self, other: Any) -> bool:
        """Whether both are the same number of channels, say: not zero, or nothing divides it."""
        return (
            isinstance(other, FactoredArray)
            and self.range[0] > 0
            and self.identity == other.identity
        )

    # A comparison that the bounds decide is a plain truth value.

    def __eq__(self, other: object) -> Any:
        decided = self._equal(other)
        return self.elementwise(operator.eq, self, other) if decided is None else decided

    def __ne__(self, other: object) -> Any:
        decided = self._equal(other)
        return self.elementwise(operator.ne, self, other) if decided is None else not decided

    def _equal(self, other: Any) -> bool | None:
        """Whether two numbers are equal everywhere or nowhere, None where it takes their values."""
        if isinstance(other, FactoredArray):
            if self.identity == other.identity:
                return True
            low, high = other.range
        elif isinstance(other, int):
            low = high = other
        else:
            return None
        return False if self.range[1] < low or high < self.range[0] else None

    def __lt__(self, other: Any) -> Any:
        return self._compared(operator.lt, operator.ge, other)

    def __le__(self, other: Any) -> Any:
        return self._compared(operator.le, operator.gt, other)

    def __gt__(self, other: Any) -> Any:
        return self._compared(operator.gt, operator.le, other)

    def __ge__(self, other: Any) -> Any:
        return self._compared(operator.ge, operator.lt, other)

    def _compared(self, sign: Any, opposite: Any, other: Any) -> Any:
        if isinstance(other, int):
            low, high = self.range
            if sign(low, other) and sign(high, other):
                return True
            if opposite(low, other) and opposite(high, other):
                return False
        return self.elementwise(sign, self, other)

    @property
    def is_long(self) -> bool:
        """Whether it is along one axis, and computed block by block."""
        axes = self.axes()
        return len(axes) == 1 and is_long(self.sizes[axes[0]])

    def all(self) -> bool:
        """Whether no value is zero."""
        key = "all", self.identity
        return self.space.once(key, self, lambda: bool(self.spread(self.axes()).all()))  # type: ignore[no-any-return]

    @property
    def flat(self) -> list[int]:
        """The first value, where an array has them all."""
        return [sum(c * math.prod(f.first for f in fs.values()) for c, fs in self.terms)]

    @property
    def held(self) -> int:
        """How many values its factors have."""
        arrays = {id(f.values): f.values.size for _, fs in self.terms for f in fs.values()}
        return sum(arrays.values())

    @property
    def bound(self) -> int:
        """A bound of the magnitude anywhere on the mesh."""
        return sum(abs(c) * math.prod(f.bound for f in fs.values()) for c, fs in self.terms)

    @property
    def identity(self) -> Any:
        """What is equal where two numbers are made of the same arrays."""
        if self._identity is None:
            self._identity = tuple(
                (c, *sorted((axes, id(factor.values)) for axes, factor in factors.items()))
                for c, factors in self.terms
            )
        return self._identity

    @property
    def range(self) -> tuple[int, int]:
        """Two numbers between which all values are."""
        if self._range is None:
            low = high = 0
            for c, factors in self.terms:
                ends = c, c
                for factor in factors.values():
                    ends = between(ends, (factor.low, factor.high))
                low, high = low + min(ends), high + max(ends)
            self._range = low, high
        return self._range

    def axes(self) -> Axes:
        """The axes the number depends on."""
        return union(axes for _, factors in self.terms for axes in factors)

    def spread(self, axes: Axes) -> Integers:
        """The values over some axes, all that it depends on among them.

        One dimension for each of the axes, of length one where the number does not depend on it.
        Python's integers where int64 does not hold them. Raises `TooManyAxes` for too many.
        """
        self.space.require_narrow(self.axes())
        return spread(axes, self.terms, np.int64 if self.bound <= INT64 else object)

    def elementwise(self, function: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
        """A function of two numbers, value by value on the axes they depend on.

        Raises `TooManyAxes` where these have too many values.
        """
        if not (isinstance(a, _NUMBERS) and isinstance(b, _NUMBERS)):
            return NotImplemented
        key = function, *(x.identity if isinstance(x, FactoredArray) else x for x in (a, b))
        return self.space.once(key, (a, b), lambda: self._elementwise(function, a, b))

    def _elementwise(self, function: Callable[[Any, Any], Any], a: Any, b: Any) -> FactoredArray:
        axes = union(x.axes() for x in (a, b) if isinstance(x, FactoredArray))
        self.space.require_narrow(axes)
        factor = self._long(function, axes, a, b)
        if factor is None:
            x, y = (v.spread(axes) if isinstance(v, FactoredArray) else v for v in (a, b))
            factor = factor_of(function(x, y))
        return FactoredArray(self.space, merged(self.space.once, [(1, {axes: factor})]))

    def _long(
        self, function: Callable[[Any, Any], Any], axes: Axes, a: Any, b: Any
    ) -> Factor | None:
        """A function of two numbers along a long axis that is computed block by block, if it can:
        where it is known between what it lies."""
        if len(axes) != 1 or not is_long(self.sizes[axes[0]]):
            return None
        operands = [x if isinstance(x, FactoredArray) else self.space.constant(x) for x in (a, b)]
        ends = ends_of(function, *(one.range for one in operands))
        if ends is None or max(one.bound for one in operands) > INT64:
            return None
        columns = [one.along(*axes) for one in operands]
        return Factor(Column(_whole(function), columns, self.sizes[axes[0]]), *ends)

    def along(self, axis: int) -> Column:
        """The values along the one axis that it depends on."""
        points: list[Selection] = [slice(None)] * len(self.sizes)
        return self.column(points, self.sizes[axis], {})

    def cut(self, stretches: Sequence[Stretch]) -> FactoredArray:
        """The part at a stretch of each axis; at one index the axis is no more."""
        left = [axis for axis, some in enumerate(stretches) if not isinstance(some, int)]
        renamed = {axis: number for number, axis in enumerate(left)}
        index = [s if isinstance(s, int) else slice(s.start, s.stop) for s in stretches]
        terms = []
        for c, factors in self.terms:
            kept: dict[Axes, Factor] = {}
            for axes, factor in factors.items():
                values = factor.array[tuple(index[axis] for axis in axes)]
                group = tuple(renamed[axis] for axis in axes if axis in renamed)
                if group:
                    part = Factor(values, factor.low, factor.high)
                    # without the axes that are gone two factors may be of the same ones
                    kept[group] = times(kept[group], part) if group in kept else part
                else:
                    c *= int(values)
            terms.append((c, kept))
        return FactoredArray(
            AxisSpace([len(s) for s in stretches if not isinstance(s, int)]), terms
        )

    def gathered(self) -> FactoredArray:
        """The same number in fewer terms: those that share a factor are taken together.

        Layers of one resolution share its square, so that their widths add up first.
        """
        small = {a for _, fs in self.terms for a, f in fs.items() if f.values.size <= COMPARED}
        gathered = (by_shared(self.terms, axes) for axes in small)
        best = min(gathered, key=len, default=self.terms)
        return FactoredArray(self.space, best) if len(best) < len(self.terms) else self

    def fill(self, out: Ints) -> None:
        """Write the value at every point into an array of the mesh's shape, as `dense` has it."""
        found = self.dense(out)
        if not np.may_share_memory(found, out):
            out[...] = found

    def dense(self, out: Ints | None = None) -> Ints:
        """The value at every point: an int64 array with the mesh's axes, those of length one that
        it does not depend on; in `out` where that is of this shape, and it can be.

        Terms are contracted by a matrix product: in float64 where every partial sum is exact
        there, in int64 otherwise. Raises `Overflow` for what does not fit.
        """
        return dense(self.sizes, self.terms, _checked(self.bound), out)

    def column(self, points: Sequence[Selection], count: int, taken: Taken) -> Column:
        """The values at so many points, which are computed when they are asked for.

        Args:
            points: for each axis the index of every point along it, `slice(None)` where the points
                are the axis.
            count: how many points there are.
            taken: functions at these points, by their ids; it is told of more.
        """
        _checked(self.bound)
        return sum_at(self.terms, points, count, taken)


_NUMBERS = (FactoredArray, int, np.integer)
"""What a mesh computes with; rationals have arithmetic of their own, with a mesh inside."""


def _whole(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Ints]:
    """A function that has whole numbers, 1 and 0 for truth values."""
    return lambda a, b: np.asarray(function(a, b)).astype(np.int64, copy=False)


def _sum_of(number: Any) -> Sum:
    return number._sum if isinstance(number, FactoredArray) else Sum([(int(number), {})])
