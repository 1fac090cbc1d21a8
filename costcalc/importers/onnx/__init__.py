"""ONNX files: the graph of a model, without reading its weights.

Field numbers and types are those of onnx/onnx.proto (github.com/onnx/onnx); they never change.
"""

from __future__ import annotations

from costcalc.errors import CostcalcError
from costcalc.importers.onnx.graph import read_graph
from costcalc.importers.onnx.nodes import Function, constant_of, read_function, read_nodes
from costcalc.importers.records import ModelFile, Node
from costcalc.importers.wire import VARINT, Malformed, Stretch, signed, stretch, whole
from costcalc.safe_text import shortened

OPSETS = range(1, 27)
"""Versions of the operators that are read; what changed between them, the translation knows."""


NODES = 1_000_000
"""The most nodes that are read."""


def read(path: str, data: memoryview) -> ModelFile:
    """The graph of an ONNX file whose bytes are `data`.

    Raises `Malformed` for bytes that are no ModelProto, `CostcalcError` for one that cannot be
    read: a version nobody knows, too many nodes.
    """
    ir = opset = 0
    producer = version = ""
    graph: Stretch | None = None
    functions: dict[tuple[str, str], Function] = {}
    for number, wire, value in Stretch(data, 0, len(data)).fields():
        if wire == VARINT and number == 1:
            ir = signed(whole(value))
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
            name, function = read_function(value)
            functions[name] = function
    if graph is None:
        raise Malformed("no graph")
    if not 3 <= ir <= 1000 or opset not in OPSETS:
        raise CostcalcError(
            f"ONNX with IR version {ir} and opset {opset}\n"
            f"IR versions from 3 and opsets {OPSETS[0]} to {OPSETS[-1]} are read",
            path,
        )
    parts = read_graph(graph)
    constants = parts.constants
    nodes: list[Node] = []
    for node in read_nodes(parts.nodes, functions):
        constant = constant_of(node)
        if constant is None:
            nodes.append(node)
        else:
            constants[constant.name] = constant
        if len(nodes) > NODES:
            raise CostcalcError(f"more than {NODES:,} nodes, the limit", path)
    by = " ".join(filter(None, (producer, version)))
    return ModelFile(
        path=path,
        format=f"ONNX, opset {opset}" + (f", by {shortened(by)}" if by else ""),
        opset=opset,
        inputs=[one for one in parts.inputs if one.name not in constants],
        outputs=parts.outputs,
        constants=constants,
        nodes=nodes,
    )


def _opset(message: Stretch) -> tuple[str, int]:
    domain, version = "", 0
    for number, _, value in message.fields():
        if number == 1:
            domain = stretch(value).text()
        elif number == 2:
            version = signed(whole(value))
    return domain, version
