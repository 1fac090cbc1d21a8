"""`sweep --configs`: the file's rows in the file's order, what somebody measured beside them."""

from __future__ import annotations

import csv
import io
import json

import pytest

import costcalc as library
from costcalc.sweeps import chunks

FILE = """network,alpha,res,g,latency_ms,phone
mobilenet,0.5,160,,12.5,Pixel
shufflenet,,,8,20,
mobilenet,1,224,,60,Pixel
mobilenet,0.75,192,,,Nexus

shufflenet,,192,3,15.25,Nexus
mobilenet,0.5,160,,13,Nexus
"""


@pytest.fixture
def configs(tmp_path):
    path = tmp_path / "configs.csv"
    path.write_text(FILE)
    return str(path)


def read(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_rows_keep_their_order_and_what_was_measured(costcalc, configs):
    ran = costcalc("sweep", "mobilenet", "shufflenet", "--configs", configs, "--format", "csv")
    assert (ran.code, ran.err) == (0, "")
    rows = read(ran.out)
    assert [row["latency_ms"] for row in rows] == ["12.5", "20", "60", "", "15.25", "13"]
    assert [row["phone"] for row in rows] == ["Pixel", "", "Pixel", "Nexus", "Nexus", "Nexus"]
    wanted = [
        library.load("mobilenet", alpha=0.5, res=160), library.load("shufflenet", g=8),
        library.load("mobilenet"), library.load("mobilenet", alpha=0.75, res=192),
        library.load("shufflenet", res=192), library.load("mobilenet", alpha=0.5, res=160),
    ]  # fmt: skip
    assert [int(row["mult_adds"]) for row in rows] == [net.mult_adds for net in wanted]
    assert [row["res"] for row in rows] == ["160", "224", "224", "192", "192", "160"]


def test_small_blocks_change_nothing(costcalc, configs, monkeypatch):
    command = ["sweep", "mobilenet", "shufflenet", "--configs", configs, "--format", "jsonl"]
    once = costcalc(*command).out
    monkeypatch.setattr(chunks, "CHUNK", 2)
    assert costcalc(*command).out == once
    assert costcalc(*command, "--workers", "2").out == once


def test_what_was_measured_is_a_column_like_others(costcalc, configs, tmp_path):
    both = ["sweep", "mobilenet", "shufflenet", "--configs", configs]
    out = costcalc(*both, "--where", "latency_ms > 12.5 and phone == 'Nexus'", "--sort",
                   "-mult_adds / latency_ms", "--format", "jsonl").out  # fmt: skip
    assert [json.loads(line)["latency_ms"] for line in out.splitlines()] == [15.25, 13]
    ran = costcalc(*both, "--plot", "mult_adds,latency_ms")
    assert "5 of 6 points have a value of latency_ms" in ran.out
    table = costcalc(*both).out
    assert "latency_ms" in table
    assert "6 of 6 configurations" in table


def test_without_a_column_network_all_rows_are_of_each(costcalc, tmp_path):
    path = tmp_path / "sizes.csv"
    path.write_text("res\n192\n224\n")
    rows = read(
        costcalc("sweep", "mobilenet", "vgg", "--configs", str(path), "--format", "csv").out
    )
    assert [(row["network"], row["res"]) for row in rows] == [
        ("mobilenet", "192"), ("vgg", "192"), ("mobilenet", "224"), ("vgg", "224"),
    ]  # fmt: skip


def test_an_option_holds_for_all_rows(costcalc, tmp_path):
    path = tmp_path / "sizes.csv"
    path.write_text("res\n192\n224\n")
    command = ["sweep", "mobilenet", "--configs", str(path), "--format", "csv"]
    rows = read(costcalc(*command, "--alpha", "0.5").out)
    assert [row["alpha"] for row in rows] == ["0.5", "0.5"]
    ran = costcalc(*command, "--alpha", "0.5,1")
    assert ran.code == 2
    assert "alpha: with --configs an option is one value for all rows" in ran.err
    ran = costcalc(*command, "--sample", "3")
    assert ran.code == 2
    assert "use one" in ran.err


def test_rows_that_are_no_network_are_left_out_and_counted(costcalc, tmp_path):
    path = tmp_path / "groups.csv"
    path.write_text("g,scale\n3,1\n3,0.26\n8,1\n")
    ran = costcalc("sweep", "shufflenet", "--configs", str(path))
    assert "2 of 3 configurations; 1 left out as no networks, such as:" in ran.out


def test_lists_and_defaults_that_another_decides(costcalc, tmp_path):
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "hyperparameters:\n  k: {default: [3, 5], choices: [3, 5, 7]}\n"
        "  size: {default: small, choices: [small, large]}\n"
        "  res: {default: 32, by: {size: {large: 64}}}\n"
        "input: [res, res, 3]\nnetwork:\n- columns: [op, k, out]\n"
        '  rows: [[conv, "k[1]", 8], [conv, "k[2]", 8]]\n'
    )
    path = tmp_path / "configs.csv"
    path.write_text('k,size,res\n"[3,7]",large,\n7,small,\n"5,5",large,16\n')
    out = costcalc("sweep", str(spec), "--configs", str(path), "--format", "jsonl").out
    rows = [json.loads(line) for line in out.splitlines()]
    assert [(row["k"], row["res"]) for row in rows] == [([3, 7], 64), ([7, 7], 32), ([5, 5], 16)]
    nets = [library.load(str(spec), k=row["k"], size=row["size"], res=row["res"]) for row in rows]
    assert [row["mult_adds"] for row in rows] == [net.mult_adds for net in nets]


def test_what_a_sweep_writes_it_reads(costcalc, tmp_path):
    path = str(tmp_path / "grid.csv")
    grid = ["sweep", "mobilenet", "--alpha", "0.25:1:0.25", "--res", "160,192"]
    costcalc(*grid, "-o", path)
    again = costcalc("sweep", "mobilenet", "--configs", path, "--format", "csv").out
    assert again == costcalc(*grid, "--format", "csv").out


def test_ones_own_accuracy_comes_before_the_printed_one(costcalc, tmp_path):
    path = tmp_path / "trained.csv"
    path.write_text("alpha,accuracy\n1,71.5\n0.5,64\n0.75,\n")
    command = ["sweep", "mobilenet", "--configs", str(path)]
    out = costcalc(*command, "--where", "accuracy > 70", "--metrics", "accuracy").out
    assert out.splitlines()[2].split() == ["alpha", "accuracy"]
    assert "71.5" in out
    rows = read(costcalc(*command, "--metrics", "accuracy,params", "--format", "csv").out)
    assert [row["accuracy"] for row in rows] == ["71.5", "64", ""]
    assert "2 of 3 points" in costcalc(*command, "--plot", "params,accuracy").out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no header; its first line is to name the columns"),
        (b"\n\n", "no header"),
        (b"alpha\n\xff\n", "wrong.csv:2:1: not UTF-8: byte 0xff"),
    ],
)
def test_no_file_of_configurations(costcalc, tmp_path, content, message):
    path = tmp_path / "wrong.csv"
    path.write_bytes(content)
    ran = costcalc("sweep", "mobilenet", "--configs", str(path))
    assert ran.code == 2
    assert message in ran.err
    assert costcalc("sweep", "mobilenet", "--configs", str(tmp_path / "none.csv")).code == 2
    assert costcalc("sweep", "mobilenet", "--configs", str(tmp_path)).code == 2


def test_a_default_that_another_decides_by_its_own(costcalc, tmp_path):
    """An empty cell is the default under what no column and no option says."""
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "hyperparameters:\n  body: {default: full, choices: [separable, full]}\n"
        "  res: {default: 32, by: {body: {full: 24}}}\n"
        "input: [res, res, 3]\nnetwork:\n- columns: [op, k, out]\n  rows: [[conv, 3x3, 8]]\n"
    )
    path = tmp_path / "sizes.csv"
    path.write_text("res,note\n,1\n100,2\n")
    ran = costcalc("sweep", str(spec), "--configs", str(path), "--format", "csv")
    assert [row["res"] for row in csv.DictReader(io.StringIO(ran.out))] == ["24", "100"]


def test_any_name_may_be_carried_along(costcalc, tmp_path):
    path = tmp_path / "measured.csv"
    path.write_text("network,#,res\nmobilenet,7,224\nsqueezenet,8,227\n")
    ran = costcalc("sweep", "mobilenet", "squeezenet", "--configs", str(path), "--format", "csv")
    assert [row["#"] for row in csv.DictReader(io.StringIO(ran.out))] == ["7", "8"]


def test_infinity_is_no_number_of_json(costcalc, tmp_path):
    path = tmp_path / "measured.csv"
    path.write_text("alpha,latency\n0.5,inf\n1,3\n")
    ran = costcalc("sweep", "mobilenet", "--configs", str(path), "--format", "json")
    assert [row["latency"] for row in json.loads(ran.out)["rows"]] == ["inf", "3"]
