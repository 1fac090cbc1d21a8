"""JSON Schemas (2020-12) of the files that people write, made of what reads them.

Keys, words and what they mean are those of the readers' own declarations. What a reader demands
beyond a key's shape (a name that exists, groups that divide) no schema can say: it stays theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from costcalc.schema import hardware, project
from costcalc.schema.convention import convention
from costcalc.schema.parts import Schema
from costcalc.schema.spec import spec

KINDS: dict[str, tuple[str, Callable[[], Schema]]] = {
    "spec": ("a network, as its paper tells it", spec),
    "convention": ("what a tool counts", convention),
    "device": ("what bounds a network's time, and how long networks take", hardware.device),
    "board": ("what a network has to fit into", hardware.board),
    "project": ("costcalc.yaml: a project's networks and their budgets", project.project),
}
"""Each kind of file, and what it says."""


def schema(kind: str = "spec") -> dict[str, Any]:
    """The schema of a kind of file.

    Args:
        kind: "spec", "convention", "device", "board" or "project".

    Returns:
        The schema, as JSON has it.

    >>> sorted(schema("board")["properties"])
    ['flash', 'name', 'ram', 'runtime', 'source']
    """
    says, make = KINDS[kind]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"costcalc {kind}",
        "description": says,
        **make(),
    }
