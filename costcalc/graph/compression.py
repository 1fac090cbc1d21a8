"""What rows say of their weights beside the arithmetic: what pruning keeps, in how many bits, and
which are no parameters.

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

_COLUMNS = frozenset(("keep", "bits", "bias_bits", "buffers", "bias_buffers"))


class Compression(NamedTuple):
    """The share of a layer's weights that pruning keeps, the bits that numbers have, and the shares
    of weights and biases that are buffers: stored, and no parameters."""

    keep: Any = 1
    bits: Any = 32
    bias_bits: Any = 32
    buffers: Any = 0
    bias_buffers: Any = 0


NONE = Compression()


def compression(given: Mapping[str, Cell], scope: Scope) -> Compression:
    """What holds for the layer of a row: its own words, or those handed down to it."""
    handed = scope.handed
    if not handed and _COLUMNS.isdisjoint(given):
        return NONE
    bits = (read(given, scope) for read in (_keep, _bits, _bias_bits))
    return Compression(*bits, *(_share(given, scope, word) for word in ("buffers", "bias_buffers")))


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


def _share(given: Mapping[str, Cell], scope: Scope, word: str) -> Any:
    """The row's own, or that of the block."""
    return cells.share(given[word], scope.env) if word in given else scope.handed.get(word, 0)


def handed_down(given: Mapping[str, Cell], scope: Scope) -> Mapping[str, Any]:
    """What a call hands to the rows of its block."""
    shares = [key for key in given if key.startswith("keep") or key.endswith("buffers")]
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
