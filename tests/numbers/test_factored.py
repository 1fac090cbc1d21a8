"""Arithmetic on meshes is arithmetic at every point; what overflows is found, never wrapped."""

from __future__ import annotations

import gc
import operator
from fractions import Fraction
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.numbers import sums
from costcalc.numbers.at_points import all_at
from costcalc.numbers.factor import Overflow
from costcalc.numbers.factored import AxisSpace, FactoredArray
from costcalc.numbers.ratio_array import RatioArray
from costcalc.numbers.sums import LOOSE
from costcalc.numbers.workspace import TooManyAxes
from tests.covering import examples
from tests.numbers.meshes import SIZES, as_factored, at_points, blocks, on_mesh, trees

COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


@examples(75)
@given(
    trees(),
    st.sampled_from(COMPARISONS),
    st.integers(0, 2000),
    st.sampled_from([1, LOOSE]),
    st.booleans(),
)
def test_every_reading_of_a_mesh_is_the_same(tree, comparison, limit, loose, long):
    with blocks(long):
        every_reading_is_the_same(tree, comparison, limit, loose)


def every_reading_is_the_same(tree, comparison, limit, loose):
    space = AxisSpace(SIZES)
    try:
        wanted = at_points(tree)
    except ZeroDivisionError:
        return
    with mock.patch.object(sums, "LOOSE", loose):
        mesh = as_factored(on_mesh(tree, space), space)
    assert np.array_equal(np.broadcast_to(mesh.dense(), SIZES), wanted)
    assert np.array_equal(np.broadcast_to(mesh.gathered().dense(), SIZES), wanted)
    filled = np.full(SIZES, -1)
    mesh.fill(filled)
    assert np.array_equal(filled, wanted)
    places = np.indices(SIZES).reshape(len(SIZES), -1)
    assert np.array_equal(all_at([mesh], list(places), wanted.size)[0], wanted.reshape(-1))
    assert np.array_equal(np.broadcast_to(mesh.spread((0, 1, 2)), SIZES), wanted)
    part = mesh.cut([1, range(1, 3), range(2)])
    assert np.array_equal(np.broadcast_to(part.dense(), (2, 2)), wanted[1, 1:3])
    low, high = mesh.range
    assert low <= wanted.min() <= wanted.max() <= high
    assert mesh.bound >= abs(wanted).max()
    compared = comparison(mesh, limit)
    found = (
        as_factored(compared, space).dense() if isinstance(compared, FactoredArray) else compared
    )
    assert np.array_equal(np.broadcast_to(found, SIZES), comparison(wanted, limit))


@examples(100)
@given(
    st.lists(st.fractions(0, 5, max_denominator=1000), min_size=3, max_size=3),
    st.integers(1, 64),
    st.integers(1, 9),
)
def test_rationals_over_a_mesh(values, channels, divisor):
    common = int(np.lcm.reduce([value.denominator for value in values]))
    space = AxisSpace((3,))
    numerators = [int(value * common) for value in values]
    ratio = RatioArray(space.axis(0, numerators), common)
    found = (ratio * channels + Fraction(1, 2)) // divisor
    wanted = [(value * channels + Fraction(1, 2)) // divisor for value in values]
    assert np.broadcast_to(as_factored(found, space).dense(), 3).tolist() == wanted
    less = ratio * channels < divisor
    wanted = [value * channels < divisor for value in values]
    assert np.broadcast_to(as_factored(less, space).dense(), 3).astype(bool).tolist() == wanted


def test_integers_beyond_64_bits_are_pythons_on_the_way():
    space = AxisSpace((2, 2))
    large = space.axis(0, [2**62, 3]) * space.axis(0, [2**62, 5])
    assert (large // 2**62).dense().tolist() == [[2**62], [0]]
    with pytest.raises(Overflow):
        large.dense()
    with pytest.raises(Overflow):
        (space.axis(0, [2**40, 1]) * space.axis(1, [2**40, 1])).dense()
    with pytest.raises(Overflow):
        all_at([space.axis(0, [2**64, 1])], [np.array([1]), np.array([0])], 1)


def test_floats_of_a_product_are_never_rounded():
    """Partial sums above 2^53 are taken in integers."""
    space = AxisSpace((2, 2))
    product = space.axis(0, [2**30 + 1, 1]) * space.axis(1, [2**30 + 3, 1]) + 1
    assert product.dense().tolist() == [
        [(2**30 + 1) * (2**30 + 3) + 1, 2**30 + 2], [2**30 + 4, 2],
    ]  # fmt: skip


def test_a_function_of_too_many_values_is_refused():
    space = AxisSpace((3000, 3000))
    with pytest.raises(TooManyAxes) as caught:
        (space.axis(0, range(1, 3001)) + space.axis(1, range(1, 3001))) // 2
    assert caught.value.axes == (0, 1)


def test_the_same_is_computed_once():
    space = AxisSpace((3,))
    c = space.axis(0, [1, 2, 3])
    assert (c // 2) is (c // 2)
    first, second = (c * c).terms[0][1][0,], (c * c).terms[0][1][0,]
    assert first.values is second.values


@pytest.mark.parametrize("loose", [1, 2, LOOSE])
def test_what_is_multiplied_by_a_truth_is_added_up_first(loose, monkeypatch):
    """Each of many repeats times whether it is there, and what it is then multiplied by."""
    monkeypatch.setattr(sums, "LOOSE", loose)
    space = AxisSpace((5, 4))
    times, width = space.axis(0, [1, 2, 3, 4, 5]), space.axis(1, [1, 2, 3, 4])
    total, wanted = space.constant(7), np.full((5, 4), 7)
    for repeat in range(1, 6):
        here = times >= repeat
        for cost in (width, width * width + 3, here * width, -width):
            total = total + here * cost
        there = np.arange(1, 6)[:, None] >= repeat
        wide = np.arange(1, 5)
        wanted = wanted + there * (wide + wide * wide + 3)
    assert np.array_equal(total.dense(), wanted)
    assert np.array_equal((-total * width - total).dense(), -wanted * (np.arange(1, 5) + 1))
    assert np.array_equal((total // 2).dense(), wanted // 2)


def test_counting_leaves_the_collector_as_it_was():
    assert gc.isenabled()
    with AxisSpace((1,)).in_use(), AxisSpace((2,)).in_use():
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with AxisSpace((1,)).in_use():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
