"""Boxes laid out, what is inside a frame first: the frame is then a box of that size.

An edge into a frame meets its upper side at a port, one for every tensor that enters, and goes on
from there; one that leaves likewise below. So lines cross the sides of frames where they have to,
and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costcalc.drawing.box import Box, Edge, Point, Wire, all_boxes
from costcalc.drawing.layout.order import put_in_order
from costcalc.drawing.layout.places import placed
from costcalc.drawing.layout.ranks import Link, ranked
from costcalc.drawing.layout.rows import Rows, in_rows
from costcalc.records import NamedTuple

GAP = 28.0
"""Between boxes side by side."""
LINE_GAP = 14.0
"""Between a line and what is beside it."""
RISE = 20.0
"""Between two ranks."""
NEAR = 8.0
"""Between the first or last one and the side of a frame, beside its inset."""
FLAT = 0.12
"""More of it, for each pixel that a line goes aside there."""
FANNED = 14.0
"""Between two arrows that reach the same box."""
INSET, HEAD = 14.0, 26.0
"""Between a frame and what is in it; its title above."""


class Laid(NamedTuple):
    """A picture's size, and its lines. Places of boxes are in the boxes."""

    width: float
    height: float
    wires: list[Wire]
    crossings: int


class _Piece(NamedTuple):
    """A part of an edge within one frame: between two children of it, or one and a port."""

    source: str
    leaves: str  # the tensor's port of a frame that it comes from, "" of a box
    target: str
    arrives: str


def lay_out(boxes: Sequence[Box], edges: Sequence[Edge]) -> Laid:
    """Give every box its place, and every edge its lines.

    Args:
        boxes: with their sizes (of frames the least width), in an order that edges go forward in.
        edges: between boxes that are no frames.

    Returns:
        The size of the whole, and the lines.
    """
    least = {box.key: box.width for box in all_boxes(boxes)}

    def attempt(meets: _Meets) -> _Layout:
        for box in all_boxes(boxes):
            box.width = least[box.key]
        layout = _Layout(boxes, edges, meets)
        layout.frame("", boxes)
        return layout

    layout = attempt({})
    if layout.crossings and len(layout.frames) > 1:
        # again, with ports in the order in which lines come to them
        again = attempt(layout.meets)
        layout = again if again.crossings < layout.crossings else attempt({})
    wires: list[Wire] = []
    layout.settle("", boxes, 0.0, 0.0, wires)
    inner = layout.frames[""]
    return Laid(inner.width, inner.height, wires, layout.crossings)


_Meets = dict[tuple[str, bool, str], float]
"""Where the lines to and from ports come from, by frame, whether they enter, and tensor."""


class _Inner(NamedTuple):
    """What is in a frame: its size, lines, and where ports lie from its left side."""

    width: float
    height: float
    wires: list[Wire]
    ports: Mapping[tuple[bool, str], float]


class _Layout:
    def __init__(self, boxes: Sequence[Box], edges: Sequence[Edge], meets: _Meets) -> None:
        self.known, self.meets = meets, dict[tuple[str, bool, str], float]()
        self.above: dict[str, tuple[str, ...]] = {}
        self._note(boxes, ())
        self.frames: dict[str, _Inner] = {}
        self.crossings = 0
        self.pieces: dict[str, dict[_Piece, None]] = {}
        for edge in edges:
            self._cut(edge)

    def _note(self, boxes: Sequence[Box], above: tuple[str, ...]) -> None:
        for box in boxes:
            self.above[box.key] = above
            self._note(box.inside, (*above, box.key))

    def _cut(self, edge: Edge) -> None:
        """The pieces of an edge, one in each frame that it has a part in."""
        out, in_ = self.above[edge.source], self.above[edge.target]
        common = 0
        while common < min(len(out), len(in_)) and out[common] == in_[common]:
            common += 1
        source, leaves = edge.source, ""
        for frame in reversed(out[common:]):
            self._add(frame, _Piece(source, leaves, "", edge.source))
            source, leaves = frame, edge.source
        pieces = []
        target, arrives = edge.target, ""
        for frame in reversed(in_[common:]):
            pieces.append((frame, _Piece("", edge.source, target, arrives)))
            target, arrives = frame, edge.source
        self._add(out[common - 1] if common else "", _Piece(source, leaves, target, arrives))
        for frame, piece in reversed(pieces):
            self._add(frame, piece)

    def _add(self, frame: str, piece: _Piece) -> None:
        self.pieces.setdefault(frame, {})[piece] = None

    def frame(self, key: str, boxes: Sequence[Box]) -> _Inner:
        """Lay out what is in a frame, and give that the frame's size."""
        for box in boxes:
            if box.inside:
                inner = self.frame(box.key, box.inside)
                box.width = max(box.width, inner.width + 2 * INSET)
                box.height = inner.height + 2 * INSET + HEAD
        pieces = list(self.pieces.get(key, ()))
        enter = list(dict.fromkeys(piece.leaves for piece in pieces if not piece.source))
        leave = list(dict.fromkeys(piece.arrives for piece in pieces if not piece.target))
        enter.sort(key=lambda name: self.known.get((key, True, name), 0.0))
        leave.sort(key=lambda name: self.known.get((key, False, name), 0.0))
        number = {name: n for n, name in enumerate(enter)}
        number_of = {box.key: len(enter) + n for n, box in enumerate(boxes)}
        number_out = {name: len(enter) + len(boxes) + n for n, name in enumerate(leave)}
        links = [
            Link(
                number_of[p.source] if p.source else number[p.leaves],
                number_of[p.target] if p.target else number_out[p.arrives],
                self._port(p.source, False, p.leaves),
                self._port(p.target, True, p.arrives),
            )
            for p in pieces
        ]
        count = len(enter) + len(boxes) + len(leave)
        top, bottom = set(range(len(enter))), set(number_out.values())
        rows = in_rows(ranked(count, links, top, bottom), links)
        self.crossings += put_in_order(rows)
        sizes = [(0.0, 0.0)] * count
        for box in boxes:
            sizes[number_of[box.key]] = box.width, box.height
        x = placed(rows, [width for width, _ in sizes], GAP, LINE_GAP)
        tops, bottoms = _heights(rows, sizes, x)
        for box in boxes:
            place = number_of[box.key]
            box.x = x[place] - box.width / 2
            middle = (tops[rows.rank[place]] + bottoms[rows.rank[place]]) / 2
            box.y = middle - box.height / 2
        wires = self._wires(rows, pieces, links, x, tops, bottoms, boxes, number_of)
        right = [x[p] + (sizes[p][0] / 2 if p < count else 0) for p in range(len(rows.rank))]
        ports = {(True, name): x[number[name]] for name in enter}
        ports |= {(False, name): x[place] for name, place in number_out.items()}
        self.frames[key] = _Inner(max(right), bottoms[-1], wires, ports)
        return self.frames[key]

    def _port(self, key: str, enters: bool, name: str) -> float:
        """How far right of a frame's middle a tensor enters or leaves; 0 for boxes."""
        if not name or key not in self.frames:
            return 0.0
        inner = self.frames[key]
        return inner.ports[enters, name] - inner.width / 2

    def _wires(
        self,
        rows: Rows,
        pieces: Sequence[_Piece],
        links: Sequence[Link],
        x: Sequence[float],
        tops: Sequence[float],
        bottoms: Sequence[float],
        boxes: Sequence[Box],
        number_of: Mapping[str, int],
    ) -> list[Wire]:
        by_number = {number_of[box.key]: box for box in boxes}
        fans = _fans(rows, links, x)
        wires = []
        for number, (piece, link) in enumerate(zip(pieces, links, strict=True)):
            source, target = by_number.get(link.source), by_number.get(link.target)
            at = x[link.source] + link.leaves
            above = rows.rank[link.source]
            points: list[Point] = [(at, source.y + source.height if source else bottoms[above])]
            if points[0][1] < bottoms[above]:
                points.append((at, bottoms[above]))
            for place in rows.paths[number]:
                points.append((x[place], tops[rows.rank[place]]))
                if bottoms[rows.rank[place]] > tops[rows.rank[place]]:
                    points.append((x[place], bottoms[rows.rank[place]]))
            at = x[link.target] + link.arrives + fans.get(number, 0.0)
            below = rows.rank[link.target]
            points.append((at, tops[below]))
            if target and target.y > tops[below]:
                points.append((at, target.y))
            line = [x[place] for place in (link.source, *rows.paths[number], link.target)]
            self.meets[piece.target, True, piece.arrives] = line[-2]
            self.meets[piece.source, False, piece.leaves] = line[1]
            arrow = target is not None and not target.inside
            wires.append(Wire(piece.source, piece.target, points, arrow))
        return wires

    def settle(self, key: str, boxes: Sequence[Box], x: float, y: float, wires: list[Wire]) -> None:
        """Move what is in a frame to where the frame stands."""
        inner = self.frames[key]
        for wire in inner.wires:
            points = list(wire.points)
            if not wire.source:  # from the frame's own side on
                points.insert(0, (points[0][0], -INSET - HEAD))
            if not wire.target:
                points.append((points[-1][0], inner.height + INSET))
            wires.append(wire._replace(points=[(x + a, y + b) for a, b in points]))
        for box in boxes:
            box.x += x
            box.y += y
            if box.inside:
                left = (box.width - self.frames[box.key].width) / 2
                self.settle(box.key, box.inside, box.x + left, box.y + INSET + HEAD, wires)


def _heights(
    rows: Rows, sizes: Sequence[tuple[float, float]], x: Sequence[float]
) -> tuple[list[float], list[float]]:
    """The top and bottom of every rank: lines that go far aside need more room."""
    aside = [0.0] * len(rows.rows)
    for link in rows.links:
        far = abs(x[link.source] + link.leaves - x[link.target] - link.arrives)
        aside[rows.rank[link.target]] = max(aside[rows.rank[link.target]], far)
    tops, bottoms, y, above = [], [], 0.0, 0.0
    for number, row in enumerate(rows.rows):
        height = max((sizes[place][1] for place in row if not rows.is_line(place)), default=0.0)
        if number:
            y += (RISE if height and above else NEAR) + min(FLAT * aside[number], 2 * RISE)
        above = height
        tops.append(y)
        y += height
        bottoms.append(y)
    return tops, bottoms


def _fans(rows: Rows, links: Sequence[Link], x: Sequence[float]) -> dict[int, float]:
    """How far from the middle each of several lines arrives, in the order they come."""
    arriving: dict[tuple[int, float], list[tuple[float, int]]] = {}
    for number, link in enumerate(links):
        last = rows.paths[number][-1] if rows.paths[number] else link.source
        comes = x[last] + (0.0 if rows.paths[number] else link.leaves)
        arriving.setdefault((link.target, link.arrives), []).append((comes, number))
    fans = {}
    for ends in arriving.values():
        for position, (_, number) in enumerate(sorted(ends)):
            fans[number] = FANNED * (position - (len(ends) - 1) / 2)
    return fans
