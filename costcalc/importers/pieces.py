"""Parts of a stored constant that are layers' weights each, as of queries, keys and values.

A piece is a stored constant of its own, called by where it lies: `attn.in_proj_weight[0:0:32:1]`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from costcalc.importers.records import BITS, Beside, Constant

Along = tuple[int, int, int, int]
"""An axis, and where on it a piece begins and ends, with what step."""


def named(owner: str, along: Sequence[Along]) -> str:
    """The name of a piece of a constant; the constant's where it is all of it."""
    return owner + "".join(f"[{':'.join(map(str, one))}]" for one in along)


def piece(whole: Constant, name: str, shape: Sequence[int], along: Sequence[Along]) -> Constant:
    """A piece of a stored constant, and its bytes where they stand together."""
    place: Beside | memoryview | None = None
    if len(along) == 1 and along[0][0] == 0 and along[0][3] == 1:
        (_, first, last, _), inner = along[0], math.prod(whole.shape[1:])
        size = inner * BITS.get(whole.type, 0) // 8
        if isinstance(whole.place, Beside):
            start, length = whole.place.start + first * size, (last - first) * size
            place = whole.place._replace(start=start, length=length)
        elif whole.place is not None:
            place = whole.place[first * size : last * size]
    return replace(whole, name=name, shape=tuple(shape), values=None, of="", place=place)
