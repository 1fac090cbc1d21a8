"""A row of the spec that a model file is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from costcalc.importers.records import Node
from costcalc.numbers.dimensions import Shape


@dataclass(slots=True)
class Row:
    """A row of the spec to be: an operator on the rows it reads, with its cells."""

    name: str
    op: str
    arguments: dict[str, Any]
    inputs: list[str]
    shape: Shape
    node: Node
    cells: dict[str, str] = field(default_factory=dict)
