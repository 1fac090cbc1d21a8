"""What every command has: `-o`, `--color`, a network on stdin or with settings, blocks opened."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

import costcalc as library
from costcalc import library as specs
from costcalc.cli.main import COMMANDS, cli
from costcalc.cli.networks import NetworkGroup
from costcalc.language import reader
from costcalc.language.find import names
from tests.cli.test_output import USER_SPEC
from tests.conftest import ROOT
from tests.covering import mostly


@pytest.fixture
def with_stdin(costcalc, monkeypatch):
    """`costcalc ARGUMENTS` with a text on stdin, which a process reads once."""
    monkeypatch.setattr(specs, "_parsed", specs._parsed.__wrapped__)

    def run(text, *arguments):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        reader.stdin.cache_clear()
        return costcalc(*arguments)

    yield run
    reader.stdin.cache_clear()


def test_blocks_open_level_by_level(costcalc):
    """However far they are open, the parts add up to the network; deep enough nothing is closed."""
    net = library.load("edgenext")
    sizes = []
    for depth in range(1, 7):
        ran = costcalc("edgenext", "--depth", str(depth), "--format", "json")
        groups = json.loads(ran.out)["groups"]
        for metric in ("params", "mult_adds", "memory_access"):
            assert sum(group[metric] for group in groups) == getattr(net, metric)
        assert max(group["name"].count("/") for group in groups) < depth
        sizes.append(len(groups))
    assert sizes == sorted(sizes)
    assert sizes[0] == len(net.graph.rows)
    assert sizes[-1] == sizes[-2] < len(net.layers)
    second = costcalc("edgenext", "--depth", "2").out
    assert re.search(r"^conv1\.1/perceptron1 +perceptron +64x64x24 +4,728 ", second, re.MULTILINE)
    assert re.search(r"^stem/layer_norm1 +Layer Norm ", second, re.MULTILINE)
    assert costcalc("edgenext", "--depth", "2", "--expand").code == 2
    opened = costcalc("resnet", "--depth", "18", "--open", "2").out  # its depth is in layers
    assert "depth 18 " in opened
    assert re.search(r"^conv2_x\.1/basic1 +basic +56x56x64 +73,984 ", opened, re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "begins"),
    [("a.json", "{\n"), ("a.csv", "model,"), ("a.md", "**MobileNet"), ("a.txt", "MobileNet · ")],
)
def test_a_file_in_place_of_stdout(name, begins, costcalc, tmp_path):
    ran = costcalc("mobilenet", "-o", name, cwd=tmp_path)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    text = (tmp_path / name).read_text()
    assert text.startswith(begins)
    format_ = {".txt": "table"}.get(name[1:], name[2:])
    assert costcalc("mobilenet", "--format", format_).out == text
    assert costcalc("mobilenet", "-o", "-", "--format", format_).out == text
    costcalc("mobilenet", "-o", name, "--format", "csv", cwd=tmp_path)
    assert (tmp_path / name).read_text().startswith("model,")


def test_every_command_writes_files(tmp_path, costcalc):
    for name in {*COMMANDS} - {"lsp", "new", "watch"}:  # they talk, or write a file anyway
        command = cli.get_command(click.Context(cli), name)
        if isinstance(command, NetworkGroup):
            command = command.get_command(click.Context(command), "mobilenet")
        assert any("-o" in option.opts for option in command.params), name
    ran = costcalc("explain", "mobilenet", "--layer", "nope", "-o", "x.txt", cwd=tmp_path)
    assert (ran.code, [*tmp_path.iterdir()]) == (2, [])
    ran = costcalc("mobilenet", "-o", "no/such", cwd=tmp_path)
    assert ran.err == "costcalc: no/such: cannot be written: its folder does not exist\n"
    (tmp_path / "wrong.yaml").write_text(Path(USER_SPEC).read_text() + WRONG_CLAIM)
    ran = costcalc("check", "./wrong.yaml", "-o", "found.json", cwd=tmp_path)
    assert ran.code == 1
    assert json.loads((tmp_path / "found.json").read_text())["summary"]["mismatch"] == 1


WRONG_CLAIM = "claims:\n- {table: T, columns: [params], rows: [[1]]}\n"


def test_colours_as_they_are_asked_for(costcalc, monkeypatch):
    plain = costcalc("mobilenet", "--by", "type").out
    for asked in (["--color", "always"], ["--color=always"]):
        coloured = costcalc("mobilenet", "--by", "type", *asked).out
        assert "\x1b[" in coloured
        left = re.sub(r"\x1b\[[0-9;]*m", "", coloured).replace("─", "-")
        assert {*left.split()} >= {word for word in plain.split() if set(word) != {"-"}}
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert costcalc("mobilenet", "--by", "type").out == coloured
    assert costcalc("mobilenet", "--by", "type", "--color", "never").out == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert costcalc("mobilenet", "--by", "type").out == plain
    assert costcalc("mobilenet", "--by", "type", "--color", "always").out == coloured
    assert "'auto', 'always', 'never'" in costcalc("mobilenet", "--color", "red").err


def test_a_spec_from_stdin(with_stdin):
    text = (ROOT / "specs" / "squeezenet.yaml").read_text()
    wanted = with_stdin("", "squeezenet", "--res", "224").out
    command = [sys.executable, "-m", "costcalc", "-", "--res", "224"]
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (wanted, "")
    ran = with_stdin(text, "compare", "squeezenet", "-")
    assert re.search(r"^- .* 1.000x", ran.out, re.MULTILINE)
    ran = with_stdin(text, "fit", "-", "--grow", "res", "--max", "mult_adds=500M")
    assert (ran.code, "costcalc - --res 1" in ran.out) == (0, True)
    ran = with_stdin(text, "diff", "-", "squeezenet")
    assert ran.out.startswith("- and squeezenet are the same\n")
    ran = with_stdin("input: [1, 1]\nnetwork: []\n", "-")
    assert (ran.code, ran.err.partition("\n")[0]) == (2, "-:1:8: input needs three sizes")


@pytest.mark.parametrize("command", mostly(["memory"], ["", "sweep", "draw"]))
def test_settings_of_a_spec_on_stdin(command, with_stdin):
    text = Path(USER_SPEC).read_text()
    words = [command] if command else []
    ran = with_stdin(text, *words, "-:width=2")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == with_stdin(text, *words, "-", "--width", "2").out
    assert ran.out != with_stdin(text, *words, "-").out
    wrong = with_stdin(text, *words, "-:widht=2")
    assert (wrong.code, "did you mean 'width'?" in wrong.err) == (2, True)


@pytest.mark.exhaustive
def test_a_model_file_on_stdin():
    """Its first bytes say that it is none of text, so all that a file's path says holds for it."""
    path = ROOT / "tests" / "facts" / "models" / "ds_cnn_int8.tflite"
    whole = path.read_bytes()

    def ran(*words, data=whole):
        command = [sys.executable, "-m", "costcalc", *words]
        return subprocess.run(command, cwd=ROOT, input=data, capture_output=True, check=False)

    named = ran("memory", str(path), "--arena", "--format", "json")
    assert named.returncode == 0
    piped = json.loads(ran("memory", "-", "--arena", "--format", "json").stdout)
    assert piped | {"model": ""} == json.loads(named.stdout) | {"model": ""}
    assert ran("convert", "-").stdout.startswith(b"name: network\n")
    assert ran("convert", "-", data=b"input: [8, 8, 3]\n").returncode == 2
    damaged = ran("-", data=whole[:2000])
    assert (damaged.returncode, damaged.stderr.startswith(b"costcalc: -: ")) == (2, True)


def test_stdin_is_not_saved_again(with_stdin):
    ran = with_stdin("", "watch", "-")
    assert (ran.code, "watch takes a file" in ran.err) == (2, True)


def test_one_network_with_settings(costcalc):
    wanted = costcalc("mobilenet", "--alpha", "0.5", "--res", "160").out
    assert costcalc("mobilenet:alpha=0.5", "--res", "160").out == wanted
    assert costcalc("mobilenet:alpha=0.5,res=160").out == wanted
    memory = costcalc("memory", "mobilenet", "--alpha", "0.5").out
    assert costcalc("memory", "mobilenet:alpha=0.5").out == memory
    sweep = costcalc("sweep", "mobilenet", "--alpha", "0.5", "--res", "96,128").out
    assert costcalc("sweep", "mobilenet:alpha=0.5", "--res", "96,128").out == sweep
    listed = json.loads(costcalc("list", "mobilenet:alpha=0.5", "--format", "json").out)
    assert (listed["at"], listed["models"][0]["totals"]["params"]) == ({"alpha": 0.5}, 1319648)
    for wrong, said in (
        (["mobilenet:alpha=0.5", "--alpha", "1"], "'alpha' is set twice: in 'mobilenet:alpha=0.5'"),
        (["mobilenet:alfa=0.5"], "did you mean 'alpha'?"),
        (["mobilenet:alpha=x"], "alpha"),
        (["mobilnet:alpha=1"], "did you mean 'mobilenet'?"),
        (["check", "mobilenet:alpha=1"], "here a network is named without settings: 'mobilenet'"),
        (["sweep", "mobilenet:alpha=1", "vgg"], "named without settings: 'mobilenet'"),
        (["sweep", "mobilenet:alpha=1", "--alpha", "1"], "'alpha' is set twice"),
        (["memory", "--arena", "mobilenet"], "comes first: costcalc memory NETWORK --arena"),
    ):
        ran = costcalc(*wrong)
        assert (ran.code, said in ran.err) == (2, True), ran.err


INTERRUPTED = """
import sys

class Interrupt:
    def find_spec(self, name, *rest):
        if name == "costcalc.cli.messages":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupt())
from costcalc.__main__ import main
main()
"""


def test_ctrl_c_before_it_has_begun():
    """What takes the most of a short command is importing it."""
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], cwd=ROOT, capture_output=True)
    assert (done.returncode, done.stderr) == (130, b"")
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts == {"costcalc": "costcalc.__main__:main"}


def test_no_hyperparameter_that_ships_is_an_option_of_a_command():
    """It would be refused where the command is made; `new` alone knows no network."""
    context = click.Context(cli)
    commands = [cli, *(cli.get_command(context, name) for name in COMMANDS if name != "new")]
    groups = [command for command in commands if isinstance(command, click.Group)]
    assert len(groups) > 2
    taken = {option.name for each in commands if each not in groups for option in each.params}
    for name in names():
        assert not taken & specs.load_spec(name).hyperparameters.keys(), name
        assert all(group.get_command(context, name) for group in groups)
