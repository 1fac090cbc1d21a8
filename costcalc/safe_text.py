"""Text from a spec, a path or a command line, as it may be shown: it commands nobody who reads it.

Not a terminal (escape sequences), not the eye (characters that have no width or turn the order of
others around), not the log of a CI job (workflow commands), not a spreadsheet (formulas).
"""

from __future__ import annotations

import functools
import re

LONGEST = 60
"""How much of a word a message repeats."""

_UNSEEN = (
    "["
    "\x00-\x1f\x7f-\x9f"  # controls: NUL, backspace, escape; C1, in which terminals read commands
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"  # without a width
    "\u2028-\u202e\u2060-\u206f"  # ends of lines, and what turns the direction around
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"  # and what XML has no way to hold
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\ud800-\udfff"  # bytes of a path that are no UTF-8
    "]"
    # what begins a command in the log of a CI job: ::error, ##[error], ##vso[
    r"|(?<!\S):(?=:\S)|#(?=#\w*\[)"
)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# an apostrophe inside a word ("the spec's") neither opens nor closes a quotation
_QUOTED = r"(?s)(?<!\w)'(.*?)'(?!\w)"
_FORMULA = "=+-@＝＋－＠"
"""What a spreadsheet begins to compute at; Excel takes the wide ones as well."""


def visible(text: str, keep: str = "") -> str:
    """The text with what cannot be seen, but for `keep`, and what begins a command as escapes.

    >>> print(visible("conv\\x1b[2J"), visible("\\u202egnp.exe"), visible("a\\n::error ::b"))
    conv\\x1b[2J \\u202egnp.exe a\\n\\x3a:error \\x3a:b
    """
    if all_seen(text):
        return text

    def escape(match: re.Match[str]) -> str:
        found, code = match[0], ord(match[0])
        if found in keep:
            return found
        digits = 2 if code < 0x100 else 4 if code < 0x10000 else 8
        return _NAMED.get(found, f"\\{'xuU'[digits // 4]}{code:0{digits}x}")

    return _unseen().sub(escape, text)


@functools.cache
def _unseen() -> re.Pattern[str]:
    """The pattern, made when it is needed: most output has nothing to escape."""
    return re.compile(_UNSEEN)


def all_seen(text: str) -> bool:
    """Whether a quick look says that there is nothing to escape; false says nothing."""
    latin = text.isascii() or max(text) < "\u034f"
    return latin and text.isprintable() and "::" not in text and "##" not in text


def visible_json(text: str) -> str:
    """A JSON text whose strings have the same values and nothing in them that cannot be seen."""
    if all_seen(text.replace("\n", " ")):
        return text

    def escape(match: re.Match[str]) -> str:
        if match[0] == "\n":  # between values: in a string it is an escape already
            return match[0]
        units = match[0].encode("utf-16-be", "surrogatepass").hex()
        return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))

    return _unseen().sub(escape, text)


def encodable(text: str) -> str:
    """The text; what stands for the bytes of a path that are no UTF-8 as it is shown."""
    return text.encode(errors="backslashreplace").decode()


def yaml_text(text: str) -> str:
    """Text in double quotes, as YAML has it: the same value, and nothing that cannot be seen.

    What stands for the bytes of a path that are no UTF-8 has no way to be written: that stays as it
    is shown.

    >>> print(yaml_text('a "b"'), yaml_text("\\x9b2J"), yaml_text("\\udcff"))
    "a \\"b\\"" "\\U0000009b2J" "\\\\udcff"
    """
    import json  # nothing to pay unless a file is written

    written = json.dumps(encodable(text), ensure_ascii=False)
    return _unseen().sub(lambda match: f"\\U{ord(match[0]):08x}", written)


def spreadsheet_cell(text: str) -> str:
    """Text for a CSV cell: an apostrophe before what a spreadsheet would take for a formula.

    >>> [spreadsheet_cell(text) for text in ("conv1", "=1+1", "-3.5")]
    ['conv1', "'=1+1", '-3.5']
    """
    return f"'{visible(text)}" if _runs(text) else visible(text)


def from_spreadsheet_cell(text: str) -> str:
    """The text of a CSV cell, without the apostrophe that `spreadsheet_cell` may have given it."""
    return text[1:] if text[:1] == "'" and _runs(text) else text


def _runs(text: str) -> bool:
    """Whether a spreadsheet runs a text, or would without the apostrophes that it begins with."""
    first = text.lstrip("'")[:1]
    return first != "" and first in _FORMULA and not _is_number(text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def shortened(text: str) -> str:
    """A word, cut where it is longer than one cares to read."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def safe_message(text: str) -> str:
    """A message: what it quotes stays on its line and is short, its own lines are kept."""
    quoted = re.sub(_QUOTED, lambda match: f"'{visible(shortened(match[1]))}'", text)
    return visible(quoted, keep="\n")
