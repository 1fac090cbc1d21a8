"""Calls of blocks: one that is like one before it is not built again.

Deep networks are a few blocks, called over and over. Where all that decides what becomes of a call
is the same, its layers are the same too, but for their names and for where their inputs come from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from costcalc.errors import Mark
from costcalc.graph.model import Bypass, Layer
from costcalc.graph.tensors import Named, Names, Tensor
from costcalc.language.model import Block, words
from costcalc.language.spec import Spec
from costcalc.numbers.dimensions import Shape, identity
from costcalc.ops import Facts
from costcalc.records import NamedTuple


class Move(NamedTuple):
    """Where the layers of one call of a block are those of another one.

    What is called `path` there, among its `names`, begins with layer `begin`: it is `offset` layers
    further here. What it reads of outside is here as `sources` has it.
    """

    names: Names
    path: str
    begin: int
    offset: int
    sources: Mapping[int, int]

    def layer(self, index: int) -> int:
        """A layer of there, here."""
        return index + self.offset if index >= self.begin else self.sources[index]

    def bypass(self, bypass: Bypass) -> Bypass:
        """What passes by a step of there, here."""
        return bypass._replace(layer=self.layer(bypass.layer))

    def tensor(self, tensor: Tensor) -> Tensor:
        """A tensor of there, here."""
        return Tensor(self.layer(tensor.layer), tensor.shape)

    def named(self, named: Named) -> Named:
        """What a name stands for there, here."""
        first, last = named.layers.start + self.offset, named.layers.stop + self.offset
        return named._replace(tensor=self.tensor(named.tensor), layers=range(first, last))


class Call(NamedTuple):
    """What a call of a block became.

    `path` is what its `names` begin with, `begin` the index of its first layer, `sources` the
    layers that the tensors handed to it come from; it took so many `steps`, and calls inside to
    such a `depth`. `environment` is what it was called with: while that lives, its identity holds.
    """

    names: Names
    path: str
    begin: int
    sources: Sequence[int]
    layers: Sequence[Layer]
    marks: Sequence[Mark]
    output: Tensor
    steps: int
    depth: int
    environment: Mapping[str, Any]

    def move(self, begin: int, sources: Sequence[int]) -> Move:
        """The way to another place: with its first layer and what it reads there."""
        changed = dict(zip(self.sources, sources, strict=True))
        return Move(self.names, self.path, self.begin, begin - self.begin, changed)

    def layers_at(self, move: Move, path: str, row: str, block: str) -> Iterator[Layer]:
        """Its layers at another place, under a path, in a row and a block of the network."""
        cut, first, offset, sources = len(self.path), self.begin, move.offset, move.sources
        for layer in self.layers:
            if len(layer.inputs) == 1:  # as nearly every layer has
                i = layer.inputs[0]
                inputs: tuple[int, ...] = (i + offset if i >= first else sources[i],)
            else:
                inputs = tuple([i + offset if i >= first else sources[i] for i in layer.inputs])
            yield Layer(
                path + layer.name[cut:],
                layer.operator,
                layer.arguments,
                inputs,
                layer.input_shapes,
                layer.output,
                layer.facts,
                row,
                block,
                layer.keep,
                layer.bits,
                layer.bias_bits,
                layer.form,
                shares=layer.shares,
                present=layer.present,
                buffers=layer.buffers,
                bypass=None if layer.bypass is None else move.bypass(layer.bypass),
            )


Results = dict[Any, tuple[Mapping[str, Any], Shape, Facts]]
"""Arguments, output and facts of layers, by operator, input shapes and these arguments."""


class Calls:
    """What the calls of a spec's blocks became, by all that decides it, and what operators did.

    Networks of the spec that are built with the same ones have in common what is alike. `results`
    are those of plain numbers: others are not equal just because they look so.
    """

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._known: dict[Any, Call] = {}
        self._seen_by: dict[str, list[str]] = {}
        self.results: Results = {}

    def find(self, key: Any) -> Call | None:
        """The call that is known by a key."""
        return self._known.get(key)

    def add(self, key: Any, call: Call) -> None:
        """Know a call from now on."""
        self._known[key] = call

    def key(
        self,
        block: Block,
        x: Tensor,
        sources: Sequence[int],
        environment: Mapping[str, Any],
        annotations: Mapping[str, Any],
        present: Any,
    ) -> Any:
        """What is equal for two calls of which the same becomes.

        Args:
            block: what is called.
            x: its input.
            sources: the layers that the input and other tensors handed to it come from.
            environment: every name in its sight.
            annotations: what is handed down to its layers.
            present: which configurations of an array have it, None for all.
        """
        return (
            block.name,
            *map(identity, x.shape),
            *[_handed(environment[argument]) for argument in block.arguments],
            *[(name, identity(value)) for name, value in annotations.items()],
            id(present),
            *[identity(environment.get(name)) for name in self._seen(block.name)],
            *map(sources.index, sources),  # which of them are one and the same
        )

    def _seen(self, name: str) -> Sequence[str]:
        """What a block, or one that it calls, looks at beside its arguments, as it says its name:
        hyperparameters, and `i`, the number of the repeat."""
        if name not in self._seen_by:
            blocks, reached = self._spec.blocks, {name}
            said = words(c for cells in self._spec.defaults.values() for c in cells.values())
            waiting = [name]
            while waiting:
                said |= blocks[waiting.pop()].words
                new = (said & blocks.keys()) - reached
                reached |= new
                waiting += new
            self._seen_by[name] = [n for n in ("i", *self._spec.hyperparameters) if n in said]
        return self._seen_by[name]


def _handed(value: Any) -> Any:
    """What is equal for what is handed to a block: where a tensor comes from is told apart."""
    return (Tensor, *map(identity, value.shape)) if isinstance(value, Tensor) else identity(value)


def sources_of(block: Block, x: Tensor, environment: Mapping[str, Any]) -> list[int]:
    """The layers that a block's input and the tensors that are handed to it come from."""
    handed = (environment[argument] for argument in block.arguments)
    return [x.layer, *[tensor.layer for tensor in handed if isinstance(tensor, Tensor)]]
