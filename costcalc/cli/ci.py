"""`costcalc ci`: differences, budgets and the lock of a project, for a pull request."""

from __future__ import annotations

from costcalc.cli.budget import base_option, project_argument
from costcalc.cli.command import Command
from costcalc.cli.messages import say
from costcalc.cli.output import report_options, write_report


def run(path: str, base: str | None, format_: str) -> int:
    """Write the review; 1 where a budget is broken or the lock stale, 2 where a spec is broken."""
    from costcalc.control.review import review
    from costcalc.report.ci import ci_report

    found = review(path, base)
    write_report(format_, ci_report(found))
    for error in found.errors:
        say(str(error))
    return 2 if found.errors else int(found.failed)


command = Command(
    "ci",
    callback=run,
    params=[
        project_argument(),
        base_option("compare with this revision of the git repository"),
        *report_options("md"),
    ],
    help="Review a change of a project in one text, ready to be a comment: what each network costs"
    " beside what it did at a git revision, its budgets, and whether its lock is stale.\n\n"
    "PROJECT is costcalc.yaml, a pyproject.toml with [tool.costcalc], or a folder; else the"
    " nearest one upwards. Exit 1 where a limit is exceeded that is more than a warning, or the"
    " lock is stale.",
    short_help="diff, budget and lock of a project, for a pull request",
)
