"""A lock beside the networks of now: what is stale, and in what."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.control.alignment import Item, align
from costcalc.control.changes import ADDED, CHANGED, REMOVED, Change
from costcalc.control.lock import SCHEMA, Lock, Locked, LockedRow
from costcalc.records import NamedTuple

SAME, STALE, NEW, GONE = "same", "stale", "not locked", "gone"


class RowChange(NamedTuple):
    """A row that is in one of them alone, or has other costs."""

    status: str
    a: LockedRow | None
    b: LockedRow | None

    @property
    def row(self) -> LockedRow:
        """What it is, or was."""
        found = self.b or self.a
        assert found is not None
        return found

    def of(self, cost: str) -> Change:
        """What it costs, locked and now."""
        return Change(*(None if row is None else row.costs.get(cost) for row in (self.a, self.b)))


class Staleness(NamedTuple):
    """How one network stands to what is locked of it.

    `why` says in words what differs but for numbers: settings, types, convention. `totals` and
    `rows` are what differs in numbers.
    """

    name: str
    status: str
    why: list[str]
    totals: dict[str, Change]
    rows: list[RowChange]

    @property
    def stale(self) -> bool:
        """Whether the lock is to be written anew."""
        return self.status != SAME


def compare(lock: Lock, networks: Mapping[str, Locked]) -> list[Staleness]:
    """Every network of now, and every one that is locked and no more there.

    Of a lock of an older schema only what it has is compared.
    """
    found = [
        _compared(name, lock.networks.get(name), now, lock.schema < SCHEMA)
        for name, now in networks.items()
    ]
    for name, before in lock.networks.items():
        if name not in networks:
            called = (
                f"the same as {other}, which is not locked"
                for other, now in networks.items()
                if other not in lock.networks
                and (before.totals, before.rows) == (now.totals, now.rows)
            )
            found.append(Staleness(name, GONE, list(called)[:1], {}, []))
    return found


def _compared(name: str, before: Locked | None, now: Locked, older: bool) -> Staleness:
    if before is None:
        return Staleness(name, NEW, [], {}, [])
    why = [*_words(before.facts, now.facts, older), *_words(before.settings, now.settings, older)]
    totals = {
        quantity: Change(before.totals.get(quantity), now.totals.get(quantity))
        for quantity in dict.fromkeys([*now.totals, *before.totals])
        if before.totals.get(quantity) != now.totals.get(quantity)
        and not (older and quantity not in before.totals)
    }
    rows = [] if older and not before.rows else _rows(before.rows, now.rows)
    return Staleness(name, STALE if why or totals or rows else SAME, why, totals, rows)


def _words(before: Mapping[str, str], now: Mapping[str, str], older: bool) -> list[str]:
    found = []
    for key in dict.fromkeys([*before, *now]):
        a, b = before.get(key), now.get(key)
        if a == b or (older and a is None):
            continue
        if a is None:
            found.append(f"{key} {b} is new")
        else:
            found.append(f"{key} is gone" if b is None else f"{key} {a} to {b}")
    return found


def _rows(before: list[LockedRow], now: list[LockedRow]) -> list[RowChange]:
    old, new = ([_item(row) for row in rows] for rows in (before, now))
    found = []
    for i, j in align(old, new, kinds=2):
        a, b = None if i is None else before[i], None if j is None else now[j]
        if a != b:
            status = ADDED if a is None else REMOVED if b is None else CHANGED
            found.append(RowChange(status, a, b))
    return found


def _item(row: LockedRow) -> Item:
    everything = (*row[:-1], *row.costs.items())
    return Item(row.name or None, (everything, (row.type, row.output), row.type, row.output))
