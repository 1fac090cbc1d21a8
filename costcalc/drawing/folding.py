"""A graph folded as its source tells it: rows, the blocks they call, and repeats.

Names say what belongs together: `bottleneck2.1/conv1` stands in the first repeat of a row. What
follows one another in execution order is folded and nothing else, so a folded graph never has
a cycle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from costcalc.drawing.node import Node
from costcalc.drawing.parts import Looks, Part
from costcalc.drawing.repeats import index_of, together
from costcalc.drawing.structure import gathered
from costcalc.graph.model import Graph


def fold(graph: Graph, together: bool = True) -> list[Node]:
    """The rows of a network, each with what is inside it.

    Args:
        graph: any graph.
        together: whether equal ones after each other are one.

    Returns:
        Nodes in execution order. Where a network has more rows than one can look at, as model files
        do, what its structure shows to be a block is one.

    >>> from costcalc.network import load
    >>> [(node.label, node.times) for node in fold(load("mobilenet_v2").graph)][2:4]
    [('bottleneck2', 2), ('bottleneck3', 3)]
    """
    return _Folder(Looks(graph, together)).run()


class _Folder:
    def __init__(self, looks: Looks) -> None:
        self.looks = looks
        self.graph = graph = looks.graph
        self.rows = {row.name: row for row in graph.rows}
        self.paths = [layer.name.split("/") for layer in graph.layers]
        self.keys: dict[str, int] = {}

    def run(self) -> list[Node]:
        parts = self._level(0, len(self.graph.layers), 0)
        return [self._node(part, [0]) for part in parts]

    def _level(self, begin: int, end: int, depth: int) -> list[Part]:
        parts = [self._part(*stretch, depth) for stretch in self._stretches(begin, end, depth)]
        return gathered(self._rows(parts, depth), self.looks)

    def _stretches(self, begin: int, end: int, depth: int) -> Iterator[tuple[int, int]]:
        """Layers one after another whose names begin alike."""
        start = begin
        for index in range(begin + 1, end + 1):
            if index == end or self.paths[index][: depth + 1] != self.paths[start][: depth + 1]:
                yield start, index
                start = index

    def _part(self, begin: int, end: int, depth: int) -> Part:
        path = self.paths[begin]
        key, layers = "/".join(path[: depth + 1]), self.graph.layers
        if len(path) <= depth + 1:  # an operator, with its normalisation and activation
            return Part(begin, end, key, self.looks.short(path[-1]), layers[begin].type, step=True)
        inside = self._level(begin, end, depth + 1)
        if len(inside) == 1 and inside[0].repeats == 1 and inside[0].closable:
            only = inside[0]  # a block of one row is that row
            type_ = self._called(key, path[depth]) if only.inside else only.type
            return Part(begin, end, key, path[depth], type_, only.inside, step=only.step)
        return Part(begin, end, key, path[depth], self._called(key, path[depth]), inside)

    def _called(self, key: str, label: str) -> str:
        """The block that a row calls; of one inside a block, its own name says so."""
        name, _ = index_of(label)
        row = self.rows.get(name) or self.rows.get(label)
        if "/" not in key and row is not None:
            return row.op
        return name.rstrip("0123456789").rstrip("_")

    def _rows(self, parts: list[Part], depth: int) -> list[Part]:
        """The repeats of one row as a part: `b.1`, `b.2`, … are `b`."""
        made: list[Part] = []
        index = 0
        while index < len(parts):
            name, number = index_of(parts[index].label)
            count = 1
            if number == 1 and (depth or name not in self.rows or self.rows[name].times > 1):
                while index + count < len(parts) and (
                    index_of(parts[index + count].label) == (name, count + 1)
                ):
                    count += 1
            run = parts[index : index + count]
            index += count
            if count == 1:
                made += run
                continue
            members = together(run, self.looks)
            whole = Part(
                run[0].begin, run[-1].end, run[0].key.rpartition(".")[0], name, run[0].type,
                times=count,
            )  # fmt: skip
            if members[0].repeats == count:  # all alike
                whole.inside, whole.repeats, whole.step = run[0].content(), count, run[0].step
            else:
                whole.inside, whole.reveals = members, True
            made.append(whole)
        return made

    def _node(self, part: Part, offsets: Sequence[int]) -> Node:
        """The node of a part whose layers stand there again at each offset."""
        key = self._key(part.key)
        step = (part.end - part.begin) // part.repeats
        own = [offset + step * again for offset in offsets for again in range(part.repeats)]
        if part.inside:
            children = tuple(self._node(inner, own) for inner in part.inside)
        elif step > 1:
            children = tuple(
                self._layer(index, own) for index in range(part.begin, part.begin + step)
            )
        else:
            children = ()
        return Node(
            key=key,
            label=part.label,
            type=self._type(part),
            output=self.graph.layers[part.end - 1].output,
            layers=tuple(o + i for o in own for i in range(part.begin, part.begin + step)),
            times=part.times,
            children=children,
            reveals=part.reveals,
            closable=part.closable,
            step=part.step,
        )

    def _type(self, part: Part) -> str:
        """What a part is; of one that only uses the weights of others, that it does."""
        layers = self.graph.layers[part.begin : part.end]
        shared = [layer.shares is not None for layer in layers if layer.facts.parameters_read]
        words = [part.type, "shared"] if shared and all(shared) else [part.type]
        return ", ".join(filter(None, words))

    def _layer(self, index: int, offsets: Sequence[int]) -> Node:
        layer = self.graph.layers[index]
        label = self.paths[index][-1]
        places = tuple(offset + index for offset in offsets)
        return Node(self._key(f"{layer.name}#"), label, layer.type, layer.output, places)

    def _key(self, key: str) -> str:
        """The key, once in the tree."""
        self.keys[key] = number = self.keys.get(key, 0) + 1
        return key if number == 1 else f"{key}#{number}"
