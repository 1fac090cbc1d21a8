"""What an error shows of a text somebody else wrote: the right line, one line, safe to show."""

from __future__ import annotations

import pytest

from costcalc.errors import CostcalcError, Mark, Source, SpecError, suggest
from costcalc.language import nodes
from costcalc.language.nodes import read


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
def test_lines_are_those_of_the_marks(loader, end, monkeypatch):
    monkeypatch.setattr(nodes, "_LOADER", getattr(nodes.yaml, loader))
    with pytest.raises(SpecError) as wrong:
        read(Source("a.yaml", f"a: 1 # {end}b: 2\nc: *here\n"))
    assert str(wrong.value).splitlines()[1:3] == ["    3 | c: *here", "      |    ^^^^^"]


@pytest.mark.parametrize("separator", ["\x0b", "\x0c", "\x1c"])
def test_nothing_else_ends_a_line(separator):
    assert Source("a.yaml", f"a{separator}b\nc").line(1) == "c"


def test_a_forbidden_character_is_found_behind_any_line_end():
    with pytest.raises(SpecError) as wrong:
        read(Source("a.yaml", "a: 1 # \u2028b: \x1b[31m"))
    assert str(wrong.value).splitlines()[1:] == ["    2 | b: \\x1b[31m", "      |    ^^^^"]


def test_the_caret_stands_under_its_column_behind_escapes():
    error = SpecError("wrong", Mark(Source("a.yaml", "\x1b\x9bab c"), 0, 2, 2))
    assert str(error).splitlines()[1:] == ["    1 | \\x1b\\x9bab c", "      |         ^^"]


def test_a_newline_in_a_word_does_not_break_the_message():
    error = SpecError("'a\nb' is no word", Mark(Source("a.yaml", "x"), 0, 0), "one\ntwo\x1b")
    first, *_, last, end = str(error).split("\n")
    assert first == "a.yaml:1:1: 'a\\nb' is no word"
    assert (last, end) == ("one", "two\\x1b")
    assert str(CostcalcError("unknown 'a\nb'\nhint")) == "unknown 'a\\nb'\nhint"


def test_a_long_word_is_shortened_and_only_that():
    text = str(CostcalcError(f"the spec's word '{'x' * 3000}' is not 'y', the paper's"))
    assert text == f"the spec's word '{'x' * 59}…' is not 'y', the paper's"


def test_a_hint_lists_few_names():
    assert suggest("?", "abc", "names") == "names: a, b, c"
    hint = suggest("?", [f"long_{n:03}" for n in range(300)], "names")
    assert hint.startswith("names: long_000, ")
    assert hint.endswith("long_011, … (300 in all)")
