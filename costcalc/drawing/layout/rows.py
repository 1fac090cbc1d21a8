"""Ranks as rows of places: edges over several ranks pass through a place of their own in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from costcalc.drawing.layout.ranks import Link


@dataclass(slots=True)
class Rows:
    """Places by rank, and the links between neighbouring ranks.

    The first `boxes` places are the vertices themselves. What several read of one source passes
    down as one line, from which each branches off where it is read: `paths` has for every link
    given the places it passes between its ends.
    """

    boxes: int
    rows: list[list[int]]
    rank: list[int]
    links: list[Link]
    paths: list[list[int]]

    def is_line(self, place: int) -> bool:
        """Whether an edge passes there, rather than a box standing."""
        return place >= self.boxes


def in_rows(rank: Sequence[int], links: Sequence[Link]) -> Rows:
    """The rows of ranked vertices."""
    made = Rows(len(rank), [[] for _ in range(max(rank) + 1)], list(rank), [], [])
    for vertex, at in enumerate(rank):
        made.rows[at].append(vertex)
    lines: dict[tuple[int, float], list[int]] = {}
    known: set[Link] = set()

    def joined(link: Link) -> None:
        if link not in known:
            known.add(link)
            made.links.append(link)

    for link in links:
        line = lines.setdefault((link.source, link.leaves), [])
        while len(line) < rank[link.target] - rank[link.source] - 1:
            place, at = len(made.rank), rank[link.source] + len(line) + 1
            made.rank.append(at)
            made.rows[at].append(place)
            joined(Link(line[-1], place) if line else Link(link.source, place, link.leaves))
            line.append(place)
        passed = line[: rank[link.target] - rank[link.source] - 1]
        joined(
            Link(passed[-1], link.target, 0.0, link.arrives)
            if passed
            else Link(link.source, link.target, link.leaves, link.arrives)
        )
        made.paths.append(passed)
    return made
