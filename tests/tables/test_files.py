"""`costcalc sweep` to files and streams: whole or not at all, integers as they are."""

from __future__ import annotations

import csv
import io
import json
import os
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import costcalc
from costcalc.network import load
from costcalc.safe_text import from_spreadsheet_cell, visible
from costcalc.sweeps.schema import Field
from costcalc.tables import lines, writers
from tests.covering import examples
from tests.running import COSTCALC

SWEEP = ["sweep", "mobilenet", "--alpha", "0.5,1", "--res", "160,224"]


def test_data_formats_say_the_same(costcalc):
    rows = list(csv.DictReader(io.StringIO(costcalc(*SWEEP, "--format", "csv").out)))
    lines = [json.loads(x) for x in costcalc(*SWEEP, "--format", "jsonl").out.splitlines()]
    whole = json.loads(costcalc(*SWEEP, "--format", "json").out)
    assert [int(row["mult_adds"]) for row in rows] == [76524800, 149497088, 290675200, 568740352]
    assert [line["mult_adds"] for line in lines] == [int(row["mult_adds"]) for row in rows]
    assert whole["rows"] == lines
    assert (whole["configurations"], whole["invalid"]) == (4, 0)
    hyperparameters = load("mobilenet").hyperparameters
    metrics = ["params", "mult_adds", "memory_access"]
    assert list(rows[0]) == ["network", *hyperparameters, *metrics]


def test_files_hold_the_same(costcalc, tmp_path):
    for ending in ("csv", "jsonl", "npz"):
        path = tmp_path / f"grid.{ending}"
        ran = costcalc(*SWEEP, "-o", str(path))
        assert (ran.code, ran.out) == (0, "")
        assert ran.err == "4 of 4 configurations\n"
    with np.load(tmp_path / "grid.npz") as stored:
        assert stored["mult_adds"].tolist() == [76524800, 149497088, 290675200, 568740352]
        assert stored["mult_adds"].dtype == np.int64
    assert (tmp_path / "grid.csv").read_text() == costcalc(*SWEEP, "--format", "csv").out
    assert (tmp_path / "grid.jsonl").read_text() == costcalc(*SWEEP, "--format", "jsonl").out


def test_what_fails_leaves_no_file(costcalc, tmp_path, monkeypatch):
    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(writers, "_json_rows", fail)
    assert costcalc(*SWEEP, "-o", str(tmp_path / "grid.jsonl")).code != 0
    ran = costcalc(*SWEEP, "-o", str(tmp_path / "grid.xls"))
    assert ran.code == 2
    assert "the ending must be one of .csv, .jsonl, .npz, .parquet" in ran.err
    assert costcalc(*SWEEP, "-o", str(tmp_path / "none" / "grid.csv")).code == 2
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mobilnet"], "did you mean 'mobilenet'"),
        (["mobilenet", "--alhpa", "1"], "no such option '--alhpa'"),
        (["mobilenet", "--alpha", "1:0.5"], "alpha: 1:0.5 runs nowhere"),
        (["mobilenet", "--alpha", "all"], "alpha has no choices to take all of; give a range"),
        (["mobilenet", "--res", "32:9999999999999999"], "the limit is 1,000,000,000,000,000"),
        (["mobilenet", "--where", "parms > 1"], "--where:1:1: unknown name 'parms'"),
        (["mobilenet", "--where", "params >"], "a value is missing at the end"),
        (["mobilenet", "--pareto", "parms"], "--pareto:1:1: unknown name 'parms'"),
        (["mobilenet", "--pareto", "body"], "'body' is a word, not a number"),
        (["mobilenet", "--metrics", "parms"], "unknown metric 'parms'"),
        (["shufflenet", "--g", "5"], "g must be one of 1, 2, 3, 4, 8, not 5"),
        (["vgg", "--res", "3000000000"], "does not fit in 64 bits"),
        ([], "Missing argument"),
        (["--res", "160", "mobilenet"], "the networks come first, then the options"),
    ],
)
def test_wrong_sweeps(arguments, message, costcalc):
    ran = costcalc("sweep", *arguments)
    assert ran.code == 2
    assert message in ran.err
    assert ran.out == ""


def test_a_minus_before_all_of_a_key_turns_it_around(costcalc):
    def order(*arguments):
        out = costcalc("sweep", "mobilenet", *arguments, "--format", "jsonl").out
        return [json.loads(line) for line in out.splitlines()]

    widths = ["--alpha", "0.25:1:0.25"]
    assert [row["alpha"] for row in order(*widths, "--sort", "-alpha")] == [1, 0.75, 0.5, 0.25]
    both = order(*widths, "--sort", "-params + mult_adds")
    assert [row["alpha"] for row in both] == [0.25, 0.5, 0.75, 1]
    both = order(*widths, "--sort", "-(params + mult_adds)")
    assert [row["alpha"] for row in both] == [1, 0.75, 0.5, 0.25]
    words = order("--body", "all", "--sort", "-body")
    assert [row["body"] for row in words] == ["shallow", "separable", "headed", "full"]


def test_a_file_says_its_format_by_its_ending(costcalc, tmp_path):
    ran = costcalc(*SWEEP, "-o", str(tmp_path / "x.csv"), "--format", "json")
    assert ran.code == 2
    assert "leave out --format" in ran.err
    assert os.listdir(tmp_path) == []


def test_a_reader_that_goes_is_no_error(start):
    """`| head`: much is still to be written when nobody reads any more."""
    process = start([*COSTCALC, "sweep", "mobilenet", "--alpha", "0.1:1:0.01", "--res", "96:320",
                     "--format", "csv"])  # fmt: skip
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(60) == 0


def test_a_network_twice_is_one(costcalc):
    twice = costcalc("sweep", "mobilenet", "mobilenet", "--res", "160,192").out
    assert twice == costcalc("sweep", "mobilenet", "--res", "160,192").out


def test_columns_are_in_the_order_of_the_options(costcalc):
    out = costcalc("sweep", "mobilenet", "--res", "160,224", "--alpha", "0.5,1").out
    assert out.splitlines()[2].split()[:2] == ["res", "alpha"]
    assert costcalc("sweep", "mobilenet", "--res", "160").out.splitlines()[2].split()[0] == "res"


def test_the_library_has_it():
    assert "sweep" in costcalc.__all__
    assert costcalc.sweep("mobilenet", res=[224])["params"].tolist() == [4209088]
    with pytest.raises(AttributeError):
        costcalc.swoop  # noqa: B018


COLUMNS = {
    "words": (Field("w", "word", width=9), st.sampled_from(['b,"c"', "d\ne", "=1", "%s", "ü"])),
    "missing": (Field("o", "word", optional=True, width=9), st.sampled_from([None, "x", "True"])),
    "whole": (Field("%", "integer"), st.integers(-(2**63), 2**63 - 1)),
    "some": (Field("s", "integer", optional=True), st.sampled_from([np.nan, 1.0, -2.0, 3e15])),
    "decimals": (Field("d", "decimal"), st.sampled_from([0.1, 1.0, 1e-7, 1e300, np.nan])),
    "truths": (Field("t", "boolean"), st.booleans()),
    "lists": (Field("l", "integer", length=2), st.lists(st.integers(0, 9), min_size=2, max_size=2)),
    "mixed": (Field("m", "word", width=9), st.sampled_from([1, True, "1", 0.5, None])),
}  # fmt: skip
"""A column of each kind, and values of it."""


@st.composite
def blocks(draw):
    """Columns of all kinds."""
    rows = draw(st.integers(1, 5))
    drawn = {"network": np.array(["net"] * rows, dtype=object)}
    for field, values in COLUMNS.values():
        listed = draw(st.lists(values, min_size=rows, max_size=rows))
        drawn[field.name] = np.array(listed, dtype=object if field.kind == "word" else None)
    return [Field("network", "word", width=3), *(field for field, _ in COLUMNS.values())], drawn


@examples(100)
@given(found=st.lists(blocks(), min_size=1, max_size=3), gone=st.sampled_from(["", *COLUMNS]))
def test_arrow_writes_the_same_bytes(found, gone):
    """Whether it is there or not, and from whichever row on."""
    (fields, _), *_ = found
    parts = [block for _, block in found]
    if gone:
        parts[0] = {k: v for k, v in parts[0].items() if k != COLUMNS[gone][0].name}
    empty = {name: values[:0] for name, values in parts[-1].items()}
    writes = [writers.csv_text, writers.json_lines, lambda f, b: writers.json_text(f, b, dict)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_arrow", lambda: None)
        wanted = ["".join(write(fields, [*parts, empty])) for write in writes]
    pytest.importorskip("pyarrow.compute")  # from here on it is what writes
    assert ["".join(write(fields, [*parts, empty])) for write in writes] == wanted


def test_arrow_is_imported_where_that_pays(monkeypatch):
    def arrow():
        asked.append(True)

    asked = []
    monkeypatch.setattr(lines, "_arrow", arrow)
    monkeypatch.setattr(lines, "PAYS", 3)
    monkeypatch.delitem(sys.modules, "pyarrow", raising=False)
    whole = Field("n", "integer")
    found = writers.csv_text([whole], [{"n": np.array([1, 2])}, {"n": np.array([3, 4])}])
    assert next(found) + next(found) == "n\n1\n2\n"
    assert asked == []
    assert next(found) == "3\n4\n"
    assert asked == [True]


@examples(50)
@given(st.data())
def test_columns_are_written_as_row_by_row(data):
    """By the standard library, one row after another: the same values, in the same words."""
    fields, drawn = data.draw(blocks())
    text = "".join(writers.csv_text(fields, [drawn]))
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read[0] == [field.name for field in fields]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(read)
    assert out.getvalue() == text
    found = [json.loads(line) for line in "".join(writers.json_lines(fields, [drawn])).splitlines()]
    listed = {name: values.tolist() for name, values in drawn.items()}
    for number, (cells, record) in enumerate(zip(read[1:], found, strict=True)):
        wanted = {name: values[number] for name, values in listed.items()}
        wanted = {k: v for k, v in wanted.items() if v is not None and v == v}
        assert record == wanted
        assert [type(value) for value in record.values()] == [type(v) for v in wanted.values()]
        by_name = dict(zip(read[0], cells, strict=True))
        for name, value in by_name.items():
            assert (value == "") == (name not in wanted)
            if name in wanted:
                text = visible(str(writers.cell(wanted[name])))
                assert from_spreadsheet_cell(value) == text
