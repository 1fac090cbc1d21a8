"""Conditions and orders of rows: what they mean, and what they cannot be."""

from __future__ import annotations

import csv
import io

import pytest

from tests.covering import at_once


def rows(ran):
    assert ran.code == 0, ran.err
    return list(csv.DictReader(io.StringIO(ran.out)))


def test_a_condition_where_nothing_varies_within_a_structure(costcalc):
    found = costcalc("sweep", "mobilenet", "--body", "all", "--format", "csv",
                     "--where", "body == 'full' and params > 1")  # fmt: skip
    assert [row["body"] for row in rows(found)] == ["full"]
    found = costcalc("sweep", "shufflenet", "--se", "all", "--format", "csv", "--where", "se")
    assert [row["se"] for row in rows(found)] == ["true"]


@pytest.mark.parametrize(
    ("condition", "networks"),
    [
        ("body == 'separable'", ["mobilenet"]),
        ("body != 'full'", ["mobilenet"]),
        ("not body == 'separable'", ["squeezenet", "ofa_mobilenet_v3"]),
        ("sr != 1", ["squeezenet"]),
        ("d[1] == 4", ["ofa_mobilenet_v3"]),
        ("d[1] == 4 or network == 'squeezenet'", ["squeezenet", "ofa_mobilenet_v3"]),
        ("params / (res - 224) > 0", ["squeezenet"]),
        ("divisible(params, 0) > 0", []),
        ("params * 99999999999999999999 > 1", ["mobilenet", "squeezenet", "ofa_mobilenet_v3"]),
    ],
)
def test_of_what_a_network_does_not_have_nothing_holds(costcalc, condition, networks):
    found = costcalc("sweep", "mobilenet", "squeezenet", "ofa_mobilenet_v3", "--format", "csv",
                     "--where", condition)  # fmt: skip
    assert [row["network"] for row in rows(found)] == networks


@pytest.mark.parametrize("sign", ["", "-"])
def test_what_has_no_value_comes_last(costcalc, sign):
    for key in ("body", "d[1]", "sr"):
        found = costcalc("sweep", "squeezenet", "mobilenet", "ofa_mobilenet_v3", "--format", "csv",
                         "--body", "all", f"--sort={sign}{key}")  # fmt: skip
        has = [bool(row[key.partition("[")[0]]) for row in rows(found)]
        assert has == sorted(has, reverse=True)


@at_once(
    ("option", "text", "message"),
    [
        ("--where", "alpha", "'alpha' is a number, not true or false"),
        ("--where", "mult_adds", "'mult_adds' is a number, not true or false"),
        ("--where", "body", "'body' is a word, not true or false"),
        ("--where", "not params", "'params' is a number, not true or false"),
        ("--where", "body + 1 > 2", "'body' is a word, not a number"),
        ("--where", "body == 1", "'1' is a number, which body, a word, never equals"),
        ("--where", "alpha != 'x'", "''x'' is a word, which alpha, a number, never equals"),
        ("--where", "not (alpha == true)", "'true' is true or false, which alpha, a number, never"),
        ("--where", "1 == body == 1", "'body' is a word, which 1, a number, never equals"),
        ("--where", "alpha[1] > 0", "'alpha' is a number, not a list"),
        ("--where", "d == 2", "'d' is a list, not a number"),
        ("--where", "d[0] == 2", "is no index of 'd', which has whole numbers from 1"),
        ("--where", "d[6] == 2", "is no index of 'd', which has whole numbers from 1"),
        ("--where", "d[1.5] == 2", "is no index of 'd', which has whole numbers from 1"),
        ("--sort", "d", "'d' is a list, not a number"),
        ("--sort", "-body * 2", "'body' is a word, not a number"),
    ],
)
@pytest.mark.parametrize("format_", ["table", "json"])
def test_what_columns_are_not(costcalc, option, text, message, format_):
    """Said before anything is written."""
    ran = costcalc("sweep", "mobilenet", "ofa_mobilenet_v3", f"{option}={text}",
                   "--format", format_)  # fmt: skip
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_a_seed_is_no_negative_number(costcalc):
    ran = costcalc("sweep", "mobilenet", "--sample", "3", "--seed", "-1")
    assert ran.code == 2
    assert "--seed" in ran.err


def test_an_error_in_the_first_rows_leaves_no_half_of_json(costcalc):
    ran = costcalc("sweep", "mobilenet", "--res", "3000000000", "--format", "json")
    assert (ran.code, ran.out) == (2, "")
