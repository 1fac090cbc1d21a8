"""Operators of a project's own: the documented file, and everything that can be wrong with one."""

from __future__ import annotations

import importlib.metadata
import pickle
import re
import subprocess
import sys

import pytest

import costcalc
from costcalc import operators
from costcalc.conventions.reading import load_convention, names
from costcalc.errors import CostcalcError
from costcalc.library import load_spec
from costcalc.ops import OPERATORS
from tests.conftest import ROOT, one_at_a_time, run_command

pytestmark = pytest.mark.usefixtures("operators_as_before")

PAGE = (ROOT / "docs" / "operators.md").read_text()
CODE = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[0]
SPEC = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[0]
WEIGHTS = 17 * 17 * 9 * 9 * 16 * 16  # a 9x9 window has 25 - 8 places along an axis

HEAD = """\
from __future__ import annotations
from costcalc.operators import Dim, Facts, Kernel, Result, Shape, op
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "my_ops.py").write_text(CODE)
    (tmp_path / "faces.yaml").write_text(SPEC)
    return tmp_path


def test_the_documented_file_counts(files):
    ran = run_command("--operators", "my_ops.py", "faces.yaml", "--format", "json", cwd=files)
    assert ran.code == 0, ran.err
    assert f'"params": {WEIGHTS}' in ran.out
    assert f'"mult_adds": {WEIGHTS}' in ran.out


def test_it_is_refused_unless_asked_for(files, costcalc):
    ran = costcalc("faces.yaml", cwd=files)
    assert ran.code == 2
    assert "faces.yaml:5:6: unknown operator 'local'" in ran.err


def test_in_python(files):
    assert costcalc.load_operators(files / "my_ops.py") == ("local",)
    assert costcalc.load_operators(str(files / "my_ops.py")) == ("local",), "once more: nothing"
    network = costcalc.load(files / "faces.yaml")
    assert network.params == network.mult_adds == WEIGHTS
    assert [layer.type for layer in network.layers] == ["Local 9x9", "ReLU"]
    assert network.memory_access == 25 * 25 * 16 + WEIGHTS + 17 * 17 * 16, "its relu is fused"


@pytest.mark.exhaustive
def test_it_is_typed(files, shared):
    with one_at_a_time(shared / "mypy.lock"):  # where what it knows of the package is kept
        done = subprocess.run(
            [sys.executable, "-m", "mypy", "--strict", str(files / "my_ops.py")],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout


SWEPT = "hyperparameters: {width: 16}\n" + SPEC.replace("9x9, 16", "9x9, width")


@pytest.mark.exhaustive
@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_is_swept_and_explained(files, workers):
    (files / "faces.yaml").write_text(SWEPT)
    ran = run_command("--operators", "my_ops.py", "sweep", "faces.yaml", "--width", "8,16",
                      "--workers", workers, "--format", "csv", cwd=files)  # fmt: skip
    assert ran.code == 0, ran.err
    assert [line.split(",")[2] for line in ran.out.splitlines()[1:]] == [
        str(WEIGHTS // 2), str(WEIGHTS)
    ]  # fmt: skip
    ran = run_command(
        "--operators", "my_ops.py", "explain", "faces.yaml", "--layer", "local1", cwd=files
    )
    assert ran.code == 0, ran.err
    assert "width" in ran.out


@pytest.mark.exhaustive
def test_a_worker_loads_the_same_and_refuses_another_text(files):
    (files / "faces.yaml").write_text(SWEPT)
    code = (
        "import pickle, sys, costcalc\n"
        "from costcalc.sweeps.tasks import Job\n"
        "job = pickle.loads(sys.stdin.buffer.read())\n"
        "print(costcalc.load('faces.yaml').params)\n"
    )
    costcalc.load_operators(files / "my_ops.py")
    from costcalc.sweeps.query import Query
    from costcalc.sweeps.tasks import Job

    job = pickle.dumps(Job((), Query(("params",))))

    def worker():
        return subprocess.run(
            [sys.executable, "-c", code], input=job, cwd=files, capture_output=True, check=False
        )

    assert worker().stdout.decode().strip() == str(WEIGHTS)
    (files / "my_ops.py").write_text(CODE + "\n# another text\n")
    assert "has another text where a worker runs" in worker().stderr.decode()


def test_a_package_offers_operators_by_name(files, monkeypatch):
    monkeypatch.syspath_prepend(str(files))
    point = importlib.metadata.EntryPoint("faces", "my_ops", operators.GROUP)
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: (point,))
    assert costcalc.load_operators("faces") == ("local",)
    with pytest.raises(CostcalcError, match=r"operators named 'face'\ndid you mean 'faces'\?"):
        costcalc.load_operators("face")


def test_a_convention_without_a_rule_is_an_error(files):
    costcalc.load_operators(files / "my_ops.py")
    with pytest.raises(CostcalcError, match="no rule for local as module") as caught:
        costcalc.load(files / "faces.yaml", convention="fvcore")
    assert "give it a rule in a convention of your own" in str(caught.value)
    (files / "mine.yaml").write_text(
        "figures: {macs: multiply-adds}\nparams: weights\notherwise: zero\n"
        "rules: [{op: local, macs: mult_adds}]\n"
    )
    network = costcalc.load(files / "faces.yaml", convention=str(files / "mine.yaml"))
    assert network.counted.cost == WEIGHTS


def test_what_moves_elements_counts_as_a_convention_counts_data_movement(tmp_path):
    path = tmp_path / "my_ops.py"
    path.write_text(
        f"{HEAD}@op('Roll', moves=True)\ndef roll(x: Shape) -> Result:\n"
        "    return x, Facts(reads=x.size, writes=x.size)\n"
    )
    costcalc.load_operators(path)
    net = tmp_path / "net.yaml"
    net.write_text("input: [4, 4, 2]\nnetwork:\n- rows:\n  - op: roll\n  - {op: relu}\n")
    for name in names():
        convention = load_convention(name)
        counted = costcalc.load(net, convention=name).counted
        assert convention.ruled("roll", "module") is convention.ruled("to_tokens", "module")
        assert counted.layers[0].rule is convention.ruled("roll", "module")
        assert not any(counted.layers[0].figures.values())
    (tmp_path / "mine.yaml").write_text(
        "figures: {macs: multiply-adds}\nparams: weights\notherwise: error\n"
        "rules: [{op: relu}, {op: [data movement], macs: 3 * out}, {op: flatten, macs: 1}]\n"
    )
    mine = str(tmp_path / "mine.yaml")
    assert costcalc.load(net, convention=mine).counted.cost == 3 * 4 * 4 * 2
    net.write_text("input: [4, 4, 2]\nnetwork:\n- rows: [{op: flatten}, {op: gelu}]\n")
    with pytest.raises(CostcalcError, match="no rule for gelu as module"):
        costcalc.load(net, convention=mine)
    net.write_text("input: [4, 4, 2]\nnetwork:\n- rows: [{op: flatten}]\n")
    assert costcalc.load(net, convention=mine).counted.cost == 1
    (tmp_path / "mine.yaml").write_text("params: weights\notherwise: error\n")
    with pytest.raises(CostcalcError, match=r"rules: \[{op: data movement}\] is for all that"):
        costcalc.load(net, convention=mine)


WRONG = {
    "no_file": (None, "cannot be read: No such file or directory"),
    "syntax": ("def (:\n", r"my_ops\.py:1: SyntaxError"),
    "import": ("\nimport no_such_module\n", r"my_ops\.py:2: ModuleNotFoundError"),
    "exits": ("raise SystemExit(3)\n", r"my_ops\.py:1: SystemExit: 3"),
    "nothing": ("x = 1\n", "defines no operator"),
    "taken": (HEAD + "@op('C')\ndef conv(x: Shape) -> Result: ...\n",
              r"my_ops\.py:3: ValueError: there is an operator 'conv' already"),
    "no_tensor": (HEAD + "@op('A')\ndef first(*, out: Dim) -> Result: ...\n", "takes no tensor"),
    "column": (HEAD + "@op('A')\ndef first(x: Shape, *, n: Dim) -> Result: ...\n",
               "has an argument 'n', the name of a column of every row"),
    "kind": (HEAD + "@op('A')\ndef first(x: Shape, *, a: float) -> Result: ...\n",
             "no cell is read as 'float'"),
    "no_names": (HEAD.partition("\n")[2]
                 + "@op('A')\ndef first(x: Shape, *, k: Kernel) -> Result: ...\n",
                 "after from __future__ import annotations"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_modules(case, tmp_path):
    text, message = WRONG[case]
    path = tmp_path / "my_ops.py"
    if text is not None:
        path.write_text(text)
    before = dict(OPERATORS)
    with pytest.raises(CostcalcError, match=message):
        costcalc.load_operators(path)
    assert before == OPERATORS, "nothing of it stays"


FAILS = {
    "raises": ("x.h.nothing", "AttributeError: 'int' object has no attribute 'nothing'"),
    "returns": ("x", "TypeError: an operator returns a Shape and Facts"),
    "nothing": ("None", "TypeError"),
    "shape": ("(3, 3, 3), Facts()", "TypeError: an operator returns a Shape and Facts"),
    "moves": (
        "x, Facts(elementwise={'add': x.size})",
        "TypeError: what moves=True says computes nothing and has no parameters",
    ),
}


@pytest.mark.parametrize("case", FAILS)
def test_what_fails_in_one_is_a_message(case, tmp_path, costcalc):
    body, message = FAILS[case]
    (tmp_path / "my_ops.py").write_text(
        f"{HEAD}@op('A', moves=True)\ndef first(x: Shape) -> Result:\n    return {body}\n"
    )
    (tmp_path / "net.yaml").write_text("input: [4, 4, 2]\nnetwork:\n- rows:\n  - op: first\n")
    ran = costcalc("--operators", "my_ops.py", "net.yaml", cwd=tmp_path)
    assert ran.code == 2
    assert "net.yaml:4:9: first1: first of" in ran.err
    assert message in ran.err
    assert "Traceback" not in ran.err


def test_a_join_of_ones_own(tmp_path):
    (tmp_path / "my_ops.py").write_text(
        f"{HEAD}@op('Gate')\ndef gate2(x: Shape, y: Shape) -> Result:\n"
        "    return x, Facts(reads=x.size + y.size, writes=x.size)\n"
    )
    (tmp_path / "net.yaml").write_text(
        "input: [4, 4, 2]\nnetwork:\n- rows:\n  - gate2: [[], [{op: gpool}]]\n"
    )
    costcalc.load_operators(tmp_path / "my_ops.py")
    spec = load_spec(tmp_path / "net.yaml")
    assert costcalc.load(tmp_path / "net.yaml").layers[-1].facts.reads == 4 * 4 * 2 + 2
    assert spec.network[0].body[0].operation.text == "gate2"
