"""Model files with something wrong: each a change or a few of one that is right."""

from __future__ import annotations

import copy
import io
import json
import random
import struct
import zipfile
from functools import cache
from typing import Any

from google.protobuf.message import DecodeError
from onnx import ModelProto

from costcalc.importers.operators import HANDLERS

LIES = (0, 1, 0x7F, 0xFF, 2**16, 2**31 - 1, 2**31, 2**32 - 1)
SIZES = (-1, 0, 1, 2, 3, 5, 7, 2**31, 2**62)
VALUES: list[Any] = [None, True, -1, 0, 2**63, 10**40, 1.5, "", "x", [], {}, [[]], {"as_int": 3}]
KINDS = sorted(HANDLERS)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A file with something wrong in its bytes, or in what they say."""
    if chance.random() < 0.3 or data[4:8] == b"TFL3":  # whose numbers are bytes where they stand
        return bytes_changed(data, chance)
    return (program_changed if data[:2] == b"PK" else graph_changed)(data, chance)


def bytes_changed(data: bytes, chance: random.Random) -> bytes:
    """Bytes are exchanged, also for numbers that lie, cut out and doubled."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        at, kind = chance.randrange(len(made)), chance.random()
        if kind < 0.4:
            made[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        elif kind < 0.7:
            at = min(at - at % 4, max(0, len(made) - 4))
            made[at : at + 4] = struct.pack("<I", chance.choice((*LIES, chance.randrange(2**20))))
        elif kind < 0.85:
            del made[at : at + chance.randint(1, 40)]
        else:
            made[at:at] = made[at : at + chance.randint(1, 40)]
        if not made:
            break
    return bytes(made[: chance.randrange(len(made) + 1)] if chance.random() < 0.05 else made)


def graph_changed(data: bytes, chance: random.Random) -> bytes:
    """An ONNX file whose nodes are others, read others, or are told otherwise."""
    model = ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError:
        return bytes_changed(data, chance)
    for _ in range(chance.choice((1, 1, 2, 4))):
        _change_graph(model.graph, chance)
    made: bytes = model.SerializeToString()
    return made or data


def _change_graph(graph: Any, chance: random.Random) -> None:
    names = [name for node in graph.node for name in (*node.input, *node.output)]
    names += [one.name for one in graph.initializer]
    places: list[Any] = [
        one.type.tensor_type.shape.dim for one in graph.input if one.type.WhichOneof("value")
    ]
    kind = chance.randrange(7)
    if kind == 0 and graph.initializer:
        _change_sizes(chance.choice(graph.initializer).dims, chance)
    elif kind == 1 and any(places):
        dimension = chance.choice(chance.choice([dims for dims in places if dims]))
        dimension.dim_value = chance.choice(SIZES)
    elif graph.node:
        node = chance.choice(graph.node)
        if kind == 2:
            node.op_type = chance.choice(KINDS)
        elif kind == 3 and node.input:
            node.input[chance.randrange(len(node.input))] = chance.choice([*names, ""])
        elif kind == 4:
            graph.node.remove(node)
        elif kind == 5:
            node.input.extend([chance.choice(names)] if chance.random() < 0.5 else node.input)
        elif node.attribute:
            attribute = chance.choice(node.attribute)
            if chance.random() < 0.2:
                node.attribute.remove(attribute)
            elif attribute.ints:
                _change_sizes(attribute.ints, chance)
            else:
                attribute.i, attribute.f = chance.choice(SIZES), chance.choice((0.0, -1.0, 1e30))


def _change_sizes(sizes: Any, chance: random.Random) -> None:
    if sizes and chance.random() < 0.8:
        sizes[chance.randrange(len(sizes))] = chance.choice(SIZES)
    elif sizes and chance.random() < 0.5:
        del sizes[chance.randrange(len(sizes))]
    else:
        sizes.append(chance.choice(SIZES))


@cache
def _program(data: bytes) -> str | None:
    """The JSON of an exported program that says its graph."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if "/models/" in name:
                text = archive.read(name).decode(errors="replace")
                return text if text.startswith("{") else None
    return None


def program_changed(data: bytes, chance: random.Random) -> bytes:
    """An exported program with values exchanged in the JSON that says its graph."""
    text = _program(data)
    if text is None:
        return bytes_changed(data, chance)
    record = json.loads(text)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at: Any = record
        while isinstance(at, (dict, list)) and at:
            key = chance.choice(list(at) if isinstance(at, dict) else range(len(at)))
            if not isinstance(at[key], (dict, list)) or not at[key] or chance.random() < 0.1:
                at[key] = copy.deepcopy(chance.choice(VALUES))
                break
            at = at[key]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("net/models/model.json", json.dumps(record))
    return made.getvalue()
