"""What tells the points of a picture apart: networks, then hyperparameters by their values."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.records import NamedTuple
from costcalc.report.document import plural
from costcalc.report.plots.scatter import Points, Scatter, distinct, write

NETWORK = "network"
_NONE = "–"
"""The value where a network does not have the hyperparameter."""


class Dimension(NamedTuple):
    """A column by which points differ: its value at each of them, and all of these in order."""

    name: str
    of_points: Sequence[str]
    values: Sequence[str]

    def says(self, value: str) -> str:
        """A value as a legend names it by itself: `MobileNet`, `alpha 0.5`."""
        return value if self.name == NETWORK else f"{self.name} {value}"


def dimensions(scatter: Scatter, found: Points) -> list[Dimension]:
    """By what the drawn points differ, beside where they stand.

    Args:
        scatter: the rows.
        found: those that are drawn.

    Returns:
        Networks where there are several, then the hyperparameters that vary and are no axis, those
        with the fewest values first (of equals the last given).
    """
    made = []
    keys = scatter.columns[NETWORK][found.rows].tolist()
    present = [name for key, name in scatter.networks.items() if key in set(keys)]
    if len(present) > 1:
        made.append(Dimension(NETWORK, [scatter.networks[key] for key in keys], present))
    varying = []
    for name in reversed(scatter.varied):
        if name in (scatter.x, scatter.y):
            continue
        own = scatter.columns[name][found.rows]
        texts = [_NONE if value is None else write(value) for value in own.tolist()]
        values = [*map(write, distinct(own)), *([_NONE] if _NONE in texts else [])]
        if len(values) > 1:
            varying.append(Dimension(name, texts, list(dict.fromkeys(values))))
    return made + sorted(varying, key=lambda one: len(one.values))


def untold(left: Sequence[Dimension]) -> list[str]:
    """What is said of hyperparameters whose values look alike in the picture."""
    named = (
        plural(len(one.values), "network")
        if one.name == NETWORK
        else f"{one.name} ({plural(len(one.values), 'value')})"
        for one in left
    )
    text = ", ".join(named)
    return [f"not told apart: {text}"] if text else []
