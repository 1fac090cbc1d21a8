"""Which constants of a file training changes, as far as a format, or an exporter, says."""

from __future__ import annotations

import math
import re

from costcalc.importers.records import Constant
from costcalc.importers.translate import Translator

UNNAMED = re.compile(r"val_\d+|onnx::\w+_\d+")
"""How PyTorch's exporters call constants that are no parameters of a module."""
MODULE = re.compile(r"\w+(\.\w+)+")
"""How they call parameters: by their path, below the module that is exported."""


def is_made_up(t: Translator, constant: Constant) -> bool:
    """Whether a constant is no parameter by where PyTorch's exporters write it: in the graph, as
    they do with the colours that an image is normalised by, or as ones under no module's name."""
    stored = t.stored.get(constant.owner, constant)
    if stored.untrained:
        return t.file.tells_trained
    if "pytorch" not in t.file.format:
        return False
    unnamed = UNNAMED.fullmatch(stored.name) is not None
    same = stored.values is not None and len(set(stored.values)) == 1
    return stored.inline or (unnamed and same)


def is_trained(t: Translator, constant: Constant) -> bool:
    """Whether a constant is one that training changes, as far as its format says."""
    stored = t.stored.get(constant.owner)
    if stored is None or stored.untrained or is_made_up(t, stored):
        return False
    return stored.type.startswith(("float", "bfloat")) or stored.name in t.dequantised


def is_parameter(t: Translator, constant: Constant) -> bool:
    """Whether a single number is trained: those that are written in a graph have no name of a
    module's parameter."""
    stored = t.stored.get(constant.owner)
    if stored is None or not is_trained(t, constant) or math.prod(stored.shape) != 1:
        return False
    named = not stored.inline and MODULE.fullmatch(stored.name) is not None
    return t.file.tells_trained or (named and "pytorch" in t.file.format)
