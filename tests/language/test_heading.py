"""The heading of a spec is what the whole of it says, read without the rest."""

from __future__ import annotations

import pytest

from costcalc.errors import Source, SpecError
from costcalc.language import nodes
from costcalc.language.find import names
from costcalc.language.heading import read_heading
from costcalc.library import built_in, load_spec


def test_the_built_in_specs_say_of_themselves_what_their_headings_say():
    headings = built_in()
    assert sorted(one.key for one in headings) == names()
    assert [one.year or 0 for one in headings] == sorted(one.year or 0 for one in headings)
    for one in headings[::12]:
        spec = load_spec(one.key)
        assert vars(one).items() <= vars(spec).items()


def test_no_more_is_read_than_the_heading(monkeypatch):
    text = "name: A\ntask: [keywords, anomalies]\npaper: Who 1999\nfamily: B\ninput: [1, 1, 1]\n"
    events = []
    given = nodes._events
    monkeypatch.setattr(nodes, "_events", lambda s: (events.append(e) or e for e in given(s)))
    found = read_heading(Source("net.yaml", text + "network: [\n"))  # what is wrong comes later
    assert vars(found) == {
        "key": "net",
        "name": "A",
        "paper": "Who 1999",
        "family": "B",
        "tasks": ("keywords", "anomalies"),
    }
    assert found.year == 1999
    assert events[-1].start_mark.line == 4


def test_a_heading_without_all_of_it_is_read_to_the_end():
    assert vars(read_heading(Source("dir/net.yaml", "paper: P\ninput: [{name: no}]"))) == {
        "key": "net",
        "name": "net",
        "paper": "P",
        "family": "",
        "tasks": (),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [("[1]", "a spec must be a mapping"), ("task: [keyword]", "unknown task 'keyword'")],
)
def test_what_is_no_heading_is_an_error(text, message):
    with pytest.raises(SpecError, match=message):
        read_heading(Source("net.yaml", text))
