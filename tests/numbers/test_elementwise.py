"""No value of a function is outside of what its operands' bounds tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.numbers import elementwise
from costcalc.numbers.elementwise import ends_of
from tests.covering import examples

SMALL = st.integers(-6, 6)
ENDS = st.lists(SMALL, min_size=2, max_size=2).map(sorted)


@pytest.mark.parametrize("function", [*elementwise._ENDS], ids=lambda one: one.__name__)
def test_no_value_is_outside(function):
    @examples(100)
    @given(ENDS, ENDS | SMALL.map(lambda n: [n, n]))
    def holds(a, b):
        found = ends_of(function, tuple(a), tuple(b))
        if found is not None:
            values = [
                int(function(x, y)) for x in range(a[0], a[1] + 1) for y in range(b[0], b[1] + 1)
            ]
            assert found[0] <= min(values)
            assert max(values) <= found[1]

    holds()


def test_what_is_not_known_is_none():
    assert ends_of(pow, (1, 2), (3, 4)) is None
    assert ends_of(max, (1, 2), (3, 4)) is None
