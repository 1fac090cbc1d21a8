"""The zip archive that an exported program is, and the JSON in it that says what it computes.

Weights and sample inputs lie beside it; they are not read, so that nothing is ever unpickled.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.importers.wire import Malformed

MOST = 128 << 20
"""The most bytes of JSON that are read: a graph of some 40,000 nodes with their stack traces."""

OLD = "serialized_exported_program.json"
"""Where releases before PyTorch 2.8 write the program."""

WEIGHTS = "_weights_config.json"
"""The end of the name of the member that says where each parameter lies."""


class _View(io.RawIOBase):
    """Bytes as a file, none of which is copied before it is read."""

    def __init__(self, data: memoryview) -> None:
        self._data, self._at = data, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._data)}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        found = self._data[self._at : self._at + len(buffer)]
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)


class Archive:
    """The members of an exported program that are text."""

    def __init__(self, data: memoryview) -> None:
        """Look at its directory. Raises `Malformed` for what is no zip archive."""
        try:
            self._data = data
            self._zip = zipfile.ZipFile(io.BufferedReader(_View(data)))
        except (
            ValueError, OSError, EOFError, NotImplementedError, struct.error, zipfile.BadZipFile,
        ) as error:  # fmt: skip
            raise Malformed(f"no zip archive that can be read: {error}") from None
        self.members = {info.filename: info for info in self._zip.infolist()}

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def program(self) -> Any:
        """The program. Raises `CostcalcError` where there is none, or more than one."""
        found = [
            name
            for name in self.members
            if (name.endswith(".json") and name.split("/")[-2:-1] == ["models"])
            or name.split("/")[-1] == OLD
        ]
        if len(found) == 1:
            return self._json(found[0])
        if found:
            raise CostcalcError(f"{len(found)} programs in one archive; one is read")
        last = {name.rpartition("/")[2] for name in self.members}
        what = "something else"
        write = "torch.export.save(torch.export.export(model, inputs), path)"
        if "data.pkl" in last:
            what = "weights or TorchScript, which are pickled"
        elif "model.weights.h5" in last:
            what, write = "a Keras model", 'model.export(path, format="onnx")'
        raise CostcalcError(f"a zip archive, but of {what}\nwrite the model with {write}")

    def stored(self) -> dict[str, memoryview]:
        """The bytes of each parameter that lies in a member as it is, one after another."""
        names = [name for name in self.members if name.endswith(WEIGHTS)]
        config = self._json(names[0]) if len(names) == 1 else None
        entries = config.get("config") if isinstance(config, dict) else None
        found = {}
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            path = entry.get("path_name") if isinstance(entry, dict) else None
            folder = names[0].rpartition("/")[0]
            info = self.members.get(f"{folder}/{path}")
            if info is not None and info.compress_type == zipfile.ZIP_STORED:
                found[name] = self._bytes(info)
        return found

    def _bytes(self, info: zipfile.ZipInfo) -> memoryview:
        """A member that is not compressed, where it stands: behind its name and what is extra."""
        named, extra = struct.unpack_from("<HH", self._data, info.header_offset + 26)
        start = info.header_offset + 30 + named + extra
        return self._data[start : start + info.file_size]

    def shared(self) -> dict[str, str]:
        """The member in which each parameter lies; parameters of one member are the same one."""
        names = [name for name in self.members if name.endswith(WEIGHTS)]
        config = self._json(names[0]) if len(names) == 1 else None
        entries = config.get("config") if isinstance(config, dict) else None
        return {
            name: json.dumps([entry.get("path_name"), entry.get("tensor_meta")])
            for name, entry in (entries.items() if isinstance(entries, dict) else ())
            if isinstance(entry, dict)
        }

    def _json(self, name: str) -> Any:
        """A member. Raises `Malformed` for one that is broken, and for one that is too large."""
        if self.members[name].file_size > MOST:
            size = self.members[name].file_size
            raise Malformed(f"'{name}' of {size:,} bytes, more than {MOST:,}, the limit")
        try:
            with self._zip.open(self.members[name]) as member:
                return json.loads(member.read(MOST))
        except RecursionError:
            raise Malformed(f"'{name}', which is nested too deeply") from None
        except (
            ValueError, EOFError, OSError, RuntimeError, zipfile.BadZipFile, zlib.error,
        ) as error:  # fmt: skip
            raise Malformed(f"'{name}', which cannot be read: {error}") from None
