"""Expressions over columns: in every row what the evaluator of single numbers says of it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from costcalc.language.expressions.columns import truths, values
from costcalc.sweeps.order import first, sortable
from tests.covering import at_once
from tests.random_expressions import conditions, holds, number_of, numbers, parsed

WHOLE = st.one_of(st.integers(-5, 5), st.integers(-(2**63), 2**63 - 1), st.sampled_from([10**8]))
DECIMAL = st.one_of(
    st.integers(0, 100).map(lambda n: n / 100),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.1, 0.3, 1e300, 5e-324]),
)
WORDS = ["full", "separable"]
NAMES = ["n", "m", "x", "y"]
ROWS = st.lists(st.tuples(WHOLE, WHOLE, DECIMAL, DECIMAL, st.sampled_from(WORDS)), min_size=1)


def columns_of(rows):
    n, m, x, y, body = zip(*rows, strict=True)
    return {
        "n": np.array(n, dtype=np.int64), "m": np.array(m, dtype=np.int64),
        "x": np.array(x, dtype=np.float64), "y": np.array(y, dtype=np.float64),
        "body": np.array(body, dtype=object),
    }  # fmt: skip


def environments(rows):
    for n, m, x, y, body in rows:
        yield {"n": n, "m": m, "x": Fraction(repr(x)), "y": Fraction(repr(y)), "body": body}


@given(ROWS, conditions(NAMES, {"body": [*WORDS, "other"]}))
def test_conditions(rows, text):
    expression = parsed(text)
    found = np.broadcast_to(truths(expression, columns_of(rows)), len(rows))
    assert found.tolist() == [holds(expression, row) for row in environments(rows)]


@given(ROWS, conditions(NAMES, {"body": WORDS}), st.integers(0, 3))
def test_shapes_spread(rows, text, axis):
    """A column may have one value along an axis, as those of a grid have."""
    expression, columns = parsed(text), columns_of(rows)
    grid = {name: column.reshape(-1, 1) for name, column in columns.items()}
    other = NAMES[axis]
    grid[other] = columns[other].reshape(1, -1)
    found = np.broadcast_to(truths(expression, grid), (len(rows), len(rows)))
    own = list(environments(rows))
    for i, row in enumerate(own):
        for j, along in enumerate(own):
            assert found[i, j] == holds(expression, {**row, other: along[other]})


@given(ROWS, numbers(NAMES), st.booleans(), st.integers(1, 4))
def test_orders(rows, text, descending, top):
    expression = parsed(text)
    key = values(expression, columns_of(rows))
    exact = [number_of(expression, row) for row in environments(rows)]
    sign = -1 if descending else 1
    wanted = sorted(
        range(len(rows)), key=lambda i: (exact[i] is None, sign * (exact[i] or Fraction(0)))
    )
    assert first(key, len(rows), None, descending).tolist() == wanted
    assert first(key, len(rows), top, descending).tolist() == wanted[:top]
    ranks = sortable(key, len(rows))
    assert [rank == rank for rank in ranks.tolist()] == [value is not None for value in exact]


def test_quotients_that_floats_do_not_tell_apart():
    """Of three numbers whose quotients are one float the order is that of the fractions."""
    numerators = np.array([10**9 + 2, 10**9 + 1, 10**9 + 3]) * 10**8
    denominators = np.array([10**9 + 1, 10**9, 10**9 + 2]) * 10**8 + np.array([0, 1, 2])
    columns = {"a": numerators * 7 + 3, "b": denominators * 7 + 3}
    exact = [Fraction(a, b) for a, b in zip(*(c.tolist() for c in columns.values()), strict=True)]
    wanted = sorted(range(3), key=exact.__getitem__)
    assert first(values(parsed("a / b"), columns), 3, None, False).tolist() == wanted


@at_once(
    ("text", "kept"),
    [
        ("x > 0", [True, False, False, False]),
        ("x + 1 > 0", [True, False, False, True]),
        ("x != 0.5", [False, False, False, True]),
        ("not x > 0", [False, True, True, True]),
        ("n == 1", [True, False, False, False]),
        ("n < 2", [True, False, True, False]),
        ("n * 2 != 2", [False, False, True, True]),
        ("missing > 0 or n == 1", [True, False, False, False]),
        ("missing + 1 > n", [False] * 4),
        ("min(missing, 1) == 1", [False] * 4),
        ("floor(missing) == missing", [False] * 4),
        ("missing[1] == 3", [False] * 4),
        ("n == m", [False] * 4),
        ("word != 'a'", [False, True, False, False]),
        ("truth", [True, False, False, False]),
        ("not truth", [False, True, True, True]),
        ("list[2] == 4", [True, False, False, False]),
    ],
)
def test_what_has_no_value(text, kept):
    columns = {
        "x": np.array([0.5, np.nan, np.nan, -0.5]),
        "n": np.array([1, None, -(2**70), 2**70], dtype=object),
        "m": np.array([2, None, np.nan, 3], dtype=object),
        "word": np.array(["a", "b", None, np.nan], dtype=object),
        "truth": np.array([True, False, None, np.nan], dtype=object),
        "list": np.array([[3, 4], [3, 5], None, [4, 3], 0], dtype=object)[:4],
    }  # fmt: skip
    found = np.broadcast_to(truths(parsed(text), columns), 4)
    assert found.tolist() == kept


def test_words_and_numbers_of_one_column():
    """Networks may disagree what a column is: as words nothing is computed with it."""
    column = np.array(["a", 3, 0.5, Fraction(1, 2), None], dtype=object)
    for text, kept in [
        ("c == 'a'", [True, False, False, False, False]),
        ("c == 3", [False, True, False, False, False]),
        ("c == 0.5", [False, False, True, True, False]),
        ("c != 0.5", [True, True, False, False, False]),
        ("c == 3x3", [False, True, False, False, False]),
        ("c == 3x5", [False] * 5),
        ("c != 3x5", [True, True, True, True, False]),
    ]:
        assert truths(parsed(text), {"c": column}).tolist() == kept, text
