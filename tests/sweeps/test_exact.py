"""Filters, orders and fronts of sweeps are exact: what they keep is what exact numbers say."""

from __future__ import annotations

import csv
import io
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.cost.totals import METRICS
from costcalc.library import load_spec
from costcalc.sweeps.query import Query
from costcalc.sweeps.space import Space
from costcalc.sweeps.where import Filter
from tests.covering import examples
from tests.random_expressions import conditions, holds, number_of, numbers, parsed
from tests.sweeps.walking import rows_of, walk

MOBILENET = load_spec("mobilenet")
NAMES = ["alpha", "res", "classes", *METRICS]
SPACES = st.fixed_dictionaries(
    {
        "alpha": st.lists(st.integers(1, 200).map(lambda n: Fraction(n, 100)), min_size=1,
                          max_size=6, unique=True),
        "res": st.lists(st.integers(32, 300), min_size=1, max_size=3, unique=True),
        "classes": st.lists(st.sampled_from([1, 10, 1000, 10**6]), min_size=1, max_size=2,
                            unique=True),
        "body": st.sampled_from([["separable"], ["separable", "full"]]),
    }
).map(lambda axes: Space(MOBILENET, axes))  # fmt: skip


def exact(row):
    """A row as the exact evaluator takes it."""
    given_ = {n: Fraction(repr(v)) if isinstance(v, float) else v for n, v in row.items()}
    return {name: int(v) if name in METRICS else v for name, v in given_.items()}


def table(space, query, sample=None):
    """The rows of a sweep, each by column."""
    found = walk([space], query, sample=sample)
    names = list(found.columns)
    return [dict(zip(names, row, strict=True)) for row in rows_of(found)]


@given(SPACES, conditions(NAMES, {"body": ["separable", "full"]}), st.sampled_from([None, 20]))
@examples(15)
def test_a_filter_keeps_what_exact_numbers_say(space, text, sample):
    rows = table(space, Query(METRICS), sample)
    kept = table(space, Query(METRICS, where=Filter(text, "--where")), sample)
    assert kept == [row for row in rows if holds(parsed(text), exact(row))]


@given(SPACES, numbers(NAMES), st.integers(1, 5), st.booleans())
@examples(15)
def test_an_order_is_that_of_exact_numbers(space, text, top, descending):
    rows = table(space, Query(METRICS))
    query = Query(METRICS, sort=Filter(text, "--sort"), descending=descending, top=top)
    keys = [number_of(parsed(text), exact(row)) for row in rows]
    sign = -1 if descending else 1
    order = sorted(range(len(rows)), key=lambda i: (keys[i] is None, sign * (keys[i] or 0)))
    assert table(space, query) == [rows[i] for i in order[:top]]


@given(SPACES, numbers(NAMES), numbers(NAMES))
@examples(15)
def test_a_front_is_that_of_exact_numbers(space, one, other):
    rows = table(space, Query(METRICS))
    query = Query(METRICS, pareto=Filter.several(f"{one}, {other}", "--pareto"))
    costs = [[number_of(parsed(text), exact(row)) for text in (one, other)] for row in rows]
    valued = [tuple(cost) for cost in costs if None not in cost]
    best = {a for a in valued if not any(b != a and b[0] <= a[0] and b[1] <= a[1] for b in valued)}
    firsts = {costs.index(list(cost)) for cost in best}
    assert table(space, query) == [row for i, row in enumerate(rows) if i in firsts]


@pytest.mark.parametrize(
    ("condition", "alphas"),
    [
        ("alpha + 0.1 <= 0.3", ["0.1", "0.2"]),
        ("alpha * 3 == 0.3", ["0.1"]),
        ("floor(100 * alpha) == 29", ["0.29"]),
        ("alpha == 29%", ["0.29"]),
        ("mult_adds * mult_adds * 100 // params > 7000G", ["1"]),
        ("mult_adds * mult_adds * mult_adds % 1000 == 9", []),
        ("params / 1e6 <= 0.58 and 0.2 < alpha", ["0.29"]),
        ("1 / (alpha - 0.1) < 0", []),
    ],
)
def test_conditions_that_floats_get_wrong(costcalc, condition, alphas):
    ran = costcalc("sweep", "mobilenet", "--alpha", "0.1:1:0.1,0.29", "--where", condition,
                   "--format", "csv")  # fmt: skip
    assert ran.code == 0, ran.err
    rows = [row["alpha"] for row in csv.DictReader(io.StringIO(ran.out))]
    assert rows == alphas


@pytest.mark.parametrize("number", [2**63, 2**64 - 1, 10**20])
def test_single_numbers_beyond_64_bits(costcalc, number):
    for text in (f"{number} / (alpha // res)", f"{number} // 3 % 7 + alpha", f"-{number} // alpha"):
        ran = costcalc("sweep", "mobilenet", "--alpha", "0.5,1", "--sort", text, "--format", "csv")
        assert (ran.code, ran.err.count("rror")) == (0, 0), ran
