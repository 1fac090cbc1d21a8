"""Large sweeps: in blocks, whole or not at all, with a bar for whoever is looking."""

from __future__ import annotations

import csv
import os
import re
import signal
import sys
import tracemalloc

import numpy as np
import pytest

from costcalc.files import whole
from costcalc.library import load_spec
from costcalc.sweeps import chunks
from costcalc.sweeps.query import Query
from costcalc.sweeps.schema import fields
from costcalc.sweeps.space import library_space
from costcalc.sweeps.tasks import Job
from costcalc.sweeps.walk import Sweep
from costcalc.tables import writers
from tests.cli.test_output import in_terminal
from tests.covering import mostly
from tests.running import COSTCALC, has_open, members, until

LARGE = ["sweep", "mobilenet", "--alpha", "0.01:1:0.00004", "--res", "32:10131"]
"""250 million configurations."""
METRICS = ("params", "mult_adds", "memory_access")


def sweep(where=None, **axes):
    job = Job([library_space(load_spec("mobilenet"), axes)], Query(METRICS, where))
    return Sweep(job, job.everything())


@pytest.mark.parametrize("ending", mostly(["csv"], ["jsonl", "npz", "parquet"]))
def test_files_are_written_in_blocks(ending, tmp_path, monkeypatch):
    """Eight times the rows take no more memory."""
    monkeypatch.setattr(chunks, "CHUNK", 1 << 10)

    def write(heights):
        found = sweep(alpha="0.25:1:0.004", res=range(96, 96 + heights))
        with whole(str(tmp_path / f"grid.{ending}")) as file:
            writers.write(file, f".{ending}", fields(found.job.spaces, METRICS), found)

    peaks = []
    for heights in (16, 128):
        write(heights)  # what only the first time costs
        tracemalloc.start()
        write(heights)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_every_format_has_every_row(tmp_path, costcalc, monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK", 50)
    command = ["sweep", "mobilenet", "shufflenet", "--alpha", "0.25:1:0.05", "--res", "128:224:16",
               "--g", "3,8", "--metrics", "params,accuracy"]  # fmt: skip
    tables = {}
    for ending in ("csv", "npz", "parquet"):
        path = tmp_path / f"grid.{ending}"
        ran = costcalc(*command, "-o", str(path))
        assert (ran.code, ran.out) == (0, "")
        tables[ending] = path
    with open(tables["csv"], newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16 * 7 + 2 * 7
    with np.load(tables["npz"]) as stored:
        assert stored.files == list(rows[0])
        assert [str(x) for x in stored["params"]] == [row["params"] for row in rows]
        assert stored["params"].dtype == np.int64
        assert stored["network"].tolist() == [row["network"] for row in rows]
        alpha = [float(row["alpha"]) if row["alpha"] else np.nan for row in rows]
        np.testing.assert_equal(stored["alpha"], np.array(alpha))
        accuracy = [float(row["accuracy"]) if row["accuracy"] else np.nan for row in rows]
        np.testing.assert_equal(stored["accuracy"], np.array(accuracy))
        assert stored["g"].dtype == np.float64  # MobileNet has none
        assert set(stored["body"].tolist()) == {"separable", ""}
    import pyarrow.parquet

    stored = pyarrow.parquet.read_table(tables["parquet"]).to_pydict()
    assert [str(x) for x in stored["params"]] == [row["params"] for row in rows]
    assert [x or "" for x in stored["body"]] == [row["body"] for row in rows]
    assert [None if x is None else float(x) for x in stored["alpha"]] == [
        float(row["alpha"]) if row["alpha"] else None for row in rows
    ]


def test_lists_in_every_format(tmp_path, costcalc):
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "hyperparameters: {k: {default: [3, 5], choices: [3, 5, 7]}}\n"
        "input: [32, 32, 3]\nnetwork:\n- columns: [op, k, out]\n"
        '  rows: [[conv, "k[1]", 8], [conv, "k[2]", 8]]\n'
    )
    command = ["sweep", str(spec), "--k", "all", "--where", "k[1] < k[2]"]
    wanted = [[3, 5], [3, 7], [5, 7]]
    for ending in ("csv", "jsonl", "npz", "parquet"):
        assert costcalc(*command, "-o", str(tmp_path / f"x.{ending}")).code == 0
    with open(tmp_path / "x.csv", newline="") as file:
        assert [row["k"] for row in csv.DictReader(file)] == ["[3,5]", "[3,7]", "[5,7]"]
    with np.load(tmp_path / "x.npz") as stored:
        assert stored["k"].tolist() == wanted
    import pyarrow.parquet

    assert pyarrow.parquet.read_table(tmp_path / "x.parquet")["k"].to_pylist() == wanted
    assert "[3,7]" in costcalc(*command).out
    assert "| [3,7]" in costcalc(*command, "--format", "md").out


@pytest.mark.exhaustive
@pytest.mark.parametrize("more", [[], ["--workers", "2"]])
def test_an_interrupted_sweep_leaves_no_file(tmp_path, more, start):
    path = tmp_path / "grid.csv"
    process = start([*COSTCALC, *LARGE, "-o", str(path), "--no-resume", *more])
    until(lambda: len(members(process.pid)) > (2 if more else 0))
    until(lambda: has_open(process.pid, tmp_path))  # however long it takes to begin
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
    until(lambda: not members(process.pid), 10)


IMPATIENT = """
from costcalc.cli import progress
progress.PATIENCE = 0
from costcalc.cli.main import main
main()
"""


@pytest.mark.exhaustive
def test_a_bar_where_somebody_is_looking():
    large = ["--alpha", "0.01:1:0.0002", *LARGE[-2:]]
    where = ["--where", "mult_adds < 1", "--workers", "1"]
    soon = [sys.executable, "-c", IMPATIENT]
    ran = in_terminal("sweep", "mobilenet", *large, *where, command=soon)
    assert re.search(r"[\d,]{6,} a second", ran)
    assert re.search(r"\d:\d\d:\d\d", ran)
    assert ran.rindex("a second") < ran.index("batch 1")  # gone before the table
    assert "a second" not in in_terminal("sweep", "mobilenet")


def test_a_space_of_any_size_begins_at_once():
    """Ranges of a mesh come one after another: nothing is as long as the space."""
    axes = {"alpha": "0.25:1:0.00001", "res": range(32, 10132), "classes": range(1, 10_001)}
    found = sweep(**axes)
    assert found.job.spaces[0].points == 75_001 * 10_100 * 10_000
    first = next(iter(found))
    assert len(first["params"]) <= chunks.CHUNK
    assert first["classes"][:3].tolist() == [1, 2, 3]
