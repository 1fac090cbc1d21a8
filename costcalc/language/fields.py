"""Reading the fields of a mapping, with an error for whatever does not belong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fractions import Fraction

from costcalc.errors import CostcalcError, Mark, SpecError, at, near, suggest
from costcalc.language import aliases, limits
from costcalc.language.model import Cell, Printed, Single, Value
from costcalc.language.nodes import Mapping, Node, Scalar, Sequence
from costcalc.language.numerals import read_number, require_short
from costcalc.language.provenance import KINDS, Provenance
from costcalc.recovery import FollowUp, Read, keep

_DIGITS = re.compile(r"[\d,_.]+")
VERDICTS = {
    "erratum": "the source contradicts itself; the evidence",
    "ambiguous": "it fits only under a reading that the source does not state; which one",
    "not reproducible": "the source does not give what would decide it; what is missing",
    "unverified": "nobody here could read the print; why",
}
"""What a spec may say of a printed number that is not simply right."""
PRINTED = {
    "printed": "as the source has it",
    "means": "the number that a text without one stands for",
    "digits": "how many of its digits count, where the source rounds to fewer",
    **VERDICTS,
}
"""The keys of a cell that is more than a number."""


def mapping(node: Node, what: str) -> Mapping:
    """The node as a mapping. Raises `SpecError` otherwise; so do its neighbours here."""
    if not isinstance(node, Mapping):
        raise SpecError(f"{what} must be a mapping (key: value)", node.mark)
    return node


def sequence(node: Node, what: str) -> list[Node]:
    """The items of a list."""
    if not isinstance(node, Sequence):
        raise SpecError(f"{what} must be a list", node.mark)
    return node.items


def scalar(node: Node, what: str) -> Scalar:
    """The node as a piece of text."""
    if not isinstance(node, Scalar):
        raise SpecError(f"{what} must be a single value", node.mark)
    return node


def text(node: Node | None, what: str) -> str:
    """The text of a scalar, "" where there is none."""
    return scalar(node, what).text if node is not None else ""


def is_empty(node: Node) -> bool:
    """Whether a cell is left empty: `-`, `~` or nothing."""
    return isinstance(node, Scalar) and not node.quoted and node.text in ("", "-", "~")


def cell(node: Node, what: str) -> Cell:
    """A cell to be read once its column is known."""
    s = scalar(node, what)
    mark = s.mark.inside(1, s.mark.length - 1) if s.quoted else s.mark
    return Cell(s.text, s.quoted, mark)


def cell_or_list(node: Node, what: str) -> Cell:
    """A cell, or a list of them: two sizes of a window, the values of a list argument."""
    if not isinstance(node, Sequence):
        return cell(node, what)
    items = tuple(cell(item, "a value of a list") for item in node.items)
    return Cell(what, False, node.mark, items)


def word_list(node: Node | None, what: str) -> tuple[str, ...]:
    """A list of words, empty where there is none."""
    if node is None:
        return ()
    return tuple(scalar(item, f"an entry of {what}").text for item in sequence(node, what))


def known_keys(node: Mapping, known: Iterable[str], what: str) -> None:
    """Raise `SpecError` for a key that is not known.

    Where errors are collected it is read as the one that it is most like.
    """
    known = tuple(known)
    unknown = [key for key in node.keys if key not in known]
    for key in unknown:
        hint = aliases.hint(key, known, "keys")
        keep(SpecError(f"unknown key '{key}' in {what}", node.keys[key], hint))
        meant = near(key, known)
        if meant and meant not in node.keys:
            node.entries[meant], node.keys[meant] = node.entries[key], node.keys[key]


def cells(node: Node | None, takes: Iterable[str], what: str) -> dict[str, Cell]:
    """Cells by the columns that they are for, none where nothing is said."""
    if node is None:
        return {}
    given = mapping(node, what)
    known_keys(given, takes, what)
    return {key: cell_or_list(value, key) for key, value in given.entries.items()}


def required(node: Mapping, key: str, what: str) -> Node:
    """The node under a key that must be there."""
    found = node.get(key)
    if found is None:
        error = SpecError(f"{what} needs '{key}'", node.mark)
        error.absent = key
        raise error
    return found


def required_text(node: Mapping, key: str, what: str) -> str:
    """The text of a scalar under a key that must be there."""
    return text(required(node, key, what), key)


def each(keys: Iterable[str], read: Callable[[str], Read], mark: Mark) -> dict[str, Read]:
    """What is read of every key.

    Where errors are collected, all of them are read, and a wrong one makes the whole unknown.
    """
    found: dict[str, Read] = {}
    wrong = False
    for key in keys:
        try:
            found[key] = read(key)
        except SpecError as error:
            keep(error)
            wrong = True
    if wrong:
        raise FollowUp(mark)
    return found


def setting(node: Node, what: str) -> Value:
    """What a hyperparameter can be: a literal, or a list of them."""
    if not isinstance(node, Sequence):
        return value(node, what)
    if not 1 <= len(node.items) <= limits.LIST:
        raise SpecError(
            f"{what} is a list of {len(node.items):,} values; 1 to {limits.LIST:,} are possible",
            node.mark,
        )
    return tuple(value(item, f"a value of {what}") for item in node.items)


def value(node: Node, what: str) -> Single:
    """A literal: number, true/false or word."""
    s = scalar(node, what)
    _bearable(s.text, s.mark, what)
    return s.text if s.quoted else literal(s.text)


def literal(written: str) -> Single:
    """The value of a written literal; decimals are exact, units count: `50%` is 1/2."""
    if written in ("true", "false"):
        return written == "true"
    number = read_number(written)
    return written if number is None else number


def _bearable(written: str, mark: Mark, what: str = "a number") -> None:
    """Raise `SpecError` for what is too long; Python refuses to read some numbers."""
    try:
        require_short(written, what)
    except CostcalcError as error:
        raise at(mark, error) from None


def number(node: Node | None, what: str) -> int | Fraction | None:
    """A number, None where there is none."""
    if node is None:
        return None
    found = value(node, what)
    if isinstance(found, bool | str):
        raise SpecError(f"{what} must be a number", node.mark)
    return found


def printed(node: Node, what: str, extra: tuple[str, ...] = ()) -> Printed:
    """What a source prints: a bare cell, or {printed: …, digits: …, erratum: …}.

    `extra` are further keys that mean something here, `is` among them in a defining cell.
    """
    if isinstance(node, Scalar):
        return Printed(_prose(node), node.mark)
    entries = mapping(node, what)
    known_keys(entries, (*PRINTED, *extra), what)
    shown = scalar(required(entries, "printed", what), "printed")
    verdicts = [v for v in VERDICTS if v in entries.entries]
    if len(verdicts) > 1:
        keep(SpecError(f"either {' or '.join(verdicts)}, not both", entries.keys[verdicts[1]]))
    stands_for = entries.get("is")
    return Printed(
        _prose(shown),
        shown.mark,
        verdicts[0] if verdicts else None,
        text(entries.entries[verdicts[0]], verdicts[0]) if verdicts else "",
        cell(stands_for, "is") if stands_for is not None else None,
        digits=_digits(entries.get("digits")),
        means=_prose(scalar(entries.entries["means"], "means")) if "means" in entries.keys else "",
    )


def _prose(node: Scalar) -> str:
    """Text that may be as long as it likes, but not the numbers in it."""
    for written in _DIGITS.findall(node.text):
        _bearable(written, node.mark)
    return node.text


def _digits(node: Node | None) -> int | None:
    """How many digits of a printed number count: 15300 with 3 is 15250 to 15350."""
    found = number(node, "digits")
    if node is not None and not (isinstance(found, int) and 1 <= found <= 15):
        raise SpecError("digits must be a whole number from 1 to 15", node.mark)
    return found if isinstance(found, int) else None


def provenance(node: Node) -> Provenance:
    """The kind alone, of the spec's paper, or `{kind: document}`. Raises `SpecError` otherwise."""
    if isinstance(node, Mapping):
        known_keys(node, KINDS, "source")
        if len(node.entries) != 1:
            raise SpecError("a source is one kind and one document", node.mark)
        ((kind, document),) = node.entries.items()
        return Provenance(kind, text(document, kind))
    word = scalar(node, "source")
    if word.text not in KINDS:
        raise SpecError(
            f"unknown kind of source '{word.text}'",
            word.mark,
            suggest(word.text, KINDS, "kinds, or {kind: document}"),
        )
    return Provenance(word.text)


TRAINED = ("weights", "biases", "norm")
"""What is called parameters where a spec does not say."""
COUNTABLE = {
    "weights": "of convolutions and fully connected layers",
    "biases": "of these",
    "norm": "trained scales and shifts of normalisations",
    "buffers": "what is stored and not trained: running means and variances, filters of a blur",
}
"""What `counts: {params: […]}` may list: the facts that can be called parameters."""


def countable(node: Node) -> tuple[str, ...]:
    """A list of facts that are counted as params."""
    known = []
    for item in sequence(node, "params"):
        word = scalar(item, "an entry of params")
        if word.text in COUNTABLE:
            known.append(word.text)
            continue
        hint = suggest(word.text, COUNTABLE, "params are")
        keep(SpecError(f"'{word.text}' cannot be counted as params", word.mark, hint))
    return tuple(known)
