"""ShuffleNet v2's four guidelines (arXiv:1807.11164, Section 2), as hints with numbers.

G1  Equal channel widths minimise memory access.
G2  Group convolution increases memory access.
G3  Fragmentation reduces parallelism.
G4  Element-wise operations are not negligible.
"""

from __future__ import annotations

from math import isqrt

from costcalc.graph.model import Graph, Layer
from costcalc.numbers.dimensions import Kernel
from costcalc.records import NamedTuple

ELEMENTWISE = ("add", "mul")
MOVING = ("concat", "shuffle", "zero_channels")


class Pointwise(NamedTuple):
    """A 1x1 convolution against G1 and G2, in elements.

    `bound` is the least memory access of any widths with its size and multiply-adds:
    2 sqrt(hw B) + B/hw, rounded up; with g groups g stands beside B under the root.
    """

    layer: Layer
    groups: int
    bound: int

    @property
    def excess(self) -> int:
        """Elements moved beyond the bound (G1)."""
        return int(self.layer.memory_access) - self.bound


class Grouped(NamedTuple):
    """A grouped convolution against the ungrouped one with its input and multiply-adds (G2).

    That one has c2/g output channels, and as many weights.
    """

    layer: Layer
    groups: int
    ungrouped: int

    @property
    def excess(self) -> int:
        """Elements that grouping moves more."""
        return int(self.layer.memory_access) - self.ungrouped


class Branching(NamedTuple):
    """A block's branches that run beside one another, and its layers with weights (G3)."""

    name: str
    branches: int
    weighted: int


class Hint(NamedTuple):
    """A guideline and what not following it costs, in elements and as words."""

    guideline: str
    elements: int
    words: str


class Findings(NamedTuple):
    """Everything the guidelines say of a network; hints stand in order of what they cost."""

    hints: list[Hint]
    pointwise: list[Pointwise]
    grouped: list[Grouped]
    blocks: list[Branching]


def findings(graph: Graph) -> Findings:
    """The guidelines over a graph's layers, costs as the network is run."""
    layers = graph.layers
    pointwise = [_bounded(layer) for layer in layers if _is_pointwise(layer)]
    grouped = [
        _ungrouped(layer) for layer in layers if layer.op == "conv" and _groups_of(layer) > 1
    ]
    blocks = _blocks(graph)
    hints = [
        *_widths(pointwise),
        *_groups(grouped),
        *_fragments(graph, blocks),
        *_elementwise(graph),
    ]
    return Findings(sorted(hints, key=lambda hint: -hint.elements), pointwise, grouped, blocks)


def lower_bound(positions: int, mult_adds: int, groups: int = 1) -> int:
    """The least elements a 1x1 convolution moves: 2 sqrt(hw B g) + B/hw, rounded up.

    Positions are hw, mult_adds B = hw c1 c2 / g (ShuffleNet v2, Section 2, equation 1).
    """
    square = 4 * positions * mult_adds * groups
    root = isqrt(square)
    return root + (root * root < square) + mult_adds // positions


def _groups_of(layer: Layer) -> int:
    return int(layer.arguments.get("g", 1))


def _positions(layer: Layer) -> int:
    """Positions of a convolution's output, of all maps of a batch: each takes every weight once."""
    weights = layer.weights if layer.shares is None else layer.shares.weights
    return int(layer.mult_adds // weights)


def _is_pointwise(layer: Layer) -> bool:
    k, s = (layer.arguments.get(name, 1) for name in ("k", "s"))
    return layer.op == "conv" and k == Kernel(1, 1) and s in (1, Kernel(1, 1))


def _bounded(layer: Layer) -> Pointwise:
    groups = _groups_of(layer)
    return Pointwise(layer, groups, lower_bound(_positions(layer), layer.mult_adds, groups))


def _ungrouped(layer: Layer) -> Grouped:
    groups = _groups_of(layer)
    written = _positions(layer) * layer.output.c
    return Grouped(layer, groups, int(layer.memory_access) - written + written // groups)


def _blocks(graph: Graph) -> list[Branching]:
    """Every block with a join, and the most branches of a join in it that are not empty."""
    joins: dict[str, int] = {}
    for layer in graph.layers:
        if layer.operator.join:
            own = sum(1 for index in layer.inputs if _has_weights(graph, index, layer))
            joins[layer.block] = max(joins.get(layer.block, 0), own)
    weighted = dict.fromkeys(joins, 0)
    for layer in graph.layers:
        if layer.block in weighted:
            weighted[layer.block] += layer.operator.weighted
    return [Branching(name, branches, weighted[name]) for name, branches in joins.items()]


def _has_weights(graph: Graph, index: int, join: Layer) -> bool:
    """Whether the end of a branch comes out of the join's own block: an identity does not."""
    while index >= 0 and not graph.layers[index].operator.weighted:
        layer = graph.layers[index]
        if layer.operator.join or layer.block != join.block:
            break
        index = layer.inputs[0]
    return index >= 0 and graph.layers[index].block == join.block


def _widths(found: list[Pointwise]) -> list[Hint]:
    uneven = [p for p in found if p.excess > 0]
    if not uneven:
        return []
    worst = max(uneven, key=lambda p: p.excess)
    layer = worst.layer
    return [
        Hint(
            "G1",
            sum(p.excess for p in uneven),
            f"{len(uneven)} of {len(found)} 1x1 convolutions have unequal widths; most in"
            f" {layer.name}: {layer.input.c} to {layer.output.c} channels move"
            f" {layer.memory_access:,} elements, at least {worst.bound:,} with equal ones",
        )
    ]


def _groups(found: list[Grouped]) -> list[Hint]:
    if not found:
        return []
    worst = max(found, key=lambda g: g.excess)
    layer = worst.layer
    return [
        Hint(
            "G2",
            sum(g.excess for g in found),
            f"{len(found)} grouped convolutions; most in {layer.name}: {worst.groups} groups move"
            f" {layer.memory_access:,} elements, one group of the same multiply-adds and input"
            f" {worst.ungrouped:,}",
        )
    ]


def _fragments(graph: Graph, blocks: list[Branching]) -> list[Hint]:
    """Fragments cost parallelism; what can be counted of them here is what joining them moves."""
    several = [block for block in blocks if block.branches > 1]
    if not several:
        return []
    worst = max(several, key=lambda block: (block.branches, block.weighted))
    names = {block.name for block in several}
    moved = sum(
        int(layer.memory_access)
        for layer in graph.layers
        if layer.block in names and layer.operator.join
    )
    return [
        Hint(
            "G3",
            moved,
            f"{len(several)} blocks run branches side by side; most in {worst.name}:"
            f" {worst.branches} branches, {worst.weighted} layers with weights; the elements are"
            " those of joining them, lost parallelism comes on top",
        )
    ]


def _elementwise(graph: Graph) -> list[Hint]:
    layers = graph.layers
    total = sum(int(layer.memory_access) for layer in layers)
    computing = sum(int(n.memory_access) for n in layers if _is_elementwise(n))
    moving = sum(int(n.memory_access) for n in layers if n.op in MOVING)
    fused = sum(n.fused for n in layers)
    hints = []
    if computing or fused:
        words = (
            f"normalisations, activations, additions and products move {computing:,} of {total:,}"
        )
        if fused:
            alone = sum(_moved_unfused(n) for n in layers if _is_elementwise(n))
            words += (
                f"; {alone:,} of {sum(map(_moved_unfused, layers)):,} if the {fused} fused into"
                " convolutions ran by themselves"
            )
        hints.append(Hint("G4", computing, words))
    if moving:
        words = f"concatenations, shuffles and zero channels compute nothing and move {moving:,}"
        hints.append(Hint("G4", moving, f"{words} of {total:,}"))
    return hints


def _moved_unfused(layer: Layer) -> int:
    return int(layer.facts.reads + layer.facts.writes)


def _is_elementwise(layer: Layer) -> bool:
    return layer.operator.pointwise or layer.op in ELEMENTWISE
