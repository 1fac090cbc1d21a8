"""The roofline as a chart: every layer a point under the roof of a device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from costcalc.hardware.roofline import Bound, Roofline
from costcalc.report.document import duration, plural, rounded
from costcalc.report.html.axes import Logarithmic, short
from costcalc.report.html.elements import Html, chart, element

WIDTH, HEIGHT, LEFT, TOP, BOTTOM, ASIDE = 960, 380, 150, 14, 44, 80
"""Units of the drawing, and the room beside its frame; `ASIDE` is where layers stand that compute
nothing: a logarithm has no zero."""
LEAST, MOST = 3.0, 14.0
"""Radii of points: their area is the layer's share of the time."""


def roofline_chart(found: Roofline, label: str, index: Mapping[int, int]) -> Html:
    """Multiply-adds a second that each layer reaches at most, over its multiply-adds per byte.

    `index` is where a layer stands in the network, by its identity.
    """
    computing = [bound for bound in found.bounds if bound.layer.mult_adds]
    moving = [bound for bound in found.bounds if not bound.layer.mult_adds]
    peak, bandwidth = _peaks(found)
    ridge = peak / bandwidth
    intensities = [float(bound.layer.mult_adds / Fraction(bound.bytes)) for bound in computing]
    rates = [float(bound.layer.mult_adds / bound.seconds) for bound in computing]
    x = Logarithmic.around(
        min([*intensities, ridge / 10]), max([*intensities, ridge * 10]), LEFT, WIDTH - 20
    )
    lowest = min([*rates, bandwidth * 10.0**x.low])
    y = Logarithmic.around(lowest, peak, HEIGHT - BOTTOM, TOP + 10)
    longest = max((bound.seconds for bound in found.bounds), default=Fraction(1))
    corner = max(10.0**x.low, 10.0**y.low / bandwidth)
    roof = (
        f"M{x.place(corner):.1f} {y.place(corner * bandwidth):.1f}"
        f"L{x.place(ridge):.1f} {y.place(peak):.1f}H{x.end}"
    )
    points = [
        _point(bound, x.place(a), y.place(rate), longest, index)
        for bound, a, rate in zip(computing, intensities, rates, strict=True)
    ]
    drawing = [
        _grid(x, y),
        element("path", d=roof, class_="roof"),
        _aside(moving, y, longest, index),
        points,
        element("text", "Mult-Adds per byte", x=(LEFT + WIDTH) // 2, y=HEIGHT - 6, class_="title"),
        element("text", "Mult-Adds per second, at most", x=4, y=TOP, class_="tick"),
    ]
    svg = chart(drawing, WIDTH, HEIGHT, label)
    notes = ["the area of a point is the layer's share of the least time"]
    if moving:
        share = sum((bound.seconds for bound in moving), Fraction(0)) / found.seconds
        notes.append(
            f"{plural(len(moving), 'layer')} without Mult-Adds, on the left:"
            f" {rounded(share * 100, 1)} % of it"
        )
    return element("figure", svg, element("p", "; ".join(notes), class_="note"), class_="roofline")


def _peaks(found: Roofline) -> tuple[float, float]:
    """Multiply-adds and bytes a second of the roof, with the efficiency that it was asked for."""
    one = found.network.execution.activations
    return float(found.device.peak_of(one).value), float(found.device.bandwidth_of().value)


def _grid(x: Logarithmic, y: Logarithmic) -> list[Html]:
    """Lines at powers of ten, and what they are."""
    low, left = HEIGHT - BOTTOM + 16, LEFT - ASIDE - 12
    found = []
    for value in x.ticks():
        at = f"{x.place(value):.1f}"
        found.append(element("path", d=f"M{at} {y.end}V{y.start}", class_="grid"))
        found.append(element("text", short(value), x=at, y=low, class_="tick middle"))
    for value in y.ticks():
        at = f"{y.place(value):.1f}"
        found.append(element("path", d=f"M{x.start} {at}H{x.end}", class_="grid"))
        found.append(element("text", short(value), x=left, y=at, class_="tick y"))
    return found


def _aside(
    moving: Sequence[Bound], y: Logarithmic, longest: Fraction, index: Mapping[int, int]
) -> list[Html]:
    """Layers that compute nothing, one above the other in the order they run in."""
    if not moving:
        return []
    apart = (y.start - y.end) / len(moving)
    at = LEFT - ASIDE // 2
    return [
        element("path", d=f"M{LEFT} {y.end}V{y.start}", class_="aside"),
        element("text", "none", x=at, y=HEIGHT - BOTTOM + 16, class_="tick middle"),
        *(
            _point(bound, at, y.end + apart * (number + 0.5), longest, index)
            for number, bound in enumerate(moving)
        ),
    ]


def _point(bound: Bound, x: float, y: float, longest: Fraction, index: Mapping[int, int]) -> Html:
    """A layer: a click opens it, its name is what a pointer reads."""
    radius = max(LEAST, MOST * float(bound.seconds / longest) ** 0.5)
    about = f"{bound.layer.name}: {duration(bound.seconds)}, bound by {bound.by}"
    return element(
        "circle",
        element("title", about),
        cx=f"{x:.1f}",
        cy=f"{y:.1f}",
        r=f"{radius:.1f}",
        class_=bound.by,
        data_layers=index[id(bound.layer)],
    )
