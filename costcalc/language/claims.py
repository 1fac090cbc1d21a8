"""Claims: what papers print, read as tables with the papers' own columns."""

from __future__ import annotations

import re

from costcalc.errors import SpecError, suggest
from costcalc.language import fields
from costcalc.language.claim import (
    MEASURED,
    SHARED,
    UNDESCRIBED,
    WORDS,
    Claim,
    Said,
    proved,
    require_one_meaning,
    said_by,
    say,
    set_hyperparameter,
    unit_of,
)
from costcalc.language.model import Hyperparameter, Printed
from costcalc.language.nodes import Mapping, Node, Scalar
from costcalc.language.quantities import ABOUT, COUNTED, RATIOS, REPORTED, SHAPES
from costcalc.recovery import keep

_HEAD = re.compile(r"(\w+)(?:\(([^)]*)\))?")
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


def _table(entries: Mapping, hyperparameters: dict[str, Hyperparameter]) -> list[Claim]:
    fields.known_keys(entries, (*TABLE, *SHARED), "a table of claims")
    where = fields.text(fields.required(entries, "table", "a table of claims"), "table")
    base = said_by(entries, where, hyperparameters)
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
            say(said, key, cell, hyperparameters)
        else:
            set_hyperparameter(said, key, head.mark, cell, hyperparameters)
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
            say(said, key, cell.entries[key], hyperparameters)
    claim = proved(Claim(**said, printed=printed))
    computed = claim.quantity not in REPORTED
    if computed and claim.network == UNDESCRIBED and printed.verdict != "not reproducible":
        raise SpecError(
            "a number of an undescribed network is 'not reproducible'",
            printed.mark,
            'write {printed: …, "not reproducible": "what is missing"}',
        )
    return claim


def _head(head: Scalar, said: Said, hyperparameters: dict[str, Hyperparameter]) -> tuple[str, str]:
    """The quantity and unit of a column; ("", "") if it says what the row is about."""
    match = _HEAD.fullmatch(head.text)
    name = match[1] if match else head.text
    require_one_meaning(name, head.mark, said, hyperparameters)
    if match and name in MEASURED:
        return name, unit_of(match[2] or "", head.mark)
    known = (*ABOUT, *hyperparameters)
    if head.text not in known and "network" not in said:
        raise SpecError(
            f"unknown column '{head.text}' in a table of claims",
            head.mark,
            suggest(name, (*known, *MEASURED), "columns"),
        )
    return "", ""


def _single(entries: Mapping, hyperparameters: dict[str, Hyperparameter]) -> Claim:
    """A number in running text, or a ratio of measurements."""
    fields.known_keys(entries, (*SINGLE, *SHARED), "a claim")
    where = fields.text(fields.required(entries, "where", "a claim"), "where")
    base = said_by(entries, where, hyperparameters)
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
        unit=unit_of(unit, entries.mark),
        label=fields.text(entries.get("label"), "label"),
        let=let,
        formula=fields.cell(formula, "is") if formula is not None else None,
    )
    return proved(claim)


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
        require_one_meaning(key, entries.keys[key], said, hyperparameters)
        if key in (*ABOUT, "settings"):
            say(said, key, value, hyperparameters)
        elif key != "quantity":
            set_hyperparameter(said, key, entries.keys[key], value, hyperparameters)
    return Claim(
        **said,
        quantity=quantity.text,
        unit="",
        printed=Printed("", entries.keys.get("quantity", entries.mark)),
    )
