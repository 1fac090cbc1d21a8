"""Text from a spec as it may be shown: nothing in it commands a terminal or floods a message."""

from __future__ import annotations

import re

LONGEST = 60
"""How much of a word a message repeats."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
# an apostrophe inside a word ("the spec's") neither opens nor closes a quotation
_QUOTED = re.compile(r"(?<!\w)'(.*?)'(?!\w)", re.DOTALL)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str, keep: str = "") -> str:
    """The text with control characters, but those to `keep`, written as escapes."""
    if text.isprintable():
        return text

    def escape(match: re.Match[str]) -> str:
        found = match[0]
        return found if found in keep else _NAMED.get(found, f"\\x{ord(found):02x}")

    return _CONTROL.sub(escape, text)


def shortened(text: str) -> str:
    """A word, cut where it is longer than one cares to read."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def safe_message(text: str) -> str:
    """A message: what it quotes stays on its line and is short, its own lines are kept."""
    quoted = _QUOTED.sub(lambda match: f"'{visible(shortened(match[1]))}'", text)
    return visible(quoted, keep="\n")
