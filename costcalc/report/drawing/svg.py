"""A picture as SVG: a file of its own, or a part of a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from costcalc.drawing.box import Box, Wire, all_boxes
from costcalc.drawing.layout.frames import INSET
from costcalc.drawing.picture import LINE, PAD, SIZE, Picture, kind, percent, title
from costcalc.drawing.text import text_width
from costcalc.report.drawing.scale import Scale
from costcalc.report.drawing.words import LEGEND, about, heading, looks
from costcalc.safe_text import visible

MARGIN = 24.0
BETWEEN = 56.0
"""Between two networks."""
LEAST = 440.0
"""The width of a picture, which its heading needs."""
HEADING, ABOVE = 20.0, 58.0
"""Between heading and legend; from there to the boxes."""
LEGEND_LINE = 34.0
"""From the legend's first line to its second."""
BAR, HIGH = 150.0, 10.0
"""The legend's bar of colours."""
FONT = "Helvetica, Arial, sans-serif"
INK, DIM, LINES, BORDER = "#16202c", "#5b6776", "#7d8896", "#4c5a6b"
FRAME = "#f4f6f9"
STACK = 4.0
"""How far what repeats shows that there is more behind it."""

FRAMED = 'stroke="#a9b4c0" stroke-dasharray="5 3"'
_SAMPLES = {
    "layer": f'rx="3" fill="#ffffff" stroke="{BORDER}"',
    "block": f'rx="6" fill="#ffffff" stroke="{BORDER}" stroke-width="1.8"',
    "frame": f'rx="6" fill="{FRAME}" {FRAMED}',
    "repeat": f'rx="6" fill="#ffffff" stroke="{BORDER}" stroke-width="1.8"',
}
"""How boxes look in the legend."""


def render(pictures: Sequence[Picture]) -> str:
    """The whole file: networks side by side, one scale of colours for all.

    Args:
        pictures: one or several.

    Returns:
        SVG with all text as text, in fonts that every reader has.
    """
    scale = Scale.of(pictures)
    heads = [_wrapped(heading(made), max(LEAST, made.width)) for made in pictures]
    top = MARGIN + LINE * max(map(len, heads)) + HEADING
    legend = _legend(scale, pictures)
    parts: list[str] = []
    x = MARGIN
    for made, lines in zip(pictures, heads, strict=True):
        width = max(LEAST, made.width)
        for number, (line, letters) in enumerate(lines):
            style = f'font-size="{letters:g}"' + (' font-weight="bold"' if number == 0 else "")
            colour = INK if number == 0 else DIM
            y = MARGIN + LINE * (number + 0.8)
            parts.append(f'<text x="{x:g}" y="{y:g}" fill="{colour}" {style}>{escape(line)}</text>')
        left = x + (width - made.width) / 2
        parts += [
            f'<g transform="translate({left:g} {top + ABOVE:g})">',
            *body(made, scale),
            "</g>",
        ]
        x += width + BETWEEN
    width, height = size(pictures)
    names = ", ".join(visible(made.network.spec.name) for made in pictures)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}"'
            f' viewBox="0 0 {width:.0f} {height:.0f}" font-family={quoteattr(FONT)}'
            f' font-size="{SIZE:g}" role="img">',
            f"<title>{escape(names)}</title>",
            _definitions(scale),
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            f'<g transform="translate({MARGIN:g} {top:g})">{legend}</g>',
            *parts,
            "</svg>\n",
        ]
    )


def size(pictures: Sequence[Picture]) -> tuple[float, float]:
    """Width and height of the file, in pixels."""
    widths = [max(LEAST, made.width) for made in pictures]
    width = sum(widths) + BETWEEN * (len(widths) - 1)
    lines = max(
        len(_wrapped(heading(made), wide)) for made, wide in zip(pictures, widths, strict=True)
    )
    height = MARGIN + LINE * lines + HEADING + ABOVE + max(made.height for made in pictures)
    return width + 2 * MARGIN, height + MARGIN


def body(made: Picture, scale: Scale) -> Iterator[str]:
    """The boxes and lines of one network, from (0, 0) on.

    Args:
        made: the network, laid out.
        scale: of colours.

    Yields:
        Elements: a `g` of class `frame`, `box` or `tensor` with the box's key in `data-key`, a
        `path` of class `wire` a line. Lines need the marker `arrow` that `render` defines.
    """
    boxes = list(all_boxes(made.boxes))
    frames = [box for box in boxes if box.inside]
    yield from (line for box in frames for line in _frame(made, box))
    for wire in made.wires:
        end = ' marker-end="url(#arrow)"' if wire.arrow else ""
        yield (
            f'<path class="wire" d="{path(wire)}" fill="none" stroke="{LINES}"'
            f' stroke-width="1.3"{end}/>'
        )
    yield from (line for box in frames for line in _frame_title(made, box))
    yield from (line for box in boxes if not box.inside for line in _box(made, box, scale))


def path(wire: Wire) -> str:
    """A line as a path: straight beside boxes, bent between ranks."""
    (x, y), *_ = wire.points
    parts = [f"M{x:.1f} {y:.1f}"]
    for (x, y), (to_x, to_y) in pairwise(wire.points):
        if abs(x - to_x) < 0.05:
            if f"{y:.1f}" == f"{to_y:.1f}":  # an arrow would have no direction
                continue
            parts.append(f"V{to_y:.1f}")
        else:
            middle = (y + to_y) / 2
            parts.append(f"C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}")
    return "".join(parts)


def _open(box: Box, class_: str, made: Picture) -> str:
    key = quoteattr(visible(box.key))
    return f'<g class="{class_}" data-key={key}><title>{escape(about(made, box))}</title>'


def _frame(made: Picture, box: Box) -> Iterator[str]:
    yield _open(box, "frame", made)
    yield _rect(box, f'fill="{FRAME}" {FRAMED}', 8)
    yield "</g>"


def _frame_title(made: Picture, box: Box) -> Iterator[str]:
    """Its words, over lines that pass there."""
    left, right, y = box.x + INSET, box.x + box.width - INSET, box.y + INSET + LINE * 0.55
    parts = [(left, title(box), f'font-weight="bold" fill="{INK}"')]
    if kind(box):
        aside = text_width(title(box), SIZE, bold=True) + SIZE
        parts.append((left + aside, kind(box), f'fill="{DIM}"'))
    parts.append((right, made.share(box), f'fill="{DIM}" text-anchor="end"'))
    for x, text, style in parts:
        yield _text(x, y, text, f'{style} stroke="{FRAME}" stroke-width="4" paint-order="stroke"')


def _box(made: Picture, box: Box, scale: Scale) -> Iterator[str]:
    if box.kind in ("input", "output"):
        yield _open(box, "tensor", made)
        yield _rect(box, f'fill="#ffffff" stroke="{BORDER}"', box.height / 2)
        y = box.y + box.height / 2 + SIZE * 0.36
        yield _text(box.x + PAD + 3, y, title(box), f'font-weight="bold" fill="{INK}"')
        at = box.x + box.width - PAD - 3
        yield _text(at, y, str(box.shape), f'fill="{DIM}" text-anchor="end"')
        yield "</g>"
        return
    share = made.costs.share(box.layers)
    fill, ink = scale.colour(share), scale.ink(share)
    block = box.kind == "block"
    yield _open(box, "box", made)
    if box.times > 1:
        shifted = (
            f'<rect x="{box.x + STACK:.1f}" y="{box.y + STACK:.1f}" width="{box.width:.1f}"'
            f' height="{box.height:.1f}" rx="{8 if block else 3}" fill="{fill}"'
            f' stroke="{BORDER}"/>'
        )
        yield shifted
    width = 1.8 if block else 1
    yield _rect(box, f'fill="{fill}" stroke="{BORDER}" stroke-width="{width}"', 8 if block else 3)
    left, right = box.x + PAD, box.x + box.width - PAD
    first, second = box.y + LINE, box.y + 2 * LINE - 1
    yield _text(left, first, title(box), f'font-weight="bold" fill="{ink}"')
    if kind(box):
        yield _text(right, first, kind(box), f'fill="{ink}" text-anchor="end"')
    yield _text(left, second, str(box.shape), f'fill="{ink}"')
    yield _text(right, second, made.share(box), f'fill="{ink}" text-anchor="end"')
    yield "</g>"


def _rect(box: Box, style: str, radius: float) -> str:
    return (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}"'
        f' height="{box.height:.1f}" rx="{radius:g}" {style}/>'
    )


def _text(x: float, y: float, text: str, style: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'


def _definitions(scale: Scale) -> str:
    stops = scale.stops()
    colours = "".join(
        f'<stop offset="{n / (len(stops) - 1):g}" stop-color="{colour}"/>'
        for n, colour in enumerate(stops)
    )
    return (
        f'<defs><linearGradient id="shares">{colours}</linearGradient>'
        '<marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"'
        f' markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.5L8 4L0 7.5z" fill="{LINES}"/>'
        "</marker></defs>"
    )


def _legend(scale: Scale, pictures: Sequence[Picture]) -> str:
    """The bar of colours with its ends, and what boxes look like."""
    y = HIGH
    said = f"share of {pictures[0].costs.head}"
    parts = [_text(0, y, said, f'fill="{DIM}"')]
    x = text_width(said, SIZE) + 10
    for text in ("0 %", percent(scale.most)):
        if text != "0 %":
            parts.append(
                f'<rect x="{x:.1f}" y="0.5" width="{BAR:g}" height="{HIGH:g}"'
                f' fill="url(#shares)" stroke="{BORDER}" stroke-width="0.6"/>'
            )
            x += BAR + 6
        parts.append(_text(x, y, text, f'fill="{DIM}"'))
        x += text_width(text, SIZE) + 6
    x, y = 0.0, LEGEND_LINE
    for look in looks(pictures):
        for by in (STACK / 1.5, 0.0) if look == "repeat" else (0.0,):
            parts.append(
                f'<rect x="{x + by:.1f}" y="{y - 10 + by:.1f}" width="24" height="13"'
                f" {_SAMPLES[look]}/>"
            )
        parts.append(_text(x + 33, y, LEGEND[look], f'fill="{DIM}"'))
        x += 33 + text_width(LEGEND[look], SIZE) + 18
    return "".join(parts)


def _wrapped(lines: Sequence[str], width: float) -> list[tuple[str, float]]:
    """Lines that are no wider than the picture, the first one larger."""
    found: list[tuple[str, float]] = []
    for number, line in enumerate(lines):
        size = SIZE + 4 if number == 0 else SIZE
        made = ""
        for word in line.split(" · "):
            longer = f"{made} · {word}" if made else word
            if made and text_width(longer, size, bold=number == 0) > width:
                found.append((made, size))
                made = word
            else:
                made = longer
        found.append((made, size))
    return found
