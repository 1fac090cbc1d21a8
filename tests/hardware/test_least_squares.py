"""Non-negative least squares, beside brute force over all sets of columns."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from costcalc.hardware.least_squares import non_negative


def nearest_by_force(matrix, target):
    """The least distance over every set of columns whose own best coefficients are none below 0."""
    found = [np.linalg.norm(target)]
    for number in range(1, matrix.shape[1] + 1):
        for columns in itertools.combinations(range(matrix.shape[1]), number):
            part = matrix[:, columns]
            coefficients = np.linalg.lstsq(part, target, rcond=None)[0]
            if (coefficients >= 0).all():
                found.append(np.linalg.norm(target - part @ coefficients))
    return min(found)


def test_no_other_is_nearer():
    for seed in range(60):
        random = np.random.default_rng(seed)
        rows, columns = random.integers(1, 12), random.integers(1, 7)
        matrix = random.normal(size=(rows, columns)) if seed % 3 else random.random((rows, columns))
        if seed % 5 == 0 and columns > 1:
            matrix[:, 1] = 3 * matrix[:, 0]  # two columns that say the same
        target = random.normal(size=rows)
        found = non_negative(matrix, target)
        assert (found >= 0).all(), seed
        distance = np.linalg.norm(target - matrix @ found)
        assert distance <= nearest_by_force(matrix, target) + 1e-9, seed


def test_by_hand():
    """x alone of y = 2x - z would be 3/2; z would have to be negative, so it stays out."""
    matrix = np.array([[1.0, 0.0], [1.0, 1.0]])
    assert non_negative(matrix, np.array([2.0, 1.0])) == pytest.approx([1.5, 0.0])
    assert non_negative(matrix, np.array([0.0, 0.0])).tolist() == [0.0, 0.0]
    assert non_negative(-matrix, np.array([1.0, 1.0])).tolist() == [0.0, 0.0]


def test_scale_of_columns_does_not_matter():
    """Sums are from ten layers to 10^11 multiply-adds."""
    random = np.random.default_rng(1)
    matrix = random.random((20, 4))
    target = matrix @ [1.0, 0.0, 2.0, 0.5] + 0.01 * random.normal(size=20)
    scale = np.array([1.0, 1e11, 1e-6, 1e4])
    plain = non_negative(matrix, target)
    assert np.allclose(non_negative(matrix * scale, target) * scale, plain, rtol=1e-6)
