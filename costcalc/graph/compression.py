"""What rows say of their layers beside the arithmetic: what pruning keeps, and bits per weight.

A block hands its annotations down to the rows in it, in the environment, under keys that are no
names of expressions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.graph import cells
from costcalc.language.model import Cell

_KEEP_ALL, _BITS_ALL, _BIAS_BITS_ALL = "keep(*)", "bits(*)", "bias_bits(*)"


def keep(given: Mapping[str, Cell], env: Mapping[str, Any]) -> Any:
    """The share of weights pruning keeps: the row's own, that of the block's argument that gives
    its width, or that of the whole block."""
    if "keep" in given:
        return cells.share(given["keep"], env)
    width = given.get("out")
    if width is not None and f"keep({width.text})" in env:
        return env[f"keep({width.text})"]
    return env.get(_KEEP_ALL, 1)


def bits(given: Mapping[str, Cell], env: Mapping[str, Any]) -> Any:
    """The bits each weight is stored in: the row's own, that of the block, or 32."""
    return cells.bits(given["bits"], env) if "bits" in given else env.get(_BITS_ALL, 32)


def bias_bits(given: Mapping[str, Cell], env: Mapping[str, Any]) -> Any:
    """The bits each bias is stored in: the row's own, that of the block, or those of a weight."""
    if "bias_bits" in given:
        return cells.bits(given["bias_bits"], env)
    return bits(given, env) if "bits" in given else env.get(_BIAS_BITS_ALL, bits(given, env))


def handed_down(given: Mapping[str, Cell], env: Mapping[str, Any]) -> dict[str, Any]:
    """What a call hands to the rows of its block."""
    inner = {key: env[key] for key in (_KEEP_ALL, _BITS_ALL, _BIAS_BITS_ALL) if key in env}
    for key, cell in given.items():
        if key.startswith("keep"):
            inner[_KEEP_ALL if key == "keep" else key] = cells.share(cell, env)
    if "bits" in given:
        inner[_BITS_ALL] = cells.bits(given["bits"], env)
        inner.pop(_BIAS_BITS_ALL, None)
    if "bias_bits" in given:
        inner[_BIAS_BITS_ALL] = cells.bits(given["bias_bits"], env)
    return inner
