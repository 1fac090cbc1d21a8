"""What rows say of their layers beside the arithmetic: what pruning keeps, and bits per weight.

A block hands its annotations down to the rows in it (`Scope.handed`), by the columns that said
them; one of an argument, `keep(out)`, is for the rows whose width that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.graph import cells
from costcalc.graph.scope import Scope
from costcalc.language.model import Cell
from costcalc.records import NamedTuple

_COLUMNS = frozenset(("keep", "bits", "bias_bits"))


class Compression(NamedTuple):
    """The share of a layer's weights that pruning keeps, and the bits that numbers have."""

    keep: Any = 1
    bits: Any = 32
    bias_bits: Any = 32


NONE = Compression()


def compression(given: Mapping[str, Cell], scope: Scope) -> Compression:
    """What holds for the layer of a row: its own words, or those handed down to it."""
    handed = scope.handed
    if not handed and _COLUMNS.isdisjoint(given):
        return NONE
    return Compression(*(read(given, scope) for read in (_keep, _bits, _bias_bits)))


def _keep(given: Mapping[str, Cell], scope: Scope) -> Any:
    """The row's own, that of the block's argument that gives its width, or the whole block's."""
    if "keep" in given:
        return cells.share(given["keep"], scope.env)
    width = given.get("out")
    if width is not None and f"keep({width.text})" in scope.handed:
        return scope.handed[f"keep({width.text})"]
    return scope.handed.get("keep", NONE.keep)


def _bits(given: Mapping[str, Cell], scope: Scope) -> Any:
    """The row's own, or those of the block."""
    if "bits" in given:
        return cells.bits(given["bits"], scope.env)
    return scope.handed.get("bits", NONE.bits)


def _bias_bits(given: Mapping[str, Cell], scope: Scope) -> Any:
    """The row's own, those of the block, or those of a weight."""
    if "bias_bits" in given:
        return cells.bits(given["bias_bits"], scope.env)
    weight = _bits(given, scope)
    return weight if "bits" in given else scope.handed.get("bias_bits", weight)


def handed_down(given: Mapping[str, Cell], scope: Scope) -> Mapping[str, Any]:
    """What a call hands to the rows of its block."""
    shares = [key for key in given if key.startswith("keep")]
    if not (shares or scope.handed) and _COLUMNS.isdisjoint(given):
        return scope.handed
    inner = {key: value for key, value in scope.handed.items() if key in _COLUMNS}
    inner |= {key: cells.share(given[key], scope.env) for key in shares}
    if "bits" in given:
        inner["bits"] = cells.bits(given["bits"], scope.env)
        inner.pop("bias_bits", None)
    if "bias_bits" in given:
        inner["bias_bits"] = cells.bits(given["bias_bits"], scope.env)
    return inner
