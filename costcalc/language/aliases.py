"""Words of other vocabularies, answered in this language: PyTorch's, Keras', ONNX', TFLite's.

The table is data, `aliases.yaml`; it is read when a word is unknown, never before.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable, Sequence

from costcalc.errors import Mark, SpecError, near
from costcalc.language import limits
from costcalc.language.nodes import Mapping, Node, Scalar, read
from costcalc.language.nodes import Sequence as List
from costcalc.language.reader import read_source
from costcalc.records import NamedTuple

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "aliases.yaml")

# what makes no difference: a module's name, "2d", a window's size, how words are joined
_NOTHING = r"(?si).*\.|2d|\d+x\d+|[\s_-]"


class Alias(NamedTuple):
    """A line of the table: what some words of others are in this language.

    Either `own` is the word, with a `note` where the two differ, or it is said otherwise (`say`),
    or refused for what is no part of this language.
    """

    words: tuple[str, ...]
    own: str = ""
    note: str = ""
    say: str = ""
    refused: str = ""


@functools.cache
def table() -> tuple[Alias, ...]:
    """Every line of the table."""
    root = read(read_source(TABLE))
    assert isinstance(root, List)
    return tuple(_alias(line) for line in root.items)


def _alias(line: Node) -> Alias:
    assert isinstance(line, Mapping)
    words = line.entries["for"]
    assert isinstance(words, List)
    said = {key: node.text for key, node in line.entries.items() if isinstance(node, Scalar)}
    return Alias(
        words=tuple(word.text for word in words.items if isinstance(word, Scalar)),
        own=said.get("is", ""),
        note=said.get("note", ""),
        say=said.get("say", ""),
        refused=said.get("refused", ""),
    )


def bare(word: str) -> str:
    """A word without what makes no difference: nn.Conv2d, CONV_2D and conv3x3 are one.

    Nobody's word is as long as an expression may be: of one that is, nothing is left.

    >>> bare("nn.Conv2d")
    'conv'
    """
    if len(word) > limits.EXPRESSION_CHARACTERS:
        return ""
    return re.sub(_NOTHING, "", word).casefold()


@functools.cache
def _lines() -> dict[str, list[Alias]]:
    lines: dict[str, list[Alias]] = {}
    for alias in table():
        for word in alias.words:
            lines.setdefault(bare(word), []).append(alias)
    return lines


def answer(word: str, known: Iterable[str]) -> str:
    """What an unknown word is in this language, where one of the known ones fits; else "".

    >>> answer("silu", ["relu", "swish"])
    'in this language: swish'
    """
    known = list(known)
    plain = bare(word)
    lines = _lines().get(plain, [])
    fitting = [alias for alias in lines if alias.own in known]
    if not fitting:
        written = [own for own in known if bare(own) == plain != ""]
        if written:
            return f"in this language: {written[0]}"
        return next((alias.say for alias in lines if alias.say), "")
    owns = " or ".join(dict.fromkeys(alias.own for alias in fitting))
    note = fitting[0].note if len(fitting) == 1 else ""
    return f"in this language: {owns}" + (f", {note}" if note else "")


def hint(word: str, known: Iterable[str], what: str, in_full: bool = False) -> str:
    """The last lines of an error about a word: the right one, else the nearest, else all.

    `in_full` lists all that are known in any case.
    """
    known = list(known)
    found = answer(word, known)
    if not found and (nearest := near(word, known)):
        found = f"did you mean '{nearest}'?"
    if found and not in_full:
        return found
    listed = f"{what}: {', '.join(known) or 'none'}"
    return f"{found}\n{listed}" if found else listed


def unknown_operator(word: str, mark: Mark, known: Sequence[str], what: str) -> SpecError:
    """Why a word is no operator: what it is here, or that it is not part of this language."""
    refused = next((alias.refused for alias in _lines().get(bare(word), []) if alias.refused), "")
    if refused and bare(word) not in map(bare, known):
        return SpecError(f"'{word}': {refused}", mark)
    return SpecError(f"unknown operator '{word}'", mark, hint(word, known, what))
