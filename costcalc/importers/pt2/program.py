"""An exported program as its JSON says it: tensors, and calls of operators with their arguments.

The structure is that of torch/_export/serde/schema.py, whose major version a reader has to know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from costcalc.importers.wire import Malformed
from costcalc.safe_text import shortened

T = TypeVar("T")

LARGEST = (1 << 63) - 1
INFINITE = ("Infinity", "-Infinity", "NaN")
"""Numbers that JSON has no words for, as the schema writes them."""

TYPES = {
    1: "uint8", 2: "int8", 3: "int16", 4: "int32", 5: "int64", 6: "float16", 7: "float32",
    8: "float64", 9: "complex64", 10: "complex64", 11: "complex64", 12: "bool", 13: "bfloat16",
    28: "uint16", 29: "float8", 30: "float8", 31: "float8", 32: "float8", 33: "float8",
    34: "uint32", 35: "uint64",
}  # fmt: skip
"""Types of elements by PyTorch's numbers."""

_SYMBOL = re.compile(r"Symbol\('(\w+)'.*\)|([A-Za-z_]\w*)")


class Reference(str):
    """The name of a tensor or of a number that another call computes."""

    __slots__ = ()


@dataclass(slots=True)
class Meta:
    """What is known of a tensor: sizes, of which those that are open are text, and its type."""

    sizes: tuple[int | str, ...]
    type: str


@dataclass(slots=True)
class Graph:
    """Calls in their order, what they know of tensors, and the names that go in and come out."""

    calls: list[Any]
    metas: dict[str, Meta]
    inputs: list[Any]
    outputs: list[Any]


def part(record: Any, key: str, kind: type[T]) -> T:
    """A part of a JSON object. Raises `Malformed` where it is missing or something else."""
    found = record.get(key) if isinstance(record, dict) else None
    if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
        raise Malformed(f"'{key}', which is missing or no {kind.__name__}")
    return found


def graph(record: Any) -> Graph:
    """A graph and the tensors in it."""
    metas = {name: _meta(name, each) for name, each in part(record, "tensor_values", dict).items()}
    return Graph(
        part(record, "nodes", list), metas, part(record, "inputs", list),
        part(record, "outputs", list),
    )  # fmt: skip


def _meta(name: str, record: Any) -> Meta:
    number = part(record, "dtype", int)
    if number not in TYPES:
        raise Malformed(f"an unknown type ({number}) of the tensor '{shortened(name)}'")
    return Meta(tuple(_size(size) for size in part(record, "sizes", list)), TYPES[number])


def _size(record: Any) -> int | str:
    if isinstance(record, dict) and "as_expr" in record:
        return _symbol(part(part(record, "as_expr", dict), "expr_str", str))
    size = part(record, "as_int", int)
    if not 0 <= size <= LARGEST:
        raise Malformed(f"a size of {size:,}")
    return size


def _symbol(expression: str) -> str:
    """The name of a size, "" for one that is computed of others."""
    match = _SYMBOL.fullmatch(expression)
    return (match[1] or match[2]) if match and expression.count("Symbol(") <= 1 else ""


def argument(record: Any) -> Any:
    """An argument as a Python value: numbers, text, lists of them, `Reference` to what is computed.

    Raises `Malformed` for what has no such value.
    """
    if not isinstance(record, dict):
        raise Malformed("an argument that is no object")
    tag, held = next(((tag, held) for tag, held in record.items() if tag[:3] == "as_"), ("", None))
    if tag in ("as_none", ""):
        return None
    if tag in ("as_tensor", "as_sym_int", "as_sym_bool", "as_sym_float", "as_optional_tensor"):
        return _one(held)
    if tag in ("as_tensors", "as_sym_ints", "as_optional_tensors", "as_sym_bools", "as_sym_floats"):
        return [_one(each) for each in part(record, tag, list)]
    if tag in ("as_graph", "as_custom_obj", "as_device", "as_complex", "as_string_to_argument"):
        return held
    if tag == "as_float" and held in INFINITE:
        return float(held)
    for each in held if isinstance(held, list) else (held,):
        if not isinstance(each, (int, float, str, list)):
            raise Malformed(f"'{shortened(tag)}', which is no value")
        if isinstance(each, int) and not -LARGEST - 1 <= each <= LARGEST:
            raise Malformed(f"a number beyond 64 bits in '{shortened(tag)}'")
    return held


def _one(record: Any) -> Any:
    """A tensor, or one of those unions in which a number may stand in place of a name."""
    if not isinstance(record, dict):
        raise Malformed("a tensor that is no object")
    if "as_none" in record:
        return None
    if "as_tensor" in record:  # PyTorch 2.3 writes the name alone
        held = record["as_tensor"]
        return Reference(held) if isinstance(held, str) else _one(held)
    for key in ("as_int", "as_float", "as_bool"):
        if key in record:
            return argument({key: record[key]})
    return Reference(part(record, "as_name" if "as_name" in record else "name", str))


def names(records: Iterable[Any]) -> list[str]:
    """The names of what is written, or handed out: "" for what is left out, and for numbers."""
    found: list[str] = []
    for record in records:
        value = argument(record)
        for each in value if isinstance(value, list) else (value,):
            found.append(str(each) if isinstance(each, Reference) else "")
    return found


def called(target: str) -> tuple[str, str]:
    """The word of an operator and its overload: `conv2d`, `default`.

    >>> called("torch.ops.aten.add_.Tensor"), called("_operator.mul")
    (('add_', 'Tensor'), ('_operator.mul', ''))
    """
    if not target.startswith("torch.ops."):
        return target, ""
    if target.startswith("torch.ops.higher_order."):
        return target.removeprefix("torch.ops.higher_order."), ""
    word, _, overload = target.removeprefix("torch.ops.").rpartition(".")
    return word.removeprefix("aten."), overload


def module(metadata: Mapping[str, Any]) -> tuple[str, str]:
    """The path and the class of the innermost module that a call was made in."""
    stack = metadata.get("nn_module_stack") if isinstance(metadata, dict) else None
    last = stack.rpartition(";")[2].split(",") if isinstance(stack, str) else []
    return (last[1], last[2]) if len(last) == 3 else ("", "")
