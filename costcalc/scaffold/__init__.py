"""Specs to begin with: one of a few kinds, sized as asked, that passes `check` as it is.

Each is a file of its own here. Its checked cells (`@`) are filled with what is computed, as a paper
would print them.
"""

from __future__ import annotations

import os
from string import Template

from costcalc.errors import Source
from costcalc.graph.build import build
from costcalc.graph.model import Graph
from costcalc.language.grammar import parse
from costcalc.language.model import Row
from costcalc.language.reader import read_source
from costcalc.language.settings import settle
from costcalc.safe_text import yaml_text

KINDS = {
    "classifier": "convolutions and poolings, one after another",
    "depthwise": "depthwise separable convolutions in a block",
    "residual": "residual blocks with branches",
    "detector": "a backbone, and two heads at named tensors",
}
"""Kinds of networks to begin with, and what is in each."""
SCHEMA = "costcalc.schema.json"
"""The file beside the spec that its first line names."""
_FOLDER = os.path.dirname(os.path.abspath(__file__))


def scaffold(name: str, kind: str, res: int, classes: int) -> str:
    """The text of a spec.

    Args:
        name: what the network is called.
        kind: a word of `KINDS`.
        res: height and width of its input.
        classes: how many it tells apart.

    Raises `SpecError` where the input is too small for it.

    >>> "fc,    classes, 1x1x10]" in scaffold("ours", "classifier", 32, 10)
    True
    """
    template = Template(read_source(os.path.join(_FOLDER, f"{kind}.yaml")).text)
    text = template.substitute(name=_quoted(name), res=res, classes=classes)
    unchecked = parse(Source(f"{name}.yaml", text.replace("@", "~")))
    for size in _sizes(build(unchecked, settle(unchecked, {}))):
        text = text.replace("@", size, 1)
    return text


def _sizes(graph: Graph) -> list[str]:
    """What comes out of each row, in the order of the file."""
    return [str(row.output) for row in graph.rows if isinstance(row.row, Row)]


def _quoted(name: str) -> str:
    """A name as YAML has it."""
    if name.isascii() and name.replace("_", "").isalnum() and not name[0].isdigit():
        return name
    return yaml_text(name)
