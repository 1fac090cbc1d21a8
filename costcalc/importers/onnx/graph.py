"""Graphs of ONNX files: what they are given, what they store and what they give."""

from __future__ import annotations

from dataclasses import dataclass, field

from costcalc.errors import CostcalcError
from costcalc.importers.onnx.tensors import TYPES, read_tensor
from costcalc.importers.records import Constant, Input
from costcalc.importers.wire import Stretch, signed, stretch, whole


@dataclass(slots=True)
class Graph:
    """The parts of a GraphProto."""

    nodes: list[Stretch] = field(default_factory=list)
    constants: dict[str, Constant] = field(default_factory=dict)
    inputs: list[Input] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)


def read_graph(message: Stretch) -> Graph:
    """The parts of a GraphProto, its nodes not yet read."""
    graph = Graph()
    for number, _, value in message.fields():
        if number == 1:
            graph.nodes.append(stretch(value))
        elif number == 5:
            constant = read_tensor(stretch(value))
            graph.constants[constant.name] = constant
        elif number == 11:
            graph.inputs.append(_input(stretch(value)))
        elif number == 12:
            graph.outputs.append(_input(stretch(value)).name)
        elif number == 15:
            raise CostcalcError("it holds sparse tensors, which are not read")
    return graph


def _input(message: Stretch) -> Input:
    """A ValueInfoProto: a name, and sizes as far as they are said."""
    name, type_ = "", "float32"
    shape: list[int | str | None] = []
    for number, _, value in message.fields():
        if number == 1:
            name = stretch(value).text()
        elif number == 2:
            for inner, _, tensor in stretch(value).fields():
                if inner == 1:
                    type_, shape = _tensor_type(stretch(tensor))
    return Input(name, tuple(shape), type_)


def _tensor_type(message: Stretch) -> tuple[str, list[int | str | None]]:
    type_, sizes = "float32", []
    for number, _, value in message.fields():
        if number == 1:
            type_ = TYPES.get(whole(value), "float32")
        elif number == 2:
            for inner, _, dimension in stretch(value).fields():
                if inner == 1:
                    sizes.append(_size(stretch(dimension)))
    return type_, sizes


def _size(message: Stretch) -> int | str | None:
    size: int | str | None = None
    for number, _, value in message.fields():
        if number == 1:
            size = signed(whole(value))
        elif number == 2:
            size = stretch(value).text() or None
    return size
