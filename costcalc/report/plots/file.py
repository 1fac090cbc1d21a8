"""A scatter as a file: SVG, PNG, or HTML that needs no network, through altair."""

from __future__ import annotations

import io
import json
import math
import os
import textwrap
from typing import Any

import numpy as np

from costcalc.errors import CostcalcError
from costcalc.extras import library
from costcalc.files import target, whole
from costcalc.records import NamedTuple
from costcalc.report.plots.apart import NETWORK, Dimension, dimensions, untold
from costcalc.report.plots.scatter import Axis, Points, Scatter, points, shown, title

ENDINGS = (".svg", ".png", ".html")
MOST = 20_000
"""Points a picture has, each of them a record in the file; of more it takes so many."""
WIDTH, HEIGHT = 640, 400
"""Pixels inside the frame; a PNG has twice as many each way."""
LETTERS = 80
"""In a line of the title."""
_SHADES = 10
"""Up to so many values have a colour each and stand in a legend; more are a band of colours."""
_MARKS = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
_SHAPES = len(_MARKS)
"""Up to so many values of another hyperparameter have a shape each."""
_SIZES = 5
"""And so many of a third one a size."""
_MANY = 300
"""Points from which on they are small and let others shine through."""


def check(path: str) -> None:
    """Raise `CostcalcError` for what is known to fail before anything is computed.

    That is an ending of another format, what cannot be written there, a library that is not
    installed or does not work.
    """
    if os.path.splitext(path)[1] not in ENDINGS:
        raise CostcalcError(f"the ending must be one of {', '.join(ENDINGS)}", path)
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
        raise CostcalcError(f"nothing to draw: {found.notes[0]}", path)
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

    told = channels(scatter, found)
    encodings = {
        "x": altair.X(field=found.across.title, type="quantitative", **_scale(found.across)),
        "y": altair.Y(field=found.up.title, type="quantitative", **_scale(found.up)),
        "tooltip": _tooltips(scatter),
        **_told_apart(told),
    }
    many = len(found.rows) > _MANY
    size = 20 if many else 90
    marks = altair.Chart(altair.InlineData(values=_rows(scatter, found, told))).mark_point(
        filled=True, opacity=0.6 if many else 1, **({} if told.size else {"size": size})
    )
    names, varied = title(scatter)
    below = [
        line
        for text in (varied, *found.notes, *untold(told.left))
        for line in textwrap.wrap(text, LETTERS)
    ]
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


class Channels(NamedTuple):
    """By which column points have their colours, shapes and sizes, and what is left."""

    colour: Dimension | None = None
    shape: Dimension | None = None
    size: Dimension | None = None
    left: tuple[Dimension, ...] = ()


def channels(scatter: Scatter, found: Points) -> Channels:
    """What tells points apart: networks by colour (and by shape, if that is free), hyperparameters
    by what their values suffice for, those with the fewest first.
    """
    colour: Dimension | None = None
    shape: Dimension | None = None
    size: Dimension | None = None
    left = []
    for one in dimensions(scatter, found):
        numbers = scatter.columns[one.name].dtype.kind in "iuf"
        many = one.name != NETWORK and len(one.values) > _SHADES
        if colour is None and (numbers or not many):
            colour = one
        elif shape is None and len(one.values) <= _SHAPES:
            shape = one
        elif size is None and len(one.values) <= _SIZES:
            size = one
        else:
            left.append(one)
    if colour is not None and colour.name == NETWORK and shape is None:
        shape = colour if len(colour.values) <= _SHADES * _SHAPES else None
    return Channels(colour, shape, size, tuple(left))


def _told_apart(told: Channels) -> dict[str, Any]:
    """Colour, shape and size as encodings, each with a legend that names all values."""
    import altair

    made: dict[str, Any] = {}
    if told.colour is not None:
        made["color"] = _colours(told.colour)
    if told.shape is not None:
        values = told.shape.values
        # colour and shape together are of one value, for 30 of them or with every tenth 60
        by = 1 if len(values) <= math.lcm(_SHADES, _SHAPES) else _SHADES
        shapes = [_MARKS[n // by % _SHAPES] for n in range(len(values))]
        made["shape"] = altair.Shape(
            field=_shown(told.shape),
            type="nominal",
            title=told.shape.name,
            scale=altair.Scale(domain=values, range=shapes),
        )
    if told.size is not None:
        values = told.size.values
        sizes = [30 + 170 * n // (len(values) - 1) for n in range(len(values))]
        made["size"] = altair.Size(
            field=_shown(told.size),
            type="ordinal",
            title=told.size.name,
            scale=altair.Scale(domain=values, range=sizes),
        )
    return made


def _colours(one: Dimension) -> Any:
    """A colour a value; more numbers than have one are a band of colours."""
    import altair

    if one.name == NETWORK:
        scale = altair.Scale(domain=one.values, scheme="tableau10")
        return altair.Color(field=_shown(one), type="nominal", title=one.name, scale=scale)
    if len(one.values) > _SHADES:
        scale = altair.Scale(scheme="viridis")
        return altair.Color(field=one.name, type="quantitative", title=one.name, scale=scale)
    # viridis without its end, which is too light on white
    shades = altair.Scale(domain=one.values, scheme={"name": "viridis", "extent": [0, 0.85]})
    return altair.Color(field=_shown(one), type="ordinal", title=one.name, scale=shades)


def _shown(one: Dimension) -> str:
    """The field that holds a column's values as a legend names them."""
    return one.name if one.name == NETWORK else f"{one.name} "


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


def _rows(scatter: Scatter, found: Points, told: Channels) -> list[dict[str, Any]]:
    """The points as records: their columns, the network's name, and where they stand.

    The scaled values go by the axes' titles; an axis that is not scaled has its column's. Values
    that legends name are there as these write them, too.
    """
    columns: dict[str, list[Any]] = {}
    for name, values in scatter.columns.items():
        chosen = values[found.rows].tolist()
        # JSON has no NaN
        columns[name] = [None if value != value else value for value in chosen]
    columns["network"] = [scatter.networks[key] for key in columns["network"]]
    for one in (told.colour, told.shape, told.size):
        if one is not None:
            columns[_shown(one)] = list(one.of_points)
    columns[found.across.title] = found.x.tolist()
    columns[found.up.title] = found.y.tolist()
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


class _InScript(json.JSONEncoder):
    """JSON inside a page's script: nothing in it, such as a network's name, can end that."""

    def encode(self, o: Any) -> str:
        return super().encode(o).replace("<", r"\u003c")
