"""Tensors of ONNX files: their sizes, and their elements only where they are few."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Any

from costcalc.importers.records import BITS, KNOWN, Beside, Constant
from costcalc.importers.wire import Malformed, Stretch, integers, signed, stretch, whole
from costcalc.safe_text import shortened

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


def read_tensor(message: Stretch) -> Constant:
    """A TensorProto: its sizes, and its elements only where they are few."""
    shape: list[int] = []
    name, kind = "", 0
    stands: list[tuple[int, int | Stretch]] = []
    external = False
    beside: dict[str, str] = {}
    for number, _, value in message.fields():
        if number == 1:
            shape += integers(value)
        elif number == 2:
            kind = whole(value)
        elif number == 8:
            name = stretch(value).text()
        elif number in (4, 5, 7, 9, 10, 11):
            stands.append((number, value))
        elif number == 13:
            beside |= [_entry(stretch(value))]
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
    texts |= {number: stretch(value).text() for number, _, value in message.fields()}
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
