"""TOML with places: the same values as Python's own parser, each where it stands."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.errors import Source, SpecError
from costcalc.language.nodes import Mapping, Scalar, Sequence
from costcalc.language.toml import read_toml
from tests.conftest import ROOT

TEXT = '''# a comment [not.a.table]
title = "a # b \\" [c]" # another
"quoted key".x = 'literal \\n'
a . b.c = 1_000
date = 1979-05-27 07:32:00Z
long = """
one "" two\\
   three"""
raw = \'\'\'it''s\'\'\'
list = [ 1, [2, 3,], # in between
  { x = 1, y.z = "}" }, # ]
  "]",
]
empty = []
none = {}

[tool.costcalc]
on = true
[tool.costcalc.networks]
big = {spec = "a.yaml"}
[[tool.costcalc.budgets]]
max = {params = "3M"}
[[tool.costcalc.budgets]]
max.params = 5
  [tool.costcalc.budgets.inner]
  x = +inf
[tool]
last = 1'''


def plain(node):
    """A tree as Python has it, scalars that are no strings as they are written."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.text if node.quoted else tomllib.loads(f"it = {node.text}")["it"]


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("\n", "\r\n"), "", "\n# nothing", "a=1"])
def test_the_values_are_those_of_pythons_parser(text):
    assert plain(read_toml(Source("x.toml", text))) == tomllib.loads(text)


def test_of_our_own_file():
    text = (ROOT / "pyproject.toml").read_text()
    assert plain(read_toml(Source("x.toml", text))) == tomllib.loads(text)


def scalars(node):
    if isinstance(node, Scalar):
        yield node
    for child in getattr(node, "items", None) or getattr(node, "entries", {}).values():
        yield from scalars(child)


def test_everything_stands_where_it_says():
    lines = TEXT.split("\n")
    tree = read_toml(Source("x.toml", TEXT))
    found = list(scalars(tree))
    assert len(found) > 15
    for scalar in found:
        written = lines[scalar.mark.line][scalar.mark.column :]
        if not scalar.quoted:
            assert written.startswith(scalar.text)
        assert written[0] in "\"'" if scalar.quoted else written[0] not in "\"'"
    tool = tree.entries["tool"].entries["costcalc"]
    assert str(tool.keys["budgets"]) == "x.toml:21:17"
    assert str(tool.entries["budgets"].items[1].entries["max"].keys["params"]) == "x.toml:24:5"


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
VALUES = st.recursive(
    st.integers() | st.booleans() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


def written(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[ " + ",\n ".join(map(written, value)) + " ]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(k)} = {written(v)}" for k, v in value.items()) + " }"
    return str(value)


@given(st.dictionaries(WORDS, VALUES, max_size=4))
def test_any_document(values):
    text = "".join(f"{written(key)}={written(value)} # x\n" for key, value in values.items())
    assert plain(read_toml(Source("x.toml", text))) == tomllib.loads(text) == values


@pytest.mark.parametrize(
    ("text", "place"),
    [("a = ", "1:5"), ("a = 1\nb == 2", "2:4"), ("a = 1\na = 2", "2:6"), ("[a\n", "1:3")],
)
def test_what_is_no_toml(text, place):
    with pytest.raises(SpecError, match=f"^x.toml:{place}: not TOML: "):
        read_toml(Source("x.toml", text))


def test_nesting_that_python_gives_up_on():
    with pytest.raises(SpecError, match="nested too deep"):
        read_toml(Source("x.toml", "a = " + "[" * 5000 + "]" * 5000))
