"""Operators on quantised tensors are what they are on others."""

from __future__ import annotations

from costcalc.importers.eight_bits import QUANTISED, plain
from costcalc.importers.operators.registry import HANDLERS
from costcalc.importers.records import Node
from costcalc.importers.translate import Translator


def _quantised(t: Translator, node: Node) -> None:
    same = plain(node)
    HANDLERS[same.kind](t, same)


HANDLERS |= dict.fromkeys(QUANTISED, _quantised)
