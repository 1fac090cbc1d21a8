"""A spec as it is while somebody types: whatever is asked, the server has an answer."""

from __future__ import annotations

import itertools
import random

import pytest

from costcalc.errors import Source
from costcalc.language.find import names
from costcalc.library import load_spec
from costcalc.lsp import asked, shown
from costcalc.lsp.analysis import Analysis
from costcalc.lsp.completion import completions

SIGNS = "[]{},:#'\"-x1 \n&*!|\u2028𝛼("


def cut(text, chance):
    return text[: chance.randrange(len(text))]


def without_a_line(text, chance):
    lines = text.split("\n")
    del lines[chance.randrange(len(lines))]
    return "\n".join(lines)


def with_another_sign(text, chance):
    at = chance.randrange(len(text))
    return text[:at] + chance.choice(SIGNS) + text[at + 1 :]


def with_a_piece_of_itself(text, chance):
    at, start = chance.randrange(len(text)), chance.randrange(len(text))
    return text[:at] + text[start : start + 30] + text[at:]


TYPED = [cut, without_a_line, with_another_sign, with_a_piece_of_itself]


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("name", "typed"), list(zip(names()[::6], itertools.cycle(TYPED), strict=False))
)
def test_every_question_has_an_answer(name, typed):
    chance = random.Random(f"{name} {typed.__name__}")
    source = load_spec(name).source
    analysis = Analysis(Source(source.path, typed(source.text, chance)))
    for one in (*shown.diagnostics(analysis), *shown.hints(analysis), *shown.sums(analysis)):
        assert one.text
        assert one.span.line <= one.span.end_line <= analysis.source.text.count("\n")
    for _ in range(5):
        line = chance.randrange(analysis.source.text.count("\n") + 1)
        column = chance.randrange(len(analysis.source.line(line)) + 1)
        asked.hover(analysis, line, column)
        asked.definition(analysis, line, column)
        completions(analysis, line, column)
