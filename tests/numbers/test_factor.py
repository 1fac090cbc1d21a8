"""Long factors are computed block by block, and are what they are computed at once."""

from __future__ import annotations

import random
import sys

import numpy as np
import pytest

from costcalc.numbers import column
from costcalc.numbers.at_points import all_at
from costcalc.numbers.column import BLOCK, Column
from costcalc.numbers.factor import factor_of, times, total
from costcalc.numbers.factored import AxisSpace

LENGTH = 2 * BLOCK + 7


def columns(seed):
    """Factors made of one another, beside Python's integers that are made likewise."""
    draw = random.Random(seed)
    values = np.random.default_rng(seed).integers(-9, 10, size=(3, LENGTH))
    made = [(factor_of(one), one.astype(object)) for one in values]
    for _ in range(20):
        some = draw.choices(made, k=draw.randint(1, 4))
        coefficients = [draw.choice([-2, 1, 1, 3]) for _ in some]
        if draw.random() < 0.5:
            (a, x), (b, y) = draw.choices(made[-5:], k=2)
            made.append((times(a, b), x * y))
        else:
            parts = [(c, one) for c, (one, _) in zip(coefficients, some, strict=True)]
            exact = sum(c * x for c, (_, x) in zip(coefficients, some, strict=True))
            made.append((total(parts), exact))
    return made


@pytest.mark.parametrize("seed", range(4))
def test_what_is_made_of_long_factors_is_exact(seed):
    """Block by block, in any order, and where 64 bits do not hold it."""
    made = columns(seed)
    known = {}
    places = slice(BLOCK, 2 * BLOCK)
    for one, exact in made:
        assert one.low <= min(exact)
        assert max(exact) <= one.high
        assert one.first == exact[0]
        if isinstance(one.values, Column):
            assert (one.values.block(places, known) == exact[places]).all()
        assert (one.array == exact).all()
    assert any(isinstance(one.values, Column) for one, _ in made)


def test_several_numbers_share_what_they_are_made_of():
    space = AxisSpace((LENGTH, 5))
    width = space.axis(0, np.arange(LENGTH))
    size = space.axis(1, np.arange(5))
    area = (width * width + 3 * width) * size
    more = area + width * width * 7 + 1
    codes = np.arange(LENGTH) % 5
    found = all_at([area, more], [slice(None), codes], LENGTH)
    x = np.arange(LENGTH)
    assert (found[0] == (x * x + 3 * x) * codes).all()
    assert (found[1] == (x * x + 3 * x) * codes + x * x * 7 + 1).all()


def test_one_array_along_two_axes():
    space, values = AxisSpace((3, 3)), np.array([5, 7, 9])
    number = 10 * space.axis(0, values) + space.axis(1, values)
    (found,) = all_at([number], [np.array([0, 1, 2]), np.array([2, 0, 0])], 3)
    assert found.tolist() == [59, 75, 95]


def test_a_long_chain_of_sums_is_no_deep_recursion(monkeypatch):
    """As the widths of a network that grows with every layer."""
    monkeypatch.setattr(column, "BLOCK", 8)
    one = step = factor_of(np.arange(20))
    for _ in range(2 * sys.getrecursionlimit()):
        one = total([(1, one), (1, step)])
    assert (one.array == np.arange(20) * (2 * sys.getrecursionlimit() + 1)).all()
