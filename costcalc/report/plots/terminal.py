"""A scatter in characters: for a terminal in colour, for a pipe or a log in plain letters."""

from __future__ import annotations

import string
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from costcalc.extras import library
from costcalc.records import NamedTuple
from costcalc.report import window
from costcalc.report.plots.apart import NETWORK, Dimension, dimensions, untold
from costcalc.report.plots.scatter import Axis, Points, Scatter, points, shown, title

HEIGHTS = (6, 20)
"""The fewest and the most lines between the frame."""
LEAST_WIDTH = 30
"""Characters; in a narrower terminal the lines wrap."""
_AROUND = 8
"""Lines a plot takes beside its frame's inside: titles, axis, legend, notes, the prompt."""
_MARKS = "ox+*#@%&"
"""Marks of few series."""
_LETTERS = string.ascii_letters
"""Marks of more; what has more combinations is not told apart by all that differs."""
LEGEND = 8
"""Lines of a legend, before they are folded."""
_COLOURS = ["blue", "magenta", "green", "yellow", "cyan", "red"]


def check() -> None:
    """Raise `CostcalcError` where the library that draws is not installed or does not work."""
    library("uniplot", "a plot")


def size() -> tuple[int, int]:
    """How many columns a plot has, and how many lines the inside of its frame."""
    columns, lines = window.size()
    least, most = HEIGHTS
    return max(LEAST_WIDTH, columns), min(most, max(least, lines - _AROUND))


def render(scatter: Scatter, width: int, height: int, colour: bool) -> str:
    """The plot as lines of at most `width` characters, `height` of them inside the frame.

    Without `colour` there is no escape sequence in it. Where
    there is nothing to draw the lines say so. Raises `CostcalcError` for what `check` finds.
    """
    check()
    scatter = shown(scatter)
    found = points(scatter)
    notes = "".join(f"{note}\n" for note in found.notes)
    if not len(found.rows):
        return notes
    series, left = _series(dimensions(scatter, found))
    notes += "".join(f"{note}\n" for note in untold(left))
    labels = _labels(found.up, height)
    inside = width - 3 - max(map(len, labels))
    lines = _frame(found, series, inside, height, colour)
    lines = [
        f"{line} {label}".rstrip() for line, label in zip(lines, ["", *labels, ""], strict=True)
    ]
    below = [_bottom(found.across, inside), found.across.title.center(width).rstrip()]
    legend = _legend(series, width, colour)
    head = textwrap.fill(": ".join(filter(None, title(scatter))), width)
    return "\n".join([head, found.up.title, *lines, *below, *legend]) + "\n" + notes


class Series(NamedTuple):
    """Points that look alike: their mark, the number of their colour, and what they have alike.

    `says` is what a legend names by the mark, `under` what it says once for several of these.
    """

    mark: str
    hue: int
    points: Any
    says: str
    under: str


def _series(differing: Sequence[Dimension]) -> tuple[list[Series], list[Dimension]]:
    """The points by all that tells them apart, and what does not: there are too many values."""
    told: list[Dimension] = []
    left = []
    for one in differing:
        combinations = {*zip(*(d.of_points for d in (*told, one)), strict=True)}
        lines = {values[:-1] for values in combinations}
        if len(combinations) <= len(_LETTERS) and len(lines) <= LEGEND:
            told.append(one)
        else:
            left.append(one)
    if not told:
        return [Series(_MARKS[0], 0, slice(None), "", "")], left
    places = [dict(zip(d.values, range(len(d.values)), strict=True)) for d in told]
    points: dict[tuple[int, ...], list[int]] = {}
    for number, values in enumerate(zip(*(d.of_points for d in told), strict=True)):
        at = tuple(place[value] for place, value in zip(places, values, strict=True))
        points.setdefault(at, []).append(number)
    marks = _MARKS if len(points) <= len(_MARKS) else _LETTERS
    series = []
    for mark, at in zip(marks, sorted(points), strict=False):
        *above, last = (d.values[n] for d, n in zip(told, at, strict=True))
        under = [d.says(value) for d, value in zip(told, above, strict=False)]
        under += [] if told[-1].name == NETWORK else [told[-1].name]
        series.append(Series(mark, at[0], np.array(points[at]), last, " · ".join(under)))
    return series, left


def _frame(
    found: Points, series: Sequence[Series], width: int, height: int, colour: bool
) -> list[str]:
    """The frame with the points in it; what stands beside it is written by the caller.

    The axes' own arithmetic says where a point is: 0 to 1 on both.
    """
    from uniplot import plot_to_string

    blocks = colour and _by_colour_alone(series)
    fine = 2 if blocks else 1  # a block character has 2 x 2 pixels, a letter is one
    # later series first: where points meet, the first one's stays visible
    order = list(reversed(series))
    drawn = plot_to_string(
        xs=[_pixels(found.across.place(found.x[one.points]), fine * width) for one in order],
        ys=[_pixels(found.up.place(found.y[one.points]), fine * height) for one in order],
        x_min=0.0, x_max=1.0, y_min=0.0, y_max=1.0, x_gridlines=[], y_gridlines=[],
        x_labels=False, y_labels=False, width=width, height=height,
        color=[_colour(one) for one in order] if colour else False,
        character_set="block" if blocks else "ascii",
        force_ascii_characters=[one.mark for one in order],
    )  # fmt: skip
    return [str(line) for line in drawn.splitlines()]


def _pixels(places: Any, pixels: int) -> Any:
    """Places (0 to 1) as uniplot takes them: it rounds to the nearest of its pixels' centres.

    They are cut off to a pixel here, as the labels are to a character: both stand side by side.
    """
    return np.floor(places * pixels) / (pixels - 1)


def _ticks(axis: Axis, wanted: int) -> list[tuple[float, str]]:
    """About so many round values along an axis, as a fraction of its length, and their text."""
    if axis.logarithmic:
        values = axis.ticks()
    else:
        rough = (axis.high - axis.low) / max(1, wanted)
        power = 10.0 ** np.floor(np.log10(rough))
        step = next(power * digit for digit in (1, 2, 5, 10) if power * digit >= rough * 0.999)
        first, last = int(np.ceil(axis.low / step)), int(np.floor(axis.high / step))
        values = [round(number * step, 12) for number in range(first, last + 1)]
    return [(float(axis.place(value)), f"{value:,.10g}") for value in values]


def _labels(axis: Axis, height: int) -> list[str]:
    """What stands beside each line of the frame, from above."""
    labels = [""] * height
    for place, text in _ticks(axis, height // 3):
        labels[min(height - 1, int((1 - place) * height))] = text
    return labels


def _bottom(axis: Axis, width: int) -> str:
    """The line of numbers below the frame: as many as stand apart from each other."""
    line = ""
    for place, text in _ticks(axis, width // 12):
        start = 1 + int(place * width) - len(text) // 2
        if start >= len(line) + 2 * bool(line) and start + len(text) <= width + 2:
            line = line.ljust(start) + text
    return line


def _legend(series: Sequence[Series], width: int, colour: bool) -> list[str]:
    """What every mark is: a line for what several have alike, folded where it is too long."""
    from uniplot.colors import Color

    blocks = colour and _by_colour_alone(series)
    lines: list[str] = []
    under: str | None = None
    room = 0
    for one in series if len(series) > 1 else ():
        mark = "█" if blocks else one.mark
        if colour:
            mark = Color.from_terminal(_colour(one)).colorize(mark)
        needed = len(one.says) + 5
        if one.under != under:
            under = one.under
            lines.append(f"{under}:" if under else "")
            room = width - len(lines[-1]) + 2
        if room < needed and lines[-1]:
            lines.append(" " if under else "")
            room = width - len(lines[-1])
        gap = "" if not lines[-1] else "   " if lines[-1][-1:] not in ": " else " "
        lines[-1] += f"{gap}{mark} {one.says}"
        room -= needed
    return lines


def _by_colour_alone(series: Sequence[Series]) -> bool:
    """Whether colours tell all series apart, so that points may be small."""
    return len(series) <= len(_COLOURS) and len({one.hue for one in series}) == len(series)


def _colour(one: Series) -> str:
    return _COLOURS[one.hue % len(_COLOURS)]
