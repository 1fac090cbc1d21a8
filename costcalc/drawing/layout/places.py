"""How far right each place of a row stands, so that lines run straight.

After Brandes and Köpf, Fast and Simple Horizontal Coordinate Assignment (Graph Drawing 2001):
places are lined up with the middle one of their neighbours, from the left and the right, down and
up, and of the four results the mean of the middle two is taken. What passes through several ranks
is always straight. Lines may meet a box beside its middle: then that point is lined up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from costcalc.drawing.layout.ranks import Link
from costcalc.drawing.layout.rows import Rows


def placed(rows: Rows, widths: Sequence[float], gap: float, line_gap: float) -> list[float]:
    """The middle of every place, the leftmost edge at 0.

    Args:
        rows: rows in their order.
        widths: of the boxes; lines have none.
        gap: between two boxes.
        line_gap: beside a line.
    """
    wide = [*widths, *[0.0] * (len(rows.rank) - rows.boxes)]

    def apart(left: int, right: int) -> float:
        near = line_gap if rows.is_line(left) or rows.is_line(right) else gap
        return (wide[left] + wide[right]) / 2 + near

    crossing = _crossing_lines(rows)
    results = []
    for downwards in (True, False):
        for from_left in (True, False):
            root, offset = _lined_up(rows, downwards, from_left, crossing)
            results.append(_packed(rows, root, offset, apart, from_left))
    spans = [(min(_edges(xs, wide, -1)), max(_edges(xs, wide, 1))) for xs in results]
    narrow = min(spans, key=lambda span: span[1] - span[0])
    for number, (low, high) in enumerate(spans):
        by = narrow[0] - low if number % 2 == 0 else narrow[1] - high
        results[number] = [x + by for x in results[number]]
    middle = [sum(sorted(xs)[1:3]) / 2 for xs in zip(*results, strict=True)]
    least = min(_edges(middle, wide, -1))
    return [x - least for x in middle]


def _edges(xs: Sequence[float], wide: Sequence[float], side: int) -> list[float]:
    return [x + side * width / 2 for x, width in zip(xs, wide, strict=True)]


def _crossing_lines(rows: Rows) -> set[Link]:
    """Links that cross a line that passes through: the line is to be straight, not these."""
    at = {place: number for row in rows.rows for number, place in enumerate(row)}
    above: list[list[Link]] = [[] for _ in rows.rank]
    for link in rows.links:
        above[link.target].append(link)
    marked: set[Link] = set()
    for upper, row in pairwise(rows.rows):
        low, begin = -1, 0
        for number, place in enumerate(row):
            inner = [
                link for link in above[place] if rows.is_line(place) and rows.is_line(link.source)
            ]
            if not inner and number < len(row) - 1:
                continue
            high = at[inner[0].source] if inner else len(upper)
            for other in row[begin : number + 1]:
                for link in above[other]:
                    passing = rows.is_line(link.source) and rows.is_line(link.target)
                    if not passing and not low <= at[link.source] <= high:
                        marked.add(link)
            low, begin = high, number + 1
    return marked


def _lined_up(
    rows: Rows, downwards: bool, from_left: bool, crossing: set[Link]
) -> tuple[list[int], list[float]]:
    """Of each place the first one that it is in line with, and how far right of it."""
    count = len(rows.rank)
    at = {place: number for row in rows.rows for number, place in enumerate(row)}
    ends: list[list[tuple[int, float, Link]]] = [[] for _ in range(count)]
    for link in rows.links:
        if downwards:
            ends[link.target].append((link.source, link.leaves - link.arrives, link))
        else:
            ends[link.source].append((link.target, link.arrives - link.leaves, link))
    root, offset = list(range(count)), [0.0] * count
    taken: set[int] = set()
    sign = 1 if from_left else -1
    for row in rows.rows if downwards else reversed(rows.rows):
        reached: float = -1 if from_left else count
        for place in row if from_left else reversed(row):
            found = sorted(ends[place], key=lambda end: (at[end[0]], end[1]))
            middle = (len(found) - 1) // 2, len(found) // 2
            for number in middle if from_left else reversed(middle):
                if not found or root[place] != place:
                    continue
                other, aside, link = found[number]
                if other in taken or link in crossing or sign * (at[other] - reached) <= 0:
                    continue
                taken.add(other)
                root[place] = root[other]
                offset[place] = offset[other] + aside
                reached = at[other]
    return root, offset


def _packed(
    rows: Rows,
    root: Sequence[int],
    offset: Sequence[float],
    apart: Callable[[int, int], float],
    from_left: bool,
) -> list[float]:
    """Where places stand, lines of them as far to one side as those beside them allow."""
    after: dict[int, dict[int, float]] = {place: {} for place in set(root)}
    before: dict[int, int] = dict.fromkeys(after, 0)
    for row in rows.rows:
        for left, right in pairwise(row):
            needed = apart(left, right) + offset[left] - offset[right]
            a, b = root[left], root[right]
            if a == b:
                continue
            if b not in after[a]:
                before[b] += 1
            after[a][b] = max(needed, after[a].get(b, needed))
    order = [place for place, number in before.items() if not number]
    for place in order:
        for other in after[place]:
            before[other] -= 1
            if not before[other]:
                order.append(other)
    x = dict.fromkeys(order, 0.0)
    if from_left:
        for place in order:
            for other, needed in after[place].items():
                x[other] = max(x[other], x[place] + needed)
        for place in reversed(order):  # and back to those on the right, where there is room
            if after[place]:
                x[place] = max(x[place], min(x[o] - need for o, need in after[place].items()))
    else:
        for place in reversed(order):
            x[place] = min([0.0, *(x[o] - need for o, need in after[place].items())])
        needs: dict[int, float] = {}
        for place in order:
            if place in needs:
                x[place] = min(x[place], needs[place])
            for other, needed in after[place].items():
                needs[other] = max(needs.get(other, x[place] + needed), x[place] + needed)
    return [x[root[place]] + offset[place] for place in range(len(root))]
