"""A project's networks held to what they may cost."""

from __future__ import annotations

import json

import pytest

import costcalc as library
from costcalc.control.project import load_project
from costcalc.control.quantities import QUANTITIES, measure
from tests.conftest import ROOT
from tests.control.repository import Repository

NET = """
hyperparameters: {{alpha: {{default: 1.0, min: 0.01}}, res: 16}}
input: [res, res, 3]
network:
- columns: [op, k, out]
  scale: {{out: floor(alpha * out)}}
  rows: [[conv, 3x3, {out}], [conv, 1x1, 100]]
"""
PROJECT = """
networks:
  detector: {spec: nets/detector.yaml, at: [{res: 16}, {res: 32}], dtype: int8}
  backbone: mobilenet:alpha=0.5
budgets:
- {network: detector, max: {mult_adds: 4M, peak_memory: 100KiB}, because: "the H7's SRAM"}
- {network: [backbone, detector], max: {params: 1.3M}, level: warning}
- {network: detector, grow: {mult_adds: 2% and 10k, params: 0}}
"""
TOML = """
[tool.costcalc.networks]
backbone = "mobilenet:alpha=0.5"
detector = {spec = "nets/detector.yaml", at = [{res = 16}, {res = 32}], dtype = "int8"}

[[tool.costcalc.budgets]]
network = "detector"
max = {mult_adds = "4M", peak_memory = "100KiB"}
because = "the H7's SRAM"
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    made = Repository(tmp_path_factory.mktemp("original"))
    made.write("nets/detector.yaml", NET.format(out=64))
    made.write("costcalc.yaml", PROJECT)
    made.commit()
    return made


@pytest.fixture
def repository(original, tmp_path):
    return original.copy(tmp_path / "repository")


def test_every_limit_of_every_network(repository):
    found = library.budgets(repository.folder)
    assert [(h.target.name, h.limit.quantity, h.status) for h in found] == [
        ("detector:res=16", "mult_adds", "within"),
        ("detector:res=16", "peak_memory", "within"),
        ("detector:res=32", "mult_adds", "over"),
        ("detector:res=32", "peak_memory", "over"),
        ("backbone", "params", "over"),
        ("detector:res=16", "params", "within"),
        ("detector:res=32", "params", "within"),
        *((f"detector:res={res}", quantity, "nothing to compare with")
          for res in (16, 32) for quantity in ("mult_adds", "params")),
    ]  # fmt: skip
    assert found.failed
    assert [held.failed for held in found[:5]] == [False, False, True, True, False]
    net = library.load(repository.folder / "nets/detector.yaml", res=32)
    assert found[2].value == net.mult_adds
    assert found[3].value == net.with_execution(dtype="int8").peak_memory().peak_bytes
    assert found[3].most == 100 * 1024
    assert found[3].margin == found[3].most - found[3].value


def test_the_advice_is_the_largest_width_within_all_limits(repository):
    for held in library.budgets(repository.folder):
        if held.status != "over":
            assert held.advice == ""
            continue
        word, _, alpha = held.advice.rpartition(" ")
        assert word == "largest alpha within:"
        limits = {"detector": ("mult_adds", "peak_memory", "params"), "backbone": ("params",)}
        most = {"mult_adds": 4_000_000, "peak_memory": 102_400, "params": 1_300_000}

        def fits(width, held=held, limits=limits, most=most):
            given = {"res": 32} if held.target.network == "detector" else {}
            net = library.load(held.target.spec, alpha=width, **given).with_execution(
                dtype=held.target.execution.dtype
            )
            return all(measure(net, name) <= most[name] for name in limits[held.target.network])

        thousandths = round(float(alpha) * 1000)
        assert fits(f"{thousandths / 1000}")
        assert not fits(f"{(thousandths + 1) / 1000}")


@pytest.mark.parametrize("run", ["batch: 4", "unfused: true", "batch: 2, dtype: 'int8:fp16'"])
def test_the_advice_holds_however_a_network_is_run(run, tmp_path):
    (tmp_path / "net.yaml").write_text(NET.format(out=64))
    (tmp_path / "costcalc.yaml").write_text(
        f"networks: {{net: {{spec: net.yaml, {run}}}}}\n"
        "budgets: [{network: net, max: {memory_access_bytes: 100KiB}}]\n"
    )
    (held,) = library.budgets(tmp_path)
    alpha = float(held.advice.removeprefix("largest alpha within: "))
    built = load_project(tmp_path).build()["net"]

    def costs(alpha):
        run = built.execution
        net = library.load(tmp_path / "net.yaml", alpha=alpha)
        return net.with_execution(run.dtype, run.batch, run.fused).memory_access_bytes

    assert costs(alpha) <= held.most < costs(round(alpha + 0.001, 3) + 1 / 64)


@pytest.mark.parametrize("quantity", [q for q in QUANTITIES if q != "cost"])
def test_the_advice_holds_for_every_quantity(quantity, tmp_path):
    net = library.load("mobilenet", alpha="0.5").with_execution(dtype="fp16")
    wide = library.load("mobilenet", alpha="0.501").with_execution(dtype="fp16")
    most, more = measure(net, quantity), measure(wide, quantity)
    (tmp_path / "costcalc.yaml").write_text(
        "networks: {a: {spec: mobilenet, dtype: fp16}}\n"
        f"budgets: [{{network: a, max: {{{quantity}: {most}}}}}]\n"
    )
    (held,) = library.budgets(tmp_path)
    if quantity == "biases":  # classes alone: no width has fewer
        assert (held.status, held.advice) == ("within", "")
    elif most < more:
        assert held.advice == "largest alpha within: 0.5"
    else:
        assert held.advice.startswith("largest alpha within: 0.5")


def test_within_is_up_to_the_limit(tmp_path):
    params = library.load("mobilenet").params
    for most, status in ((params, "within"), (params - 1, "over")):
        (tmp_path / "costcalc.yaml").write_text(
            f"networks: {{a: mobilenet}}\nbudgets: [{{network: a, max: {{params: {most}}}}}]\n"
        )
        (held,) = library.budgets(tmp_path)
        assert held.status == status


def test_a_convention_with_a_cost(tmp_path):
    (tmp_path / "costcalc.yaml").write_text(
        "networks: {a: {spec: mobilenet_v2, convention: thop}}\n"
        "budgets: [{network: a, max: {cost: 400M, params: 3.5M}}]\n"
    )
    cost, params = library.budgets(tmp_path)
    net = library.load("mobilenet_v2", convention="thop")
    assert (cost.value, params.value) == (net.totals.cost, net.params)
    assert params.status == "over"
    assert params.advice.startswith("largest alpha within: 0.9")


def test_growth_against_a_revision(repository):
    repository.write("nets/detector.yaml", NET.format(out=65))
    found = {
        (held.target.name, held.limit.quantity): held
        for held in library.budgets(repository.folder, base="main")
        if held.growth
    }
    small = found["detector:res=16", "mult_adds"]
    assert small.before == 16 * 16 * (64 * 27 + 64 * 100)
    assert small.value == 16 * 16 * (65 * 27 + 65 * 100)
    # 2 % would be 41 615, and there are to be no more than 10k
    assert small.most == small.before + 10_000
    assert small.status == "over"
    assert small.baseline == "main"
    assert found["detector:res=16", "params"].most == found["detector:res=16", "params"].before


@pytest.mark.parametrize(
    ("written", "most"), [("2%", 102), ("0.5%", 100), ("3", 103), ("0", 100), ("10% and 3", 103),
                          ("3 and 2.9 %", 102), ("1k and 1%", 101)],
)  # fmt: skip
def test_growth_is_exact(written, most, tmp_path):
    (tmp_path / "costcalc.yaml").write_text(
        f'networks: {{a: mobilenet}}\nbudgets: [{{network: a, grow: {{params: "{written}"}}}}]\n'
    )
    (budget,) = load_project(tmp_path).budgets
    assert budget.grow[0].most(100) == most


def test_what_was_not_there_compares_with_nothing(repository):
    project = PROJECT.replace("backbone: mobilenet:alpha=0.5", "other: squeezenet")
    repository.write("costcalc.yaml", project.replace("[backbone,", "[other,"))
    found = library.budgets(repository.folder, base="main")
    assert found.notes == [
        "other is new: costcalc.yaml of main does not have it",
        "backbone is gone: costcalc.yaml of main had it",
        "costcalc.yaml: changes that are not committed",
    ]


def test_a_network_that_was_renamed_compares_with_itself(repository):
    project = PROJECT.replace("  detector:", "  phone:").replace("detector,", "phone,")
    repository.write("costcalc.yaml", project.replace("detector]", "phone]"))
    repository.write("nets/detector.yaml", NET.format(out=66))
    found = library.budgets(repository.folder, base="main")
    assert found.notes == [
        *(f"phone:res={r} was detector:res={r} in main" for r in (16, 32)),
        "costcalc.yaml, nets/detector.yaml: changes that are not committed",
    ]
    grown = [held for held in found if held.growth]
    assert [held.before for held in grown if held.limit.quantity == "params"] == [8128, 8128]


def test_the_settings_of_then_are_those_of_the_file_then(repository):
    repository.write("costcalc.yaml", PROJECT.replace("dtype: int8", "dtype: fp16"))
    repository.commit()
    repository.write("costcalc.yaml", PROJECT.replace("{mult_adds: 2% and 10k, params: 0}",
                                                      "{size: 0, peak_memory: 5%}"))  # fmt: skip
    for held in library.budgets(repository.folder, base="main"):
        if held.growth:
            assert held.before == 2 * held.value
            assert held.status == "within"


def test_a_project_that_is_new_or_was_broken(repository):
    for broken in (None, "networks: 3\n"):
        other = Repository(repository.folder / ("new" if broken is None else "broken"))
        other.write("nets/detector.yaml", NET.format(out=64))
        if broken is not None:
            other.write("costcalc.yaml", broken)
        other.commit()
        other.write("costcalc.yaml", PROJECT)
        found = library.budgets(other.folder, base="main")
        assert len(found.notes) == 2
        assert "the networks are those of now" in found.notes[0]
        assert all(held.before == held.value for held in found if held.growth)


def test_a_broken_network_hides_no_other(repository, costcalc):
    repository.write("nets/detector.yaml", NET.format(out=64).replace("1x1", "1x"))
    ran = costcalc("budget", cwd=repository.folder)
    assert ran.code == 2
    assert ran.out.count("cannot be counted") == 8 + 2 + 1
    assert "backbone: params 1,319,648 is over 1.3M" in ran.out
    assert ran.err.count("nets/detector.yaml:7:") == 1
    got = json.loads(costcalc("budget", "--format", "json", cwd=repository.folder).out)
    assert len(got["errors"]) == 1
    assert {b["status"] for b in got["budgets"] if b["network"] != "backbone"} == {
        "cannot be counted"
    }


def test_exit_codes(repository, costcalc):
    assert costcalc("budget", cwd=repository.folder).code == 1
    repository.write("costcalc.yaml", PROJECT.replace("res: 32", "res: 8"))
    ran = costcalc("budget", cwd=repository.folder)
    assert ran.code == 0
    assert "1 over (warning)" in ran.out
    assert costcalc("budget", "--base", "gone", cwd=repository.folder).code == 2
    repository.write("costcalc.yaml", "networks: {a: mobilenet}\n")
    assert costcalc("budget", cwd=repository.folder).code == 0


def test_the_nearest_project_upwards(repository, costcalc, tmp_path):
    for folder in ("nets", ".", "nets/deeper"):
        (repository.folder / folder).mkdir(exist_ok=True)
        assert costcalc("budget", cwd=repository.folder / folder).code == 1
    repository.write("nets/deeper/costcalc.yaml", "networks: {a: mobilenet}\n")
    assert costcalc("budget", cwd=repository.folder / "nets/deeper").code == 0
    assert costcalc("budget", "../..", cwd=repository.folder / "nets/deeper").code == 1
    ran = costcalc("budget", cwd=tmp_path)
    assert ran.code == 2
    assert "no costcalc.yaml, and no pyproject.toml with [tool.costcalc], here or above" in ran.err


def test_a_pyproject(repository, costcalc):
    repository.write("pyproject.toml", TOML)
    ran = costcalc("budget", cwd=repository.folder)
    assert ran.code == 2
    assert "pyproject.toml has [tool.costcalc] too: keep one of them" in ran.err
    (repository.folder / "costcalc.yaml").unlink()
    got = json.loads(costcalc("budget", "--format", "json", cwd=repository.folder).out)
    assert got["project"] == "pyproject.toml"
    assert {budget["at"] for budget in got["budgets"]} == {
        "pyproject.toml:8:21",
        "pyproject.toml:8:41",
    }
    repository.write("pyproject.toml", "[project]\nname = 'costcalc'\n")
    assert costcalc("budget", cwd=repository.folder).code == 2


def test_json_of_budgets(repository, costcalc):
    got = json.loads(costcalc("budget", "--base=main", "--format=json", cwd=repository.folder).out)
    assert got["failed"] is True
    over = got["budgets"][2]
    assert over["at"] == "costcalc.yaml:6:40"
    assert over["margin"] == over["most"] - over["value"] < 0
    assert (over["because"], over["level"], over["kind"]) == ("the H7's SRAM", "error", "max")
    assert got["budgets"][-1]["before"] == got["budgets"][-1]["value"]


def test_a_project_without_budgets(repository, costcalc):
    repository.write("costcalc.yaml", "networks: {a: mobilenet}\n")
    assert costcalc("budget", cwd=repository.folder).out == "Budgets of costcalc.yaml\nno budgets\n"
    csv = costcalc("budget", "--format", "csv", cwd=repository.folder).out
    assert csv.startswith("network,quantity,value,")


def test_a_broken_lock_hides_nothing_and_is_read_only_where_it_is_needed(repository, costcalc):
    repository.write("costcalc.lock", "schema: 99\n")
    ran = costcalc("budget", cwd=repository.folder)
    assert ran.code == 2
    assert "detector:res=32: mult_adds" in ran.out
    assert ran.err.startswith("costcalc.lock:1:9: a lock of schema 99")
    assert costcalc("budget", "--base", "main", cwd=repository.folder).code == 1
    grows = PROJECT.index("- {network: detector, grow")
    repository.write("costcalc.yaml", PROJECT[:grows])
    assert costcalc("budget", cwd=repository.folder).code == 1


TIMED = """
networks:
  wide: {{spec: mobilenet, at: {{alpha: {alpha}}}, device: pixel_1}}
budgets:
- {{network: wide, max: {{time: 40ms}}, grow: {{time: 5%}}}}
"""


def test_time_on_a_device(tmp_path):
    """A limit in milliseconds, growth of it, and the largest width within."""
    made = Repository(tmp_path / "repository")
    made.write("costcalc.yaml", TIMED.format(alpha=0.5))
    made.commit()
    time = library.time("mobilenet", device="pixel_1", alpha=0.5).milliseconds
    (most,) = (h for h in library.budgets(made.folder) if not h.growth)
    assert most.status == "within"
    assert float(most.value) == time
    assert float(most.margin) == pytest.approx(40 - time)
    made.write("costcalc.yaml", TIMED.format(alpha=0.75))
    over, grown = library.budgets(made.folder, base="HEAD")
    assert over.status == grown.status == "over"
    assert float(grown.most) == pytest.approx(1.05 * time)
    assert over.advice.startswith("largest alpha within: 0.5")
    wide = float(over.advice.rpartition(" ")[2])
    assert library.time("mobilenet", device="pixel_1", alpha=wide).milliseconds <= 1.05 * time


def test_a_time_outside_of_what_was_measured_says_so(tmp_path, costcalc):
    """As `time` says it: with its error, in the table, for reviews and in data."""
    (tmp_path / "costcalc.yaml").write_text(
        "networks:\n"
        "  known: {spec: mobilenet_v2, device: pixel_1}\n"
        "  other: {spec: resnet, device: pixel_1}\n"
        "budgets: [{network: [known, other], max: {time: 1000ms, params: 99M}}]\n"
    )
    outside = library.time("resnet", device="pixel_1").outside
    said = f"other: its time is outside of what was measured: {'; '.join(outside)}"
    ran = costcalc("budget", cwd=tmp_path)
    assert (ran.code, said in ran.out.splitlines()) == (0, True)
    assert "time in ms on Google Pixel 1: batch 1 · fp32 · nhwc, ± 4.3 %" in ran.out
    assert [line.split()[0] for line in ran.out.splitlines() if "  outside" in line] == ["other"]
    data = json.loads(costcalc("budget", "--format", "json", cwd=tmp_path).out)["budgets"]
    assert [one["outside"] for one in data] == [[], [], outside, []]
    assert [one["error"] for one in data] == [0.043, None, 0.043, None]
    (line,) = [line for line in costcalc("budget", "--format", "csv", cwd=tmp_path).out.splitlines()
               if line.startswith("other,time")]  # fmt: skip
    assert outside[0] in line
    (tmp_path / "costcalc.yaml").write_text(
        (tmp_path / "costcalc.yaml").read_text().replace("1000ms", "100ms")
    )
    assert outside[0] in costcalc("budget", "--format", "github", cwd=tmp_path).out


def test_a_device_of_ones_own_stands_beside_the_project(tmp_path):
    made = Repository(tmp_path / "repository")
    text = (ROOT / "costcalc" / "hardware" / "devices" / "pixel_2.yaml").read_text()
    made.write("phone.yaml", text)
    made.write("costcalc.yaml", TIMED.format(alpha=0.5).replace("pixel_1", "phone.yaml"))
    time = library.time("mobilenet", device="pixel_2", alpha=0.5).milliseconds
    assert float(next(iter(library.budgets(made.folder))).value) == time


def test_a_budget_of_one_setting(tmp_path, costcalc):
    project = tmp_path / "costcalc.yaml"
    text = "networks: {a: {spec: mobilenet, at: [{alpha: 0.5}, {alpha: 1}]}%s}\n"
    text += "budgets: [{network: %s, max: {params: 2M}}]\n"
    project.write_text(text % ("", "a:alpha=0.5"))
    assert [held.target.name for held in library.budgets(tmp_path)] == ["a:alpha=0.5"]
    project.write_text(text % ("", "a:alpha=0.7"))
    ran = costcalc("budget", cwd=tmp_path)
    assert ran.err.startswith("costcalc.yaml:2:21: unknown network 'a:alpha=0.7'\n")
    assert ran.err.endswith("did you mean 'a:alpha=0.5'?\n")
    project.write_text(text % (', "a:alpha=1": mobilenet_v2', "a"))
    ran = costcalc("budget", cwd=tmp_path)
    assert ran.err.startswith("costcalc.yaml:1:")
    assert "two networks are called 'a:alpha=1'\n" in ran.err
