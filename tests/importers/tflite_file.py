"""TFLite files made on the spot: a FlatBuffers writer as short as one can be."""

from __future__ import annotations

import struct
from typing import Any

from costcalc.importers.tflite import TYPES
from costcalc.importers.tflite.words import WORDS

FORMS = {"float32": "f", "float16": "e", "int8": "b", "int16": "h", "int32": "i", "int64": "q"}


class Flat:
    """A file that grows: a table is written before what it points to, and patched then.

    A field is a number with its form, a text, bytes, a form with a list, a table (its fields by
    slot) or a list of tables.
    """

    def __init__(self, root: dict[int, Any]) -> None:
        self.data = bytearray(struct.pack("<I4s", 0, b"TFL3"))
        self._refer(0, root)

    def _refer(self, at: int, value: Any) -> None:
        self._align(8)
        struct.pack_into("<I", self.data, at, len(self.data) - at)
        if isinstance(value, dict):
            self._table(value)
        elif isinstance(value, list):
            self.data += struct.pack("<I", len(value))
            start = len(self.data)
            self.data += bytes(4 * len(value))
            for index, each in enumerate(value):
                self._refer(start + 4 * index, each)
        else:
            self._vector(value)

    def _vector(self, value: Any) -> None:
        form, numbers = ("B", list(value.encode() if isinstance(value, str) else value))
        if isinstance(value, tuple):
            form, numbers = value
        self.data += struct.pack(f"<I{len(numbers)}{form}", len(numbers), *numbers)
        self.data += b"\0"  # where a text ends

    def _table(self, fields: dict[int, Any]) -> None:
        """The vtable stands behind its table, which points to it."""
        at = len(self.data)
        self.data += bytes(4 + 8 * len(fields))
        slots = [0] * (max(fields, default=-1) + 1)
        for place, slot in enumerate(fields):
            slots[slot] = 4 + 8 * place
        struct.pack_into("<i", self.data, at, at - len(self.data))
        sizes = (4 + 2 * len(slots), 4 + 8 * len(fields))
        self.data += struct.pack(f"<{2 + len(slots)}H", *sizes, *slots)
        for slot, value in fields.items():
            if isinstance(value, tuple) and not isinstance(value[1], (list, range)):
                struct.pack_into("<" + value[0], self.data, at + slots[slot], value[1])
            else:
                self._refer(at + slots[slot], value)

    def _align(self, to: int) -> None:
        self.data += bytes(-len(self.data) % to)


class Model:
    """A TFLite file of one graph: tensors by name, operators in order."""

    def __init__(self) -> None:
        self.tensors: list[dict[int, Any]] = []
        self.places: dict[str, int] = {}
        self.buffers: list[dict[int, Any]] = [{}]
        self.operators: list[dict[int, Any]] = []
        self.codes: list[dict[int, Any]] = []
        self.inputs: list[int] = []

    def tensor(
        self, name: str, shape: Any, type_: str = "float32", values: Any = None, **said: Any
    ) -> str:
        """A tensor; one with `values` (or all the same, if that is a number) stands in the file.

        `scale` makes it quantised, `signature` are sizes with -1 for open ones, `buffer` is that
        of another tensor.
        """
        shape = list(shape)
        table = {0: ("i", shape), 1: ("B", TYPES.index(type_)), 3: name}
        if values is not None:
            count = 1
            for size in shape:
                count *= size
            values = [values] * count if isinstance(values, (int, float)) else list(values)
            table[2] = ("I", len(self.buffers))
            self.buffers.append({0: struct.pack(f"<{count}{FORMS[type_]}", *values)})
        if "buffer" in said:
            table[2] = self.tensors[self.places[said["buffer"]]][2]
        if "scale" in said:
            table[4] = {2: ("f", [said["scale"]])}
        if "signature" in said:
            table[7] = ("i", list(said["signature"]))
        self.places.setdefault(name, len(self.tensors))
        self.tensors.append(table)
        return name

    def given(self, name: str, shape: Any, type_: str = "float32", **said: Any) -> str:
        """An input of the model."""
        self.inputs.append(len(self.tensors))
        return self.tensor(name, shape, type_, **said)

    def operator(
        self,
        word: str,
        inputs: list[str],
        outputs: list[str],
        options: Any = None,
        custom: str = "",
        said: bytes = b"",
    ) -> None:
        """An operator on tensors by their names, "" for one that is left out.

        `custom` is the word of one that is not TFLite's, `said` its options.
        """
        number = WORDS.index(word)
        code = {0: ("b", min(number, 127)), 3: ("i", number)} | ({1: custom} if custom else {})
        self.codes.append(code)
        places = [
            ("i", [self.places[name] if name else -1 for name in names])
            for names in (inputs, outputs)
        ]
        table = {0: ("I", len(self.codes) - 1), 1: places[0], 2: places[1]}
        self.operators.append(
            table | ({} if options is None else {4: options}) | ({5: said} if said else {})
        )

    def file(self, outputs: list[str], version: int = 3) -> bytes:
        """The bytes of the file."""
        graph = {
            0: self.tensors, 1: ("i", self.inputs),
            2: ("i", [self.places[name] for name in outputs]), 3: self.operators,
        }  # fmt: skip
        root = {0: ("I", version), 1: self.codes, 2: [graph], 3: "made here", 4: self.buffers}
        return bytes(Flat(root).data)
