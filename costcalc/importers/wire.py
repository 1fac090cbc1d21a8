"""Protocol buffers on the wire: fields of a message, without its schema and without copies.

https://protobuf.dev/programming-guides/encoding. A message is a stretch of the file's bytes;
what stands in it is skipped unless somebody asks. Every length is checked against its message.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from costcalc.records import NamedTuple

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10


class Malformed(Exception):
    """The bytes are no message: where, and why."""


class Stretch(NamedTuple):
    """Bytes `start` to `end` of a file: a message, a text, or packed numbers."""

    data: memoryview
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def raw(self) -> bytes:
        """The bytes themselves."""
        return bytes(self.data[self.start : self.end])

    def text(self) -> str:
        """The bytes as text, whatever they are."""
        return self.raw().decode("utf-8", "replace")

    def fields(self) -> Iterator[tuple[int, int, int | Stretch]]:
        """Number, wire type and value of each field, in the order of the file.

        Raises `Malformed` for lengths beyond the end and for what no writer writes.
        """
        data, at, end = self.data, self.start, self.end
        while at < end:
            key = data[at]
            at += 1
            if key >= 0x80:
                key, at = _varint(data, at - 1, end)
            number, wire = key >> 3, key & 7
            if wire == BYTES:
                length, at = _varint(data, at, end)
                if length > end - at:
                    raise Malformed(f"a field of {length:,} bytes at byte {at:,}, beyond the end")
                yield number, wire, Stretch(data, at, at + length)
                at += length
            elif wire == VARINT:
                value, at = _varint(data, at, end)
                yield number, wire, value
            elif wire in (FIXED32, FIXED64):
                size = 4 if wire == FIXED32 else 8
                if size > end - at:
                    raise Malformed(f"a number at byte {at:,}, beyond the end")
                yield number, wire, Stretch(data, at, at + size)
                at += size
            else:
                raise Malformed(f"an unknown kind of field ({wire}) at byte {at:,}")
            if not number:
                raise Malformed(f"a field without a number at byte {at:,}")

    def integers(self) -> Iterator[int]:
        """Packed varints, as signed 64-bit numbers."""
        at = self.start
        while at < self.end:
            value, at = _varint(self.data, at, self.end)
            yield signed(value)

    def floats(self, form: str = "<f") -> Iterator[float]:
        """Packed little-endian numbers of a `struct` form; a broken last one is left out."""
        whole = len(self) - len(self) % struct.calcsize(form)
        for (number,) in struct.iter_unpack(form, self.data[self.start : self.start + whole]):
            yield number


def _varint(data: memoryview, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    for place in range(at, min(end, at + _LONGEST_VARINT)):
        byte = data[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place + 1
        shift += 7
    raise Malformed(f"a number without an end at byte {at:,}")


def signed(value: int) -> int:
    """A varint as the signed 64-bit number that it stands for."""
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >= 1 << 63 else value


def whole(value: int | Stretch) -> int:
    """A field that is a whole number. Raises `Malformed` for any other."""
    if isinstance(value, int):
        return value
    raise Malformed(f"no whole number at byte {value.start:,}")


def stretch(value: int | Stretch) -> Stretch:
    """A field that is text or a message. Raises `Malformed` for any other."""
    if isinstance(value, Stretch):
        return value
    raise Malformed("a number where text or a message is expected")


def integers(value: int | Stretch) -> Iterable[int]:
    """A field of whole numbers, packed or one."""
    return value.integers() if isinstance(value, Stretch) else (signed(value),)
