"""`costcalc check`: computed against printed."""

from __future__ import annotations

import click

from costcalc.cli.checking import check
from costcalc.cli.command import Command
from costcalc.cli.messages import say_error
from costcalc.cli.networks import NetworkReference, convention_option
from costcalc.cli.numbers import workers_option
from costcalc.cli.output import report_options, write_report
from costcalc.language.find import names
from costcalc.network import read_convention
from costcalc.report.check import check_report

FINE, DISCREPANCY, NOT_CHECKED = 0, 1, 2


def run(
    networks: tuple[str, ...],
    verbose: bool,
    convention: str | None,
    workers: int | None,
    format_: str,
) -> int:
    """Write what came of every spec, and the errors of those that are broken to stderr too.

    Returns 2 where something could not be checked, else 1 where a discrepancy is not recorded or
    a recorded one is gone.
    """
    checked = check(dict.fromkeys(networks or names()), read_convention(convention), workers)
    write_report(format_, check_report(checked, verbose, convention or ""))
    for one in checked:
        for error in one.errors:
            say_error(error)
    if any(one.errors for one in checked):
        return NOT_CHECKED
    return DISCREPANCY if any(one.lines.failed for one in checked) else FINE


command = Command(
    "check",
    callback=run,
    params=[
        click.Argument(["networks"], type=NetworkReference(), nargs=-1),
        click.Option(["--verbose", "-v"], is_flag=True, help="show every line, not only failures"),
        convention_option(help_="take params under this convention where a claim names none"),
        workers_option("many claims"),
        *report_options(),
    ],
    help="Hold every printed number of the papers against the computed one.\n\n"
    "NETWORKS are names or paths; without any, all built-in ones. Exit 1 on a discrepancy"
    " that no spec records, or a recorded one that is gone; exit 2 where a spec or claim cannot"
    " be read, after all others were checked.",
    short_help="computed numbers against printed ones",
)
