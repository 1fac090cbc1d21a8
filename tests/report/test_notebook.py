"""Results in a notebook and as tables of other libraries."""

from __future__ import annotations

import gc
import html.parser
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import costcalc
from costcalc import arrow
from tests.conftest import ROOT
from tests.covering import examples

PROJECT = """
networks:
  ours: {spec: mobilenet, device: pixel_1}
  gone: ./gone.yaml
budgets:
- {network: ours, max: {params: 4M, time: 900}, because: "<flash>"}
- {network: gone, max: {params: 1}}
- {network: ours, grow: {mult_adds: 1%}}
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    project = tmp_path_factory.mktemp("project") / "costcalc.yaml"
    project.write_text(PROJECT)
    return {
        "ledger": costcalc.check("mobilenet"),
        "ledgers": costcalc.check("mobilenet", "shufflenet"),
        "unchecked": costcalc.check(str(ROOT / "tests/cli/user_net.yaml")),
        "budgets": costcalc.budgets(project),
        "network": costcalc.load("mobilenet_v2", alpha=0.5),
        "convention": costcalc.load("mobilenet_v2", convention="thop"),
        "comparison": costcalc.compare("mobilenet", "shufflenet:g=8"),
        "difference": costcalc.diff("mobilenet", "mobilenet_v2"),
        "nothing": costcalc.diff("mobilenet", "mobilenet"),
        "prediction": costcalc.time("mobilenet", device="pixel_1"),
        "grid": costcalc.sweep("shufflenet", g=[1, 3], scale=[0.01, 1.0]),
        "points": costcalc.points("mobilenet", alpha=[0.5, 1.0], res=[160, 224]),
        "lists": costcalc.sample("ofa_mobilenet_v3", 3, k="all"),
    }


NAMES = ["ledger", "ledgers", "unchecked", "budgets",
         "network", "convention", "comparison", "difference", "nothing", "prediction", "grid",
         "points", "lists"]  # fmt: skip


class Balanced(html.parser.HTMLParser):
    """Every element that begins ends."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attributes):
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", NAMES)
def test_a_result_shows_itself_and_is_a_table_everywhere(name, results):
    import polars
    import pyarrow

    result = results[name]
    text = result._repr_html_()
    parser = Balanced()
    parser.feed(text)
    assert parser.open == []
    assert text.startswith('<div class="costcalc">')
    pandas, frame = result.to_pandas(), result.to_polars()
    table = pyarrow.RecordBatchReader.from_stream(result).read_all()
    table.validate(full=True)
    columns = result.columns()
    assert [*columns] == [*pandas.columns] == frame.columns == table.column_names
    assert len(pandas) == len(frame) == len(table)
    if columns and name != "nothing":
        assert frame.equals(polars.DataFrame(table), null_equal=True)
    assert repr(result)


def test_numbers_are_those_of_the_result(results):
    net = results["network"]
    layers = net.to_pandas()
    assert layers["mult_adds"].sum() == net.mult_adds
    assert layers["mult_adds"].dtype == np.int64
    assert layers["output"][0] == "112x112x16"
    assert "150,9" not in layers.to_string()
    compared = results["comparison"].to_polars()
    assert compared["params_ratio"][0] == 1
    changes = results["difference"].to_pandas()
    assert "total" not in set(changes["status"])
    assert len(changes) == len(results["difference"].layers)
    spent = results["prediction"].to_pandas()["milliseconds"].sum()
    assert spent == pytest.approx(results["prediction"].milliseconds)


def test_a_ledger_has_every_line_and_budgets_every_limit(results):
    ledger, budgets = results["ledger"], results["budgets"]
    frame = ledger.to_pandas()
    assert frame["verdict"].tolist() == [line.verdict for line in ledger]
    assert {"where", "metric", "printed", "computed", "note"} <= {*frame.columns}
    assert all(
        line.printed in printed for line, printed in zip(ledger, frame["printed"], strict=True)
    )
    assert "99.29" in ledger._repr_html_()
    assert "shufflenet" in results["ledgers"]._repr_html_()
    assert results["budgets"].to_pandas()["quantity"].tolist() == [
        held.limit.quantity for held in budgets
    ]
    text = budgets._repr_html_()
    assert "&lt;flash&gt;" in text
    assert "is over" in text


def test_what_is_no_network_is_no_row(results):
    grid = results["grid"]
    frame = grid.to_pandas()
    assert len(frame) == int(grid.valid.sum()) < grid.valid.size
    row = frame[(frame.g == 3) & (frame.scale == 1)].iloc[0]
    assert row.mult_adds == costcalc.load("shufflenet", g=3).mult_adds


def test_a_grid_has_named_axes_and_units():
    grid = costcalc.sweep("mobilenet", alpha=[0.5, 1], res=[160, 224], body="all",
                          metrics=["params", "cost", "time", "outside"], convention="fvcore",
                          device="pixel_1")  # fmt: skip
    found = grid.to_xarray()
    assert found.params.dims == found.valid.dims == ("alpha", "res", "body")
    assert found.alpha.long_name.startswith("width multiplier")
    assert found.params.units == "parameters"
    assert found.cost.units == "multiply-adds (fvcore calls them flops)"
    assert found.time.units == "ms"
    assert int(found.params.sel(alpha=0.5, res=224, body="shallow")) == int(grid["params"][0, 1, 2])
    assert found.attrs == {"network": "mobilenet"}


def test_text_of_a_spec_is_text(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text('name: "<script>alert(1)</script>"\ninput: [8, 8, 3]\n'
                    "network:\n- columns: [name, op, k, out]\n"
                    '  rows: [["<b>", conv, 3x3, 4]]\n')  # fmt: skip
    text = costcalc.load(path)._repr_html_()
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "<b>" not in text


class Table:
    def __init__(self, columns):
        self.columns = columns

    def __arrow_c_stream__(self, requested_schema=None):
        return arrow.stream(self.columns)


def read(columns):
    import pyarrow

    return pyarrow.RecordBatchReader.from_stream(Table(columns)).read_all()


NAMED = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)  # a C string
VALUES = (
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=3, max_size=3)
    | st.lists(st.none() | st.booleans(), min_size=3, max_size=3)
    | st.lists(st.none() | st.text(st.characters(codec="utf-8")), min_size=3, max_size=3)
    | st.lists(st.none() | st.floats(allow_nan=False), min_size=3, max_size=3)
)


@given(columns=st.dictionaries(NAMED, VALUES))
@examples(50)
def test_arrow_brings_back_what_went_in(columns):
    table = read(columns)
    table.validate(full=True)
    assert table.to_pydict() == columns


def test_arrow_lets_go_of_everything():
    """Read, read in part, or not at all; by several threads at once."""
    import pyarrow

    gc.collect()
    before = len(arrow._KEPT)
    columns = {"a": [1, None], "b": ["x", "y"], "c": np.array([0.5, 1])}
    assert len(read(columns)) == 2
    arrow.stream(columns)
    pyarrow.RecordBatchReader.from_stream(Table(columns)).close()
    threads = [threading.Thread(target=read, args=(columns,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gc.collect()
    assert len(arrow._KEPT) == before


def test_a_column_outlives_its_table():
    column = read({"a": ["x", "y"], "b": [1, 2]})["a"]
    gc.collect()
    assert column.to_pylist() == ["x", "y"]


def test_nobody_waits_for_what_is_not_looked_at():
    code = (
        "import sys, costcalc; costcalc.load('mobilenet').params;"
        "print({'costcalc.report', 'costcalc.arrow', 'pandas', 'numpy'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          cwd=ROOT)  # fmt: skip
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("name", ["pandas", "polars", "xarray"])
def test_a_library_that_is_missing_is_named(name, results, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(costcalc.CostcalcError, match=rf"^to_{name} needs {name}: .*\[notebook\]"):
        getattr(results["grid"], f"to_{name}")()


@pytest.mark.exhaustive
def test_the_notebook_of_the_docs_runs():
    import nbformat
    from nbclient import NotebookClient

    book = nbformat.read(ROOT / "docs" / "notebook.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in book.cells)
    done = NotebookClient(book, timeout=120, resources={"metadata": {"path": str(ROOT)}}).execute()
    shown = [output for cell in done.cells for output in cell.get("outputs", ())]
    assert sum("text/html" in output.get("data", {}) for output in shown) >= 7
    assert 'class="costcalc"' in shown[0]["data"]["text/html"]
