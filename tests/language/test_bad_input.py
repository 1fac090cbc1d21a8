"""One wrong spec per error message, the whole message golden; no message without its spec."""

from __future__ import annotations

import ast
import os
import shutil
import sys
from pathlib import Path

import pytest

import costcalc as library
from costcalc import diagnosis
from costcalc.claims.checker import ClaimChecker
from costcalc.cli.networks import NetworkGroup
from costcalc.control.lock import read_lock
from costcalc.diagnosis import all_findings
from costcalc.errors import CostcalcError, SpecError
from costcalc.hardware.boards import load_board
from costcalc.hardware.devices import load_device
from costcalc.language import limits
from costcalc.library import load_spec
from tests.conftest import ROOT, TESTS
from tests.covering import at_once, mostly
from tests.measures import calls, seconds

BAD = sorted([*(TESTS / "bad").glob("*.yaml"), *(TESTS / "bad").glob("*.toml")])
CONFIGS = sorted((TESTS / "bad").glob("*.csv"))
"""Files of `sweep --configs`, and of `calibrate`."""
LOCKS = sorted((TESTS / "bad").glob("*.lock"))
FILES = [*BAD, *CONFIGS]
LONG = ("branches_limit",)
"""Refused only when a limit is reached."""
FILTERS = [["--where", "body > 3"], ["ofa_mobilenet_v3", "--where", "d[6] == 2"]]
FORMS = ["gpool", "gpol=mean", "gpool=means", "biases=ones", "gpool=mean,gpool=module"]
"""Of `reconcile --implementation`."""


def command_of(path: Path) -> list[str]:
    """Claims are read by `check`, conventions and devices by options, specs by their own name."""
    if path.stem.startswith("measured_"):
        return ["calibrate", path.name]
    if path.suffix == ".csv":
        alpha = ["--alpha", "0.5"] if path.stem == "configs_and_option" else []
        return ["sweep", "mobilenet", "shufflenet", *alpha, "--configs", path.name]
    if path.stem.startswith("convention_"):
        return ["mobilenet", "--convention", path.name]
    if path.stem.startswith("project_"):
        return ["budget", path.name]
    if path.stem.startswith("device_"):
        return ["time" if "time" in path.stem else "roofline", "mobilenet", "--device", path.name]
    if path.stem.startswith("board_"):
        return ["board", "mobilenet", "--on", path.name]
    return ["check", path.name] if path.stem.startswith("claim_") else [path.name]


@at_once("path", mostly([p for p in FILES if p.stem not in LONG], FILES))
def test_message(path, costcalc, golden, monkeypatch):
    if path.stem in LONG:
        monkeypatch.setattr(limits, "LAYERS", 60_000)
    said = []  # what ended the work, and all that was found then

    def found(error):
        said.append((error, all_findings(error)))
        return said[-1][1]

    monkeypatch.setattr(diagnosis, "all_findings", found)
    command = command_of(path)
    ran = costcalc(*command, cwd=path.parent)
    assert ran.code == 2
    for error, findings in said:
        listed = [*map(str, findings)]
        assert str(error) in listed
        assert len(set(listed)) == len(listed)
    if command[0] != "budget":  # a network that is broken is a line beside the others
        assert bool(ran.out) == (command[0] == "check")  # whose findings errors are
    assert "Traceback" not in ran.err
    golden(path.with_suffix(".txt"), ran.err)


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_message_about_a_lock(path, costcalc, golden, tmp_path):
    (tmp_path / "costcalc.yaml").write_text("networks: {a: squeezenet}\n")
    (tmp_path / "costcalc.lock").write_bytes(path.read_bytes())
    ran = costcalc("lock", "--check", cwd=tmp_path)
    assert ran.code == 2
    assert ran.out == ""
    golden(path.with_suffix(".txt"), ran.err)


def run_as_command(group, path):
    if path.stem.startswith("convention_"):
        library.load("mobilenet", convention=path.name)
    elif path.stem.startswith("claim_"):
        ClaimChecker().ledger([load_spec(path.name)])
    elif path.stem.startswith("project_"):
        raise library.budgets(path.name).errors[0]
    elif path.stem.startswith("device_"):
        load_device(path.name)
    elif path.stem.startswith("board_"):
        load_board(path.name)
    else:
        group.get_command(None, path.name).main([], standalone_mode=False)


@pytest.mark.exhaustive
def test_every_spec_error_has_its_wrong_spec(monkeypatch):
    """Break it once: a `SpecError` nobody can provoke is a message nobody has read."""
    provoked = set()
    original = SpecError.__init__

    def recording(self, *args, **kwargs):
        frame = sys._getframe(1)
        provoked.add((os.path.realpath(frame.f_code.co_filename), frame.f_lineno))
        original(self, *args, **kwargs)

    monkeypatch.setattr(SpecError, "__init__", recording)
    monkeypatch.chdir(TESTS / "bad")
    from costcalc.cli.main import cli
    from costcalc.cli.network import network_command

    group = NetworkGroup(factory=network_command)
    for path in BAD:
        if path.stem in LONG:  # another provokes the same error
            continue
        with pytest.raises(CostcalcError):
            run_as_command(group, path)
    for path in LOCKS:
        with pytest.raises(CostcalcError):
            read_lock(path.name)
    filters = [["sweep", "mobilenet", *words] for words in FILTERS]
    forms = [["reconcile", "mobilenet", "--implementation", words] for words in FORMS]
    for command in [*map(command_of, CONFIGS), *filters, *forms]:
        with pytest.raises(CostcalcError):
            cli.main(command, standalone_mode=False)
    missing = []
    for source in sorted((ROOT / "costcalc").rglob("*.py")):
        if "importers" in source.parts:
            continue  # what is wrong with a model file: tests/importers/test_traps.py
        for node in ast.walk(ast.parse(source.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "SpecError"
                and not any(
                    file == str(source.resolve()) and node.lineno <= line <= node.end_lineno
                    for file, line in provoked
                )
            ):
                missing.append(f"{source.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}")
    assert missing == [], "no wrong spec provokes:\n" + "\n".join(missing)


USAGE = [
    (["mobilnet"], "unknown network or command 'mobilnet'\ndid you mean 'mobilenet'?"),
    (["chek"], "did you mean 'check'?"),
    (["mobilenet", "--alhpa", "1"], "no such option '--alhpa'"),
    (["mobilenet", "--alpha", "0"], "alpha must be at least 0.01, not 0"),
    (["mobilenet", "--alpha", "wide"], "alpha must be a number, not wide"),
    (["mobilenet", "--alpha", "nan"], "alpha must be a number, not nan"),
    (["mobilenet", "--alpha", "9" * 5000], "the limit is 200"),
    (["mobilenet", "--res", "160.5"], "res must be a whole number, not 160.5"),
    (
        ["mobilenet", "--body", "thin"],
        "body must be one of separable, full, shallow, headed, not thin",
    ),
    (["mobilenet", "--by", "colour"], "'colour' is not one of 'row', 'block', 'type'"),
    (["mobilenet", "--by", "type", "--expand"], "use one of them"),
    (["mobilenet", "--format", "xml"], "'xml' is not one of"),
    (["mobilenet", "--alpha", "0.01"], "the number of output channels must be at least 1"),
    (["mobilenet", "extra"], "unexpected extra argument"),
    (["mobilenet", "--dtype", "int9"], "unknown type 'int9' in dtype 'int9'\ndid you mean 'int8'?"),
    (["mobilenet", "--dtype", "int8:"], "unknown type '' in dtype 'int8:'"),
    (["mobilenet", "--batch", "0"], "0 is not from 1 to 1,000,000,000,000"),
    (
        ["mobilenet", "--batch", "2", "--convention", "fvcore"],
        "convention fvcore counts one example of a network as it is",
    ),
    (["memory", "mobilenet", "--definition", "inplace"], "'inplace' is not one of 'separate',"),
    (["memory", "mobilenet", "--order", "worst"], "'worst' is not one of 'spec', 'best'"),
    (["memory", "mobilnet"], "did you mean 'mobilenet'?"),
    (["storage", "mobilenet", "--bits", "0"], "0 is not from 1 to 64"),
    (["guidelines", "mobilenet", "--alhpa", "1"], "no such option '--alhpa'"),
    (["roofline", "mobilenet"], "Missing option '--device'"),
    (
        ["roofline", "mobilenet", "--device", "nvidia_v10"],
        "unknown device 'nvidia_v10'\ndid you mean 'nvidia_v100'?",
    ),
    (["roofline", "mobilenet", "--device", "./none.yaml"], "none.yaml: cannot be read"),
    (["roofline", "mobilenet", "--device", "tpu_v1"], "Google TPU v1 states no peak for fp32"),
    (
        ["roofline", "mobilenet", "--device", "tpu_v1", "--efficiency", "2"],
        "'2' is no efficiency\nwrite a share above 0 and up to 1",
    ),
    (["compare"], "Missing argument"),
    (["compare", "mobilenet:alpha"], "unknown network"),
    (["compare", "mobilenet:alpha=1,res"], "'res' in 'mobilenet:alpha=1,res' is no setting"),
    (["compare", "mobilenet:alpha=1,alpha=1"], "'alpha' is set twice"),
    (
        ["compare", "mobilenet:alhpa=1"],
        "mobilenet has no hyperparameter 'alhpa'\ndid you mean 'alpha'?",
    ),
    (
        ["explain", "mobilenet", "--layer", "cnov1"],
        "has no layer, row or operator 'cnov1'\ndid you mean 'conv1'?",
    ),
    (["explain", "mobilenet", "--layer", "conv1", "--separable"], "use one"),
    (["explain", "mobilnet"], "did you mean 'mobilenet'?"),
    (["check", "mobilnet"], "did you mean 'mobilenet'?"),
    (["./no_such_file.yaml"], "./no_such_file.yaml: cannot be read: No such file or directory"),
    (["tests"], "tests: is a directory; a network is a spec (YAML) or a model file"),
    (["check", "tests"], "tests: is a directory; a network is a spec (YAML) or a model file"),
]


@at_once(("arguments", "said"), USAGE)
def test_usage(arguments, said, costcalc):
    ran = costcalc(*arguments)
    assert ran.code == 2, ran
    assert bool(ran.out) == (arguments[0] == "check")
    assert said in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty; a spec is a mapping with a network"),
        (b"# nothing\n", "empty; a spec is a mapping with a network"),
        (b"name: caf\xe9\n", ":1:10: not UTF-8: byte 0xe9"),
        (b"\x00\x01\x02", "not YAML"),
        (b"x: " + b"9" * (limits.FILE_BYTES + 1), "larger than 1,048,576 bytes"),
        (b"[" * 500_000, "nested deeper than 50 levels"),
    ],
)
def test_file_that_is_no_spec(content, said, costcalc, tmp_path):
    (tmp_path / "net.yaml").write_bytes(content)
    ran = costcalc("./net.yaml", cwd=tmp_path)
    assert ran.code == 2
    assert said in ran.err
    assert "net.yaml" in ran.err


def test_unreadable(costcalc, tmp_path, monkeypatch):
    path = tmp_path / "net.yaml"
    path.write_text("name: x\n")
    path.chmod(0)
    if os.access(path, os.R_OK):  # root reads everything: stand in for the system's refusal
        real = os.open

        def refusing(file, *args, **kwargs):
            if str(file).endswith("net.yaml"):
                raise PermissionError(13, "Permission denied")
            return real(file, *args, **kwargs)

        monkeypatch.setattr("os.open", refusing)
    ran = costcalc("./net.yaml", cwd=tmp_path)
    assert ran.code == 2
    assert "net.yaml: cannot be read: Permission denied" in ran.err


@pytest.mark.parametrize(
    "name", ["alias_bomb", "nesting", "repeat", "digits", "power", "long_expression"]
)
def test_bombs_are_bounded(name, tmp_path):
    """Refusing the worst specs takes no more than adding numbers up, and few steps."""

    def refused(copy):
        path = tmp_path / f"{copy}.yaml"  # one that nobody has read before
        shutil.copy(TESTS / "bad" / f"{name}.yaml", path)
        with pytest.raises(CostcalcError):
            library.load(str(path))

    refused("warm")
    assert calls(lambda: refused("counted")) < 100_000
    assert seconds(lambda: refused("timed")) < 50 * seconds(lambda: sum(range(10**6)))


def test_library_raises_the_same_errors():
    with pytest.raises(library.CostcalcError, match="did you mean 'mobilenet'"):
        library.load("mobilnet")
    with pytest.raises(library.CostcalcError, match="has no hyperparameter 'alhpa'"):
        library.load("mobilenet", alhpa=1)
    with pytest.raises(library.CostcalcError, match="must be one value, not list"):
        library.load("mobilenet", alpha=[1, 2])
    with pytest.raises(library.SpecError, match="unknown operator"):
        library.load(str(TESTS / "bad" / "unknown_operator.yaml"))


def test_closed_pipe_ends_quietly():
    import subprocess

    done = subprocess.run(
        f"{sys.executable} -m costcalc mobilenet --expand --format json | head -1",
        shell=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.stdout == "{\n"
    assert done.stderr == ""
