"""A model file written as a spec that a person keeps, and held to what it was."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from costcalc.errors import CostcalcError, Source
from costcalc.graph.model import Layer
from costcalc.importers import is_model
from costcalc.importers.build import as_program, spec_of
from costcalc.importers.formats import read_file
from costcalc.importers.tree import Program
from costcalc.importers.writing.text import flat_text, folded_text, once_text
from costcalc.language import limits
from costcalc.language.grammar import parse
from costcalc.language.reader import STDIN
from costcalc.network import Network
from costcalc.ops import COMMUTING


def convert(path: str | os.PathLike[str]) -> str:
    """The text of a spec that is the same network as a model file, layer by layer.

    Args:
        path: a model file (`.onnx`, `.pt2`, `.tflite`), or `-` for one on stdin.

    Returns:
        YAML: tables with blocks, branches and repeats, hyperparameters for what the file leaves
        open, comments where the file has better names. Layers have the file's order, shapes and
        costs.

    Raises:
        CostcalcError: for a file that cannot be read or counted, and for a spec.

    >>> convert("mobilenet")
    Traceback (most recent call last):
        ...
    costcalc.errors.CostcalcError: mobilenet: is no model file, which convert makes a spec of
    """
    path = os.fspath(path)
    if not is_model(path):
        raise CostcalcError("is no model file, which convert makes a spec of", path)
    program = as_program(read_file(path))
    layers = Network(spec_of(program), {}).layers
    name = "network" if path == STDIN else os.path.splitext(os.path.basename(path))[0]
    for write in (folded_text, flat_text):
        text = _with_once(write(program, name), program, layers)
        if text is not None:
            return text
    raise CostcalcError(
        f"cannot be written as a spec of at most {limits.FILE_BYTES:,} bytes",
        path,
    )


def _with_once(text: str, program: Program, layers: Sequence[Layer]) -> str | None:
    """The text with what is stored once; None where it is not the same network."""
    try:
        written = Network(parse(Source("spec.yaml", text)), {}).layers
        places = {row.name: number for number, row in enumerate(program.rows)}
        groups = [[_named(use, places, written) for use in group] for group in program.once]
        text += once_text(groups)
        again = Network(parse(Source("spec.yaml", text)), {}).layers
    except (CostcalcError, IndexError):
        return None
    if len(text.encode()) > limits.FILE_BYTES:
        return None
    return text if list(map(_facts, again)) == list(map(_facts, layers)) else None


def _named(use: str, places: dict[str, int], written: Sequence[Layer]) -> str:
    """A part of a row of the file, as one of the layer that the spec has there."""
    name, _, part = use.rpartition("/")
    return f"{written[places[name]].name}/{part}"


def _facts(layer: Layer) -> Any:
    reads = () if layer.operator.source else layer.inputs
    if layer.op in COMMUTING:
        reads = tuple(sorted(reads))
    return layer.op, layer.output, layer.facts, reads
