"""`costcalc lock`: the exact costs of a project's networks, written down and held to."""

from __future__ import annotations

import click

from costcalc.cli.budget import project_argument
from costcalc.cli.command import Command
from costcalc.cli.messages import say
from costcalc.cli.output import report_options, write_report


def run(path: str, check: bool, names: tuple[str, ...], format_: str) -> int:
    """Write the lock, or with `check` what is stale in it: 1 where something is, 2 if broken."""
    from costcalc.control import locking
    from costcalc.control.project import load_project
    from costcalc.report.lock import lock_report

    if check and names:
        raise click.UsageError("--check looks, --update writes: use one of them")
    project = load_project(path)
    if names:
        found = locking.update(project, names)
    else:
        found = (locking.check if check else locking.write)(project, project.build())
    write_report(format_, lock_report(found, written=not check))
    for error in found.errors:
        say(str(error))
    if found.errors:
        return 2
    return int(check and found.stale)


command = Command(
    "lock",
    callback=run,
    params=[
        project_argument(),
        click.Option(
            ["--check"], is_flag=True, help="write nothing; exit 1 where the lock is stale"
        ),
        click.Option(
            ["names", "--update"],
            multiple=True,
            metavar="NAME",
            help="lock this network alone, or remove it where it is gone; repeat for more",
        ),
        *report_options(),
    ],
    help="Write the exact costs of a project's networks to costcalc.lock, beside its file.\n\n"
    "Commit it: a change of costs is then a change in review. PROJECT is costcalc.yaml, a"
    " pyproject.toml with [tool.costcalc], or a folder; else the nearest one upwards.",
    short_help="a project's exact costs, to be reviewed like code",
)
