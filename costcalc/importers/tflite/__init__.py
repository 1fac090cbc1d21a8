"""TFLite files: the graph of a model, without reading its weights.

Slots and numbers are those of tensorflow/lite/schema/schema.fbs (version 3), which never change:
what is new gets new ones.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from costcalc.errors import CostcalcError
from costcalc.importers.composer import Composer
from costcalc.importers.records import BITS, Constant, Input, ModelFile, few
from costcalc.importers.tflite.flatbuffer import Flat, Table
from costcalc.importers.tflite.operation import Operation, Tensor
from costcalc.importers.tflite.operators import translate
from costcalc.importers.tflite.words import WORDS
from costcalc.importers.wire import Malformed
from costcalc.safe_text import shortened

IDENTIFIER = b"TFL3"
"""The bytes 4 to 8 of every file of version 3; there is no other version since 2017."""

OPSET = 23
"""The version of ONNX's operators in whose words the nodes are."""

TYPES = (
    "float32", "float16", "int32", "uint8", "int64", "string", "bool", "int16", "complex64",
    "int8", "float64", "complex128", "uint64", "resource", "variant", "uint32", "uint16", "int4",
    "bfloat16", "int2", "uint4", "float8", "float8",
)  # fmt: skip
"""Types of elements by their numbers."""

_FORMS = {
    "float32": "f", "float16": "e", "float64": "d", "int8": "b", "uint8": "B", "bool": "?",
    "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q", "uint64": "Q",
}  # fmt: skip
"""How elements stand in a buffer; those of other types are not looked at."""

MOST = 1_000_000
"""The most tensors, buffers and operators that are read."""

OPTIONS = 64
"""The most bytes of an operator's options that are looked at where they are no table."""

RANK = 32
"""The most axes of a tensor."""


def read(path: str, data: memoryview) -> ModelFile:
    """The graph of a TFLite file whose bytes are `data`: the first, where it holds several.

    Raises `Malformed` for bytes that are no such file, `CostcalcError` for one that cannot be
    read.
    """
    if bytes(data[4:8]) != IDENTIFIER:
        raise Malformed("no TFLite file: it does not say 'TFL3'")
    model = Flat(data).root()
    version = model.number(0, "I")
    if version != 3:
        raise CostcalcError(f"TFLite of version {version}; version 3 is read")
    graphs = model.tables(2, MOST)
    if not graphs:
        raise Malformed("no graph")
    graph = graphs[0]
    composer = Composer()
    buffers = model.tables(4, MOST)
    tensors = [_tensor(one, composer) for one in graph.tables(0, MOST)]
    _constants(graph, tensors, buffers, composer)
    inputs = _names(graph.numbers(1, "i", MOST), tensors)
    outputs = _names(graph.numbers(2, "i", MOST), tensors)
    if "" in (*inputs, *outputs):
        raise Malformed("an input or output that is no tensor")
    given = {tensor.name: tensor for tensor in tensors}
    operators = _operators(model, graph, tensors, given)
    translate(operators, composer)
    _check_order(inputs, composer)
    by = model.text(3)
    more = f", the first of its {len(graphs)} graphs" if len(graphs) > 1 else ""
    return ModelFile(
        path=path,
        format=f"TFLite, version {version}" + (f", '{shortened(by)}'" if by else "") + more,
        opset=OPSET,
        inputs=[Input(name, given[name].open, given[name].type) for name in inputs],
        outputs=list(outputs),
        constants=composer.constants,
        nodes=composer.nodes,
        quantised=composer.quantised,
    )


def _tensor(table: Table, composer: Composer) -> Tensor:
    shape = table.numbers(0, "i", RANK) or ()
    signature = table.numbers(7, "i", RANK) or shape
    kind = table.number(1, "B")
    name = composer.tensor(table.text(3))
    if kind >= len(TYPES):
        raise Malformed(f"an unknown type ({kind}) of the tensor '{shortened(name)}'")
    if min(shape, default=0) < 0 or min(signature, default=0) < -1 or len(signature) != len(shape):
        raise Malformed(f"the sizes of the tensor '{shortened(name)}'")
    tensor = Tensor(name, shape, tuple(None if n < 0 else n for n in signature), TYPES[kind])
    quantisation = table.table(4)
    scaled = quantisation is not None and quantisation.blob(2)
    if scaled and scaled[1] and "int" in tensor.type:
        composer.quantised[name] = tensor.type
    return tensor


def _constants(
    graph: Table, tensors: list[Tensor], buffers: list[Table], composer: Composer
) -> None:
    """Note the tensors that stand in the file: those whose buffer has bytes, or that nobody writes.

    A file whose weights were taken out still says their sizes.
    """
    shared: dict[tuple[int, str], str] = {}
    written = {
        index
        for operator in graph.tables(3, MOST)
        for index in operator.numbers(2, "i", MOST) or ()
    } | set(graph.numbers(1, "i", MOST) or ())
    for index, (tensor, table) in enumerate(zip(tensors, graph.tables(0, MOST), strict=True)):
        number = table.number(2, "I")
        if number >= len(buffers):
            raise Malformed(f"buffer {number:,} of '{shortened(tensor.name)}', which is not there")
        start, length = stored_bytes(buffers[number])
        if (not length and index in written) or table.number(5, "?"):
            continue
        if index in written:
            raise Malformed(f"'{shortened(tensor.name)}', which is constant, is written")
        sparse = table.table(6) is not None
        if length:
            _check_length(tensor, length, sparse)
        values: tuple[float, ...] | None = () if 0 in tensor.shape else None
        form = _FORMS.get(tensor.type)
        if length and form and few(tensor.shape) and not sparse:
            count = length // struct.calcsize(form)
            values = struct.unpack_from(f"<{count}{form}", table.flat.data, start)
        owner = shared.setdefault((number, tensor.type), tensor.name) if number else tensor.name
        composer.constants[tensor.name] = Constant(
            tensor.name,
            tensor.shape,
            tensor.type,
            values,
            owner if owner != tensor.name else "",
            place=table.flat.data[start : start + length] if length and not sparse else None,
        )


def stored_bytes(buffer: Table) -> tuple[int, int]:
    """Where a buffer's bytes stand; in a file of more than 2 GB that is after all tables."""
    start, length = buffer.number(1, "Q"), buffer.number(2, "Q")
    if start <= 1:
        return buffer.blob(0) or (0, 0)
    if start + length > buffer.flat.size:
        raise Malformed(f"a buffer of {length:,} bytes at byte {start:,}, beyond the end")
    return int(start), int(length)


def _check_length(tensor: Tensor, length: int, sparse: bool) -> None:
    bits = BITS.get(tensor.type, 0)
    if not bits or sparse:
        return
    for size in tensor.shape:
        bits *= size
    if (bits + 7) // 8 != length:
        sizes = "x".join(map(str, tensor.shape)) or "scalar"
        raise Malformed(
            f"'{shortened(tensor.name)}' of {sizes} {tensor.type} has {length:,} bytes, "
            f"not {(bits + 7) // 8:,}"
        )


def _names(indices: Iterable[int] | None, tensors: list[Tensor]) -> tuple[str, ...]:
    """Names of tensors by their numbers; "" for -1, which is one that is left out."""
    found = []
    for index in indices or ():
        if not -1 <= index < len(tensors):
            raise Malformed(f"a tensor {index:,}, of {len(tensors):,}")
        found.append(tensors[index].name if index >= 0 else "")
    return tuple(found)


def _operators(
    model: Table, graph: Table, tensors: list[Tensor], given: dict[str, Tensor]
) -> list[Operation]:
    words = [word(code) for code in model.tables(1, MOST)]
    operators = []
    for operator in graph.tables(3, MOST):
        index = operator.number(0, "I")
        if index >= len(words):
            raise Malformed(f"an operator {index:,}, of {len(words):,}")
        operators.append(
            Operation(
                word=words[index],
                inputs=_names(operator.numbers(1, "i", MOST), tensors),
                outputs=_names(operator.numbers(2, "i", MOST), tensors),
                options=operator.table(4),
                tensors=given,
                custom=_custom(operator),
            )
        )
    return operators


def _custom(operator: Table) -> bytes:
    """The options of an operator that is not TFLite's own, of which few bytes are looked at."""
    start, length = operator.blob(5) or (0, 0)
    return bytes(operator.flat.data[start : start + min(length, OPTIONS)])


def word(code: Table) -> str:
    """What an operator is called, by its entry in the table of those that the file uses."""
    # numbers from 127 on stand in a field of their own; older files have only the first
    number = max(code.number(0, "b"), code.number(3, "i"))
    if number == WORDS.index("CUSTOM"):
        return f"custom {code.text(1)}"
    return WORDS[number] if 0 <= number < len(WORDS) else f"operator {number}"


def _check_order(inputs: Iterable[str], composer: Composer) -> None:
    """Everything is written before it is read, and once."""
    written = {*inputs, *composer.constants, ""}
    for node in composer.nodes:
        for name in node.inputs:
            if name not in written and not node.kind.startswith("["):
                raise Malformed(
                    f"{node.shown} reads '{shortened(name)}', which nothing has written"
                )
        for name in node.outputs:
            if name in written:
                raise Malformed(f"{node.shown} writes '{shortened(name)}' once more")
            written.add(name)
