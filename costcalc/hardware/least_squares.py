"""Least squares with non-negative coefficients, by the active set of Lawson and Hanson."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
TOLERANCE = 1e-10
"""A gradient smaller than this share of the numbers it is made of is none."""


def non_negative(matrix: Floats, target: Floats) -> Floats:
    """The coefficients of at least 0 with which the columns come nearest to a target.

    Columns enter one by one, the one that promises most first (of equal ones the first), and leave
    where their coefficient would become negative; the result satisfies the Kuhn-Tucker conditions,
    so no other is nearer. Lawson and Hanson 1974, "Solving Least Squares Problems", chapter 23.

    Args:
        matrix: A row for each measurement, a column for each sum.
        target: What the rows should come to.

    Returns:
        A coefficient for each column, 0 for those that do not help.

    >>> non_negative(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([2.0, 1.0])).round(9).tolist()
    [1.5, 0.0]
    """
    scale = np.linalg.norm(matrix, axis=0)
    scale[scale == 0] = 1
    columns = matrix / scale
    found = np.zeros(columns.shape[1])
    inside = np.zeros(columns.shape[1], dtype=bool)
    least = TOLERANCE * float(np.linalg.norm(target))
    for _ in range(10 * len(found) + 10):  # each pass comes nearer: it ends by itself
        promise = columns.T @ (target - columns @ found)
        promise[inside] = -np.inf
        best = int(np.argmax(promise)) if len(promise) else 0
        if inside.all() or promise[best] <= least:
            break
        inside[best] = True
        found = _within(columns, target, found, inside)
    return found / scale  # type: ignore[no-any-return]


def _within(columns: Floats, target: Floats, found: Floats, inside: Any) -> Floats:
    """The best coefficients of the columns inside; what would be negative leaves them."""
    while inside.any():
        trial = np.zeros_like(found)
        trial[inside] = np.linalg.lstsq(columns[:, inside], target, rcond=None)[0]
        if (trial[inside] > 0).all():
            return trial
        falling = inside & (trial <= 0)
        step = np.min(found[falling] / (found[falling] - trial[falling]))
        found = found + step * (trial - found)
        inside &= found > TOLERANCE * float(np.abs(found).max(initial=0))
        found = np.where(inside, found, 0.0)
    return np.zeros_like(found)
