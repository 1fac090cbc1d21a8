"""The heading of a spec: its name and paper, and the networks beside which it is listed."""

from __future__ import annotations

import os
from functools import partial

from costcalc.errors import Source, SpecError, suggest
from costcalc.language import fields
from costcalc.language.nodes import Mapping, Node, Sequence, read
from costcalc.language.spec import TASKS, Heading
from costcalc.recovery import keep, read_or

_KEYS = frozenset(("name", "paper", "family", "task"))


def read_heading(source: Source) -> Heading:
    """The heading of the spec that a source holds, of which no more is read than that.

    Raises `SpecError` where it is none.
    """
    return heading(fields.mapping(read(source, until=_KEYS), "a spec"), source)


def heading(root: Mapping, source: Source) -> Heading:
    """The heading that a spec's tree says. Raises `SpecError` for a word that is no task."""
    key = os.path.splitext(os.path.basename(source.path))[0]
    name, paper, family = (
        read_or(partial(fields.text, root.get(word), word), "")
        for word in ("name", "paper", "family")
    )
    tasks: tuple[str, ...] = read_or(partial(_tasks, root.get("task")), ())
    return Heading(key, name or key, paper, family, tasks)


def _tasks(node: Node | None) -> tuple[str, ...]:
    """What the network is for: a word of `TASKS`, or several."""
    if node is None:
        return ()
    items = node.items if isinstance(node, Sequence) else [node]
    words = [fields.scalar(item, "task") for item in items]
    for word in words:
        if word.text not in TASKS:
            hint = suggest(word.text, TASKS, "tasks")
            keep(SpecError(f"unknown task '{word.text}'", word.mark, hint))
    return tuple(word.text for word in words)
