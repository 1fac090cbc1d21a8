"""What is said on stderr is read in a window, and found again by what reads a log."""

from __future__ import annotations

from importlib import import_module

import pytest

from costcalc.cli import messages
from costcalc.cli.command import Command
from costcalc.cli.main import COMMANDS
from costcalc.cli.networks import NetworkGroup
from costcalc.report import window
from tests.cli.test_output import in_terminal

WORDS = (
    "columns: op, name, from, n, when, shares, own, keep, bits, bias_bits, form, heads, transpose"
)
QUOTED = f"    4 |   - {{op: conv, {'k: 3x3, ' * 20}}}\n      |{' ' * 120}^"


@pytest.fixture
def narrow(monkeypatch):
    monkeypatch.setattr(window, "size", lambda stream=None: (40, 24))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("short: as it is", "short: as it is"),
        (
            WORDS,
            "columns: op, name, from, n, when,\n  shares, own, keep, bits, bias_bits,\n"
            "  form, heads, transpose",
        ),
        (QUOTED, QUOTED),
        (
            "a net.yaml:3:14: the first that is wrong with it",
            "a net.yaml:3:14: the first that is wrong\n  with it",
        ),
        (
            f"{'a folder/' * 6}net.yaml:3:14: wrong here",
            f"{'a folder/' * 6}net.yaml:3:14:\n  wrong here",
        ),
        (f"no file {'x' * 60} is here", f"no file\n  {'x' * 60}\n  is here"),
    ],
    ids=["short", "prose", "quoted", "address", "long-address", "long-word"],
)
def test_lines_end_between_words_and_what_is_quoted_stays(text, folded, narrow):
    assert messages._folded(text) == folded


def test_a_terminal_gets_folded_lines_and_a_pipe_whole_ones(tmp_path, costcalc):
    path = tmp_path / "a net.yaml"
    path.write_text(
        "input: [8, 8, 3]\nnetwork:\n- rows:\n  - {op: conv, k: 3x3, out: 8, zzzz: 3}\n"
    )
    piped = costcalc("a net.yaml", cwd=tmp_path).err
    seen = in_terminal("a net.yaml", columns="48", cwd=tmp_path).replace("\r\n", "\n")
    assert seen != piped
    assert [line for line in seen.split("\n") if len(line) > 48 and line[0] != " "] == []
    assert seen.replace("\n  ", " ").split() == piped.split()
    assert "\nconv takes: k, out, s, g, d, pad, bias, norm, act\n" in piped


def test_a_line_that_is_quoted_has_room_in_the_window(tmp_path):
    row = ", ".join(["[conv, 3x3, 16]"] * 4)
    path = tmp_path / "net.yaml"
    path.write_text(
        "input: [8, 8, 3]\nnetwork:\n- columns: [op, k, out]\n"
        f"  rows: [{row}, [conw, 3x3, 16], {row}]\n"
    )
    seen = in_terminal("net.yaml", columns="50", cwd=tmp_path).replace("\r\n", "\n")
    message, line, caret, hint = seen.rstrip("\n").split("\n")
    assert (message, hint) == ("net.yaml:4:79: unknown operator 'conw'", "did you mean 'conv'?")
    assert len(line) == 50
    assert line[caret.index("^") : caret.rindex("^") + 1] == "conw"


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        ("mobilenet --res 128 --res=160", "--res"),
        ("explain mobilenet --layer conv1 --layer fc1", "--layer"),
        ("compare mobilenet --batch 2 --batch 2", "--batch"),
        ("sweep mobilenet --alpha 0.5 --alpha 0.75", "--alpha"),
        ("sweep mobilenet --res 224 --where params>1 --where res>1", "--where"),
        ("diff mobilenet --res 128 vgg --res 160", "--res"),
        ("mobilenet --depth 1 --open 2", "--depth / --open"),
        ("list --task keywords --task detection", "--task"),
    ],
)
def test_no_value_of_an_option_is_lost(arguments, option, costcalc):
    ran = costcalc(*arguments.split())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.endswith(f"Error: {option} is given twice\n")


def test_every_command_takes_each_option_once():
    for name in COMMANDS:
        command = import_module(f"costcalc.cli.{name}").command
        assert isinstance(command, Command | NetworkGroup), name


def test_what_may_be_given_several_times_may(costcalc):
    several = "fit mobilenet --max mult_adds=100M --max params=1M --res 160"
    assert costcalc(*several.split()).code == 0
    assert costcalc("mobilenet", "--expand", "--expand").code == 0  # says the same twice
    assert costcalc("efficientdet", "--depth", "0.5", "--open", "2").code == 0  # a setting's name
