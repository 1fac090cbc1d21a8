"""Columns in Arrow's memory layout, handed over by its C interface without a library.

https://arrow.apache.org/docs/format/CDataInterface.html: three structures of pointers, each with
a function that lets it go. What they point to is kept in `_KEPT` until then.
"""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Mapping
from ctypes import POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from fractions import Fraction
from typing import Any

import numpy as np

from costcalc.records import NamedTuple

NULLABLE = 2
"""The flag of a column that may lack values."""
_CAPSULE = b"arrow_array_stream"


class _Schema(Structure):
    """What a column is."""


class _Array(Structure):
    """What a column holds."""


class _Stream(Structure):
    """A schema, and arrays one after another."""


_LET_GO_SCHEMA = ctypes.CFUNCTYPE(None, POINTER(_Schema))
_LET_GO_ARRAY = ctypes.CFUNCTYPE(None, POINTER(_Array))
_LET_GO_STREAM = ctypes.CFUNCTYPE(None, POINTER(_Stream))
_GET_SCHEMA = ctypes.CFUNCTYPE(c_int, POINTER(_Stream), POINTER(_Schema))
_GET_NEXT = ctypes.CFUNCTYPE(c_int, POINTER(_Stream), POINTER(_Array))
_LAST_ERROR = ctypes.CFUNCTYPE(c_void_p, POINTER(_Stream))

_Schema._fields_ = [
    ("format", c_char_p), ("name", c_char_p), ("metadata", c_char_p), ("flags", c_int64),
    ("n_children", c_int64), ("children", POINTER(POINTER(_Schema))),
    ("dictionary", POINTER(_Schema)), ("release", _LET_GO_SCHEMA), ("private_data", c_void_p),
]  # fmt: skip
_Array._fields_ = [
    ("length", c_int64), ("null_count", c_int64), ("offset", c_int64), ("n_buffers", c_int64),
    ("n_children", c_int64), ("buffers", POINTER(c_void_p)),
    ("children", POINTER(POINTER(_Array))), ("dictionary", POINTER(_Array)),
    ("release", _LET_GO_ARRAY), ("private_data", c_void_p),
]  # fmt: skip
_Stream._fields_ = [
    ("get_schema", _GET_SCHEMA), ("get_next", _GET_NEXT), ("get_last_error", _LAST_ERROR),
    ("release", _LET_GO_STREAM), ("private_data", c_void_p),
]  # fmt: skip

_KEPT: dict[int, Any] = {}
_NUMBERS = itertools.count(1)


def _keep(*things: Any) -> int:
    number = next(_NUMBERS)
    _KEPT[number] = things
    return number


class Column(NamedTuple):
    """A column in Arrow's layout: its format, how many values it lacks, its buffers."""

    format: bytes
    lacking: int
    buffers: list[Any]


def column(values: Any) -> Column:
    """Values as Arrow lays them out: whole numbers of 64 bits, floats, truth values or text.

    >>> column([1, None, 3])[:2]
    (b'l', 1)
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "if" and values.ndim == 1:
        numbers = np.ascontiguousarray(values, np.int64 if values.dtype.kind == "i" else np.float64)
        return Column(b"l" if values.dtype.kind == "i" else b"g", 0, [None, numbers])
    listed = values.tolist() if isinstance(values, np.ndarray) else list(values)
    there = np.array([value is not None for value in listed], dtype=bool)
    lacking = int(len(there) - there.sum())
    validity = np.packbits(there, bitorder="little") if lacking else None
    kinds = {type(value) for value in listed if value is not None}
    if kinds == {bool}:
        truths = np.array([bool(value) for value in listed], dtype=bool)
        return Column(b"b", lacking, [validity, np.packbits(truths, bitorder="little")])
    if kinds == {int} and all(value is None or -(2**63) <= value < 2**63 for value in listed):
        return Column(b"l", lacking, [validity, np.array([v or 0 for v in listed], np.int64)])
    if kinds and kinds <= {int, float, Fraction}:
        return Column(b"g", lacking, [validity, np.array([float(v or 0) for v in listed])])
    texts = [
        b"" if value is None else str(value).encode(errors="backslashreplace") for value in listed
    ]
    ends = np.zeros(len(texts) + 1, np.int64)
    ends[1:] = np.cumsum([len(text) for text in texts])
    return Column(b"U", lacking, [validity, ends, np.frombuffer(b"".join(texts) + b"\0", np.uint8)])


def _let_schema_go(schema: Any) -> None:
    _let_go(schema.contents, _LET_GO_SCHEMA)


def _let_array_go(array: Any) -> None:
    _let_go(array.contents, _LET_GO_ARRAY)


def _let_go(one: Any, release: Any) -> None:
    """Children that nobody has taken go with what they are children of."""
    for number in range(one.n_children):
        child = one.children[number]
        if child.contents.release:
            child.contents.release(child)
    _KEPT.pop(one.private_data, None)
    one.release = release()


def _fill_schema(schema: Any, format_: bytes, name: str, flags: int, children: list[Any]) -> None:
    encoded = name.encode(errors="backslashreplace")
    pointers = (POINTER(_Schema) * len(children))(*map(ctypes.pointer, children))
    schema.format, schema.name, schema.metadata, schema.flags = format_, encoded, None, flags
    schema.n_children, schema.children = len(children), pointers if children else None
    schema.dictionary, schema.release = None, _SCHEMA_RELEASE
    schema.private_data = _keep(format_, encoded, pointers, children)


def _fill_array(array: Any, length: int, of: Column, children: list[Any]) -> None:
    addresses = [None if buffer is None else buffer.ctypes.data for buffer in of.buffers]
    buffers = (c_void_p * len(addresses))(*addresses)
    pointers = (POINTER(_Array) * len(children))(*map(ctypes.pointer, children))
    array.length, array.null_count, array.offset = length, of.lacking, 0
    array.n_buffers, array.buffers = len(addresses), buffers
    array.n_children, array.children = len(children), pointers if children else None
    array.dictionary, array.release = None, _ARRAY_RELEASE
    array.private_data = _keep(of, buffers, pointers, children)


def _get_schema(stream: Any, schema: Any) -> int:
    columns, _ = _KEPT[stream.contents.private_data]
    children = []
    for name, of in columns.items():
        children.append(_Schema())
        _fill_schema(children[-1], of.format, name, NULLABLE, [])
    _fill_schema(schema.contents, b"+s", "", 0, children)
    return 0


def _get_next(stream: Any, array: Any) -> int:
    columns, left = _KEPT[stream.contents.private_data]
    if not left:
        array.contents.release = _LET_GO_ARRAY()  # the end
        return 0
    length = left.pop()
    children = []
    for of in columns.values():
        children.append(_Array())
        _fill_array(children[-1], length, of, [])
    _fill_array(array.contents, length, Column(b"+s", 0, [None]), children)
    return 0


def _last_error(stream: Any) -> None:
    return None


def _let_stream_go(stream: Any) -> None:
    _KEPT.pop(stream.contents.private_data, None)
    stream.contents.release = _LET_GO_STREAM()


_DESTROY = ctypes.CFUNCTYPE(None, c_void_p)
_new_capsule = ctypes.pythonapi.PyCapsule_New
_new_capsule.restype, _new_capsule.argtypes = ctypes.py_object, [c_void_p, c_char_p, _DESTROY]
_pointer_of = ctypes.PYFUNCTYPE(c_void_p, c_void_p, c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)


def _destroy(capsule: int) -> None:
    """A reader that took the stream has set its `release` to nothing."""
    address = _pointer_of(capsule, _CAPSULE)
    stream = _Stream.from_address(address)
    if stream.release:
        stream.release(ctypes.pointer(stream))
    _KEPT.pop(address, None)


_SCHEMA_RELEASE, _ARRAY_RELEASE = _LET_GO_SCHEMA(_let_schema_go), _LET_GO_ARRAY(_let_array_go)
_OF_STREAM = (
    _GET_SCHEMA(_get_schema),
    _GET_NEXT(_get_next),
    _LAST_ERROR(_last_error),
    _LET_GO_STREAM(_let_stream_go),
)
_DESTRUCTOR = _DESTROY(_destroy)
"""Functions as C calls them, for as long as there is anybody who may."""


def stream(columns: Mapping[str, Any]) -> object:
    """A capsule with a stream of one array, a struct of these columns.

    Args:
        columns: equally long lists or arrays by name.

    Returns:
        A `PyCapsule` named `arrow_array_stream`.

    >>> type(stream({"alpha": [0.5, 1.0]})).__name__
    'PyCapsule'
    """
    laid_out = {str(name): column(values) for name, values in columns.items()}
    lengths = {len(values) for values in columns.values()}
    made = _Stream(*_OF_STREAM)
    made.private_data = _keep(laid_out, [*lengths] or [0])
    address = ctypes.addressof(made)
    _KEPT[address] = made
    return _new_capsule(address, _CAPSULE, _DESTRUCTOR)
