"""Why a text is no YAML: what was expected and where, in the same words with every parser.

PyYAML comes with or without libyaml, in versions that word their complaints differently. So only
the position at which the parser written in Python gives up is taken from it. What is wrong there is
told from the text and the tokens before.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from costcalc.errors import Source, SpecError
from costcalc.language import limits
from costcalc.language.nodes import too_deep
from costcalc.records import NamedTuple

# all but what YAML allows; U+FEFF may begin a file, where it is no longer part of the text
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
# tabs among it are a space to libyaml, and to the parser in Python nothing at all
_INNER_SPACE = re.compile(r"(?<=\S)[ \t]+")
_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'""", re.DOTALL)
_SPACE = re.compile(r"(?:\s|(?:(?<=\s)|^)#[^\n]*)*")
_IN_QUOTES = "text with such characters goes in quotes"
_CLOSERS = {"]": "[", "}": "{"}

_Token: Any = yaml.tokens.Token
_OPENS: dict[Any, str] = {
    yaml.FlowSequenceStartToken: "]",
    yaml.FlowMappingStartToken: "}",
    yaml.BlockSequenceStartToken: "",
    yaml.BlockMappingStartToken: "",
}
"""What closes a list or mapping in brackets; one in lines ends with its indentation."""
_CLOSES = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken)
_BEFORE_A_VALUE = (
    yaml.FlowEntryToken, yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken, yaml.KeyToken,
    yaml.ValueToken,
)  # fmt: skip


class Wrong(NamedTuple):
    """What is wrong with so many characters at a position of a text, and what to do about it."""

    message: str
    position: int
    length: int
    hint: str = ""


def diagnosis(source: Source, refused: yaml.YAMLError) -> SpecError:
    """The error for a text that a parser has refused."""
    forbidden = _FORBIDDEN.search(source.text)
    if forbidden is not None:
        return SpecError(
            f"not YAML: the character U+{ord(forbidden[0]):04X} is not allowed",
            source.mark(forbidden.start()),
        )
    text = _INNER_SPACE.sub(lambda space: " " * len(space[0]), source.text)
    loader: Any = yaml.SafeLoader(text)
    depth = 0
    try:
        while loader.check_event():
            event = loader.get_event()
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > limits.YAML_DEPTH:  # libyaml's own limit may be lower, or looked ahead for
                return too_deep(source.mark(event.start_mark.index))
    except yaml.MarkedYAMLError as error:
        wrong = _wrong(text, error)
    else:
        at = getattr(refused, "problem_mark", None)
        wrong = _refused_here_alone(source.text, at.index if at else 0)
    mark = source.mark(wrong.position)._replace(length=wrong.length)
    return SpecError(f"not YAML: {wrong.message}", mark, wrong.hint)


def _refused_here_alone(text: str, position: int) -> Wrong:
    """What is wrong in a text that only the parser in use refuses."""
    if text[position : position + 1] == "\t":
        return Wrong("a tab", position, 1, "spaces are read by every parser of YAML")
    return Wrong("nothing from here on can be read", position, 1)


def _wrong(text: str, error: yaml.MarkedYAMLError) -> Wrong:
    mark: Any = error.problem_mark or error.context_mark
    position = mark.index
    tokens = _tokens(text, position)
    if isinstance(error, yaml.scanner.ScannerError):
        return _no_token(text, position, tokens[-1].end_mark.index)
    return _unexpected_token(text, position, tokens)


def _tokens(text: str, position: int) -> list[Any]:
    """The tokens that begin before a position."""
    found: list[Any] = []
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if found and token.start_mark.index >= position:
                break
            found.append(token)
    except yaml.YAMLError:
        pass
    return found


def _no_token(text: str, position: int, end: int) -> Wrong:
    """What is wrong where no token can be made of the text behind the last one's end."""
    begin = _skip(text, end)
    first, here = text[begin : begin + 1], text[position : position + 1]
    if first in ("'", '"') and not _QUOTED.match(text, begin):
        return Wrong("the quote is never closed", begin, 1)
    if first == '"' and "\\" in text[max(begin, position - 2) : position]:
        backslash = text.rindex("\\", begin, position)
        escape = text[backslash : position + 1]
        return Wrong(f"'{escape}' is no escape", backslash, len(escape), "a backslash is \\\\")
    if here == "\t":
        return Wrong("a tab", position, 1, "indentation is spaces")
    if here == ":":
        hint = "entries of a mapping begin in one column; text that holds ': ' goes in quotes"
        return Wrong("a second ':' in one entry", position, 1, hint)
    if here == "-" and begin == position:
        hint = "its entries begin on lines of their own, or it stands in [ ]"
        return Wrong("a list cannot begin here", position, 1, hint)
    if first and first in "@`%&*!|>?":
        return Wrong(f"no text begins with '{first}'", begin, 1, _IN_QUOTES)
    return Wrong("expected ': ' after a key", begin, _word(text, begin))


def _unexpected_token(text: str, position: int, tokens: list[Any]) -> Wrong:
    """What is wrong where a token stands that cannot follow those before."""
    stack: list[Any] = []
    for token in tokens:
        if type(token) in _OPENS:
            stack.append(token)
        elif isinstance(token, _CLOSES) and stack:
            stack.pop()
    last, here = tokens[-1], text[position : position + 1]
    closer = _OPENS[type(stack[-1])] if stack else ""
    length = _word(text, position)
    if closer:
        opener = stack[-1].start_mark
        hint = f"'{_CLOSERS[closer]}' from line {opener.line + 1}, column {opener.column + 1}"
        if not here:  # the text has ended: behind its last word there is a line to show
            return Wrong(f"expected '{closer}'", last.end_mark.index, 1, f"to close {hint}")
        if isinstance(last, _BEFORE_A_VALUE):
            return Wrong("expected a value", position, length, f"inside {hint}")
        return Wrong(f"expected ',' or '{closer}'", position, length, f"to go on from {hint}")
    if here in _CLOSERS:
        return Wrong(f"'{here}' without '{_CLOSERS[here]}'", position, 1, _IN_QUOTES)
    if not last.end_mark.index:
        return Wrong("no text begins like this", position, length, _IN_QUOTES)
    if "\n" not in text[last.end_mark.index : position]:
        hint = "text that goes on behind a quote or bracket goes in quotes as a whole"
        return Wrong("expected the end of the line", position, length, hint)
    columns = sorted({token.start_mark.column + 1 for token in stack})
    if not columns:
        return Wrong("expected the end of the text", position, length, "a spec is one mapping")
    where = " or ".join(map(str, columns))
    return Wrong("unexpected indentation", position, length, f"expected an entry in column {where}")


def _skip(text: str, position: int) -> int:
    """The position of the next character that is neither space nor comment."""
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _word(text: str, position: int) -> int:
    """How long what stands at a position is, to the end of its line at most."""
    found = re.compile(r"[^\s,:\[\]{}]+").match(text, position)
    return len(found[0]) if found else 1
