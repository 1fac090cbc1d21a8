"""A project's lock written, held to, or brought up to date for some of its networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costcalc.control.lock import SCHEMA, Lock, Locked, locked, path_of, read_lock, text_of
from costcalc.control.project import Project
from costcalc.control.staleness import Staleness, compare
from costcalc.control.target import Built
from costcalc.errors import CostcalcError, once, suggest
from costcalc.files import whole
from costcalc.network import Network
from costcalc.records import NamedTuple

_EMPTY = Lock(SCHEMA, {})


class Checked(NamedTuple):
    """How every network stands to the lock, and what is wrong with those that are broken."""

    project: Project
    networks: list[Staleness]
    errors: list[CostcalcError]

    @property
    def path(self) -> str:
        """Where the lock is."""
        return path_of(self.project)

    @property
    def stale(self) -> bool:
        """Whether the lock is to be written anew."""
        return any(one.stale for one in self.networks)


def check(project: Project, built: Built) -> Checked:
    """The networks of now beside the lock.

    Raises `CostcalcError` where there is no lock, or it cannot be read.
    """
    path = path_of(project)
    lock = read_lock(path)
    if lock is None:
        raise CostcalcError("there is no lock\nwrite it: costcalc lock", path)
    return Checked(project, _compared(lock, built), _errors(built))


def write(project: Project, built: Built) -> Checked:
    """Lock every network; what was stale. Where one is broken nothing is written.

    Raises `CostcalcError` where the file cannot be written.
    """
    path = path_of(project)
    try:
        before = read_lock(path) or _EMPTY
    except CostcalcError:  # of which nothing is kept
        before = _EMPTY
    errors = _errors(built)
    if not errors:
        _write(path, _locked(built))
    return Checked(project, _compared(before, built), errors)


def update(project: Project, names: Sequence[str]) -> Checked:
    """Lock these networks, and leave the others as they are locked.

    A name is a network's, or one's under its settings (`detector:res=320`). One that is locked and
    no more in the project is removed. Raises `CostcalcError` for another name, or where the lock
    cannot be read or written.
    """
    path = path_of(project)
    before = read_lock(path) or _EMPTY
    targets = [t for t in project.targets if t.name in names or t.network in names]
    known = {name for target in project.targets for name in (target.name, target.network)}
    gone = before.networks.keys() - {target.name for target in project.targets}
    for name in names:
        if name not in known | gone:
            raise CostcalcError(
                f"unknown network '{name}'\n{suggest(name, known | gone, 'networks')}"
            )
    built = project.build(only=targets)
    removed = {name for name in gone if name in names}
    left = {name: one for name, one in before.networks.items() if name not in removed}
    if not _errors(built):
        _write(path, {**left, **_locked(built)})
    found = [one for one in _compared(before, built) if one.name in built or one.name in removed]
    return Checked(project, found, _errors(built))


def _write(path: str, networks: Mapping[str, Locked]) -> None:
    with whole(path) as file:
        file.write(text_of(networks).encode())


def _compared(lock: Lock, built: Built) -> list[Staleness]:
    """Every network but the broken ones, of which nothing is known."""
    found = compare(lock, _locked(built))
    return [one for one in found if not isinstance(built.get(one.name), CostcalcError)]


def _locked(built: Built) -> dict[str, Locked]:
    return {name: locked(net) for name, net in built.items() if isinstance(net, Network)}


def _errors(built: Built) -> list[CostcalcError]:
    return once(error for error in built.values() if isinstance(error, CostcalcError))
