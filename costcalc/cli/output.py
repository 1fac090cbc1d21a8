"""Writing a document to stdout in the format that was asked for."""

from __future__ import annotations

import os
import sys

import click

from costcalc.report.formats import plain
from costcalc.report.result import Result
from costcalc.safe_text import visible_json

FOR_PEOPLE = ("table", "md")
FORMATS = ("table", "json", "csv", "md")


def format_option(*more: str) -> click.Option:
    """`--format`, with the formats only one command has."""
    return click.Option(
        ["format_", "--format"],
        type=click.Choice((*FORMATS, *more)),
        default="table",
        show_default=True,
        help="how to write the result",
    )


def write(format_: str, result: Result) -> None:
    """Write a result to stdout."""
    if format_ == "json":
        import json

        text = json.dumps(result.for_json(), indent=2, ensure_ascii=False)
        click.echo(visible_json(text))
    elif format_ == "csv":
        from costcalc.report.formats import delimited

        click.echo(delimited.render(result.for_csv()), nl=False)
    elif format_ == "md":
        from costcalc.report.formats import markdown

        click.echo(markdown.render(result.for_people()), nl=False)
    elif sys.stdout.isatty():
        from rich.console import Console

        from costcalc.report import window
        from costcalc.report.formats import terminal

        # NO_COLOR means no escape sequences at all here; rich alone would keep bold
        colours = None if os.environ.get("NO_COLOR") else "auto"
        width, height = window.size()
        console = Console(color_system=colours, width=width, height=height)  # type: ignore[arg-type]
        terminal.render(result.for_people(), console)
    else:
        # A pipe, a file, a log: plain text is never cut, and needs no rich to start up.
        click.echo(plain.render(result.for_people()), nl=False)
