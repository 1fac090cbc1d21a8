"""Exported programs made on the spot: the JSON that torch.export.save writes, call by call."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TYPES = {"int8": 2, "float32": 7, "int64": 5, "bool": 12, "float16": 6}
SYMBOL = "Symbol('{}', positive=True, integer=True)"


class Name(str):
    """An argument that is a tensor, or a number, that the program computes."""


def argument(value: Any) -> dict[str, Any]:
    """A value as the schema's union of arguments."""
    if value is None:
        return {"as_none": True}
    if isinstance(value, Name):
        return {"as_sym_int": {"as_name": value}} if value[:4] == "sym_" else named(value)
    if isinstance(value, bool):
        return {"as_bool": value}
    if isinstance(value, list):
        if any(isinstance(each, Name) and each[:4] == "sym_" for each in value):
            return {
                "as_sym_ints": [argument(each).get("as_sym_int", argument(each)) for each in value]
            }
        if any(isinstance(each, Name) for each in value):
            optional = any(each is None for each in value)
            tag = "as_optional_tensors" if optional else "as_tensors"
            return {tag: [argument(each) if optional else {"name": each} for each in value]}
        return {"as_floats" if value and isinstance(value[0], float) else "as_ints": value}
    kinds = {int: "as_int", float: "as_float", str: "as_string"}
    return {kinds[type(value)]: value}


def named(name: str) -> dict[str, Any]:
    return {"as_tensor": {"name": name}}


def meta(sizes: Sequence[int | str], type_: str) -> dict[str, Any]:
    """A tensor's sizes, text for those that are open, and its type."""
    said = [
        {"as_expr": {"expr_str": SYMBOL.format(size)}}
        if isinstance(size, str)
        else {"as_int": size}
        for size in sizes
    ]
    return {"dtype": TYPES[type_], "sizes": said}


class Program:
    """A program of one graph."""

    def __init__(self) -> None:
        self.inputs: list[Any] = []
        self.specs: list[Any] = []
        self.metas: dict[str, Any] = {}
        self.nodes: list[Any] = []
        self.weights: dict[str, Any] = {}
        self.version = {"major": 8, "minor": 20}

    def given(self, name: str, sizes: Sequence[int | str], type_: str = "float32") -> Name:
        """An input of the model."""
        self.metas[name] = meta(sizes, type_)
        self.inputs.append(named(name))
        self.specs.append({"user_input": {"arg": named(name)}})
        return Name(name)

    def stored(
        self, path: str, sizes: Sequence[int], kind: str = "parameter", place: str = "",
        type_: str = "float32",
    ) -> Name:  # fmt: skip
        """A parameter or buffer, and in which member of the archive it lies."""
        name = f"{kind[0]}_{path.replace('.', '_')}"
        self.metas[name] = meta(sizes, type_)
        self.inputs.append(named(name))
        self.specs.append({kind: {"arg": {"name": name}, f"{kind}_name": path}})
        self.weights[path] = {"path_name": place or path, "tensor_meta": self.metas[name]}
        return Name(name)

    def call(
        self, target: str, *arguments: Any, out: str | list[str] | tuple[str, ...] = "",
        made: Any = (1,),
        module: str = "", type_: str = "float32", **named_arguments: Any,
    ) -> Name:  # fmt: skip
        """A call; a list of outputs is one argument that is a list of tensors, a tuple several."""
        out = out or f"{target.rpartition('.')[2]}_{len(self.nodes)}"
        given = {f"#{index}": value for index, value in enumerate(arguments)} | named_arguments
        for name in [out] if isinstance(out, str) else out:
            self.metas[name] = meta(made, type_)
        stack = f"L__self__,,Net;L__self__x,{module},torch.nn.modules.x.X" if module else ""
        if isinstance(out, list):
            outputs: list[Any] = [{"as_tensors": [{"name": name} for name in out]}]
        elif isinstance(out, tuple):
            outputs = [argument(Name(name)) for name in out]
        else:
            outputs = [argument(Name(out))]
        self.nodes.append(
            {
                "target": target if "." in target else f"torch.ops.aten.{target}.default",
                "inputs": [
                    {"name": name, "arg": value if isinstance(value, dict) else argument(value)}
                    for name, value in given.items()
                ],
                "outputs": outputs,
                "metadata": {"nn_module_stack": stack} if stack else {},
            }
        )
        return Name(out if isinstance(out, str) else out[0])

    def graph(self, outputs: Sequence[str]) -> dict[str, Any]:
        """The graph alone, as one in another one is."""
        return {
            "inputs": self.inputs, "outputs": [named(name) for name in outputs],
            "nodes": self.nodes, "tensor_values": self.metas,
        }  # fmt: skip

    def record(self, outputs: Sequence[str]) -> dict[str, Any]:
        """The program as JSON."""
        specs = [{"user_output": {"arg": named(name)}} for name in outputs]
        signature = {"input_specs": self.specs, "output_specs": specs}
        return {
            "graph_module": {"graph": self.graph(outputs), "signature": signature},
            "schema_version": self.version, "torch_version": "2.9.1",
        }  # fmt: skip

    def write(self, path: Path, outputs: Sequence[str]) -> str:
        """Write the archive; its path."""
        return archive(path, self.record(outputs), {"config": self.weights})


def archive(path: Path, record: Any, weights: Any = None, member: str = "models/model.json") -> str:
    """An archive of a program; one that is bytes is written as it is."""
    text = record if isinstance(record, bytes) else json.dumps(record)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(f"net/{member}", text)
        if weights is not None:
            made.writestr("net/data/weights/model_weights_config.json", json.dumps(weights))
    return str(path)
