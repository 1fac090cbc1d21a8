"""Safe arithmetic: exact, bounded, and nothing but arithmetic."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.errors import Mark, Source, SpecError
from costcalc.language.expressions import Expression
from costcalc.language.expressions.exact import CALLS
from costcalc.numbers.dimensions import Kernel
from tests.covering import at_once

SOURCE = Source("a.yaml", "expression")


def evaluate(text, **env):
    return Expression(text, Mark(SOURCE, 0, 0, len(text))).evaluate(env)


@at_once(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("7 % 4", 3),
        ("7 / 4", Fraction(7, 4)),
        ("0.75 * 32", 24),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("floor(0.29 * 100)", 29),  # 28 in floating point
        ("ceil(0.07 * 100)", 7),  # 8 in floating point
        ("floor(-1 / 2)", -1),
        ("ceil(1 / 3)", 1),
        ("round(2.5)", 3),
        ("round(3.5)", 4),
        ("round(2.4)", 2),
        ("min(3, 1, 2)", 1),
        ("max(3, 1, 2)", 3),
        ("divisible(33, 8)", 32),
        ("divisible(36, 8)", 40),  # halves up
        ("divisible(3, 8)", 8),  # at least one
        ("divisible(11.2, 8)", 16),  # 8 would lose more than 10 %
        ("1_000", 1000),
        ("1 < 2 < 3", True),
        ("1 < 2 > 3", False),
        ("1 == 1 and not 2 == 1", True),
        ("1 == 2 or 2 == 2", True),
        ("'a' == 'a'", True),
        ("'a' != 'b'", True),
    ],
)
def test_value(text, value):
    assert evaluate(text) == value
    assert type(evaluate(text)) is type(value) or isinstance(value, int)


def test_the_divisible_of_a_fraction_is_that_of_the_definition():
    """In whole numbers, as it is computed, and in fractions, as it is said."""
    for over, under, divisor in itertools.product(range(-9, 120, 7), (1, 2, 3, 7, 20), (1, 4, 8)):
        value = Fraction(over, under)
        nearest = max((value / divisor + Fraction(1, 2)) // 1 * divisor, divisor)
        least = nearest if nearest >= value * 9 / 10 else nearest + divisor
        assert evaluate("divisible(v, d)", v=value, d=divisor) == least


def test_in_is_a_name_but_for_quoted_words():
    assert evaluate("in + 1", **{"in": 2}) == 3
    assert evaluate("'in' == kind", kind="in")
    assert evaluate("iN + in", iN=1, **{"in": 2}) == 3


def test_a_window_is_no_number_but_equals_one():
    assert evaluate("k == 3 and 3 == k and k != 5", k=Kernel(3, 3))
    assert not evaluate("k == 3", k=Kernel(3, 1))
    for text in ("k + 1", "k > 1", "k / 2", "floor(k)", "divisible(k, 8)", "max(1, k)", "-k"):
        with pytest.raises(SpecError, match="'k' is the window 3x1, not a number"):
            evaluate(text, k=Kernel(3, 1))


def test_facts_may_be_larger_than_what_a_spec_writes():
    facts = Expression("2 * mult_adds", Mark(SOURCE, 0, 0, 13))
    assert facts.measure({"mult_adds": 10**13}) == 2 * 10**13
    with pytest.raises(SpecError, match="is beyond 1,000,000,000,000, the limit"):
        facts.evaluate({"mult_adds": 10**13})


@at_once(
    "text",
    ["", "2 **3", "a.b", "a[0]", "f(1)", "lambda: 1", "[1]", "{1}", "1 if 1 else 2", "1j",
     "'a'.b", "~1", "1 << 2", "1 @ 2", "min(x=1)", "min(*a)", "a := 1", "f'{1}'", "None",
     "True", "...", "__import__('os')", "1 in 2", "1 is 1", "\N{SUPERSCRIPT TWO}", "(" * 99],
)  # fmt: skip
def test_refused(text):
    with pytest.raises(SpecError):
        evaluate(text, a=1)


@given(st.text(max_size=60))
def test_any_text_is_a_value_or_an_error_with_a_place(text):
    try:
        evaluate(text, alpha=Fraction(1, 2), c=32)
    except SpecError as error:
        assert str(error).startswith("a.yaml:1:")


whole = st.integers(0, 1000)


@given(whole, whole, whole, st.sampled_from(["+", "-", "*", "//", "%"]), st.sampled_from("+-*"))
def test_agrees_with_python_on_integers(a, b, c, first, second):
    text = f"{a} {second} {b} {first} {c}"
    if first in ("//", "%") and c == 0:
        with pytest.raises(SpecError, match="division by zero"):
            evaluate(text)
    else:
        assert evaluate(text) == eval(text)


@given(st.decimals(0, 100, places=2), st.integers(1, 4096))
def test_decimals_are_exact(alpha, width):
    assert evaluate(f"{alpha} * {width}") == Fraction(alpha) * width
    assert evaluate(f"floor({alpha} * {width})") == Fraction(alpha) * width // 1


@given(st.fractions(0, 5000, max_denominator=100), st.integers(1, 64))
def test_divisible_keeps_its_promise(value, divisor):
    got = CALLS["divisible"](value, divisor)
    assert got % divisor == 0
    assert got >= divisor
    assert 10 * got >= 9 * value
    assert abs(got - value) <= divisor or got == divisor


def test_the_caret_stands_under_the_wrong_part():
    with pytest.raises(SpecError) as caught:
        Expression("floor(alhpa * 32)", Mark(Source("a.yaml", "  out: floor(alhpa * 32)"), 0, 7)
                   ).evaluate({"alpha": 1})  # fmt: skip
    assert str(caught.value) == (
        "a.yaml:1:14: unknown name 'alhpa'\n"
        "    1 |   out: floor(alhpa * 32)\n"
        "      |              ^^^^^\n"
        "did you mean 'alpha'?"
    )
