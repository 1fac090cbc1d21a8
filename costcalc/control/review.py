"""A change of a project, reviewed: its differences, its budgets and its lock, all at once."""

from __future__ import annotations

import os

from costcalc.control import locking
from costcalc.control.baseline import AtRevision, at_revision
from costcalc.control.budgets import Budgets, hold, lock_of
from costcalc.control.changes import Diff
from costcalc.control.diff import diff
from costcalc.control.project import Project, load_project
from costcalc.control.target import Built
from costcalc.errors import CostcalcError, once
from costcalc.network import Network
from costcalc.records import NamedTuple


class Review(NamedTuple):
    """What became of a project.

    `base` is the revision it is compared with, "" for none. `diffs` are by the networks' names;
    of a network that is broken there is none. `lock` is None where the project has none. `errors`
    are all there are, each once: nothing that is broken hides what can be said of the rest.
    """

    project: Project
    base: str
    diffs: dict[str, Diff]
    budgets: Budgets
    lock: locking.Checked | None
    errors: list[CostcalcError]
    notes: list[str]

    @property
    def failed(self) -> bool:
        """Whether a budget is broken that is more than a warning, or the lock is stale."""
        return self.budgets.failed or (self.lock is not None and self.lock.stale)


def review(path: str | os.PathLike[str] = ".", base: str | None = None) -> Review:
    """A project beside what it was at a git revision, its budgets and its lock.

    Raises `CostcalcError` where there is no project, its file is wrong, or there is no such
    revision.
    """
    project = load_project(path)
    before = None if base is None else at_revision(project, base)
    built = project.build()
    lock, errors = lock_of(project)
    held = hold(project, built, before or lock)
    budgets = Budgets(held, project)
    checked = None if lock is None else locking.check(project, built)
    notes = [] if before is None else [*before.notes]
    if base is None:
        notes.append("no --base: nothing is compared with what it was")
    if lock is None and not errors:
        notes.append("no costcalc.lock: costcalc lock writes one")
    return Review(
        project,
        base or "",
        {} if before is None else _diffs(project, before, built),
        budgets,
        checked,
        once([*_errors(built), *budgets.errors, *errors]),
        notes,
    )


def _diffs(project: Project, before: AtRevision, built: Built) -> dict[str, Diff]:
    return {
        target.name: diff(before.network(target), network)
        for target in project.targets
        if isinstance(network := built[target.name], Network)
    }


def _errors(built: Built) -> list[CostcalcError]:
    return [error for error in built.values() if isinstance(error, CostcalcError)]
