"""What nobody means: numbers of thousands of digits, in every option and in every kind of file.

Each is a message and exit 2, short and at once; no library's limit on the digits of a number, and
no loop or list of that length, comes first.
"""

from __future__ import annotations

import contextlib
import re
import time

import click
import pytest

import costcalc as library
from costcalc.cli.main import COMMANDS, cli
from costcalc.cli.networks import NetworkGroup
from costcalc.cli.numbers import NumberType
from costcalc.errors import CostcalcError
from costcalc.report import sweep
from costcalc.sweeps import query
from tests.covering import at_once, mostly
from tests.running import PEAK

DIGITS = "9" * 5000
SECONDS = 5.0
"""By far more than a refusal takes, and less than any of these would."""

NEEDED = {
    "roofline": ["--device", "nvidia_v100"],
    "fit": ["--max", "params=1M"],
    "sweep": ["--dask", "tcp://127.0.0.1:1"],
    "diff": ["vgg"],
    "time": ["--device", "pixel_1"],
}
"""What else a command needs before it looks at a number."""


def numeric_options():
    """Every option of every command that is a number."""
    for name in ("mobilenet", *COMMANDS):
        command = cli.get_command(click.Context(cli), name)
        arguments = [name] if name == "mobilenet" else [name, "mobilenet"]
        if isinstance(command, NetworkGroup):
            command = command.get_command(click.Context(command), "mobilenet")
        for option in command.params:
            if isinstance(option.type, NumberType):
                yield pytest.param(
                    [*arguments, *NEEDED.get(name, [])], option.opts[0], option.type,
                    id=f"{name} {option.opts[0]}",
                )  # fmt: skip


def refused(ran, message):
    assert ran.code == 2, ran
    assert ran.out == ""
    assert message in ran.err, ran.err
    assert len(ran.err) < 1000
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(("arguments", "option", "type_"), [*numeric_options()])
def test_every_option_that_is_a_number(arguments, option, type_, costcalc):
    bounds = f"is not from {type_.least:,} to {type_.most:,}"
    for value, message in (
        (DIGITS, "a number of 5,000 characters; the limit is 200"),
        (f"0.{DIGITS}", "a number of 5,002 characters; the limit is 200"),
        ("1e99", bounds),
        (str(type_.most + 1), bounds),
        (str(type_.least - 1), bounds),
        ("wide", "'wide' is no "),
        ("nan", "'nan' is no "),
        ("-" * 60, "is no "),
        *([("1.5", "'1.5' is no whole number")] if type_.whole else []),
    ):
        refused(costcalc(*arguments, option, value), message)


def test_there_are_options_that_are_numbers():
    found = {(param.values[0][0], param.values[1]) for param in numeric_options()}
    assert found >= {
        ("mobilenet", "--batch"), ("sweep", "--top"), ("sweep", "--sample"), ("sweep", "--seed"),
        ("sweep", "--workers"), ("sweep", "--worker-timeout"), ("memory", "--top"),
        ("storage", "--bits"), ("roofline", "--batch"), ("compare", "--batch"),
    }  # fmt: skip
    for name in COMMANDS:  # and no other option reads numbers in its own way
        command = cli.get_command(click.Context(cli), name)
        types = {type(option.type) for option in command.params}
        assert not types & {click.types.IntRange, click.types.FloatRange, type(click.INT)}


@pytest.mark.parametrize(
    ("value", "same"), [("1K", "1000"), ("1_000", "1000"), ("1e3", "1000"), ("2.0", "2")]
)
def test_numbers_have_units_as_everywhere(value, same, costcalc):
    batches = [costcalc("mobilenet", "--batch", number).out for number in (value, same)]
    assert batches[0] == batches[1] != ""


MANY = " + ".join(["params"] * 2000)
LIMIT = "the limit is 200"


@at_once(
    ("arguments", "message"),
    [
        (["mobilenet", "--alpha", DIGITS], LIMIT),
        (["mobilenet", "--classes", f"{DIGITS}K"], LIMIT),
        (["mobilenet", "--classes", "1e99"], "classes"),
        (["ofa_mobilenet_v3", "--k", ",".join([DIGITS] * 20)], LIMIT),
        (["mobilenet", DIGITS], "unexpected extra argument"),
        (["mobilenet", f"--{DIGITS}"], "no such option"),
        (["mobilenet", "--dtype", DIGITS], "unknown type"),
        (["mobilenet", "--convention", DIGITS], "unknown convention"),
        (["mobilenet", "--by", DIGITS], "is not one of"),
        (["mobilenet", "--format", DIGITS], "is not one of"),
        ([DIGITS], "unknown network or command"),
        (["compare", f"mobilenet:alpha={DIGITS}"], LIMIT),
        (["explain", "mobilenet", "--layer", DIGITS], "has no layer, row or operator"),
        (["reconcile", "mobilenet", "--number", DIGITS], LIMIT),
        (["reconcile", "mobilenet", "--number", f"{DIGITS} MMac"], LIMIT),
        (["reconcile", "mobilenet", "--implementation", f"gpool={DIGITS}"], "unknown form"),
        (["roofline", "mobilenet", "--device", DIGITS], "unknown device"),
        (["roofline", "mobilenet", "--device", "nvidia_v100", "--efficiency", DIGITS],
         "is no efficiency"),
        (["fit", "mobilenet", "--max", f"mult_adds={DIGITS}"], LIMIT),
        (["fit", "mobilenet", "--max", f"mult_adds={DIGITS}M"], LIMIT),
        (["fit", "mobilenet", "--max", "mult_adds=1e99"], "more than any count of 64 bits"),
        (["fit", "mobilenet", "--max", "mult_adds=1e12 * 1e12"], "more than any count"),
        (["fit", "mobilenet", "--max", "mult_adds=-1"], "is no amount"),
        (["fit", "mobilenet", "--max", "mult_adds=1M", "--step", DIGITS], LIMIT),
        (["fit", "mobilenet", "--max", "mult_adds=1M", "--step", "1e-30"],
         "the limit is 1,000,000"),
        (["fit", "mobilenet", "--max", "mult_adds=1M", "--grow", DIGITS], "has no hyperparameter"),
        (["sweep", "mobilenet", "--alpha", f"0.1:{DIGITS}:0.1"], LIMIT),
        (["sweep", "mobilenet", "--alpha", f"0.1:1:0.{DIGITS}"], LIMIT),
        (["sweep", "mobilenet", "--classes", "1:1e99"], "the limit is 1,000,000,000,000,000"),
        (["sweep", "mobilenet", "--alpha", "0.1:1:1e-30"], "the limit is 1,000,000,000,000,000"),
        (["sweep", "mobilenet", "--sample", "1" + "0" * 30], "is not from 1 to 1,000,000,000,"),
        (["sweep", "mobilenet", "--workers", "2147483648"], "is not from 1 to 4,096"),
        (["sweep", "mobilenet", "--metrics", DIGITS], "unknown metric"),
        (["sweep", "mobilenet", "--where", f"params < {DIGITS}"], LIMIT),
        (["sweep", "mobilenet", "--where", f"{MANY} < 1M"], LIMIT),
        (["sweep", "mobilenet", "--where", "params < 1e999"], "an exponent has one or two digits"),
        (["sweep", "mobilenet", "--where", "(" * 90 + "params" + ")" * 90 + " < 1"], "deep"),
        (["sweep", "mobilenet", "--sort", f"params * {DIGITS}"], LIMIT),
        (["sweep", "mobilenet", "--pareto", f"params,{DIGITS}"], LIMIT),
        (["sweep", "mobilenet", "--plot", f"{DIGITS},params"], "unknown column"),
        (["mobilenet", "-o", DIGITS], "cannot be written"),
        (["calibrate", DIGITS], "cannot be read"),
        (["new", DIGITS], "cannot be written"),
        (["sweep", "mobilenet", "--dask", f"tcp://{DIGITS}:8786"], "is no scheduler's address"),
        (["sweep", "mobilenet", "--dask", f"tcp://localhost:{DIGITS}"], "is no scheduler's"),
    ])  # fmt: skip
def test_options_that_are_text(arguments, message, costcalc):
    begun = time.process_time()
    refused(costcalc(*arguments), message)
    assert time.process_time() - begun < SECONDS


SPEC = """
name: X
hyperparameters: {{a: {a}}}
input: [8, 8, {c}]
network:
- table: T
  columns: [op, k, s, out, n, keep, bits, check(params)]
  rows:
  - [conv, {k}, {s}, {out}, {n}, {keep}, {bits}, {params}]
  - {times}x: [[relu]]
claims:
- table: T
  columns: [a, params, "accuracy(%)"]
  rows: [[1, {claim}, {accuracy}]]
"""
SMALL = {
    "a": "1", "c": "3", "k": "3", "s": "1", "out": "8", "n": "1", "keep": "0.5", "bits": "8",
    "params": "216", "times": "2", "claim": "216", "accuracy": "70.6",
}  # fmt: skip


@pytest.mark.parametrize(
    ("where", "what"),
    [
        *((name, DIGITS) for name in SMALL if name != "times"),
        ("a", f"{{default: 1, max: {DIGITS}}}"), ("a", f"{{default: 1, choices: [1, {DIGITS}]}}"),
        ("a", f"[1, {DIGITS}]"), ("k", f"{DIGITS}x3"), ("k", f"[3, {DIGITS}]"), ("s", f"s{DIGITS}"),
        ("out", f"8 + {DIGITS}"), ("out", f"{DIGITS}M"), ("keep", f"{DIGITS}%"),
        ("keep", f"0.{DIGITS}"), ("bits", f"{DIGITS}bit"), ("params", f"{DIGITS}M"),
        ("times", "9" * 150), ("out", f"{{printed: 8, is: {DIGITS}, erratum: x}}"),
        ("claim", f"{{printed: 1, digits: {DIGITS}}}"),
    ],
    ids=lambda value: value[:20],
)  # fmt: skip
def test_specs(where, what, tmp_path, costcalc):
    path = tmp_path / "x.yaml"
    path.write_text(SPEC.format(**SMALL))
    assert costcalc(str(path)).code == 0
    path.write_text(SPEC.format(**{**SMALL, where: what}))
    ran = costcalc(str(path))
    refused(ran, "x.yaml:")
    assert re.search("limit|must be", ran.err)


WORDY = """
input: [8, 8, 3]
hyperparameters: {{a: {default}}}
network:
- columns: [name, from, op, k, out, act, {column}]
  rows:
  - [{name}, {start}, {op}, {k}, 8, {act}]
  - {{{times}: [{{op: relu}}]}}
claims:
- table: T
  columns: [params, {claim}]
  rows: [[{printed}, 1]]
"""
PLAIN_WORDS = {
    "default": "1", "column": "check(out)", "name": "a", "start": "~", "op": "conv", "k": "3",
    "act": "relu", "times": "2x", "claim": "accuracy(%)", "printed": "216",
}  # fmt: skip


@pytest.mark.parametrize("text", mostly(["a", "k=("], ["9", "1x", "a.", "s9", "_-", "é"]))
def test_a_word_without_end_takes_no_time(text, tmp_path):
    """Wherever it stands. What looks for the word that was meant grows with the word's length."""
    path = tmp_path / "x.yaml"
    words = {name: word if word == "~" else f"'{word}'" for name, word in PLAIN_WORDS.items()}
    path.write_text(WORDY.format(**words))
    library.load(str(path))
    begun = time.process_time()
    for where in PLAIN_WORDS:
        for written in (f"'{text * 50_000}'", text * 50_000):
            path.write_text(WORDY.format(**{**words, where: written}))
            with contextlib.suppress(CostcalcError):  # a name may be as long as it likes
                library.load(str(path))
    assert time.process_time() - begun < 4 * SECONDS


DEVICE = "source: x\npeak: {{fp32: {} TFLOP/s}}\nbandwidth: {} GB/s\non_chip: {} KiB\n"


@pytest.mark.parametrize("wrong", range(3))
def test_devices(wrong, tmp_path, costcalc):
    path = tmp_path / "device.yaml"
    numbers = ["1", "1", "1"]
    path.write_text(DEVICE.format(*numbers))
    assert costcalc("roofline", "mobilenet", "--device", str(path)).code == 0
    numbers[wrong] = DIGITS
    path.write_text(DEVICE.format(*numbers))
    refused(costcalc("roofline", "mobilenet", "--device", str(path)), "device.yaml:")


def test_boards_and_measured_times(tmp_path, costcalc):
    board = tmp_path / "board.yaml"
    board.write_text(f"source: x\nflash: {DIGITS} KiB\nram: 320 KiB\n")
    refused(costcalc("board", "mobilenet", "--on", str(board)), "board.yaml:2:8")
    times = tmp_path / "times.csv"
    times.write_text(f"network,milliseconds\nmobilenet,{DIGITS}\n")
    refused(costcalc("calibrate", str(times)), "times.csv:2:11")


@pytest.mark.parametrize("most", [DIGITS, f"{DIGITS}M", "1e99", f"{DIGITS}%"])
@pytest.mark.parametrize("kind", ["max", "grow"])
def test_budgets_of_a_project(kind, most, tmp_path, costcalc):
    path = tmp_path / "costcalc.yaml"
    path.write_text(
        "networks: {m: mobilenet}\n"
        f"budgets:\n- network: m\n  {kind}: {{params: '{most}'}}\n"
    )  # fmt: skip
    refused(costcalc("budget", str(path)), "costcalc.yaml:")


def test_numbers_of_toml(tmp_path, costcalc):
    """That of another tool too: Python refuses to read the file."""
    path = tmp_path / "pyproject.toml"
    path.write_text(f"[tool.other]\nlimits = [1, {DIGITS}]\n[tool.costcalc]\nnetworks = {{}}\n")
    refused(costcalc("budget", str(path)), "pyproject.toml:2:14: a number of 5,000 digits")


def test_configurations(tmp_path, costcalc):
    path = tmp_path / "rows.csv"
    path.write_text(f"alpha,classes\n1,{DIGITS}\n")
    refused(costcalc("sweep", "mobilenet", "--configs", str(path)), "rows.csv:2:3: classes")


def test_the_library():
    for call in (
        lambda: library.load("mobilenet", alpha=DIGITS),
        lambda: library.load("mobilenet", classes=10**5000),
        lambda: library.load("mobilenet", batch=10**5000),
        lambda: library.sweep("mobilenet", classes=f"1:{DIGITS}"),
        lambda: library.sweep("mobilenet", classes=range(10**30)),
        lambda: library.sample("mobilenet", 10**30),
        lambda: library.sample("mobilenet", 3, seed=10**5000),
        lambda: library.fit("mobilenet", {"params": 10**5000}),
        lambda: library.fit("mobilenet", {"params": DIGITS}),
    ):
        with pytest.raises(CostcalcError) as caught:
            call()
        assert len(str(caught.value)) < 500


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("space", "found"),
    [
        (["--classes", "1:40M", "--sort=-params", "--top", "1"], "1 of 40,000,000"),
        (["--alpha", "0.1:1:0.000001", "--where", "params < 0"], "0 of 900,001"),
    ],
    ids=" ".join,
)
def test_a_long_axis_takes_no_memory(space, found, start):
    """Neither the values of a range nor what is computed of one stretch are kept for the next."""
    arguments = ["sweep", "mobilenet", *space, "--metrics", "params", "--workers", "1"]
    out, err = start([*PEAK, *arguments]).communicate(timeout=120)
    assert found in out, err
    assert int(err.splitlines()[-1]) < 250 * 1024


def test_rows_that_no_memory_holds_are_refused(monkeypatch, costcalc):
    """In order, or all on a front: said before the machine is out of memory."""
    monkeypatch.setattr(query, "MOST", 150_000)
    space = ["sweep", "mobilenet", "--classes", "1:100M", "--metrics", "params"]
    for wanted in (["--sort", "params"], ["--pareto", "params,-classes"]):
        refused(costcalc(*space, *wanted, "--workers", "1"), "more than 150,000 rows to hold")
    assert costcalc(*space[:3], "1:10K", "--sort", "params", "--top", "3").code == 0


@pytest.mark.parametrize("format_", ["table", "md"])
def test_a_table_for_people_has_an_end(format_, monkeypatch, costcalc):
    monkeypatch.setitem(sweep.SHOWN, format_, 7)
    space = ["sweep", "mobilenet", "--classes", "1:1000", "--metrics", "params"]
    out = costcalc(*space, "--format", format_).out
    assert "and 993 more rows: --top, --where, or -o FILE" in out
    assert out.count("3,2") < 20
