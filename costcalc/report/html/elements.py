"""HTML as text that is known to be HTML: whatever else stands in an element is escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import Any

from costcalc.safe_text import visible, visible_json


class Html(str):
    """A piece of HTML. Any other string is text."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """Itself, for a notebook."""
        return str(self)


Content = str | Iterable["Content"]
"""What an element may hold: text, HTML, or many of these."""


def html(content: Content) -> Html:
    """Content as HTML: text becomes text, whatever a name tries.

    >>> html(["<script>", Html("<br>")])
    '&lt;script&gt;<br>'
    """
    if isinstance(content, Html):
        return content
    if isinstance(content, str):
        return Html(escape(visible(content)))
    return Html("".join(map(html, content)))


def element(tag: str, *content: Content, **attributes: str | int | bool | None) -> Html:
    """An element. An attribute that is None or false is left out, one that is true has no value.

    `class_` is `class`, and an underscore within a name a hyphen.

    >>> element("td", "1 < 2", class_="n", data_v='"')
    '<td class="n" data-v="&quot;">1 &lt; 2</td>'
    """
    said = "".join(
        f" {_name(key)}" if value is True else f' {_name(key)}="{html(str(value))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Html(f"<{tag}{said}>{html(content)}</{tag}>")


def chart(content: Content, width: int, height: int, label: str) -> Html:
    """A drawing of this size, as wide as there is room; `label` says what it shows."""
    drawing = element("svg", content, viewBox=f"0 0 {width} {height}", role="img", aria_label=label)
    return element("div", drawing, class_="scroll chart")


def script_json(value: Any) -> Html:
    """JSON in a script element: nothing in it ends the element, or cannot be seen."""
    text = visible_json(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    return element("script", Html(text.replace("<", "\\u003c")), type="application/json")


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")
