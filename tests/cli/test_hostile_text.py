"""Text from a spec, a path or a command line is shown as text, whatever it holds."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import unicodedata
from pathlib import Path

import pytest

from costcalc.errors import Source
from costcalc.language.nodes import read
from costcalc.safe_text import (
    from_spreadsheet_cell,
    spreadsheet_cell,
    visible,
    visible_json,
    yaml_text,
)
from tests.cli.test_output import USER_SPEC, in_terminal
from tests.covering import at_once, mostly

PIECES = {
    "OSC": "\x1b]0;title\x07", "CSI": "\x1b[2J", "C1": "\x9b31m", "NUL": "a\x00b",
    "backspace": "ok\x08\x08no", "carriage return": "fine\rbad", "tab": "a\tb",
    "bidi": "\u202egnp.exe", "isolate": "\u2066a\u2069", "zero width": "a\u200bb\ufeff",
    "line": "a\u2028b\u2029c\x85d", "filler": "a\u3164b\u2800"[:-1], "tags": "\U000e0041",
    "newline": "a\n::error file=x.yaml::no", "command": "::error ::no", "logging": "##[error]no",
    "azure": "##vso[task.setvariable variable=x]y",
}  # fmt: skip
HOSTILE = " ".join(PIECES.values())
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", "＝1+1", "'=1"]


def is_text(out: str) -> bool:
    """Nothing unseen, and no line that a CI job would run (`out` is none of ours)."""
    seen = not {c for c in out if c != "\n" and unicodedata.category(c) in UNSEEN}
    commands = [line for line in out.splitlines() if line.lstrip().startswith("::")]
    return seen and not commands and not re.search(r"##\w*\[", out)


@at_once("name", PIECES)
def test_what_is_made_visible(name):
    assert is_text(visible(PIECES[name]))
    assert visible(PIECES[name]) != PIECES[name]
    written = json.dumps({"a": PIECES[name]}, ensure_ascii=False)
    assert is_text(visible_json(written))
    assert json.loads(visible_json(written))["a"] == PIECES[name]


@at_once("text", [*PIECES.values(), HOSTILE, "", "a 'b' \"c\"", "\\", "\U0001f600"])
def test_what_yaml_quotes_reads_back(text):
    """A lock, a device, a new spec: whatever a name holds, we read what we wrote."""
    assert is_text(yaml_text(text))
    assert read(Source("x", yaml_text(text))).text == text


@pytest.mark.parametrize(
    "text",
    ["conv1", "Table 6: x", "a · b² ≤ µs", "std::vector", "#1 and # 2", "残差 网络", "é", ""],
)
def test_what_stays_as_it_is(text):
    assert visible(text) == visible_json(text) == text


@pytest.mark.parametrize("text", FORMULAS)
def test_a_spreadsheet_runs_no_text(text):
    written = spreadsheet_cell(text)
    assert written[0] not in "=+-@\t\r＝"
    assert written != text
    assert text[0] in "\t\r" or from_spreadsheet_cell(written) == text


@pytest.mark.parametrize("text", ["-3", "+0.5", "-1e-07", "conv1", "", "3x3", "'tis", "-", "a=b"])
def test_numbers_and_other_texts_are_no_formulas(text):
    if text != "-":
        assert spreadsheet_cell(text) == text
    assert from_spreadsheet_cell(spreadsheet_cell(text)) == text


def quoted(text: str) -> str:
    """The text as YAML's double quotes hold it."""
    return '"' + "".join(f"\\U{ord(character):08X}" for character in text) + '"'


SPEC = """\
name: {text}
paper: {text}
hyperparameters:
  kind: {{default: {word}, choices: [{word}, b], help: {text}}}
  width: {{default: 1, min: 1, max: 8, help: {text}}}
input: [32, 32, 3]
blocks:
  {key}:
    columns: [name, op, k, out]
    rows: [[{row}, conv, 3x3, 16]]
network:
- table: {text}
  columns: [name, op, k, out, check(size)]
  scale: {{out: width * out}}
  rows:
  - [{row}, dw, 3x3, ~, 32x32]
  - [{row2}, conv, 1x1, 32, 32x32]
- columns: [op]
  rows: [[{key}]]
- columns: [op, out]
  rows: [[gpool], [fc, 10]]
claims:
- where: {text}
  quantity: params
  label: {text}
  printed: {{printed: 3, erratum: {text}}}
- {{where: {text}, quantity: params, unit: "%", type: "Conv 1x1", printed: 95%}}
- table: {text}
  columns: [label, width, accuracy(%)]
  rows: [[{text}, 1, 70.5], [{text}, 2, 71.5]]
"""


@pytest.fixture
def hostile(tmp_path):
    """A folder with a spec whose every text is hostile, under a name that is."""
    path = tmp_path / "=a\u202e\x1b[2Jb.yaml"
    path.write_text(
        SPEC.format(
            text=quoted(HOSTILE),
            word=quoted("=" + HOSTILE),
            row=quoted("::error ::" + HOSTILE),
            row2=quoted("=" + HOSTILE),
            key=quoted("@\x1b\u202e\n::error ::no"),
        )
    )
    return f"./{path.name}"


COMMANDS = {
    "network": [], "types": ["--by", "type"], "blocks": ["--by", "block"], "layers": ["--expand"],
    "explain": ["explain"], "separable": ["explain", "--separable"], "memory": ["memory"],
    "guidelines": ["guidelines"], "storage": ["storage"], "reconcile": ["reconcile"],
    "roofline": ["roofline", "--device", "nvidia_v100"],
    "devices": ["roofline", "--device", "nvidia_v100", "--device", "jetson_nano"],
    "compare": ["compare"], "draw": ["draw", "--depth", "2"],
    "check": ["check", "--verbose"], "sweep": ["sweep", "--kind", "all"],
    "fit": ["fit", "--max", "params=1M", "--grow", "width"],
}  # fmt: skip


def command_line(name, path):
    words = COMMANDS[name]
    place = 0 if not words or words[0].startswith("-") else 1
    return [*words[:place], path, *words[place:]]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_format_of_every_command(name, hostile, costcalc, tmp_path):
    line = command_line(name, hostile)
    for format_ in ("table", "md", "json", "csv", *(["github"] if name == "check" else [])):
        ran = costcalc(*line, "--format", format_, cwd=tmp_path)
        assert ran.code == (name == "check"), ran
        out = re.sub(r"^::(error|notice) file=\S+,title=\w+::", "", ran.out, flags=re.MULTILINE)
        assert is_text(out), format_
        assert ran.err == ""
        if format_ == "json":
            assert json.loads(ran.out)["schema_version"] == 1
        if format_ == "csv":
            for cell in (cell for row in csv.reader(io.StringIO(ran.out)) for cell in row):
                assert cell[:1] not in "=+-@" or is_number(cell) or not cell, cell
        if format_ == "md" and name != "draw":
            widths = {
                len(re.findall(r"(?<!\\)\|", row)) for row in out.split("\n\n")[1].splitlines()
            }
            assert len(widths) == 1, out


def is_number(text):
    return bool(re.fullmatch(r"[+-]?[\d.]+(e[+-]?\d+)?", text))


@pytest.mark.parametrize("name", COMMANDS)
def test_help(name, hostile, costcalc, tmp_path):
    ran = costcalc(*command_line(name, hostile), "--help", cwd=tmp_path)
    assert ran.code == 0
    assert is_text(ran.out)


@pytest.mark.parametrize("name", mostly(["check"], ["network", "sweep"]))
def test_a_terminal(name, hostile, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = in_terminal(*command_line(name, str(tmp_path / hostile)), NO_COLOR="1")
    assert is_text(shown.replace("\r\n", "\n"))


def test_errors(hostile, costcalc, tmp_path):
    text = "\u202e\x1b[2J\n::error ::no"
    for line in (
        [text], [f"./{text}.yaml"], [hostile, f"--{text}"], [hostile, "--kind", text],
        [hostile, "--by", text], ["sweep", hostile, "--metrics", text],
        ["explain", hostile, "--layer", text], ["sweep", hostile, "--plot", text],
        ["sweep", hostile, "-o", f"{text}.xls"], ["compare", f"{hostile}:{text}=3"],
        ["fit", hostile, "--max", text], ["roofline", hostile, "--device", text],
        ["sweep", hostile, "--kind", "all", "--width", "1", "--configs", text],
        [hostile, "--convention", f"./{text}.yaml"], ["reconcile", hostile, "--number", text],
        ["sweep", hostile, "--plot", "params,mult_adds", "--plot-file", text],
        ["draw", hostile, "--open", text], ["draw", hostile, "-o", f"{text}.svgg"],
    ):  # fmt: skip
        ran = costcalc(*line, cwd=tmp_path)
        assert ran.code == 2, ran
        assert ran.err
        assert is_text(ran.err), (line, ran.err)


@pytest.mark.exhaustive
def test_files_and_pictures(hostile, costcalc, tmp_path):
    for name in ("x.csv", "x.jsonl", "x.svg", "x.html"):
        picture = ["--plot", "params,width", "--plot-file"] if name[2] in "sh" else ["-o"]
        ran = costcalc("sweep", hostile, "--kind", "all", "--width", "1,2", *picture, name,
                       cwd=tmp_path)  # fmt: skip
        assert (ran.code, is_text(ran.err)) == (0, True), ran
        text = (tmp_path / name).read_text()
        assert is_text(text) or name == "x.html", name
        assert not set("\x1b\u202e\u200b\x00") & set(text)
    drawn = costcalc("sweep", hostile, "mobilenet", "--plot", "params,mult_adds", cwd=tmp_path)
    assert is_text(drawn.out)


def test_a_word_that_is_a_formula_comes_back_from_a_file(hostile, costcalc, tmp_path):
    spec = "name: T\nhyperparameters: {kind: {default: '=1+1', choices: ['=1+1', '@a']}}\n"
    spec += "input: [8, 8, 3]\nnetwork:\n- columns: [op, k, out]\n  rows: [[conv, 1x1, 4]]\n"
    (tmp_path / "@t.yaml").write_text(spec)
    line = ["sweep", "./@t.yaml", "--metrics", "params"]
    written = costcalc(*line, "--kind", "all", "--format", "csv", cwd=tmp_path).out
    assert [row["kind"] for row in csv.DictReader(io.StringIO(written))] == ["'=1+1", "'@a"]
    (tmp_path / "c.csv").write_text(written)
    ran = costcalc(*line, "--configs", "c.csv", "--format", "jsonl", cwd=tmp_path)
    assert [json.loads(row)["kind"] for row in ran.out.splitlines()] == ["=1+1", "@a"], ran
    again = costcalc(*line, "--configs", "c.csv", "--format", "csv", cwd=tmp_path).out
    assert again == written


NO_UTF8 = os.fsdecode(b"\x1b[2J\xff")
"""What a path may hold on a system whose names are bytes."""
WRITES = {
    "new": ["new", NO_UTF8 + "new"],
    "device": ["calibrate", "TIMES", "-o", NO_UTF8 + "device.yaml"],
    "spec": ["SPEC", "-o", NO_UTF8 + "spec.md"],
    "drawing": ["draw", "SPEC", "-o", NO_UTF8 + "drawn.svg"],
    "rows": ["sweep", "SPEC", "-o", "rows.parquet"],
    "report": ["report", "SPEC", "-o", "report.html"],
    "arena": ["memory", "SPEC", "--arena", "--plot-file", "arena.svg"],
    "predictions": ["calibrate", "TIMES", "--plot-file", "predictions.svg"],
}


@pytest.mark.parametrize("name", mostly([*WRITES][:4], WRITES))  # pictures take longer
def test_a_path_that_is_no_utf8(name, costcalc, tmp_path):
    places = {"SPEC": f"./{NO_UTF8}.yaml", "TIMES": f"./{NO_UTF8}.csv"}
    for kind, template in (
        ("SPEC", USER_SPEC),
        ("TIMES", Path(USER_SPEC).parent / "user_times.csv"),
    ):
        (tmp_path / places[kind]).write_bytes(Path(template).read_bytes().replace(b"name:", b"#"))
    ran = costcalc(*(places.get(word, word) for word in WRITES[name]), cwd=tmp_path)
    assert (ran.code, is_text(ran.out), is_text(ran.err)) == (0, True, True), ran
    written = [
        file
        for file in tmp_path.iterdir()
        if file.name not in map(os.path.basename, places.values())
    ]
    assert written
    for file in written:
        if file.suffix in (".yaml", ".svg", ".md"):
            assert is_text(file.read_text()), file
    if name == "device":
        device = ["--device", f"./{NO_UTF8}device.yaml"]
        assert costcalc("time", "mobilenet", *device, cwd=tmp_path).code == 0
    if name == "new":
        assert costcalc("check", f"./{NO_UTF8}new.yaml", cwd=tmp_path).code == 0


def test_a_lock_reads_what_it_wrote(hostile, costcalc, tmp_path):
    project = tmp_path / "costcalc.yaml"
    project.write_text(f"networks: {{a: {quoted(hostile)}}}\n")
    assert costcalc("lock", cwd=tmp_path).code == 0
    assert is_text((tmp_path / "costcalc.lock").read_text())
    ran = costcalc("lock", "--check", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, ""), ran


NEW_LINE = "new\n::error ::line"
TAKES_A_PATH = [
    ["./{}.yaml"], ["./{}.onnx"], ["check", "./{}.yaml"], ["convert", "./{}.onnx"],
    ["mobilenet", "--convention", "./{}.yaml"], ["board", "mobilenet", "--on", "./{}.yaml"],
    ["roofline", "mobilenet", "--device", "./{}.yaml"], ["--operators", "./{}.py", "mobilenet"],
    ["mobilenet", "-o", "./{}/x.csv"], ["mobilenet", "-o", "./{}.csv"], ["calibrate", "./{}.csv"],
    ["sweep", "mobilenet", "--configs", "./{}.csv"], ["budget", "./{}.yaml"],
    ["sweep", "mobilenet", "-o", "./{}.xyz"], ["draw", "alexnet", "-o", "./{}.svg"],
    ["report", "alexnet", "-o", "./{}.html"], ["diff", "./{}.yaml", "alexnet"],
    ["sweep", "mobilenet", "--plot", "alpha,params", "--plot-file", "./{}.xyz"],
]  # fmt: skip


@pytest.mark.parametrize("there", [False, True])
def test_a_path_stays_on_its_line(there, costcalc, tmp_path):
    """Whatever is wrong with its file, or is said of it."""
    for command in TAKES_A_PATH:
        words = [word.format(NEW_LINE) for word in command]
        if there:
            (path,) = (word for word, own in zip(words, command, strict=True) if word != own)
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_text("[")
        err = costcalc(*words, cwd=tmp_path).err
        assert is_text(err), command
        assert not [line for line in err.splitlines() if line.startswith("\\x3a:error")], command
        assert not err or "new\\n\\x3a:error \\x3a:line" in err, command
