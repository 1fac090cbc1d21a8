"""Writing a document to stdout in the format that was asked for."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click

from costcalc.cli.messages import nothing_more
from costcalc.report.formats import plain
from costcalc.report.result import Result, uncounted
from costcalc.safe_text import visible_json

if TYPE_CHECKING:
    from costcalc.report.finding import Report

FOR_PEOPLE = ("table", "md")
FORMATS = ("table", "json", "csv", "md")
REVIEWS = {
    "md": "comment",
    "github": "github",
    "gitlab": "gitlab",
    "sarif": "sarif",
    "junit": "junit",
}
"""What a report is written as for a review, and its module in `report/formats/`."""


def format_option(*more: str, default: str = "table") -> click.Option:
    """`--format`, with the formats only one command has."""
    return click.Option(
        ["format_", "--format"],
        type=click.Choice(tuple(dict.fromkeys((*FORMATS, *more)))),
        default=default,
        show_default=True,
        help="how to write the result",
    )


def report_option(default: str = "table") -> click.Option:
    """`--format` of a command that makes a report."""
    return format_option(*REVIEWS, default=default)


def echo(text: str = "", end: str = "\n") -> None:
    """Write a text to stdout, whole."""
    nothing_more()
    click.echo(text + end, nl=False)


def write_report(format_: str, report: Report) -> None:
    """Write a report to stdout; for GitHub, all of it to the summary of the step too."""
    said = [f"NOT counted: {uncounted(path, of)}" for path, of in left_out().items()]
    report = report._replace(notes=[*report.notes, *said])
    if format_ not in REVIEWS:
        write(format_, report.result)
        for _, section in report.sections if format_ == "table" else ():
            echo()
            write(format_, section)
        return
    renderer = import_module(f"costcalc.report.formats.{REVIEWS[format_]}")
    echo(renderer.render(report), end="")
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if format_ == "github" and summary:
        from costcalc.files import append
        from costcalc.report.formats import comment

        append(summary, comment.render(report, comment.SUMMARY))


def left_out() -> dict[str, dict[str, int]]:
    """The operators of model files that this run leaves out, by file."""
    library = sys.modules.get("costcalc.library")
    return {} if library is None else library.UNCOUNTED


def say_uncounted() -> None:
    """Say beside what has no header, as rows and pictures, what is left out of it."""
    from costcalc.cli.messages import say

    for path, operators in left_out().items():
        say(f"NOT counted: {uncounted(path, operators)}")


def write(format_: str, result: Result) -> None:
    """Write a result to stdout."""
    result.uncounted = left_out()
    if format_ == "json":
        import json

        text = json.dumps(result.for_json(), indent=2, ensure_ascii=False)
        echo(visible_json(text))
    elif format_ == "csv":
        from costcalc.report.formats import delimited

        echo(delimited.render(result.for_csv()), end="")
    elif format_ == "md":
        from costcalc.report.formats import markdown

        echo(markdown.render(result.for_people()), end="")
    elif sys.stdout.isatty():
        from rich.console import Console

        from costcalc.report import window
        from costcalc.report.formats import terminal

        # NO_COLOR means no escape sequences at all here; rich alone would keep bold
        colours = None if os.environ.get("NO_COLOR") else "auto"
        width, height = window.size()
        console = Console(color_system=colours, width=width, height=height)  # type: ignore[arg-type]
        nothing_more()
        terminal.render(result.for_people(), console)
    else:
        # A pipe, a file, a log: plain text is never cut, and needs no rich to start up.
        echo(plain.render(result.for_people()), end="")
