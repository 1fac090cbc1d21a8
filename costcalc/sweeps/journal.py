"""What a sweep has finished, as far as it can be known after a kill: a file of checked records.

A journal is a line that says of which sweep it is, then records of what is finished. Each has a
checksum of all up to its end: what was torn by the kill, or changed since, does not fit, and it and
all after it is as if it were not there.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import pickle
import struct
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from costcalc import __version__
from costcalc.errors import CostcalcError, Source
from costcalc.files import Named, replacement, target
from costcalc.language.reader import opened
from costcalc.locked_files import let_go, lock, own
from costcalc.sweeps import chunks
from costcalc.sweeps.tasks import Job

FORMAT = 5
"""The version of what follows; a journal of another one is refused."""
LATE = 1.0
"""Seconds after which records are handed to the system: so much work a kill may cost."""
_HEAD = struct.Struct("<QI")
"""Before each record its length and checksum."""
NOT_GIVEN = "not given"

Identity = Mapping[str, Any]
"""Of which sweep a journal is, as JSON has it: all that its rows depend on."""


def identity(
    job: Job, options: Mapping[str, object], paths: Iterable[str] = (), keeps: str = ""
) -> Identity:
    """All that the rows of a job depend on: versions, options, the contents of every file.

    `options` are those of the command on which the rows depend, by name; `paths` are files that
    were read beside the job's own (specs, blocks they use, conventions); `keeps` says what a
    journal's records hold.
    """
    return {
        "format": FORMAT,
        "said": {
            "costcalc": __version__,
            "numpy": np.__version__,
            **{f"--{name.replace('_', '-')}": str(value) for name, value in options.items()},
            "what is swept": ", ".join(space.spec.key for space in job.spaces),
            "the order of hyperparameters": "; ".join(", ".join(s.axes) for s in job.spaces),
            "the size of blocks": str(chunks.CHUNK),
            "what it keeps": keeps,
        },
        "files": _digests(job, paths),
    }


def _digests(job: Job, paths: Iterable[str]) -> dict[str, str]:
    """A digest of every text that anything in a job was read from, and of further files, by name.

    Not by path: a file means the same wherever it stands. Several of one name have one together.
    """
    found: dict[str, bytes] = {}

    class Reached(pickle.Pickler):
        """What is reachable from an object, as pickling reaches it."""

        def persistent_id(self, reached: object) -> str | None:
            if not isinstance(reached, Source):
                return None
            found[reached.path] = reached.text.encode()
            return reached.path

    Reached(io.BytesIO()).dump(job)
    for path in paths:
        with opened(path) as file:
            found[path] = hashlib.file_digest(file, "sha256").digest()
    digests: dict[str, str] = {}
    for text, path in sorted((text, path) for path, text in found.items()):
        name = os.path.basename(path)
        digests[name] = hashlib.sha256(digests.get(name, "").encode() + text).hexdigest()
    return digests


def difference(before: Identity, now: Identity) -> str | None:
    """How the sweep that a journal is of differs from this one, in words; None: not at all."""
    for name in [*now["said"], *before["said"]]:
        was, is_now = (one["said"].get(name, NOT_GIVEN) for one in (before, now))
        if was != is_now:
            return f"{name} was {was}, now it is {is_now}"
    for file in [*now["files"], *before["files"]]:
        if before["files"].get(file) != now["files"].get(file):
            return f"{file} has changed since"
    return None


class Checked(io.BufferedRandom):
    """A file of one's own that grows: so far it has a size and a checksum of all that is in it."""

    raw: Named
    size = check = 0

    def write(self, data: Any, /) -> int:
        """Add bytes at the end."""
        self.count(data)
        return super().write(data)

    def count(self, data: Any) -> None:
        """Bytes that were read are in it."""
        self.check = zlib.crc32(data, self.check)
        self.size += len(data)

    def agrees(self, size: int, check: int) -> bool:
        """Whether its next bytes, up to a size, are those of a checksum; if so they count."""
        self.seek(self.size)
        found, left = self.check, size - self.size
        while left > 0 and (piece := self.read(min(left, 1 << 20))):
            found = zlib.crc32(piece, found)
            left -= len(piece)
        if left or found != check:
            return False
        self.size, self.check = size, check
        return True

    def cut(self) -> None:
        """Forget what has not been counted."""
        self.seek(self.size)
        self.truncate()


class Journal:
    """The records of one sweep: read where it goes on, then written.

    `resumed` is whether there is something to go on from, `begins_anew` whether there was
    something that is not gone on from, `empty` whether no record is or was begun.
    """

    def __init__(self, path: str, of: Identity, resume: bool) -> None:
        """Open a journal; empty it unless the sweep is to be resumed.

        Raises `CostcalcError` where it is of another sweep, or another process is writing it.
        """
        self.path = path
        self.file = Checked(own(path, path))
        try:
            header = self.file.readline()
            self.resumed, self.begins_anew = resume and bool(header), bool(header) and not resume
            if self.resumed:
                self._require(header, of)
                self.file.count(header)
            else:
                header = json.dumps(of).encode() + b"\n"
                self.file.cut()
                self.file.write(header)
                self.file.flush()
        except BaseException:
            self.file.close()
            raise
        self.header, self.flushed = header, time.monotonic()
        self.reading, self.empty = self.resumed, not self.resumed

    def _require(self, header: bytes, of: Identity) -> None:
        try:
            before = json.loads(header)
            known, other = before["format"] == FORMAT, difference(before, of)
        except (ValueError, LookupError, TypeError, AttributeError):  # of whatever it is
            known, other = False, None
        if not known:
            raise CostcalcError("is nothing that a sweep can go on from", self.path)
        if other is not None:
            what = f"is of another sweep: {other}\nwithout --resume it begins anew"
            raise CostcalcError(what, self.path)

    def records(self) -> Iterator[bytes]:
        """The records that are whole, each read when it is wanted.

        The journal goes on after the last one from which the reader came back for more.
        """
        while self.reading:
            head = self.file.read(_HEAD.size)
            length, check = _HEAD.unpack(head) if len(head) == _HEAD.size else (0, 0)
            if not 0 < length <= os.fstat(self.file.fileno()).st_size:
                return
            record = self.file.read(length)
            if zlib.crc32(record, self.file.check) != check:
                return
            yield record
            self.file.count(head + record)

    @property
    def is_late(self) -> bool:
        """Whether what is finished is to be handed to the system now."""
        return time.monotonic() - self.flushed > LATE

    def append(self, record: bytes) -> None:
        """Add a record after the last one that was read. Raises `CostcalcError`."""
        if self.reading:
            self.file.cut()
        self.reading = self.empty = False
        _add(self.file, record)
        if self.is_late:
            self.file.flush()
            self.flushed = time.monotonic()

    def replace(self, record: bytes) -> None:
        """Have one record in place of all. Raises `CostcalcError`."""
        with replacement(target(self.path)) as raw:
            lock(raw)  # before it has the name: at no time may another process have the journal
            file = Checked(raw)
            file.write(self.header)
            _add(file, record)
            file.flush()
        self.file.close()
        self.file = file

    def close(self, keep: bool) -> str | None:
        """End it; without `keep`, and where nothing is in it, it goes. Its path where it stays."""
        if not keep or self.empty:
            let_go(self.file.raw, self.path)
            return None
        with contextlib.suppress(CostcalcError):  # on a full disk, what the last second had
            self.file.flush()
        self.file.raw.close()
        return self.path


def _add(file: Checked, record: bytes) -> None:
    file.write(_HEAD.pack(len(record), zlib.crc32(record, file.check)))
    file.write(record)
