"""Model files: a trained network's own file is another way to write a spec.

A reader for each format yields a `ModelFile`, in ONNX's words. The translation writes it as the
tree of a spec, and that is read, built and counted like any other.
"""

from __future__ import annotations

from costcalc.language.find import MODELS
from costcalc.language.reader import STDIN, is_text, stdin

FOREIGN = (".pt", ".pth", ".ckpt", ".safetensors", ".h5", ".keras", ".pb", ".pte", ".gguf", ".ort")
"""What the names of model files end with that hold no graph, or one that is not read here."""


def is_model(path: str) -> bool:
    """Whether a path leads to a model file rather than to a spec, by its ending; stdin by bytes."""
    if path == STDIN:
        return not is_text(stdin())
    return path.lower().endswith(MODELS + FOREIGN)


class Read:
    """What of model files is read that is not read otherwise."""

    zeros = False


READ = Read()
"""Whether weights are read, for how many are not zero: `costcalc --keep-zeros`."""

LEFT_OUT: set[str] = set()
"""Operators of model files that are left out because somebody said so, and headers say it."""
