"""Writing a document to stdout in the format that was asked for."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import IO, TYPE_CHECKING

import click
from click.core import ParameterSource

from costcalc.cli import color
from costcalc.cli.messages import nothing_more, silence
from costcalc.report.formats import plain
from costcalc.report.result import Result, uncounted
from costcalc.safe_text import shortened

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


def output_option(says: str = "; .json, .csv and .md say the format") -> click.Option:
    """`-o`: a file in place of stdout."""
    return click.Option(
        ["file_", "-o"],
        metavar="FILE",
        expose_value=False,
        callback=_write_to,
        help=f"write to a file, whole or not at all{says}",
    )


def output_options(*more: str, default: str = "table") -> list[click.Parameter]:
    """`--format`, with the formats only one command has, and `-o`."""
    return [format_option(*more, default=default), output_option()]


def report_options(default: str = "table") -> list[click.Parameter]:
    """`--format` and `-o` of a command that makes a report."""
    return output_options(*REVIEWS, default=default)


class Destination:
    """A file in place of stdout, which is open from the first text on."""

    def __init__(self, path: str, opened: contextlib.ExitStack) -> None:
        from costcalc.files import target  # nothing to pay unless asked for

        target(path)
        self.path, self._opened = path, opened
        self._file: IO[bytes] | None = None

    def write(self, text: str) -> None:
        """Write a text behind what is there."""
        if self._file is None:
            from costcalc.cli.signals import as_exceptions
            from costcalc.files import whole

            self._opened.enter_context(as_exceptions())
            self._file = self._opened.enter_context(whole(self.path))
        self._file.write(text.encode(errors="backslashreplace"))


@contextlib.contextmanager
def whole_output() -> Iterator[None]:
    """While a command runs: the file of its `-o` is there behind this, or after an error is not."""
    with contextlib.ExitStack() as opened:
        click.get_current_context().meta[_OPENED] = opened
        yield
        there = destination()
        if there is not None:
            there.write("")  # a file, where there was nothing to be said


_OPENED = "costcalc.opened"
_DESTINATION = "costcalc.output"
ENDINGS = {".json": "json", ".csv": "csv", ".md": "md"}
"""What a file is by its name, where no `--format` says it."""


def _write_to(ctx: click.Context, parameter: click.Parameter, path: str | None) -> None:
    if path is not None and path != "-":
        redirect(path)


def redirect(path: str) -> None:
    """Write to a file from here on, not to stdout."""
    meta = click.get_current_context().meta
    meta[_DESTINATION] = Destination(path, meta[_OPENED])


def destination() -> Destination | None:
    """Where the command that runs writes, None for stdout."""
    ctx = click.get_current_context(silent=True)
    found: Destination | None = None if ctx is None else ctx.meta.get(_DESTINATION)
    return found


def _format(format_: str) -> str:
    """The format that was asked for: by `--format`, else by the file's name."""
    there = destination()
    ctx = click.get_current_context(silent=True)
    if there is None or ctx is None:
        return format_
    if ctx.get_parameter_source("format_") is ParameterSource.COMMANDLINE:
        return format_
    return ENDINGS.get(os.path.splitext(there.path)[1].lower(), format_)


def echo(text: str = "", end: str = "\n") -> None:
    """Write a text to stdout, or to the file that takes its place."""
    there = destination()
    if there is not None:
        there.write(text + end)
        return
    nothing_more()
    click.echo(text + end, nl=False, color=True if color.is_asked_for() else None)


def _echo_all(pieces: Iterable[str]) -> None:
    for text in pieces:
        echo(text, end="")


@contextlib.contextmanager
def whoever_reads() -> Iterator[None]:
    """A verdict is written: it stands, though a reader goes before its last line (`| head`)."""
    try:
        yield
    except BrokenPipeError:
        silence(sys.stdout)


def write_verdict(format_: str, result: Result) -> None:
    """Write a result whose command ends with a verdict, its exit code."""
    with whoever_reads():
        write(format_, result)


def write_report(format_: str, report: Report) -> None:
    """Write a report to stdout; for GitHub, all of it to the summary of the step too."""
    format_ = _format(format_)
    said = [f"NOT counted: {uncounted(path, of)}" for path, of in left_out().items()]
    report = report._replace(notes=[*report.notes, *said])
    if format_ not in REVIEWS:
        with whoever_reads():
            write(format_, report.result)
            for _, section in report.sections if format_ == "table" else ():
                echo()
                write(format_, section)
        return
    renderer = import_module(f"costcalc.report.formats.{REVIEWS[format_]}")
    with whoever_reads():
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


def say_unused() -> None:
    """Say which operators were to be left out that no model file has: a slip of the pen, perhaps.

    The word that an operator is called by is in the error about it.
    """
    found = {operator for operators in left_out().values() for operator in operators}
    importers = sys.modules.get("costcalc.importers")
    asked = () if importers is None else map(shortened, importers.LEFT_OUT)
    unused = set(asked) - found
    if unused:
        from costcalc.cli.messages import say

        for operator in sorted(unused):
            say(f"--uncounted {operator}: no model file that was read has such an operator")


def write(format_: str, result: Result) -> None:
    """Write a result to stdout, or to the file of `-o`."""
    format_ = _format(format_)
    result = result._replace(uncounted=left_out())
    if format_ == "json":
        from costcalc.report.formats import json_text

        _echo_all(json_text.render(result))
    elif format_ == "csv":
        from costcalc.report.formats import delimited

        _echo_all(delimited.render(result.for_csv()))
    elif format_ == "md":
        from costcalc.report.formats import markdown

        _echo_all(markdown.render(result.for_people()))
    elif destination() is None and (sys.stdout.isatty() or color.is_asked_for()):
        from rich.console import Console

        from costcalc.report import window
        from costcalc.report.formats import terminal

        width, height = window.size() if sys.stdout.isatty() else (window.MOST, 1)  # never cut
        console = Console(
            color_system=color.system(),
            force_terminal=True,
            no_color=not color.is_shown(),  # rich would look at the environment by itself
            width=width,
            height=height,
        )
        nothing_more()
        terminal.render(result.for_people(), console)
    else:
        # A pipe, a file, a log: plain text is never cut, and needs no rich to start up.
        _echo_all(plain.render(result.for_people()))
