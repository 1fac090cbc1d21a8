"""Specs held against what they claim: here, or in several processes, each spec in one of them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from costcalc import library
from costcalc.claims.checker import ClaimChecker, count_checks
from costcalc.claims.ledger import Checked, Ledger, Line
from costcalc.cli.progress import Progress
from costcalc.cli.signals import as_exceptions
from costcalc.diagnosis import all_findings
from costcalc.errors import CostcalcError, once
from costcalc.importers import LEFT_OUT, READ
from costcalc.language.spec import Spec
from costcalc.records import NamedTuple

if TYPE_CHECKING:
    from costcalc.conventions.convention import Convention
    from costcalc.operators import Loaded

MANY = 256
"""Claims from which on every core is used: half a second of work."""


def check(
    references: Iterable[str], convention: Convention | None = None, workers: int | None = None
) -> list[Checked]:
    """Check every spec, whatever is wrong with others.

    Args:
        references: names or paths of specs, each once.
        convention: params that state no counts of their own are taken under it.
        workers: how many processes; None for one a core, if there are many claims.

    Returns:
        What came of each, in the order of the references, however many processes there are.
    """
    references = list(references)
    found: dict[str, Checked] = {}
    specs: dict[str, Spec] = {}
    with Progress(len(references), "specs") as progress:
        for reference in references:
            try:
                specs[reference] = library.load_spec(reference)
            except CostcalcError as error:
                found[reference] = Checked(reference, None, Ledger(), _all([error]))
            progress.advance()
    gc.freeze()  # what is read and built stays until all is checked: nobody looks for cycles in it
    claims = sum(map(count_checks, specs.values()))
    several = len(specs) > 1 and (claims >= MANY if workers is None else workers > 1)
    with Progress(claims, "claims") as progress:
        of_all = _in_processes if several else _here
        for one in of_all(specs, convention, workers, progress):
            found[one.reference] = one
    gc.unfreeze()
    return [found[reference] for reference in references]


def _here(
    specs: Mapping[str, Spec], convention: Convention | None, _: int | None, bar: Progress
) -> Iterator[Checked]:
    checker = ClaimChecker(convention)
    for reference, spec in specs.items():
        yield _check(checker, reference, spec, bar.advance)


def _in_processes(
    specs: Mapping[str, Spec], convention: Convention | None, workers: int | None, bar: Progress
) -> Iterator[Checked]:
    from costcalc.parallel import processes  # nothing to pay unless there are several

    job = Checks(specs, convention)
    with as_exceptions():
        for result in processes.results(job, iter(specs), workers or processes.cores()):
            library.UNCOUNTED.update(result.uncounted)
            spec = specs[result.reference]
            bar.advance(count_checks(spec))
            yield result.of(spec)


def _check(
    checker: ClaimChecker, reference: str, spec: Spec, advance: Callable[[], None] = lambda: None
) -> Checked:
    """What comes of a spec, with all else that is wrong with one that is broken."""
    checked = checker.check(reference, spec, advance)
    gc.freeze()
    return checked._replace(errors=_all(checked.errors))


def _all(errors: Iterable[CostcalcError]) -> tuple[CostcalcError, ...]:
    """Each error that ended something, and all else that is wrong with the same spec."""
    return tuple(once(found for error in errors for found in all_findings(error)))


class Result(NamedTuple):
    """What came of a spec, which itself is left out of it: whoever asks has it.

    `uncounted` are operators that were left out of model files, those that claims are about too.
    """

    reference: str
    lines: list[tuple[Any, ...]]
    errors: tuple[CostcalcError, ...]
    uncounted: dict[str, dict[str, int]]

    def of(self, spec: Spec) -> Checked:
        """All that came of the spec."""
        lines = Ledger(Line(claim, spec, *rest) for claim, *rest in self.lines)
        return Checked(self.reference, spec, lines, self.errors)


class Checks:
    """The job: specs by reference, each of which is a task. A process builds networks once."""

    def __init__(self, specs: Mapping[str, Spec], convention: Convention | None) -> None:
        self.specs = specs
        self.checker = ClaimChecker(convention)

    def bundles(self, tasks: Iterator[str], most: int) -> Iterator[tuple[str, ...]]:
        """One by one: each takes longer than to send it."""
        return ((task,) for task in tasks)

    def run_all(self, bundle: tuple[str, ...]) -> list[Result]:
        """What comes of some specs."""
        return [self._run(reference) for reference in bundle]

    def _run(self, reference: str) -> Result:
        checked = _check(self.checker, reference, self.specs[reference])
        lines = [(claim, *rest) for claim, _, *rest in checked.lines]
        return Result(reference, lines, checked.errors, library.UNCOUNTED)

    def __reduce__(self) -> Any:
        """How it comes to another process."""
        from costcalc.operators import loaded  # nothing to pay unless it is sent

        reading = loaded(), tuple(LEFT_OUT), READ.zeros
        return _sent, (*reading, self.specs, self.checker.convention)


def _sent(
    operators: tuple[Loaded, ...],
    left_out: tuple[str, ...],
    zeros: bool,
    specs: Mapping[str, Spec],
    convention: Convention | None,
) -> Checks:
    """The job in another process, where networks are read as they are here."""
    from costcalc.operators import load_same

    load_same(operators)
    library.leave_out(*left_out)
    library.keep_zeros(zeros)
    return Checks(specs, convention)
