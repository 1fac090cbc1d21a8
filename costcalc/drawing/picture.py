"""A network's folded graph with the place of everything: what every format draws."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from costcalc.drawing.box import Box, Edge, Wire, all_boxes
from costcalc.drawing.costs import Costs
from costcalc.drawing.folding import fold
from costcalc.drawing.layout.frames import INSET, lay_out
from costcalc.drawing.opening import CLOSED, Opening, opened
from costcalc.drawing.text import text_width
from costcalc.network import Network
from costcalc.records import NamedTuple
from costcalc.safe_text import visible

SIZE = 12.0
"""Of the font, in pixels."""
LINE = 17.0
PAD = 9.0
LEAST, MOST = 132.0, 220.0
"""Boxes side by side are equally wide, within these: longer text has a box of its own width."""
LONGEST = 44
"""Letters of a name: of a longer one the beginning and the end stand there."""


class Picture(NamedTuple):
    """A network laid out: boxes in execution order, edges, and lines that draw these.

    `boxes` are those outside of frames; `all_boxes` walks into them. Every format draws these
    boxes and edges; only some have a use for places and `wires`.
    """

    network: Network
    costs: Costs
    boxes: list[Box]
    edges: list[Edge]
    width: float
    height: float
    wires: list[Wire]
    crossings: int

    def share(self, box: Box) -> str:
        """The share of the whole cost that a box is, in words: `12.3 %`."""
        return percent(self.costs.share(box.layers))


def picture(network: Network, costs: Costs, opening: Opening = CLOSED) -> Picture:
    """Lay a network out.

    Args:
        network: the network.
        costs: what its boxes are coloured by.
        opening: which blocks are opened.

    Returns:
        Everything with its place.

    Raises:
        CostcalcError: for a block to open that there is not.

    >>> from costcalc.drawing.costs import costs
    >>> from costcalc.network import load
    >>> network = load("mobilenet_v2")
    >>> [box.label for box in picture(network, costs(network)).boxes][:3]
    ['input', 'conv1', 'bottleneck1']
    """
    nodes = fold(network.graph, together=not opening.steps)
    boxes, edges = opened(network.graph, nodes, opening)
    made = Picture(network, costs, boxes, edges, 0.0, 0.0, [], 0)
    for siblings in _siblings(boxes):
        _measure(made, siblings)
    laid = lay_out(boxes, edges)
    return made._replace(
        width=laid.width, height=laid.height, wires=laid.wires, crossings=laid.crossings
    )


def title(box: Box) -> str:
    """The name of a box as it stands there: a long one without its middle, text as text."""
    label = visible(box.label)
    if len(label) > LONGEST:
        label = f"{label[: LONGEST // 2 - 1]}…{label[-LONGEST // 2 :]}"
    times = f"{box.times}×" if box.times > 1 else ""
    return f"{times} {label}".strip()


def kind(box: Box) -> str:
    """What a box is, beside its name; nothing where the name says so."""
    if box.kind in ("input", "output") or box.type == box.label:
        return ""
    if not box.type and box.kind == "block" and box.label:
        return f"{len(box.layers) // box.times} layers"  # nobody has named it
    return visible(box.type)


def percent(share: Fraction) -> str:
    """A share in words; what is next to nothing is still not nothing.

    >>> percent(Fraction(1, 8)), percent(Fraction(1, 9999))
    ('12.5 %', '<0.1 %')
    """
    tenths = (2000 * share + 1) // 2
    if not tenths:
        return "<0.1 %" if share else "0 %"
    return f"{tenths // 10}.{tenths % 10} %"


def _siblings(boxes: Sequence[Box]) -> list[Sequence[Box]]:
    """The boxes of every frame."""
    found = [boxes]
    found += [box.inside for box in all_boxes(boxes) if box.inside]
    return found


def _measure(made: Picture, siblings: Sequence[Box]) -> None:
    """Give boxes of a frame their sizes, and a frame the room that its title takes."""
    for box in siblings:
        box.width = _needed(made, box)
        box.height = 2 * LINE + 6
    usual = max([LEAST, *(box.width for box in siblings if box.width <= MOST)])
    for box in siblings:
        if box.inside:
            box.height = 0.0
        elif box.kind in ("input", "output"):
            box.height = LINE + 8
        else:
            box.width = max(box.width, usual)


def _needed(made: Picture, box: Box) -> float:
    """The width that the text of a box needs."""
    first = text_width(title(box), SIZE, bold=True)
    if kind(box):
        first += SIZE + text_width(kind(box), SIZE)
    second = text_width(str(box.shape), SIZE)
    if box.kind in ("input", "output"):
        return first + SIZE + second + 2 * PAD
    second += SIZE + text_width(made.share(box), SIZE)
    if box.inside:
        return first + SIZE + second + 2 * INSET
    return max(first, second) + 2 * PAD
