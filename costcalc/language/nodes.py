"""YAML text to a tree that knows where each piece stands.

Only the structure of YAML is used. Scalars stay text: PyYAML's own rules would turn `3:1` into
181, `010` into 8 and `off` into False, and let a duplicate key win silently. The parser's
events are walked with an explicit stack, so nesting is bounded before anything recurses, and
aliases, which can blow up, are refused as they come.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Set
from typing import Any

import yaml

from costcalc.errors import Mark, Source, SpecError
from costcalc.language import limits
from costcalc.recovery import keep
from costcalc.safe_text import yaml_text

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Scalar:
    """A piece of text; `quoted` text is a word, never a number or an expression."""

    __slots__ = ("mark", "quoted", "text")

    def __init__(self, text: str, quoted: bool, mark: Mark) -> None:
        self.text, self.quoted, self.mark = text, quoted, mark


class Sequence:
    """A list of nodes."""

    __slots__ = ("items", "mark")

    def __init__(self, items: list[Node], mark: Mark) -> None:
        self.items, self.mark = items, mark


class Mapping:
    """Nodes under text keys; keys are unique and keep their order and their places."""

    __slots__ = ("entries", "keys", "mark")

    def __init__(self, entries: dict[str, Node], keys: dict[str, Mark], mark: Mark) -> None:
        self.entries, self.keys, self.mark = entries, keys, mark

    def get(self, key: str) -> Node | None:
        """The node under a key, if there is one."""
        return self.entries.get(key)


Node = Scalar | Sequence | Mapping


def written(node: Node, leave_out: Collection[str] = ()) -> str:
    """A tree as text on one line, without some keys of it."""
    if isinstance(node, Scalar):
        return yaml_text(node.text) if node.quoted else node.text
    if isinstance(node, Sequence):
        return f"[{', '.join(written(item) for item in node.items)}]"
    pairs = ((key, value) for key, value in node.entries.items() if key not in leave_out)
    return f"{{{', '.join(f'{key}: {written(value)}' for key, value in pairs)}}}"


def read(
    source: Source,
    what: str = "a spec is a mapping with a network",
    until: Set[str] = frozenset(),
) -> Node:
    """The tree of a source, which is to be `what`; no more of it than `until` has these keys.

    Raises `SpecError` for what is not one plain YAML document; a tag, a merge key and a key that
    is given twice can be kept.
    """
    root: Node | None = None
    stack: list[Any] = []  # open collections; a mapping in progress is [Mapping, pending key]
    for event in _events(source):
        if until and len(stack) == 1 and isinstance(root, Mapping) and until <= root.entries.keys():
            break
        node: Node
        kind = type(event)
        if kind is yaml.ScalarEvent:
            quoted = (event.style or " ") in "'\"|>"  # a plain scalar's style is empty or None
            node = Scalar(event.value, quoted, _mark(source, event))
        elif kind is yaml.SequenceStartEvent:
            node = Sequence([], _mark(source, event))
        elif kind is yaml.MappingStartEvent:
            node = Mapping({}, {}, _mark(source, event))
        elif kind in (yaml.SequenceEndEvent, yaml.MappingEndEvent):
            stack.pop()
            continue
        elif kind is yaml.AliasEvent:
            raise SpecError(
                "aliases are not allowed in a spec",
                _mark(source, event),
                "write a block and call it where you would repeat yourself",
            )
        elif kind is yaml.DocumentStartEvent and root is not None:
            raise SpecError("a second document; a spec is one", _mark(source, event))
        else:
            continue
        if event.tag not in (None, "!"):
            keep(SpecError(f"the tag {event.tag} is not allowed in a spec", node.mark))
        if stack:
            _attach(stack, node)
        else:
            root = node
        if not isinstance(node, Scalar):
            if len(stack) >= limits.YAML_DEPTH:
                raise too_deep(node.mark)
            stack.append([node, None])
    if root is None:
        raise SpecError(f"empty; {what}", Mark(source, 0, 0))
    return root


def _attach(stack: list[Any], node: Node) -> None:
    """Put a finished or opened node into the collection that is open."""
    frame = stack[-1]
    parent, key = frame
    if isinstance(parent, Sequence):
        parent.items.append(node)
        return
    if key is None:
        if not isinstance(node, Scalar):
            raise SpecError("a key must be a word", node.mark)
        if node.text == "<<":
            keep(SpecError("merge keys are not allowed in a spec", node.mark))
        if node.text in parent.entries:
            first = parent.keys[node.text]
            keep(
                SpecError(
                    f"'{node.text}' is given twice",
                    node.mark,
                    f"first on line {first.line + 1}, column {first.column + 1}",
                )
            )
        parent.keys[node.text] = node.mark
        frame[1] = node.text
    else:
        parent.entries[key] = node
        frame[1] = None


def _mark(source: Source, event: Any) -> Mark:
    start, end = event.start_mark, event.end_mark
    line, column = start.line, start.column
    length = end.column - column if end.line == line else 1
    return Mark(source, line, column, length if length > 0 else 1)


def too_deep(mark: Mark) -> SpecError:
    """The error where the nesting of a text goes beyond what is read."""
    return SpecError(f"nested deeper than {limits.YAML_DEPTH} levels, the limit", mark)


def _events(source: Source) -> Iterator[Any]:
    """The parser's events; where it goes no further, `SpecError` in words of our own."""
    loader = None
    try:
        if "\ufeff" in source.text:  # the parser in C refuses it, the one in Python does not
            raise yaml.YAMLError
        loader = _LOADER(source.text)
        yield from iter(loader.get_event, None)
    except yaml.YAMLError as error:
        from costcalc.language.malformed import diagnosis  # only where something is wrong

        raise diagnosis(source, error) from None
    finally:
        if loader is not None:
            loader.dispose()
