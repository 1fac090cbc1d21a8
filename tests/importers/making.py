"""Small ONNX files, written as text."""

from __future__ import annotations

import onnx
from onnx import TensorProto, helper, numpy_helper, parser

from costcalc.library import load_spec
from costcalc.network import Network


def model(body, weights=None, inputs="float[1,3,8,8] x", opset=17, types=None, ir=8):
    """A model of one output, y: `weights` are shapes (of tensors without elements) or arrays."""
    head = f'<ir_version: {ir}, opset_import: ["" : {opset}]>'
    graph = f"{head}\ng ({inputs}) => (float[N] y) {{\n{body}\n}}"
    proto = parser.parse_model(graph)
    for name, given in (weights or {}).items():
        kind = getattr(TensorProto, (types or {}).get(name, "FLOAT"))
        if isinstance(given, tuple):
            tensor = TensorProto(name=name, dims=given, data_type=kind)
        else:
            tensor = numpy_helper.from_array(given, name)
        proto.graph.initializer.append(tensor)
    return proto


def subgraph(name, text):
    """A graph of an `If`: nodes as text, one output."""
    proto = parser.parse_graph(text)
    proto.name = name
    return proto


def saved(proto, folder, name="net.onnx"):
    """The path of a file with this model, as text."""
    path = folder / name
    path.write_bytes(proto if isinstance(proto, bytes) else proto.SerializeToString())
    return str(path)


def network(proto, folder, **settings):
    """The network of a model."""
    return Network(load_spec(saved(proto, folder)), settings)


def operators(net):
    """The operators of a network's layers, in order."""
    return [layer.op for layer in net.layers]


__all__ = ["helper", "model", "network", "onnx", "operators", "saved", "subgraph"]
