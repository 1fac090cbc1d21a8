"""What is written once for all is what would be written for each."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from costcalc.numbers.dimensions import Shape
from costcalc.text_columns import LINES, Coded, alike, each_once, filled, in_pieces, of_each
from tests.covering import examples

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from([0.0, -0.0, 1.0]), st.text("a%1"),
    st.fractions(-1, 1, max_denominator=2), st.lists(st.integers(0, 1), max_size=1),
    st.builds(Shape, *[st.integers(0, 1)] * 3),
    st.sampled_from([Fraction(1), (1, True), (True, 1)]),
)  # fmt: skip
"""Many of them are equal, and not written the same."""


def columns(values, min_rows=0):
    """Columns of as many rows, some of them of few values that share their codes."""

    @st.composite
    def drawn(draw):
        rows = draw(st.integers(min_rows, 12))
        codes = draw(st.lists(st.integers(0, 2), min_size=rows, max_size=rows))
        plain = st.lists(values, min_size=rows, max_size=rows)
        coded = st.lists(values, min_size=3, max_size=3).map(lambda few: Coded(codes, few))
        return draw(st.lists(plain | coded, min_size=1, max_size=4))

    return drawn()


@given(columns=columns(VALUES))
@examples(100)
def test_a_column_is_written_as_each_of_its_values(columns):
    for column in columns:
        assert [*each_once(repr, column)] == [*map(repr, column)] == [*of_each(repr, column)]


@given(columns=columns(st.text("ab%s") | st.integers()), before=st.text("a%"))
@examples(100)
def test_lines_are_filled_as_row_by_row(columns, before):
    line = before.replace("%", "%%") + "|%s" * len(columns)
    rows = [f"{before}|" + "|".join(map(str, row)) for row in zip(*columns, strict=True)]
    assert [*filled(line, columns)] == rows


@given(keys=st.lists(st.integers(0, 2), min_size=1, max_size=60))
@examples(50)
def test_what_is_alike_is_the_first_of_its_kind(keys):
    found = alike(keys, range(len(keys)))
    if isinstance(found, Coded):
        assert [*found] == [keys.index(key) for key in keys]
        assert [*found[1:]] == [*found][1:]
        assert found[-1] == keys.index(keys[-1])
    else:
        assert len(set(keys)) * 8 > len(keys)


def test_pieces_are_short_and_lose_no_line():
    lines = [str(n % 7 or "") for n in range(2 * LINES + 1)]
    pieces = [*in_pieces(lines)]
    assert len(pieces) == 3
    assert "".join(pieces) == "\n".join(lines)
    assert [*in_pieces([])] == []
    assert [*in_pieces([""])] == [""]
