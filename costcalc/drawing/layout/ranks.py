"""Which boxes stand side by side: every edge goes down by a rank or more."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.records import NamedTuple


class Link(NamedTuple):
    """An edge between two vertices, and how far right of their middles it leaves and arrives."""

    source: int
    target: int
    leaves: float = 0.0
    arrives: float = 0.0


def ranked(count: int, links: Sequence[Link], top: set[int], bottom: set[int]) -> list[int]:
    """The rank of each vertex, none with a gap above that nothing needs.

    Args:
        count: how many vertices; they are in an order that every link goes forward in.
        links: the edges.
        top: vertices that stand alone in the first rank.
        bottom: vertices that stand alone in the last one.

    Returns:
        Ranks from 0.
    """
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for link in links:
        above[link.target].append(link.source)
        below[link.source].append(link.target)
    first = 1 if top else 0
    rank = [0] * count
    for vertex in range(count):
        if vertex not in top:
            rank[vertex] = max([first, *(rank[other] + 1 for other in above[vertex])])
    for vertex in reversed(range(count)):
        # a box that more read than it reads is drawn to its readers: edges get shorter
        if vertex in top or not below[vertex] or len(set(below[vertex])) <= len(set(above[vertex])):
            continue
        rank[vertex] = max(rank[vertex], min(rank[other] for other in below[vertex]) - 1)
    last = max((rank[v] for v in range(count) if v not in bottom), default=-1) + 1
    for vertex in bottom:
        rank[vertex] = last
    return rank
