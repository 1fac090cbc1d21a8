"""From one map to another one of the same elements: the rows that rearrange it.

What only regroups positions is a view and costs nothing; what moves channels or changes an order
reads and writes every element.
"""

from __future__ import annotations

from typing import Any

from costcalc.importers.layout import Atom, Atoms, Sides, equal
from costcalc.importers.sizes import product, same, value
from costcalc.numbers.dimensions import Kernel

Row = tuple[str, dict[str, Any]]
"""An operator and its arguments."""


def rows(have: Sides, want: Sides) -> list[Row]:
    """The rows that make the one map of the other; both are of the same atoms."""
    if all(map(equal, have, want)):
        return []
    before, after = have.h + have.w, want.h + want.w
    if equal(have.c, want.c):
        moved: list[Row] = [] if equal(before, after) else [("reorder", {})]
        return moved + _view(have, want)
    if not after:
        return [("flatten", {})] if before else _channels(have.c, want.c)
    if equal(have.h, want.h) and equal(have.w, want.w):
        return _channels(have.c, want.c)
    by = _square(have, want)
    if by:
        return [("depth_to_space", {"by": by})]
    by = _square(want, have)
    if by:
        return [("space_to_depth", {"by": by})]
    in_order = not before and equal(have.c, want.c + after)  # a vector is a map, channels first
    moved = [] if in_order else [("reorder", {})]
    return moved + _view(have, want)


def _view(have: Sides, want: Sides) -> list[Row]:
    """A map of other sides, with the elements as they are."""
    a, b = have.shape, want.shape
    if all(map(same, a, b)):
        return []
    arguments: dict[str, Any] = {} if same(a.c, b.c) else {"out": b.c}
    if not arguments and isinstance(b.w, int) and b.w == 1:
        return [("to_tokens", {})]
    return [("to_map", {"size": Kernel(b.h, b.w), **arguments})]


def _channels(have: Atoms, want: Atoms) -> list[Row]:
    """Channels in another order: a shuffle where two factors of them change places."""
    for i in range(1, len(have)):
        if equal(have[i:] + have[:i], want):
            return [("shuffle", {"g": product(atom.size for atom in have[:i])})]
    return [("reorder", {})]


def _square(have: Sides, want: Sides) -> int:
    """How many rows and columns channels of `have` become in `want`; 0 where they do not."""
    if not (len(want.h) == len(have.h) + 1 and len(want.w) == len(have.w) + 1):
        return 0
    h, w = want.h[-1], want.w[-1]
    if not (have.h and equal(want.h[:-1], have.h) and equal(want.w[:-1], have.w)):
        return 0
    if not (_among(h, have.c) and _among(w, have.c)) or value(h.size) != value(w.size):
        return 0
    return int(value(h.size))


def _among(atom: Atom, atoms: Atoms) -> bool:
    return any(one is atom for one in atoms)
