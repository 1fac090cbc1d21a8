"""Steps that only some configurations of an array have, in one structure with the others.

Such a step costs nothing where it is not. What came to it passes there: its output stands for that.
Where more than costs would be other than in the network by itself, `StructureDiffers` is raised.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from costcalc.graph.model import Bypass, Layer, OptionalStep
from costcalc.graph.repeats import shape_after
from costcalc.graph.tensors import Tensor
from costcalc.language.expressions import StructureDiffers
from costcalc.numbers.protocol import ArrayOverAxes
from costcalc.records import NamedTuple


class PartialBranch(NamedTuple):
    """The number of a branch of a join, and where it is: 1, else 0."""

    branch: int
    here: Any


def past(layers: list[Layer], begin: int, x: Tensor, y: Tensor, here: Any, present: Any) -> Tensor:
    """What comes out of a step that is where `here` is 1, and past which its input goes elsewhere.

    Args:
        layers: those so far; the step's own are the ones from `begin` on.
        begin: its first layer.
        x: what comes to it.
        y: what comes out of it where it is.
        here: 1 where it is, else 0.
        present: the same, and 0 where it is in a step that is not.

    Raises:
        StructureDiffers: It is not to be had in one structure.
    """
    if len(layers) == begin and y is x:
        return x
    if y.layer < begin or layers[y.layer].bypass is not None:
        raise StructureDiffers(here)
    if _looks_at(layers, y.layer, begin) not in (y.layer, x.layer):
        raise StructureDiffers(here)
    shape = shape_after([(here, x.shape, y.shape)], y.shape)
    if any(map(_mixes, shape.all, x.shape.all, y.shape.all)):
        raise StructureDiffers(here)
    layers[y.layer] = layers[y.layer]._replace(bypass=Bypass(x.layer, here, present))
    return Tensor(y.layer, shape)


def _looks_at(layers: Sequence[Layer], index: int, begin: int) -> int:
    """The tensor outside of a step that its output may be, seen or written over; or the output."""
    seen = index
    while seen >= begin:
        layer = layers[seen]
        if not layer.operator.pointwise and not layer.is_view:
            return index
        seen = layer.inputs[0]
    return seen


def _mixes(size: Any, before: Any, after: Any) -> bool:
    """Whether a size depends on more axes than what it is made of: every formula of it would."""
    if not isinstance(size, ArrayOverAxes):
        return False
    own = {a for one in (before, after) if isinstance(one, ArrayOverAxes) for a in one.axes()}
    return not own.issuperset(size.axes())


def require_alike(
    layers: Sequence[Layer], outputs: Collection[int], steps: Sequence[OptionalStep]
) -> None:
    """See to it that steps that some do not have change nothing but costs and what is alive.

    Raises `StructureDiffers` where a tensor may be read by nothing in some configurations, or may
    be normalised there before it is written.
    """
    reading = _Readers(layers, outputs, steps)
    if not any(reading.is_there(one) and not one.is_view for one in layers):
        raise StructureDiffers(steps[0].present)  # it may be no network, or one where nothing runs
    for index in reading.by_index:
        reading.require_read(index)
    for layer in layers:
        if layer.operator.pointwise:
            reading.require_one_fusion(layer)


class _Readers:
    """Which layers read each tensor, and what passes where they are not."""

    def __init__(
        self, layers: Sequence[Layer], outputs: Collection[int], steps: Sequence[OptionalStep]
    ) -> None:
        self.layers, self.outputs = layers, outputs
        self.outer = {id(step.present): step.outer for step in steps}
        self.by_index: dict[int, list[Layer]] = {}
        for layer in layers:
            for index in layer.inputs:
                self.by_index.setdefault(index, []).append(layer)
        bypasses = [layer.bypass for layer in layers if layer.bypass is not None]
        self.passed = {bypass.layer: bypass.present for bypass in bypasses}

    def is_there(self, layer: Layer, present: Any = None) -> bool:
        """Whether a layer is wherever something is present (None: everywhere)."""
        if id(layer.present) not in self.outer:
            return True
        while present is not None and present is not layer.present:
            present = self.outer.get(id(present))
        return present is not None

    def require_read(self, index: int) -> None:
        """See to it that every configuration reads a tensor: where it passes, by what follows."""
        own = self.layers[index].present if index >= 0 else None
        some = self.by_index[index]
        if index in self.outputs or any(self.is_there(reader, own) for reader in some):
            return
        past = self.passed.get(index)
        if past is None or not any(self.is_there(reader, past) for reader in some):
            raise StructureDiffers(some[0].present)

    def require_one_fusion(self, layer: Layer) -> None:
        """See to it that how many layers read what it rides on is certain, up to what passes."""
        index = layer.inputs[0]
        others = [reader for reader in self.by_index[index] if reader is not layer]
        passes = layer.present is None and index in self.passed
        if others and not passes and not self._certain(index, others, layer):
            raise StructureDiffers(others[0].present)
        while index >= 0 and (bypass := self.layers[index].bypass) is not None:
            index = bypass.layer
            own = [reader for reader in self.by_index[index] if reader.present is bypass.present]
            others = [reader for reader in self.by_index[index] if reader not in own]
            alone = len(own) == 1 and not others
            if not alone and not self._certain(index, others, layer):
                raise StructureDiffers(bypass.here)

    def _certain(self, index: int, readers: Iterable[Layer], layer: Layer) -> bool:
        """Whether one of the readers is wherever a layer is, or whoever calls the network reads."""
        return index in self.outputs or any(self.is_there(one, layer.present) for one in readers)
