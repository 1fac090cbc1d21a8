"""Claims: what papers print, read as tables with the papers' own columns."""

from __future__ import annotations

import re
from typing import Any

from costcalc.errors import Mark, SpecError, suggest
from costcalc.language import fields
from costcalc.language.hyperparameters import unsuitable
from costcalc.language.model import UNDESCRIBED, Claim, Hyperparameter, Printed, Value
from costcalc.language.nodes import Mapping, Node, Scalar
from costcalc.language.numerals import UNITS
from costcalc.language.provenance import PROVING
from costcalc.language.quantities import (
    ABOUT,
    COUNTED,
    DEFINITIONS,
    DTYPES,
    RATIOS,
    REPORTED,
    SHAPES,
)
from costcalc.recovery import keep

_MEASURED = {**COUNTED, **SHAPES, **REPORTED}
"""What a column of a table of claims can be a number of."""
_HEAD = re.compile(r"(\w+)(?:\(([^)]*)\))?")
WORDS = {
    "rounding": {"nearest": "to the nearest", "truncate": "digits are cut off"},
    "definition": DEFINITIONS,
    "dtype": dict.fromkeys(DTYPES, "a type of elements"),
}
"""Keys whose values are words of the language, with what each means."""
SHARED = (
    "network", "settings", "source", "counts", "convention", "without", "rows_of", "type",
    "patches", *WORDS,
)  # fmt: skip
"""What a claim and a table of claims say alike; `settings` are hyperparameters by name."""
TABLE = {
    "table": "its title in the paper",
    "columns": "what the rows are about, hyperparameters and quantities: mult_adds(M)",
    "rows": "numbers as printed",
}
"""The keys of a table of claims alone."""
SINGLE = {
    "where": "where the number stands",
    "quantity": "what it is of",
    "unit": "the unit it is printed in",
    "printed": "the number as printed",
    "let": "named measurements",
    "is": "a formula over these",
    "label": "what the source calls it",
}
"""The keys of a claim alone."""


def read_claims(node: Node | None, hyperparameters: dict[str, Hyperparameter]) -> list[Claim]:
    """Every number of the section, in order. Raises `SpecError` for what cannot be one."""
    if node is None:
        return []
    found: list[Claim] = []
    for item in fields.sequence(node, "claims"):
        try:
            entries = fields.mapping(item, "a claim")
            if "columns" in entries.entries:
                found += _table(entries, hyperparameters)
            else:
                found.append(_single(entries, hyperparameters))
        except SpecError as error:
            keep(error)
    return found


Said = dict[str, Any]
"""What is said of a claim so far, by `Claim`'s names for it."""


def _base(entries: Mapping, where: str, hyperparameters: dict[str, Hyperparameter]) -> Said:
    """What the keys of a table or single claim say for all its numbers."""
    said: Said = {"where": where, "settings": {}}
    for key in SHARED:
        if key in entries.entries:
            _say(said, key, entries.entries[key], hyperparameters)
    return said


def _say(said: Said, key: str, node: Node, hyperparameters: dict[str, Hyperparameter]) -> None:
    """Take in one of the keys that say what a claim is about."""
    if key == "settings":
        given = fields.mapping(node, key)
        for name, value in given.entries.items():
            _set(said, name, given.keys[name], value, hyperparameters)
    else:
        said["rows" if key == "rows_of" else key] = _value(key, node)


def _value(key: str, node: Node) -> Any:
    """What a key says that means the same whatever is said beside it."""
    if key == "counts":
        entries = fields.mapping(node, key)
        fields.known_keys(entries, ("params",), key)
        return fields.countable(fields.required(entries, "params", key))
    if key in ("without", "rows_of"):
        items = [node] if isinstance(node, Scalar) else fields.sequence(node, key)
        return tuple(fields.cell(item, key) for item in items)
    if key in WORDS:
        word = fields.scalar(node, key)
        if word.text not in WORDS[key]:
            raise SpecError(
                f"unknown {key} '{word.text}'",
                word.mark,
                suggest(word.text, WORDS[key], f"{key} is one of"),
            )
        return word.text
    if key == "patches":
        along = fields.setting(node, key)
        if not isinstance(along, int) or isinstance(along, bool) or along < 1:
            raise SpecError("patches must be a whole number of at least 1", node.mark)
        return along
    return fields.provenance(node) if key == "source" else fields.text(node, key)


def _set(
    said: Said, name: str, mark: Mark, node: Node, hyperparameters: dict[str, Hyperparameter]
) -> None:
    """Take in a hyperparameter's value."""
    own = None if "network" in said else hyperparameters
    said["settings"] = {**said["settings"], name: _setting(name, mark, node, own)}


def _setting(
    name: str, mark: Mark, node: Node, hyperparameters: dict[str, Hyperparameter] | None
) -> Value:
    """A hyperparameter's value; one of another network is checked when that one is read (None)."""
    value = fields.setting(node, name)
    if hyperparameters is not None:
        if name not in hyperparameters:
            raise SpecError(
                f"unknown hyperparameter '{name}'",
                mark,
                suggest(name, hyperparameters, "hyperparameters"),
            )
        parameter = hyperparameters[name]
        if parameter.length is not None and not isinstance(value, tuple):
            value = (value,) * parameter.length  # one value is meant for every place
        problem = unsuitable(parameter, value)
        if problem:
            raise SpecError(f"{name} {problem}", node.mark)
    return value


def _table(entries: Mapping, hyperparameters: dict[str, Hyperparameter]) -> list[Claim]:
    fields.known_keys(entries, (*TABLE, *SHARED), "a table of claims")
    where = fields.text(fields.required(entries, "table", "a table of claims"), "table")
    base = _base(entries, where, hyperparameters)
    heads = [
        fields.scalar(item, "a column")
        for item in fields.sequence(entries.entries["columns"], "columns")
    ]
    found = []
    for row in fields.sequence(fields.required(entries, "rows", "a table of claims"), "rows"):
        try:
            found += _claims_of_row(row, heads, base, hyperparameters)
        except SpecError as error:
            keep(error)
    return found


def _claims_of_row(
    row: Node, heads: list[Scalar], base: Said, hyperparameters: dict[str, Hyperparameter]
) -> list[Claim]:
    """The numbers of a row of a table, each with what the row says that it is about."""
    cells = list(fields.sequence(row, "a row of claims"))
    extras = None
    if cells and isinstance(cells[-1], Mapping) and "printed" not in cells[-1].entries:
        extras = cells.pop()
    if len(cells) > len(heads):
        raise SpecError(
            f"{len(cells)} cells, but the table has {len(heads)} columns", cells[len(heads)].mark
        )
    said = dict(base)
    numbers: list[tuple[Scalar, str, str, Node]] = []
    pairs = [(head, head.text, cell) for head, cell in zip(heads, cells, strict=False)]
    if isinstance(extras, Mapping):
        pairs += [
            (Scalar(key, False, extras.keys[key]), key, cell)
            for key, cell in extras.entries.items()
        ]
    # `network` first: it decides whose hyperparameters the others are
    for head, key, cell in sorted(pairs, key=lambda pair: pair[1] != "network"):
        if fields.is_empty(cell):
            continue
        quantity, unit = _head(head, said, hyperparameters)
        if quantity:
            numbers.append((head, quantity, unit, cell))
        elif key in ABOUT:
            _say(said, key, cell, hyperparameters)
        else:
            _set(said, key, head.mark, cell, hyperparameters)
    found = []
    for head, quantity, unit, cell in numbers:
        of_one = {**said, "quantity": quantity, "unit": unit}
        try:
            found.append(_number(of_one, head.text, cell, hyperparameters))
        except SpecError as error:
            keep(error)
    return found


OF_ONE_NUMBER = ("network", "source", "rows_of", "without", "counts", "convention", *WORDS)
"""What a single cell may say otherwise than its row: papers mix conventions inside one."""


def _number(said: Said, head: str, cell: Node, hyperparameters: dict[str, Hyperparameter]) -> Claim:
    """The claim of one cell, with what the cell alone says of it."""
    printed = fields.printed(cell, head, OF_ONE_NUMBER)
    for key in OF_ONE_NUMBER if isinstance(cell, Mapping) else ():
        if isinstance(cell, Mapping) and key in cell.entries:
            _say(said, key, cell.entries[key], hyperparameters)
    claim = _proved(Claim(**said, printed=printed))
    computed = claim.quantity not in REPORTED
    if computed and claim.network == UNDESCRIBED and printed.verdict != "not reproducible":
        raise SpecError(
            "a number of an undescribed network is 'not reproducible'",
            printed.mark,
            'write {printed: …, "not reproducible": "what is missing"}',
        )
    return claim


def _proved(claim: Claim) -> Claim:
    """The claim. Raises `SpecError` for an erratum that nobody read in the paper itself."""
    if claim.printed.verdict == "erratum" and claim.source.kind not in PROVING:
        raise SpecError(
            f"an erratum read in a source of kind '{claim.source.kind}'",
            claim.printed.mark,
            f"only the text of {' or '.join(PROVING)} shows that a print is wrong; write"
            ' "not reproducible"',
        )
    return claim


def _head(head: Scalar, said: Said, hyperparameters: dict[str, Hyperparameter]) -> tuple[str, str]:
    """The quantity and unit of a column; ("", "") if it says what the row is about."""
    match = _HEAD.fullmatch(head.text)
    name = match[1] if match else head.text
    _require_one_meaning(name, head.mark, said, hyperparameters)
    if match and name in _MEASURED:
        return name, _unit(match[2] or "", head.mark)
    known = (*ABOUT, *hyperparameters)
    if head.text not in known and "network" not in said:
        raise SpecError(
            f"unknown column '{head.text}' in a table of claims",
            head.mark,
            suggest(name, (*known, *_MEASURED), "columns"),
        )
    return "", ""


def _require_one_meaning(
    name: str, mark: Mark, said: Said, hyperparameters: dict[str, Hyperparameter]
) -> None:
    """Raise `SpecError` for a hyperparameter that is called like what claims say besides."""
    if name not in hyperparameters or "network" in said:
        return
    if name in _MEASURED or name in ABOUT:
        raise SpecError(
            f"'{name}' has two meanings here: a hyperparameter is called so too",
            mark,
            f"name the hyperparameter otherwise, or write settings: {{{name}: …}}",
        )


def _unit(unit: str, mark: Mark) -> str:
    if unit not in UNITS:
        raise SpecError(f"unknown unit '{unit}'", mark, suggest(unit, UNITS, "units"))
    return unit


def _single(entries: Mapping, hyperparameters: dict[str, Hyperparameter]) -> Claim:
    """A number in running text, or a ratio of measurements."""
    fields.known_keys(entries, (*SINGLE, *SHARED), "a claim")
    where = fields.text(fields.required(entries, "where", "a claim"), "where")
    base = _base(entries, where, hyperparameters)
    quantity = fields.scalar(fields.required(entries, "quantity", "a claim"), "quantity")
    known = (*COUNTED, *SHAPES, *RATIOS)
    if quantity.text not in known:
        raise SpecError(
            f"unknown quantity '{quantity.text}'",
            quantity.mark,
            suggest(quantity.text, known, "quantities"),
        )
    unit_node = entries.get("unit")
    unit = "" if unit_node is None else fields.scalar(unit_node, "unit").text
    shown = fields.printed(fields.required(entries, "printed", "a claim"), "printed")
    let_node, formula = entries.get("let"), entries.get("is")
    let = {}
    if let_node is not None:
        lets = fields.mapping(let_node, "let")
        let = {
            name: _measurement(name, node, base, hyperparameters)
            for name, node in lets.entries.items()
        }
    if formula is None and quantity.text in RATIOS and shown.verdict != "not reproducible":
        raise SpecError(f"a {quantity.text} needs 'is', a formula over 'let'", quantity.mark)
    claim = Claim(
        **base,
        printed=shown,
        quantity=quantity.text,
        unit=_unit(unit, entries.mark),
        label=fields.text(entries.get("label"), "label"),
        let=let,
        formula=fields.cell(formula, "is") if formula is not None else None,
    )
    return _proved(claim)


def _measurement(
    name: str, node: Node, base: Said, hyperparameters: dict[str, Hyperparameter]
) -> Claim:
    """One named number of a formula."""
    entries = fields.mapping(node, name)
    said = dict(base)
    quantity = fields.scalar(fields.required(entries, "quantity", name), "quantity")
    if quantity.text not in COUNTED:
        raise SpecError(
            f"unknown quantity '{quantity.text}'",
            quantity.mark,
            suggest(quantity.text, COUNTED, "quantities"),
        )
    for key in sorted(entries.entries, key=lambda k: k != "network"):
        value = entries.entries[key]
        _require_one_meaning(key, entries.keys[key], said, hyperparameters)
        if key in (*ABOUT, "settings"):
            _say(said, key, value, hyperparameters)
        elif key != "quantity":
            _set(said, key, entries.keys[key], value, hyperparameters)
    return Claim(
        **said,
        quantity=quantity.text,
        unit="",
        printed=Printed("", entries.keys.get("quantity", entries.mark)),
    )
