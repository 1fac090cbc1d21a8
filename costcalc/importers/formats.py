"""A model file's graph, whatever its format: that is told by its first bytes, not by its name."""

from __future__ import annotations

import mmap

from costcalc.errors import CostcalcError, about
from costcalc.importers.records import ModelFile
from costcalc.importers.wire import Malformed
from costcalc.language import limits
from costcalc.language.reader import STDIN, opened, stdin, unreadable

MALFORMED = (Malformed, ValueError, TypeError, IndexError, KeyError, OverflowError, AttributeError,
             ArithmeticError, AssertionError, StopIteration, RecursionError)  # fmt: skip
"""What goes wrong in a file that says what no exporter does; none of it is a fault of ours to
show as one."""

OTHERS = {
    (0, b"\x89HDF"): "HDF5: weights of Keras, perhaps; convert the model to TFLite or ONNX",
    (0, b"\x80\x02"): "a pickle, which is never read; export the model with torch.export",
    (0, b"GGUF"): "GGUF, which holds weights and no graph",
    (4, b"ORTM"): "ONNX Runtime's own format; the ONNX file that it was made of can be read",
    (4, b"ET12"): "ExecuTorch's; save the exported program that it was made of",
    (8, b'{"'): "safetensors: weights and no graph; export the model with torch.export",
    (0, b"version"): "a pointer of Git LFS; fetch the file itself with git lfs pull",
    (0, b"\x1f\x8b"): "compressed with gzip; unpack it first",
}
"""What else stands at a byte of files that people have, and what it is."""


def read_file(path: str) -> ModelFile:
    """The graph of a model file.

    Raises `CostcalcError` for one that is damaged, of another version, or of no format known here.
    """
    return read_data(path, map_file(path))


def read_data(path: str, data: memoryview) -> ModelFile:
    """The graph of what a model file holds, called by a path. Raises as `read_file` does."""
    for (place, begins), what in OTHERS.items():
        if data[place : place + len(begins)] == begins:
            raise CostcalcError(f"no model file but {what}", path)
    try:
        return _read(path, data)
    except CostcalcError as error:
        said = str(error)
        raise error if said.startswith(about(path, "")) else CostcalcError(said, path) from None
    except MALFORMED as error:
        reason = str(error) if isinstance(error, Malformed) else "its parts do not fit together"
        raise CostcalcError(f"no model file, or a damaged one: {reason}", path) from None


def map_file(path: str) -> memoryview:
    """The bytes of a model file, none of which is read yet.

    Raises `CostcalcError` for an empty file, and one that cannot be read.
    """
    if path == STDIN:
        return _from_stdin()
    with opened(path, "a model file is ONNX, PyTorch's .pt2 or TFLite") as file:
        try:
            # never closed: what is read may still look at it, and it goes with the last look
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except ValueError:
            raise CostcalcError("no model file: it is empty", path) from None
        except OSError as error:
            raise unreadable(path, error) from None


def _from_stdin() -> memoryview:
    data = stdin()
    if len(data) > limits.MODEL_BYTES:
        raise CostcalcError(f"{STDIN}: larger than {limits.MODEL_BYTES:,} bytes, the limit")
    return memoryview(data)


def _read(path: str, data: memoryview) -> ModelFile:
    if bytes(data[:4]) == b"PK\x03\x04":
        from costcalc.importers import pt2

        return pt2.read(path, data)
    if bytes(data[4:8]) == b"TFL3":
        from costcalc.importers import tflite

        return tflite.read(path, data)
    from costcalc.importers import onnx

    return onnx.read(path, data)
