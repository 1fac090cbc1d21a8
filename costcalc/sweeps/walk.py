"""Walking a space: rows as they come, in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from costcalc.numbers.factor import Overflow
from costcalc.parallel.executors import here
from costcalc.sweeps.chunks import Result, Tally
from costcalc.sweeps.costs import too_large
from costcalc.sweeps.query import Columns, Keeper, length
from costcalc.sweeps.tasks import Job, Runner, Task


class Sweep:
    """The rows that are wanted of a job's tasks, and a tally of what was looked at.

    Rows come in the order of the tasks. In a whole space that is: network after network; within
    one, words, truth values and sizes that cut their axis (`Structures.boxes`) before other sizes,
    each in the order of its axis; whatever the number of workers and the size of blocks. A query
    that sorts or cuts keeps no more rows than are wanted; one that does neither passes them on
    block by block.
    """

    def __init__(
        self,
        job: Job,
        tasks: Iterator[Task],
        runner: Runner = here,
        report: Callable[[int], None] = lambda points: None,
        forget: Callable[[Result], None] = lambda kept: None,
        rows: int = 0,
    ) -> None:
        """`report` is told how many more configurations are done; `forget` what is still wanted of
        all so far, where rows were found to be wanted no more; so many `rows` came before."""
        self.job, self.tasks, self.runner = job, tasks, runner
        self.report, self.forget = report, forget
        self.tally = Tally()
        self.rows = rows

    def __iter__(self) -> Iterator[Columns]:
        """The rows, a block after another. Raises `CostcalcError` beyond 64 bits."""
        keeper = Keeper(self.job.query) if self.job.query.selects else None
        try:
            for result in self.runner(self.job, self.tasks):
                self.tally = self.tally.and_(result.tally)
                if keeper is not None:
                    kept = keeper.add(result.columns)
                    if kept is not None:
                        self.forget(Result(kept, self.tally))
                elif length(result.columns):
                    yield self._counted(result.columns)
                self.report(result.tally.configurations)
        except Overflow as error:
            raise too_large(error) from None
        if keeper is not None:
            yield self._counted(keeper.columns())

    def _counted(self, columns: Columns) -> Columns:
        self.rows += length(columns)
        return columns
