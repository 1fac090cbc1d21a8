"""`costcalc budget`: a project's networks held to what they may cost."""

from __future__ import annotations

import click

from costcalc.cli.command import Command
from costcalc.cli.messages import say
from costcalc.cli.output import report_options, write_report


def run(path: str, base: str | None, format_: str) -> int:
    """Write a line for each limit; 1 where one is exceeded, 2 where a network is broken."""
    from costcalc.control.budgets import budgets
    from costcalc.report.budgets import budgets_report

    found = budgets(path, base=base)
    write_report(format_, budgets_report(found))
    for error in found.errors:
        say(str(error))
    return 2 if found.errors else int(found.failed)


def project_argument() -> click.Argument:
    """The project's file, or a folder in it."""
    return click.Argument(["path"], default=".", required=False, metavar="[PROJECT]")


def base_option(help_: str) -> click.Option:
    """The revision before."""
    return click.Option(["--base"], metavar="REVISION", help=help_)


command = Command(
    "budget",
    callback=run,
    params=[
        project_argument(),
        base_option("measure growth against this revision of the git repository"),
        *report_options(),
    ],
    help="Hold the networks of a project to what they may cost, a line for each limit.\n\n"
    "PROJECT is costcalc.yaml, a pyproject.toml with [tool.costcalc], or a folder; else the"
    " nearest one upwards. Exit 1 where a limit is exceeded that is more than a warning.",
    short_help="a project's networks, and what they may cost",
)
