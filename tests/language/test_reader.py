"""YAML is read by our own few rules: scalars stay text, structure is YAML's."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from costcalc.errors import CostcalcError, Source
from costcalc.language import fields, nodes, reader
from costcalc.language.nodes import Mapping, Scalar, Sequence, read


def tree(text):
    def plain(node):
        if isinstance(node, Scalar):
            return node.text
        if isinstance(node, Sequence):
            return [plain(item) for item in node.items]
        return {key: plain(value) for key, value in node.entries.items()}

    return plain(read(Source("a.yaml", text)))


@pytest.mark.parametrize("text", ["3:1", "010", "off", "1e-9", "0x10", "1_0", "~", "2020-01-01"])
def test_scalars_stay_as_written(text):
    assert tree(f"[{text}, -]") == [text, "-"]


def test_numbers_mean_what_they_say():
    assert fields.literal("010") == 10
    assert fields.literal("off") == "off"
    assert fields.literal("-0.5") * 2 == -1
    assert fields.literal("true") is True


def test_places_are_those_of_the_file():
    root = read(Source("a.yaml", "name: x\nrows:\n  - [conv, 3x3]\n"))
    assert isinstance(root, Mapping)
    rows = root.entries["rows"]
    assert isinstance(rows, Sequence)
    first = rows.items[0]
    assert isinstance(first, Sequence)
    assert str(first.items[1].mark) == "a.yaml:3:12"
    assert first.items[1].mark.length == 3


@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
def test_both_loaders_read_alike(loader, monkeypatch):
    """The wheel of PyYAML may come without the C loader."""
    if not hasattr(yaml, loader):
        pytest.skip("no C loader here")
    monkeypatch.setattr(nodes, "_LOADER", getattr(yaml, loader))
    assert tree('a: [1, "2", {b: -}]\n5x:\n- [dw, s2, -]\n') == {
        "a": ["1", "2", {"b": "-"}],
        "5x": [["dw", "s2", "-"]],
    }
    quoted = read(Source("a.yaml", "['a', \"b\", c]"))
    assert isinstance(quoted, Sequence)
    assert [item.quoted for item in quoted.items] == [True, True, False]
    for wrong in ("a: [1", "a: &x 1\nb: *x", "a: 1\na: 2", "a: \x01"):
        with pytest.raises(CostcalcError):
            tree(wrong)


@given(st.text(max_size=200))
def test_any_text_is_a_tree_or_an_error(text):
    try:
        tree(text)
    except CostcalcError as error:
        assert "a.yaml" in str(error)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: x\n")
    assert reader.read_source(str(path)).text == "name: x\n"
