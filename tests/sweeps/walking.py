"""Sweeps as tests take them: all rows in one table."""

from __future__ import annotations

from costcalc.parallel import processes as local
from costcalc.sweeps.query import joined
from costcalc.sweeps.tasks import Job
from costcalc.sweeps.walk import Sweep


def walk(spaces, query, workers=1, sample=None, seed=0):
    """The sweep after all its blocks, their rows in `columns`."""
    job = Job(spaces, query)
    tasks = job.sample(sample, seed) if sample else job.everything()
    found = Sweep(job, tasks, lambda job, tasks: local.results(job, tasks, workers))
    found.columns = joined(list(found))
    return found


def rows(columns):
    """The rows as tuples of plain values."""
    return zip(*(values.tolist() for values in columns.values()), strict=True)


def rows_of(found):
    return list(rows(found.columns))
