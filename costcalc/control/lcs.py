"""The longest common subsequence of two lists, a machine word of comparisons at a time.

The rows of the usual table are the bits of one long integer (Hyyrö 2004, "Bit-parallel LCS-length
computation revisited"): bit i of row j is 0 where taking in a[i] makes the longest common
subsequence with b[:j + 1] longer. Lists of 10,000 have 10^8 cells, which are 10,000 additions.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

CELLS = 1 << 28
"""The most bits of a table that is held: 32 MB. A larger one is halved (Hirschberg 1975)."""

Pairs = list[tuple[int, int]]
"""Indices into both lists, ascending in each."""


def common(a: Sequence[Hashable], b: Sequence[Hashable]) -> Pairs:
    """Indices of a longest common subsequence, what begins and ends alike taken first.

    >>> common("abcabba", "cbabac")
    [(1, 1), (3, 2), (4, 3), (6, 4)]
    """
    head = _alike(zip(a, b, strict=False))
    most = min(len(a), len(b)) - head
    tail = _alike(zip(reversed(a), reversed(b), strict=False), most)
    inner_a, inner_b = a[head : len(a) - tail], b[head : len(b) - tail]
    inner = _inner(inner_a, inner_b) if inner_a and inner_b else []
    return [
        *((i, i) for i in range(head)),
        *((head + i, head + j) for i, j in inner),
        *((len(a) - i, len(b) - i) for i in range(tail, 0, -1)),
    ]


def _alike(pairs: Iterator[tuple[Hashable, Hashable]], most: int | None = None) -> int:
    """How many pairs are equal before the first that is not, at most so many."""
    count = 0
    for one, other in pairs:
        if count == most or one != other:
            break
        count += 1
    return count


def _inner(a: Sequence[Hashable], b: Sequence[Hashable]) -> Pairs:
    if len(b) == 1 or len(a) * len(b) <= CELLS:
        return _traced(len(a), list(_rows(a, b)))
    half = len(b) // 2
    before = _lengths(a, b[:half])
    after = _lengths(a[::-1], b[half:][::-1])
    cut = max(range(len(a) + 1), key=lambda i: before[i] + after[len(a) - i])
    second = common(a[cut:], b[half:])
    return [*common(a[:cut], b[:half]), *((cut + i, half + j) for i, j in second)]


def _rows(a: Sequence[Hashable], b: Sequence[Hashable]) -> Iterator[int]:
    """The table of `a` and `b`, a row for each of `b`."""
    positions: dict[Hashable, int] = {}
    for i, key in enumerate(a):
        positions[key] = positions.get(key, 0) | 1 << i
    full = (1 << len(a)) - 1
    row = full
    for key in b:
        hits = row & positions.get(key, 0)
        row = ((row + hits) | (row - hits)) & full
        yield row


def _lengths(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[int]:
    """The length of the longest common subsequence of `b` and a[:i], for every i."""
    row = (1 << len(a)) - 1
    for row in _rows(a, b):  # noqa: B007  # the last one
        pass
    lengths = [0]
    for bit in reversed(f"{row:0{len(a)}b}"):
        lengths.append(lengths[-1] + (bit == "0"))
    return lengths


def _traced(i: int, rows: Sequence[int]) -> Pairs:
    """The way back through a table, from its end."""
    found = []
    j = len(rows)
    while i and j:
        if rows[j - 1] >> (i - 1) & 1:
            i -= 1
        elif j > 1 and not rows[j - 2] >> (i - 1) & 1:
            j -= 1
        else:
            i, j = i - 1, j - 1
            found.append((i, j))
    return found[::-1]
