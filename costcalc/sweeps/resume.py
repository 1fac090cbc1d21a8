"""A sweep into a file that can be ended and go on: what is finished stays beside the output.

Rows that are written as text, as they come, are finished where they are written: the text so far
stays, and the journal says how much of it stands for what (`KeptText`). Where the output is known
only in the end (rows are sorted or cut, columns stand one after another), the journal has the rows
themselves, and who writes sees them once more (`KeptRows`).

Either way all that comes after is the same as if nothing had happened, and so is the output, to the
byte.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from typing import IO

import numpy as np

from costcalc.files import Target, take_place, whole
from costcalc.locked_files import let_go, own
from costcalc.numbers.arrays import Array
from costcalc.sweeps.chunks import Result, Tally
from costcalc.sweeps.journal import Checked, Journal
from costcalc.sweeps.query import length
from costcalc.sweeps.tasks import Job, Runner, Task

JOURNAL, PART = ".unfinished", ".part"
"""What the names of the journal and of the text so far have beyond the output's."""
SLACK = 1 << 26
"""Bytes that rows nobody wants any more may take before a journal is written anew."""


class Kept:
    """What is finished of a sweep, and the way on from there: of one into a stream, or as it was
    asked for, nothing.

    The output has so many `rows` before any comes; it has `begun` where there is anything in it.
    """

    rows = 0
    begun = False

    def __init__(self, path: str) -> None:
        self.path = path

    def continued(self, runner: Runner) -> Runner:
        """A runner that leaves out what is finished, and keeps what it finishes."""
        return runner

    def forget(self, kept: Result) -> None:
        """One result stands for all so far: of those, nobody wants what is not in it."""

    def output(self) -> contextlib.AbstractContextManager[IO[bytes]]:
        """The output to write, which takes its place when all went well."""
        return whole(self.path)

    def close(self, keep: bool) -> str | None:
        """End it; the file to go on from, where that is to be kept and has anything."""
        return None


class KeptRows(Kept):
    """Rows in the journal. What comes after sees them again, as it saw them before."""

    def __init__(self, journal: Journal, path: str) -> None:
        super().__init__(path)
        self.journal, self.rewritten = journal, 0

    def continued(self, runner: Runner) -> Runner:
        """A runner that takes results from the journal before it counts the rest."""

        def run(job: Job, tasks: Iterator[Task]) -> Iterator[Result]:
            finished = 0
            for record in self.journal.records():
                result = decoded(record)
                yield result
                finished += result.tally.configurations
            for result in runner(job, after(tasks, finished)):
                self.journal.append(encoded(result))
                yield result

        return run

    def forget(self, kept: Result) -> None:
        """Write the journal anew, where that frees more than it costs."""
        if not self.journal.reading and self.journal.file.size > 2 * self.rewritten + SLACK:
            self.journal.replace(encoded(kept))
            self.rewritten = self.journal.file.size

    def close(self, keep: bool) -> str | None:
        """End the journal."""
        return self.journal.close(keep)


class KeptText(Kept):
    """The text so far, and in the journal how much of it is finished and what that stands for."""

    def __init__(self, journal: Journal, where: Target, part: str) -> None:
        super().__init__(where.path)
        self.journal, self.where, self.name = journal, where, part
        self.part = Checked(own(part, where.path))
        self.tally = Tally()
        for record in journal.records():
            *tally, rows, size, check = json.loads(record)
            if not self.part.agrees(size, check):
                break
            self.tally, self.rows = Tally(*tally), rows
        self.part.cut()
        self.begun = self.part.size > 0

    def continued(self, runner: Runner) -> Runner:
        """A runner of the tasks after those that are finished, which it gives as one result.

        Who comes back for the next result has written the one before.
        """

        def run(job: Job, tasks: Iterator[Task]) -> Iterator[Result]:
            tally, rows = self.tally, self.rows
            yield Result({}, tally)
            for result in runner(job, after(tasks, tally.configurations)):
                yield result
                tally, rows = tally.and_(result.tally), rows + length(result.columns)
                if self.journal.is_late:
                    self.part.flush()
                    finished = [*tally, rows, self.part.size, self.part.check]
                    self.journal.append(json.dumps(finished).encode())

        return run

    @contextlib.contextmanager
    def output(self) -> Iterator[IO[bytes]]:
        """The output, after what is finished of it."""
        yield self.part
        self.part.flush()
        take_place(self.part.raw, self.name, self.where)

    def close(self, keep: bool) -> str | None:
        """End both files: the journal last, since who has that has the text."""
        if keep and not self.journal.empty:
            self.part.raw.close()
        else:
            let_go(self.part.raw, self.name)
        return self.journal.close(keep)


def after(tasks: Iterator[Task], points: int) -> Iterator[Task]:
    """The tasks after those that have so many configurations."""
    for task in tasks:
        if points <= 0:
            yield task
        points -= task.points


def encoded(result: Result) -> bytes:
    """A result as a line of JSON and arrays as numpy writes them: nothing in it can run."""
    described: list[tuple[str, int, str | list[object]]] = []
    arrays = io.BytesIO()
    for name, values in result.columns.items():
        stored = _narrowed(values[:1] if _is_repeated(values) else values)
        if values.dtype.kind in "biufU":
            described.append((name, len(values), values.dtype.str))
            np.save(arrays, stored, allow_pickle=False)
        else:  # words, lists, numbers that some rows do not have
            described.append((name, len(values), stored.tolist()))
    return json.dumps([*result.tally, described]).encode() + b"\n" + arrays.getvalue()


def decoded(record: bytes) -> Result:
    """The result that was encoded."""
    file = io.BytesIO(record)
    *tally, described = json.loads(file.readline())
    columns: dict[str, Array] = {}
    for name, rows, what in described:
        if isinstance(what, str):
            stored = np.load(file, allow_pickle=False).astype(what)
        else:
            stored = np.fromiter(what, dtype=object, count=len(what))
        columns[name] = stored if len(stored) == rows else np.repeat(stored, rows, axis=0)
    return Result(columns, Tally(*tally))


def _is_repeated(values: Array) -> bool:
    """Whether all rows are the same to the bit, as what does not vary is."""
    if len(values) < 2 or (values.dtype.kind == "O" and not isinstance(values[0], str)):
        return False
    bits = np.ascontiguousarray(values).view(np.int64) if values.dtype.kind == "f" else values
    return bool((bits == bits[0]).all())


def _narrowed(values: Array) -> Array:
    """Integers in as few bytes as they need: writing more takes longer than finding out."""
    if values.dtype.kind != "i" or not values.size:
        return values
    low, high = values.min(), values.max()
    return values.astype(np.promote_types(np.min_scalar_type(low), np.min_scalar_type(high)))
