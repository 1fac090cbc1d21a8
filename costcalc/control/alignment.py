"""Which items of two networks are the same one: by name, then by what they are and where."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from costcalc.control import lcs
from costcalc.records import NamedTuple

Pair = tuple[int | None, int | None]
"""An item of each list, or None where one of them has nothing of the kind."""
UNCHANGED = 2
"""How many items of the same kind one item is worth that is the same in everything."""


class Item(NamedTuple):
    """What an item is recognised by.

    `identity` is its alone in its list (None: it has none). `keys` describe it: the first all that
    it is, the others ever less.
    """

    identity: Hashable
    keys: tuple[Hashable, ...]


def align(a: Sequence[Item], b: Sequence[Item], kinds: int) -> list[Pair]:
    """Every item of both lists, those that belong together as a pair, in the order of `b`.

    Items of one identity belong together wherever they stand. Of the others, those do that agree
    in the first key, in order; then, in what is left between them, in the next one, and so on.

    That may be misled: where a network was widened throughout, some layers look like earlier ones
    of the other. So the last `kinds` keys, which are the same however large an item is, are tried
    by themselves too, and what pairs more items is taken.
    """
    shared = {item.identity for item in a} & {item.identity for item in b} - {None}
    ways = (_by_keys(a, b, shared, first) for first in (0, len(a[0].keys) - kinds if a else 0))
    return max(ways, key=lambda pairs: _agreement(a, b, pairs, kinds))


def _agreement(a: Sequence[Item], b: Sequence[Item], pairs: list[Pair], kinds: int) -> int:
    """How many items found their own: the same ones count more than others of their kind."""
    both = [(a[i].keys, b[j].keys) for i, j in pairs if i is not None and j is not None]
    unchanged = sum(x[0] == y[0] for x, y in both)
    return UNCHANGED * unchanged + sum(x[-kinds] == y[-kinds] for x, y in both)


def _by_keys(a: Sequence[Item], b: Sequence[Item], shared: set[Hashable], first: int) -> list[Pair]:
    """The pairs by identity and by the keys from the first one on, and what finds no partner."""
    pairs: list[Pair] = []
    gaps = [(range(len(a)), range(len(b)))]
    for level in range(first, len(a[0].keys) if a else 0):
        keys_a, keys_b = (
            [item.identity if item.identity in shared else item.keys[level] for item in side]
            for side in (a, b)
        )
        before, gaps = gaps, []
        for in_a, in_b in before:
            found = lcs.common(keys_a[in_a.start : in_a.stop], keys_b[in_b.start : in_b.stop])
            pairs += [(in_a[i], in_b[j]) for i, j in found]
            ends = [*found, (len(in_a), len(in_b))]
            for (i, j), (to_i, to_j) in zip([(-1, -1), *found], ends, strict=True):
                if to_i - i > 1 or to_j - j > 1:
                    gaps.append((in_a[i + 1 : to_i], in_b[j + 1 : to_j]))
    alone_a = [i for in_a, _ in gaps for i in in_a]
    alone_b = [j for _, in_b in gaps for j in in_b]
    elsewhere = {a[i].identity: i for i in alone_a if a[i].identity in shared}
    found_again = {b[j].identity for j in alone_b}
    pairs += [(elsewhere.get(b[j].identity), j) for j in alone_b]
    pairs += [(i, None) for i in alone_a if a[i].identity not in shared & found_again]
    return _in_order(pairs)


def moved(pairs: Sequence[Pair]) -> set[Pair]:
    """The fewest pairs without which the order of both lists is the same."""
    order = [i for i, j in pairs if i is not None and j is not None]
    staying = {order[j] for _, j in lcs.common(sorted(order), order)}
    return {(i, j) for i, j in pairs if i is not None and j is not None and i not in staying}


def _in_order(pairs: list[Pair]) -> list[Pair]:
    """In the order of the second list; what only the first has follows what it followed there."""
    partner = {i: j for i, j in pairs if i is not None}
    positions: dict[Pair, tuple[int, int]] = {}
    last = -1
    for i, j in sorted(partner.items()):
        if j is not None:
            last = j
        else:
            positions[i, None] = (last, 1 + i)
    return sorted(pairs, key=lambda pair: positions[pair] if pair[1] is None else (pair[1], 0))
