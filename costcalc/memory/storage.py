"""What has to be stored: params at given bits, after pruning.

A lower bound where weights are pruned or share values: the indices of those kept, codebooks
and the coding of both take space that the bits per weight do not determine.
"""

from __future__ import annotations

from typing import NamedTuple

from costcalc.cost.groups import by_row
from costcalc.cost.totals import total
from costcalc.graph.model import Graph, Layer
from costcalc.numbers.dimensions import ceil


class Stored(NamedTuple):
    """Some layers' params: how many, how many pruning keeps, the bits of each, bits in all."""

    name: str
    type: str
    params: int
    kept: int
    widths: tuple[int, ...]
    bits: int

    @property
    def bytes(self) -> int:
        """Whole bytes the bits take."""
        return -(-self.bits // 8)


def storage(graph: Graph, bits: int | None = None) -> list[Stored]:
    """A record a row of the paper's table that has params, then the total.

    Every param takes `bits`, or without them those of the spec's own column (32 where it has
    none); weights are those the spec's `keep` leaves. What counts as params is the spec's word.
    """
    counts = graph.spec.counts
    rows = [
        _stored(group.name, group.type, group.layers, counts, bits)
        for group in by_row(graph, lambda layers: total(layers, counts))
        if group.totals.params
    ]
    return [*rows, _stored("total", "", graph.layers, counts, bits)]


def _stored(
    name: str, type_: str, layers: list[Layer], counts: tuple[str, ...], bits: int | None
) -> Stored:
    params = kept = in_bits = 0
    widths: set[int] = set()
    for layer in layers:
        own = sum(getattr(layer, fact) for fact in counts)
        left = own
        if "weights" in counts:
            left = own - layer.weights + ceil(layer.weights * layer.keep)
        width = int(layer.bits) if bits is None else bits
        params, kept, in_bits = params + own, kept + left, in_bits + left * width
        widths |= {width} if own else set()
    return Stored(name, type_, int(params), int(kept), tuple(sorted(widths)), int(in_bits))
