"""Sums of products of functions of single axes, at every point of their mesh."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from costcalc.numbers.arrays import Array, Ints
from costcalc.numbers.factor import EXACT_FLOAT, Axes
from costcalc.numbers.terms import Term

STRIP = 1 << 18
"""Multiplications of one matrix product: so few that it stays in the cache, and that no library
takes several threads for it, which cost more than they save and are others' processes."""


def _over(axes: Axes, group: Axes, values: Array) -> Array:
    """Values over a group of axes as an array over more axes."""
    if axes == group:
        return values
    lengths = dict(zip(group, values.shape, strict=True))
    return values.reshape([lengths.get(axis, 1) for axis in axes])


def _contracted(
    sizes: Sequence[int], terms: list[Term], last: int, number: Any, out: Ints | None = None
) -> Ints:
    """The sum of products of factors at every point of the mesh: a matrix product over `last`.

    Written into `out`, an array of the mesh's shape, if there is one.
    """
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
                spread = spread * _over(left_axes, axes, factor.array.astype(number))
        left[index] = spread
        right[index] = factors[last,].array if (last,) in factors else 1
    rows = np.ascontiguousarray(left.reshape(len(terms), -1).T)
    shape = *left_sizes, sizes[last]
    found = np.empty(shape, dtype=np.int64) if out is None else np.moveaxis(out, last, -1)
    product = found.reshape(len(rows), sizes[last])
    wide = max(1, STRIP // len(terms))  # of the last axis, and of the others, in a strip
    high = max(1, wide // min(wide, sizes[last]))
    for top in range(0, len(rows), high):
        for start in range(0, sizes[last], wide):
            down, across = slice(top, top + high), slice(start, start + wide)
            product[down, across] = rows[down] @ right[:, across]
    if not np.may_share_memory(product, found):  # where `out` lies in another order
        found[...] = product.reshape(shape)
    return np.moveaxis(found, -1, last)


def spread(axes: Axes, terms: Sequence[Term], number: Any) -> Array:
    """The sum over some axes, all that it depends on among them, in a type of numbers.

    One dimension for each of the axes, of length one where it does not depend on it.
    """
    total: Any = None
    for c, factors in terms:
        product: Any = None
        for group, factor in factors.items():
            values = _over(axes, group, factor.array.astype(number, copy=False))
            product = values if product is None else product * values
        if product is None:
            product = np.full((1,) * len(axes), c, dtype=number)
        elif c != 1:
            product = product * c
        total = product if total is None else total + product
    return np.zeros((1,) * len(axes), dtype=number) if total is None else total


def dense(sizes: Sequence[int], terms: Sequence[Term], bound: int, out: Ints | None = None) -> Ints:
    """The sum at every point of a mesh; axes are of length one that it does not depend on.

    In `out` where that is of this shape, and it can be.

    By a matrix product: in float64 where every partial sum is exact there, which the bound of the
    magnitude tells, in int64 otherwise.
    """
    used = {axis for _, factors in terms for group in factors for axis in group}
    everything = tuple(range(len(sizes)))
    if len(used) < 2:
        return spread(everything, terms, np.int64)
    sizes = [size if axis in used else 1 for axis, size in enumerate(sizes)]
    last = max(sorted(used), key=lambda axis: sizes[axis])
    entangled = [term for term in terms if _entangles(term, last)]
    rest = [term for term in terms if not _entangles(term, last)]
    whole = out if out is not None and out.shape == tuple(sizes) else None
    number = np.float64 if bound < EXACT_FLOAT else np.int64
    found = _contracted(sizes, rest, last, number, whole)
    return found + spread(everything, entangled, np.int64) if entangled else found


def _entangles(term: Term, axis: int) -> bool:
    """Whether a factor of it depends on an axis and on others."""
    return any(axis in group and len(group) > 1 for group in term[1])
