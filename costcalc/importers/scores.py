"""A product of two activations, as long as nobody knows whether it is a part of attention."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from costcalc.importers.layout import Atoms, Data
from costcalc.importers.records import Constant, Node
from costcalc.importers.sizes import product


@dataclass(slots=True)
class Scores:
    """A product of two activations: attention if a softmax and a product with values follow.

    Rows and columns may be `swapped` since, and have been before a softmax that is `turned`: what
    keys are multiplied by are the queries then. `steps` are the nodes that made of the product what
    this is: scales, masks, a softmax. They are no rows of attention, of which trained `tables`
    and a computed `bias` are parts; where it turns out to be none, they are `written` as any
    others, each under the name of its output.
    """

    q: Data
    k: Data
    axes: tuple[Atoms, ...]
    node: Node
    rank: int
    softmax: bool = False
    swapped: bool = False
    turned: bool = False
    tables: tuple[Constant, ...] = ()
    bias: Data | None = None
    steps: tuple[Node, ...] = ()
    written: dict[str, Data] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The tensor's name."""
        return (self.steps or (self.node,))[-1].outputs[0]

    @property
    def queries(self) -> Data:
        """Whose rows the softmax is of."""
        return self.k if self.turned else self.q

    @property
    def keys(self) -> Data:
        """Along whose rows the softmax is."""
        return self.q if self.turned else self.k

    @property
    def sizes(self) -> list[Any]:
        """How long each axis is."""
        return [product(atom.size for atom in axis) for axis in self.axes]

    @property
    def open(self) -> bool:
        """Whether more may be made of it before the softmax."""
        return not self.softmax and self.name not in self.written

    @property
    def complete(self) -> bool:
        """Whether a product with values makes attention of it."""
        return self.softmax and len(self.axes) == self.rank and self.name not in self.written

    def after(self, step: Node, **changes: Any) -> Scores:
        """What a further node makes of it."""
        return replace(self, steps=(*self.steps, step), **changes)
