"""What networks may cost: limits and growth, each amount in a unit that its quantity has."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction

from costcalc.control.quantities import BYTES, QUANTITIES, TIME
from costcalc.control.target import Target
from costcalc.errors import Mark, SpecError, suggest
from costcalc.language import aliases, fields
from costcalc.language.amounts import read_amount, read_time
from costcalc.language.nodes import Node, Sequence
from costcalc.language.numerals import read_number
from costcalc.records import NamedTuple
from costcalc.recovery import keep, keeping, kept

KEYS = {
    "network": "a network of the project, or several",
    "max": "the most that it may cost",
    "grow": "by how much more than before: 2%, 1M, or both",
    "because": "the reason, printed where the limit breaks",
    "level": "how bad it is where the limit breaks",
}
"""The keys of a budget."""
ERROR = "error"
LEVELS = {ERROR: "the command fails", "warning": "it is said, and no more"}


class Limit(NamedTuple):
    """The most of a quantity, or by how much it may grow: both by a share and by an amount."""

    quantity: str
    text: str
    mark: Mark
    amount: int | Fraction | None = None
    share: Fraction | None = None

    def most(self, before: int | Fraction = 0) -> int | Fraction:
        """The largest number that is within, where it was so many before (of growth)."""
        grown = [] if self.amount is None else [self.amount]
        if self.share is not None:
            more = before * self.share
            grown.append(more if self.quantity == TIME else more // 1)
        return before + min(grown)


class Budget(NamedTuple):
    """What some networks may cost (`max`), by how much more than before (`grow`), and why."""

    targets: list[Target]
    max: list[Limit]
    grow: list[Limit]
    because: str
    level: str
    mark: Mark


def read_budget(node: Node, networks: Mapping[str, list[Target]]) -> Budget:
    """A budget of a project's file, for networks of it: under all their settings, or under one.

    Raises `SpecError`.
    """
    known = {t.name: [t] for targets in networks.values() for t in targets} | {**networks}
    begin = len(kept())
    entries = fields.mapping(node, "a budget")
    fields.known_keys(entries, KEYS, "a budget")
    named = fields.required(entries, "network", "a budget")
    items = named.items if isinstance(named, Sequence) else [named]
    targets = []
    for item in items:
        word = fields.scalar(item, "a network")
        if word.text not in known:
            hint = suggest(word.text, known, "networks")
            keep(SpecError(f"unknown network '{word.text}'", word.mark, hint))
        targets += [target for target in known.get(word.text, ()) if target not in targets]
    if not items:
        raise SpecError("a budget is one of at least one network", named.mark)
    budget = Budget(
        targets,
        _limits(entries.get("max"), "max", _most),
        _limits(entries.get("grow"), "grow", _growth),
        fields.text(entries.get("because"), "because"),
        fields.text(entries.get("level"), "level") or ERROR,
        node.mark,
    )
    if budget.level not in LEVELS:
        hint = suggest(budget.level, LEVELS, "levels")
        keep(SpecError(f"unknown level '{budget.level}'", entries.entries["level"].mark, hint))
    if not budget.max and not budget.grow and not kept(begin):
        raise SpecError("a budget needs 'max' or 'grow'", node.mark, "max: {mult_adds: 300M}")
    return budget


def _limits(node: Node | None, what: str, limit: Callable[[str, str, Mark], Limit]) -> list[Limit]:
    if node is None:
        return []
    entries = fields.mapping(node, what)
    found = []
    for quantity, value in entries.entries.items():
        with keeping():
            if quantity not in (*QUANTITIES, TIME):
                hint = aliases.hint(quantity, (*QUANTITIES, TIME), "quantities")
                raise SpecError(f"unknown quantity '{quantity}'", entries.keys[quantity], hint)
            word = fields.scalar(value, quantity)
            text = fields.cell(value, quantity)
            found.append(limit(quantity, word.text.strip(), text.mark))
    return found


def _most(quantity: str, text: str, mark: Mark) -> Limit:
    return Limit(quantity, text, mark, amount=_amount(quantity, text, mark))


def _growth(quantity: str, text: str, mark: Mark) -> Limit:
    """`2%`, `1M`, or `2% and 1M`: no more than each."""
    amount = share = None
    for part in re.split(r"\s+and\s+", text):
        if part.endswith("%") and share is None:
            number = read_number(part, prose=True)
            if number is None or number < 0:
                raise SpecError(f"'{part}' is no share", mark, "write one such as 2% or 0.5%")
            share = Fraction(number)
        elif amount is None and not part.endswith("%"):
            amount = _amount(quantity, part, mark)
        else:
            raise SpecError("a share, an amount, or one of each", mark, "such as 2% and 1M")
    return Limit(quantity, text, mark, amount, share)


def _amount(quantity: str, text: str, mark: Mark) -> int | Fraction:
    """An amount in a unit that the quantity has."""
    if quantity == TIME:
        return read_time(quantity, text, mark)
    return read_amount(quantity, text, mark, BYTES)
