"""Patch by patch: the first stage of a network over a piece of its map at a time (MCUNetV2).

The first layers of a network hold most of its activations, and each of their outputs depends on
a small window of the input alone. So they are run for one patch of the stage's output after the
other: only that is held whole. Patches overlap in what they read; what two need is computed twice
(Lin et al. 2021, arXiv:2110.15352, Section 3.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from costcalc.errors import CostcalcError
from costcalc.graph.model import Graph, Layer
from costcalc.language.numerals import whole_number
from costcalc.memory.plan import Plan, Step, plan
from costcalc.memory.simulation import simulate
from costcalc.ops.window import along_axes, zeros
from costcalc.records import NamedTuple

WINDOWS = ("conv", "dw", "maxpool", "avgpool", "pool")
"""Operators that see a window of their input."""
PLACEWISE = ("add", "mul", "concat", "shuffle", "zero_channels", "split", "dropout")
"""Operators that see one position of each input, beside the pointwise ones."""
WHOLE = ("group_norm", "instance_norm")
"""Pointwise operators that have to have seen every position before."""
MOST = 8
"""The most patches along an axis that are tried."""
LAYERS = 150
"""No stage has more layers."""


class Interval(NamedTuple):
    """Rows or columns from `start` to before `stop`."""

    start: int
    stop: int

    @property
    def size(self) -> int:
        """How many they are."""
        return self.stop - self.start


class Patched(NamedTuple):
    """A first stage of so many steps, run in `along` x `along` patches.

    `held` is its output, which is whole; `stage` and `rest` are the most elements in memory in the
    stage and after it, of one example. `mult_adds` are those of the whole network so, `once`
    those without patches.
    """

    along: int
    steps: int
    until: str
    held: int
    stage: int
    rest: int
    mult_adds: int
    once: int

    @property
    def peak(self) -> int:
        """The most elements in memory."""
        return max(self.stage, self.rest)

    @property
    def recomputed(self) -> int:
        """Multiply-adds of what more than one patch needs."""
        return self.mult_adds - self.once


def patched(graph: Graph, definition: str, along: int) -> Patched:
    """The network with its first stage in `along` x `along` patches, the stage as long as is best.

    Args:
        graph: the network.
        definition: what counts as alive, "separate" or "in-place".
        along: patches along each axis; 1 is a stage that is run whole.

    Returns:
        The stage with the smallest peak; of equals the one that recomputes least.

    Raises:
        CostcalcError: where no first layers can be run so.

    >>> net = costcalc.load("mobilenet_v2")
    >>> patched(net.graph, "in-place", 4).peak
    200704

    Source: Lin et al. 2021, MCUNetV2, arXiv:2110.15352, Section 3.1.
    """
    along = whole_number(along, "the number of patches")
    best = _Stages(graph, definition).best(along)
    if best is None:
        raise CostcalcError(
            f"{graph.spec.key}: no first stage has {along} x {along} patches\n"
            "its first layers must see windows, and their output so many positions"
        )
    return best


def every_patched(graph: Graph, definition: str) -> list[Patched]:
    """The same for 1 patch along each axis and for more, up to `MOST`, as far as there are any."""
    stages = _Stages(graph, definition)
    found = (stages.best(along) for along in range(1, MOST + 1))
    return [one for one in found if one is not None]


class _Stages:
    """The first stages that a network has, and what each takes in patches."""

    def __init__(self, graph: Graph, definition: str) -> None:
        if definition not in ("separate", "in-place"):
            raise CostcalcError(f"patches do not go with the definition {definition}")
        self.plan = plan(graph, definition)
        by_name = {layer.name: layer for layer in graph.layers}
        self.layers = [by_name[step.name] for step in self.plan.steps]
        self.shapes = dict(enumerate(graph.inputs.values()))
        for step, layer in zip(self.plan.steps, self.layers, strict=True):
            self.shapes[step.writes[0]] = layer.output
        self.once = sum(int(layer.mult_adds) for layer in graph.layers)
        self.needed = [moment.elements for moment in simulate(self.plan, range(len(self.layers)))]
        self.cuts = list(self._cuts(_reach(graph, self.layers)))

    def _cuts(self, most: int) -> Iterator[tuple[int, int]]:
        """How many steps a stage may have, and its output: all that anything later reads."""
        last = [-1] * len(self.plan.tensors)
        for number, step in enumerate(self.plan.steps):
            for tensor in step.reads:
                last[tensor] = number
        for tensor in self.plan.outputs:
            last[tensor] = len(self.plan.steps)
        open_ = set(range(self.plan.inputs))
        for number, step in enumerate(self.plan.steps[:most]):
            open_ = {tensor for tensor in (*open_, *step.writes) if last[tensor] > number}
            if len(open_) == 1 and set(step.writes) == open_:
                yield number + 1, step.writes[0]

    def best(self, along: int) -> Patched | None:
        """The stage in so many patches with the smallest peak; None where there is none."""
        best: Patched | None = None
        for bound, steps, output in sorted(self._bounded()):
            if best is not None and bound > best.peak:
                break
            if min(self.shapes[output].h, self.shapes[output].w) >= along:
                found = self._patched(along, steps, output)
                if best is None or (found.peak, found.mult_adds) < (best.peak, best.mult_adds):
                    best = found
        return best

    def _bounded(self) -> Iterator[tuple[int, int, int]]:
        """What a stage takes at least: its output, and what is needed after it."""
        for steps, output in self.cuts:
            rest = max(self.needed[steps:], default=0)
            yield max(rest, self.plan.tensors[output].elements), steps, output

    def _patched(self, along: int, steps: int, output: int) -> Patched:
        rows = self._along(0, along, steps, output)
        columns = self._along(1, along, steps, output)
        held = self.plan.tensors[output].elements
        most = max(
            self._patch(steps, output, high, wide)
            for high in {tuple(part.size for part in one) for one in rows}
            for wide in {tuple(part.size for part in one) for one in columns}
        )
        more = 0
        for number, layer in enumerate(self.layers[:steps]):
            tensor = self.plan.steps[number].writes[0]
            places = _sum(rows, tensor) * _sum(columns, tensor)
            whole = int(layer.output.h * layer.output.w)
            more += int(layer.mult_adds) * (places - whole) // whole
        return Patched(
            along=along,
            steps=steps,
            until=self.layers[steps - 1].name,
            held=held,
            stage=held + most,
            rest=max(self.needed[steps:], default=0),
            mult_adds=self.once + more,
            once=self.once,
        )

    def _along(self, axis: int, parts: int, steps: int, output: int) -> list[list[Interval]]:
        """Along an axis for each patch what it needs of every tensor of the stage."""
        size = int(self.shapes[output][axis])
        return [
            self._needs(axis, steps, output, Interval(n * size // parts, (n + 1) * size // parts))
            for n in range(parts)
        ]

    def _needs(self, axis: int, steps: int, output: int, part: Interval) -> list[Interval]:
        """What a part of the output needs of each tensor, by its number; nothing is (0, 0)."""
        needs = [Interval(0, 0)] * (output + 1)
        needs[output] = part
        for number in reversed(range(steps)):
            step, layer = self.plan.steps[number], self.layers[number]
            wanted = needs[step.writes[0]]
            if not wanted.size:
                continue
            for tensor in step.reads:
                size = int(self.shapes[tensor][axis])
                needs[tensor] = _union(needs[tensor], _window(layer, axis, size, wanted))
        return needs

    def _patch(self, steps: int, output: int, high: Sequence[int], wide: Sequence[int]) -> int:
        """The most elements one patch needs, without the stage's output, which it writes into."""

        def places(tensor: int) -> int:
            return high[tensor] * wide[tensor]

        tensors = [
            tensor._replace(
                elements=0 if number == output else places(number) * int(self.shapes[number].c)
            )
            for number, tensor in enumerate(self.plan.tensors[: output + 1])
        ]
        run = [self._scaled(step, places) for step in self.plan.steps[:steps]]
        small = Plan(tensors, run, frozenset({output}), self.plan.inputs)
        return max(moment.elements for moment in simulate(small, range(steps)))

    def _scaled(self, step: Step, places: Callable[[int], int]) -> Step:
        """A step over a part of its output: one channel of it, where it goes channel by channel."""
        return step._replace(scratch=places(step.writes[0])) if step.scratch else step


def _reach(graph: Graph, layers: Sequence[Layer]) -> int:
    """How many of the steps, from the first, see windows or single positions of what they read."""
    runs = {id(layer): number for number, layer in enumerate(layers)}
    steps = 0
    for layer in graph.layers[:LAYERS]:
        pointwise = layer.operator.pointwise and layer.op not in WHOLE
        if not (pointwise or layer.op in WINDOWS or layer.op in PLACEWISE) or layer.broadcasts:
            break
        steps = runs.get(id(layer), steps - 1) + 1
    return steps


def _sum(parts: Sequence[Sequence[Interval]], tensor: int) -> int:
    """How many rows or columns of a tensor all patches together compute."""
    return sum(part[tensor].size for part in parts)


def _union(one: Interval, other: Interval) -> Interval:
    if not one.size:
        return other
    return Interval(min(one.start, other.start), max(one.stop, other.stop))


def _window(layer: Layer, axis: int, size: int, wanted: Interval) -> Interval:
    """What a part of a layer's output sees of an input, along an axis of so many positions."""
    if layer.op not in WINDOWS:
        return wanted
    arguments = layer.arguments
    kernel = int(arguments["k"][axis])
    stride = int(along_axes(arguments.get("s", 1))[axis])
    reach = int(along_axes(arguments.get("d", 1))[axis]) * (kernel - 1) + 1
    pads = zeros(arguments.get("pad", "same"))
    if pads is None:  # what is odd goes behind
        before = max(0, (int(layer.output[axis]) - 1) * stride + reach - size) // 2
    else:
        before = int(pads[axis])
    start = wanted.start * stride - before
    stop = (wanted.stop - 1) * stride - before + reach
    return Interval(max(0, start), min(size, stop))
