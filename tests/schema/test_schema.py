"""What ships is what the schemas say, and wrong files are wrong to them where they can see it."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest
import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from costcalc.language.spec import KEYS
from costcalc.ops import OPERATORS
from costcalc.schema import KINDS, schema
from costcalc.schema.parts import keys
from tests.conftest import ROOT, TESTS
from tests.covering import mostly

VALIDATORS = {kind: jsonschema.Draft202012Validator(schema(kind)) for kind in KINDS}
SHIPPED = [
    *[("spec", path) for path in sorted((ROOT / "specs").glob("*.yaml"))],
    *[("convention", path) for path in sorted((ROOT / "costcalc/conventions").glob("*.yaml"))],
    *[("device", path) for path in sorted((ROOT / "costcalc/hardware/devices").glob("*.yaml"))],
    *[("board", path) for path in sorted((ROOT / "costcalc/hardware/boards").glob("*.yaml"))],
]
WRONG = [p for p in sorted((TESTS / "bad").glob("*.yaml")) if not p.stem.startswith("measured_")]


class Core(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Values as YAML 1.2 has them, read ten times as fast as by a parser in Python."""

    yaml_implicit_resolvers = {}


for tag, values in {
    "null": r"~|null|Null|NULL|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9]+",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?",
}.items():
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{values})$"), None)


def parsed(path):
    """A file as editors read it: YAML 1.2, where 3:1 is text."""
    return YAML(typ="safe", pure=True).load(path.read_text())


def kind_of(path):
    return next((kind for kind in KINDS if path.stem.startswith(f"{kind}_")), "spec")


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_are_schemas(kind, costcalc):
    jsonschema.Draft202012Validator.check_schema(schema(kind))
    ran = costcalc("schema", *([kind] if kind != "spec" else []))
    assert json.loads(ran.out) == schema(kind)


@pytest.mark.parametrize(
    ("kind", "path"), mostly(SHIPPED[::12], SHIPPED), ids=lambda part: getattr(part, "stem", part)
)
def test_what_ships_is_valid(kind, path):
    VALIDATORS[kind].validate(yaml.load(path.read_text(), Core))


@pytest.mark.parametrize(("kind", "path"), SHIPPED[::18], ids=lambda part: "")
def test_it_is_read_fast_as_by_a_parser_of_yaml_1_2(kind, path):
    assert yaml.load(path.read_text(), Core) == parsed(path)


def test_a_project_is_valid():
    project = """
networks:
  ours: ./ours.yaml
  full: {spec: mobilenet, at: [{alpha: 0.5}, {}], dtype: "int8:fp16", batch: 2, device: pixel_1}
budgets:
- {network: [ours, full], max: {params: 3M, size: 512 KiB}, grow: {mult_adds: 2% and 1M}}
- {network: full, max: {time: 30ms}, because: phones, level: warning}
"""
    VALIDATORS["project"].validate(YAML(typ="safe", pure=True).load(project))


@pytest.mark.exhaustive
def test_wrong_files_are_caught_where_a_schema_can(golden):
    """Those that are not need another file, a sum, a name or a column's place: look at each."""
    seen, unseen = [], []
    for path in WRONG:
        try:
            valid = VALIDATORS[kind_of(path)].is_valid(parsed(path))
        except (YAMLError, ValueError, RecursionError):  # no YAML, too long, too deep
            valid = False
        (unseen if valid else seen).append(path.stem)
    golden(TESTS / "golden" / "schema_cannot_see.txt", "".join(f"{name}\n" for name in unseen))
    assert len(seen) > 130


WRONG_KEYS = [
    ("familly: x", "Additional properties"),
    ("task: clasification", "is not valid under any"),
    ("counts: {params: [wieghts]}", "is not valid under any"),
    ("hyperparameters: {c: 3}", "should not be valid"),
    ("hyperparameters: {a: {defualt: 3}}", "'default' is a required property"),
    ("defaults: {conv: {nrom: batch}}", "Additional properties"),
    ("dtype: int9", "does not match"),
    ("input: [8, 8]", "is too short"),
]


@pytest.mark.parametrize(("line", "said"), WRONG_KEYS)
def test_wrong_keys_and_words(line, said):
    text = "input: [8, 8, 3]\nnetwork:\n- columns: [op]\n  rows: [[relu]]\n"
    key = line.partition(":")[0]
    lines = [one for one in text.splitlines() if not one.startswith(f"{key}:")]
    found = YAML(typ="safe", pure=True).load("\n".join([*lines, line]))
    errors = list(VALIDATORS["spec"].iter_errors(found))
    assert any(said in error.message for error in errors), errors


def test_everything_that_is_written_is_explained():
    properties = schema()["properties"]
    assert list(properties) == list(KEYS)
    assert all(properties[key]["description"] == said for key, said in KEYS.items())
    assert set(properties["defaults"]["properties"]) == set(OPERATORS)
    with pytest.raises(KeyError):
        keys({"name": "what it is called"}, {"nmae": {}})
