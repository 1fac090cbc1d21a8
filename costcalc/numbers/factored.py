"""Numbers over a mesh of axes, kept as sums of products of functions of few axes.

A network's totals over a grid of widths and resolutions are sums of terms, each a function of
the width times a function of the resolution. Arithmetic on a `FactoredArray` works on the axes
alone, and only the totals are spread over the mesh: by a matrix product. Every factor knows a bound
of its magnitude, so that an overflow of int64 is found before it happens.
"""

from __future__ import annotations

import contextlib
import functools
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from costcalc.numbers.protocol import ArrayOverAxes

Ints = npt.NDArray[np.int64]
INT64 = 2**63 - 1
EXACT_FLOAT = 2**53
"""Up to here every whole number is a float64, in whatever order sums are taken."""
MOST_VALUES = 1 << 20
"""The most values of a factor that depends on several axes."""


BLOCK = 1 << 14
"""Values of a long array that are computed at once: so few that they stay in the cache."""
STRIP = 1 << 18
"""Multiplications of one matrix product: so few that it stays in the cache, and that no library
takes several threads for it, which cost more than they save and are others' processes."""


class Overflow(OverflowError):
    """A count beyond int64. No `CostcalcError`: a space that is too large is no wrong network."""


class TooManyAxes(Exception):
    """A function of several axes at once, with too many values to hold; `axes` are they."""

    def __init__(self, axes: Axes) -> None:
        super().__init__(f"a function of {len(axes)} axes")
        self.axes = axes


Axes = tuple[int, ...]
"""The axes a factor depends on, in ascending order."""


class Factor(NamedTuple):
    """A function of some axes: its values, one dimension an axis, and the least and the largest.

    Values are int64, or Python's integers while they are too large for that. `low` and `high`
    may be further apart than the values are.
    """

    values: npt.NDArray[Any]
    low: int
    high: int

    @property
    def bound(self) -> int:
        """A bound of the magnitude."""
        return max(-self.low, self.high)


Term = tuple[int, dict[Axes, Factor]]
"""A coefficient times a factor for each of some groups of axes."""


def _factor(values: Any) -> Factor:
    try:
        array = values if isinstance(values, np.ndarray) else np.asarray(values, dtype=np.int64)
    except OverflowError:
        array = np.asarray(values, dtype=object)
    if not array.size:
        return Factor(array.astype(np.int64), 0, 0)
    if array.dtype == np.bool_:
        return Factor(array.astype(np.int64), 0, 1)
    low, high = int(array.min()), int(array.max())
    exact = np.int64 if max(-low, high) <= INT64 else object
    return Factor(array.astype(exact, copy=False), low, high)


def _checked(bound: int) -> int:
    if bound > INT64:
        raise Overflow(f"a count of up to {bound:,} does not fit in 64 bits")
    return bound


class AxisSpace:
    """The axes of a mesh by their lengths, and what has been computed over them already.

    A network computes the same width for every layer of a stage: it is looked up again.
    `doubtful` are the points along an axis that floating point could not decide.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = tuple(sizes)
        self.doubtful: dict[int, Any] = {}
        self._known: dict[Any, tuple[Any, Any]] = {}

    def doubt(self, axis: int, points: Any) -> None:
        """Note points along an axis that were not decided for certain."""
        self.doubtful[axis] = self.doubtful.get(axis, False) | points

    def once(self, key: Any, operands: Any, compute: Callable[[], Any]) -> Any:
        """Memoise: keys name arrays by their ids, which stay valid as long as `operands` lives."""
        if key not in self._known:
            self._known[key] = compute(), operands
        return self._known[key][0]

    @contextlib.contextmanager
    def in_use(self) -> Iterator[AxisSpace]:
        """While one counts over it. What was computed on the way is let go of at the end: it holds
        the space, and would stay until Python looks for cycles."""
        try:
            yield self
        finally:
            self._known.clear()

    def axis(self, number: int, values: Any) -> FactoredArray:
        """A mesh of the values along one axis."""
        return FactoredArray(self, [(1, {(number,): _factor(values)})])

    def constant(self, value: int) -> FactoredArray:
        """A mesh of the same value everywhere."""
        return FactoredArray(self, [(int(value), {})])


class FactoredArray(ArrayOverAxes):
    """A whole number at every point of a space."""

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("space", "terms")

    def __init__(self, space: AxisSpace, terms: list[Term]) -> None:
        self.space, self.terms = space, terms

    @property
    def sizes(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return self.space.sizes

    # Sums and products stay on the axes.

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, _NUMBERS):
            return NotImplemented
        return FactoredArray(self.space, _merged([*self.terms, *_terms(other)]))

    __radd__ = __add__

    def __neg__(self) -> Any:
        return FactoredArray(self.space, [(-c, factors) for c, factors in self.terms])

    def __sub__(self, other: Any) -> Any:
        if not isinstance(other, _NUMBERS):
            return NotImplemented
        return FactoredArray(
            self.space, _merged([*self.terms, *((-c, f) for c, f in _terms(other))])
        )

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, _NUMBERS):
            return NotImplemented
        if not isinstance(other, FactoredArray):  # like terms stay unlike
            by = int(other)
            return FactoredArray(self.space, [(by * c, f) for c, f in self.terms] if by else [])
        products = [_product(self.space, a, b) for a in self.terms for b in other.terms]
        return FactoredArray(self.space, _merged(products))

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
        return False if self._apart(other) else self.elementwise(operator.eq, self, other)

    def __ne__(self, other: object) -> Any:
        return True if self._apart(other) else self.elementwise(operator.ne, self, other)

    def _apart(self, other: Any) -> bool:
        """Whether the bounds tell that two numbers differ everywhere."""
        if not isinstance(other, FactoredArray | int):
            return False
        low, high = other.range if isinstance(other, FactoredArray) else (other, other)
        return self.range[1] < low or high < self.range[0]

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

    def all(self) -> bool:
        """Whether no value is zero."""
        return bool(self.spread(self.axes()).all())

    @property
    def flat(self) -> list[int]:
        """The first value, where an array has them all."""
        return [
            sum(c * math.prod(int(f.values.flat[0]) for f in fs.values()) for c, fs in self.terms)
        ]

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
        return tuple(
            (c, *sorted((axes, id(factor.values)) for axes, factor in factors.items()))
            for c, factors in self.terms
        )

    @property
    def range(self) -> tuple[int, int]:
        """Two numbers between which all values are."""
        low = high = 0
        for c, factors in self.terms:
            ends = c, c
            for factor in factors.values():
                ends = _between(ends, (factor.low, factor.high))
            low, high = low + min(ends), high + max(ends)
        return low, high

    def axes(self) -> Axes:
        """The axes the number depends on."""
        return _union(axes for _, factors in self.terms for axes in factors)

    def spread(self, axes: Axes) -> npt.NDArray[Any]:
        """The values over some axes, all that it depends on among them.

        One dimension for each of the axes, of length one where the number does not depend on it.
        Python's integers where int64 does not hold them. Raises `TooManyAxes` for too many.
        """
        _require_narrow(self.axes(), self.sizes)
        exact: Any = np.int64 if self.bound <= INT64 else object
        total: Any = None
        for c, factors in self.terms:
            product: Any = None
            for group, factor in factors.items():
                values = _over(axes, group, factor.values.astype(exact, copy=False))
                product = values if product is None else product * values
            if product is None:
                product = np.full((1,) * len(axes), c, dtype=exact)
            elif c != 1:
                product = product * c
            total = product if total is None else total + product
        return np.zeros((1,) * len(axes), dtype=exact) if total is None else total

    def plus_all(self, numbers: Iterable[Any]) -> FactoredArray:
        """The sum of many numbers, like terms looked for once."""
        return FactoredArray(
            self.space, _merged([term for number in numbers for term in _terms(number)])
        )

    def elementwise(self, function: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
        """A function of two numbers, value by value on the axes they depend on.

        Raises `TooManyAxes` where these have too many values.
        """
        if not (isinstance(a, _NUMBERS) and isinstance(b, _NUMBERS)):
            return NotImplemented
        key = function, *(x.identity if isinstance(x, FactoredArray) else x for x in (a, b))
        return self.space.once(key, (a, b), lambda: self._elementwise(function, a, b))

    def _elementwise(self, function: Callable[[Any, Any], Any], a: Any, b: Any) -> FactoredArray:
        axes = _union(x.axes() for x in (a, b) if isinstance(x, FactoredArray))
        _require_narrow(axes, self.sizes)
        x, y = (v.spread(axes) if isinstance(v, FactoredArray) else v for v in (a, b))
        return FactoredArray(self.space, _merged([(1, {axes: _factor(function(x, y))})]))

    def moved(self, space: AxisSpace) -> FactoredArray:
        """The same over another space of the same sizes."""
        return FactoredArray(space, self.terms)

    def cut(self, prefix: Sequence[int], start: int, stop: int) -> FactoredArray:
        """The part at one index of each of the first axes, and between two of the next one.

        The axes of the prefix are no more: the next one is the part's first.
        """
        gone = len(prefix)
        terms = []
        for c, factors in self.terms:
            kept: dict[Axes, Factor] = {}
            for axes, factor in factors.items():
                index = tuple(
                    prefix[axis] if axis < gone else slice(start, stop) if axis == gone else ...
                    for axis in axes[: sum(axis <= gone for axis in axes)]
                )
                values = factor.values[index]
                left = tuple(axis - gone for axis in axes if axis >= gone)
                if left:
                    part = Factor(values, factor.low, factor.high)
                    # without the axes that are gone two factors may be of the same ones
                    kept[left] = _times(kept[left], part) if left in kept else part
                else:
                    c *= int(values)
            terms.append((c, kept))
        return FactoredArray(AxisSpace((stop - start, *self.sizes[gone + 1 :])), terms)

    def gathered(self) -> FactoredArray:
        """The same number in fewer terms: those that share a factor are taken together.

        Layers of one resolution share its square, so that their widths add up first.
        """
        small = {a for _, fs in self.terms for a, f in fs.items() if f.values.size <= _COMPARED}
        gathered = (_by_shared(self.terms, axes) for axes in small)
        best = min(gathered, key=len, default=self.terms)
        return FactoredArray(self.space, best) if len(best) < len(self.terms) else self

    def dense(self) -> Ints:
        """The value at every point: an int64 array with the mesh's axes, those of length one that
        it does not depend on.

        Terms are contracted by a matrix product: in float64 where every partial sum is exact
        there, in int64 otherwise. Raises `Overflow` for what does not fit.
        """
        bound = _checked(self.bound)
        used = self.axes()
        everything = tuple(range(len(self.sizes)))
        if len(used) < 2:
            return self.spread(everything)
        sizes = [size if axis in used else 1 for axis, size in enumerate(self.sizes)]
        last = max(used, key=lambda axis: sizes[axis])
        entangled = [t for t in self.terms if any(last in a and len(a) > 1 for a in t[1])]
        rest = [t for t in self.terms if not any(last in a and len(a) > 1 for a in t[1])]
        result = _contracted(sizes, rest, last, np.float64 if bound < EXACT_FLOAT else np.int64)
        if not entangled:
            return result
        spread: Ints = FactoredArray(self.space, entangled).spread(everything)
        return result + spread

    def at(self, points: Sequence[Any], count: int) -> Ints:
        """The values at so many points: for each axis the index of every point along it.

        Where the points are the axis, `slice(None)` says so.
        """
        _checked(self.bound)
        total = np.zeros(count, dtype=np.int64)
        for block in blocks_of(total):
            some = [_within(index, block, count) for index in points]
            for c, factors in self.terms:
                product: Any = None
                for axes, factor in factors.items():
                    values = factor.values[_where(some, axes)]
                    product = values if product is None else product * values
                if product is None:
                    total[block] += c
                else:
                    total[block] += product if c == 1 else product * c
        return total


def _within(index: Any, block: slice, count: int) -> Any:
    """The indices of a block of points."""
    return slice(block.start, min(block.stop, count)) if isinstance(index, slice) else index[block]


def _where(points: Sequence[Any], axes: Axes) -> Any:
    """The index of every point along some axes."""
    if len(axes) == 1:
        return points[axes[0]]
    found = (points[axis] for axis in axes)
    return tuple(np.arange(i.start, i.stop) if isinstance(i, slice) else i for i in found)


_NUMBERS = (FactoredArray, int, np.integer)
"""What a mesh computes with; rationals have arithmetic of their own, with a mesh inside."""


def _require_narrow(axes: Axes, sizes: Sequence[int]) -> None:
    """Raise `TooManyAxes` for a function of several axes that has too many values."""
    if len(axes) > 1 and math.prod(sizes[axis] for axis in axes) > MOST_VALUES:
        raise TooManyAxes(axes)


def _terms(number: Any) -> list[Term]:
    return number.terms if isinstance(number, FactoredArray) else [(int(number), {})]


def _union(groups: Iterable[Axes]) -> Axes:
    return tuple(sorted({axis for group in groups for axis in group}))


def _over(axes: Axes, group: Axes, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Values over a group of axes as an array over more axes."""
    if axes == group:
        return values
    lengths = dict(zip(group, values.shape, strict=True))
    return values.reshape([lengths.get(axis, 1) for axis in axes])


def _between(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    """The least and the largest product of a number in one range and one in another."""
    products = [x * y for x in a for y in b]
    return min(products), max(products)


def _times(a: Factor, b: Factor) -> Factor:
    low, high = _between(a[1:], b[1:])
    if max(-low, high) <= INT64:
        return Factor(a.values * b.values, low, high)
    return _factor(a.values.astype(object) * b.values.astype(object))


def _sum(parts: Sequence[tuple[int, Factor]]) -> Factor:
    """The sum of factors of the same axes, each times a coefficient."""
    ends = [_between((c, c), (f.low, f.high)) for c, f in parts]
    low, high = (sum(end) for end in zip(*ends, strict=True))
    if sum(abs(c) * f.bound for c, f in parts) > INT64:
        return _factor(sum(c * f.values.astype(object) for c, f in parts))
    total = np.empty(parts[0][1].values.shape, dtype=np.int64)
    flat = total.reshape(-1)
    lines = [(c, f.values.reshape(-1).astype(np.int64, copy=False)) for c, f in parts]
    for block in blocks_of(flat):
        part = flat[block]
        part[:] = 0
        for c, line in lines:
            part += line[block] if c == 1 else c * line[block]
    return Factor(total, low, high)


def blocks_of(values: npt.NDArray[Any]) -> Iterator[slice]:
    """The places of a long array in blocks that stay in the cache, of a short one all at once."""
    for start in range(0, len(values), BLOCK):
        yield slice(start, start + BLOCK)


def _product(space: AxisSpace, a: Term, b: Term) -> Term:
    factors = dict(a[1])
    for axes, factor in b[1].items():
        if axes in factors:
            pair = factors[axes], factor
            # named in an order of their own: c * out is out * c
            key = "product", *sorted(id(one.values) for one in pair)
            factors[axes] = space.once(key, pair, functools.partial(_times, *pair))
        else:
            factors[axes] = factor
    return a[0] * b[0], factors


def _merged(terms: list[Term]) -> list[Term]:
    """Like terms in one: constants, those with the same factors, those of the same axes."""
    if len(terms) == 1:
        ((c, factors),) = terms
        none = c == 0 or any(factor.bound == 0 for factor in factors.values())
        return [] if none else [_folded(terms[0])]
    same: dict[Any, Term] = {}
    for c, factors in terms:
        named = [(axes, id(factor.values)) for axes, factor in factors.items()]
        key: Any = tuple(sorted(named)) if len(named) > 1 else named[0] if named else ()
        same[key] = (same[key][0] + c, factors) if key in same else (c, factors)
    merged: list[Term] = []
    alone: dict[Axes, list[tuple[int, Factor]]] = {}
    for c, factors in same.values():
        if c == 0 or any(f.low == f.high == 0 for f in factors.values()):
            continue
        if len(factors) == 1:
            ((axes, factor),) = factors.items()
            alone.setdefault(axes, []).append((c, factor))
        else:
            merged.append((c, factors))
    for axes, parts in alone.items():
        c, factor = parts[0] if len(parts) == 1 else (1, _sum(parts))
        merged.append(_folded((c, {axes: factor})))
    return merged


_COMPARED = 1 << 14
"""Factors up to this many values are compared to find those that terms share."""
_FOLDED = 64
"""Factors up to this many values are looked through for being constant."""


def _folded(term: Term) -> Term:
    """A function of one axis that is the same everywhere, as a coefficient.

    A "same" padding undoes its window: the size after it depends on the resolution alone.
    """
    c, factors = term
    if len(factors) != 1:
        return term
    ((_, factor),) = factors.items()
    if not 0 < factor.values.size <= _FOLDED or (factor.values != factor.values.flat[0]).any():
        return term
    return c * int(factor.values.flat[0]), {}


def _by_shared(terms: list[Term], shared: Axes) -> list[Term]:
    """Terms of two factors that agree in the one over `shared`, added up in the other."""
    found: dict[tuple[Axes, bytes], list[Term]] = {}
    unlike: list[Term] = []
    for c, factors in terms:
        others = [axes for axes in factors if axes != shared]
        if shared not in factors or len(others) != 1:
            unlike.append((c, factors))
            continue
        (other,) = others
        key = other, factors[shared].values.tobytes()
        found.setdefault(key, []).append((c, factors))
    return unlike + [
        parts[0]
        if len(parts) == 1
        else (1, {other: _sum([(c, f[other]) for c, f in parts]), shared: parts[0][1][shared]})
        for (other, _), parts in found.items()
    ]


def _contracted(sizes: Sequence[int], terms: list[Term], last: int, number: Any) -> Ints:
    """The sum of products of factors at every point of the mesh: a matrix product over `last`."""
    if not terms:
        return np.zeros(sizes, dtype=np.int64)
    left_axes = tuple(axis for axis in range(len(sizes)) if axis != last)
    left_sizes = [sizes[axis] for axis in left_axes]
    left = np.empty((len(terms), *left_sizes), dtype=number)
    right = np.empty((len(terms), sizes[last]), dtype=number)
    for index, (c, factors) in enumerate(terms):
        spread: Any = number(c)
        for axes, factor in factors.items():
            if axes != (last,):
                spread = spread * _over(left_axes, axes, factor.values.astype(number))
        left[index] = spread
        right[index] = factors[last,].values if (last,) in factors else 1
    rows = np.ascontiguousarray(left.reshape(len(terms), -1).T)
    product = np.empty((len(rows), sizes[last]), dtype=np.int64)
    wide = max(1, STRIP // len(terms))  # of the last axis, and of the others, in a strip
    high = max(1, wide // min(wide, sizes[last]))
    for top in range(0, len(rows), high):
        for start in range(0, sizes[last], wide):
            down, across = slice(top, top + high), slice(start, start + wide)
            product[down, across] = rows[down] @ right[:, across]
    return np.moveaxis(product.reshape([*left_sizes, sizes[last]]), -1, last)
