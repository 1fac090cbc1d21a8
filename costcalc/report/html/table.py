"""A table of a result as HTML: written for people, copied as JSON has its values.

What JSON does not have is copied as it is written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from costcalc.report.document import RIGHT, Column, For, Part, written
from costcalc.report.html.elements import Content, Html, element, html
from costcalc.report.result import Row, Table, for_json

Head = Callable[[Row, Content], Content]
"""What stands in the first cell of a row, from its text."""
_LONG = 40
"""Letters from which on a cell may have several lines."""


def table(
    found: Table,
    label: str = "",
    seen: For = For.PEOPLE,
    head: Head = lambda row, text: text,
    class_: str = "",
) -> Html:
    """A table of a result, its title, rows, total and notes.

    Args:
        found: the table.
        label: what a screen reader calls it; else its title.
        seen: whose columns to show.
        head: what stands in the first cell of a row, from its text.
        class_: a word for style and script: `filterable` has a field to filter by.

    Returns:
        A figure: in a page with the report's script the columns sort.

    >>> from costcalc.report.document import Column
    >>> text = table(Table([Column("params", "params", "count")], [{"params": 1234}]))
    >>> "1,234" in text
    True
    """
    columns = [column for column in found.columns if column.seen & seen]
    rows = list(found.rows)
    most = {
        column.key: max((row[column.key] for row in rows if row.get(column.key)), default=1)
        for column in columns
        if column.kind == "percent"
    }
    body = [
        element("tr", [_cell(c, values, most, head if c is columns[0] else None) for c in columns])
        for values in rows
    ]
    heads = element("tr", [_head(column) for column in columns])
    parts = [element("thead", heads), element("tbody", body)]
    if found.total is not None:
        total = [_cell(column, found.total, most) for column in columns]
        parts.append(element("tfoot", element("tr", total)))
    name = label or found.title
    return element(
        "figure",
        element("figcaption", found.title) if found.title else "",
        element("div", element("table", parts, aria_label=name or None),
                class_="scroll", tabindex=0, role="group", aria_label=name or "table"),
        [element("p", note, class_="note") for note in found.notes],
        class_=" ".join(filter(None, ("table", class_))),
    )  # fmt: skip


def _head(column: Column) -> Html:
    """The head of a column, with the key that JSON and CSV have it under."""
    text = column.head or {"times": "times", "share": "share"}.get(column.key, "")
    classes = " ".join(filter(None, ("n" if column.kind in RIGHT else "", column.tone)))
    return element("th", text, scope="col", class_=classes or None, title=column.json or column.key)


def _cell(column: Column, row: Row, most: Mapping[str, Any], head: Head | None = None) -> Html:
    """A cell; a share has a bar as long as it is of the largest in its column."""
    value = row.get(column.key)
    text = written(column, value)
    classes = [column.tone, "n" if column.kind in RIGHT else "", "long" * (len(text) > _LONG)]
    if column.key == "verdict":
        classes.append(f"verdict {text.replace(' ', '-')}")
    style = None
    if column.key in most and value is not None:
        classes.append("bar")
        style = f"--p:{float(value / most[column.key]):.3f}"
    return element(
        "th" if head is not None else "td",
        html(text) if head is None else head(row, text),
        scope="row" if head is not None else None,
        class_=" ".join(filter(None, classes)) or None,
        style=style,
        data_v=copied(value, text) if column.seen & For.JSON else None,
    )


def copied(value: Any, text: str) -> str | None:
    """What a value is copied as, where that is not its text without the commas that group digits.

    >>> from fractions import Fraction
    >>> copied(1234, "1,234"), copied(Fraction(1, 8), "12.50 %"), copied((3, 5), "3x5")
    (None, '0.125', '[3, 5]')
    """
    if value is None or isinstance(value, str):
        return None
    if isinstance(value, Part):
        value = value.value
    found = json.dumps(for_json(value), ensure_ascii=False)
    return None if found == text.replace(",", "") else found
