"""The graph of a network, drawn for a page: coloured by the cost one picks, every box a button."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from costcalc.drawing.box import Box, Wire, all_boxes
from costcalc.drawing.costs import Costs
from costcalc.drawing.opening import Opening
from costcalc.drawing.picture import LINE, PAD, SIZE, Picture, kind, percent, picture, title
from costcalc.drawing.text import text_width
from costcalc.network import Network
from costcalc.report.drawing.svg import STACK, path
from costcalc.report.html.elements import Content, Html, element, html, script_json
from costcalc.report.result import Row

MANY = 400
"""Boxes of all drawings together: blocks are opened as far as these suffice."""
_MARGIN = 6


def graph(network: Network, heads: Mapping[str, str], layers: Sequence[Row], total: Row) -> Html:
    """A network's graph at every depth that its blocks can be opened to.

    Args:
        network: the network.
        heads: the costs that boxes may be coloured by: what each is called, by its key.
        layers: what each layer costs, by these keys.
        total: what all cost.

    Returns:
        A figure; without the report's script it shows blocks closed, by the first of the costs.
    """
    costs = {
        key: Costs(key, head, [row.get(key) or 0 for row in layers], total[key])
        for key, head in heads.items()
        if total.get(key)
    }
    first = next(iter(costs.values()), Costs("", "", [0] * len(layers), 0))
    drawn = [_drawing(made, depth) for depth, made in _pictures(network, first)]
    by = [element("option", cost.head, value=key) for key, cost in costs.items()]
    levels = [
        element("option", _level(depth), value=depth, selected=depth == 0)
        for depth in range(len(drawn))
    ]
    choices = [
        _choice("coloured by", by) if by else "",
        _choice("blocks", levels) if len(levels) > 1 else "",
        element("span", element("span", "0 %"), element("i"), element("span", class_="most"),
                class_="legend"),
    ]  # fmt: skip
    data = {
        key: {"each": [*map(_number, cost.of_layers)], "total": _number(cost.total)}
        for key, cost in costs.items()
    }
    return element(
        "figure",
        element("div", choices, class_="choices"),
        element("div", drawn, class_="scroll chart"),
        script_json(data),
        class_="graph",
    )


def _number(value: Any) -> int | float:
    """A cost as it decides a colour: times in no more digits than that takes."""
    return value if isinstance(value, int) else float(f"{float(value):.7g}")


def _level(depth: int) -> str:
    return "closed" if depth == 0 else f"open, {depth} level{'s' if depth > 1 else ''}"


def _choice(label: str, options: Content) -> Html:
    return element("label", f"{label} ", element("select", options, aria_label=label))


def _pictures(network: Network, costs: Costs) -> Iterator[tuple[int, Picture]]:
    """The picture with blocks closed, then each that opens more of them."""
    before = left = 0
    for depth in itertools.count():
        made = picture(network, costs, Opening(depth + 1))
        count = sum(1 for _ in all_boxes(made.boxes))
        left = (left if depth else max(MANY, count)) - count
        if count == before or left < 0:
            return
        before = count
        yield depth, made


def _drawing(made: Picture, depth: int) -> Html:
    width, height = made.width + 2 * _MARGIN, made.height + 2 * _MARGIN
    most = max((made.costs.share(box.layers) for box in _leaves(made.boxes)), default=0)
    content = [
        [_wire(wire) for wire in made.wires],
        [_box(made, box, most) for box in all_boxes(made.boxes)],
    ]
    return element(
        "svg",
        content,
        viewBox=f"{-_MARGIN} {-_MARGIN} {width:.0f} {height:.0f}",
        width=f"{width:.0f}",
        height=f"{height:.0f}",
        role="group",
        aria_label=f"graph of {made.network.name}, blocks {_level(depth)}: arrow keys go from box"
        " to box",
        data_depth=depth,
        hidden=depth > 0,
    )


def _leaves(boxes: Iterable[Box]) -> Iterator[Box]:
    """The boxes that are filled: frames are not."""
    return (box for box in all_boxes(boxes) if not box.inside)


def _wire(wire: Wire) -> Html:
    line = element("path", d=path(wire), class_="wire")
    if not wire.arrow:
        return line
    x, y = wire.points[-1]
    head = element("path", d=f"M{x - 3.5:.1f} {y - 6:.1f}h7L{x:.1f} {y:.1f}Z", class_="arrow")
    return html([line, head])


def _box(made: Picture, box: Box, most: Any) -> Html:
    """A box with its name, what it is, its output and its share of the cost."""
    share = percent(made.costs.share(box.layers))
    own = "frame" if box.inside else box.kind
    first, second = LINE, 2 * LINE - 1
    left, right = PAD, box.width - PAD
    shape = str(box.shape)
    texts = [_text(title(box), left, first, "name")]
    if not box.layers:
        texts = [_text(title(box), left + 3, first, "name")]
        texts.append(_text(shape, right - 3, first, "quiet end"))
    elif box.inside:  # all in one line
        at = left + text_width(title(box), SIZE, bold=True) + SIZE
        texts.append(_text(kind(box), at, first, "quiet"))
        texts.append(_text(share, right, first, "share end"))
    else:
        texts.append(_text(kind(box), right, first, "quiet end"))
        texts.append(_text(shape, left, second, "quiet"))
        texts.append(_text(share, right, second, "share end"))
    full = made.costs.share(box.layers) / most if most and own != "frame" else None
    return element(
        "g",
        _rectangle(box, behind=True) if box.times > 1 and not box.inside else "",
        _rectangle(box),
        texts,
        class_=own,
        transform=f"translate({box.x:.0f} {box.y:.0f})",
        style=None if full is None else f"--s:{float(full):.3f}",
        tabindex=-1 if box.layers else None,
        role="button" if box.layers else None,
        data_layers=ranges(box.layers) or None,
    )


def _rectangle(box: Box, behind: bool = False) -> Html:
    """The outline of a box, or of what is behind one that repeats."""
    return element(
        "rect",
        width=f"{box.width:.0f}",
        height=f"{box.height:.0f}",
        rx=4 if box.layers else f"{box.height / 2:.0f}",
        transform=f"translate({STACK:.0f} {STACK:.0f})" if behind else None,
    )


def ranges(numbers: Sequence[int]) -> str:
    """Numbers, those that follow one another as a range.

    >>> ranges([3, 4, 5, 9])
    '3-5 9'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return " ".join(f"{a}-{b}" if a < b else f"{a}" for a, b in runs)


def _text(text: str, x: float, y: float, class_: str) -> Html:
    return element("text", text, x=f"{x:.0f}", y=f"{y:.0f}", class_=class_)
