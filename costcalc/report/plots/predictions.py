"""Predicted times against measured ones: a point a network, and a line where they are equal."""

from __future__ import annotations

from typing import Any

from costcalc.hardware.calibration import Calibration
from costcalc.report.plots.file import finished, save
from costcalc.safe_text import visible

SIDE = 300
"""Pixels of the frame, each way."""
SUMS, ALONE = "these sums", "Mult-Adds alone"


def draw(path: str, found: Calibration, title: str) -> None:
    """Write the picture of a calibration, whole or not at all.

    Raises `CostcalcError` for another ending, a library that is missing, and a file that cannot be
    written.
    """
    save(path, finished(panel(found, title)))


def panel(found: Calibration, title: str) -> Any:
    """The picture as a chart of altair, to stand alone or beside others."""
    import altair

    rows = [
        {
            "network": visible(one.network),
            "measured": one.milliseconds,
            "predicted": value,
            "by": by,
        }
        for by, values in ((ALONE, found.alone), (SUMS, found.predicted))
        for one, value in zip(found.measurements, values, strict=True)
    ]
    times = [*found.measured, *found.predicted, *found.alone]
    reached = [value for value in times if value > 0]
    ends = [min(reached) / 1.2, max(reached) * 1.2]
    scale = altair.Scale(type="log", domain=ends, nice=False)
    x = altair.X("measured:Q", scale=scale, title="measured (ms)", axis=_axis())
    y = altair.Y("predicted:Q", scale=scale, title="predicted (ms)", axis=_axis())
    colours = altair.Scale(domain=[SUMS, ALONE], range=["#1f5fa8", "#d8b26e"])
    points = (
        altair.Chart(altair.InlineData(values=rows))
        .mark_point(filled=True, size=36, opacity=0.75)
        .encode(
            x=x,
            y=y,
            color=altair.Color("by:N", scale=colours, title="predicted by"),
            tooltip=["network:N", "measured:Q", "predicted:Q"],
        )
    )
    equal = [{"measured": end, "predicted": end} for end in ends]
    line = (
        altair.Chart(altair.InlineData(values=equal))
        .mark_line(color="#888888", strokeWidth=1)
        .encode(x=x, y=y)
    )
    error, alone = (100 * one.mean for one in (found.error, found.mult_adds_alone))
    others = "families" if found.left_out == "family" else "networks"
    below = [
        f"{len(found.measurements)} networks, each predicted from other {others}:",
        f"{error:.1f} % off on average, by Mult-Adds alone {alone:.0f} %",
    ]
    head = altair.TitleParams(visible(title), subtitle=below, anchor="start")
    return (line + points).properties(width=SIDE, height=SIDE, title=head)


def _axis() -> Any:
    import altair

    return altair.Axis(format="~g", tickCount=5)
