"""Boxes do not overlap, lines go down and avoid boxes, and nothing crosses that need not."""

from __future__ import annotations

import itertools
import random
import time

import pytest

from costcalc.drawing.box import Box, Edge, all_boxes
from costcalc.drawing.layout.frames import lay_out
from costcalc.drawing.layout.order import put_in_order
from costcalc.drawing.layout.ranks import Link, ranked
from costcalc.drawing.layout.rows import Rows, in_rows
from costcalc.numbers.dimensions import Shape

SHAPE = Shape(1, 1, 1)


def box(key: str, *inside: Box) -> Box:
    made = Box(key, key, "", SHAPE, "layer", inside=list(inside))
    made.width, made.height = 100.0, 0.0 if inside else 40.0
    return made


def edge(source: str, target: str) -> Edge:
    return Edge(source, target, SHAPE)


def a_graph(chance: random.Random, count: int, more: int) -> list[Link]:
    """Every vertex below an earlier one, and some further edges."""
    links = {(chance.randrange(v), v) for v in range(1, count)}
    while len(links) < count - 1 + more:
        links.add(tuple(sorted(chance.sample(range(count), 2))))  # type: ignore[arg-type]
    return [Link(*ends) for ends in sorted(links)]


def brute_crossings(rows: Rows) -> int:
    """Pairs of lines between neighbouring rows that cross."""
    at = {place: number for row in rows.rows for number, place in enumerate(row)}
    return sum(
        rows.rank[a.source] == rows.rank[b.source]
        and (at[a.source] - at[b.source]) * (at[a.target] - at[b.target]) < 0
        for a, b in itertools.combinations(rows.links, 2)
    )


def least_crossings(rows: Rows) -> int:
    """The least of all orders of all rows."""
    least = None
    for orders in itertools.product(*map(itertools.permutations, rows.rows)):
        tried = Rows(rows.boxes, [list(order) for order in orders], rows.rank, rows.links, [])
        found = brute_crossings(tried)
        least = found if least is None else min(least, found)
    assert least is not None
    return least


def small(rows: Rows) -> bool:
    orders = 1
    for row in rows.rows:
        for number in range(2, len(row) + 1):
            orders *= number
    return orders <= 600


def test_small_graphs_cross_as_little_as_any_order_can():
    chance, seen, crossed = random.Random(16), 0, 0
    while seen < 60:
        count = chance.randrange(4, 9)
        links = a_graph(chance, count, chance.randrange(0, min(4, (count - 1) * (count - 2) // 2)))
        rows = in_rows(ranked(count, links, set(), set()), links)
        if not small(rows):
            continue
        seen += 1
        least = least_crossings(rows)
        assert put_in_order(rows) == least
        assert brute_crossings(rows) == least
        crossed += least > 0
    assert crossed > 1  # some of them cross whatever one does


def test_the_crossings_that_are_said_are_those_that_are_there():
    chance = random.Random(2)
    for _ in range(30):
        count = chance.randrange(8, 24)
        links = a_graph(chance, count, count)
        rows = in_rows(ranked(count, links, set(), set()), links)
        before = brute_crossings(rows)
        assert put_in_order(rows) == brute_crossings(rows) <= before


def test_ranks_go_down_and_leave_no_gap():
    chance = random.Random(3)
    for _ in range(50):
        links = a_graph(chance, 12, 8)
        rank = ranked(12, links, set(), set())
        assert all(rank[link.source] < rank[link.target] for link in links)
        assert min(rank) == 0
        assert set(rank) == set(range(max(rank) + 1))


def test_what_many_read_passes_down_as_one_line():
    links = [Link(0, 1), Link(1, 2), Link(2, 3), Link(0, 2), Link(0, 3)]
    rows = in_rows(ranked(4, links, set(), set()), links)
    assert [len(row) for row in rows.rows] == [1, 2, 2, 1]
    assert rows.paths == [[], [], [], [4], [4, 5]]


def laid(boxes: list[Box], edges: list[Edge]):
    made = lay_out(boxes, edges)
    inside = {b.key: {c.key for c in all_boxes(b.inside)} for b in all_boxes(boxes)}
    for one, other in itertools.combinations(all_boxes(boxes), 2):
        if other.key in inside[one.key]:
            assert one.x <= other.x
            assert one.y < other.y
            assert other.x + other.width <= one.x + one.width
            assert other.y + other.height <= one.y + one.height
        else:
            assert not overlap(one, other), (one.key, other.key)
    for wire in made.wires:
        for (_, above), (_, below) in itertools.pairwise(wire.points):
            assert above <= below
        for one in all_boxes(boxes):
            if not one.inside:
                for a, b in itertools.pairwise(wire.points):
                    assert not through(a, b, one), (wire, one.key)
    assert all(b.x >= 0 and b.x + b.width <= made.width + 1e-6 for b in all_boxes(boxes))
    assert all(b.y >= 0 and b.y + b.height <= made.height + 1e-6 for b in all_boxes(boxes))
    return made


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width - 1e-6
        and other.x < one.x + one.width - 1e-6
        and one.y < other.y + other.height - 1e-6
        and other.y < one.y + one.height - 1e-6
    )


def through(a, b, one: Box) -> bool:
    """Whether a stretch of a line goes through a box: lines bend between ranks alone."""
    for step in range(1, 10):
        x = a[0] + (b[0] - a[0]) * step / 10
        y = a[1] + (b[1] - a[1]) * step / 10
        if one.x + 1 < x < one.x + one.width - 1 and one.y + 1 < y < one.y + one.height - 1:
            return True
    return False


def test_boxes_do_not_overlap_and_lines_avoid_them():
    chance = random.Random(5)
    for _ in range(40):
        count = chance.randrange(3, 16)
        links = a_graph(chance, count, min(chance.randrange(0, 6), (count - 1) * (count - 2) // 2))
        boxes = [box(str(v)) for v in range(count)]
        laid(boxes, [edge(str(one.source), str(one.target)) for one in links])


def nested() -> tuple[list[Box], list[Edge]]:
    boxes = [
        box("in"),
        box("a", box("a1"), box("a2", box("x"), box("y"), box("z"))),
        box("b"),
        box("c", box("c1"), box("c2")),
    ]
    edges = [
        edge("in", "a1"), edge("a1", "x"), edge("a1", "y"), edge("x", "z"), edge("y", "z"),
        edge("y", "b"), edge("z", "b"), edge("x", "c1"), edge("b", "c1"), edge("c1", "c2"),
        edge("in", "c2"),
    ]  # fmt: skip
    return boxes, edges


def test_frames_hold_what_is_inside_and_lines_meet_at_their_sides():
    boxes, edges = nested()
    made = laid(boxes, edges)
    places = {b.key: b for b in all_boxes(boxes)}
    for wire in made.wires:
        (x, y), (end_x, end_y) = wire.points[0], wire.points[-1]
        if wire.source:
            source = places[wire.source]
            assert y == pytest.approx(source.y + source.height)
            assert source.x <= x <= source.x + source.width
        if wire.target:
            target = places[wire.target]
            assert end_y == pytest.approx(target.y)
            assert target.x <= end_x <= target.x + target.width
            assert wire.arrow == (not target.inside)


def test_a_chain_is_a_straight_line():
    boxes = [box(str(v)) for v in range(30)]
    made = laid(boxes, [edge(str(v), str(v + 1)) for v in range(29)])
    assert {b.x for b in boxes} == {0.0}
    assert all(len({x for x, _ in wire.points}) == 1 for wire in made.wires)


def seconds(count: int) -> float:
    boxes = [box(str(v)) for v in range(count)]
    edges = [edge(str(v), str(v + 1)) for v in range(count - 1)]
    edges += [edge(str(v), str(v + 3)) for v in range(0, count - 3, 4)]  # residual blocks
    begin = time.process_time()
    lay_out(boxes, edges)
    return time.process_time() - begin


def test_a_thousand_layers_take_a_second_and_ten_times_as_many_about_ten():
    few = min(seconds(1000) for _ in range(3))
    assert few < 1
    assert seconds(4000) < 4 * few * 3  # quadratic would be sixteen times as long
