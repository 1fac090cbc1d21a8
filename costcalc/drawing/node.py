"""What a folded graph is made of: operators, blocks and repeats, each with what is inside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from costcalc.numbers.dimensions import Shape
from costcalc.records import NamedTuple


class Node(NamedTuple):
    """Some layers that follow one another in execution order, drawn as one box or opened.

    `key` names it within its tree, as tables print names: `bottleneck2.1/conv1`. `layers` are
    indices into the graph's layers, of all `times` that it stands there; `children` are what the
    first of these times is made of, with the layers of every time. A node `reveals` if opening it
    is no step into it: the members of a repeat stand at its own level. `closable` is false for
    what has no name of its own, such as the body of `5x:`. A `step` is an operator with the
    normalisation and activation that ride on it.
    """

    key: str
    label: str
    type: str
    output: Shape
    layers: tuple[int, ...]
    times: int = 1
    children: tuple[Node, ...] = ()
    reveals: bool = False
    closable: bool = True
    step: bool = False

    def walk(self) -> Iterator[Node]:
        """This node and all inside it, outside in."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))


def all_of(nodes: Iterable[Node]) -> Iterator[Node]:
    """Every node of a tree."""
    for node in nodes:
        yield from node.walk()
