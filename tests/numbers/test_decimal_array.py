"""Decimals in floating point: what comes out is exact, or noted as doubtful, in any formula."""

from __future__ import annotations

import functools
import operator
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.numbers.decimal_array import DecimalArray, NeedsExactArithmetic
from costcalc.numbers.dimensions import aligned, ceil, divisible, floor, larger, nearest, smaller
from costcalc.numbers.factored import AxisSpace, FactoredArray
from costcalc.numbers.ratio_array import RatioArray
from tests.covering import examples
from tests.numbers.meshes import as_factored, blocks


@examples(75)
@given(
    st.lists(st.floats(0.01, 4), min_size=1, max_size=8),
    st.integers(1, 4096),
    st.fractions(0, 2, max_denominator=16),
)
def test_floats_are_exact_or_doubtful(values, channels, offset):
    space = AxisSpace((len(values),))
    number = DecimalArray.along(space, 0, np.array(values)) * channels + offset
    found = (number // 1).dense()
    doubtful = np.broadcast_to(space.doubtful.get(0, False), len(values))
    exact = [(Fraction(repr(value)) * channels + offset) // 1 for value in values]
    for got, wanted, doubt in zip(found.tolist(), exact, doubtful, strict=True):
        assert doubt or got == wanted


HUNDREDTHS = st.integers(1, 200).map(lambda n: n / 100)


@examples(150)
@given(
    st.lists(st.tuples(HUNDREDTHS | st.floats(0.01, 4), HUNDREDTHS), min_size=1, max_size=8),
    st.sampled_from([1, 100, 4096, 10**4]),
    st.fractions(0, 2, max_denominator=16),
    st.integers(1, 3),
)
def test_products_of_decimals_are_exact_or_doubtful(pairs, channels, offset, power):
    space = AxisSpace((len(pairs),))
    x, y = (DecimalArray.along(space, 0, np.array(column)) for column in zip(*pairs, strict=True))
    product = functools.reduce(operator.mul, [channels * x, *[y] * power])
    exact = [channels * Fraction(repr(a)) * Fraction(repr(b)) ** power for a, b in pairs]
    assert product.flat == exact[:1]
    found = (product + offset) // 1
    doubtful = np.broadcast_to(space.doubtful.get(0, False), len(pairs))
    for got, wanted, doubt in zip(at(found, len(pairs)), exact, doubtful, strict=True):
        assert doubt or got == (wanted + offset) // 1


def test_a_float_at_a_whole_number_is_doubtful():
    space = AxisSpace((3,))
    (DecimalArray.along(space, 0, np.array([0.29, 0.291, 0.5])) * 100).__floordiv__(1)
    assert space.doubtful[0].tolist() == [True, False, True]
    assert space.doubtful.keys() == {0}


@pytest.mark.parametrize(
    "compute",
    [
        lambda x, mesh: 1 / x,
        lambda x, mesh: (x + 1) * x,
        lambda x, mesh: x * mesh,
        lambda x, mesh: x + mesh,
        lambda x, mesh: x < mesh,
        lambda x, mesh: 7 // x,
        lambda x, mesh: (x * 10**16) // 1,  # beyond what a float tells apart
    ],
)
def test_what_floats_cannot_do_is_said(compute):
    space = AxisSpace((2, 2))
    with pytest.raises(NeedsExactArithmetic):
        compute(DecimalArray.along(space, 0, np.array([0.3, 0.7])), space.axis(1, [1, 2]))


WHOLE = st.integers(-9, 60)
RATIO = st.fractions(-2, 3, max_denominator=16)
ROUNDED = {
    "floor": floor,
    "ceil": ceil,
    "round": nearest,
    "divisible": lambda x: divisible(x, 8),
    "remainder": lambda x: floor(operator.mod(*aligned(x, Fraction(3, 2))) * 64),
}
COMBINED = {
    "max": larger,
    "min": smaller,
    "plus": operator.add,
    "minus": operator.sub,
    "is above": lambda a, b: 1 * (a > b),
}
FORMULA = st.recursive(
    st.one_of(st.just("x"), WHOLE, RATIO),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from([*ROUNDED]), inner),
        st.tuples(st.sampled_from([*COMBINED]), inner, inner),
        st.tuples(st.just("times"), inner, st.one_of(WHOLE, RATIO)),
        st.tuples(st.just("times rounded"), inner, inner),
    ),
    max_leaves=7,
)


def evaluated(formula, x):
    """A formula of a number, or of many at once."""
    if not isinstance(formula, tuple):
        return x if isinstance(formula, str) else formula
    name, *operands = formula
    values = [evaluated(operand, x) for operand in operands]
    if name in ROUNDED:
        return ROUNDED[name](*values)
    if name == "times rounded":
        values[1] = floor(values[1])
    return COMBINED.get(name, operator.mul)(*aligned(*values))


def at(values, length):
    return np.broadcast_to(as_factored(values, None).dense(), length).tolist()


@examples(250)
@given(st.lists(st.floats(0.01, 4), min_size=1, max_size=8), FORMULA, st.booleans())
def test_any_formula_of_decimals_is_exact_or_doubtful(values, formula, long):
    space = AxisSpace((len(values),))
    with blocks(long):
        try:
            found = floor(evaluated(formula, DecimalArray.along(space, 0, np.array(values))) * 128)
        except NeedsExactArithmetic:
            return  # nothing is certain of a remainder of what is thousands of times as large
        doubtful = np.broadcast_to(space.doubtful.get(0, False), len(values))
        exact = [floor(evaluated(formula, Fraction(repr(value))) * 128) for value in values]
        found = at(found, len(exact)) if isinstance(found, FactoredArray) else [found] * len(exact)
    for got, wanted, doubt in zip(found, exact, doubtful, strict=True):
        assert doubt or got == wanted


@examples(150)
@given(st.lists(st.integers(1, 4000), min_size=1, max_size=8), FORMULA, st.booleans())
def test_any_formula_of_ratios_is_exact(numerators, formula, long):
    space = AxisSpace((len(numerators),))
    exact = [floor(evaluated(formula, Fraction(n, 1000)) * 128) for n in numerators]
    with blocks(long):
        found = floor(evaluated(formula, RatioArray(space.axis(0, numerators), 1000)) * 128)
        found = at(found, len(exact)) if isinstance(found, FactoredArray) else [found] * len(exact)
    assert found == exact


def test_what_is_not_rounded_is_not_in_doubt():
    """What is raised to 1 is whole, and what is cut off a quarter: of the others 1.25 might be."""
    space = AxisSpace((4,))
    alpha = DecimalArray.along(space, 0, np.array([0.3, 0.7654321, 1.3, 1.25]))
    assert at(divisible(larger(alpha, 1) * 1280, 8), 4) == [1280, 1280, 1664, 1600]
    assert at(floor(smaller(larger(1, alpha), Fraction(5, 4)) * 4), 4) == [4, 4, 5, 5]
    assert space.doubtful[0].tolist() == [False, False, False, True]


def test_a_width_times_what_was_rounded():
    """DenseNet's transitions: a share of the channels that the widths before have made."""
    space = AxisSpace((2,))
    theta = DecimalArray.along(space, 0, np.array([0.512345, 0.3]))
    before = floor(theta * 256)
    assert at(before, 2) == [131, 76]
    assert at(floor(theta * (before + 192)), 2) == [165, 80]
