"""Nodes of ONNX files: their attributes, the graphs inside of them, the functions they call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.importers.onnx.graph import read_graph
from costcalc.importers.onnx.tensors import read_tensor
from costcalc.importers.records import KNOWN, Branch, Constant, Node
from costcalc.importers.wire import FIXED32, Stretch, integers, signed, stretch, whole

RUNTIME = "com.microsoft"
OTHERWISE = ("Attention", "Pad", "RotaryEmbedding")
"""Words of ONNX Runtime's that mean something else in ONNX."""

DOMAINS = ("", "ai.onnx", "ai.onnx.ml", RUNTIME)
"""Domains whose operators may be known by their bare word."""


DEPTH = 16
"""The deepest nesting of functions in one another."""


@dataclass(slots=True)
class Function:
    """A FunctionProto: nodes under a name, which a node of that name stands for."""

    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    nodes: list[Stretch] = field(default_factory=list)


def read_function(message: Stretch) -> tuple[tuple[str, str], Function]:
    """A FunctionProto by its domain and name."""
    function, name, domain = Function(), "", ""
    for number, _, value in message.fields():
        if number == 1:
            name = stretch(value).text()
        elif number == 4:
            function.inputs.append(stretch(value).text())
        elif number == 5:
            function.outputs.append(stretch(value).text())
        elif number == 7:
            function.nodes.append(stretch(value))
        elif number == 10:
            domain = stretch(value).text()
    return (domain, name), function


def read_nodes(
    stretches: Iterable[Stretch],
    functions: Mapping[tuple[str, str], Function],
    names: Mapping[str, str] | None = None,
    given: Mapping[str, Any] | None = None,
    prefix: str = "",
    depth: int = 0,
) -> Iterator[Node]:
    """The nodes of a graph; one that calls a function as the nodes of that.

    `names` are what a function's own names stand for where it is called, `given` the attributes
    that it was called with.
    """
    if depth > DEPTH:
        raise CostcalcError(f"functions call one another deeper than {DEPTH}, the limit")
    inside: dict[str, str] = dict(names or {})

    def known(name: str) -> str:
        if not name or names is None:
            return name
        return inside.setdefault(name, f"{prefix}/{name}")

    for number, one in enumerate(stretches):
        node, domain = _node(one, given or {})
        node.inputs = tuple(map(known, node.inputs))
        node.outputs = tuple(map(known, node.outputs))
        if prefix:
            node.name = f"{prefix}/{node.name or number}"
        function = functions.get((domain, node.kind)) if functions else None
        if function is None:
            if domain not in DOMAINS or (domain == RUNTIME and node.kind in OTHERWISE):
                node.kind = f"[{domain}.{node.kind}]"
            yield node
            continue
        bound = dict(zip(function.inputs, node.inputs, strict=False))
        bound |= dict.fromkeys(function.inputs[len(node.inputs) :], "")
        bound |= dict(zip(function.outputs, node.outputs, strict=False))
        name = node.name or f"{node.kind}_{number}"
        yield from read_nodes(function.nodes, functions, bound, node.attributes, name, depth + 1)


def _branch(message: Stretch, depth: int) -> Branch:
    """A graph that is an attribute."""
    if depth >= DEPTH:
        raise CostcalcError(f"graphs lie in one another deeper than {DEPTH}, the limit")
    graph = read_graph(message)
    nodes = []
    for one in graph.nodes:
        node, _ = _node(one, {}, depth + 1)
        constant = constant_of(node)
        if constant is None:
            nodes.append(node)
        else:
            graph.constants[constant.name] = constant
    return Branch(nodes, graph.constants, graph.outputs)


def _node(message: Stretch, given: Mapping[str, Any], depth: int = 0) -> tuple[Node, str]:
    inputs: list[str] = []
    outputs: list[str] = []
    name = kind = domain = ""
    attributes = {}
    for number, _, value in message.fields():
        if number == 1:
            inputs.append(stretch(value).text())
        elif number == 2:
            outputs.append(stretch(value).text())
        elif number == 3:
            name = stretch(value).text()
        elif number == 4:
            kind = stretch(value).text()
        elif number == 5:
            key, said = _attribute(stretch(value), given, depth)
            if said is not None:
                attributes[key] = said
        elif number == 7:
            domain = stretch(value).text()
    return Node(kind, name, tuple(inputs), tuple(outputs), attributes), domain


def _attribute(message: Stretch, given: Mapping[str, Any], depth: int) -> tuple[str, Any]:
    """Name and value."""
    name = refers = ""
    one: Any = None
    many: list[Any] = []
    kind = 0
    for number, wire, value in message.fields():
        if number == 1:
            name = stretch(value).text()
        elif number == 2 and wire == FIXED32:
            (one,) = stretch(value).floats()
        elif number == 3:
            one = signed(whole(value))
        elif number == 4:
            one = stretch(value).text()
        elif number == 5:
            one = read_tensor(stretch(value))
        elif number == 6:
            one = _branch(stretch(value), depth)
        elif number == 7:
            many += stretch(value).floats()
        elif number == 8:
            many += integers(value)
        elif number == 9:
            many.append(stretch(value).text())
        elif number == 20:
            kind = whole(value)
        elif number == 21:
            refers = stretch(value).text()
    if refers:
        return name, given.get(refers)
    if one is None and (many or kind in (6, 7, 8)):
        return name, tuple(many)
    if one is None:  # what is zero or empty is not written
        one = {1: 0.0, 2: 0, 3: ""}.get(kind)
    return name, one


def constant_of(node: Node) -> Constant | None:
    """What a `Constant` node holds, None for any other node."""
    if node.kind != "Constant" or len(node.outputs) != 1:
        return None
    for key, value in node.attributes.items():
        if isinstance(value, Constant):
            return Constant(
                node.outputs[0],
                value.shape,
                value.type,
                value.values,
                inline=True,
                place=value.place,
            )
        if key in ("value_int", "value_float"):
            type_ = "int64" if key == "value_int" else "float32"
            return Constant(node.outputs[0], (), type_, (value,), inline=True)
        if key in ("value_ints", "value_floats"):
            type_ = "int64" if key == "value_ints" else "float32"
            kept = value if len(value) <= KNOWN else None
            return Constant(node.outputs[0], (len(value),), type_, kept, inline=True)
        if key in ("value_string", "value_strings"):
            return Constant(node.outputs[0], (), "string", inline=True)
    raise CostcalcError(f"{node.shown} holds a value that is not read")
