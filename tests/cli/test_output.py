"""What users see: goldens of every command, and that each format holds the same numbers."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys

import pytest

import costcalc as library
from costcalc.language.find import names
from tests.conftest import ROOT, TESTS, run_command
from tests.covering import FEW, in_turn, mostly, pairwise
from tests.running import COSTCALC, starting

USER_DEVICE = str(TESTS / "cli" / "user_device.yaml")
USER_TIMES = str(TESTS / "cli" / "user_times.csv")
USER_SPEC = str(TESTS / "cli" / "user_net.yaml")
GOLDEN = {
    "mobilenet": ["mobilenet"],
    "mobilenet_0.5_160": ["mobilenet", "--alpha", "0.5", "--res", "160"],
    "mobilenet_by_type": ["mobilenet", "--by", "type"],
    "mobilenet_expand": ["mobilenet", "--expand"],
    "mobilenet_md": ["mobilenet", "--format", "md"],
    "mobilenet_csv": ["mobilenet", "--alpha", "0.75", "--format", "csv"],
    "shufflenet_g8": ["shufflenet", "--g", "8"],
    "shufflenet_by_block": ["shufflenet", "--by", "block"],
    "squeezenet": ["squeezenet"],
    "squeezenet_complex": ["squeezenet", "--bypass", "complex", "--by", "row"],
    "user_net": [USER_SPEC, "--width", "2"],
    "compare": ["compare", "mobilenet:alpha=0.5,res=160", "shufflenet:g=3", "squeezenet"],
    "compare_csv": ["compare", "mobilenet", "shufflenet:g=8", "--format", "csv"],
    "mobilenet_run": ["mobilenet", "--by", "type", "--dtype", "int8:fp16", "--batch", "2",
                      "--intensity"],
    "resnet_unfused": ["resnet", "--by", "type", "--unfused"],
    "compare_int8": ["compare", "mobilenet", "shufflenet", "--dtype", "int8"],
    "diff_alpha": ["diff", "mobilenet", "mobilenet:alpha=0.75", "--res", "160"],
    "diff_depth_csv": ["diff", "resnet", "resnet:depth=101,widening=2", "--format", "csv"],
    "diff_networks_md": ["diff", "mobilenet_v2", "mobilenet_v3_large", "--format", "md"],
    "diff_same": ["diff", "shufflenet:g=3", "shufflenet", "--dtype", "int8"],
    "diff_fvcore": ["diff", "resnet", "senet", "--convention", "fvcore"],
    "memory_mobilenet_v2": ["memory", "mobilenet_v2", "--dtype", "int8", "--definition",
                            "in-place"],
    "memory_ghostnet_best": ["memory", "ghostnet", "--order", "best", "--top", "2"],
    "memory_user_net_csv": ["memory", USER_SPEC, "--format", "csv"],
    "guidelines_shufflenet": ["guidelines", "shufflenet", "--g", "8"],
    "guidelines_googlenet_md": ["guidelines", "googlenet", "--format", "md"],
    "storage_squeezenet": ["storage", "squeezenet"],
    "storage_mobilenet_8": ["storage", "mobilenet", "--bits", "8"],
    "roofline_mobilenet": ["roofline", "mobilenet", "--device", "nvidia_v100"],
    "roofline_order": ["roofline", "mobilenet", "shufflenet", "shufflenet:scale=2",
                       "shufflenet_v2", "--device", "jetson_nano", "--device", "gtx_1080_ti",
                       "--efficiency", "0.5:0.8"],
    "time": ["time", "mobilenet:alpha=0.5", "mobilenet_v2:alpha=2.5", "--device", USER_DEVICE],
    "time_layers": ["time", USER_SPEC, "--device", USER_DEVICE, "--batch", "8", "--expand"],
    "time_csv": ["time", "mobilenet", "--device", USER_DEVICE, "--format", "csv"],
    "calibrate": ["calibrate", USER_TIMES],
    "fit_time": ["fit", "mobilenet_v2", "--max", "time=5ms", "--device", USER_DEVICE],
    "sweep_time": ["sweep", "mobilenet", "--alpha", "0.25:1:0.25", "--device", USER_DEVICE,
                   "--where", "time < 20ms", "--pareto", "time,-accuracy"],
    "explain_layer": ["explain", "mobilenet", "--alpha", "0.5", "--layer", "conv1"],
    "explain_user_net": ["explain", USER_SPEC],
    "explain_separable": ["explain", "mobilenet", "--separable"],
    "convention_thop": ["mobilenet_v2", "--convention", "thop", "--by", "type"],
    "convention_onnx_tool": ["squeezenet", "--reading", "torchvision", "--convention", "onnx-tool"],
    "compare_fvcore": ["compare", "mobilenet_v2", "resnet", "--convention", "fvcore"],
    "reconcile": ["reconcile", "mobilenet_v2"],
    "reconcile_bridge": ["reconcile", "resnet", "--from", "torchinfo", "--to", "calflops"],
    "reconcile_number": ["reconcile", "mobilenet_v2", "--number", "327.5M"],
    "sweep_mobilenet": ["sweep", "mobilenet", "--alpha", "0.25:1:0.25", "--res", "128,224"],
    "sweep_front": ["sweep", "mobilenet", "mobilenet_v2", "shufflenet", "--res", "128:256:64",
                    "--g", "all", "--pareto", "mult_adds,params"],
    "sweep_csv": ["sweep", "shufflenet", "--scale", "0.25:1:0.25", "--g", "1,3,8",
                  "--where", "mult_adds <= 80M", "--sort", "-mult_adds", "--format", "csv"],
    "sweep_md": ["sweep", "mobilenet", "--res", "160,224", "--convention", "fvcore",
                 "--metrics", "params", "--format", "md"],
    "fit_mobilenet": ["fit", "mobilenet", "--res", "128,160,192,224", "--max", "mult_adds=100M"],
    "fit_several": ["fit", "mobilenet", "mobilenet_v2", "shufflenet", "shufflenet_v2", "--res",
                    "224", "--max", "mult_adds=140M", "--max", "params=1.9M"],
    "fit_res": ["fit", "mobilenet", "--alpha", "0.5", "--grow", "res", "--max", "mult_adds=100M"],
    "fit_choices_md": ["fit", "shufflenet_v2", "--max", "mult_adds=1G", "--format", "md"],
    "fit_none_csv": ["fit", "mobilenet", "--res", "32,224", "--max", "mult_adds=500K", "--format",
                     "csv"],
    "check_mobilenet": ["check", "mobilenet"],
    "check_squeezenet_verbose": ["check", "squeezenet", "--verbose"],
    "help_mobilenet": ["mobilenet", "--help"],
}  # fmt: skip


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name, costcalc, golden):
    ran = costcalc(*GOLDEN[name])
    assert ran.code == 0
    assert ran.err == ""
    golden(TESTS / "golden" / f"{name}.txt", ran.out)


def test_json_of_a_network_has_the_documented_keys():
    ran = run_command("mobilenet", "--alpha", "0.5", "--res", "160", "--format", "json")
    assert ran.code == 0
    assert ran.err == ""
    got = json.loads(ran.out)
    totals = {"params", "weights", "biases", "norm", "mult_adds", "memory_access"}
    assert got["schema_version"] == 1
    assert got["model"] == "mobilenet"
    assert got["hyperparameters"].items() >= {"alpha": 0.5, "res": 160, "classes": 1000}.items()
    assert got["input"] == [160, 160, 3]
    assert (got["batch"], got["bytes_per_element"], got["convention"]) == (1, 4, "paper")
    assert set(got["totals"]) == totals
    assert got["totals"]["mult_adds"] == 76_524_800
    for layer in got["layers"]:
        assert {"name", "op", "input", "output", *totals} <= set(layer)
        assert all(type(layer[key]) is int for key in totals)
        assert len(layer["input"]) == len(layer["output"]) == 3
    for key in totals:
        assert sum(layer[key] for layer in got["layers"]) == got["totals"][key]


@pytest.mark.parametrize("grouping", ["row", "block", "type"])
def test_json_of_groups_adds_up(grouping, costcalc):
    got = json.loads(costcalc("shufflenet", "--by", grouping, "--format", "json").out)
    assert got["by"] == grouping
    for key, value in got["totals"].items():
        assert sum(group[key] for group in got["groups"]) == value


def test_json_of_the_other_commands(costcalc):
    compared = json.loads(
        costcalc("compare", "mobilenet:res=160", "shufflenet:g=8", "--format", "json").out
    )
    assert compared["schema_version"] == 1
    assert [model["model"] for model in compared["models"]] == ["mobilenet", "shufflenet"]
    assert all("layers" not in model for model in compared["models"])
    assert (
        compared["models"][0]["totals"]["mult_adds"] == library.load("mobilenet", res=160).mult_adds
    )
    assert compared["models"][0]["reported"] == {"accuracy": 67.2}
    assert compared["models"][1]["reported"] == {"error": 32.4}

    checked = json.loads(costcalc("check", "squeezenet", "--format", "json").out)
    wanted = {
        "model",
        "where",
        "hyperparameters",
        "metric",
        "printed",
        "computed",
        "verdict",
        "note",
    }
    assert all(wanted <= set(claim) for claim in checked["claims"])
    assert sum(checked["summary"].values()) == len(checked["claims"])
    for verdict, count in checked["summary"].items():
        assert count == sum(claim["verdict"] == verdict for claim in checked["claims"])

    explained = json.loads(costcalc("explain", "mobilenet", "--format", "json").out)
    first = explained["layers"][0]["steps"]
    assert {"quantity": "weights", "formula": "k_h * k_w * c * out", "numbers": "3 * 3 * 3 * 32",
            "result": 864} in first  # fmt: skip
    pairs = json.loads(costcalc("explain", "mobilenet", "--separable", "--format", "json").out)
    assert all(pair["equal"] and pair["ratio"] == pair["rule"] for pair in pairs["pairs"])
    assert pairs["pairs"][0]["ratio"] == "73/576"


FORMATS = ("table", "json", "csv", "md")
COMMANDS = {
    "network": [], "memory": ["memory"], "guidelines": ["guidelines"], "storage": ["storage"],
    "roofline": ["roofline", "--device", "nvidia_v100"], "explain": ["explain"],
    "check": ["check"], "compare": ["compare", "mobilenet"],
}  # fmt: skip


def in_format(text, format_):
    """Whether a text is what its format promises, with something in it."""
    if format_ == "json":
        return json.loads(text)["schema_version"] == 1
    if format_ == "csv":
        head, *rows = csv.reader(io.StringIO(text))
        return bool(rows) and all(len(row) == len(head) for row in rows)
    return text.endswith("\n") and ("\n| --" in text) == (format_ == "md")


@pytest.mark.parametrize(
    ("name", "command", "format_"),
    mostly(
        pairwise(FEW[::3], [*COMMANDS], FORMATS),
        in_turn([*names()[::4], USER_SPEC], [*COMMANDS], FORMATS),
    ),
)
def test_networks_commands_and_formats(name, command, format_, costcalc):
    ran = costcalc(*COMMANDS[command], name, "--format", format_)
    assert (ran.code, ran.err) == (0, ""), ran
    assert in_format(ran.out, format_), ran


def test_json_of_memory(costcalc):
    ran = costcalc("memory", "mobilenet_v2", "--dtype", "int8", "--definition", "in-place",
                   "--order", "best", "--format", "json")  # fmt: skip
    got = json.loads(ran.out)
    assert got["peak_bytes"] == 1372 * 1024 == sum(tensor["bytes"] for tensor in got["tensors"])
    assert (got["definition"], got["order"], got["exact"]) == ("in-place", "best", True)
    assert got["step"] == "bottleneck2.1/conv1"
    assert (got["dtype"], got["bytes_per_element"], got["batch"]) == ("int8", 1, 1)
    assert max(step["bytes"] for step in got["steps"]) == got["peak_bytes"]


def test_json_of_a_run_says_how_it_ran(costcalc):
    ran = costcalc("mobilenet", "--dtype", "int8:fp16", "--batch", "8", "--unfused", "--format",
                   "json")  # fmt: skip
    got = json.loads(ran.out)
    assert (got["batch"], got["bytes_per_element"], got["fused"]) == (8, "1:2", False)
    assert (
        sum(layer["memory_access_bytes"] for layer in got["layers"]) == (got["memory_access_bytes"])
    )


def test_json_of_storage_and_roofline(costcalc):
    stored = json.loads(costcalc("storage", "squeezenet", "--format", "json").out)
    assert stored["storage"]["bytes"] == 315_824
    assert (stored["mb"], stored["mib"]) == (315_824 / 10**6, 315_824 / 2**20)
    assert stored["lower_bound"]
    line = json.loads(
        costcalc("roofline", "mobilenet", "--device", "nvidia_v100", "--format", "json").out
    )
    ((model,), (device,)) = line["models"], line["devices"]
    assert device["bytes_per_second"] == 900e9
    assert device["source"]
    (found,) = model["rooflines"]
    assert found["lower_bound"]
    assert found["seconds"] == pytest.approx(sum(n["seconds"] for n in found["layers"]))


def test_csv_is_raw_and_says_its_settings(costcalc):
    table = list(csv.DictReader(io.StringIO(costcalc("mobilenet", "--format", "csv").out)))
    net = library.load("mobilenet")
    for metric in ("params", "mult_adds", "memory_access"):
        assert sum(int(row[metric]) for row in table) == getattr(net, metric)
    assert table[0]["alpha"] == "1"
    assert table[0]["input"] == "224x224x3"
    assert table[0]["convention"] == "paper"
    lines = costcalc("check", "mobilenet", "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(lines)))
    assert any(row["verdict"] == "erratum" and "99.29" in row["note"] for row in rows)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", [n for n in GOLDEN if not n.startswith("help")])
def test_csv_names_each_column_once(name, costcalc):
    asked = [*GOLDEN[name]]
    if "--format" in asked:
        at = asked.index("--format")
        del asked[at : at + 2]
    header, *rows = csv.reader(io.StringIO(costcalc(*asked, "--format", "csv").out))
    assert len(set(header)) == len(header)
    assert all(len(row) == len(header) for row in rows)


def test_csv_of_a_hyperparameter_named_like_a_column(costcalc, tmp_path):
    spec = "name: T\nhyperparameters: {output: 3}\ninput: [8, 8, 3]\nnetwork:\n"
    spec += "- columns: [op, k, out]\n  rows: [[conv, 1x1, output]]\n"
    (tmp_path / "t.yaml").write_text(spec)
    ran = costcalc("./t.yaml", "--format", "csv", cwd=tmp_path)
    (row,) = csv.DictReader(io.StringIO(ran.out))
    assert (row["setting_output"], row["output"]) == ("3", "8x8x3"), ran


def test_every_csv_row_is_complete_by_itself(costcalc):
    explained = costcalc("explain", "mobilenet", "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(explained)))
    assert len(rows) > 20
    assert all(row["layer"] for row in rows)
    reconciled = costcalc("reconcile", "mobilenet_v2", "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(reconciled)))
    assert {"paper", "thop", "keras"} <= {row["convention"] for row in rows}
    assert all(row["convention"] and row["params"] for row in rows)


def test_explain_names_the_convention_that_counts_params(costcalc):
    note = "params, as keras counts them = 4,253,864 · "
    assert note in costcalc("explain", "mobilenet", "--convention", "keras").out
    assert "\nparams = weights = 4,209,088 · " in costcalc("explain", "mobilenet").out


def test_table_md_and_csv_hold_the_same_rows(costcalc):
    plain = costcalc("squeezenet").out.splitlines()
    markdown = costcalc("squeezenet", "--format", "md").out.splitlines()
    data = csv.DictReader(io.StringIO(costcalc("squeezenet", "--format", "csv").out))
    for row in data:
        params = f"{int(row['params']):,}"
        assert any(line.startswith(f"{row['name']} ") and params in line for line in plain)
        assert any(line.startswith(f"| {row['name']} |") and params in line for line in markdown)


def in_terminal(*arguments, columns="110", command=COSTCALC, cwd=None, **environment):
    """What `costcalc ARGUMENTS` writes to a terminal."""
    parent, child = pty.openpty()
    terminal = {"TERM": "xterm-256color", "COLUMNS": columns}
    with starting() as start:
        process = start(
            [*command, *arguments],
            stdout=child,
            stderr=child,
            env={**terminal, **environment},
            cwd=cwd,
        )
        os.close(child)
        written = b""
        while True:
            try:
                piece = os.read(parent, 65536)
            except OSError:
                break
            if not piece:
                break
            written += piece
        process.wait()
    os.close(parent)
    return written.decode()


def test_colour_only_where_it_belongs(usual, costcalc):
    assert "\x1b[" in in_terminal("mobilenet")
    assert "\x1b[" not in usual  # NO_COLOR
    assert "\x1b[" not in costcalc("mobilenet").out


@pytest.mark.exhaustive
def test_a_pipe_is_never_cut():
    """However narrow the window around it."""
    check = ["check", "mobilenet", "squeezenet", "--verbose"]
    wide = run_command(*check).out
    assert run_command(*check, COLUMNS="20").out == wide
    assert "…" not in wide.replace("{printed: …", "")
    assert max(map(len, wide.splitlines())) > 120


@pytest.fixture(scope="module")
def usual():
    return in_terminal("mobilenet", "--by", "type", columns="80", NO_COLOR="1")


@pytest.mark.parametrize(
    "columns", mostly(["0", "9" * 7], ["-3", "wide", "²", "9" * 30, "9" * 5000, "1"])
)
def test_a_width_that_is_none(columns, usual, costcalc, monkeypatch):
    """Of what is no positive number nothing is believed, and no screen is 9,999,999 wide."""
    shown = in_terminal("mobilenet", "--by", "type", columns=columns, NO_COLOR="1")
    assert shown == usual or columns[:1] in ("9", "1")
    assert "4,209,088" in shown
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("LINES", columns)
    drawn = costcalc("sweep", "mobilenet", "--alpha", "0.5,1", "--plot", "alpha,params")
    assert drawn.code == 0
    assert max(map(len, drawn.out.splitlines())) <= 1000


def test_what_fits_is_not_wrapped_and_what_is_left_out_is_named():
    text = re.sub(r"\x1b\[[0-9;]*m", "", in_terminal("mobilenet", "--by", "type", columns="60"))
    assert max(map(len, text.splitlines())) <= 60
    said = " ".join(text.split())
    assert "columns left out in this width: memory access, %; a wider terminal" in said
    assert "columns left out" not in in_terminal("mobilenet", "--by", "type", columns="110")


def test_what_a_spec_says_commands_no_terminal(costcalc, tmp_path):
    spec = (TESTS / "cli" / "user_net.yaml").read_text()
    (tmp_path / "t.yaml").write_text(spec.replace("name: Tiny", 'name: "a\\e[31m\\x9b[bold]b"'))
    for format_ in ("table", "md"):
        out = costcalc("./t.yaml", "--format", format_, cwd=tmp_path).out
        assert "\\x1b[31m" in out.replace("\\\\", "\\")
        assert not set(out) & {"\x1b", "\x9b"}
    shown = in_terminal(str(tmp_path / "t.yaml"), NO_COLOR="1")
    assert "a\\x1b[31m\\x9b[bold]b" in shown
    assert not set(shown) & {"\x1b", "\x9b"}


def test_a_narrow_terminal_keeps_every_digit(usual):
    assert "568,740,352" in usual
    assert "4,209,088" in usual


def test_output_without_utf8_is_no_error():
    ran = run_command("mobilenet", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert ran.code == 0
    assert "568,740,352" in ran.out


@pytest.mark.parametrize(
    ("redirection", "code", "message"),
    [
        (">/dev/full", 2, "costcalc: stdout: cannot be written: No space left on device\n"),
        (">&-", 2, "costcalc: stdout: cannot be written: it is closed\n"),
        ("| head -1", 0, ""),
    ],
)
@pytest.mark.parametrize("arguments", mostly(["mobilenet"], ["mobilenet --format json", "--help"]))
def test_output_that_cannot_be_written(arguments, redirection, code, message):
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m costcalc {arguments} {redirection}'],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (code, message)


LACKING = """
input: [8, 8, 3]
network: [{columns: [op, k, out], rows: [[conv, 3x3, 4]]}]
claims: [{where: here, quantity: params, printed: 109}]
"""
"""3 x 3 x 3 x 4 are 108."""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("check net.yaml", 1),
        ("check net.yaml --format sarif", 1),
        ("check net.yaml missing.yaml", 2),
        ("fit net.yaml --grow width --max params=1", 1),
        ("board vgg --on rp2040", 1),
        ("reconcile squeezenet --number 7", 1),
        ("net.yaml", 0),
    ],
)
def test_a_verdict_stands_whoever_reads(arguments, code, tmp_path):
    """Its reader went before the first line: `costcalc check | head` under pipefail."""
    wide = LACKING.replace("4]", "width]").replace("input", "hyperparameters: {width: 4}\ninput")
    (tmp_path / "net.yaml").write_text(wide)
    reader, writer = os.pipe()
    os.close(reader)
    with starting() as start:
        process = start([*COSTCALC, *arguments.split()], cwd=tmp_path, stdout=writer)
        os.close(writer)
        _, said = process.communicate()
    assert process.returncode == code, said


def test_reserved_names_win_and_a_path_reaches_the_network(tmp_path, costcalc):
    text = (TESTS / "cli" / "user_net.yaml").read_text()
    (tmp_path / "list").write_text(text)
    (tmp_path / "mobilenet.yaml").write_text(text)
    assert "Built-in networks" in costcalc("list", "--task", "keywords", cwd=tmp_path).out
    assert costcalc("./list", cwd=tmp_path).out.startswith("Tiny · ")
    assert costcalc("mobilenet.yaml", cwd=tmp_path).out.startswith("Tiny · ")
    assert costcalc("mobilenet", cwd=tmp_path).out.startswith("MobileNet · ")


def test_shell_completion(costcalc, monkeypatch):
    monkeypatch.setenv("_COSTCALC_COMPLETE", "bash_complete")

    def complete(*words, kind=False):
        monkeypatch.setenv("COMP_WORDS", " ".join(["costcalc", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        ran = costcalc()
        return [entry.partition(",")[0 if kind else 2] for entry in ran.out.splitlines()]

    assert complete("mobilen")[0] == "mobilenet"
    assert "compare" in complete("com")
    assert "--alpha" in complete("mobilenet", "--al")
    assert complete("shufflenet", "--g", "''") == ["1", "2", "3", "4", "8"]
    assert complete("mobilenet", "--body", "sh") == ["shallow"]
    assert "squeezenet" in complete("compare", "squ")
    assert complete("compare", "mobilenet:al") == ["mobilenet:alpha="]
    assert "mobilenet" in complete("explain", "mob")
    assert "vgg" in complete("check", "vg")
    assert complete("./my") == complete("compare", "./my") == ["./my"]
    assert complete("explain", "./my") == ["./my"]
    assert complete("./my", kind=True) == ["file"]


def test_compare_sorts_and_keeps_its_baseline(costcalc):
    names_ = ["squeezenet", "mobilenet", "shufflenet", "vgg"]
    got = json.loads(costcalc("compare", *names_, "--sort", "mult_adds", "--format", "json").out)
    costs = [model["totals"]["mult_adds"] for model in got["models"]]
    assert costs == sorted(costs)
    table = costcalc("compare", *names_, "--sort", "-params").out
    assert "ratios to squeezenet" in table
    assert table.index("\nvgg") < table.index("\nmobilenet") < table.index("\nsqueezenet")


def test_compare_of_twenty_stays_readable(costcalc):
    twenty = [f"mobilenet:alpha={a},res={r}" for a in (0.25, 0.5, 0.75, 1)
              for r in (128, 160, 192, 224, 256)]  # fmt: skip
    lines = costcalc("compare", *twenty).out.splitlines()
    assert len(lines) == 4 + 2 + 20
    assert max(map(len, lines)) < 150


def test_github_annotations_stand_at_the_claims_own_line(costcalc, tmp_path):
    text = (TESTS / "cli" / "user_net.yaml").read_text()
    text += "claims:\n- table: T\n  columns: [params]\n  rows:\n  - [1]\n"
    (tmp_path / "net.yaml").write_text(text)
    line = text.splitlines().index("  - [1]") + 1
    ran = costcalc("check", "net.yaml", "--format", "github", cwd=tmp_path)
    assert ran.code == 1
    assert ran.out.startswith(f"::error file=net.yaml,line={line},col=6,title=mismatch::T: params")
    fine = costcalc("check", "mobilenet", "--format", "github")
    assert fine.code == 0
    assert "::" not in fine.out
    verbose = costcalc("check", "mobilenet", "--format", "github", "--verbose").out
    assert "::notice file=specs/mobilenet.yaml,line=" in verbose
    assert "99.29 %25" in verbose
