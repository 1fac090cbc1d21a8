"""Sums of products of functions of single axes, at every point of their mesh."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from costcalc.numbers.arrays import Array, Ints
from costcalc.numbers.factor import Axes
from costcalc.numbers.terms import Term

STRIP = 1 << 18
"""Multiplications of one matrix product: so few that it stays in the cache, and that no library
takes several threads for it, which cost more than they save and are others' processes."""


def over(axes: Axes, group: Axes, values: Array) -> Array:
    """Values over a group of axes as an array over more axes."""
    if axes == group:
        return values
    lengths = dict(zip(group, values.shape, strict=True))
    return values.reshape([lengths.get(axis, 1) for axis in axes])


def contracted(sizes: Sequence[int], terms: list[Term], last: int, number: Any) -> Ints:
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
                spread = spread * over(left_axes, axes, factor.array.astype(number))
        left[index] = spread
        right[index] = factors[last,].array if (last,) in factors else 1
    rows = np.ascontiguousarray(left.reshape(len(terms), -1).T)
    product = np.empty((len(rows), sizes[last]), dtype=np.int64)
    wide = max(1, STRIP // len(terms))  # of the last axis, and of the others, in a strip
    high = max(1, wide // min(wide, sizes[last]))
    for top in range(0, len(rows), high):
        for start in range(0, sizes[last], wide):
            down, across = slice(top, top + high), slice(start, start + wide)
            product[down, across] = rows[down] @ right[:, across]
    return np.moveaxis(product.reshape([*left_sizes, sizes[last]]), -1, last)
