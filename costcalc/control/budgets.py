"""`costcalc.budgets`: a project's networks held to what they may cost."""

from __future__ import annotations

import os
from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

from costcalc.control.baseline import Baseline, at_revision
from costcalc.control.limits import Budget, Limit
from costcalc.control.lock import Lock, path_of, read_lock
from costcalc.control.project import Project, load_project
from costcalc.control.quantities import TIME, measure, predicted_on
from costcalc.control.target import Built, Target
from costcalc.errors import CostcalcError, Mark, SpecError, once
from costcalc.frames import Framed
from costcalc.language.hyperparameters import show_value
from costcalc.network import Network
from costcalc.records import NamedTuple

if TYPE_CHECKING:
    from costcalc.hardware.timing import Prediction

WITHIN, OVER, UNKNOWN, BROKEN = "within", "over", "nothing to compare with", "cannot be counted"


class Held(NamedTuple):
    """One network held to one limit of a budget.

    `most` is the limit as a whole number and `value` what the network has; `before` is what growth
    is measured against, `baseline` what that is called (a revision, the lock). `advice` says how to
    get back under; `layer` is where an exceeded peak of memory is, in the row at `row`. A time is
    `predicted`, with an error, and where it lies `outside` of what was measured. Where the
    network is broken, or was not there, numbers are None.
    """

    target: Target
    budget: Budget
    limit: Limit
    growth: bool
    status: str
    value: int | Fraction | None = None
    most: int | Fraction | None = None
    before: int | Fraction | None = None
    baseline: str = ""
    advice: str = ""
    layer: str = ""
    row: Mark | None = None
    error: CostcalcError | None = None
    predicted: Prediction | None = None

    @property
    def margin(self) -> int | Fraction | None:
        """What is left; less than nothing where the limit is exceeded."""
        return None if self.most is None or self.value is None else self.most - self.value

    @property
    def failed(self) -> bool:
        """Whether a budget that is more than a warning is broken."""
        return self.status == OVER and self.budget.level == "error"


class Budgets(list[Held], Framed):
    """Every limit of a project's budgets, in the order of the file.

    `notes` are lines about what they were compared with.
    """

    def __init__(
        self,
        held: Iterable[Held],
        project: Project,
        notes: Iterable[str] = (),
        broken: Iterable[CostcalcError] = (),
    ) -> None:
        super().__init__(held)
        self.project, self.notes, self._broken = project, list(notes), list(broken)

    @property
    def failed(self) -> bool:
        """Whether any budget that is more than a warning is broken."""
        return any(held.failed for held in self)

    @property
    def errors(self) -> list[CostcalcError]:
        """What is wrong with specs or the lock, each once, under whichever settings."""
        return once([*self._broken, *(held.error for held in self if held.error is not None)])


def budgets(path: str | os.PathLike[str] = ".", /, *, base: str | None = None) -> Budgets:
    """What the networks of a project cost, beside what they may.

    Args:
        path: the project's file, or a folder in or below its own.
        base: a git revision; what may only `grow` is compared with it, else with the lock.

    Returns:
        A record for each network and limit; one of a network that is broken has its `error`.
        What is broken hides nothing: `errors` of the list has all of it.

    Raises:
        CostcalcError: where there is no project, or its file is wrong.

    >>> project = '''
    ... networks: {ours: mobilenet}
    ... budgets: [{network: ours, max: {params: 4M, mult_adds: 600M}}]
    ... '''
    >>> with open("costcalc.yaml", "w") as file:
    ...     characters = file.write(project)
    >>> [held.limit.quantity for held in costcalc.budgets() if held.failed]
    ['params']
    """
    project = load_project(path)
    built = project.build()
    if base is not None:
        baseline = at_revision(project, base)
        return Budgets(hold(project, built, baseline), project, baseline.notes)
    if not any(budget.grow for budget in project.budgets):
        return Budgets(hold(project, built, None), project)
    lock, broken = lock_of(project)
    return Budgets(hold(project, built, lock), project, (), broken)


def lock_of(project: Project) -> tuple[Lock | None, list[CostcalcError]]:
    """A project's lock, None where it has none; or why it cannot be read."""
    try:
        return read_lock(path_of(project)), []
    except CostcalcError as error:
        return None, [error]


def hold(project: Project, built: Built, baseline: Baseline | None) -> list[Held]:
    """Every network held to every limit of its budgets."""
    found = []
    for budget in project.budgets:
        for target in budget.targets:
            network = built[target.name]
            for limit in budget.max:
                found.append(_held(target, budget, limit, network))
            for limit in budget.grow:
                found.append(_grown(target, budget, limit, network, baseline))
    return _advised(found, built)


def _held(target: Target, budget: Budget, limit: Limit, network: Network | CostcalcError) -> Held:
    held = _measured(Held(target, budget, limit, False, BROKEN), network)
    if held.value is None:
        return held
    return _compared(held._replace(most=limit.most()), network)


def _grown(
    target: Target,
    budget: Budget,
    limit: Limit,
    network: Network | CostcalcError,
    baseline: Baseline | None,
) -> Held:
    held = _measured(Held(target, budget, limit, True, BROKEN), network)
    if held.value is None:
        return held
    before = None if baseline is None else baseline.amount(target, limit.quantity)
    if baseline is None or before is None:
        return held._replace(status=UNKNOWN)
    held = held._replace(most=limit.most(before), before=before, baseline=baseline.name)
    return _compared(held, network)


def _compared(held: Held, network: Network | CostcalcError) -> Held:
    """With its status, and with the layer at which an exceeded peak is."""
    assert held.margin is not None
    if held.margin >= 0:
        return held._replace(status=WITHIN)
    if held.limit.quantity != "peak_memory" or not isinstance(network, Network):
        return held._replace(status=OVER)
    layer = network.peak_memory().step
    row = {layer.name: layer.row for layer in network.layers}[layer]
    mark = next(run.row.mark for run in network.graph.rows if run.name == row)
    return held._replace(status=OVER, layer=layer, row=mark)


def _measured(held: Held, network: Network | CostcalcError) -> Held:
    """With its value, or why there is none."""
    if isinstance(network, CostcalcError):
        return held._replace(error=network)
    if held.limit.quantity == TIME:
        predicted = predicted_on(held.target.device, network)
        if predicted is not None:
            return held._replace(value=predicted.exact_milliseconds, predicted=predicted)
        lack = f"{held.target.name} has no device that time could be of"
        hint = "name one at the network, as device: pixel_1"
    else:
        value = measure(network, held.limit.quantity)
        if value is not None:
            return held._replace(value=value)
        lack = f"{network.name} has no cost"
        hint = "it is what a convention with a unit counts: name one, as convention: fvcore"
    return held._replace(error=SpecError(lack, held.limit.mark, hint))


def _advised(found: list[Held], built: Built) -> list[Held]:
    """With the largest width within all limits of a network, where one is exceeded."""
    advice = {}
    for target in {held.target.name: held.target for held in found if held.status == OVER}.values():
        network = built[target.name]
        assert isinstance(network, Network)
        own = [
            (held.limit.quantity, held.most)
            for held in found
            if held.target.name == target.name and held.most is not None
        ]
        advice[target.name] = advise(network, own, target.convention, target.device)
    return [
        held._replace(advice=advice.get(held.target.name, "")) if held.status == OVER else held
        for held in found
    ]


def advise(
    network: Network,
    limits: Iterable[tuple[str, int | Fraction]],
    convention: str | None = None,
    device: str | None = None,
) -> str:
    """How wide the network could be within limits: "largest alpha within: 0.83".

    `limits` are the most of each quantity, `convention` the name of the one it is counted under,
    `device` of the one that time is of.
    Nothing where it has no width that grows.
    """
    from costcalc.search.budgets import Budget as Most
    from costcalc.search.candidates import candidates
    from costcalc.search.fit import search
    from costcalc.search.growing import growing

    try:
        within = [Most(quantity, most) for quantity, most in limits]
        grows = growing(network.spec, {})
        given = {k: [v] for k, v in network.hyperparameters.items() if k != grows.name}
        values, path = candidates(grows, None), network.spec.source.path
        (fit,) = search(path, within, values, given, convention, network.execution, device)
    except CostcalcError:  # no width; or a limit that it does not change
        return ""
    if fit.largest is None:
        return f"no {grows.name} is within"
    return f"largest {grows.name} within: {show_value(fit.largest.value)}"
