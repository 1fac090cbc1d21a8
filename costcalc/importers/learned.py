"""Which constants of a file training changes, as far as a format, or an exporter, says."""

from __future__ import annotations

import math
import re

from costcalc.importers.records import BITS, Constant
from costcalc.importers.sizes import Whole, value
from costcalc.importers.translate import Translator

UNNAMED = re.compile(r"(val_\d+|onnx::\w+_\d+)(_quantized)?")
"""How PyTorch's exporters call what they made of parameters, or of nothing."""
WRITTEN = re.compile(r"\S*/Constant(_\d+)?_output_\d+(_quantized)?|\w+_default(_\d+)?")
"""How they call a number that a module's code says, wherever other tools moved it, and what they
made of an operator's (`full_default`)."""
COORDINATES = 4
"""The most channels that say where something is, or how far away."""
CELLS = re.compile(r"(\S*[./])?(anchors|anchor_points|anchor_grid|strides|stride_tensor|grid)")
"""How detectors call where their cells are and how large, by a path as parameters have it."""
MLIR = re.compile(r"(arith|std|tfl)\.\w+")
"""How TensorFlow's converter calls a constant by the operation that it was."""
NORM = re.compile(r"batch_?norm", re.IGNORECASE)
"""What stands in the names that TensorFlow gives what it made of a batch normalisation."""
MODULE = re.compile(r"\w+(\.\w+)+")
"""How they call parameters: by their path, below the module that is exported."""


def is_made_up(t: Translator, constant: Constant, of_norm: bool = False) -> bool:
    """Whether a constant is no parameter by where PyTorch's exporters write it: in the graph, as
    they do with the colours that an image is normalised by, as ones under no module's name, or
    under that of the cells of a detector.

    A step `of_norm`, which scales or shifts what was normalised, they write for parameters alone:
    ones are what these are before any training.
    """
    stored = t.stored.get(constant.owner, constant)
    if stored.untrained:
        return t.file.tells_trained
    if any(name.fullmatch(stored.name) for name in (WRITTEN, CELLS)):
        return True
    if stored.inline and "pytorch" in t.file.format:
        return True
    same = stored.values is not None and len(set(stored.values)) == 1
    return same and not of_norm and UNNAMED.fullmatch(stored.name) is not None


def is_trained(t: Translator, constant: Constant, of_norm: bool = False) -> bool:
    """Whether a constant is one that training changes, as far as its format says.

    `of_norm`: whether it scales or shifts what was normalised.
    """
    stored = t.stored.get(constant.owner)
    if stored is None or stored.untrained or is_made_up(t, stored, of_norm):
        return False
    few_bits = stored.type != "bool" and BITS[stored.type] <= 8
    floats = stored.type.startswith(("float", "bfloat"))
    quantised = stored.name in t.dequantised or stored.name in t.file.quantised
    return floats or few_bits or quantised


def is_parameter(t: Translator, constant: Constant) -> bool:
    """Whether a single number is trained: those that are written in a graph have no name of a
    module's parameter."""
    stored = t.stored.get(constant.owner)
    if stored is None or not is_trained(t, constant) or math.prod(stored.shape) != 1:
        return False
    return _is_said(t, stored)


def may_be_place(t: Translator, constant: Constant, channels: Whole) -> bool:
    """Whether a constant of so few channels may say where something is, as grids of coordinates
    do: it is no parameter by its name."""
    stored = t.stored.get(constant.owner, constant)
    return value(channels) <= COORDINATES and not _is_said(t, stored)


def _is_said(t: Translator, stored: Constant) -> bool:
    """Whether a file says that a constant is a parameter: by its kind, or by a module's name."""
    if t.file.tells_trained:
        return True
    return MODULE.fullmatch(stored.name) is not None and not MLIR.fullmatch(stored.name)


def prepares(t: Translator, constant: Constant, row: str) -> bool:
    """Whether a constant of TensorFlow's is what images are prepared by, as the mean of colours:
    nothing has been done to an input but arithmetic, and it is left of no normalisation."""
    if not t.file.format.startswith("TFLite") or NORM.search(constant.owner):
        return False
    while row in t.rows and t.rows[row].op == "elementwise":
        row = t.rows[row].inputs[0]
    return row in t.given
