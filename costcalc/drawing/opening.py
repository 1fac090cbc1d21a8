"""Which nodes of a folded graph are opened, and the edges between the boxes that are then seen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from costcalc.drawing.box import Box, Edge, all_boxes
from costcalc.drawing.node import Node, all_of
from costcalc.errors import CostcalcError, suggest
from costcalc.graph.model import INPUT, Graph
from costcalc.records import NamedTuple


class Opening(NamedTuple):
    """What is opened: so many levels of blocks, what is named, and with `steps` every layer."""

    depth: int = 1
    named: Collection[str] = ()
    steps: bool = False


CLOSED = Opening()
"""The rows of the tables."""


def opened(graph: Graph, nodes: Sequence[Node], opening: Opening) -> tuple[list[Box], list[Edge]]:
    """The boxes that are seen, in execution order, and the edges between them.

    Args:
        graph: the graph that the nodes are of.
        nodes: its folded form.
        opening: what is opened of it.

    Returns:
        Boxes, frames with those inside; edges between boxes, each once.

    Raises:
        CostcalcError: for a name that nothing has that could be opened.
    """
    wanted = _wanted(graph, nodes, opening.named)
    inputs = [
        Box(f"input {name}", name, "input", shape, "input") for name, shape in graph.inputs.items()
    ]
    boxes = [_box(node, 1, opening, wanted) for node in nodes]
    outputs = [
        Box(f"output {name}", name, "output", graph.shape(index), "output")
        for name, index in graph.outputs.items()
        if graph.spec.outputs
    ]
    edges = _edges(graph, inputs, boxes, outputs)
    return _between(graph, inputs, boxes, outputs), edges


def _wanted(graph: Graph, nodes: Sequence[Node], named: Collection[str]) -> set[str]:
    """The keys of nodes to open so that what is named is, and can be seen."""
    found: set[str] = set()
    seen: set[str] = set()

    def look(node: Node) -> bool:
        here = {node.key, node.label}.intersection(named)
        seen.update(here)
        inside = [look(child) for child in node.children]  # all of them: no name is left out
        if here and node.reveals:
            found.update(child.key for child in node.children)
        if any(inside) or here:
            found.add(node.key)
            return True
        return False

    for node in nodes:
        look(node)
    for name in named:
        if name not in seen:
            known = [node.key for node in all_of(nodes) if node.children and node.closable]
            raise CostcalcError(
                f"{graph.spec.key} has no row or block '{name}'\n{suggest(name, known, 'known')}"
            )
    return found


def _box(node: Node, level: int, opening: Opening, wanted: set[str]) -> Box:
    """A node, opened or not."""
    deep = level < opening.depth or node.key in wanted
    open_ = opening.steps or not node.closable or (deep and not node.step)
    box = Box(
        node.key, node.label, node.type, node.output,
        "block" if node.children and not node.step else "layer",
        node.layers, node.times, 1 if node.reveals else node.times,
    )  # fmt: skip
    if node.children and open_:
        inner = level if node.reveals or not node.closable else level + 1
        box.inside = [_box(child, inner, opening, wanted) for child in node.children]
    return box


def _between(
    graph: Graph, inputs: Sequence[Box], boxes: Sequence[Box], outputs: Sequence[Box]
) -> list[Box]:
    """All boxes, each input before what reads it first and each output behind what makes it."""
    made: list[Box] = []
    waiting = dict(enumerate(inputs))
    handed = list(zip(graph.outputs.values(), outputs, strict=False))
    for box in boxes:
        read = {INPUT - source for index in box.layers for source in graph.layers[index].inputs}
        made += [waiting.pop(number) for number in sorted(read & waiting.keys())]
        made.append(box)
        own = set(box.layers)
        made += [output for index, output in handed if index in own]
    # an input that nothing reads is handed out as it is
    made += [*waiting.values(), *(output for index, output in handed if index < 0)]
    return made


def _edges(
    graph: Graph, inputs: Sequence[Box], boxes: Sequence[Box], outputs: Sequence[Box]
) -> list[Edge]:
    """Every tensor between two boxes, once."""
    owner = {INPUT - number: box for number, box in enumerate(inputs)}
    places: dict[str, int] = {}
    rounds: dict[int, list[tuple[str, int]]] = {}
    for number, box in enumerate(all_boxes(boxes)):
        places[box.key] = number
        if not box.inside:
            owner.update(dict.fromkeys(box.layers, box))
        elif box.rounds > 1:
            size = len(box.layers) // box.rounds
            for position, index in enumerate(box.layers):
                rounds.setdefault(index, []).append((box.key, position // size))
    found: dict[tuple[str, str], Edge] = {}

    def connect(source: int, target: Box) -> None:
        box = owner[source]
        if box is not target:
            pair = box.key, target.key
            found.setdefault(pair, Edge(*pair, graph.shape(source)))

    for index, layer in enumerate(graph.layers):
        for source in layer.inputs:
            target = owner[index]
            later = owner[source].kind == "input" or places[owner[source].key] < places[target.key]
            if later and _same_round(rounds.get(source, []), rounds.get(index, [])):
                connect(source, target)
    for box, source in zip(outputs, graph.outputs.values(), strict=bool(outputs)):
        connect(source, box)
    return list(found.values())


def _same_round(source: Iterable[tuple[str, int]], target: Iterable[tuple[str, int]]) -> bool:
    """Whether two layers stand in the same round of every repeat that both are in."""
    rounds = dict(source)
    return all(rounds.get(key, number) == number for key, number in target)
