"""Files to text: what stands on a disk, up to a limit; anything else is refused.

A path may come from a stranger's spec and may lead anywhere. Only a stored file is read, and no
more of it than was there when it was opened. A FIFO or a device would be waited for without end, or
have no end.
"""

from __future__ import annotations

import codecs
import functools
import io
import os
import stat
import sys
from collections.abc import Iterator
from typing import Any

from costcalc.errors import CostcalcError, Source
from costcalc.language import limits

SPEC = "a spec is a YAML file"
"""What a path is to lead to, unless a reader says otherwise."""

_KINDS = (
    (stat.S_ISDIR, "a directory"), (stat.S_ISFIFO, "a FIFO"), (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"), (stat.S_ISSOCK, "a socket"),
)  # fmt: skip
# where the system has it: opening waits for nobody, whatever has taken the file's place meanwhile
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class _Stored(io.RawIOBase):
    """A file that ends where it ended when it was opened, however much is written to it since.

    The files that a system makes up as they are read (`/proc`) have no size: they are empty here.
    """

    def __init__(self, file: io.FileIO) -> None:
        self.file = file
        self.left = os.fstat(file.fileno()).st_size

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.file.fileno()

    def readinto(self, buffer: Any, /) -> int | None:
        with memoryview(buffer).cast("B") as view:
            read = self.file.readinto(view[: self.left])
        self.left -= read or 0
        return read

    def close(self) -> None:
        self.file.close()
        super().close()


def status(path: str, expected: str = SPEC) -> os.stat_result:
    """What the system says of a stored file.

    Raises `CostcalcError` for a path that leads to none, with what was `expected`.
    """
    try:
        found = os.stat(path)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    _require_stored(path, found, expected)
    return found


def _require_stored(path: str, found: os.stat_result, expected: str) -> None:
    for is_kind, name in _KINDS:
        if is_kind(found.st_mode):
            raise CostcalcError(f"is {name}; {expected}", path)


def opened(path: str, expected: str = SPEC) -> io.BufferedReader:
    """A stored file, to be read. Raises `CostcalcError` for a path that leads to none."""
    status(path, expected)  # before it is opened, which some devices take as an order
    try:
        file = io.FileIO(os.open(path, _FLAGS))
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    try:
        _require_stored(path, os.fstat(file.fileno()), expected)
    except BaseException:
        file.close()
        raise
    return io.BufferedReader(_Stored(file))


def read_source(path: str, expected: str = SPEC, limit: int = limits.FILE_BYTES) -> Source:
    """The text of a file of at most `limit` bytes.

    Raises `CostcalcError` for what is no stored file, larger, or no text in UTF-8.
    """
    with opened(path, expected) as file:
        try:
            data = file.read(limit + 1)
        except OSError as error:
            raise unreadable(path, error) from None
    return as_source(path, data, limit)


STDIN = "-"
"""The path of what is written to stdin."""
_NO_TEXT = frozenset(range(0x20)) - {0x09, 0x0A, 0x0C, 0x0D}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_HEAD = 12


@functools.cache
def stdin() -> bytes:
    """What is written to stdin, read once, and one byte more than its kind may have.

    Raises `CostcalcError` for what cannot be read.
    """
    if sys.stdin is None:
        raise CostcalcError(f"{STDIN}: cannot be read: stdin is closed")
    try:
        head = sys.stdin.buffer.read(_HEAD)
        most = limits.FILE_BYTES if is_text(head) else limits.MODEL_BYTES
        return head + sys.stdin.buffer.read(most + 1 - len(head))
    except OSError as error:
        raise unreadable(STDIN, error) from None


def is_text(data: bytes) -> bool:
    """Whether data begin as text does: no model file's first bytes are without control characters.

    >>> is_text(b"input: [32, 32, 3]"), is_text(b"PK\x03\x04")
    (True, False)
    """
    return data.startswith(_UTF_16) or _NO_TEXT.isdisjoint(data[:_HEAD])


def as_source(path: str, data: bytes, limit: int = limits.FILE_BYTES) -> Source:
    """The text that a file holds. Raises `CostcalcError` for more than the limit, or no text."""
    if len(data) > limit:
        of = " of a spec" if limit == limits.FILE_BYTES else ""
        raise CostcalcError(f"larger than {limit:,} bytes, the limit{of}", path)
    return Source(path, _decoded(path, data))


def read_lines(path: str, expected: str) -> Iterator[str]:
    """The lines of a file of any length, each of at most `limits.FILE_BYTES` bytes.

    Raises `CostcalcError` for what is no stored file, a longer line, or no text in UTF-8.
    """
    with opened(path, expected) as file:
        number = 0
        while line := _line(path, file):
            if len(line) > limits.FILE_BYTES:
                raise CostcalcError(
                    f"longer than {limits.FILE_BYTES:,} bytes, the limit of a line",
                    f"{path}:{number + 1}",
                )
            for part in line.splitlines(keepends=True):  # in bytes, so at \r, \n and \r\n alone
                yield _decoded(path, part, number)
                number += 1


def _line(path: str, file: io.BufferedReader) -> bytes:
    try:
        return file.readline(limits.FILE_BYTES + 1)
    except OSError as error:
        raise unreadable(path, error) from None


def _decoded(path: str, data: bytes, number: int = 0) -> str:
    """The text of what stands in a file from the line with this number on, counted from 0."""
    try:
        signed = not number and data.startswith(codecs.BOM_UTF8)
        return data.decode("utf-8-sig" if signed else "utf-8")
    except UnicodeDecodeError as error:
        line = number + data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise CostcalcError(
            f"not UTF-8: byte 0x{data[error.start]:02x}", f"{path}:{line}:{column}"
        ) from None


def unreadable(path: str, error: OSError | ValueError) -> CostcalcError:
    """Why there is no file; `ValueError` is Python's word for what no path can contain."""
    if isinstance(error, OSError):
        return CostcalcError(f"cannot be read: {error.strerror}", path)
    return CostcalcError(f"{path!r}: cannot be read: it is no path")
