"""What a project's networks cost before: at a git revision, or as they are locked."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from costcalc.control.project import Built, Project, Target, parse_project
from costcalc.control.quantities import measure
from costcalc.control.revision import Revision, revision
from costcalc.errors import CostcalcError, Source, SpecError
from costcalc.language.reader import as_source
from costcalc.network import Network


class Baseline(Protocol):
    """What growth is measured against."""

    @property
    def name(self) -> str:
        """What it is called: a revision, or the lock."""

    def amount(self, target: Target, quantity: str) -> int | None:
        """How much it was; None where there was no such network."""


class AtRevision(NamedTuple):
    """A project's networks as they were at a git revision.

    `notes` says what could not be compared, and why.
    """

    revision: Revision
    built: Built
    notes: list[str]

    @property
    def name(self) -> str:
        """The revision as it was named."""
        return self.revision.name

    def network(self, target: Target) -> Network | None:
        """What the target was, None where it was not or was broken."""
        found = self.built.get(target.name)
        return found if isinstance(found, Network) else None

    def amount(self, target: Target, quantity: str) -> int | None:
        """How much it was; None where there was no such network."""
        network = self.network(target)
        return None if network is None else measure(network, quantity)


def at_revision(project: Project, name: str) -> AtRevision:
    """The networks of a project at a revision, by its file there: settings may have changed too.

    Where the revision has no such file, the networks of today's are looked for in it. Raises
    `CostcalcError` where there is no such revision.
    """
    there = revision(name, project.source.path)
    inside = there.path_of(project.source.path)
    notes: list[str] = []
    was = project
    try:
        data = there.read(inside)
        if data is None:
            notes.append(f"{inside} is not in {name}: the networks are those of now")
        else:
            was = parse_project(Source(project.source.path, as_source(inside, data).text))
    except CostcalcError as error:
        notes.append(
            f"{inside} of {name} is broken, the networks are those of now: {_first(error)}"
        )
    built = was.build(there.load_spec)
    for target in project.targets:
        found = built.get(target.name)
        if found is None:
            notes.append(f"{target.name} is new: {inside} of {name} does not have it")
        elif isinstance(found, CostcalcError):
            notes.append(f"{target.name} compares with nothing: {_first(found)}")
    gone = built.keys() - {target.name for target in project.targets}
    notes += [f"{name_} is gone: {inside} of {name} had it" for name_ in built if name_ in gone]
    return AtRevision(there, built, notes)


def _first(error: CostcalcError) -> str:
    return error.message if isinstance(error, SpecError) else str(error).partition("\n")[0]
