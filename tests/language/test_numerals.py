"""How numbers are written: one grammar for options, budgets, cells, prints and data sheets."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costcalc
from costcalc.errors import CostcalcError
from costcalc.language.numerals import SCALES, exact_number, read_number
from tests.conftest import ROOT
from tests.covering import at_once
from tests.random_expressions import parsed


@at_once(
    ("text", "value"),
    [
        ("7", 7), ("0.75", Fraction(3, 4)), (".5", Fraction(1, 2)), ("1_000", 1000), ("1e3", 1000),
        ("1.5e-1", Fraction(3, 20)), ("150M", 150_000_000), ("256KiB", 262_144), ("-2k", -2000),
        ("33%", Fraction(33, 100)), ("6bit", 6), ("2.0", Fraction(2)), ("0.5K", 500),
    ],
)  # fmt: skip
def test_numbers(text, value):
    assert read_number(text) == value
    assert type(read_number(text)) is type(value)
    assert parsed(text).evaluate({}) == value


@at_once(
    "text",
    ["", "wide", "1 000", "1,000", "1K5", "1e", "1e100", "5m", "1.2.3", "1.", "--1", "+1", "1__0",
     "3x3", "0x10", "nan", "inf", "2 M", "\N{ARABIC-INDIC DIGIT ONE}", "9" * 5000],
)  # fmt: skip
def test_no_numbers(text):
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("4,231,976", 4_231_976), ("2 million", 2_000_000), ("1,234.5 K", 1_234_500), ("7", 7),
     ("4,23", None), ("42,319", 42_319), ("4231,976", None), ("2  M", None)],
)  # fmt: skip
def test_prose(text, value):
    assert read_number(text, prose=True) == value


@given(st.integers(0, 10**20), st.integers(0, 6), st.sampled_from(["", *SCALES]))
def test_what_is_written_is_what_is_read(whole, decimals, unit):
    """An expression, an option and prose read one number alike."""
    value = Fraction(whole, 10**decimals)
    text = f"{whole // 10**decimals}.{whole % 10**decimals:0{decimals}}" if decimals else str(whole)
    assert exact_number(text) == value
    assert (
        read_number(text + unit)
        == read_number(text + unit, prose=True)
        == value * (SCALES[unit] if unit else 1)
    )
    assert parsed(text + unit).measure({}) == read_number(text + unit)


def test_settings_have_units():
    net = costcalc.load("mobilenet", alpha="50%", classes="1K")
    assert net.params == costcalc.load("mobilenet", alpha=0.5, classes=1000).params
    with pytest.raises(CostcalcError, match="not 1x"):
        costcalc.load("mobilenet", classes="1x")


def test_one_file_says_how_numbers_are_written():
    """A pattern of decimals anywhere else is a second grammar."""
    decimal = re.compile(r"\\\.\)?(\\d|\[0-9\])")
    for path in sorted((ROOT / "costcalc").rglob("*.py")):
        assert path.stem == "numerals" or not decimal.search(path.read_text()), path
