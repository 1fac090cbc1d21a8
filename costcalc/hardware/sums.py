"""The sums over layers that time is made of: data (`sums.yaml`), counted as a convention's figures.

A sum is a whole number of a network: multiply-adds of one kind, elements, layers. It is made by
the rules that conventions are made of, so that ints, arrays and axes all have it.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping

from costcalc.conventions.convention import Convention
from costcalc.conventions.counting import Counted, apply
from costcalc.conventions.reading import read_otherwise, read_rules
from costcalc.errors import SpecError, suggest
from costcalc.graph.model import Graph
from costcalc.language import fields
from costcalc.language.model import Cell
from costcalc.language.nodes import Node, read
from costcalc.language.reader import read_source
from costcalc.records import NamedTuple

EXAMPLE, RUN = "example", "run"
"""What a sum is of: each example of a batch, or the run of all of them."""


class Sum(NamedTuple):
    """One of the sums: what it adds up, of what, and why time should depend on it."""

    name: str
    unit: str
    per: str
    reason: str

    def times(self, batch: int) -> int:
        """How many times a run of a batch has it."""
        return batch if self.per == EXAMPLE else 1


class Sums(NamedTuple):
    """All sums by name, and the rules that count them, as a convention."""

    by_name: Mapping[str, Sum]
    rules: Convention

    def of(self, graph: Graph) -> Counted:
        """The sums of a network of one example, as `figures`, and those of every layer."""
        return apply(self.rules, graph, ())

    def require(self, name: str, node: Node) -> Sum:
        """The sum of that name. Raises `SpecError` at the node for what is none."""
        if name not in self.by_name:
            hint = suggest(name, self.by_name, "sums")
            raise SpecError(f"unknown sum '{name}'", node.mark, hint)
        return self.by_name[name]


@functools.cache
def load_sums() -> Sums:
    """The sums that ship.

    >>> load_sums().by_name["layers"].per
    'run'
    """
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sums.yaml")
    root = fields.mapping(read(read_source(path)), "the sums")
    fields.known_keys(root, ("sums", "otherwise", "rules"), "the sums")
    entries = fields.mapping(fields.required(root, "sums", "the sums"), "sums")
    found = {name: _sum(name, node) for name, node in entries.entries.items()}
    units = {one.name: one.unit for one in found.values()}
    otherwise = fields.required(root, "otherwise", "the sums")
    rules = Convention(
        key="time",
        name="time",
        version="",
        about="the sums that time is made of",
        source=path,
        figures=units,
        params=Cell("0", False, otherwise.mark),
        otherwise=read_otherwise(otherwise, units),
        rules=read_rules(root.get("rules"), units),
        assumes=(),
        mark=otherwise.mark,
        per_run=[name for name, one in found.items() if one.per == RUN],
    )
    return Sums(found, rules)


def _sum(name: str, node: Node) -> Sum:
    entries = fields.mapping(node, name)
    fields.known_keys(entries, ("unit", "per", "reason"), name)
    unit, per, reason = (
        fields.text(fields.required(entries, key, name), key) for key in ("unit", "per", "reason")
    )
    return Sum(name, unit, per, reason)
