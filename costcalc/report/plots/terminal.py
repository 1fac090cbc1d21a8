"""A scatter in characters: for a terminal in colour, for a pipe or a log in plain letters."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from costcalc.extras import library
from costcalc.report import window
from costcalc.report.plots.scatter import Axis, Points, Scatter, points, shown, title

HEIGHTS = (6, 20)
"""The fewest and the most lines between the frame."""
LEAST_WIDTH = 30
"""Characters; in a narrower terminal the lines wrap."""
_AROUND = 8
"""Lines a plot takes beside its frame's inside: titles, axis, legend, notes, the prompt."""
_MARKS = ("o", "x", "+", "*", "#", "@", "%", "&")
"""Points of the series where there is no colour to tell them apart."""
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

    Without `colour` there is no escape sequence in it, and every network has a letter. Where
    there is nothing to draw the lines say so. Raises `CostcalcError` for what `check` finds.
    """
    check()
    scatter = shown(scatter)
    found = points(scatter)
    notes = "".join(f"{note}\n" for note in found.notes)
    if not len(found.rows):
        return notes
    series, names = _series(scatter, found)
    labels = _labels(found.up, height)
    inside = width - 3 - max(map(len, labels))
    lines = _frame(found, series, inside, height, colour)
    lines = [
        f"{line} {label}".rstrip() for line, label in zip(lines, ["", *labels, ""], strict=True)
    ]
    below = [_bottom(found.across, inside), found.across.title.center(width).rstrip()]
    legend = _legend(names, width, colour) if len(names) > 1 else []
    head = textwrap.fill(": ".join(filter(None, title(scatter))), width)
    return "\n".join([head, found.up.title, *lines, *below, *legend]) + "\n" + notes


def _series(scatter: Scatter, found: Points) -> tuple[list[Any], list[str]]:
    """For every network with a point the indices of its points among all, and its name."""
    keys = scatter.columns["network"][found.rows]
    indices = {key: np.flatnonzero(keys == key) for key in scatter.networks}
    own = {key: found for key, found in indices.items() if len(found)}
    return list(own.values()), [scatter.networks[key] for key in own]


def _frame(
    found: Points, series: Sequence[Any], width: int, height: int, colour: bool
) -> list[str]:
    """The frame with the points in it; what stands beside it is written by the caller.

    The axes' own arithmetic says where a point is: 0 to 1 on both.
    """
    from uniplot import plot_to_string

    fine = 2 if colour else 1  # a block character has 2 x 2 pixels, a letter is one
    # later networks first: where points meet, the first network's stays visible
    order = range(len(series) - 1, -1, -1)
    drawn = plot_to_string(
        xs=[_pixels(found.across.place(found.x[series[number]]), fine * width) for number in order],
        ys=[_pixels(found.up.place(found.y[series[number]]), fine * height) for number in order],
        x_min=0.0, x_max=1.0, y_min=0.0, y_max=1.0, x_gridlines=[], y_gridlines=[],
        x_labels=False, y_labels=False, width=width, height=height,
        color=[_COLOURS[number % len(_COLOURS)] for number in order] if colour else False,
        character_set="block" if colour else "ascii",
        force_ascii_characters=[_MARKS[number % len(_MARKS)] for number in order],
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


def _legend(names: Sequence[str], width: int, colour: bool) -> list[str]:
    """Which mark is which network's, in as few lines as it takes."""
    from uniplot.colors import Color

    lines, room = [""], width
    for number, name in enumerate(names):
        mark = _MARKS[number % len(_MARKS)]
        if colour:
            mark = Color.from_terminal(_COLOURS[number % len(_COLOURS)]).colorize("█")
        if lines[-1] and room < len(name) + 5:
            lines.append("")
            room = width
        lines[-1] += f"{'   ' if lines[-1] else ''}{mark} {name}"
        room -= len(name) + 5
    return lines
