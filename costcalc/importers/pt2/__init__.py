"""PyTorch's exported programs (.pt2): the graph of a model, without its weights, or PyTorch.

torch.export.save writes a zip archive whose JSON says every operator and the sizes of every
tensor; what is pickled in it is never looked at.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.importers import READ
from costcalc.importers.composer import Composer
from costcalc.importers.pt2 import operators, program
from costcalc.importers.pt2.archive import Archive
from costcalc.importers.pt2.call import Call
from costcalc.importers.pt2.program import Meta, Reference
from costcalc.importers.records import Constant, Input, ModelFile
from costcalc.importers.wire import Malformed
from costcalc.safe_text import shortened

OLDEST, NEWEST = 5, 8
"""The major versions of the schema that are read: what PyTorch writes since 2.3."""

OPSET = 23
"""The version of ONNX's operators in whose words the nodes are."""

STORED = {
    "parameter": "parameter_name", "buffer": "buffer_name",
    "tensor_constant": "tensor_constant_name",
}  # fmt: skip
"""Kinds of inputs that stand in the file, and under which key their name does."""

INLINED = ("wrap_with_set_grad_enabled", "wrap_with_autocast")
"""Operators that only say how a graph inside of them is run."""

VIEWS = ("slice", "select", "narrow", "split", "split_with_sizes", "chunk", "unbind")
"""Operators whose outputs are parts of a tensor, and change with it."""

NESTED = 32
"""How deeply graphs may lie in one another."""


def read(path: str, data: memoryview) -> ModelFile:
    """The graph of an exported program whose bytes are `data`.

    Raises `Malformed` for what is none, `CostcalcError` for one that cannot be read.
    """
    with Archive(data) as archive:
        record, shared = archive.program(), archive.shared()
        stored = archive.stored() if READ.zeros else {}
    version = program.part(record, "schema_version", dict)
    major = version.get("major")
    if not isinstance(major, int) or not OLDEST <= major <= NEWEST:
        newer = isinstance(major, int) and major > NEWEST
        release = "an older PyTorch" if newer else "PyTorch 2.3 or newer"
        raise CostcalcError(
            f"an exported program whose schema is {major}.{version.get('minor')};"
            f" {OLDEST} to {NEWEST} are read\nexport the model once more, with {release}"
        )
    module = program.part(record, "graph_module", dict)
    graph = program.graph(program.part(module, "graph", dict))
    reader = _Reader()
    inputs = reader.inputs(program.part(module, "signature", dict), graph, shared, stored)
    reader.run(graph)
    by = record.get("torch_version")
    torch = f", by PyTorch {shortened(by)}" if isinstance(by, str) else ""
    return ModelFile(
        path=path,
        format=f"PyTorch exported program, schema {major}{torch}",
        opset=OPSET,
        inputs=inputs,
        outputs=reader.outputs(program.part(module, "signature", dict)),
        constants=reader.to.constants,
        nodes=reader.to.nodes,
        quantised=reader.to.quantised,
        tells_trained=True,
    )


class _Reader:
    """A program on its way into nodes: `names` are its own names in those of the composer,
    `views` are tensors that see a part of another one."""

    def __init__(self) -> None:
        self.to = Composer()
        self.names: dict[str, str] = {}
        self.metas: dict[str, Meta] = {}
        self.modules: Counter[str] = Counter()
        self.views: dict[str, str] = {}

    def inputs(
        self,
        signature: dict[str, Any],
        graph: program.Graph,
        shared: dict[str, str],
        stored: dict[str, memoryview],
    ) -> list[Input]:
        """Note what goes in: what is stored as constants, the others as inputs of the model."""
        given: list[Input] = []
        owners: dict[str, str] = {}
        for spec in program.part(signature, "input_specs", list):
            kind, held = next(iter(spec.items())) if isinstance(spec, dict) and spec else ("", {})
            if kind in STORED:
                own = program.part(program.part(held, "arg", dict), "name", str)
                said = held.get(STORED[kind])
                name = self._name(own, said if isinstance(said, str) else own, graph)
                constant = self._constant(name)
                constant.untrained = kind != "parameter"
                constant.place = stored.get(str(said))
                place = shared.get(str(said), name)
                owner = owners.setdefault(place, name)
                constant.of = owner if owner != name else ""
                self.to.constants[name] = constant
            elif kind == "user_input":
                for own in program.names([program.part(held, "arg", dict)]):
                    if own and own in graph.metas:
                        name = self._name(own, own, graph)
                        meta = self.metas[name]
                        sizes = tuple(size if size != "" else None for size in meta.sizes)
                        given.append(Input(name, sizes, meta.type))
                    elif own:
                        raise CostcalcError(f"an input, '{shortened(own)}', is no tensor")
        return given

    def outputs(self, signature: dict[str, Any]) -> list[str]:
        """What comes out, without what is only kept for training."""
        found = []
        for spec in program.part(signature, "output_specs", list):
            held = spec.get("user_output") if isinstance(spec, dict) else None
            if held is not None:
                for own in program.names([program.part(held, "arg", dict)]):
                    if own and own in self.names:
                        found.append(self.names[own])
        return found

    def _name(self, own: str, wanted: str, graph: program.Graph) -> str:
        if own in self.names:
            raise Malformed(f"'{shortened(own)}', which is written twice")
        self.names[own] = name = self.to.tensor(wanted)
        if own in graph.metas:
            self.metas[name] = graph.metas[own]
        return name

    def _constant(self, name: str) -> Constant:
        meta = self.metas.get(name)
        if meta is None or not all(isinstance(size, int) for size in meta.sizes):
            raise Malformed(f"no sizes for '{shortened(name)}', which is stored")
        return Constant(name, tuple(int(size) for size in meta.sizes), meta.type)

    def run(self, graph: program.Graph, depth: int = 0) -> None:
        """Write all calls of a graph."""
        if depth > NESTED:
            raise CostcalcError(f"graphs lie in one another deeper than {NESTED}, the limit")
        for record in graph.calls:
            path, kind = program.module(program.part(record, "metadata", dict))
            self.modules[path] += 1 if kind.startswith("torch.nn.modules.") else 2
        for record in graph.calls:
            self._call(record, graph, depth)

    def _call(self, record: Any, graph: program.Graph, depth: int) -> None:
        word, overload = program.called(program.part(record, "target", str))
        arguments: dict[str, Any] = {}
        for each in program.part(record, "inputs", list):
            value = program.argument(program.part(each, "arg", dict))
            arguments[program.part(each, "name", str) or f"#{len(arguments)}"] = self._known(value)
        outputs = program.names(program.part(record, "outputs", list))
        if word in INLINED:
            self._inline(arguments, outputs, depth)
            return
        outputs = [self._name(own, own, graph) if own else "" for own in outputs]
        if not any(outputs):
            return
        call = Call(word, overload, arguments, tuple(outputs), self.metas)
        path, _ = program.module(program.part(record, "metadata", dict))
        layer = (
            path if path and self.modules[path] == 1 else ".".join(filter(None, (path, call.out)))
        )
        with self.to.operation(layer):
            operators.write(call, self.to)
            self._in_place(call)

    def _in_place(self, call: Call) -> None:
        """After a call that works in place, who reads its first argument reads what it wrote; and
        who reads the tensor that this is a view of, that tensor with a part exchanged."""
        first = call.at(0)
        if not isinstance(first, Reference):
            return
        if call.word in VIEWS:
            self.views |= dict.fromkeys(filter(None, call.outputs), str(first))
        elif call.word.endswith("_") and not call.word.endswith("__"):
            old, new = str(first), call.out
            self._exchange(old, new)
            while old in self.views:
                old, part = self.views[old], new
                new = self.to.emit("ScatterND", old, part, part)
                self.metas[new] = self.metas[old]
                self._exchange(old, new)

    def _exchange(self, old: str, new: str) -> None:
        for own, name in self.names.items():
            if name == old:
                self.names[own] = new

    def _known(self, value: Any) -> Any:
        """An argument whose names are the composer's."""
        if isinstance(value, list):
            return [self._known(each) for each in value]
        if not isinstance(value, Reference):
            return value
        if value not in self.names:
            raise Malformed(f"'{shortened(value)}', which is read and nothing wrote")
        return Reference(self.names[value])

    def _inline(self, arguments: dict[str, Any], outputs: list[str], depth: int) -> None:
        """A graph in a graph: its inputs are the tensors given, its outputs what comes out."""
        inner = next((one for one in arguments.values() if isinstance(one, dict)), None)
        graph = program.graph(program.part(inner, "graph", dict))
        given = [name for value in arguments.values() for name in operators.tensors(value)]
        outside = self.names
        self.names = dict(zip(program.names(graph.inputs), given, strict=False))
        self.run(graph, depth + 1)
        inside, self.names = self.names, outside
        for own, name in zip(outputs, program.names(graph.outputs), strict=False):
            if own and name in inside:
                self.names[own] = inside[name]
