"""The longest common subsequence, against the table of the textbooks."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.control import lcs
from tests.measures import calls

LISTS = st.lists(st.integers(0, 3), max_size=30)


def longest(a, b):
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i + 1][j + 1] = (
                table[i][j] + 1 if x == y else max(table[i][j + 1], table[i + 1][j])
            )
    return table[-1][-1]


@given(LISTS, LISTS, st.sampled_from([1, 30, lcs.CELLS]))
def test_longest(a, b, cells):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lcs, "CELLS", cells)
        found = lcs.common(a, b)
    assert len(found) == longest(a, b)
    assert all(a[i] == b[j] for i, j in found)
    for (i, j), (next_i, next_j) in itertools.pairwise(found):
        assert i < next_i
        assert j < next_j


@given(LISTS)
def test_what_is_equal_is_all_of_it(a):
    assert lcs.common(a, a) == [(i, i) for i in range(len(a))]


def test_what_is_equal_is_looked_at_once():
    many = range(10_000)
    changed = [*range(5_000), -1, *range(5_001, 10_000)]
    for other in (many, changed):
        assert calls(lambda other=other: lcs.common(many, other)) < 2.1 * len(many)
