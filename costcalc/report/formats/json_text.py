"""JSON: one object, indented by two, every character of which can be seen.

Its bytes are those of `json.dumps(result.for_json(), indent=2, ensure_ascii=False)`, and escapes.
A table is a list that is written column by column and piece by piece: many rows take little time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from costcalc.report.result import Result, Table, for_json
from costcalc.safe_text import all_seen, visible_json
from costcalc.text_columns import each_once, filled, in_pieces

_encode = json.JSONEncoder(indent=2, ensure_ascii=False).encode


def render(result: Result) -> Iterator[str]:
    """The result as text, piece by piece; the first when all of it is known."""
    parts: dict[str, Iterable[str]] = {
        key: _list(value.for_json()) if isinstance(value, Table) else [_text(value, 1)]
        for key, value in result.json_parts().items()
    }
    before = "{"
    for key, pieces in parts.items():
        yield f"{before}\n  {_text(key)}: "
        yield from pieces
        before = ","
    yield "\n}\n"


def _list(columns: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    """Objects one below another, from their columns."""
    places = ",".join(f"\n      {_text(key)}: ".replace("%", "%%") + "%s" for key in columns)
    objects = filled(f"\n    {{{places}\n    }}", [*map(_cells, columns.values())])
    end = "[]"
    for piece in in_pieces(objects, ","):
        yield "[" + piece if end == "[]" else piece
        end = "\n  ]"
    yield end


def _cells(values: Sequence[Any]) -> Iterable[str]:
    """The values of a column as they stand in a list of objects."""
    if isinstance(values, list) and {*map(type, values)} == {str} and _is_plain("".join(values)):
        return map('"{}"'.format, values)
    return each_once(_cell, values)


def _is_plain(text: str) -> bool:
    """Whether a quick look says that JSON has a text as it is; false says nothing."""
    return text.isascii() and all_seen(text) and '"' not in text and "\\" not in text


def _cell(value: Any) -> str:
    return str(value) if type(value) is int else _text(for_json(value), 3)


def _text(value: Any, depth: int = 0) -> str:
    """A plain value, indented so often below its first line."""
    return visible_json(_encode(value)).replace("\n", "\n" + depth * "  ")
