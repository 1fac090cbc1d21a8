"""A symbol prints what it computes: precedence, intermediates, numbers."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.numbers.symbol import Symbol, let, write_number
from tests.covering import at_once

A, B, C = (Symbol.named(name, value) for name, value in (("a", 7), ("b", 3), ("c", 2)))


@at_once(
    ("symbol", "text", "value"),
    [
        (A + B * C, "a + b * c", 13),
        ((A + B) * C, "(a + b) * c", 20),
        (A - (B - C), "a - (b - c)", 6),
        (A - B - C, "a - b - c", 2),
        (A * B // C, "a * b // c", 10),
        (A * (B // C), "a * (b // c)", 7),
        (A // (B * C), "a // (b * c)", 1),
        (A * (B // C * B), "a * (b // c * b)", 21),
        (A * (B * C // B), "a * (b * c // b)", 14),
        (A * (B * C), "a * b * c", 42),
        (A + (B + C), "a + b + c", 12),
        (A + (B - C), "a + (b - c)", 8),
        (A % B, "a % b", 1),
        (A / C, "a / c", Fraction(7, 2)),
        (1 - A, "1 - a", -6),
        (2 * A, "2 * a", 14),
        (A * 1, "a", 7),
        (1 * A, "a", 7),
        (A // 1, "a", 7),
        (A + 0, "a", 7),
        (0 + A, "a", 7),
        (A - 0, "a", 7),
        (A + B - B, "a", 7),
        (A * Fraction(3, 4), "a * 0.75", Fraction(21, 4)),
    ],
)
def test_prints_as_it_computes(symbol, text, value):
    assert str(symbol) == text
    assert symbol.value == value
    names = {"a": 7, "b": 3, "c": 2}
    assert eval(text.replace("0.75", "Fraction(3, 4)"), {"Fraction": Fraction}, names) == value


def test_divided_by_itself_is_one():
    assert A // A == 1


def test_intermediates_have_names_and_definitions():
    w = let("w", A * B)
    total = w * C
    assert str(total) == "w * c"
    assert total.expanded() == "a * b * c"
    assert total.numbers() == "21 * 2"
    assert total.numbers(expanded=True) == "7 * 3 * 2"
    assert str(let("v", w).definition()) == "a * b"
    assert [str(symbol) for symbol in total.names()] == ["w"]
    assert let("w", 5) == 5


trees = st.recursive(
    st.sampled_from([A, B, C]) | st.integers(1, 9),
    lambda inner: st.builds(
        lambda sign, x, y: {"+": x + y, "-": x - y, "*": x * y, "//": x // max(1, _value(y))}[sign],
        st.sampled_from(["+", "-", "*", "//"]), inner, inner,
    ),
    max_leaves=12,
)  # fmt: skip


def _value(number):
    return number.value if isinstance(number, Symbol) else number


@given(trees)
def test_any_formula_evaluates_to_its_value(tree):
    if isinstance(tree, Symbol):
        assert eval(str(tree), {}, {"a": 7, "b": 3, "c": 2}) == tree.value
        assert eval(tree.numbers()) == tree.value


@pytest.mark.parametrize(
    ("value", "text"),
    [(3, "3"), (Fraction(3, 4), "0.75"), (Fraction(1, 3), "(1/3)"), (Fraction(-5, 2), "-2.5"),
     (Fraction(29, 100), "0.29"), (Fraction(6, 2), "3"), (Fraction(1, 1000), "0.001")],
)  # fmt: skip
def test_numbers_as_a_person_writes_them(value, text):
    assert write_number(value) == text
