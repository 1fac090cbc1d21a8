"""A scatter as a file: SVG, PNG, or HTML that needs no network, through altair."""

from __future__ import annotations

import io
import json
import os
import textwrap
from typing import Any

import numpy as np

from costcalc.errors import CostcalcError
from costcalc.extras import library
from costcalc.files import target, whole
from costcalc.report.plots.scatter import Axis, Points, Scatter, distinct, points, shown, title

ENDINGS = (".svg", ".png", ".html")
MOST = 20_000
"""Points a picture has, each of them a record in the file; of more it takes so many."""
WIDTH, HEIGHT = 640, 400
"""Pixels inside the frame; a PNG has twice as many each way."""
LETTERS = 80
"""In a line of the title."""
_SHADES = 10
"""Up to so many values have a colour each and stand in a legend; more are a band of colours."""
_SHAPES = 6
"""Up to so many values of another hyperparameter have a shape each."""
_MANY = 300
"""Points from which on they are small and let others shine through."""


def check(path: str) -> None:
    """Raise `CostcalcError` for what is known to fail before anything is computed.

    That is an ending of another format, what cannot be written there, a library that is not
    installed or does not work.
    """
    if os.path.splitext(path)[1] not in ENDINGS:
        raise CostcalcError(f"{path}: the ending must be one of {', '.join(ENDINGS)}")
    target(path)
    library("altair", "a picture")
    library("vl_convert", "a picture")


def draw(path: str, scatter: Scatter) -> list[str]:
    """Write the picture, whole or not at all; return what is to be said of it in lines.

    Raises `CostcalcError` for what `check` finds, for nothing to draw, and for a file that
    cannot be written.
    """
    check(path)
    scatter = shown(scatter)
    found = points(scatter)
    if not len(found.rows):
        raise CostcalcError(f"{path}: nothing to draw: {found.notes[0]}")
    if len(found.rows) > MOST:
        total = len(found.rows)
        # at random: every so many would miss whole rows of a grid
        kept = np.sort(np.random.default_rng(0).choice(total, MOST, replace=False))
        note = f"{MOST:,} of {total:,} points drawn, chosen at random"
        found = found._replace(
            rows=found.rows[kept], x=found.x[kept], y=found.y[kept], notes=[*found.notes, note]
        )
    save(path, chart(scatter, found))
    return found.notes


def save(path: str, picture: Any) -> None:
    """Write a chart, whole or not at all. Raises `CostcalcError` for what `check` finds."""
    check(path)
    with whole(path) as file:
        file.write(_drawn(picture, os.path.splitext(path)[1]))


def _drawn(picture: Any, ending: str) -> bytes:
    """What a file of this ending holds."""
    if ending == ".png":
        pixels = io.BytesIO()
        picture.save(pixels, format="png", scale_factor=2)
        return pixels.getvalue()
    text = io.StringIO()
    if ending == ".html":
        picture.save(text, format="html", inline=True, json_kwds={"cls": _InScript})
    else:
        picture.save(text, format="svg", scale_factor=1)
    return text.getvalue().encode()


def chart(scatter: Scatter, found: Points) -> Any:
    """The altair chart of these points: layout, colours, tooltips and the rows themselves."""
    import altair

    encodings = {
        "x": altair.X(field=found.across.title, type="quantitative", **_scale(found.across)),
        "y": altair.Y(field=found.up.title, type="quantitative", **_scale(found.up)),
        "tooltip": _tooltips(scatter),
        **_told_apart(scatter, found),
    }
    many = len(found.rows) > _MANY
    marks = altair.Chart(altair.InlineData(values=_rows(scatter, found))).mark_point(
        filled=True, size=20 if many else 90, opacity=0.6 if many else 1
    )
    names, varied = title(scatter)
    below = [line for text in (varied, *found.notes) for line in textwrap.wrap(text, LETTERS)]
    head = altair.TitleParams(textwrap.wrap(names, LETTERS) or "", subtitle=below, anchor="start")
    return finished(marks.encode(**encodings).properties(width=WIDTH, height=HEIGHT, title=head))


def finished(picture: Any) -> Any:
    """A chart in the house's fonts and colours."""
    return (
        picture.properties(background="white", padding=16)
        .configure(font="sans-serif")
        .configure_axis(labelFontSize=13, titleFontSize=14, titlePadding=10, gridColor="#e6e6e6")
        .configure_legend(labelFontSize=13, titleFontSize=13, symbolSize=90)
        .configure_title(fontSize=16, subtitleFontSize=13, subtitleColor="#555555", offset=12)
    )


def _scale(axis: Axis) -> dict[str, Any]:
    """The scale and ticks of an axis, as an encoding takes them."""
    import altair

    ticks = {"values": axis.ticks()} if axis.logarithmic else {}
    return {
        "title": axis.title,
        "scale": altair.Scale(
            type="log" if axis.logarithmic else "linear",
            domain=[axis.low, axis.high],
            nice=False,
            zero=False,
        ),
        "axis": altair.Axis(format=",~g", tickCount=8, **ticks),
    }


def _told_apart(scatter: Scatter, found: Points) -> dict[str, Any]:
    """Colour and shape: networks by both, of one network the hyperparameters that vary.

    Of these the one with the fewest values has the colours (of equals the last given), the next
    the shapes if those suffice. One that is an axis already needs neither.
    """
    import altair

    present = set(scatter.columns["network"][found.rows].tolist())
    if len(present) > 1:
        names = [name for key, name in scatter.networks.items() if key in present]
        scale = altair.Scale(domain=names, scheme="tableau10")
        colour = altair.Color(field="network", type="nominal", scale=scale)
        shape = altair.Shape(field="network", type="nominal", scale=altair.Scale(domain=names))
        return {"color": colour, **({"shape": shape} if len(names) <= _SHAPES else {})}
    values = {
        name: distinct(scatter.columns[name][found.rows])
        for name in reversed(scatter.varied)
        if name not in (scatter.x, scatter.y)
    }
    varying = sorted((n for n, v in values.items() if len(v) > 1), key=lambda n: len(values[n]))
    told: dict[str, Any] = {}
    if varying:
        name = varying[0]
        if len(values[name]) <= _SHADES:
            # viridis without its end, which is too light on white
            shades = altair.Scale(
                domain=values[name], scheme={"name": "viridis", "extent": [0, 0.85]}
            )
            told["color"] = altair.Color(field=name, type="ordinal", title=name, scale=shades)
        else:
            told["color"] = altair.Color(
                field=name, type="quantitative", title=name, scale=altair.Scale(scheme="viridis")
            )
    if len(varying) > 1 and len(values[varying[1]]) <= _SHAPES:
        name = varying[1]
        shapes = altair.Scale(domain=values[name])
        told["shape"] = altair.Shape(field=name, type="ordinal", title=name, scale=shapes)
    return told


def _tooltips(scatter: Scatter) -> list[Any]:
    """Everything that is known of a point, counts in full."""
    import altair

    return [
        altair.Tooltip(
            field=name,
            type="nominal"
            if values.dtype == object or values.dtype.kind in "bU"
            else "quantitative",
            title=name,
            **({"format": ","} if values.dtype.kind in "iu" and name not in scatter.varied else {}),
        )
        for name, values in scatter.columns.items()
    ]


def _rows(scatter: Scatter, found: Points) -> list[dict[str, Any]]:
    """The points as records: their columns, the network's name, and where they stand.

    The scaled values go by the axes' titles; an axis that is not scaled has its column's.
    """
    columns: dict[str, list[Any]] = {}
    for name, values in scatter.columns.items():
        chosen = values[found.rows].tolist()
        # JSON has no NaN
        columns[name] = [None if value != value else value for value in chosen]
    columns["network"] = [scatter.networks[key] for key in columns["network"]]
    columns[found.across.title] = found.x.tolist()
    columns[found.up.title] = found.y.tolist()
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


class _InScript(json.JSONEncoder):
    """JSON inside a page's script: nothing in it, such as a network's name, can end that."""

    def encode(self, o: Any) -> str:
        return super().encode(o).replace("<", r"\u003c")
