"""What a project's networks cost before: at a git revision, or as they are locked."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Protocol

from costcalc.control.project import Project, parse_project
from costcalc.control.quantities import measure_on
from costcalc.control.revision import Revision, revision
from costcalc.control.target import Built, Target
from costcalc.errors import CostcalcError, Source, SpecError
from costcalc.language.find import names
from costcalc.language.reader import as_source
from costcalc.network import Network
from costcalc.records import NamedTuple


class Baseline(Protocol):
    """What growth is measured against."""

    @property
    def name(self) -> str:
        """What it is called: a revision, or the lock."""

    def amount(self, target: Target, quantity: str) -> int | Fraction | None:
        """How much it was; None where there was no such network."""


class AtRevision(NamedTuple):
    """A project's networks as they were at a git revision.

    `called` are the names of then by those of now, where a network was renamed; `notes` say what
    could not be compared, and why.
    """

    revision: Revision
    built: Built
    called: dict[str, str]
    notes: list[str]

    @property
    def name(self) -> str:
        """The revision as it was named."""
        return self.revision.name

    def network(self, target: Target) -> Network | None:
        """What the target was, None where it was not or was broken."""
        found = self.built.get(self.called.get(target.name, target.name))
        return found if isinstance(found, Network) else None

    def amount(self, target: Target, quantity: str) -> int | Fraction | None:
        """How much it was; None where there was no such network."""
        network = self.network(target)
        return None if network is None else measure_on(target.device, network, quantity)


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
    built = was.build(functools.cache(there.load_spec))  # once for all settings of a network
    called = _renamed(project, was, there)
    for target in project.targets:
        found = built.get(called.get(target.name, target.name))
        if found is None:
            notes.append(f"{target.name} is new: {inside} of {name} does not have it")
        elif isinstance(found, CostcalcError):
            notes.append(f"{target.name} compares with nothing: {_first(found)}")
        elif target.name in called:
            notes.append(f"{target.name} was {called[target.name]} in {name}")
    gone = built.keys() - {target.name for target in project.targets} - set(called.values())
    notes += [f"{name_} is gone: {inside} of {name} had it" for name_ in built if name_ in gone]
    specs = (target.spec for target in project.targets if target.spec not in names())
    notes += there.dirty([project.source.path, *specs])
    return AtRevision(there, built, called, notes)


def _renamed(project: Project, was: Project, there: Revision) -> dict[str, str]:
    """Of networks under new names, those of then: the only ones of the same spec and settings."""
    kept = {target.name for target in project.targets} & {target.name for target in was.targets}
    new, gone = ([t for t in side.targets if t.name not in kept] for side in (project, was))
    then = [(_described(other, there.inside(other.spec)), other.name) for other in gone]
    found = {}
    for target in new if then else ():
        inside = there.inside(target.spec)
        described = _described(target, there.renamed(inside) or inside)
        alike = [name for other, name in then if other == described]
        if len(alike) == 1:
            found[target.name] = alike[0]
    return found


def _described(target: Target, spec: str) -> tuple[object, ...]:
    return spec, *((key, setting.value) for key, setting in target.settings.items())


def _first(error: CostcalcError) -> str:
    return error.message if isinstance(error, SpecError) else str(error).partition("\n")[0]
