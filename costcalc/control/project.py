"""The file in which a project names its networks, and what each may cost.

It is `costcalc.yaml`, or the table `[tool.costcalc]` of a `pyproject.toml` with the same keys; the
nearest one upwards.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from costcalc.control.limits import Budget, read_budget
from costcalc.control.target import Built, LoadSpec, Target, read_targets
from costcalc.errors import CostcalcError, Mark, Source, SpecError
from costcalc.language import fields
from costcalc.language.nodes import Mapping, Node, read
from costcalc.language.reader import read_source
from costcalc.language.references import as_text
from costcalc.language.toml import read_toml
from costcalc.library import load_spec
from costcalc.records import NamedTuple
from costcalc.recovery import keep, keeping, read_whole

NAME, PYPROJECT = "costcalc.yaml", "pyproject.toml"
KEYS = {
    "networks": "names, each with a spec: a built-in name, a path, or more than that",
    "budgets": "what these may cost",
}
"""The keys of a project's file."""
WHAT = "the file of a project"


class Project(NamedTuple):
    """A project's networks by name, each under its settings, and its budgets."""

    source: Source
    networks: dict[str, list[Target]]
    budgets: list[Budget]

    @property
    def targets(self) -> list[Target]:
        """Every network under every setting, in the order of the file."""
        return [target for targets in self.networks.values() for target in targets]

    def build(self, load: LoadSpec = load_spec, only: Iterable[Target] | None = None) -> Built:
        """Every target's network; one that is broken keeps none of the others from being built."""
        built: Built = {}
        for target in self.targets if only is None else only:
            try:
                built[target.name] = target.load(load)
            except CostcalcError as error:
                built[target.name] = error
        return built


def load_project(path: str | os.PathLike[str] = ".") -> Project:
    """The project of a file, or the nearest one in a folder and those above it.

    Raises `CostcalcError` where there is none, `SpecError` where it is wrong.
    """
    source = read_source(Source(_find(as_text(path)), "").shown, WHAT)
    return read_whole(source, parse_project)


def _find(path: str) -> str:
    if not os.path.isdir(path):
        return path
    folder = os.path.abspath(path)
    while True:
        own, theirs = os.path.join(folder, NAME), os.path.join(folder, PYPROJECT)
        named = os.path.exists(theirs) and _own_table(read_source(theirs, WHAT)) is not None
        if os.path.exists(own):
            if named:
                raise CostcalcError(f"{own}: {PYPROJECT} has [tool.costcalc] too: keep one of them")
            return own
        if named:
            return theirs
        above = os.path.dirname(folder)
        if above == folder:
            raise CostcalcError(
                f"no {NAME}, and no {PYPROJECT} with [tool.costcalc], here or above\n"
                f"write one: docs/ci.md",
                path,
            )
        folder = above


def _own_table(source: Source) -> Node | None:
    if "costcalc" not in source.text:  # most have none, and need not be walked through
        return None
    tool = read_toml(source).get("tool")
    return tool.get("costcalc") if isinstance(tool, Mapping) else None


def parse_project(source: Source) -> Project:
    """The project that a source describes. Raises `SpecError` with the place of what is wrong."""
    if source.path.endswith(".toml"):
        root = _own_table(source)
        if root is None:
            raise SpecError("there is no [tool.costcalc]", Mark(source, 0, 0))
    else:
        root = read(source, "a project names its networks")
    entries = fields.mapping(root, WHAT)
    fields.known_keys(entries, KEYS, WHAT)
    networks = fields.mapping(fields.required(entries, "networks", WHAT), "networks")
    if not networks.entries:
        raise SpecError("a project names at least one network", networks.mark)
    folder = os.path.dirname(source.path)
    targets: dict[str, list[Target]] = {}
    for name, node in networks.entries.items():
        targets[name] = []
        with keeping():
            targets[name] = read_targets(name, node, networks.keys[name], folder)
    _require_different_names(targets)
    budgets = entries.get("budgets")
    found = []
    for node in [] if budgets is None else fields.sequence(budgets, "budgets"):
        with keeping():
            found.append(read_budget(node, targets))
    return Project(source, targets, found)


def _require_different_names(networks: dict[str, list[Target]]) -> None:
    """Raise `SpecError` for a network that is called as another one is under its settings."""
    known: set[str] = set()
    for target in (target for targets in networks.values() for target in targets):
        if target.name in known:
            keep(SpecError(f"two networks are called '{target.name}'", target.mark))
        known.add(target.name)
