"""What a difference of two networks says: each total, and each row or layer that changed."""

from __future__ import annotations

from fractions import Fraction

from costcalc.control.quantities import BYTES
from costcalc.cost.groups import Group
from costcalc.errors import Mark
from costcalc.frames import Framed
from costcalc.network import Network
from costcalc.records import NamedTuple

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
_BY_LAYER = {"size": "params", "memory_access_bytes": "memory_access"}
"""What makes a quantity of a whole network, layer by layer."""


class Change(NamedTuple):
    """A quantity before (`a`) and after (`b`); None where there is no such network or number."""

    a: int | None
    b: int | None

    @property
    def change(self) -> int:
        """The difference; what is not there counts nothing."""
        return (self.b or 0) - (self.a or 0)

    @property
    def difference(self) -> int | None:
        """The difference of what is there both times, None where there is nothing to compare."""
        return None if self.a is None or self.b is None else self.b - self.a

    @property
    def relative(self) -> Fraction | None:
        """The difference as a share of what was before, None where there was nothing."""
        return Fraction(self.change, self.a) if self.a else None


class LayerChange(NamedTuple):
    """A row, or a layer, that was added, removed or changed (`status`), and why, in words.

    `a` is what it was, `b` what it is; None where it was not or is not there any more. `mark` is
    where it stands in the spec of `b`.
    """

    status: str
    a: Group | None
    b: Group | None
    why: tuple[str, ...]
    mark: Mark | None = None

    @property
    def name(self) -> str:
        """What it is called, or was."""
        return _either(self).name

    def of(self, metric: str) -> Change:
        """What it costs of `params`, `mult_adds`, ..., before and after."""
        sides = (self.a, self.b)
        return Change(*(None if g is None else getattr(g.totals, metric, None) for g in sides))


class _Diff(NamedTuple):
    """The fields of `Diff`."""

    a: Network | None
    b: Network
    totals: dict[str, Change]
    why: tuple[str, ...]
    layers: list[LayerChange]
    unchanged: int


class Diff(_Diff, Framed):
    """The difference of two networks.

    `totals` are whole numbers by quantity: `params`, `cost` where a convention has one,
    `mult_adds`, `memory_access` (elements), `memory_access_bytes`, `peak_memory` and `size`
    (bytes). `why` says in words what differs as a whole: settings, input, types, convention.
    `layers` are what changed, in the order of `b`; `unchanged` is how many did not.
    """

    __slots__ = ()

    @property
    def same(self) -> bool:
        """Whether nothing differs: no row, no total, no setting."""
        changed = any(change.a != change.b for change in self.totals.values())
        return self.a is not None and not (self.layers or self.why or changed)

    def grown_most(self, quantity: str) -> LayerChange | None:
        """What added most to a quantity; None for one that no layer has by itself, as a peak."""
        metric = _BY_LAYER.get(quantity, quantity)
        grown = [
            (change.of(metric).change, change)
            for change in self.layers
            if metric not in BYTES and change.b is not None
        ]
        most, change = max(grown, key=lambda pair: pair[0], default=(0, None))
        return change if most > 0 else None


def _either(change: LayerChange) -> Group:
    group = change.b or change.a
    assert group is not None
    return group
