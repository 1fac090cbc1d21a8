"""`costcalc check`: computed against printed."""

from __future__ import annotations

import gc
from collections.abc import Iterable

import click

from costcalc.claims.checker import ClaimChecker, count_checks
from costcalc.claims.ledger import Checked, Ledger
from costcalc.cli.messages import say_error
from costcalc.cli.networks import NetworkReference, convention_option
from costcalc.cli.output import report_options, write_report
from costcalc.cli.progress import Progress
from costcalc.diagnosis import all_findings
from costcalc.errors import CostcalcError, once
from costcalc.language.find import names
from costcalc.language.model import Spec
from costcalc.library import load_spec
from costcalc.network import read_convention
from costcalc.report.check import check_report

FINE, DISCREPANCY, NOT_CHECKED = 0, 1, 2


def run(networks: tuple[str, ...], verbose: bool, convention: str | None, format_: str) -> int:
    """Write what came of every spec, and the errors of those that are broken to stderr too.

    Returns 2 where something could not be checked, else 1 where a discrepancy is not recorded or
    a recorded one is gone.
    """
    checker = ClaimChecker(read_convention(convention))
    checked = check(checker, dict.fromkeys(networks or names()))
    write_report(format_, check_report(checked, verbose, convention or ""))
    for one in checked:
        for error in one.errors:
            say_error(error)
    if any(one.errors for one in checked):
        return NOT_CHECKED
    return DISCREPANCY if any(one.lines.failed for one in checked) else FINE


def check(checker: ClaimChecker, references: Iterable[str]) -> list[Checked]:
    """Check every spec, whatever is wrong with others."""
    references = list(references)
    read: list[Spec | CostcalcError] = []
    with Progress(len(references), "specs") as progress:
        for reference in references:
            try:
                read.append(load_spec(reference))
            except CostcalcError as error:
                read.append(error)
            progress.advance()
    total = sum(count_checks(found) for found in read if isinstance(found, Spec))
    with Progress(total, "claims") as progress:
        checked = []
        for reference, found in zip(references, read, strict=True):
            if isinstance(found, CostcalcError):
                checked.append(Checked(reference, None, Ledger(), (found,)))
            else:
                checked.append(checker.check(reference, found, progress.advance))
            gc.freeze()  # what is built stays until all is checked: no cycles are looked for in it
    gc.unfreeze()
    return [one._replace(errors=_all(one.errors)) for one in checked]


def _all(errors: Iterable[CostcalcError]) -> tuple[CostcalcError, ...]:
    """Each error that ended something, and all else that is wrong with the same spec."""
    return tuple(once(found for error in errors for found in all_findings(error)))


command = click.Command(
    "check",
    callback=run,
    params=[
        click.Argument(["networks"], type=NetworkReference(), nargs=-1),
        click.Option(["--verbose", "-v"], is_flag=True, help="show every line, not only failures"),
        convention_option(help_="take params under this convention where a claim names none"),
        *report_options(),
    ],
    help="Hold every printed number of the papers against the computed one.\n\n"
    "NETWORKS are names or paths; without any, all built-in ones. Exit 1 on a discrepancy"
    " that no spec records, or a recorded one that is gone; exit 2 where a spec or claim cannot"
    " be read, after all others were checked.",
    short_help="computed numbers against printed ones",
)
