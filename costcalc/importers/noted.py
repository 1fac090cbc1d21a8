"""Nodes that are no rows, and that some tools count all the same: each as a part of a row.

Pairs of QuantizeLinear and DequantizeLinear are such. What they are on may be written by a row
that the network turns out not to need, as that of keys before they are repeated for several heads.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Sequence

from costcalc.errors import SpecError
from costcalc.importers.layout import Data
from costcalc.importers.records import RULE, Node
from costcalc.importers.row import Row
from costcalc.importers.sizes import Whole, same, value
from costcalc.importers.translate import Translator


def note_unread(t: Translator, nodes: Iterable[Node]) -> None:
    """Note what no output depends on, for who looks at all nodes: on constants, and types."""
    for node in nodes:
        found = t.tensor(node, 0)
        if all(name in t.constants for name in node.inputs if name):
            with contextlib.suppress(SpecError):
                t.compute(node)
        elif node.kind in ("QuantizeLinear", "DequantizeLinear") and isinstance(found, Data):
            t.passed(node, found)


def settle(t: Translator, rows: Sequence[Row]) -> None:
    """Give each node that was noted to the row before it, or to the first that reads an input."""
    has = {row.name for row in rows}
    readers = {name: row for row in reversed(rows) for name in row.inputs}
    for name, node, size in t.noted:
        while name in t.rows and name not in has:
            name = t.rows[name].inputs[0]
        if name in has:
            row, on = name, "out"
        elif name in readers:
            row, name, on = readers[name].name, readers[name].inputs[0], "in"
        else:
            continue
        part = _part(on, size, t.shape_of(name).size), node.kind
        t.within[row] = (*t.within.get(row, (RULE,)), part)


def _part(on: str, size: Whole | str, whole: Whole) -> str:
    """A number of elements by another one, as settings change both, or as it is."""
    if isinstance(size, str):
        return size
    common = math.gcd(value(size), value(whole))
    times, by = value(size) // common, value(whole) // common
    if not same(size * by, whole * times):
        return str(value(size))
    return on if times == by else f"{on} * {times} / {by}"
