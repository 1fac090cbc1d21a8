"""`costcalc.draw`: networks as a picture, in whatever format."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

from costcalc.drawing.costs import costs
from costcalc.drawing.opening import Opening
from costcalc.drawing.picture import Picture, picture
from costcalc.errors import CostcalcError, suggest
from costcalc.extras import library
from costcalc.files import target, whole
from costcalc.language.numerals import whole_number
from costcalc.network import Network, parse_reference
from costcalc.report.drawing import dot, mermaid, svg, text

PIXELS = 60_000_000
"""Of the largest PNG: it is drawn smaller than twice its size where that has more."""
LONGEST_SIDE = 32_000
"""Of a PNG that others open."""


class Drawing:
    """Networks laid out, which every format draws: `svg`, `png`, `dot`, `mermaid`, `text`.

    A notebook shows it as it is.
    """

    def __init__(self, pictures: Sequence[Picture]) -> None:
        """Draw what is laid out; `draw` is the short way."""
        self.pictures = list(pictures)

    def svg(self) -> str:
        """The picture as SVG, with all text as text."""
        return svg.render(self.pictures)

    def png(self) -> bytes:
        """The picture as PNG, with two pixels for each of SVG's where that is not too large.

        Raises:
            CostcalcError: for one that is too large at any size, and without `costcalc[plot]`.
        """
        convert = library("vl_convert", "a PNG")
        width, height = svg.size(self.pictures)
        if max(width, height) > LONGEST_SIDE:
            raise CostcalcError(
                f"a picture of {width:,.0f} x {height:,.0f} pixels is too large for PNG\n"
                "open less of it, or write .svg"
            )
        scale = min(2.0, LONGEST_SIDE / max(width, height), (PIXELS / (width * height)) ** 0.5)
        made: bytes = convert.svg_to_png(self.svg(), scale=scale)
        return made

    def dot(self) -> str:
        """The graph as DOT, for Graphviz."""
        return dot.render(self.pictures)

    def mermaid(self) -> str:
        """The graph as a Mermaid flowchart, for Markdown."""
        return mermaid.render(self.pictures)

    def text(self, width: int = text.WIDTH, colour: bool = False) -> str:
        """The graph as lines of text, for a terminal.

        Args:
            width: columns that there are.
            colour: whether bars are coloured, by escape sequences.
        """
        return text.render(self.pictures, width, colour)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a file, whole or not at all; its ending says how.

        Args:
            path: ends with `.svg`, `.png`, `.dot`, `.mmd` or `.txt`.

        Raises:
            CostcalcError: for another ending, and for what cannot be written there.
        """
        path = os.fspath(path)
        data = WRITERS[ending(path)](self)
        with whole(path) as file:
            file.write(data if isinstance(data, bytes) else data.encode())

    def _repr_svg_(self) -> str:
        return self.svg()

    def __str__(self) -> str:
        return self.text()


WRITERS: dict[str, Callable[[Drawing], str | bytes]] = {
    ".svg": Drawing.svg,
    ".png": Drawing.png,
    ".dot": Drawing.dot,
    ".gv": Drawing.dot,
    ".mmd": Drawing.mermaid,
    ".mermaid": Drawing.mermaid,
    ".txt": Drawing.text,
}
"""How files are written, by their endings."""


def ending(path: str) -> str:
    """The ending of a path, which says how it is written.

    Raises `CostcalcError` for one that says nothing, for a folder that is not there, and for a
    library that is not installed: before anything is computed.
    """
    found = os.path.splitext(path)[1].lower()
    if found not in WRITERS:
        raise CostcalcError(
            f"the ending says no format\n{suggest(found, WRITERS, 'endings')}",
            path,
        )
    target(path)
    if found == ".png":
        library("vl_convert", "a PNG")
    return found


def draw(
    *networks: Network | str,
    by: str = "mult_adds",
    device: str | None = None,
    depth: int = 1,
    open: Iterable[str] = (),  # noqa: A002  # what it does is called so on the command line too
    expand: bool = False,
) -> Drawing:
    """Networks as a picture: a row of the paper's table a box, its colour the share of a cost.

    Args:
        networks: each a `Network` or a reference like "mobilenet:alpha=0.5,res=160".
        by: the cost: "mult_adds", "params", "memory_access", "bytes", "weights", "biases", "norm",
            "time", or under a convention its "cost".
        device: where "time" is of.
        depth: how deep blocks are opened; 1 for rows alone.
        open: names of rows and blocks that are opened, too.
        expand: whether every layer has a box, each repeat, normalisation and activation too.

    Returns:
        The picture: `.save("x.svg")` writes it, `.text()` is for a terminal.

    Raises:
        CostcalcError: for what is no network, cost or block.

    >>> drawing = costcalc.draw("mobilenet_v2", by="params", open=["bottleneck7"])
    >>> drawing.svg()[:4]
    '<svg'
    """
    built = [n if isinstance(n, Network) else parse_reference(n) for n in networks]
    if not built:
        raise CostcalcError("nothing to draw: draw takes one network or more")
    named = tuple(open)
    opening = Opening(whole_number(depth, "a depth"), named, expand)
    return Drawing([picture(one, costs(one, by, device), opening) for one in built])
