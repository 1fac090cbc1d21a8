"""What a picture says of itself, in every format the same."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from costcalc.drawing.box import Box, all_boxes
from costcalc.drawing.picture import Picture
from costcalc.language.hyperparameters import show_value
from costcalc.report.document import exact, plural, rounded
from costcalc.safe_text import visible

LEGEND = {
    "layer": "layer",
    "block": "block, closed",
    "frame": "block, opened",
    "repeat": "repeated",
}
"""What boxes look like, and what that means."""


def looks(pictures: Iterable[Picture]) -> list[str]:
    """The keys of `LEGEND` that are to be seen."""
    boxes = [box for made in pictures for box in all_boxes(made.boxes)]
    seen = {"frame" if box.inside else box.kind for box in boxes}
    seen |= {"repeat" for box in boxes if box.times > 1 and not box.inside}
    return [look for look in LEGEND if look in seen]


def heading(made: Picture) -> list[str]:
    """The network, its settings, and what the picture is coloured by."""
    network = made.network
    settings = " · ".join(f"{k} {show_value(v)}" for k, v in network.hyperparameters.items())
    run = network.execution
    said = [total(made)]
    if run.batch > 1 or run.dtype != "fp32" or not run.fused or run.flash:
        said.append(str(run))
    if network.counted is not None:
        said.append(f"convention {network.convention}")
    lines = [network.spec.name, settings, " · ".join(said)]
    return [visible(line) for line in lines if line]


def total(made: Picture) -> str:
    """All that the network costs."""
    costs = made.costs
    note = f" ({costs.note})" if costs.note else ""
    return f"{amount(costs.total)} {costs.head}{note}"


def amount(value: object) -> str:
    """A cost in full; a time to a thousandth."""
    if isinstance(value, float):
        return rounded(Fraction(value), 3)
    return exact(value)


def about(made: Picture, box: Box) -> str:
    """All that is known of a box, for whoever points at it."""
    lines = [visible(f"{box.label} {box.type}".strip()), str(box.shape)]
    if box.layers:
        lines.append(f"{amount(made.costs.of(box.layers))} {made.costs.head}, {made.share(box)}")
        if box.times > 1:
            lines.append(f"{box.times} times, together")
        lines.append(plural(len(box.layers), "layer"))
    return "\n".join(lines)
