"""`--resume`: a sweep into a file that goes on where it was ended."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from costcalc.cli.messages import say
from costcalc.errors import CostcalcError, Unfinished
from costcalc.files import target

if TYPE_CHECKING:
    from costcalc.sweeps.resume import Kept
    from costcalc.sweeps.tasks import Job

_ELSEWHERE = (
    "networks", "workers", "dask", "worker_timeout", "format_", "plot", "plot_file", "output",
    "resume",
)  # fmt: skip
"""Parameters of the command that change nothing about rows, or are in the job itself."""


def resume_option() -> click.Option:
    """`--resume`, `--no-resume`."""
    return click.Option(
        ["--resume/--no-resume"],
        default=None,
        help="go on where a sweep with the same -o FILE was ended, from FILE.unfinished;"
        " --no-resume: keep no such file",
    )


@contextlib.contextmanager
def kept(
    job: Job, output: str | None, resume: bool | None, configs: str | None, as_text: bool
) -> Iterator[Kept]:
    """What is kept beside an output to go on from.

    `as_text` where the output is text that comes row by row. After an error that is the sweep's own
    (a count beyond 64 bits) nothing stays, since that would come again; after a signal, a full disk
    and the like it does, and a line says so. Raises `CostcalcError` where the sweep cannot be
    resumed.
    """
    found = _begin(job, output, resume, configs, as_text and not job.query.selects)
    keep = False
    try:
        yield found
    except BaseException as error:
        keep = not isinstance(error, CostcalcError) or isinstance(error, Unfinished)
        raise
    finally:
        path = found.close(keep)
        if path is not None:
            say("the same command with --resume goes on from here", path)


def _begin(
    job: Job, output: str | None, resume: bool | None, configs: str | None, as_text: bool
) -> Kept:
    from costcalc.sweeps import resume as way
    from costcalc.sweeps.journal import Journal, identity

    if output is None or target(output).streams:
        if resume:
            raise CostcalcError("--resume needs a file: -o FILE")
        return way.Kept(output or "")
    if resume is False:
        return way.Kept(output)
    given = {
        name: value
        for name, value in click.get_current_context().params.items()
        if value is not None and name not in _ELSEWHERE
    }
    of = identity(job, given, [configs] if configs else [], "text" if as_text else "rows")
    where = target(output)
    beside = where.real if os.path.islink(output) else output
    journal = Journal(beside + way.JOURNAL, of, bool(resume))
    if journal.begins_anew:
        say("begun anew; with --resume the sweep would have gone on", journal.path)
    if resume and not journal.resumed:
        say("there is none, so the sweep begins", journal.path)
    if not as_text:
        return way.KeptRows(journal, output)
    try:
        return way.KeptText(journal, where, beside + way.PART)
    except BaseException:
        journal.close(keep=bool(resume))
        raise
