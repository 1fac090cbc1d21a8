"""ONNX files: the graph of a model, without reading its weights.

Field numbers and types are those of onnx/onnx.proto (github.com/onnx/onnx); they never change.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.importers.records import BITS, KNOWN, Beside, Branch, Constant, Input, ModelFile, Node
from costcalc.importers.wire import FIXED32, VARINT, Malformed, Stretch, signed
from costcalc.safe_text import shortened

OPSETS = range(1, 27)
"""Versions of the operators that are read; what changed between them, the translation knows."""

TYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64",
    8: "string", 9: "bool", 10: "float16", 11: "float64", 12: "uint32", 13: "uint64",
    14: "complex64", 15: "complex64", 16: "bfloat16", 17: "float8", 18: "float8", 19: "float8",
    20: "float8", 21: "uint4", 22: "int4", 23: "int4",
}  # fmt: skip
"""Types of elements by their numbers; those of 4 and 8 bits that are no integers, by their size."""

_FORMS = {
    "float32": "<f", "float64": "<d", "float16": "<e", "int8": "<b", "uint8": "<B", "bool": "<?",
    "int16": "<h", "uint16": "<H", "int32": "<i", "uint32": "<I", "int64": "<q", "uint64": "<Q",
}  # fmt: skip
"""How elements stand in raw bytes; those of others are not looked at."""

DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft")
"""Domains whose operators may be known by their bare word."""

DEPTH = 16
"""The deepest nesting of functions in one another."""

NODES = 1_000_000
"""The most nodes that are read."""


@dataclass(slots=True)
class _Graph:
    """The parts of a GraphProto."""

    nodes: list[Stretch] = field(default_factory=list)
    constants: dict[str, Constant] = field(default_factory=dict)
    inputs: list[Input] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Function:
    """A FunctionProto: nodes under a name, which a node of that name stands for."""

    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    nodes: list[Stretch] = field(default_factory=list)


def read(path: str, data: memoryview) -> ModelFile:
    """The graph of an ONNX file whose bytes are `data`.

    Raises `Malformed` for bytes that are no ModelProto, `CostcalcError` for one that cannot be
    read: a version nobody knows, too many nodes.
    """
    ir = opset = 0
    producer = version = ""
    graph: Stretch | None = None
    functions: dict[tuple[str, str], _Function] = {}
    for number, wire, value in Stretch(data, 0, len(data)).fields():
        if wire == VARINT and number == 1:
            ir = signed(_whole(value))
        elif isinstance(value, int):
            continue
        elif number == 2:
            producer = value.text()
        elif number == 3:
            version = value.text()
        elif number == 7:
            graph = value
        elif number == 8:
            domain, said = _opset(value)
            opset = said if domain in ("", "ai.onnx") else opset
        elif number == 25:
            name, function = _function(value)
            functions[name] = function
    if graph is None:
        raise Malformed("no graph")
    if not 3 <= ir <= 1000 or opset not in OPSETS:
        raise CostcalcError(
            f"{path}: ONNX with IR version {ir} and opset {opset}\n"
            f"IR versions from 3 and opsets {OPSETS[0]} to {OPSETS[-1]} are read"
        )
    read_graph = _graph(graph)
    constants = read_graph.constants
    nodes: list[Node] = []
    for node in _nodes(read_graph.nodes, functions):
        constant = _constant(node)
        if constant is None:
            nodes.append(node)
        else:
            constants[constant.name] = constant
        if len(nodes) > NODES:
            raise CostcalcError(f"{path}: more than {NODES:,} nodes, the limit")
    by = " ".join(filter(None, (producer, version)))
    return ModelFile(
        path=path,
        format=f"ONNX, opset {opset}" + (f", by {shortened(by)}" if by else ""),
        opset=opset,
        inputs=[one for one in read_graph.inputs if one.name not in constants],
        outputs=read_graph.outputs,
        constants=constants,
        nodes=nodes,
    )


def _whole(value: int | Stretch) -> int:
    if isinstance(value, int):
        return value
    raise Malformed(f"no whole number at byte {value.start:,}")


def _bytes(value: int | Stretch) -> Stretch:
    if isinstance(value, Stretch):
        return value
    raise Malformed("a number where text or a message is expected")


def _opset(message: Stretch) -> tuple[str, int]:
    domain, version = "", 0
    for number, _, value in message.fields():
        if number == 1:
            domain = _bytes(value).text()
        elif number == 2:
            version = signed(_whole(value))
    return domain, version


def _function(message: Stretch) -> tuple[tuple[str, str], _Function]:
    function, name, domain = _Function(), "", ""
    for number, _, value in message.fields():
        if number == 1:
            name = _bytes(value).text()
        elif number == 4:
            function.inputs.append(_bytes(value).text())
        elif number == 5:
            function.outputs.append(_bytes(value).text())
        elif number == 7:
            function.nodes.append(_bytes(value))
        elif number == 10:
            domain = _bytes(value).text()
    return (domain, name), function


def _graph(message: Stretch) -> _Graph:
    graph = _Graph()
    for number, _, value in message.fields():
        if number == 1:
            graph.nodes.append(_bytes(value))
        elif number == 5:
            constant = _tensor(_bytes(value))
            graph.constants[constant.name] = constant
        elif number == 11:
            graph.inputs.append(_input(_bytes(value)))
        elif number == 12:
            graph.outputs.append(_input(_bytes(value)).name)
        elif number == 15:
            raise CostcalcError("it holds sparse tensors, which are not read")
    return graph


def _nodes(
    stretches: Iterable[Stretch],
    functions: Mapping[tuple[str, str], _Function],
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

    for number, stretch in enumerate(stretches):
        node, domain = _node(stretch, given or {})
        node.inputs = tuple(map(known, node.inputs))
        node.outputs = tuple(map(known, node.outputs))
        if prefix:
            node.name = f"{prefix}/{node.name or number}"
        function = functions.get((domain, node.kind)) if functions else None
        if function is None:
            if domain not in DOMAINS:
                node.kind = f"[{domain}.{node.kind}]"
            yield node
            continue
        bound = dict(zip(function.inputs, node.inputs, strict=False))
        bound |= dict.fromkeys(function.inputs[len(node.inputs) :], "")
        bound |= dict(zip(function.outputs, node.outputs, strict=False))
        name = node.name or f"{node.kind}_{number}"
        yield from _nodes(function.nodes, functions, bound, node.attributes, name, depth + 1)


def _branch(message: Stretch, depth: int) -> Branch:
    """A graph that is an attribute."""
    if depth >= DEPTH:
        raise CostcalcError(f"graphs lie in one another deeper than {DEPTH}, the limit")
    graph = _graph(message)
    nodes = []
    for stretch in graph.nodes:
        node, _ = _node(stretch, {}, depth + 1)
        constant = _constant(node)
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
            inputs.append(_bytes(value).text())
        elif number == 2:
            outputs.append(_bytes(value).text())
        elif number == 3:
            name = _bytes(value).text()
        elif number == 4:
            kind = _bytes(value).text()
        elif number == 5:
            key, said = _attribute(_bytes(value), given, depth)
            if said is not None:
                attributes[key] = said
        elif number == 7:
            domain = _bytes(value).text()
    return Node(kind, name, tuple(inputs), tuple(outputs), attributes), domain


def _attribute(message: Stretch, given: Mapping[str, Any], depth: int) -> tuple[str, Any]:
    """Name and value."""
    name = refers = ""
    one: Any = None
    many: list[Any] = []
    kind = 0
    for number, wire, value in message.fields():
        if number == 1:
            name = _bytes(value).text()
        elif number == 2 and wire == FIXED32:
            (one,) = _bytes(value).floats()
        elif number == 3:
            one = signed(_whole(value))
        elif number == 4:
            one = _bytes(value).text()
        elif number == 5:
            one = _tensor(_bytes(value))
        elif number == 6:
            one = _branch(_bytes(value), depth)
        elif number == 7:
            many += _bytes(value).floats()
        elif number == 8:
            many += _integers(value)
        elif number == 9:
            many.append(_bytes(value).text())
        elif number == 20:
            kind = _whole(value)
        elif number == 21:
            refers = _bytes(value).text()
    if refers:
        return name, given.get(refers)
    if one is None and (many or kind in (6, 7, 8)):
        return name, tuple(many)
    if one is None:  # what is zero or empty is not written
        one = {1: 0.0, 2: 0, 3: ""}.get(kind)
    return name, one


def _integers(value: int | Stretch) -> Iterable[int]:
    return value.integers() if isinstance(value, Stretch) else (signed(value),)


def _tensor(message: Stretch) -> Constant:
    """A TensorProto: its sizes, and its elements only where they are few."""
    shape: list[int] = []
    name, kind = "", 0
    stands: list[tuple[int, int | Stretch]] = []
    external = False
    beside: dict[str, str] = {}
    for number, _, value in message.fields():
        if number == 1:
            shape += _integers(value)
        elif number == 2:
            kind = _whole(value)
        elif number == 8:
            name = _bytes(value).text()
        elif number in (4, 5, 7, 9, 10, 11):
            stands.append((number, value))
        elif number == 13:
            beside |= [_entry(_bytes(value))]
        elif number == 14:
            external = value == 1
    if any(size < 0 for size in shape):
        raise Malformed(f"a negative size of the tensor '{shortened(name)}'")
    type_ = TYPES.get(kind)
    if type_ is None:
        raise Malformed(f"an unknown type ({kind}) of the tensor '{shortened(name)}'")
    count = _elements(shape)
    values = None
    if count <= KNOWN and not external and BITS[type_]:
        values = _values(type_, stands, count)
    place = _beside(beside) if external else _plain(type_, stands)
    return Constant(name, tuple(shape), type_, values, place=place)


def _entry(message: Stretch) -> tuple[str, str]:
    """A StringStringEntryProto."""
    texts = dict.fromkeys((1, 2), "")
    texts |= {number: _bytes(value).text() for number, _, value in message.fields()}
    return texts[1], texts[2]


def _beside(said: Mapping[str, str]) -> Beside | None:
    """Where external data stands; None for what is not said in numbers."""
    numbers = [said.get(key, "0") for key in ("offset", "length")]
    if not said.get("location") or not all(map(str.isdecimal, numbers)):
        return None
    start, length = map(int, numbers)
    return Beside(said["location"], start, length if "length" in said else None)


def _plain(type_: str, stands: list[tuple[int, int | Stretch]]) -> memoryview | None:
    """The bytes of a tensor that stands in one stretch of plain numbers."""
    number, value = stands[0] if len(stands) == 1 else (0, 0)
    plain = number == 9 or (number, type_) in ((4, "float32"), (10, "float64"))
    if not plain or not isinstance(value, Stretch):
        return None
    return value.data[value.start : value.end]


def _elements(shape: Iterable[int]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count


def _values(
    type_: str, stands: list[tuple[int, int | Stretch]], count: int
) -> tuple[Any, ...] | None:
    """The elements of a small tensor; None where they stand in a way that is not looked at."""
    found: list[Any] = []
    for number, value in stands:
        if isinstance(value, int):
            found.append(signed(value))
        elif number == 9:
            form = _FORMS.get(type_)
            if form is None or len(value) > 8 * KNOWN:
                return None
            found += value.floats(form)
        elif len(value) > 10 * KNOWN:
            return None
        elif number in (4, 10):
            found += value.floats("<f" if number == 4 else "<d")
        else:
            found += value.integers()
    if type_ in ("float16", "bfloat16") and any(number == 5 for number, _ in stands):
        if type_ == "bfloat16":
            return None
        found = [struct.unpack("<e", struct.pack("<H", bits & 0xFFFF))[0] for bits in found]
    return tuple(found) if len(found) == count else None


def _input(message: Stretch) -> Input:
    """A ValueInfoProto: a name, and sizes as far as they are said."""
    name, type_ = "", "float32"
    shape: list[int | str | None] = []
    for number, _, value in message.fields():
        if number == 1:
            name = _bytes(value).text()
        elif number == 2:
            for inner, _, tensor in _bytes(value).fields():
                if inner == 1:
                    type_, shape = _tensor_type(_bytes(tensor))
    return Input(name, tuple(shape), type_)


def _tensor_type(message: Stretch) -> tuple[str, list[int | str | None]]:
    type_, sizes = "float32", []
    for number, _, value in message.fields():
        if number == 1:
            type_ = TYPES.get(_whole(value), "float32")
        elif number == 2:
            for inner, _, dimension in _bytes(value).fields():
                if inner == 1:
                    sizes.append(_size(_bytes(dimension)))
    return type_, sizes


def _size(message: Stretch) -> int | str | None:
    size: int | str | None = None
    for number, _, value in message.fields():
        if number == 1:
            size = signed(_whole(value))
        elif number == 2:
            size = _bytes(value).text() or None
    return size


def _constant(node: Node) -> Constant | None:
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
