"""One description, three readers."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costcalc
from costcalc.claims.ledger import Ledger
from costcalc.cost.groups import by_layer
from costcalc.numbers.dimensions import Shape
from costcalc.report.document import RIGHT, Column, For, raw, visible_text, written
from costcalc.report.formats import delimited, json_text, markdown, plain
from costcalc.report.network import network_result
from costcalc.report.result import Fact, Result, RowsByColumn, Table, only
from costcalc.safe_text import visible_json
from costcalc.text_columns import Coded
from tests.covering import FEW, built, examples, networks


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
    text = "".join(plain.render(result().for_people()))
    assert text.splitlines()[:6] == [
        "Header", "", "layer     of it  bar", "-----  --------  ---  -----",
        "a       25.00 %  █    2x2x3", "b       75.00 %",
    ]  # fmt: skip
    assert "total  100.00 %" in text
    assert text.endswith("Below\nsaid\n----\nonce\n")


def test_csv_is_the_first_table_with_the_facts_in_every_line():
    assert "".join(delimited.render(result().for_csv())) == (
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


TEXTS = st.text('a"\\\n%|=,:# \x1b\x7f\u202eé漢', max_size=4)
VALUES = {
    "text": TEXTS
    | st.integers(0, 10**20)
    | st.booleans()
    | st.builds(Shape, *[st.integers(1, 3)] * 3),
    "count": st.integers(0, 10**9),
    "percent": st.fractions(0, 1, max_denominator=9),
    "names": st.lists(TEXTS, max_size=2),
}


@st.composite
def results(draw):
    """A result with a table, its rows as mappings or as columns, some of them coded."""
    kinds = draw(st.lists(st.sampled_from([*VALUES]), min_size=1, max_size=4))
    columns = [
        Column(draw(TEXTS), draw(st.sampled_from("abc%")) + str(n), kind,
               once=draw(st.booleans()), json=draw(st.sampled_from(["", f"c%d{n % 2}"])))
        for n, kind in enumerate(kinds)
    ]  # fmt: skip
    rows = draw(st.integers(0, 6))
    codes = draw(st.lists(st.integers(0, 1), min_size=rows, max_size=rows))
    cells, values = {}, {}
    for column in columns:
        value = values[column.key] = st.none() | VALUES[column.kind]
        few = draw(st.lists(value, min_size=2, max_size=2))
        many = draw(st.lists(value, min_size=rows, max_size=rows))
        cells[column.key] = Coded(codes, few) if draw(st.booleans()) else many
    by_column = RowsByColumn(lambda: cells)
    total = draw(st.none() | st.fixed_dictionaries(values))
    table = Table(columns, by_column if draw(st.booleans()) else [*by_column], "rows%",
                  draw(TEXTS), total, draw(st.lists(TEXTS, max_size=2)))  # fmt: skip
    facts = [Fact("rows%" if draw(st.booleans()) else "x", [{"a": draw(TEXTS)}], For.JSON),
             Fact("y", draw(TEXTS), For.CSV)]  # fmt: skip
    return Result(
        draw(st.lists(TEXTS, max_size=2)), [table], facts, draw(st.lists(TEXTS, max_size=1))
    )


def grid_by_rows(sheet):
    before = None
    for row in zip(*sheet.cells, strict=True):
        said = [value for column, value in zip(sheet.columns, row, strict=True) if column.once]
        yield ["" if c.once and said == before else written(c, v)
               for c, v in zip(sheet.columns, row, strict=True)]  # fmt: skip
        before = said


def plain_by_rows(document):
    parts = ["\n".join(document.header)] if document.header else []
    for sheet in document.sheets:
        heads, rows = [column.head for column in sheet.columns], [*grid_by_rows(sheet)]
        totals = [[*map(written, sheet.columns, sheet.totals)]] if sheet.totals else []
        widths = [max(map(len, column)) for column in zip(heads, *rows, *totals, strict=True)]
        rule = "  ".join("-" * width for width in widths)
        lines = [
            "  ".join(
                text.rjust(width) if column.kind in RIGHT else text.ljust(width)
                for text, width, column in zip(row, widths, sheet.columns, strict=True)
            ).rstrip()
            for row in [heads, *rows, *totals]
        ]
        end = len(rows) + 1
        total = [rule, *lines[end:]] if totals else []
        title = [sheet.title] if sheet.title else []
        parts.append("\n".join([*title, lines[0], rule, *lines[1:end], *total, *sheet.notes]))
    parts += ["\n".join(document.footer)] if document.footer else []
    return "\n\n".join(parts) + "\n"


@given(found=results())
@examples(75)
def test_columns_are_written_as_row_by_row(found):
    """Text, CSV, Markdown and JSON: every byte, whatever repeats and whatever is in it."""
    text = json.dumps(found.for_json(), indent=2, ensure_ascii=False)
    assert "".join(json_text.render(found)) == visible_json(text) + "\n"

    document = visible_text(found.for_people())
    assert "".join(plain.render(found.for_people())) == plain_by_rows(document)
    (sheet,) = document.sheets
    table = markdown.sheet_table(sheet).splitlines()
    assert table[2 : 2 + sheet.height] == [
        f"| {' | '.join(map(markdown.escaped_cell, row))} |" for row in grid_by_rows(sheet)
    ]

    found = found._replace(tables=[Table(found.tables[0].columns, [*found.tables[0].rows])])
    document, out = found.for_csv(), io.StringIO()
    (sheet,) = document.sheets
    csv.writer(out, lineterminator="\n").writerows(
        [raw(Column("", key), value) for key, value in document.about.items()]
        + [*map(raw, sheet.columns, row)]
        for row in zip(*sheet.cells, strict=True)
    )
    header, lines = "".join(delimited.render(document)).split("\n", 1)
    assert lines == out.getvalue()
    assert header.count(",") == len(sheet.columns)


@pytest.mark.parametrize("name", networks(7, FEW[::2]))
@pytest.mark.parametrize("convention", [None, "thop"])
def test_layers_by_columns_are_the_layers_one_by_one(name, convention):
    network = built(name)
    if convention is not None:
        network = costcalc.load(name, convention=convention)
    groups = by_layer(network.graph, network.sum_up)
    found, wanted = (
        network_result(network, of, "layer", Ledger(), ("memory_access_bytes", "intensity"))
        for of in (None, groups)
    )
    for reader in (For.PEOPLE, For.CSV, For.JSON):
        cells, expected = (one.tables[0].sheet(reader).cells for one in (found, wanted))
        assert [[*column] for column in cells] == [[*column] for column in expected]
    layers = found.for_json()["layers"]
    for layer, group, written_ in zip(network.layers, groups, layers, strict=True):
        assert written_["mult_adds"] == group.totals.mult_adds
        assert written_["op"] == layer.op
        assert written_["block"] == layer.block
        assert written_["fused"] == layer.fused
