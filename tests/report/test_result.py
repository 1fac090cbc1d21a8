"""One description, three readers."""

from __future__ import annotations

from fractions import Fraction

import pytest

from costcalc.numbers.dimensions import Shape
from costcalc.report.document import Column, For
from costcalc.report.formats import delimited, plain
from costcalc.report.result import Fact, Result, Table, only


def result():
    columns = [
        Column("layer", "layer", json="name"),
        Column("of it", "share", "percent", seen=For.TABLES),
        Column("bar", "bar", seen=For.PEOPLE),
        Column("", "output"),
        *only(For.JSON, "bytes"),
        Column("", "tensors", "names", seen=For.DATA),
    ]
    rows = [
        {"layer": "a", "share": Fraction(1, 4), "bar": "█", "output": Shape(2, 2, 3), "bytes": 12,
         "tensors": ["x", "a"]},
        {"layer": "b", "share": Fraction(3, 4), "bytes": 2**70},
    ]  # fmt: skip
    return Result(
        ["Header"],
        [
            Table(columns, rows, "layers", total={"layer": "total", "share": Fraction(1)}),
            Table(only(For.JSON, "n"), [{"n": 1}], "more", seen=For.JSON),
            Table([Column("said", "said")], [{"said": "once"}], title="Below", seen=For.PEOPLE),
        ],
        [
            Fact("fused", True),
            Fact("input", Shape(4, 4, 3)),
            Fact("ratio", Fraction(1, 8), For.JSON),
            Fact("alpha", 0.5, For.CSV),
        ],
    )


def test_people_see_heads_totals_and_every_table_of_theirs():
    text = plain.render(result().for_people())
    assert text.splitlines()[:6] == [
        "Header", "", "layer     of it  bar", "-----  --------  ---  -----",
        "a       25.00 %  █    2x2x3", "b       75.00 %",
    ]  # fmt: skip
    assert "total  100.00 %" in text
    assert text.endswith("Below\nsaid\n----\nonce\n")


def test_csv_is_the_first_table_with_the_facts_in_every_line():
    assert delimited.render(result().for_csv()) == (
        "fused,input,alpha,layer,share,output,tensors\n"
        "true,4x4x3,0.5,a,0.25,2x2x3,x a\n"
        "true,4x4x3,0.5,b,0.75,,\n"
    )


def test_json_is_plain_values_under_keys_of_its_own():
    assert result().for_json() == {
        "schema_version": 1,
        "fused": True,
        "input": [4, 4, 3],
        "ratio": 0.125,
        "layers": [
            {"name": "a", "output": [2, 2, 3], "bytes": 12, "tensors": ["x", "a"]},
            {"name": "b", "output": None, "bytes": 2**70, "tensors": None},
        ],
        "more": [{"n": 1}],
    }


def test_rows_that_nobody_sees_are_not_made():
    def rows():
        raise AssertionError
        yield {}

    for seen, read in ((For.JSON, Result.for_people), (For.PEOPLE, Result.for_json)):
        table = Table([Column("n", "n")], rows(), "rows", seen=seen)
        read(Result([], [table], [Fact("rest", rows(), seen)]))
        with pytest.raises(AssertionError):
            list(table.rows)
