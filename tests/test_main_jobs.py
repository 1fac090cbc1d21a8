"""What costcalc is for, a job each: run with every library it allows."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from costcalc.cli.main import COMMANDS
from tests.conftest import TESTS

MODELS = TESTS / "facts" / "models"
SPEC = str(TESTS / "cli" / "user_net.yaml")
FILE = str(MODELS / "mobilenet_v2_dynamo.onnx")
SWEEP = ["sweep", "mobilenet", "--alpha", "0.5,1", "--res", "160,224"]
MULT_ADDS = [76_524_800, 149_497_088, 290_675_200, 568_740_352]
JOBS = {
    "network": (["mobilenet", "--alpha", "0.5", "--res", "160"], "76,524,800"),
    "spec": ([SPEC, "--width", "2"], "conv"),
    "pt2": ([str(MODELS / "mobilenet_v2.pt2")], "300,774,272"),
    "tflite": ([str(MODELS / "ds_cnn_int8.tflite")], "2,656,768"),
    "network json": (["mobilenet", "--format", "json"], '"mult_adds": 568740352'),
    "network csv": (["mobilenet", "--format", "csv"], "1024000"),
    "network md": (["mobilenet", "--format", "md"], "568,740,352"),
    "compare": (["compare", "mobilenet", "shufflenet:g=3"], "568,740,352"),
    "diff": (["diff", "mobilenet", "mobilenet:alpha=0.75"], "-243,339,904"),
    "draw": (["draw", "mobilenet_v2"], "3× bottleneck3"),
    "model file": ([FILE, "--res", "160"], "154,083,200"),
    "convert": (["convert", FILE], "gpool"),
    "schema": (["schema"], "2020-12"),
    "explain": (["explain", "mobilenet", "--layer", "conv1"], "864"),
    "memory": (["memory", "mobilenet_v2", "--dtype", "int8"], "peak"),
    "guidelines": (["guidelines", "shufflenet"], "G2"),
    "storage": (["storage", "squeezenet", "--bits", "8"], "1,248,424"),
    "roofline": (["roofline", "mobilenet", "--device", "jetson_nano"], "Jetson Nano"),
    "time": (["time", "mobilenet", "--device", "pixel_1"], "Google Pixel 1"),
    "calibrate": (["calibrate", str(TESTS / "cli" / "user_times.csv")], "%"),
    "board": (["board", "mobilenet:alpha=0.25,res=96", "--on", "stm32f746"], "STM32F746"),
    "reconcile": (["reconcile", "mobilenet_v2"], "fvcore"),
    "report": (["report", "mobilenet:alpha=0.5,res=160", FILE], "76,524,800"),
    "sweep": ([*SWEEP, "--where", "mult_adds <= 150M", "--sort", "-params"], "149,497,088"),
    "front": ([*SWEEP, "--pareto", "mult_adds,accuracy"], "accuracy"),
    "plot": ([*SWEEP, "--plot", "mult_adds,params"], "params (M)"),
    "fit": (["fit", "mobilenet", "--res", "160", "--max", "mult_adds=100M"], "0.578"),
    "check": (["check", "mobilenet"], "Howard et al. 2017"),
    "list": (["list"], "mobilenet"),
}  # fmt: skip
"""What is asked, and something that the answer says."""
OF_A_PROJECT = {"budget", "ci", "lock"}
ELSEWHERE = {"lsp", "new", "watch"}
"""Tested as whole sessions: tests/lsp, tests/scaffold, tests/cli/test_watch.py."""


@pytest.mark.exhaustive
@pytest.mark.parametrize(("arguments", "said"), JOBS.values(), ids=JOBS)
def test_a_job(arguments, said, costcalc):
    ran = costcalc(*arguments)
    assert (ran.code, ran.err) == (0, "")
    assert said in ran.out


def test_the_jobs_are_all_but_those_of_a_project():
    done = {arguments[0] for arguments, _ in JOBS.values()}
    assert set(COMMANDS) - done == OF_A_PROJECT | ELSEWHERE


@pytest.mark.exhaustive
def test_a_budget_a_lock_and_a_review(tmp_path, costcalc):
    (tmp_path / "costcalc.yaml").write_text(
        "networks: {ours: mobilenet}\nbudgets: [{network: ours, max: {mult_adds: 600M}}]\n"
    )
    assert costcalc("budget", cwd=tmp_path).code == 0
    assert costcalc("lock", cwd=tmp_path).code == 0
    assert costcalc("lock", "--check", cwd=tmp_path).code == 0
    assert "nothing is wrong" in costcalc("ci", cwd=tmp_path).out


def from_csv(path):
    with path.open(newline="") as file:
        return [int(row["mult_adds"]) for row in csv.DictReader(file)]


def from_jsonl(path):
    return [json.loads(line)["mult_adds"] for line in path.read_text().splitlines()]


def from_npz(path):
    with np.load(path) as columns:
        return columns["mult_adds"].tolist()


def from_parquet(path):
    from pyarrow import parquet

    return parquet.read_table(path)["mult_adds"].to_pylist()


READERS = {"csv": from_csv, "jsonl": from_jsonl, "npz": from_npz, "parquet": from_parquet}


@pytest.mark.exhaustive
@pytest.mark.parametrize("ending", READERS)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_file_of_each_format(ending, workers, tmp_path, costcalc):
    path = tmp_path / f"sweep.{ending}"
    ran = costcalc(*SWEEP, "--workers", workers, "-o", str(path))
    assert (ran.code, ran.err) == (0, "4 of 4 configurations\n")
    assert READERS[ending](path) == MULT_ADDS


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("ending", "start"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("html", b"<!DOCTYPE html>")]
)
def test_a_picture_of_each_format(ending, start, tmp_path, costcalc):
    path = tmp_path / f"sweep.{ending}"
    ran = costcalc(*SWEEP, "--plot", "mult_adds,params", "--plot-file", str(path))
    assert (ran.code, ran.err) == (0, f"{path}: 4 points\n")
    assert path.read_bytes().startswith(start)


@pytest.mark.exhaustive
@pytest.mark.filterwarnings("ignore")  # what the library's own shutdown warns of
def test_a_file_from_a_cluster(tmp_path, costcalc):
    from distributed import LocalCluster

    path = tmp_path / "sweep.csv"
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster:
        ran = costcalc(*SWEEP, "--dask", cluster.scheduler_address, "-o", str(path))
    assert (ran.code, ran.err) == (0, "4 of 4 configurations\n")
    assert READERS["csv"](path) == MULT_ADDS
