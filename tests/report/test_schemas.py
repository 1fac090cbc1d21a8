"""What `--format json` writes is what the schemas say, with all options that change its keys."""

from __future__ import annotations

import json

import jsonschema
import pytest
import referencing

from costcalc.cli.main import COMMANDS
from tests.conftest import ROOT
from tests.control.repository import Repository
from tests.covering import at_once, mostly

FOLDER = ROOT / "costcalc" / "report" / "schemas"
SCHEMAS = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
REGISTRY = referencing.Registry().with_resources(
    (schema["$id"], referencing.Resource.from_contents(schema)) for schema in SCHEMAS.values()
)
SEVERAL = """\
name: Several
input: {image: [16, 16, 3], mask: [8, 8, 1]}
outputs: [a, both]
network:
- columns: [name, from, op, k, out, s]
  rows:
  - [a, ~,    conv, 3x3, 8, 2]
  - [b, mask, conv, 3x3, 8]
  - {name: both, add: [a, b]}
"""
BROKEN = "name: Broken\ninput: [8, 8, 3]\nnetwork:\n- columns: [op]\n  rows: [[convv]]\n"
PROJECT = """\
networks:
  a: {spec: mobilenet, dtype: int8, at: [{alpha: 0.5}, {}]}
  timed: {spec: mobilenet, device: pixel_1}
  broken: BROKEN.yaml
budgets:
- {network: a, max: {params: 3M}, grow: {size: 2%}, because: flash}
- {network: timed, max: {time: 30ms}}
- {network: broken, max: {params: 3M}, level: warning}
"""
LOCK = """\
schema: 1
networks:
  a:alpha=0.5:
    dtype: fp32
    rows:
    - {name: x, type: Conv 3x3, times: 2, output: 1x1x1, cost: 1, mult_adds: 1}
    totals: {params: 1}
"""
MEASURED = "network,milliseconds\n" + "".join(
    f"mobilenet:alpha={alpha},{ms}\n"
    for alpha, ms in ((0.3, 9), (0.4, 15), (0.5, 23), (0.6, 30), (0.7, 40), (0.8, 250), (1, 75))
)
FILES = {"SEVERAL": SEVERAL, "BROKEN": BROKEN, "PROJECT": PROJECT}
RUN = ["--dtype", "int8:fp16", "--batch", "2", "--unfused", "--flash"]
COMMAND_LINES = {
    "network": [
        ["shufflenet"], ["mobilenet", "--by", "row"], ["mobilenet", "--by", "block", *RUN],
        ["mobilenet", "--by", "type"], ["squeezenet", "--expand", "--convention", "thop"],
        ["squeezenet", "--convention", "paper"], ["SEVERAL"],
    ],
    "compare": [
        ["compare", "mobilenet:alpha=0.5", "shufflenet", "SEVERAL", *RUN],
        ["compare", "squeezenet", "--convention", "fvcore"],
    ],
    "draw": [
        ["draw", "mobilenet_v2", "SEVERAL", "--open", "2", *RUN],
        ["draw", "squeezenet", "--by", "time", "--device", "pixel_1"],
        ["draw", "squeezenet", "--by", "cost", "--convention", "thop", "--expand"],
    ],
    "list": [["list", "--task", "detection", "--convention", "thop"],
             ["list", "mobilenet:alpha=0.5"]],
    "check": [["check", "mobilenet", "shufflenet_v2"], ["check", "SEVERAL", "BROKEN", "nowhere"]],
    "explain": [
        ["explain", "mobilenet"], ["explain", "SEVERAL"], ["explain", "mobilenet", "--separable"],
        ["explain", "squeezenet", "--separable", "--convention", "thop"],
    ],
    "memory": [
        ["memory", "squeezenet"], ["memory", "SEVERAL", "--order", "best", *RUN],
        ["memory", "mobilenet_v2", "--definition", "blocks"],
        ["memory", "squeezenet", "--dtype", "int8", "--arena"],
        ["memory", "squeezenet", "--patches", "2"],
    ],
    "board": [
        ["board", "mobilenet:alpha=0.4,res=96", "SEVERAL", "--on", "stm32h743", "--on", "rp2040"],
        ["board", "mobilenet", "--on", "nrf52840", "--dtype", "int8:int16"],
    ],
    "guidelines": [["guidelines", "shufflenet", *RUN], ["guidelines", "googlenet"]],
    "storage": [["storage", "squeezenet"], ["storage", "SEVERAL", "--bits", "5"],
                ["storage", "mobilenet", "--dtype", "int8", "--folded"]],
    "roofline": [
        ["roofline", "squeezenet", "SEVERAL", "--device", "jetson_nano", "--device", "gtx_1080_ti",
         "--efficiency", "0.5:0.8"],
        ["roofline", "mobilenet", "--device", "nvidia_v100", *RUN],
    ],
    "reconcile": [
        ["reconcile", "squeezenet"], ["reconcile", "mobilenet_v2", "--number", "300774272"],
        ["reconcile", "resnet", "--number", "8.2G"],
        ["reconcile", "mobilenet", "--number", "569M"],
        ["reconcile", "mobilenet_v2", "--from", "thop", "--to", "fvcore"],
    ],
    "calibrate": [["calibrate", "MEASURED"]],
    "time": [["time", "mobilenet:alpha=0.5", "SEVERAL", "--device", "pixel_1", "--batch", "2"]],
    "sweep": [
        ["sweep", "mobilenet", "ofa_mobilenet_v3", "--alpha", "0.5,1", "--body", "all"],
        ["sweep", "mobilenet", "--alpha", "0.5,1", "--metrics", "params,accuracy,peak_memory"],
        ["sweep", "mobilenet", "--where", "params < 0"],
        ["sweep", "mobilenet", "--device", "pixel_1"],
    ],
    "fit": [
        ["fit", "mobilenet", "--max", "params=1M", "--max", "mult_adds=30M", "--res", "128,224"],
        ["fit", "mobilenet", "--max", "time=30ms", "--device", "pixel_1"],
        ["fit", "mobilenet", "--max", "params=1"], ["fit", "shufflenet", "--max", "params=100M"],
    ],
    "budget": [["budget", "PROJECT"]],
    "ci": [["ci", "PROJECT"], ["ci", "--base", "HEAD", "PROJECT"]],
    "lock": [["lock", "PROJECT"], ["lock", "--check", "PROJECT"]],
    "diff": [
        ["diff", "mobilenet:alpha=0.5", "mobilenet", "--convention", "thop"],
        ["diff", "shufflenet", "shufflenet"], ["diff", "squeezenet", "SEVERAL", "--expand"],
    ],
}  # fmt: skip


def problems(schema, found):
    """What a document breaks of a schema."""
    checker = jsonschema.Draft202012Validator(schema, registry=REGISTRY)
    return (f"{error.json_path}: {error.message}" for error in checker.iter_errors(found))


def own_rules_first(schema):
    """A schema that says of a document's own keys what is wrong before it looks into them."""
    return {key: schema[key] for key in sorted(schema, key=lambda key: key == "properties")}


WRITE_NO_RESULT = {"convert", "lsp", "new", "report", "schema", "watch"}
"""Commands whose output is a file of its own kind."""
WRITTEN = {}
"""What was written by now: two tests look at the same."""


@pytest.fixture
def document(costcalc, tmp_path):
    """What a command writes, as read back."""

    def run(line, format_="json"):
        if (*line, format_) not in WRITTEN:
            WRITTEN[(*line, format_)] = written(line, format_)
        return WRITTEN[(*line, format_)]

    def written(line, format_):
        for name, text in FILES.items():
            (tmp_path / f"{name}.yaml").write_text(text)
        (tmp_path / "MEASURED.csv").write_text(MEASURED)
        (tmp_path / "costcalc.lock").write_text(LOCK)
        if "--base" in line:
            Repository(tmp_path).commit()
        words = [f"./{word}.yaml" if word in FILES else word for word in line]
        words = ["MEASURED.csv" if word == "MEASURED" else word for word in words]
        ran = costcalc(*words, "--format", format_, cwd=tmp_path)
        assert ran.out, ran
        return json.loads(ran.out) if format_ == "json" else ran.out

    return run


def test_every_command_has_a_schema():
    assert SCHEMAS.keys() - {"common", "network"} == set(COMMANDS) - WRITE_NO_RESULT
    assert SCHEMAS.keys() - {"common"} == COMMAND_LINES.keys()


@at_once("name", SCHEMAS)
def test_schemas_are_schemas(name):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["$id"] == f"{name}.json"


@pytest.mark.parametrize(
    ("name", "line"),
    mostly(
        [(name, lines[0]) for name, lines in COMMAND_LINES.items()],
        [(name, line) for name, lines in COMMAND_LINES.items() for line in lines],
    ),
    ids=lambda value: value if isinstance(value, str) else " ".join(value[:3]),
)
def test_output_is_what_the_schema_says(name, line, document):
    found = document(line)
    schema = own_rules_first(SCHEMAS[name])
    assert list(problems(schema, found)) == []
    assert any(problems(schema, {**found, "more": 1})), "an unknown key is not refused"
    for key in found:
        missing = {other: value for other, value in found.items() if other != key}
        if key in ("inputs", "outputs", "by", "groups", "at"):
            continue
        assert any(problems(schema, missing)), f"{key} may be missing"


def test_lines_of_a_sweep(document):
    schema = {"$ref": "sweep.json#/$defs/row"}
    for line in document(COMMAND_LINES["sweep"][0], "jsonl").splitlines():
        assert list(problems(schema, json.loads(line))) == []


def described(schema, place):
    """Every key that a schema names, with the description it has here or where it points to."""
    if not isinstance(schema, dict):
        return
    for key, value in schema.get("properties", {}).items():
        yield f"{place}.{key}", value
        yield from described(value, f"{place}.{key}")
    for keyword in ("items", "additionalProperties"):
        yield from described(schema.get(keyword), f"{place}[]")
    for part in [*schema.get("anyOf", ()), *schema.get("allOf", ())]:
        yield from described(part, place)
    for name, part in schema.get("$defs", {}).items():
        yield from described(part, f"{place}#{name}")


@at_once("name", SCHEMAS)
def test_every_key_is_described(name):
    for place, schema in described(SCHEMAS[name], name):
        assert schema.get("description") or "$ref" in schema, place


def keys(found):
    """Every key of a document, wherever it stands."""
    if isinstance(found, dict):
        for key, value in found.items():
            yield key
            yield from keys(value)
    if isinstance(found, list):
        for value in found:
            yield from keys(value)


@pytest.mark.exhaustive
def test_every_key_that_a_schema_names_is_written_by_its_command(document):
    shared = {place.rpartition(".")[2] for place, _ in described(SCHEMAS["common"], "")}
    for name, lines in COMMAND_LINES.items():
        named = {place.rpartition(".")[2] for place, _ in described(SCHEMAS[name], name)}
        named.discard("uncounted")  # of model files alone: tests/importers/test_uncounted.py
        written = {key for line in lines for key in keys(document(line))}
        assert named - written == set(), name
        shared -= written
    assert shared == set()
