"""Which items of two lists are the same one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from costcalc.control.alignment import Item, align, moved


def items(text):
    """An item a word: `type.shape.rest`, with a name `name=type.shape.rest`."""
    found = []
    for word in text.split():
        name, _, what = word.rpartition("=")
        type_, shape, *_ = what.split(".")
        found.append(Item(name or None, (what, (type_, shape), type_)))
    return found


def aligned(a, b):
    return align(items(a), items(b), kinds=1)


def test_an_item_added_among_equal_ones_shifts_none():
    assert aligned("c.8 c.8 c.8", "c.8 c.8 d.1 c.8") == [(0, 0), (1, 1), (None, 2), (2, 3)]


def test_what_is_gone_stands_where_it_stood():
    assert aligned("c.8 d.1 c.9", "c.8 c.9") == [(0, 0), (1, None), (2, 1)]
    assert aligned("d.1 c.8", "c.8") == [(0, None), (1, 0)]
    assert aligned("c.8", "") == [(0, None)]
    assert aligned("", "c.8") == [(None, 0)]


def test_names_go_before_places():
    pairs = aligned("c.1 a=c.8 c.2 c.3", "c.1 c.2 c.3 a=d.8")
    assert pairs == [(0, 0), (2, 1), (3, 2), (1, 3)]
    assert moved(pairs) == {(1, 3)}
    pairs = aligned("a=c.1 b=c.2", "b=c.9 a=c.8")
    assert {*pairs} == {(0, 1), (1, 0)}
    assert len(moved(pairs)) == 1


def test_a_name_that_one_of_them_has_is_nothing():
    assert aligned("a=c.1 c.2", "b=c.1 c.2") == [(0, 0), (1, 1)]


def test_of_a_network_that_was_widened_no_layer_is_an_earlier_one():
    narrow = "c.8 c.16.8 c.32.17 c.64.32 c.96.64 d.1.96"
    wide = "c.16 c.32.16 c.60.32 c.120.60 c.180.120 d.1.180"
    assert aligned(narrow, wide) == [(i, i) for i in range(6)]


def test_of_a_network_that_lost_its_first_layer_and_has_another_last_one_the_rest_stays():
    pairs = aligned("c.8 c.16 c.32 c.64 c.96", "c.16 c.32 c.64 c.96 c.128")
    assert pairs == [(0, None), (1, 0), (2, 1), (3, 2), (4, 3), (None, 4)]


WORDS = st.lists(st.sampled_from(["c.1", "c.2", "d.1", "d.2", "d.2.1", "e.1"]), max_size=12)


@given(WORDS, WORDS, st.permutations(range(6)))
def test_everything_is_there_once_and_in_order(a, b, order):
    named = [f"{i}=c.1" for i in range(6)]
    pairs = aligned(" ".join(a + named), " ".join([named[i] for i in order] + b))
    assert sorted(i for i, _ in pairs if i is not None) == list(range(len(a) + 6))
    assert [j for _, j in pairs if j is not None] == list(range(6 + len(b)))
    left = [pair for pair in pairs if None not in pair and pair not in moved(pairs)]
    assert left == sorted(left)
    for number, i in enumerate(order):
        assert (len(a) + i, number) in pairs
