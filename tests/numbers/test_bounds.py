"""Bounds in blocks of a mesh: no value is outside of them, and of single points they are it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.numbers import column
from costcalc.numbers.bounds import Blocks
from costcalc.numbers.factored import AxisSpace
from tests.covering import examples
from tests.numbers.meshes import SIZES, as_factored, at_points, on_mesh, trees


def inside(blocks, values):
    """The values in each block, in their order."""
    starts = [blocks.starts[axis].tolist() for axis in blocks.axes]
    ends = [[*some[1:], SIZES[axis]] for axis, some in zip(blocks.axes, starts, strict=True)]
    stretches = [
        [slice(*pair) for pair in zip(*some, strict=True)]
        for some in zip(starts, ends, strict=True)
    ]
    return [values[block] for block in itertools.product(*stretches)]


@examples(100)
@given(st.lists(trees(), min_size=1, max_size=4), st.integers(1, 30), st.booleans())
def test_no_value_is_outside_of_its_bounds(formulas, most, long):
    with pytest.MonkeyPatch.context() as patch:
        if long:  # computed block by block, and bounded by what it is made of
            patch.setattr(column, "BLOCK", 1)
        space = AxisSpace(SIZES)
        try:
            wanted = [at_points(formula) for formula in formulas]
        except ZeroDivisionError:
            return
        numbers = [as_factored(on_mesh(formula, space), space) for formula in formulas]
        blocks = Blocks(SIZES, (0, 1, 2), most)
        assert blocks.count <= max(1, most)
        for values, lows, highs in zip(wanted, *blocks.bounds(numbers), strict=True):
            for some, low, high in zip(inside(blocks, values), lows, highs, strict=True):
                assert low <= some.min() <= some.max() <= high


@examples(25)
@given(trees())
def test_bounds_of_points_are_the_values(formula):
    space = AxisSpace(SIZES)
    try:
        wanted = at_points(formula)
    except ZeroDivisionError:
        return
    low, high = Blocks(SIZES, (0, 1, 2), 24).bounds([as_factored(on_mesh(formula, space), space)])
    assert np.array_equal(low, wanted.reshape(1, -1))
    assert np.array_equal(high, low)


def test_ends_of_products_change_places_below_zero():
    space = AxisSpace((2, 2))
    number = space.axis(0, [-3, 2]) * space.axis(1, [-5, 7]) * -1
    low, high = Blocks((2, 2), (0, 1), 1).bounds([number])
    assert (low.tolist(), high.tolist()) == ([[-15]], [[21]])
