"""FlatBuffers: the tables of a file, read where they stand, without their schema and copies.

https://flatbuffers.dev/internals. A table names its vtable, which says by slot where each field
stands; a slot that it does not have holds the default. Every offset and length is checked, and
what many offsets lead to is paid for each time, so that no small file is a large one.
"""

from __future__ import annotations

import struct
from typing import Any

from costcalc.importers.wire import Malformed

SPENT_BY_BYTE = 4
"""How many bytes may be read for each byte of the file: writers share some of their vectors."""

SPENT_ANYWAY, SPENT_AT_MOST = 1 << 16, 1 << 27
"""How many may be read from a small file, and from any: a graph of 10^6 nodes needs 10^8."""

LONGEST_TEXT = 1 << 16
"""How much of a text is read; names are shorter."""


class Flat:
    """The bytes of a file, and how many of them may still be read."""

    __slots__ = ("data", "left", "size")

    def __init__(self, data: memoryview) -> None:
        self.data, self.size = data, len(data)
        self.left = min(SPENT_BY_BYTE * self.size + SPENT_ANYWAY, SPENT_AT_MOST)

    def number(self, form: str, at: int) -> Any:
        """The number of a `struct` form at a byte. Raises `Malformed` beyond the end."""
        if not 0 <= at <= self.size - struct.calcsize(form):
            raise Malformed(f"an offset to byte {at:,}, beyond the end")
        return struct.unpack_from(form, self.data, at)[0]

    def spend(self, size: int, at: int) -> None:
        """Account for bytes that are to be read. Raises `Malformed` where they are too many."""
        if not 0 <= at <= self.size - size:
            raise Malformed(f"{size:,} bytes at byte {at:,}, beyond the end")
        self.left -= size + 4
        if self.left < 0:
            raise Malformed("more to read than a graph of its size has")

    def follow(self, at: int) -> int:
        """Where the offset at a byte leads."""
        return int(at + self.number("<I", at))

    def root(self) -> Table:
        """The table that the file is."""
        return Table(self, self.follow(0))


class Table:
    """A table: its fields by slot."""

    __slots__ = ("at", "flat", "slots", "vtable")

    def __init__(self, flat: Flat, at: int) -> None:
        self.flat, self.at = flat, at
        self.vtable = at - flat.number("<i", at)
        size = flat.number("<H", self.vtable)
        if size < 4 or self.vtable + size > flat.size:
            raise Malformed(f"a vtable of {size:,} bytes at byte {self.vtable:,}")
        self.slots = (size - 4) // 2

    def _place(self, slot: int) -> int:
        """The byte at which a field stands, 0 where it is left out."""
        if slot >= self.slots:
            return 0
        offset = int(self.flat.number("<H", self.vtable + 4 + 2 * slot))
        return self.at + offset if offset else 0

    def number(self, slot: int, form: str, default: Any = 0) -> Any:
        """A number, in a `struct` form without its order of bytes."""
        at = self._place(slot)
        return self.flat.number("<" + form, at) if at else default

    def table(self, slot: int) -> Table | None:
        """A table in a table."""
        at = self._place(slot)
        return Table(self.flat, self.flat.follow(at)) if at else None

    def blob(self, slot: int) -> tuple[int, int] | None:
        """Where a vector of bytes stands and how many they are; none of them is read."""
        at = self._place(slot)
        return self._vector(at, 1) if at else None

    def text(self, slot: int) -> str:
        """A text, whatever its bytes are."""
        start, length = self.blob(slot) or (0, 0)
        length = min(length, LONGEST_TEXT)
        self.flat.spend(length, start)
        return bytes(self.flat.data[start : start + length]).decode("utf-8", "replace")

    def numbers(self, slot: int, form: str, most: int) -> tuple[Any, ...] | None:
        """A vector of numbers; None where it is left out. Raises `Malformed` for a longer one."""
        at = self._place(slot)
        if not at:
            return None
        width = struct.calcsize("<" + form)
        start, length = self._vector(at, width)
        if length > most:
            raise Malformed(f"a vector of {length:,} numbers at byte {start:,}")
        self.flat.spend(width * length, start)
        return struct.unpack_from(f"<{length}{form}", self.flat.data, start)

    def tables(self, slot: int, most: int) -> list[Table]:
        """A vector of tables. Raises `Malformed` for a longer one."""
        at = self._place(slot)
        if not at:
            return []
        start, length = self._vector(at, 4)
        if length > most:
            raise Malformed(f"a vector of {length:,} tables at byte {start:,}, more than {most:,}")
        self.flat.spend(4 * length, start)
        flat = self.flat
        return [Table(flat, flat.follow(start + 4 * index)) for index in range(length)]

    def _vector(self, at: int, width: int) -> tuple[int, int]:
        """Where the elements of the vector stand that a byte leads to, and how many they are."""
        start = self.flat.follow(at) + 4
        length = int(self.flat.number("<I", start - 4))
        if length * width > self.flat.size - start:
            raise Malformed(f"a vector of {length:,} at byte {start:,}, beyond the end")
        return start, length
