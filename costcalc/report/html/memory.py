"""Memory over the steps as a chart: how high it is at each, and what is alive there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.memory.peak import Peak
from costcalc.report.html.axes import short, steps
from costcalc.report.html.elements import Html, chart, element, script_json

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 960, 220, 64, 14, 24
"""Units of the drawing, and the room beside its frame."""


def memory_chart(peak: Peak, label: str) -> Html:
    """Bytes alive at every step, the peak marked; a slider says what is alive at a step."""
    bytes_ = [peak.bytes(moment) for moment in peak.moments]
    most = peak.peak_bytes
    across = (WIDTH - LEFT) / len(bytes_)
    floor = HEIGHT - BOTTOM

    def up(value: int) -> str:
        return f"{floor - (floor - TOP) * value / most:.1f}"

    at = peak.at.number
    outline = [f"M{LEFT} {floor}"]
    for number, value in enumerate(bytes_):
        outline.append(f"V{up(value)}H{LEFT + across * (number + 1):.1f}")
    lines = [
        [
            element("path", d=f"M{LEFT} {up(value)}H{WIDTH}", class_="grid"),
            element("text", f"{short(value)}B", x=LEFT - 6, y=up(value), class_="tick y"),
        ]
        for value in steps(most)
    ]
    drawing = [
        lines,
        element("path", d=f"{''.join(outline)}V{floor}Z", class_="area"),
        _bar(at, across, up(most), floor, "peak"),
        _bar(at, across, str(TOP), floor, "cursor"),
        element("text", "step 1", x=LEFT, y=HEIGHT - 6, class_="tick"),
        element("text", f"step {len(bytes_):,}", x=WIDTH, y=HEIGHT - 6, class_="tick end"),
    ]
    picture = chart(drawing, WIDTH, HEIGHT, label)
    slider = element(
        "label",
        "step ",
        element("input", type="range", min=1, max=len(bytes_), value=at + 1),
    )
    said = element("output", class_="alive", aria_live="polite")
    return element("figure", picture, slider, said, _data(peak, bytes_), class_="memory")


def _bar(step: int, across: float, top: str, floor: int, kind: str) -> Html:
    """One step, from the floor to a height."""
    x = LEFT + across * step
    d = f"M{x:.1f} {floor}V{top}H{x + across:.1f}V{floor}Z"
    return element("path", d=d, class_=kind)


def _data(peak: Peak, bytes_: Sequence[int]) -> Html:
    """The steps, and each tensor with the first and the last step that it is alive at.

    A tensor that is called as the step which writes it needs no name of its own.
    """
    spans: dict[str, list[Any]] = {}
    size = peak.execution.activation_bytes
    names = []
    for moment, alive in peak.each_alive():
        names.append(moment.step.name)
        for tensor in alive:
            name = "" if tensor.name == moment.step.name else tensor.name
            first = [name, size * tensor.elements, moment.number, 0]
            span = spans.setdefault(tensor.name, first)
            span[3] = moment.number
    frame = {"left": LEFT, "right": WIDTH, "top": TOP, "floor": HEIGHT - BOTTOM}
    tensors = [*spans.values()]
    return script_json({"frame": frame, "steps": names, "bytes": bytes_, "tensors": tensors})
