"""Malformed YAML in our own words: with every parser and version the same, at the right place."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
import yaml

from costcalc.errors import Source, SpecError
from costcalc.language import malformed, nodes
from tests.covering import at_once

LOADERS = [name for name in ("CSafeLoader", "SafeLoader") if hasattr(yaml, name)]
MALFORMED = [
    # the text, what its error says, and the stretch that the carets underline
    ("a: [1, 2\nb: 3\n", "expected ',' or ']'", 2, ":"),
    ("a: [1, 2\n", "expected ']'", 1, ""),
    ("a: {b: 1", "expected '}'", 1, ""),
    ("a: [1, 2}\n", "expected ',' or ']'", 1, "}"),
    ("a: [, 2]\n", "expected a value", 1, ","),
    ("a: 1]\nb: 2]\n]", "']' without '['", 3, "]"),
    ("a: 'b\nc: d\n", "the quote is never closed", 1, "'"),
    ('a: "b\nc: d\n', "the quote is never closed", 1, '"'),
    ('a: "b\\qc"\n', "'\\q' is no escape", 1, "\\q"),
    ("a:\n\tb: 1\n", "a tab", 2, " "),
    ("a: b: c\n", "a second ':' in one entry", 1, ":"),
    ("a: - b\n", "a list cannot begin here", 1, "-"),
    ("a: @b\n", "no text begins with '@'", 1, "@"),
    ("a: %b\n", "no text begins with '%'", 1, "%"),
    ("a: 1\nb\nc: 2\n", "expected ': ' after a key", 2, "b"),
    ("a: [1] 2\n", "expected the end of the line", 1, "2"),
    ("a: 'b' c\n", "expected the end of the line", 1, "c"),
    ("a:\n    b: 1\n  c: 2\n", "unexpected indentation", 3, "c"),
    ("{a: 1}\nb: 2\n", "expected the end of the text", 2, "b"),
    ("%YAML 3.0\n", "no text begins like this", 1, "%YAML"),
    ("a: 1\n- b\n", "unexpected indentation", 2, "-"),
    ("a: \x07b", "the character U+0007 is not allowed", 1, "\\x07"),
    ("a: b\ufeffc", "the character U+FEFF is not allowed", 1, "\\ufeff"),
]
C_REFUSES = "a: [?, b]\n"
PYTHON_REFUSES = "a: 1\t# one\n"


def refusal(text):
    with pytest.raises(SpecError) as refused:
        nodes.read(Source("a.yaml", text))
    return refused.value


@pytest.mark.parametrize("loader", LOADERS)
@at_once(("text", "said", "line", "under"), MALFORMED)
def test_what_is_wrong_and_where(text, said, line, under, loader, monkeypatch):
    monkeypatch.setattr(nodes, "_LOADER", getattr(yaml, loader))
    error = refusal(text)
    first, shown, carets, *_ = str(error).splitlines()
    assert first.startswith(f"a.yaml:{line}:")
    assert first.endswith(f"not YAML: {said}")
    start, end = carets.index("^"), carets.rindex("^") + 1
    assert shown[start:end] == under


@pytest.mark.skipif(len(LOADERS) < 2, reason="libyaml is not here")
def test_what_only_one_of_the_parsers_refuses(monkeypatch):
    assert refusal(C_REFUSES).message == "not YAML: nothing from here on can be read"
    monkeypatch.setattr(nodes, "_LOADER", yaml.SafeLoader)
    nodes.read(Source("a.yaml", C_REFUSES))
    error = refusal(PYTHON_REFUSES)
    assert (error.message, error.mark.column) == ("not YAML: a tab", 4)


@pytest.mark.parametrize("loader", LOADERS)
def test_a_tab_between_words_is_not_what_is_wrong(loader, monkeypatch):
    """One of the parsers reads it, so that it does not hide what both refuse."""
    monkeypatch.setattr(nodes, "_LOADER", getattr(yaml, loader))
    assert refusal("a: 1\t# one\nb: [2\n").message == "not YAML: expected ']'"


def test_every_complaint_has_its_text(monkeypatch):
    """A message nobody can provoke is a message nobody has read."""
    provoked, original = set(), malformed.Wrong

    def recording(*args):
        provoked.add(sys._getframe(1).f_lineno)
        return original(*args)

    monkeypatch.setattr(malformed, "Wrong", recording)
    monkeypatch.setattr(nodes, "_LOADER", yaml.SafeLoader)
    for text in (*(text for text, *_ in MALFORMED), PYTHON_REFUSES):
        refusal(text)
    malformed.diagnosis(Source("a.yaml", C_REFUSES), yaml.YAMLError())
    tree = ast.parse(Path(malformed.__file__).read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    complaints = {
        node.lineno: ast.unparse(node) for node in calls if "Wrong" in ast.dump(node.func)
    }
    assert len(complaints) > 10
    assert {text for line, text in complaints.items() if line not in provoked} == set()
