"""What is drawn: boxes, frames around opened ones, and edges, with their places once laid out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from costcalc.numbers.dimensions import Shape
from costcalc.records import NamedTuple

Point = tuple[float, float]


@dataclass(slots=True, eq=False)
class Box:
    """A node as it is drawn, an input or output of the network among them.

    With something `inside` it is a frame. `x` and `y` are its upper left corner, in pixels as
    `width` and `height` are; they are 0 until the picture is laid out. `layers` are indices into
    the graph's layers, of all `times`; those of inputs and outputs are none. What is inside stands
    for all `rounds` of a repeat whose rounds are equal.
    """

    key: str
    label: str
    type: str
    shape: Shape
    kind: str  # "layer", "block", "input" or "output"
    layers: tuple[int, ...] = ()
    times: int = 1
    rounds: int = 1
    inside: list[Box] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0

    def walk(self) -> Iterator[Box]:
        """This box and all inside it, outside in."""
        yield self
        for box in self.inside:
            yield from box.walk()


class Edge(NamedTuple):
    """A tensor on its way from one box to another, by their keys. Frames have no edges."""

    source: str
    target: str
    shape: Shape


class Wire(NamedTuple):
    """A line of the picture: down through `points`, from box to box or to the side of a frame.

    An edge is one wire or, where it goes into frames or out of them, several. `source` and
    `target` are keys of what it begins and ends at, "" for the side of the frame that it is in;
    an arrow stands at its end if that is a box.
    """

    source: str
    target: str
    points: Sequence[Point]
    arrow: bool


def all_boxes(boxes: Iterable[Box]) -> Iterator[Box]:
    """Every box, frames before what is in them."""
    for box in boxes:
        yield from box.walk()
