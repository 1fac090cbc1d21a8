"""The largest of numbers over axes: the same whichever were left out, and few of them left."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.numbers import column, pointwise_max
from costcalc.numbers.factored import AxisSpace
from costcalc.numbers.pointwise_max import PointwiseMax
from tests.covering import examples
from tests.numbers import meshes
from tests.numbers.meshes import as_factored, at_points, on_mesh, trees

SIZES = (3, 4)
NUMBER = st.tuples(
    st.integers(-3, 3),  # a constant
    st.lists(st.integers(-4, 9), min_size=3, max_size=3),
    st.integers(0, 3),  # which function of the other axis, 3 being none
    st.booleans(),  # whether the function stands by itself, too
)


@examples(150)
@given(
    st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), min_size=3, max_size=3),
    st.lists(NUMBER, min_size=1, max_size=12),
    st.booleans(),
)
def test_what_is_left_out_is_nowhere_the_largest(functions, parts, ordered):
    if ordered:  # one function above the next, as the areas of a network's stages are
        functions = np.cumsum(functions, axis=0)[::-1].tolist()
    space = AxisSpace(SIZES)
    across = [space.axis(1, values) for values in functions]
    numbers, wanted = [], []
    for constant, along, which, alone in parts:
        function, values = (1, np.ones(4)) if which == 3 else (across[which], functions[which])
        term = function if alone and which < 3 else 0
        numbers.append(space.axis(0, along) * function + term + space.constant(constant))
        added = np.array(values) if alone and which < 3 else 0
        wanted.append(np.array(along)[:, None] * np.array(values) + added + constant)
    found = PointwiseMax(numbers).gathered()
    largest = functools.reduce(np.maximum, wanted)
    assert np.array_equal(np.broadcast_to(found.dense(), SIZES), largest)


@examples(100)
@given(st.lists(trees(), min_size=1, max_size=8), st.sampled_from([1, 64, 1 << 16]), st.booleans())
def test_of_any_formulas_it_is_the_largest(formulas, looked_at, long):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pointwise_max, "LOOKED_AT", looked_at)
        if long:
            patch.setattr(column, "BLOCK", 1)
        space = AxisSpace(meshes.SIZES)
        try:
            wanted = functools.reduce(np.maximum, map(at_points, formulas))
        except ZeroDivisionError:
            return
        numbers = [as_factored(on_mesh(formula, space), space) for formula in formulas]
        found = PointwiseMax(numbers).gathered().dense()
        assert np.array_equal(np.broadcast_to(found, meshes.SIZES), wanted)


@pytest.mark.parametrize("number", range(2, 20, 6))
def test_what_shares_a_function_is_compared_without_it(number):
    """Of widths that are one above the other the widest is left, with each function."""
    space = AxisSpace((50, 60))
    area = space.axis(1, np.arange(60) ** 2)
    widths = [space.axis(0, np.arange(50) * width) for width in range(1, number + 1)]
    numbers = [width * area for width in widths] + [width + 1000 for width in widths]
    assert len(PointwiseMax(numbers).gathered().numbers) == 2


def test_functions_that_cross_are_not_compared_by_their_sums():
    space = AxisSpace((3, 2))
    left, right = space.axis(1, [9, 0]), space.axis(1, [0, 3])
    numbers = [space.axis(0, [n, n, n + 1]) * one for n in (5, 6, 7) for one in (left, right)]
    assert PointwiseMax(numbers).gathered().dense().tolist() == [[63, 21], [63, 21], [72, 24]]


def test_what_is_the_same_everywhere_is_there_once():
    """Though made of other arrays: of a difference nothing is left."""
    space = AxisSpace((300, 300))
    widths, areas = np.arange(1, 301), np.arange(300) ** 2
    numbers = [space.axis(0, widths.copy()) * space.axis(1, areas.copy()) for _ in range(5)]
    assert len(PointwiseMax(numbers).gathered().numbers) == 1


def test_what_is_larger_at_one_point_alone_is_kept():
    space = AxisSpace((3000, 2))
    steep = np.arange(3000) * 1000
    peak = steep.copy()
    peak[1234] += 1
    area = space.axis(1, [5, 7])
    found = PointwiseMax([space.axis(0, steep) * area, space.axis(0, peak) * area - 3]).gathered()
    assert len(found.numbers) == 2
    assert np.array_equal(found.dense()[1234], peak[1234] * np.array([5, 7]) - 3)
    assert np.array_equal(found.dense()[1235], steep[1235] * np.array([5, 7]))
